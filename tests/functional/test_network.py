#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Four real daemons and a follower on real sockets and disks: killed, frozen, wiped, garbled."""
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, RpcError, people_genesis  # noqa: E402


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-net-")
    random.seed(7)
    net = Devnet(build, root, followers=1, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=60"])
    net.start()
    try:
        print("start:", net.wait_height(10, 60))

        for round_ in range(8):  # kill -9 of one, or of all, at any moment
            victims = random.choice([[0], [1], [2], [3], [0, 1, 2, 3], [4]])
            time.sleep(random.random() * 0.7)
            before = {i: net.nodes[i].height() for i in victims}
            for i in victims:
                net.kill(i)
            for i in victims:
                net.start_node(i)
            net.wait_height(max(before.values()) + 3, 60)
            for i in victims:
                assert net.nodes[i].height() >= before[i], "a final block was lost"
            net.agree()
        print("kills:", [n.height() for n in net.nodes])

        net.nodes[2].process.send_signal(signal.SIGSTOP)  # frozen: the others go on
        high = max(net.nodes[i].height() for i in (0, 1, 3))
        net.wait_height(high + 10, 60, nodes=[0, 1, 3])
        net.nodes[2].process.send_signal(signal.SIGCONT)
        net.wait_height(high + 12, 60)
        print("frozen and thawed:", [n.height() for n in net.nodes])

        net.kill(4)  # a wiped follower catches up from nothing
        shutil.rmtree(net.nodes[4].dir)
        os.makedirs(net.nodes[4].dir)
        net.start_node(4)
        net.wait_height(max(n.height() for n in net.nodes[:4]), 60)
        print("wiped follower:", net.agree())

        # a wiped validator: it follows, and does not vote before the next term
        net.kill(3)
        shutil.rmtree(os.path.join(net.nodes[3].dir, "blocks"))
        shutil.rmtree(os.path.join(net.nodes[3].dir, "chain"))
        net.start_node(3)
        net.wait_height(net.nodes[0].height() + 5, 60)
        assert b"log-lost" in open(net.nodes[3].log, "rb").read()
        status = net.nodes[3].rpc("node.status")
        assert status["term"] > 0 or not status["voting"], status
        print("wiped validator:", net.agree())

        for data in (b"GET / HTTP/1.0\r\n\r\n", os.urandom(5000), b"\xff" * 70000, b"\0" * 10):
            with socket.create_connection(("127.0.0.1", net.nodes[0].p2p)) as s:  # garbage
                try:
                    s.sendall(data)
                    s.settimeout(0.3)
                    while s.recv(65536):
                        pass
                except OSError:
                    pass
        try:
            net.nodes[0].rpc("tx.submit", tx="00" * 300)
            raise AssertionError("nonsense was taken for a transaction")
        except RpcError as e:
            assert e.name in ("encoding", "tx-version"), e.name
        high = net.nodes[0].height()
        net.wait_height(high + 5, 60)
        assert all(n.alive() for n in net.nodes)
        print("garbage:", net.agree())
    finally:
        codes = net.stop()
    assert all(c == 0 for c in codes), codes
    for n in net.nodes:
        out = subprocess.run([net.weald(), "fsck", n.dir], capture_output=True, text=True)
        assert out.returncode == 0, out.stdout + out.stderr
    shutil.rmtree(root)
    print("clean stop:", codes)


if __name__ == "__main__":
    main()
