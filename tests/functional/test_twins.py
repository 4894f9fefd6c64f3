#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""One validator's key in two processes. On one data directory the lock refuses the second. On two
directories the one that hears its own key voting stops; if both vote, it is evidence; and never is
there a fork."""
import os
import shutil
import subprocess
import tempfile
import time

from checker import Checker, Devnet, fsck_all, log_of, people_genesis, until


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-twins-")
    net = Devnet(build, root, followers=1, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=80", "--pace.skip_timeout_ms=1600"])
    net.start()
    with Checker(net) as check:
        net.wait_height(5, 30)

        first = net.nodes[0].process
        second = subprocess.run(first.args, capture_output=True, text=True, timeout=20)
        assert second.returncode == 4 and "another process" in second.stderr, second
        assert first.poll() is None

        # a late copy: a follower's machine is given validator 3's key and starts from nothing
        net.kill(4)
        shutil.rmtree(net.nodes[4].dir)
        os.makedirs(net.nodes[4].dir)
        check.forget(4)
        net.start_node(4, f"--node.validator_key={net.nodes[3].dir}/validator.key")
        pair = [net.nodes[3], net.nodes[4]]
        high = net.nodes[0].height()

        def decided():
            said = [n.rpc("node.status") for n in pair]
            return any(s.get("not_voting") == "own-key-votes-elsewhere" for s in said) or \
                any(" evidence " in log_of(n) for n in net.nodes)
        until(decided, 40, "two copies vote and nobody minds")
        net.wait_height(high + 5, 60, nodes=[0, 1, 2])
        check.settle()
        said = [n.rpc("node.status").get("not_voting") for n in pair]
        seen = sum(" evidence " in log_of(n) for n in net.nodes)
        print("a late copy:", said, f"evidence seen by {seen}")

        # both start at once from copies of one directory, so that both believe in their log
        net.kill(3, 15)
        net.kill(4, 15)
        shutil.rmtree(net.nodes[4].dir)
        shutil.copytree(net.nodes[3].dir, net.nodes[4].dir)
        os.unlink(os.path.join(net.nodes[4].dir, "peer.key"))
        check.forget(4)
        net.start_node(3)
        net.start_node(4, f"--node.validator_key={net.nodes[4].dir}/validator.key")
        high = net.nodes[0].height()
        net.wait_height(high + 15, 60, nodes=[0, 1, 2])
        until(decided, 30, "two copies vote and nobody minds")
        time.sleep(1)
        check.settle()
        said = [n.rpc("node.status").get("not_voting") for n in pair]
        print("copies at once:", said,
              f"evidence seen by {sum(' evidence ' in log_of(n) for n in net.nodes)}")
        codes = net.stop()
    assert codes == [0] * 5, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
