#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Two copies of one validator key both vote: the second hears nobody, so it does not notice the
first. What they sign against each other goes into a final block as evidence, at every node the same;
part of the bond is burnt, the seat removed and not in the next term's set; the chain never forks."""
import json
import os
import shutil
import signal
import tempfile
import time

from checker import Checker, Devnet, fsck_all, log_of, people_genesis, until
from links import Links

EVIDENCE = 0x0406
FIRST, SECOND = 4, 5


def evidence_in(n, heights):
    """height and transaction of the first evidence in these final blocks; None: there is none."""
    for h in heights:
        for tx in n.rpc("chain.block", height=h)["transactions"]:
            if tx["kind"] == EVIDENCE and tx["code"] == "":
                return h, tx
    return None


def second_starts(net, links):
    """The second copy begins as the first one stands, between two blocks of an idle chain: nobody
    says anything then. It connects, and from then on is not told what is said."""
    first, second = net.nodes[FIRST], net.nodes[SECOND]
    net.kill(SECOND, 15)
    links.heal()
    for i in range(SECOND):  # only it dials, so that no second line is begun and given up
        links.tell(f"cut {links.pairs[i, SECOND]}")
    shutil.rmtree(second.dir)
    before = first.height()
    until(lambda: first.height() > before, 10, "no block")
    first.process.send_signal(signal.SIGSTOP)
    shutil.copytree(first.dir, second.dir)
    first.process.send_signal(signal.SIGCONT)
    os.unlink(os.path.join(second.dir, "peer.key"))
    net.start_node(SECOND, f"--node.validator_key={second.dir}/validator.key")
    end = time.time() + 0.6
    while time.time() < end and (second.height() < 0 or second.rpc("node.status")["peers"] < SECOND):
        time.sleep(0.01)
    for i in range(SECOND):
        links.cut_way(i, SECOND)


def both_vote(net, links, alive):
    """Tries until the machine was quick enough; by far the most often it is the first time."""
    for _ in range(5):
        second_starts(net, links)
        try:
            return until(lambda: any(" evidence " in log_of(n) for n in alive), 6, "nobody sees it")
        except TimeoutError:
            print("once more", log_of(net.nodes[SECOND])[-300:], flush=True)
    raise TimeoutError("never did both vote")


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-twin-ev-")
    genesis = {**people_genesis(build, root), "params": {"term_blocks": 256}}
    net = Devnet(build, root, validators=5, followers=1, genesis=genesis,
                 options=["--pace.heartbeat_ms=1000"])
    links = Links(net, build)
    try:
        net.start()
        with Checker(net) as check:
            net.wait_height(2, 30)
            with open(net.genesis) as f:
                seat = json.load(f)["validators"][FIRST]["seat"]
            alive = [n for n in net.nodes if n.index < SECOND]
            whole = alive[0].rpc("state.get", key="60" + seat)["value"]
            check.forget(SECOND)
            from_ = alive[0].height()
            both_vote(net, links, alive)
            found = until(lambda: evidence_in(alive[0], range(from_, alive[0].height() + 1)), 20,
                          "no block takes the evidence")
            print(f"evidence in block {found[0]}: {found[1]['id']}", flush=True)
            for n in alive[1:]:
                net.wait_height(found[0], 20, nodes=[n.index])
                assert evidence_in(n, [found[0]])[1] == found[1], n.index
                assert n.rpc("tx.status", id=found[1]["id"])["height"] == found[0]
            assert alive[0].rpc("state.get", key="60" + seat)["value"] != whole, "not slashed"
            net.kill(SECOND)
            links.heal()
            net.options = ["--pace.heartbeat_ms=25"]  # to the next term
            for i in range(SECOND):
                net.kill(i, 15)
                net.start_node(i)
            net.wait_height(257, 60, nodes=range(SECOND))
            left = [v["seat"] for v in alive[0].rpc("chain.validators")]
            assert len(left) == 4 and seat not in left, left
            check.settle(nodes=range(SECOND))
            codes = net.stop()
    finally:
        links.stop()
    assert codes == [0] * SECOND + [-9], codes
    net.nodes = alive
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
