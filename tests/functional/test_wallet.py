# SPDX-License-Identifier: ISC
"""weal against real nodes, and against nodes that lie: a proxy alters what they answer."""
import os, shutil, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis
from liar import Liar
from person import Person
from words_account import account_of_words

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-wallet-")
WORDS = " ".join(["abandon"] * 23 + ["art"])


def flip(text, at):
    at %= len(text)
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:]


def alter(method, field, at):
    def lie(m, r):
        if m == method and r.get(field):
            r[field] = flip(r[field], at)
    return lie


def main():
    folder = os.path.join(root, "net")
    os.makedirs(folder)
    genesis = people_genesis(build, folder)
    genesis["grants"] = [{"account": account_of_words(), "micro": "5000000000"}]
    net = Devnet(build, folder, genesis=genesis)
    net.start()
    try:
        net.wait_height(3)
        weal = Person(build, root, net.nodes[0].port)
        mine = weal("restore", stdin=WORDS + "\n")
        assert mine["address"].startswith("dweal1"), mine
        weal("restore", stdin=WORDS + "\n", code=5)  # nothing is overwritten
        other = weal("create", wallet="other")
        assert len(other["words"].split()) == 24

        b = weal("balance")
        assert b["IT"] == "5000" and b["verified"], b
        paid = weal("pay", other["address"], "12.5", "IT")
        assert paid["status"] == "final" and paid["verified"], paid
        tx = weal("tx", paid["id"])
        assert tx["code"] == "accept" and tx["height"] == paid["height"], tx
        assert weal("balance", wallet="other")["IT"] == "12.5"
        assert weal("verify")["validators"] == 4
        assert weal("request", "3", "IT")["uri"] == f"weal:{mine['address']}?amount=3&asset=IT"
        assert weal("status")["address"] == mine["address"]
        assert weal("pay", other["address"], "1000000", "IT", code=1)["error"]["name"] == "wallet-balance"
        assert weal("pay", flip(other["address"], 20), "1", code=1)["error"]["name"] == "address-form"
        assert weal("balance", node=1, code=3)["error"]["name"] == "wallet-node"
        print("a payment was final after", paid["took_ms"], "ms")

        # cc_20, g_cc_15: the list of what left is complete, by one who counts; and sealed
        counter = Liar(net.nodes[2].url)
        weal("create", wallet="listed")
        for command in ("balance", "status", "verify", "accounts", "history"):
            weal(command, node=counter.port, wallet="listed")
        told = weal("egress", wallet="listed")["egress"]
        mine = sum(e["times"] for e in told if f":{counter.port} " in e["asked"])
        assert mine == counter.asked and mine > 10, (mine, counter.asked)
        with open(os.path.join(root, "listed.agent", "egress"), "rb") as f:
            assert b"state.get" not in f.read()
        print("cc_20_egress_is_complete:", mine, "questions, each listed")

        liar = Liar(net.nodes[1].url)
        assert weal("balance", node=liar.port)["verified"]  # honest as yet
        lies = {
            "a balance": ("tree-proof-root", alter("state.get", "value", -1)),
            "a proof": (None, alter("state.get", "proof", -1)),
            "a record denied": (None, lambda m, r: m == "state.get" and r.update(present=False, value=None)),
            "a certificate": ("vote-signature", alter("chain.header", "certificate", -1)),
            "a header": (None, alter("chain.header", "header", 600)),
            "a genesis": ("wallet-other-chain", alter("chain.genesis", "genesis", 90)),
        }
        for what, (name, lie) in lies.items():
            liar.lie, liar.lied = lie, 0
            error = weal("balance", node=liar.port, code=4)["error"]
            assert liar.lied and name in (None, error["name"]), (what, error)
            print("caught:", what, error["name"])
        liar.lie = lambda m, r: m == "chain.block" and [t.update(code="tx-expired") for t in r["transactions"]]
        assert weal("tx", paid["id"], node=liar.port, code=4)["error"]["name"] == "wallet-receipt-root"
    finally:
        codes = net.stop()
    assert codes == [0] * 4, codes
    shutil.rmtree(root)


main()
