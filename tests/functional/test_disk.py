#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A disk that fills up, then truly is full, then has room again. The
disk is that of tests/preload/faults.c, changed while the daemon runs."""
import os
import shutil
import tempfile

from checker import Checker, Devnet, RpcError, fsck_all, log_of, people_genesis, until
from machine import Machine
from payer import Payer

MIB = 1 << 20


def disk(net, check, machine, payers):
    n, others = net.nodes[1], [0, 2, 3]

    def status():
        return n.rpc("node.status")

    machine[1].tell(free=500 * MIB)
    until(lambda: "disk-low" in log_of(n), 10, "no warning")
    assert status()["voting"]
    machine[1].tell(free=200 * MIB)  # takes no transactions, votes on
    until(lambda: "takes no transactions" in status().get("not_ready", ""), 10, "still accepts")
    try:
        payers[0].pay(n, payers[1].account)
        raise AssertionError("a transaction was accepted")
    except RpcError as e:
        assert e.name == "node-holds", e.name
    assert status()["voting"]
    machine[1].tell(free=20 * MIB)  # does not vote, still follows and answers
    until(lambda: status().get("not_voting") == "held", 10, "still votes")
    high = net.nodes[0].height()
    net.wait_height(high + 8, 60)  # the others go on, and this one follows them
    ident = payers[0].pay(net.nodes[0], payers[1].account)
    until(lambda: n.rpc("tx.status", id=ident)["status"] == "final", 30, "not final there")
    check.acknowledged([ident], n)
    machine[1].tell(free=10000 * MIB)  # votes again by itself
    until(lambda: status()["voting"] and "not_voting" not in status(), 10, "doesn't vote again")
    assert "agreement-alarm" not in log_of(n)
    net.nodes[2].process.send_signal(19)  # SIGSTOP: now its vote is needed
    high = net.nodes[0].height()
    net.wait_height(high + 5, 60, nodes=[0, 1, 3])
    net.nodes[2].process.send_signal(18)
    print("reserve:", check.settle())

    machine[1].tell(full=1)  # what lengthens a file fails: it ends with its code, losing nothing
    code = n.process.wait(60)
    assert code == 75, code
    high = net.nodes[0].height()
    net.wait_height(high + 5, 60, nodes=others)
    machine[1].tell(full=0)
    net.start_node(1)
    print("full:", check.settle())


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-disk-")
    payers = [Payer(i) for i in range(2)]
    net = Devnet(build, root, genesis={**people_genesis(build, root),
                                       "grants": [p.grant() for p in payers]},
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])
    machine = [Machine(net, n, build) for n in net.nodes]
    for m in machine:
        m.tell(free=100000 * MIB)
    net.start()
    with Checker(net) as check:
        net.wait_height(5, 30)
        disk(net, check, machine, payers)
        codes = net.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
