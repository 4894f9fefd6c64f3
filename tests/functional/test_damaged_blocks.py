#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Bodies of blocks rot in the segment files: of a node that is down, by a flipped byte, by records
turned to zeros and at the end of what it had written; of a running one, by a flipped byte. Each is
noticed by the node itself, asked of its peers, and written again where it was: afterwards it gives
every block as the others do, and fsck finds nothing."""
import os
import random
import shutil
import struct
import tempfile
import time

from checker import Checker, Devnet, RpcError, fsck, log_of, people_genesis, until

HEAD = 64


BODY, CERTIFICATE = 1, 2


def records(n, kind):
    """height -> (file, offset, bytes of the record), of all of this kind in a node's segments."""
    folder, found = os.path.join(n.dir, "blocks"), {}
    for name in sorted(f for f in os.listdir(folder) if f.startswith("blk-")):
        path = os.path.join(folder, name)
        with open(path, "rb") as f:
            data = f.read()
        at = data.find(b"WBLK")
        while at >= 0:
            found_kind, header, body, _, height = struct.unpack_from("<IIIIQ", data, at + 8)
            size = (HEAD + header + body + 7) // 8 * 8
            if found_kind == kind:
                found[height] = (path, at, size)
            at = data.find(b"WBLK", at + size)
    return found


def put(path, at, data):
    fd = os.open(path, os.O_WRONLY)
    os.pwrite(fd, data, at)
    os.close(fd)


def flip(where, rng):
    path, at, size = where
    at += rng.randrange(HEAD, size - 8)
    with open(path, "rb") as f:
        f.seek(at)
        byte = f.read(1)[0]
    put(path, at, bytes([byte ^ 1 << rng.randrange(8)]))


def block(n, height):
    """Without the certificate, of which several are good."""
    try:
        got = n.rpc("chain.block", height=height)
    except RpcError:
        return None
    return {k: got[k] for k in ("height", "id", "header", "transactions")}


def all_mended(n, from_, heights):
    text = log_of(n)[from_:]
    assert "block-not-mended" not in text, text
    return all(f"block-mended height={h} " in text for h in heights)


def main():
    build = os.environ["WEAL_BUILD"]
    seed = int(os.environ.get("SEED", time.time_ns() % 100000))
    print("seed", seed, flush=True)
    rng = random.Random(seed)
    root = tempfile.mkdtemp(prefix="weal-blocks-")
    net = Devnet(build, root, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=50", "--pace.skip_timeout_ms=1600"])
    net.start()
    down = net.nodes[3]
    with Checker(net) as check:
        net.wait_height(60, 60)
        net.kill(3)
        there = records(down, BODY)
        flipped, zeroed = rng.sample(range(2, 40), 1), [50, 51]
        for h in flipped:
            flip(there[h], rng)
        for h in zeroed + sorted(there)[-3:]:
            path, at, size = there[h]
            put(path, at, bytes(size))
        code, text = fsck(net, down)
        assert code == 4 and "WRONG" in text, text
        from_ = os.path.getsize(down.log)
        net.start_node(3)
        until(lambda: all_mended(down, from_, flipped + zeroed), 20, "not mended: " + log_of(down))
        check.settle(30, 4)

        # while it runs, of a block that it has looked at already and not kept in memory
        until(lambda: "blocks-read-back" in log_of(down)[from_:], 30, "no end of its look")
        rotten = rng.randrange(2, 40)
        want, from_ = block(down, rotten), os.path.getsize(down.log)
        flip(records(down, BODY)[rotten], rng)
        assert block(down, rotten) != want
        until(lambda: block(down, rotten) == want, 20, "not mended while running")
        assert all_mended(down, from_, [rotten]), log_of(down)[from_:]
        for h in flipped + zeroed + [rotten]:
            assert len({str(block(n, h)) for n in net.nodes}) == 1, h
        codes = net.stop()
    assert codes == [0] * 4, codes
    for n in net.nodes:
        code, text = fsck(net, n)
        assert code == 0, (n.index, text)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
