# SPDX-License-Identifier: ISC
"""Attestors as processes: their key is made among themselves; one dies while a person enrols; a second
spelling of the same document is refused; grave acts need four, and four are enough."""
import json, os, shutil, socket, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, free_port, people_genesis, start_attestor
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-attest-")
PASSPORT = {"jurisdiction": "CA", "kind": "passport", "number": "AB 123456", "born": "1990-02-03",
            "residence": "CA-ON-TOR"}
AGAIN = {"jurisdiction": "ca", "kind": "Passport", "number": "ab-123.456", "born": "3 February 1990",
         "residence": "CA-ON"}


def attestor(*args, code=0):
    out = subprocess.run([os.path.join(build, "bin", "weal-attestor"), *map(str, args)],
                         capture_output=True, text=True, timeout=30)
    assert out.returncode == code, (args, out.returncode, out.stdout, out.stderr)
    return json.loads(out.stdout) if code == 0 else out.stderr


def evidence(name, document):
    path = os.path.join(root, name)
    with open(path, "w") as f:
        json.dump(document, f)
    return path


def name_of_here():
    try:
        socket.getaddrinfo("localhost", 1, socket.AF_INET)
    except OSError:  # a machine without /etc/hosts
        return "127.0.0.1"
    return "localhost"


def six_to_four(port):
    """A place of ::1 behind which 127.0.0.1:port answers; that itself where the machine has no IPv6."""
    def pipe(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve():
        while True:
            near = listener.accept()[0]
            far = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=pipe, args=(near, far), daemon=True).start()
            threading.Thread(target=pipe, args=(far, near), daemon=True).start()
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        return f"127.0.0.1:{port}"
    threading.Thread(target=serve, daemon=True).start()
    return f"[::1]:{listener.getsockname()[1]}"


def kill(service):
    service.kill()
    service.wait()


def status_of(key):
    record = net.nodes[0].rpc("state.get", key="20" + key)
    return bytes.fromhex(record["value"])[0] if record["present"] else None


net = Devnet(build, root, genesis=people_genesis(build, root))
weal = Person(build, root, lambda: net.nodes[0].port)
try:
    # g_cc_6: five keys, one common key, made by five processes (devnet.py asserts that they agree)
    net.start()
    net.wait_height(2, 30)
    ports = [free_port() for _ in range(5)]
    for i, port in enumerate(ports):
        start_attestor(net, i, port)
    where = ",".join(f"127.0.0.1:{p}" for p in ports)
    for i in range(5):
        log = os.path.join(net.root, "log", f"attestor{i}.log")
        while "serves" not in open(log).read():
            time.sleep(0.05)

    # one is killed in the middle of an enrolment: between its answer and its signature
    weal("create")
    weal("create", wallet="other")
    first = net.services[0]
    killer = threading.Timer(0.02, lambda: kill(first))
    killer.start()
    done = weal("enrol", evidence("passport.json", PASSPORT), where)
    killer.join()
    assert done["verified"] and status_of(done["key"]) == 1, done
    print("g_cc_6_two_of_five_enrol: one killed while it happened")

    # cc_19: one human, one record: the same document, spelled otherwise
    no = weal("enrol", evidence("again.json", AGAIN), where, wallet="other", code=1)
    assert no["error"]["name"] == "attestor-handle-known", no
    print("cc_19_one_human_one_record:", no["error"]["name"])

    # evidence that says nothing; too few attestors
    no = weal("enrol", evidence("bad.json", {**PASSPORT, "born": "03/02/1990"}), where, wallet="other", code=1)
    assert no["error"]["name"] == "evidence-unreadable", no
    no = weal("enrol", evidence("new.json", {**PASSPORT, "number": "7"}), f",{where.split(',')[1]}",
              wallet="other", code=3)
    assert no["error"]["name"] == "enrol-too-few", no

    for bad in ("127.0.0.1", "::1:70", "[::1]:0", "h:70000", "256.0.0.1:70", "no_name:70"):
        no = weal("enrol", evidence("new.json", PASSPORT), f"127.0.0.1:1,{bad}", wallet="other", code=2)
        assert no["error"]["name"] == "wallet-attestors" and "attestor 1, " in no["error"]["sentence"], no

    # an attestor that is killed and comes back has its share
    second = net.services[1]
    kill(second)
    start_attestor(net, 1, ports[1])
    log = os.path.join(net.root, "log", "attestor1.log")
    while open(log).read().count("serves") < 2:
        time.sleep(0.05)
    only = ",".join(w if i in (1, 2) else "" for i, w in enumerate(where.split(",")))
    # one of them by its name, the other behind an IPv6 address, where the machine knows of such
    only = only.replace(f"127.0.0.1:{ports[1]}", f"{name_of_here()}:{ports[1]}")
    only = only.replace(f"127.0.0.1:{ports[2]}", six_to_four(ports[2]))
    done2 = weal("enrol", evidence("other.json", {**PASSPORT, "number": "ZZ 9"}), only, wallet="other")
    assert status_of(done2["key"]) == 1
    print("restart keeps the share")

    # grave acts: three are too few, four are enough, with one of the five dead
    node = net.nodes[0].port
    deadline = time.time() + 40
    while status_of(done["key"]) != 2 and time.time() < deadline:
        time.sleep(0.2)
    assert status_of(done["key"]) == 2
    parts = []
    for i in (4, 1, 3, 2):
        part = attestor("revoke", os.path.join(root, f"attestor{i}"), node, done["key"], 6)
        parts.append(evidence(f"part{i}.json", part))
    said = attestor("send", node, *parts[:3], code=1)
    assert "attest-count" in said, said
    record = lambda: net.nodes[0].rpc("state.get", key="20" + done["key"])["value"]
    before, deadline = record(), time.time() + 20
    attestor("send", node, *parts)
    while record() == before and time.time() < deadline:
        time.sleep(0.1)
    assert record() != before
    print("revocation by four:", said.strip())
    assert all(c == 0 for c in net.stop()), "exit codes"
    shutil.rmtree(root)
finally:
    net.stop()
