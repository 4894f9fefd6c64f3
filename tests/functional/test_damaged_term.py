#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What the present term stands on rots while a node is down: the last block of the term before, turned to
zeros; the beacon in the term's record, overwritten in the database; a certificate. The node starts, makes
the record again, fetches block and certificate, and its vote is the one that is needed. With a block of the term before gone
too the beacon can't be made again: then code 4, and the log names the record."""
import os
import random
import shutil
import struct
import tempfile
import time

from checker import Checker, Devnet, fsck, log_of, people_genesis, until
from test_damaged_blocks import BODY, CERTIFICATE, flip, put, records

TERM = 256
TERM_TABLE = "62"


def beacon_places(net, n):
    """Where in a node's database the beacon of term 1 stands, old copies too."""
    value = bytes.fromhex(net.nodes[0].rpc("state.get", key=TERM_TABLE + struct.pack(">I", 1).hex())["value"])
    with open(os.path.join(n.dir, "chain", "data.mdb"), "rb") as f:
        data = f.read()
    at, found = data.find(value[:64]), []
    while at >= 0:
        found.append(at + 32)
        at = data.find(value[:64], at + 1)
    assert found
    return found


def said(n, from_, *words):
    for w in words:
        until(lambda: w in log_of(n)[from_:], 20, f"not said: {w}: {log_of(n)[from_:]}")


def main():
    build = os.environ["WEAL_BUILD"]
    seed = int(os.environ.get("SEED", time.time_ns() % 100000))
    print("seed", seed, flush=True)
    rng = random.Random(seed)
    root = tempfile.mkdtemp(prefix="weal-term-")
    net = Devnet(build, root, genesis={**people_genesis(build, root), "params": {"term_blocks": str(TERM)}},
                 options=["--pace.min_interval_ms=15", "--pace.heartbeat_ms=15"])
    net.start()
    down = net.nodes[3]
    data = os.path.join(down.dir, "chain", "data.mdb")
    with Checker(net) as check:
        net.wait_height(TERM + 20, 60)
        until(lambda: all(n.rpc("node.status")["applied_height"] > TERM for n in net.nodes), 20, "not applied")
        net.kill(2, 15)  # from here on the other's vote is needed
        net.kill(3, 15)
        certified = set.intersection(*(set(records(n, CERTIFICATE)) for n in net.nodes))
        cert = rng.choice(sorted(h for h in certified if h < TERM))

        # what it stands on
        path, at, size = records(down, BODY)[TERM]
        put(path, at, bytes(size))
        flip(records(down, CERTIFICATE)[cert], rng)
        code, text = fsck(net, down)
        assert code == 4 and "WRONG" in text, text
        height, from_ = net.nodes[0].height(), os.path.getsize(down.log)
        net.start_node(3)
        until(lambda: net.nodes[0].height() > height + 3, 30, "its vote is missed: " + log_of(down)[from_:])
        down.rpc("chain.block", height=cert)
        said(down, from_, f"boundary-from-records height={TERM}", f"block-mended height={TERM} ",
             f"certificate-mended height={cert}")
        net.kill(3, 15)
        code, text = fsck(net, down)
        assert code == 0, text

        # who leads it
        for at in beacon_places(net, down):
            put(data, at, rng.randbytes(32))
        code, text = fsck(net, down)
        assert code == 4 and "WRONG" in text, text
        height, from_ = net.nodes[0].height(), os.path.getsize(down.log)
        net.start_node(3)
        until(lambda: net.nodes[0].height() > height + 3, 30, "its vote is missed: " + log_of(down)[from_:])
        said(down, from_, "record-mended record=term term=1")
        net.kill(3, 15)
        code, text = fsck(net, down)
        assert code == 0, text

        # and with no way to know
        for at in beacon_places(net, down):
            put(data, at, bytes(32))
        path, at, size = records(down, BODY)[100]
        with open(path, "rb") as f:
            f.seek(at)
            record = f.read(size)
        put(path, at, bytes(size))
        from_ = os.path.getsize(down.log)
        net.start_node(3)
        until(lambda: not down.alive(), 20, "goes on with a beacon of its own")
        text = log_of(down)[from_:]
        assert down.process.returncode == 4 and "record-damaged record=term term=1" in text, text
        put(path, at, record)
        net.start_node(3)
        net.start_node(2)
        check.settle(30, 4)
        codes = net.stop()
    assert codes == [0] * 4, codes
    for n in net.nodes:
        code, text = fsck(net, n)
        assert code == 0, (n.index, text)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
