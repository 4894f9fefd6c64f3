# SPDX-License-Identifier: ISC
"""The wallet's money over time: payments killed at any moment and begun again are made once; history is
read from all blocks and found again from the 24 words; several accounts; receipts that others check."""
import json, os, random, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis
from person import Person
from words_account import account_of_words

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-purse-")
WORDS = " ".join(["abandon"] * 23 + ["art"])
weal = Person(build, root, lambda: net.nodes[0].port)


def lines(wallet="w", *args):
    return [(e["what"], e["amount"], e["asset"], e["account"]) for e in weal("history", *args, wallet=wallet)["history"]]


random.seed(7)
net = Devnet(build, os.path.join(root, "net"), genesis=None)
net.extra_genesis = {**people_genesis(build, net.root),
                     "grants": [{"account": account_of_words(), "micro": "5000000000"}]}
try:
    net.start()
    net.wait_height(3, 30)
    weal("restore", stdin=WORDS + "\n")
    shop = weal("create", wallet="shop")

    # a request, paid as it is
    uri = weal("request", "3.5", "IT", wallet="shop")["uri"]
    paid = weal("pay", uri)
    assert paid["status"] == "final" and paid["verified"] and len(paid["payments"]) == 1, paid
    assert weal("balance", wallet="shop")["IT"] == "3.5"
    assert weal("pay", uri, "4", code=2)["error"]["name"] == "wallet-usage"  # another amount than asked
    assert weal("pay", uri + "&req-secret=1", code=2)["error"]["name"] == "wallet-usage"
    assert weal("pay", uri.replace("asset=IT", "asset=gold"), code=2)["error"]["name"] == "wallet-usage"

    # a seller's receipt: checked by anybody who knows the chain, refused when touched anywhere
    doc = weal("receipt", paid["id"])
    path = os.path.join(root, "receipt.json")
    with open(path, "w") as f:
        json.dump(doc, f)
    assert weal("check", path, wallet="shop") == {"id": paid["id"], "height": paid["height"], "code": "accept",
                                                  "time_ms": weal("check", path)["time_ms"], "verified": True}
    for field in ("header", "certificate", "tx", "code", "chain"):
        bad = dict(doc)
        bad[field] = "tx-expired" if field == "code" else bad[field][:-2] + f"{int(bad[field][-2:], 16) ^ 1:02x}"
        with open(path, "w") as f:
            json.dump(bad, f)
        print("caught:", field, weal("check", path, code=4, wallet="shop")["error"]["name"])

    # killed with -9 at any moment, and said again unless it had said that it is done: each is paid once
    total = 3_500_000
    kills = 0
    for i in range(1, 9):
        micro = i * 1_000_000 + i
        for attempt in range(3):
            p = subprocess.Popen(weal.command("pay", shop["address"], f"{micro / 1e6:.6f}", "IT"),
                                 stdout=subprocess.PIPE, text=True)
            try:
                said = p.communicate(timeout=random.uniform(0.01, 0.12))[0]
                assert p.returncode == 0
            except subprocess.TimeoutExpired:
                p.kill()
                said = p.communicate()[0]
                kills += 1
            if said:  # told is told, whatever happens after
                assert json.loads(said)["status"] == "final", said
                break
        else:
            last = weal("pay", shop["address"], f"{micro / 1e6:.6f}", "IT")
            assert last["status"] == "final", last
        total += micro
    have = round(float(weal("balance", wallet="shop")["IT"]) * 1e6)
    assert have == total, (have, total, lines())
    sent = [l for l in lines() if l[0] == "paid"]
    assert len(sent) == 9 and len(set(sent)) == 9, sent
    print(f"nine payments, each once, {kills} kills")

    # accounts: another one, kept before it is used; paid from by name; together when one is too small
    second = weal("accounts", "new")
    assert second["name"] == "1", second
    weal("pay", second["address"], "100", "IT")
    assert weal("pay", shop["address"], "200", "IT", "--account", "1", code=1)["error"]["name"] == "wallet-balance"
    assert weal("pay", shop["address"], "1", "IT", "--account", "x", code=1)["error"]["name"] == "wallet-account"
    assert weal("pay", shop["address"], "60", "IT", "--account", "1")["status"] == "final"
    all_ = weal("accounts")
    assert [x["name"] for x in all_["accounts"]] == ["0", "1"], all_
    most = float(all_["together"]["IT"]) - 1
    both = weal("pay", shop["address"], f"{most:.6f}", "IT")
    assert len(both["payments"]) == 2, both
    assert weal("pay", shop["address"], "50", "IT", code=1)["error"]["name"] == "wallet-balance"

    # history: what each side saw; in parts; and all of it again from the words alone
    mine, theirs = lines(), lines("shop")
    assert [l[1] for l in theirs if l[0] == "received"] == \
        [l[1] for l in mine if l[0] == "paid" and l[1] != "100"], (mine, theirs)
    assert ("received", "100", "IT", "1") in mine, mine
    middle = weal("history")["history"][4]["height"]
    assert all(e["height"] <= middle for e in weal("history", "0", middle)["history"])
    assert len(weal("--limit", "2", "history")["history"]) == 2
    weal("restore", wallet="again", stdin=WORDS + "\n")
    assert lines("again") == mine
    assert [x["name"] for x in weal("accounts", wallet="again")["accounts"]] == ["0", "1"]
    assert lines("again", "again") == mine
    print("history:", len(mine), "lines, the same from the 24 words")
    net.agree()
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    net.stop()
