# SPDX-License-Identifier: ISC
"""A newcomer among liars: of its four peers three pass an honest node's chain on altered, cut, late or not
at all, and the honest one comes last. It comes to the true chain all the same; who lied provably is blamed."""
import os, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(__file__))
from checker import Checker, Devnet, free_port, people_genesis, until
from devnet import start_module

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-liars-")
HEIGHT = 600


def relay(mode, upstream, port=None):
    port = port or free_port()
    p = subprocess.Popen([os.path.join(build, "bin", "weal-adversary"), "relay", chain, str(port),
                          str(net.nodes[upstream].p2p), mode, f"{mode}{upstream}"], stdout=subprocess.PIPE, text=True)
    assert p.stdout.readline().strip() == "ready"
    relays.append(p)
    return port


def blamed():
    """Peers with a bad name, still here or banned."""
    bad = {p["identity"] for p in newcomer.rpc("node.peers") if p["score"] < 0}
    return len(bad | {b["identity"] for b in newcomer.rpc("node.bans")})


net = Devnet(build, root, followers=1, genesis=people_genesis(build, root), options=["--pace.heartbeat_ms=15", "--pace.min_interval_ms=10"])
relays = []
try:
    for i in range(4):
        if i == 0:
            net.make_genesis()
        net.nodes[i].via = {4: free_port()}  # nobody dials the newcomer: it has those it dials
        net.start_node(i)
    start_module(net)  # it publishes its keys: some blocks are not empty
    chain = until(lambda: net.nodes[0].rpc("node.status")["chain_id"], 20, "a status")
    net.wait_height(HEIGHT, 60, nodes=range(4))
    newcomer = net.nodes[4]
    newcomer.extra = ["--storage.sync_behind=1"]
    with Checker(net) as check:
        for modes in (("cert", "slow", "silent"), ("header", "short", "slow"), ("heads", "body", "cert")):
            newcomer.via = {i: relay(mode, i) for i, mode in enumerate(modes)}
            honest = newcomer.via[3] = free_port()  # comes later
            begin = time.time()
            net.start_node(4)
            until(lambda: blamed() >= sum(m in ("header", "cert", "short") for m in modes), 20, f"{modes}: blame")
            alone, target = newcomer.height(), net.nodes[0].height()
            relay("none", 3, honest)
            until(lambda: newcomer.height() >= target, 30, f"the true chain among {modes}")
            took = time.time() - begin
            assert newcomer.rpc("chain.header", height=target)["id"] == net.nodes[0].rpc("chain.header", height=target)["id"]
            print(f"{modes}: {alone} blocks among them alone, all {target} after {took:.1f} s")
            assert net.kill(4, 15) == 0
            shutil.rmtree(newcomer.dir)
            check.forget(4)
            while relays:
                p = relays.pop()
                p.kill()
                p.wait()
        assert all(n.alive() for n in net.nodes[:4])
        check.settle()
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    for p in relays:
        p.kill()
    net.stop()
