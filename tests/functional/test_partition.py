#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Networks that part: two and two, one alone, the leader alone, one way only, and heal again. Every
connection between the four daemons passes a netproxy link of its own, named by who dialled whom."""
import os
import random
import shutil
import sys
import tempfile
import time

from checker import Checker, Devnet, fsck_all, people_genesis, quick
from links import Links


def stands_still(net, nodes, seconds):
    """These finalize nothing more, after a moment for what was under way."""
    time.sleep(1.5)
    before = [net.nodes[i].height() for i in nodes]
    time.sleep(seconds)
    after = [net.nodes[i].height() for i in nodes]
    assert before == after, f"finality without a quorum: {before} {after}"


def main():
    build, seconds = os.environ["WEAL_BUILD"], quick(sys.argv)
    rng = random.Random(int(os.environ.get("SEED", time.time_ns() % 100000)))
    root = tempfile.mkdtemp(prefix="weal-part-")
    net = Devnet(build, root, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])
    links = Links(net, build)
    try:
        net.start()
        with Checker(net) as check:
            net.wait_height(8, 40)
            end = time.time() + (seconds or 0)
            while True:
                order = rng.sample(range(4), 4)
                links.cut(order[:2], order[2:])  # two and two: nobody has a quorum
                stands_still(net, range(4), 2)
                links.heal()
                print("two and two:", check.settle(60), flush=True)

                links.cut([order[0]], order[1:])  # one alone: the others go on
                high = max(n.height() for n in net.nodes)
                net.wait_height(high + 5, 60, nodes=order[1:])
                stands_still(net, [order[0]], 0.5)
                links.heal()
                print("one alone:", check.settle(60), flush=True)

                for _ in range(2):  # whoever leads now
                    leads = rng.randrange(4)
                    links.cut([leads], [i for i in range(4) if i != leads])
                    time.sleep(rng.random())
                    links.heal()
                print("short cuts:", check.settle(60), flush=True)

                links.cut_dialled(order[1])  # half of one node's lines
                high = max(n.height() for n in net.nodes)
                net.wait_height(high + 5, 60, nodes=[i for i in range(4) if i != order[1]])
                links.heal()
                print("half the lines:", check.settle(60), flush=True)
                if time.time() >= end:
                    break
            codes = net.stop()
    finally:
        links.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
