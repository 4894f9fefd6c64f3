# SPDX-License-Identifier: ISC
"""weal across terms: the kept checkpoint, one the user gives, a node that stands still."""
import hashlib, os, shutil, signal, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-checkpoint-")
kept = os.path.join(root, "w.checkpoint")
TERM = 256  # the least a genesis may say


def header_id(node, height):
    return node.rpc("chain.header", height=height)["id"]


def main():
    folder = os.path.join(root, "net")
    os.makedirs(folder)
    genesis = people_genesis(build, folder)
    genesis["params"] = {"term_blocks": TERM, "block_interval_ms": 5}
    net = Devnet(build, folder, genesis=genesis, options=["--pace.heartbeat_ms=20"])
    net.start()
    try:
        net.wait_height(3)
        node = net.nodes[0]
        weal = Person(build, root, node.port)
        weal("restore", stdin=" ".join(["abandon"] * 23 + ["art"]) + "\n")
        weal("balance")
        assert not os.path.exists(kept)  # no term has ended yet
        net.wait_height(2 * TERM + 10, 90)
        first = weal("balance")
        assert first["headers"] >= 3 and os.path.exists(kept), first
        again = weal("balance")
        assert again["headers"] < first["headers"], (first, again)  # went on from the checkpoint
        assert weal("--from-genesis", "balance")["headers"] >= first["headers"]

        with open(kept, "rb") as f:
            good = f.read()
        with open(kept, "wb") as f:
            f.write(good[:-1])
        assert weal("balance")["headers"] >= first["headers"]  # a torn one is as none
        at = good.index(bytes.fromhex(header_id(node, 2 * TERM)))
        other = bytearray(good[:-32])
        other[at] ^= 1
        with open(kept, "wb") as f:
            f.write(bytes(other) + hashlib.blake2b(bytes(other), digest_size=32).digest())
        assert weal("balance", code=4)["error"]["name"] == "wallet-checkpoint"
        os.unlink(kept)

        trusted = f"{TERM + 7}:{header_id(node, TERM + 7)}"
        assert weal("--checkpoint", trusted, "balance")["verified"]
        wrong = f"{TERM + 8}:{header_id(node, TERM + 7)}"
        os.path.exists(kept) and os.unlink(kept)
        assert weal("--checkpoint", wrong, "balance", code=4)["error"]["name"] == "wallet-checkpoint"
        assert weal("--checkpoint", "7", "balance", code=2)["error"]["name"] == "wallet-usage"

        assert not weal("--max-age", "30", "balance")["stale"]
        for n in net.nodes[1:]:
            n.process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)
        assert weal("--max-age", "1", "balance", code=6)["stale"]
    finally:
        for n in net.nodes[1:]:
            if n.alive():
                n.process.send_signal(signal.SIGCONT)
        codes = net.stop()
    assert codes == [0] * 4, codes
    shutil.rmtree(root)


main()
