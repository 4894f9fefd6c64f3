#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Wall clocks that jump under running daemons: one validator's by seconds, all by an hour and then back by
seconds. Blocks whose time is more than 500 ms ahead of a voter's clock or 2 s behind it get no vote, so
a validator out of time loses its turns; the chain goes on, and the monotonic clock is not touched."""
import os
import shutil
import tempfile

from checker import Checker, Devnet, fsck_all, people_genesis
from machine import Machine


def clock(net, check, machine):
    for i, ms in ((0, 3000), (0, 0), (1, -3000), (1, 0)):  # one is out of time, three are not
        machine[i].tell(clock_ms=ms)
        net.wait_height(max(n.height() for n in net.nodes) + 8, 60)
    check.settle()
    net.kill(3, 15)  # three of four are needed: within the tolerance they get on
    for i, ms in ((0, 300), (0, 0), (1, -400), (1, 0)):
        machine[i].tell(clock_ms=ms)
        net.wait_height(net.nodes[0].height() + 4, 60, nodes=[0, 1, 2])
    net.start_node(3)
    check.settle()
    # all at once, forward by an hour and back by 3 s: after that blocks wait until their parents'
    # time is no longer ahead of the clocks, as rule N wants it
    for ms in (3600000, 3597000):
        for m in machine:
            m.tell(clock_ms=ms)
        net.wait_height(max(n.height() for n in net.nodes) + 4, 60)
        print(f"all by {ms} ms:", check.settle(), flush=True)


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-clock-")
    net = Devnet(build, root, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])
    machine = [Machine(net, n, build) for n in net.nodes]
    net.start()
    with Checker(net) as check:
        net.wait_height(5, 30)
        clock(net, check, machine)
        codes = net.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
