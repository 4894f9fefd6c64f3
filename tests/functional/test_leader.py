#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Whoever leads the present view is cut off before it has proposed: the others give the view up and
go on. Then lines that carry one way only: a validator that is heard by nobody follows; one that hears
nobody stands still and is struck for nothing when it hears again; between two alone it harms nobody."""
import os
import shutil
import tempfile
import time
import urllib.request

from checker import Checker, Devnet, fsck_all, log_of, people_genesis, until
from links import Links


def metric(n, name):
    with urllib.request.urlopen(n.url + "metrics", timeout=5) as f:
        return next(float(l.split()[1]) for l in f.read().decode().splitlines()
                    if l.startswith(name + " "))


def leader_alone(net, links):
    """Whether the view that it led was given up: its proposal may have left just before the cut."""
    status = net.nodes[0].rpc("node.status")
    order = {n.rpc("node.status")["self"]: n.index for n in net.nodes}
    alone = order[status["leader"]]
    rest = [n.index for n in net.nodes if n.index != alone]
    links.cut([alone], rest)
    before = metric(net.nodes[rest[0]], "weal_views_nullified_total")
    own = net.nodes[alone].height()
    net.wait_height(max(net.nodes[i].height() for i in rest) + 3, 30, nodes=rest)
    assert net.nodes[alone].height() <= own + 1, "finality alone"
    gave_up = metric(net.nodes[rest[0]], "weal_views_nullified_total") > before
    taken = [net.nodes[rest[0]].rpc("chain.header", height=h)["fields"]["view"]
             for h in range(own + 1, net.nodes[rest[0]].height() + 1)]
    links.heal()
    print(f"leader {alone} of view {status['view']} alone: given up {gave_up}", flush=True)
    return gave_up and status["view"] not in taken


def one_way(net, check, links, rng_node):
    rest = [i for i in range(4) if i != rng_node]
    for i in rest:  # heard by nobody
        links.cut_way(rng_node, i)
    net.wait_height(net.nodes[rest[0]].height() + 4, 40)
    links.heal()
    print("heard by nobody:", check.settle(60), flush=True)

    for i in rest:  # hears nobody
        links.cut_way(i, rng_node)
    net.wait_height(net.nodes[rest[0]].height() + 4, 40, nodes=rest)
    own = net.nodes[rng_node].height()
    time.sleep(1)
    assert net.nodes[rng_node].height() == own
    links.heal()
    print("hears nobody:", check.settle(60), flush=True)

    links.cut_way(rest[0], rest[1])  # of two alone, one hears the other
    net.wait_height(net.nodes[rest[0]].height() + 4, 40)
    links.heal()
    print("between two:", check.settle(60), flush=True)
    assert not any(" evidence " in log_of(n) or "agreement-alarm" in log_of(n) for n in net.nodes)
    until(lambda: all(n.rpc("node.status")["voting"] for n in net.nodes), 10, "not all vote")


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-leader-")
    net = Devnet(build, root, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=400", "--pace.skip_timeout_ms=1600"])
    links = Links(net, build)
    try:
        net.start()
        with Checker(net) as check:
            net.wait_height(3, 40)
            for _ in range(5):
                if leader_alone(net, links):
                    break
                check.settle(60, 1)
            else:
                raise AssertionError("five leaders proposed before they were cut off")
            print("healed:", check.settle(60, 2), flush=True)
            one_way(net, check, links, 2)
            codes = net.stop()
    finally:
        links.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
