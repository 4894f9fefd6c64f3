# SPDX-License-Identifier: ISC
"""What tests of the attestors' renewals share."""
import glob, json, os, subprocess, time

from devnet import free_port, start_attestor

PASSPORT = {"jurisdiction": "CA", "kind": "passport", "number": "AB 123456", "born": "1990-02-03", "residence": "CA"}
AGAIN = {**PASSPORT, "number": "ab-123456", "born": "3 February 1990"}
N = 5


def wait(what, holds, seconds=60):
    end = time.time() + seconds
    while not holds():
        assert time.time() < end, what
        time.sleep(0.02)


def write(root, name, document):
    path = os.path.join(root, name)
    with open(path, "w") as f:
        json.dump(document, f)
    return path


def log(root, i):
    return open(os.path.join(root, "log", f"attestor{i}.log")).read()


def files(root, i, pattern):
    return glob.glob(os.path.join(root, f"attestor{i}", pattern))


def serve(net):
    """Starts a network and its attestors, with their first shares; ports, and where they answer."""
    net.start()
    net.wait_height(2, 60)
    ports = [free_port() for _ in range(N)]
    for i, port in enumerate(ports):
        start_attestor(net, i, port)
    for i in range(N):
        wait("attestors serve", lambda: "share of renewal 0 in force" in log(net.root, i))
    return ports, ",".join(f"127.0.0.1:{p}" for p in ports)


def share(root, i):
    return open(os.path.join(root, f"attestor{i}", "share.key"), "rb").read()


def session_grows(root, i, size):
    return any(os.path.getsize(f) > size for f in files(root, i, "session-*") if not f.endswith(".new"))


def quorum(net):
    value = bytes.fromhex(net.nodes[0].rpc("state.get", key="51")["value"])
    return {"voprf": value[4:36], "renewals": int.from_bytes(value[68:72], "little")}


def stop(service):
    service.kill()
    service.wait()


def send(net, parts, code=0):
    """Submits the act made of these parts; what is said."""
    out = subprocess.run([os.path.join(net.build, "bin", "weal-attestor"), "send", str(net.nodes[0].port), *parts],
                         capture_output=True, text=True, timeout=30)
    assert out.returncode == code, (out.stdout, out.stderr)
    return out.stderr


def outcome(root, runs, name):
    """Parts of the processes of a renewal, and their files."""
    parts = []
    for i, run in enumerate(runs):
        out, err = run.communicate(timeout=90)
        assert run.returncode == 0, (i, err)
        parts.append(json.loads(out))
    assert len({p["tx"] for p in parts}) == 1, "attestors made different shares"
    return parts, [write(root, f"{name}{i}.json", p) for i, p in enumerate(parts)]


def connected(port):
    """Does somebody have a connection to 127.0.0.1:port, accepted or not?"""
    here = f"0100007F:{port:04X}"
    return any(line.split()[2] == here and line.split()[3] == "01" for line in open("/proc/net/tcp").readlines()[1:])


def only(where, *who):
    """The addresses of these alone."""
    return ",".join(a if i in who else "" for i, a in enumerate(where.split(",")))
