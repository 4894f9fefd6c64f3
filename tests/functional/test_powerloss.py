#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The power goes, for one node or for all at once, again and again, under load: what was not synced
is lost, kept or torn at random. Nothing told as final may be missing afterwards, by anybody."""
import os
import random
import shutil
import sys
import tempfile
import time

from checker import Checker, Devnet, fsck, people_genesis, quick
from payer import Load, Payer
from powerloss import crash


def main():
    build, seconds = os.environ["WEAL_BUILD"], quick(sys.argv)
    seed = int(os.environ.get("SEED", time.time_ns() % 100000))
    rng = random.Random(seed)
    root = tempfile.mkdtemp(prefix="weal-power-")
    payers = [Payer(i) for i in range(6)]
    net = Devnet(build, root, genesis={**people_genesis(build, root),
                                        "grants": [p.grant() for p in payers]},
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600",
                          "--storage.wal_segment_mib=1"])
    os.makedirs(os.path.join(root, "journal"))
    for n in net.nodes:
        n.journal = os.path.join(root, "journal", str(n.index))
        n.env = {"LD_PRELOAD": os.path.join(os.path.abspath(build), "faults.so"),
                 "WEAL_FAULTS_DIR": n.dir, "WEAL_FAULTS_JOURNAL": n.journal,
                 "WEAL_FAULTS_SYNC_US": "8000",
                 "ASAN_OPTIONS": "verify_asan_link_order=0"}
    print("seed", seed, flush=True)
    end = time.time() + (seconds or 14)
    rounds, sum_ = 0, {}
    net.start()
    with Checker(net) as check, Load(net, check, payers) as load:
        if rng.random() < 0.7:
            net.wait_height(5, 30)
        while time.time() < end:
            time.sleep(rng.random() * rng.choice([0.3, 1.5]))
            victims = rng.choice([[0, 1, 2, 3], [0, 1, 2, 3], [rng.randrange(4)],
                                  rng.sample(range(4), 2)])
            for i in victims:  # all are dead before any is buried
                net.nodes[i].process.kill()
            for i in victims:
                net.nodes[i].process.wait()
            for i in victims:
                n = net.nodes[i]
                stats = crash(n.dir, n.journal, rng)
                for k, v in stats.items():
                    if k != "mode":
                        sum_[k] = sum_.get(k, 0) + v
                if rng.random() < 0.15 and check.heights.get(i, 0) > 0:
                    code, text = fsck(net, n)
                    assert code == 0, f"node {i} after a power cut: {text}"
            for i in victims:
                net.start_node(i)
            rounds += 1
            check.settle(40)
            assert all(n.alive() for n in net.nodes), "a node did not come back"
        assert rounds > 0 and check.finals, (rounds, load.refused, load.why)
        codes = net.stop()
    assert codes == [0] * 4, codes
    for n in net.nodes:
        code, text = fsck(net, n)
        assert code == 0, f"node {n.index}: {text}"
    print(f"{rounds} power cuts, {len(check.finals)} transfers final, height "
          f"{max(check.heights.values())}; {sum_}")
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
