# SPDX-License-Identifier: ISC
"""Attestors renew their shares while they serve: one is killed in the middle, before it deals and after; one
sleeps over the change; one has lost its share. The key and every handle stay: the same person is refused
again, a new one enrols with those who were away."""
import glob, json, os, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, free_port, people_genesis, renewal_roster, start_attestor, start_renewal
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-renewal-")
PASSPORT = {"jurisdiction": "CA", "kind": "passport", "number": "AB 123456", "born": "1990-02-03", "residence": "CA"}
AGAIN = {**PASSPORT, "number": "ab-123456", "born": "3 February 1990"}
N = 5


def wait(what, holds, seconds=60):
    end = time.time() + seconds
    while not holds():
        assert time.time() < end, what
        time.sleep(0.02)


def write(name, document):
    path = os.path.join(root, name)
    with open(path, "w") as f:
        json.dump(document, f)
    return path


def log(i):
    return open(os.path.join(root, "log", f"attestor{i}.log")).read()


def files(i, pattern):
    return glob.glob(os.path.join(root, f"attestor{i}", pattern))


def share(i):
    return open(os.path.join(root, f"attestor{i}", "share.key"), "rb").read()


def quorum():
    value = bytes.fromhex(net.nodes[0].rpc("state.get", key="51")["value"])
    return {"voprf": value[4:36], "renewals": int.from_bytes(value[68:72], "little")}


def stop(service):
    service.kill()
    service.wait()


def send(parts, code=0):
    out = subprocess.run([os.path.join(build, "bin", "weal-attestor"), "send", str(net.nodes[0].port), *parts],
                         capture_output=True, text=True, timeout=30)
    assert out.returncode == code, (out.stdout, out.stderr)
    return out.stderr


def parts_of(runs, name):
    parts = []
    for i, run in enumerate(runs):
        out, err = run.communicate(timeout=90)
        assert run.returncode == 0, (i, err)
        parts.append(json.loads(out))
    assert len({p["tx"] for p in parts}) == 1, "attestors made different shares"
    return parts, [write(f"{name}{i}.json", p) for i, p in enumerate(parts)]


def only(*who):
    return ",".join(a if i in who else "" for i, a in enumerate(where.split(",")))


def session_grows(i, size):
    return any(os.path.getsize(f) > size for f in files(i, "session-*") if not f.endswith(".new"))


net = Devnet(build, root, genesis=people_genesis(build, root))
weal = Person(build, root, lambda: net.nodes[0].port)
runs = []
try:
    net.start()
    net.wait_height(2, 60)
    ports = [free_port() for _ in range(N)]
    for i, port in enumerate(ports):
        start_attestor(net, i, port)
    where = ",".join(f"127.0.0.1:{p}" for p in ports)
    for i in range(N):
        wait("attestors serve", lambda: "share of renewal 0 in force" in log(i))
    for wallet in ("one", "two", "three"):
        weal("create", wallet=wallet)
    weal("enrol", write("passport.json", PASSPORT), where, wallet="one")
    before, old = quorum(), [share(i) for i in range(N)]

    # 3 dies before it deals, and once more when it has dealt; 4's server dies and sleeps over the change
    talk = [free_port() for _ in range(N)]
    roster = renewal_roster(net, talk)
    victim = start_renewal(net, 3, roster, talk[3])
    wait("3 has spoken", lambda: session_grows(3, 2500))
    stop(victim)
    runs = [start_renewal(net, i, roster, talk[i]) for i in (0, 1, 2)]
    victim = start_renewal(net, 3, roster, talk[3])
    heard = max(os.path.getsize(f) for f in files(3, "session-*"))
    runs.append(start_renewal(net, 4, roster, talk[4]))
    wait("3 has dealt", lambda: session_grows(3, heard + 600) or victim.poll() is not None)
    stop(victim)
    runs.insert(3, start_renewal(net, 3, roster, talk[3]))
    stop(net.services[4])

    # nothing has changed while the chain has not said so
    parts, paths = parts_of(runs, "part")
    assert [share(i) for i in range(N)] == old and quorum() == before
    assert "attest-count" in send(paths[:3], code=1)
    send(paths[1:])
    for i in range(4):
        wait("the new share is in force", lambda: "share of renewal 1 in force" in log(i))
    start_attestor(net, 4, ports[4])
    wait("4 finds its new share", lambda: "share of renewal 1 in force" in log(4))
    after = quorum()
    assert after == {"voprf": before["voprf"], "renewals": 1}, after
    for i in range(N):
        assert share(i)[:32] != old[i][:32] and parts[i]["qualified"] == 31
        wait("nothing old is left", lambda: not files(i, "session-*") + files(i, "share-*") + files(i, "renewal.box"))
    assert "attest-serial" in send(paths[1:], code=1)
    no = weal("enrol", write("again.json", AGAIN), where, wallet="two", code=1)
    assert no["error"]["name"] == "attestor-handle-known", no
    weal("enrol", write("other.json", {**PASSPORT, "number": "ZZ 9"}), only(3, 4), wallet="two")
    print("cc_26_shares_renewed_the_key_is_not: two kills in the middle, one asleep")

    # 0 has lost its share: it signs still, and gets another with the next renewal
    stop(net.services[0])
    os.remove(os.path.join(root, "attestor0", "share.key"))
    start_attestor(net, 0, ports[0])
    wait("0 has no share", lambda: "no share of renewal 1" in log(0))
    roster = renewal_roster(net, talk, "second.json")
    runs = [start_renewal(net, i, roster, talk[i]) for i in range(N)]
    parts, paths = parts_of(runs, "second")
    assert parts[0]["qualified"] == 30, parts[0]
    send(paths[:4])
    for i in range(N):
        wait("the second is in force", lambda: "share of renewal 2 in force" in log(i))
    no = weal("enrol", write("again.json", AGAIN), where, wallet="three", code=1)
    assert no["error"]["name"] == "attestor-handle-known", no
    weal("enrol", write("third.json", {**PASSPORT, "number": "T 3"}), only(0, 1), wallet="three")
    print("a lost share is made again by a renewal")
    assert all(c == 0 for c in net.stop()), "exit codes"
    shutil.rmtree(root)
finally:
    for run in runs:
        run.kill()
        run.wait()
    net.stop()
