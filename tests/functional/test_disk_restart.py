#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A node started again on a disk that is still full: it comes up and answers, takes nothing and does
not vote, and does not end again. When there is some room it follows; with enough it votes; all in
the same process."""
import os
import shutil
import tempfile

from checker import Checker, Devnet, RpcError, fsck_all, log_of, people_genesis, until
from machine import Machine
from payer import Payer

MIB = 1 << 20


def refused(n, payers):
    try:
        payers[0].pay(n, payers[1].account)
    except RpcError as e:
        return e.name
    return None


def full(net, check, machine, payers):
    n, others = net.nodes[1], [0, 2, 3]
    machine[1].tell(free=0, full=1)
    assert n.process.wait(60) == 75
    high = max(net.nodes[i].height() for i in others)
    net.start_node(1)
    until(lambda: n.height() > 0, 20, "does not come up: " + log_of(n)[-2000:])
    status = n.rpc("node.status")
    assert not status["voting"] and "disk full" in status["not_ready"], status
    own = n.height()
    for h in 1, 5:  # the very last ones may be final in the log and not in the database yet
        assert n.rpc("chain.block", height=h)["id"] == net.nodes[0].rpc("chain.block", height=h)["id"]
    assert refused(n, payers) == "node-holds"
    net.wait_height(high + 10, 60, nodes=others)
    assert n.alive() and n.height() == own and not n.rpc("node.status")["voting"]
    print("full: answers at", own, flush=True)

    machine[1].tell(free=20 * MIB, full=0)  # some room
    net.wait_height(high + 14, 60)
    status = n.rpc("node.status")
    assert not status["voting"] and status["not_voting"] == "held", status
    machine[1].tell(free=100000 * MIB)
    until(lambda: n.rpc("node.status")["voting"], 20, "does not vote again")
    net.kill(2, 15)  # now its vote is needed
    net.wait_height(n.height() + 5, 60, nodes=[0, 1, 3])
    net.start_node(2)
    print("room again:", check.settle(), flush=True)
    assert "agreement-alarm" not in log_of(n) and "log-lost" not in log_of(n)


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-disk-again-")
    payers = [Payer(i) for i in range(2)]
    net = Devnet(build, root, genesis={**people_genesis(build, root),
                                       "grants": [p.grant() for p in payers]},
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])
    machine = [Machine(net, n, build) for n in net.nodes]
    for m in machine:
        m.tell(free=100000 * MIB)
    net.start()
    with Checker(net) as check:
        net.wait_height(8, 30)
        full(net, check, machine, payers)
        codes = net.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
