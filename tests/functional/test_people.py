#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The main job: people enrol, act, claim income by ring proof and pay each other; the page shows it.

First income within 60 s of a fresh network; the page of one node agrees with the RPC of another; a
screenshot stays in the log folder.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis, start_people  # noqa: E402

CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--window-size=1180,1100", "--virtual-time-budget=5000"]


def supply(node, asset):
    return next(a for a in node.rpc("supply.info") if a["asset"] == asset)


def page(node, root, log):
    """Text of the numbers that the page of a node shows."""
    profile = os.path.join(root, "chromium")
    subprocess.run(CHROMIUM + [f"--user-data-dir={profile}1", f"--screenshot={log}/dashboard.png", node.url],
                   capture_output=True, timeout=90)
    dom = subprocess.run(CHROMIUM + [f"--user-data-dir={profile}2", "--dump-dom", node.url],
                         capture_output=True, text=True, timeout=90).stdout
    return {k: re.search(rf'id="{k}"[^>]*>([^<]*)<', dom).group(1).replace(",", "")
            for k in ("height", "ibc", "claims", "health")}


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-people-")
    net = Devnet(build, root, genesis=people_genesis(build, root))
    begin = time.time()
    net.start()
    net.wait_height(1, 30)
    people = start_people(net, 48)
    try:
        while int(supply(net.nodes[0], "IBC")["minted_micro"]) == 0:
            assert time.time() - begin < 60, "no income within 60 s"
            time.sleep(0.2)
        print(f"cc_30_income_after_receipts: first income after {time.time() - begin:.1f} s")

        while sum(e["claims"] for e in net.nodes[1].rpc("stats.income")) < 48:
            assert time.time() - begin < 100, "not everybody was paid"
            time.sleep(0.5)
        net.agree()
        for n in net.nodes:  # conservation is what every header's state root commits to
            for a in n.rpc("supply.info"):
                assert int(a["minted_micro"]) - int(a["burned_micro"]) == int(a["stored_micro"]), a
        for epoch in net.nodes[1].rpc("stats.income"):
            assert int(epoch["issued_micro"]) == 168_000_000 * epoch["claims"], epoch
        print("g_cc_1_168_for_each_claim:", net.nodes[1].rpc("stats.income"))

        if shutil.which("chromium"):
            people.terminate()  # so that the numbers hold still
            people.wait()
            time.sleep(3)
            shown = page(net.nodes[2], root, os.path.join(os.path.abspath(build), "log"))
            minted = int(supply(net.nodes[3], "IBC")["minted_micro"]) // 1_000_000
            assert int(shown["ibc"]) == minted, (shown, minted)
            assert shown["health"] == "voting", shown
            assert 0 < int(shown["height"]) <= net.nodes[3].height(), shown
            print("page:", shown)
    finally:
        if people.poll() is None:
            people.terminate()
            people.wait()
        codes = net.stop()
    assert all(c == 0 for c in codes), codes
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
