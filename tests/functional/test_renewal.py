# SPDX-License-Identifier: ISC
"""Attestors renew their shares while they serve: one is killed in the middle, before it deals and after; one
sleeps over the change; one has lost its share. The key and every handle stay: the same person is refused
again, a new one enrols with those who were away."""
import os, shutil, signal, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, free_port, people_genesis, renewal_roster, start_attestor, start_renewal
from attestors import (AGAIN, N, PASSPORT, connected, files, log, only, outcome, quorum, send, serve, session_grows,
                       share, stop, wait, write)
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-renewal-")
net = Devnet(build, root, genesis=people_genesis(build, root))
weal = Person(build, root, lambda: net.nodes[0].port)
runs = []
try:
    ports, where = serve(net)
    for wallet in ("one", "two", "three", "four"):
        weal("create", wallet=wallet)
    weal("enrol", write(root, "passport.json", PASSPORT), where, wallet="one")
    before, old = quorum(net), [share(root, i) for i in range(N)]

    # 3 dies before it deals, and once more when it has dealt; 4's server dies and sleeps over the change
    talk = [free_port() for _ in range(N)]
    roster = renewal_roster(net, talk)
    victim = start_renewal(net, 3, roster, talk[3])
    wait("3 has spoken", lambda: session_grows(root, 3, 2500))
    stop(victim)
    runs = [start_renewal(net, i, roster, talk[i]) for i in (0, 1, 2)]
    victim = start_renewal(net, 3, roster, talk[3])
    heard = max(os.path.getsize(f) for f in files(root, 3, "session-*"))
    runs.append(start_renewal(net, 4, roster, talk[4]))
    wait("3 has dealt", lambda: session_grows(root, 3, heard + 600) or victim.poll() is not None)
    stop(victim)
    runs.insert(3, start_renewal(net, 3, roster, talk[3]))
    stop(net.services[4])

    # nothing has changed while the chain has not said so
    parts, paths = outcome(root, runs, "part")
    assert [share(root, i) for i in range(N)] == old and quorum(net) == before
    assert "attest-count" in send(net, paths[:3], code=1)
    send(net, paths[1:])
    for i in range(4):
        wait("the new share is in force", lambda: "share of renewal 1 in force" in log(root, i))
    start_attestor(net, 4, ports[4])
    wait("4 finds its new share", lambda: "share of renewal 1 in force" in log(root, 4))
    after = quorum(net)
    assert after == {"voprf": before["voprf"], "renewals": 1}, after
    for i in range(N):
        assert share(root, i)[:32] != old[i][:32] and parts[i]["qualified"] == 31
        wait("nothing old is left", lambda: not files(root, i, "session-*") + files(root, i, "share-*") + files(root, i, "renewal.box"))
    assert "attest-serial" in send(net, paths[1:], code=1)
    no = weal("enrol", write(root, "again.json", AGAIN), where, wallet="two", code=1)
    assert no["error"]["name"] == "attestor-handle-known", no
    weal("enrol", write(root, "other.json", {**PASSPORT, "number": "ZZ 9"}), only(where, 3, 4), wallet="two")
    print("cc_26_shares_renewed_the_key_is_not: two kills in the middle, one asleep")

    # 0 has lost its share: it signs still, and gets another with the next renewal
    stop(net.services[0])
    os.remove(os.path.join(root, "attestor0", "share.key"))
    start_attestor(net, 0, ports[0])
    wait("0 has no share", lambda: "no share of renewal 1" in log(root, 0))
    roster = renewal_roster(net, talk, "second.json")
    runs = [start_renewal(net, i, roster, talk[i]) for i in range(N)]
    parts, paths = outcome(root, runs, "second")
    assert parts[0]["qualified"] == 30, parts[0]
    # a wallet in the middle: it has read the old commitments, and an answer of an old share perhaps
    slow = net.services[1]
    slow.send_signal(signal.SIGSTOP)
    four = subprocess.Popen(weal.command("enrol", write(root, "four.json", {**PASSPORT, "number": "4 4"}),
                                         only(where, 1, 2), wallet="four"), stdout=subprocess.PIPE, text=True)
    wait("the wallet asks", lambda: connected(ports[1]))
    send(net, paths[:4])
    wait("the second is in force", lambda: "share of renewal 2 in force" in log(root, 2))
    slow.send_signal(signal.SIGCONT)
    out = four.communicate(timeout=60)[0]
    assert four.returncode == 0, out
    print("a wallet in the middle of a renewal reads the registry again")
    for i in range(N):
        wait("the second is in force", lambda: "share of renewal 2 in force" in log(root, i))
    no = weal("enrol", write(root, "again.json", AGAIN), where, wallet="three", code=1)
    assert no["error"]["name"] == "attestor-handle-known", no
    weal("enrol", write(root, "third.json", {**PASSPORT, "number": "T 3"}), only(where, 0, 1), wallet="three")
    print("a lost share is made again by a renewal")
    assert all(c == 0 for c in net.stop()), "exit codes"
    shutil.rmtree(root)
finally:
    for run in runs:
        run.kill()
        run.wait()
    net.stop()
