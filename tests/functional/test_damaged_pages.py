#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Garbage in pages of the database, which LMDB believes, zeros, or a file cut short: the node ends with code 4 and a sentence
that names the file and what to do, or goes on with the right blocks and roots; it never dies by a
signal, never hangs, be it running meanwhile or started on it; fsck says what is wrong whenever the node refuses. A whole copy is good again."""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from checker import Checker, Devnet, fsck, log_of, people_genesis, quick, until

PAGE = 4096


def spoil(path, rng):
    size = os.path.getsize(path) // PAGE
    kind = rng.choice(["page", "zero", "head", "bytes", "moved", "cut"])
    if kind == "cut":
        os.truncate(path, rng.randrange(2, size) * PAGE + rng.choice([0, 0, 100]))
        return kind
    with open(path, "r+b") as f:
        for _ in range(rng.randrange(1, 12)):
            page = rng.randrange(2, size) * PAGE
            if kind == "moved":
                f.seek(rng.randrange(2, size) * PAGE)
                data, at = f.read(PAGE), page
            else:
                at, n = {"page": (page, PAGE), "zero": (page, PAGE), "head": (page + 16, rng.randrange(1, 64)),
                         "bytes": (page + rng.randrange(PAGE - 8), 8)}[kind]
                data = bytes(n) if kind == "zero" else rng.randbytes(n)
            f.seek(at)
            f.write(data)
    return kind


def main():
    build, seconds = os.environ["WEAL_BUILD"], quick(sys.argv)
    seed = int(os.environ.get("SEED", time.time_ns() % 100000))
    print("seed", seed, flush=True)
    rng = random.Random(seed)
    root = tempfile.mkdtemp(prefix="weal-pages-")
    net = Devnet(build, root, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])
    net.make_genesis()
    fill = os.path.join(build, "bin", "weal-fill")
    for n in net.nodes:  # each alone, so that no block is made
        net.start_node(n.index)
        until(lambda: n.height() >= 0, 20, "does not start")
        net.kill(n.index, 15)
        subprocess.run([fill, n.dir, "3000"], check=True, capture_output=True)
    net.start()
    v, copy = net.nodes[3], os.path.join(root, "copy")
    with Checker(net) as check:
        net.wait_height(20, 30)
        net.kill(3)
        code, text = fsck(net, v)
        assert code == 0, text
        shutil.copytree(v.dir, copy)
        end, refused, rounds = time.time() + (seconds or 12), 0, 0
        while time.time() < end or refused == 0:
            rounds += 1
            shutil.rmtree(v.dir)
            shutil.copytree(copy, v.dir)
            check.forget(3)
            data, running = os.path.join(v.dir, "chain", "data.mdb"), rng.random() < 0.3
            from_ = os.path.getsize(v.log)
            if running:
                net.start_node(3)
                until(lambda: v.height() >= 0, 20, "does not start")
            kind = spoil(data, rng) + (" running" if running else "")
            top = max(n.height() for n in net.nodes[:3])
            if not running:
                net.start_node(3)
            until(lambda: not v.alive() or v.height() > top, 30, f"hangs ({kind})")
            if v.alive():
                check.look(v)
                net.kill(3)
                continue
            refused += 1
            text, code = log_of(v)[from_:], v.process.returncode
            assert code == 4 and "weald fsck" in text and v.dir in text, (kind, code, text)
            code, text = fsck(net, v)
            if running and code == 0:
                continue  # what it stumbled over was not of the last commit, or is free by now
            assert code == 4 and ("WRONG" in text or "damaged" in text), (kind, code, text)
        shutil.rmtree(v.dir)
        shutil.copytree(copy, v.dir)
        check.forget(3)
        net.start_node(3)
        check.settle(60, 4)
        print(f"{refused} of {rounds} refused, by code 4", flush=True)
        codes = net.stop()
    assert codes == [0] * 4, codes
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
