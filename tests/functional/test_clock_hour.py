#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""One validator's clock is an hour behind, then one's an hour ahead, running and over a restart: the
others go on, it follows them, signs nothing twice, and its vote counts again when its clock is right."""
import os
import shutil
import tempfile
import time

from checker import Checker, Devnet, fsck_all, log_of, people_genesis
from machine import Machine

HOUR = 3600000


def out_of_time(net, check, machine, i, ms):
    machine[i].tell(clock_ms=ms)
    net.wait_height(max(n.height() for n in net.nodes) + 8, 60)  # it follows
    net.kill(i)
    net.wait_height(max(n.height() for n in net.nodes) + 4, 60)
    net.start_node(i)  # reads its log by a clock that says another hour
    net.wait_height(max(n.height() for n in net.nodes) + 8, 60)
    other = (i + 1) % 4
    net.kill(other, 15)  # now its vote is needed, and none of these blocks is of its time
    rest = [k for k in range(4) if k != other]
    time.sleep(3)  # what it proposes itself is a millisecond after the last one: of time for two seconds
    high = max(net.nodes[k].height() for k in rest)
    time.sleep(1.5)
    assert max(net.nodes[k].height() for k in rest) == high, "it votes for blocks an hour away"
    machine[i].tell(clock_ms=0)
    net.wait_height(high + 5, 60, nodes=rest)
    net.start_node(other)
    print(f"one by {ms} ms:", check.settle(), flush=True)
    assert not any(" evidence " in log_of(n) or "agreement-alarm" in log_of(n) for n in net.nodes)


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-hour-")
    net = Devnet(build, root, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])
    machine = [Machine(net, n, build) for n in net.nodes]
    net.start()
    with Checker(net) as check:
        net.wait_height(5, 30)
        out_of_time(net, check, machine, 3, -HOUR)
        out_of_time(net, check, machine, 0, HOUR)
        codes = net.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
