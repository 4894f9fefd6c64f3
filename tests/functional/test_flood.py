#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Strangers without a handshake and clients without manners: hundreds of connections that say
nothing, half a frame or nonsense, and transactions with broken signatures by RPC. The chain goes on
at its pace, honest peers stay connected, memory stays bounded, and a good transfer gets through."""
import os
import random
import shutil
import socket
import tempfile
import threading
import time

from checker import Checker, Devnet, RpcError, fsck_all, people_genesis, until
from payer import Payer


def anonymous_mib(n):
    with open(f"/proc/{n.process.pid}/status") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("RssAnon")) / 1024


def strangers(port, ending, rng):
    held = []
    while not ending.is_set():
        try:
            s = socket.create_connection(("127.0.0.1", port), 2)
            kind = rng.randrange(3)
            s.sendall(rng.randbytes(rng.randrange(1, 4000)) if kind == 0 else
                      b"\xff" * 65536 if kind == 1 else b"\x00")
            held.append(s)
        except OSError:
            pass
        if len(held) > 200:
            held.pop(0).close()
        time.sleep(0.005)
    for s in held:
        s.close()


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-flood-")
    payers = [Payer(i) for i in range(2)]
    net = Devnet(build, root, genesis={**people_genesis(build, root),
                                       "grants": [p.grant() for p in payers]},
                 options=["--pace.heartbeat_ms=100"])
    net.start()
    ending = threading.Event()
    with Checker(net) as check:
        net.wait_height(10, 30)
        victim, rng = net.nodes[0], random.Random(3)
        before = anonymous_mib(victim)
        chain = bytes.fromhex(victim.rpc("node.status")["chain_id"])
        bad = [payers[0].make(chain, payers[1].account, amount=i + 1, spoil=True) for i in range(40)]
        threads = [threading.Thread(target=strangers, args=(victim.p2p, ending, random.Random(i)),
                                    daemon=True) for i in range(2)]
        for t in threads:
            t.start()
        start, high, refused = time.time(), victim.height(), 0
        while time.time() < start + 7:
            tx = rng.choice(bad)
            try:
                victim.rpc("tx.submit", tx=tx.hex())
                raise AssertionError("a broken signature was accepted")
            except RpcError:
                refused += 1
        ident = payers[1].pay(victim, payers[0].account)
        until(lambda: victim.rpc("tx.status", id=ident)["status"] == "final", 20, "not final")
        blocks, took = victim.height() - high, time.time() - start
        grown = anonymous_mib(victim) - before
        ending.set()
        for t in threads:
            t.join(10)
        assert blocks > took, f"{blocks} blocks in {took:.1f} s"
        assert grown < 64, f"{grown:.0f} MiB more"
        assert victim.rpc("node.status")["peers"] >= 3
        check.settle()
        print(f"{refused} bad transactions, {blocks} blocks in {took:.1f} s, {grown:.1f} MiB more")
        codes = net.stop()
    assert codes == [0] * 4, codes
    fsck_all(net)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
