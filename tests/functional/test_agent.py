# SPDX-License-Identifier: ISC
"""A person's whole way: enrol, visit, claim, be paid, with the agent killed on the way; beside them a
population that is killed with -9 again and again and goes on; an old copy of the records put back; what lies on the disk tells nothing."""
import json, os, random, shutil, signal, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from checker import until
from devnet import Devnet, people_genesis, start_attestors, start_module
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-agent-")
net = Devnet(build, root, genesis=people_genesis(build, root))
weal = Person(build, root, lambda: net.nodes[0].port)
MEMO = "flu shot at Dr Ampere's"


def people_start():
    ports = ",".join(str(n.port) for n in net.nodes)
    return subprocess.Popen([os.path.join(net.build, "bin", "weal-people"), "run", os.path.join(root, "people"),
                             ports, str(module), attestors, "24"], stdin=subprocess.DEVNULL,
                            stdout=open(os.path.join(root, "log", "people.log"), "ab"), stderr=subprocess.STDOUT)


def people_kill(people):
    assert people.poll() is None, "the population ended by itself"
    people.send_signal(signal.SIGKILL)
    people.wait()


def wrong_module():
    return weal("visit", "9", f"127.0.0.1:{module}", code=1)["error"]["name"]


def claims():
    return sum(e["claims"] for e in net.nodes[1].rpc("stats.income"))


def receipt(wallet="w", n=1):
    return next(r for r in weal("receipts", wallet=wallet)["receipts"] if r["n"] == n)


evidence = os.path.join(root, "passport.json")
with open(evidence, "w") as f:
    json.dump({"jurisdiction": "CA", "kind": "passport", "number": "AB 1", "born": "1990-02-03",
               "residence": "CA-ON-TOR"}, f)
people = None
random.seed(1)
try:
    net.start()
    net.wait_height(2, 30)
    module, attestors = start_module(net), start_attestors(net)
    people = people_start()
    weal("create")
    done = weal("enrol", evidence, attestors)
    assert done["verified"], done
    again = weal("enrol", evidence, attestors)  # nothing is sent twice; the record is there
    assert again["key"] == done["key"]
    assert weal("policy")["claim"] is True
    assert weal("policy", "claim", "perhaps", code=2)["error"]["name"] == "wallet-usage"

    # cc_27, cc_28: at the module, before it is known whether one is dealt yet
    assert weal("visit", "0", f"127.0.0.1:{net.nodes[0].p2p}", code=3)["error"]["name"] == "module-silent"
    until(lambda: wrong_module() == "module-key", 20, "the module is not up")  # it answers under a key the chain has for another
    token = weal("visit", "0", f"127.0.0.1:{module}", MEMO)
    assert token["state"] == "token held" and token["n"] == 1, token
    two = weal("visit", "0", f"127.0.0.1:{module}")
    assert two["n"] == 2, two
    assert weal("visit", "0", f"127.0.0.1:{module}", code=1)["error"]["name"] == "wallet-visited"
    shutil.copytree(os.path.join(root, "w.agent"), os.path.join(root, "old.agent"))

    # cc_29_receipt_conceals: what lies on the disk is sealed, padded, and named by nothing
    sizes = set()
    for name in os.listdir(os.path.join(root, "w.agent")):
        with open(os.path.join(root, "w.agent", name), "rb") as f:
            bytes_ = f.read()
        assert b"Ampere" not in bytes_ and b"127.0" not in bytes_
        if name == "egress":  # one sealed line a question, all of a size
            assert len(bytes_) > 0 and len(bytes_) % (128 + 48) == 0, len(bytes_)
        elif name not in ("lock", "egress.key"):
            sizes.add(len(bytes_))
            assert len(name) == 32 and (len(bytes_) - 11 - 24 - 16) % 4096 == 0, (name, len(bytes_))
    print("cc_29_receipt_conceals: record sizes", sizes)

    # the agent is killed at random moments until the activities are final; people too
    killed = 0
    while receipt()["state"] not in ("witnessed", "claim sent", "paid"):
        agent = subprocess.Popen([os.path.join(build, "bin", "weal"), "--now", "--wallet", os.path.join(root, "w"),
                                  "--node", f"127.0.0.1:{net.nodes[killed % 4].port}", "--password-file", weal.password,
                                  "auto"], stdout=subprocess.DEVNULL)
        time.sleep(random.uniform(0.05, 1.5))
        agent.kill()
        agent.wait()
        killed += 1
        if killed % 2 == 0:
            people_kill(people)
            people = people_start()
    print(f"cc_28_activity_receipt: witnessed, the agent killed {killed} times")

    # a copy of the records from before, put back: the same activity comes of it, not a second one
    shutil.copy(os.path.join(root, "w"), os.path.join(root, "old"))
    notes = sum(e["notes"] for e in net.nodes[1].rpc("stats.income"))
    until(lambda: weal("--now", "--no-wait", "claim", wallet="old")
          and receipt("old")["state"] == "witnessed", 20, "not witnessed")
    print("old records: the same note; notes on the chain", notes)

    # cc_31: paid to an account nobody has seen before
    for kill in range(4):
        time.sleep(random.uniform(1, 3))
        people_kill(people)
        people = people_start()
    until(lambda: weal("--now", "--no-wait", "claim") and receipt()["state"] == "paid", 60, "not paid")
    income = receipt()
    assert income["to"] != weal("address")["address"], income
    assert float(weal("balance", income["to"])["IBC"]) == 168, income
    # cc_32_income_can_be_paid_on: from the income's own account, by name
    name = f"income/{income['claim_epoch']}"
    assert {"name": name}.items() <= next(x for x in weal("accounts")["accounts"] if x["name"] == name).items()
    spent = weal("pay", weal("address")["address"], "5", "--account", name)
    assert spent["status"] == "final" and spent["verified"], spent
    assert float(weal("balance")["IBC"]) == 5
    told = [(e["what"], e["amount"], e["account"]) for e in weal("history")["history"]]
    got = [e for e in told if e[2] in (name, "0")]  # on a slow day there is an income of another epoch, too
    assert got == [("income", "168", name), ("paid", "5", name), ("received", "5", "0")], got
    print("cc_32_income_can_be_paid_on:", got)
    journal = [e["what"] for e in weal("journal")["journal"] if e["n"] == 1]
    assert journal[:2] == ["asked the module for a token", "received the token"], journal
    assert journal[-1] == "the income is final", journal
    print("cc_31_paid_to_the_wallet:", income["to"])

    # nobody of the population lost anything by being killed
    until(lambda: claims() >= 25, 60, "claims missing")
    until(lambda: "incomes 24" in open(os.path.join(root, "log", "people.log")).read() or claims() > 25, 30, "incomes missing")
    log = open(os.path.join(root, "log", "people.log")).read()
    assert "lost" not in log, log[-2000:]
    net.agree()
    people_kill(people)
    people = None
    # the agent's word is not taken for it: an income is there once a human and epoch
    for epoch in net.nodes[1].rpc("stats.income"):
        assert int(epoch["issued_micro"]) == 168_000_000 * epoch["claims"], epoch
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    if people and people.poll() is None:
        people.kill()
        people.wait()
    net.stop()
