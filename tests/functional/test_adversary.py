# SPDX-License-Identifier: ISC
"""Peers that mean harm, behind a real handshake: frames too large, unknown, malformed; floods of votes,
questions, announcements; bans that are met again and expire. The chain goes on meanwhile, and a node's
memory stays bounded."""
import json, os, shutil, subprocess, sys, tempfile, time, urllib.request

sys.path.insert(0, os.path.dirname(__file__))
from checker import Checker, Devnet, fsck_all, people_genesis, until

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-adversary-")


def attack(mode, count=1, seed="nobody"):
    out = subprocess.run([os.path.join(build, "bin", "weal-adversary"), "attack", chain, str(target.p2p), mode,
                          str(count), seed], capture_output=True, text=True, timeout=40)
    assert out.returncode == 0, (mode, out)
    return json.loads(out.stdout)


def memory(n):
    with open(f"/proc/{n.process.pid}/status") as f:
        return next(int(l.split()[1]) for l in f if l.startswith("RssAnon")) // 1024


def bans():
    return target.rpc("node.bans")


def metric(name):
    with urllib.request.urlopen(target.url + "metrics", timeout=5) as f:
        return next(float(l.split()[1]) for l in f.read().decode().splitlines() if l.startswith(name + " "))


net = Devnet(build, root, genesis=people_genesis(build, root), options=["--network.ban_s=3", "--pace.heartbeat_ms=100"])
try:
    net.start()
    net.wait_height(3, 30)
    target = net.nodes[0]
    chain = target.rpc("node.status")["chain_id"]
    with Checker(net) as check:
        # malformed under authentication: told why, closed; the second time banned, until the ban ends
        for mode, why in (("oversize", "p2p-cap"), ("type", "p2p-type"), ("record", "p2p-record-length")):
            first = attack(mode, seed=mode)
            assert first["up"] and first["closed"] and first["why"] in (why, ""), (mode, first)
            again = attack(mode, seed=mode)
            assert again["closed"], again
            until(lambda: bans(), 5, "a ban")
            third = attack(mode, seed=mode)
            assert third["closed"] and third["why"] == "p2p-banned", (mode, third)
            print(f"{mode}: {why}, banned at the second time")
            assert metric("weal_bans") >= 1
        until(lambda: not bans(), 10, "the end of bans")
        back = attack("record", seed="oversize")
        assert back["up"], back
        print("the bans ended; who comes back is let in")

        # bytes that are no message of their type, by somebody else each time
        junk = attack("junk", 10, seed="junk")
        assert junk["closed"], junk

        # floods: the chain keeps its pace, memory its bound
        before, begin = target.height(), time.time()
        quiet = memory(target)
        for mode, count in (("votes", 20000), ("requests", 2000), ("announce", 2000), ("unasked", 2000),
                            ("pings", 2000)):
            out = attack(mode, count, seed="flood-" + mode)
            print(f"{mode}: sent {out['sent']}, {'closed: ' + out['why'] if out['closed'] else 'read slowly'}; "
                  f"{memory(target)} MiB")
            assert memory(target) < quiet + 100, (mode, memory(target), quiet)
        rate = (target.height() - before) / (time.time() - begin)
        assert rate > 3, rate
        print(f"{rate:.1f} blocks a second during the floods")
        check.settle()
    assert all(c == 0 for c in net.stop())
    fsck_all(net)
    shutil.rmtree(root)
finally:
    net.stop()
