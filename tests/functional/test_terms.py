#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A validator that was away while terms ended comes back by block sync, and takes part in the agreement
of the present term: the chain goes on when its vote is needed."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from checker import until  # noqa: E402
from devnet import Devnet, people_genesis  # noqa: E402


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-terms-")
    genesis = people_genesis(build, root)
    genesis["params"] = {"term_blocks": "256"}
    net = Devnet(build, root, genesis=genesis, options=["--pace.min_interval_ms=15", "--pace.heartbeat_ms=15"])
    net.start()
    try:
        net.wait_height(30, 30)
        away, other = net.nodes[3], net.nodes[2]
        net.kill(3)
        until(lambda: net.nodes[0].height() > 300, 60, "no next term")  # in the next term
        net.start_node(3)
        until(lambda: away.height() > 300, 30, "does not catch up")
        until(lambda: away.rpc("node.status")["term"] == net.nodes[0].rpc("node.status")["term"], 10, "in another term")
        assert away.rpc("node.status")["voting"]
        net.kill(2)  # now three are needed, and it is one of them
        height = net.nodes[0].height()
        until(lambda: net.nodes[0].height() > height + 20, 30, "its vote is missed")
        net.start_node(2)
        until(lambda: other.height() > height, 30, "does not come back")
        net.agree()
    finally:
        codes = net.stop()
    assert codes == [0] * 4, codes
    shutil.rmtree(root)
    print("back after a term's end, and needed: the chain went on")


if __name__ == "__main__":
    main()
