#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""An upgrade by height, with two builds: weald, and weald-next, which knows one protocol version
more. Half a network upgraded is no quorum: it waits before the height. With three of four it goes
on; the old one stays before it, whatever final blocks it is given, over a restart too, says what it
lacks, loses nothing, and follows once replaced."""
import os
import shutil
import tempfile
import time

from checker import Checker, Devnet, fsck_all, log_of, people_genesis, until
from test_partition import stands_still

HEIGHT = 40


def stays(net, seconds):
    """The old node answers, one block before the height, while the others go on."""
    before = net.nodes[0].height()
    end = time.time() + seconds
    while time.time() < end:
        assert net.nodes[3].alive(), log_of(net.nodes[3])[-1000:]
        assert net.nodes[3].height() == HEIGHT - 1, net.nodes[3].height()
        time.sleep(0.1)
    assert net.nodes[0].height() > before


def main():
    build = os.path.abspath(os.environ["WEAL_BUILD"])
    root = tempfile.mkdtemp(prefix="weal-upgrade-")
    genesis = {**people_genesis(build, root), "upgrades": [{"height": str(HEIGHT), "version": 2}]}
    net = Devnet(build, root, genesis=genesis,
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])

    def replace(i):
        net.kill(i, 15)
        net.nodes[i].weald = os.path.join(build, "weald-next")
        net.start_node(i)
    net.start()
    with Checker(net) as check:
        net.wait_height(5, 30)
        replace(0)  # two builds side by side, below the height
        check.settle()
        replace(1)
        check.settle()
        net.wait_height(HEIGHT - 1, 60)
        stands_still(net, range(4), 2)
        assert {n.height() for n in net.nodes} == {HEIGHT - 1}, [n.height() for n in net.nodes]
        for i in (2, 3):
            until(lambda: "upgrade-needed" in log_of(net.nodes[i]), 10, "does not say what it lacks")
            said = net.nodes[i].rpc("node.status")
            assert said["height"] == HEIGHT - 1 and "version" in said.get("not_ready", ""), said
        print("waits at", HEIGHT - 1, flush=True)

        replace(2)
        # block sync asks for what is missing: near the height, and far above it after a restart
        stays(net, 5)
        net.kill(3, 9)
        net.wait_height(HEIGHT + 60, 60, nodes=[0, 1, 2])
        net.start_node(3)
        until(lambda: net.nodes[3].height() == HEIGHT - 1, 10, "does not come back")
        stays(net, 5)
        said = log_of(net.nodes[3])
        assert "upgrade-needed" in said and "replay-differs" not in said, said[-1000:]
        print("three of four:", [n.height() for n in net.nodes], flush=True)

        replace(3)
        print("all:", check.settle(60), flush=True)
        until(lambda: all(n.rpc("node.status")["voting"] for n in net.nodes), 20, "does not vote")
        codes = net.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
