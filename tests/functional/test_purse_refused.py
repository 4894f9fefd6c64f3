# SPDX-License-Identifier: ISC
"""Payments that a node does not take: one that it swallows is void after its last block, and said to be;
one that it calls refused and sends on all the same is paid once, however often its owner tries again."""
import json, os, shutil, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis
from liar import Liar
from person import Person
from words_account import account_of_words

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-refused-")
WORDS = " ".join(["abandon"] * 23 + ["art"])
weal = Person(build, root, lambda: net.nodes[0].port)


def has(wallet):
    return weal("balance", wallet=wallet)["IT"]


def refusal(q, name):
    return {"jsonrpc": "2.0", "id": q["id"], "error": {"code": -32010, "message": "refused", "data": {"name": name}}}


net = Devnet(build, os.path.join(root, "net"), genesis=None)
net.extra_genesis = {**people_genesis(build, net.root),
                     "grants": [{"account": account_of_words(), "micro": "5000000000"}]}
try:
    net.start()
    net.wait_height(3, 30)
    weal("restore", stdin=WORDS + "\n")
    shop = weal("create", wallet="shop")["address"]
    liar = Liar(net.nodes[0].url)

    # swallowed: void after its last block, by proven records; then it can be made again
    def swallow(q):
        if q["method"] == "tx.submit":
            return {"jsonrpc": "2.0", "id": q["id"], "result": {"id": "00" * 32}}
    liar.instead = swallow
    error = weal("pay", shop, "7", "IT", "--valid", "5", node=liar.port, code=1)["error"]
    assert error["name"] == "wallet-expired" and "nothing was paid" in error["sentence"], error
    assert has("shop") == "0" and has("w") == "5000"
    paid = weal("pay", shop, "7", "IT")
    assert paid["status"] == "final" and has("shop") == "7", paid
    print("swallowed: void, then paid once")

    # refused, it says, and sends it on; its owner tries again at an honest node
    def two_faced(q):
        if q["method"] == "tx.submit":
            liar.ask(json.dumps(q).encode())
            return refusal(q, "tx-fee-low")
    liar.instead = two_faced
    error = weal("pay", shop, "9", "IT", node=liar.port, code=1)["error"]
    assert error["name"] == "tx-fee-low" and "weal history" in error["sentence"], error
    again = weal("pay", shop, "9", "IT")
    assert again["status"] == "final" and has("shop") == "16", (again, has("shop"))
    print("refused and sent on: paid once")

    # refused and kept back: another is made in its place, under its number; the first is then nothing
    kept = []
    def keep_back(q):
        if q["method"] == "tx.submit":
            kept.append(json.dumps(q).encode())
            return refusal(q, "tx-fee-low")
    liar.instead = keep_back
    assert weal("pay", shop, "11", "IT", node=liar.port, code=1)["error"]["name"] == "tx-fee-low"
    assert weal("pay", shop, "11", "IT")["status"] == "final" and has("shop") == "27"
    late = liar.ask(kept[0])
    assert late["error"]["data"]["name"] == "tx-nonce-used", late
    # one that its owner gave up is not sent by a later payment
    assert weal("pay", shop, "13", "IT", node=liar.port, code=1)["error"]["name"] == "tx-fee-low"
    assert weal("pay", shop, "2", "IT")["status"] == "final" and has("shop") == "29"
    lines = [l["amount"] for l in weal("history", wallet="shop")["history"]]
    assert lines == ["7", "9", "11", "2"], lines

    # one account only
    second = weal("accounts", "new")["address"]
    assert weal("address", "--account", "1")["address"] == second
    assert second in weal("request", "4", "IT", "--account", "1")["uri"]
    weal("pay", second, "30", "IT")
    assert weal("balance", "--account", "1")["IT"] == "30"
    assert [x["name"] for x in weal("accounts", "--account", "1")["accounts"]] == ["1"]
    assert [l["what"] for l in weal("history", "--account", "1")["history"]] == ["received"]
    assert weal("balance", "--account", "9", code=1)["error"]["name"] == "wallet-account"
    assert weal("balance", "--limit", "many", code=2)["error"]["name"] == "wallet-usage"
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    net.stop()
