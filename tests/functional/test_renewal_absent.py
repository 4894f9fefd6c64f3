# SPDX-License-Identifier: ISC
"""One attestor takes no part in a renewal: the others wait for it, and then renew without it. It has no share any
more, says so, and signs; a person enrols with its signature, the same one as before is refused."""
import os, shutil, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, free_port, people_genesis, renewal_roster, start_renewal
from attestors import AGAIN, N, PASSPORT, files, log, only, outcome, quorum, send, serve, wait, write
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-absent-")
HERE = (0, 1, 3, 4)
net = Devnet(build, root, genesis=people_genesis(build, root))
weal = Person(build, root, lambda: net.nodes[0].port)
runs = []


def renew():
    """A session; by its own word it is done again, with a new one, when members heard differently."""
    talk = [free_port() for _ in range(N)]
    roster = renewal_roster(net, talk)
    runs[:] = [start_renewal(net, i, roster, talk[i], 2) for i in HERE]
    for run in runs:
        wait("the renewal ends", lambda: run.poll() is not None)
    return all(run.returncode == 0 for run in runs)


try:
    where = serve(net)[1]
    for wallet in ("one", "two"):
        weal("create", wallet=wallet)
    weal("enrol", write(root, "passport.json", PASSPORT), where, wallet="one")
    before = quorum(net)
    assert renew() or renew() or renew(), [run.communicate() for run in runs]
    parts, paths = outcome(root, runs, "part")
    assert not parts[0]["qualified"] & 1 << 2
    send(net, paths)
    for i in HERE:
        wait("the new share is in force", lambda: "share of renewal 1 in force" in log(root, i))
    wait("2 knows", lambda: "no share of renewal 1" in log(root, 2))
    assert not files(root, 2, "share*.key"), "a share that is over is destroyed"
    assert quorum(net) == {"voprf": before["voprf"], "renewals": 1}
    no = weal("enrol", write(root, "again.json", AGAIN), where, wallet="two", code=1)
    assert no["error"]["name"] == "attestor-handle-known", no
    weal("enrol", write(root, "other.json", {**PASSPORT, "number": "ZZ 9"}), only(where, 1, 2, 3), wallet="two")
    print("renewed without one of five; it signs and has no share")
    assert all(c == 0 for c in net.stop()), "exit codes"
    shutil.rmtree(root)
finally:
    for run in runs:
        run.kill()
        run.wait()
    net.stop()
