#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Rotation of the log: the file is moved away and SIGHUP opens a new one, many times in a row while
blocks become final, and every final block's line is in exactly one file, whole. A SIGHUP during the
start waits; one that can't be obeyed is said and the old file stays; a log that can't be opened at
the start is refused.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis  # noqa: E402


def read(path):
    with open(path) as f:
        return f.read()


def wait(what, seconds=20):
    end = time.time() + seconds
    while not what():
        assert time.time() < end, "waited too long"
        time.sleep(0.01)


def rotate(node, path, times):
    """Moves the log away so many times; the pieces in order, the current one last."""
    pieces = []
    for i in range(times):
        moved = f"{path}.{i}"
        os.rename(path, moved)
        pieces.append(moved)
        height = node.height()
        if i % 2:  # the moved file is written to until the signal
            wait(lambda: node.height() > height + 1)
        node.process.send_signal(signal.SIGHUP)
        wait(lambda: os.path.exists(path))
    return pieces + [path]


def heights(text):
    return [int(x.split("height=")[1].split()[0]) for x in text.splitlines() if " final height=" in x]


def complete(pieces):
    """Every line is whole, and the blocks follow each other without a gap."""
    text = ""
    for p in pieces:
        piece = read(p)
        assert piece.endswith("\n") and "log-opened" in piece.splitlines()[0] or p == pieces[0], p
        text += piece
    for x in text.splitlines():
        assert x[:2] == "20" and x[23:25] == "Z " and x[25:30] in ("debug", "info ", "warn ", "error"), x
    seen = heights(text)
    assert len(seen) > 20 and seen == list(range(seen[0], seen[0] + len(seen))), seen
    return len(seen), text


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-log-")
    path = os.path.join(root, "weald.log")
    net = Devnet(build, root, validators=1, genesis=people_genesis(build, root),
                 options=["--pace.min_interval_ms=20", "--pace.heartbeat_ms=20"])
    n = net.nodes[0]
    n.extra = ["--node.log_level=debug", f"--node.log_file={path}"]
    net.start()
    try:
        net.wait_height(15, 30)
        blocks, text = complete(rotate(n, path, 8))
        assert read(n.log) == "", "with a file, nothing but failures goes to standard error"
        # the place is taken by a folder: said in the old file, which stays
        os.rename(path, path + ".kept")
        os.mkdir(path)
        n.process.send_signal(signal.SIGHUP)
        wait(lambda: "error log-not-opened Is a directory" in read(path + ".kept"))
        before = len(heights(read(path + ".kept")))
        wait(lambda: len(heights(read(path + ".kept"))) > before + 2)
        os.rmdir(path)
        n.process.send_signal(signal.SIGHUP)
        wait(lambda: os.path.exists(path))
    finally:
        codes = net.stop()
    assert codes == [0], codes
    assert read(path).splitlines()[-1][25:].startswith("info  stopped"), read(path)[-300:]
    # signals from the first moment on: none ends the start, the last is obeyed
    n.extra = ["--node.log_format=json", f"--node.log_file={path}"]
    os.unlink(path)
    net.start_node(0)
    wait(lambda: os.path.exists(path))
    for _ in range(20):
        n.process.send_signal(signal.SIGHUP)
    os.rename(path, path + ".first")
    n.process.send_signal(signal.SIGHUP)
    wait(lambda: os.path.exists(path))
    net.wait_height(blocks, 30)
    assert net.stop() == [0]
    for line in (read(path + ".first") + read(path)).splitlines():
        assert set(json.loads(line)) == {"time", "level", "event", "text"}, line
    p = subprocess.run([net.weald(), f"--node.datadir={n.dir}", f"--node.genesis={net.genesis}",
                        "--node.log_file=/no/such/place.log"], capture_output=True, text=True, timeout=20)
    assert p.returncode == 3 and "node.log_file: /no/such/place.log: No such file" in p.stderr, p
    shutil.rmtree(root)
    print(f"{blocks} final blocks over 9 files, no line lost")


if __name__ == "__main__":
    main()
