# SPDX-License-Identifier: ISC
"""A person becomes a validator: enrols, is dealt into a cohort, leases a seat by ring proof, bonds what
the genesis granted its account; a fifth daemon with that key, until then a follower, is in the next term's set and votes. Then it
takes the bond back and is out of the set again. The network's terms change under it all the while."""
import json, os, shutil, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from checker import until
from devnet import Devnet, people_genesis, start_attestors, start_module
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-seat-")
keyfile = os.path.join(root, "validator.key")
weal = Person(build, root, lambda: net.nodes[0].port)
refused = weal.refused


def members():
    return {v["account"] for v in net.nodes[0].rpc("chain.validators")}


evidence = os.path.join(root, "passport.json")
with open(evidence, "w") as f:
    json.dump({"jurisdiction": "CA", "kind": "passport", "number": "S 5", "born": "1991-02-03",
               "residence": "CA-ON-TOR"}, f)
key = json.loads(subprocess.run([os.path.join(build, "bin", "weald"), "keygen", keyfile], check=True,
                                capture_output=True, text=True).stdout)
genesis = people_genesis(build, root)
genesis["grants"] = [{"account": key["account"], "micro": "3000000000"}]
genesis["params"] = {"term_blocks": "256"}
net = Devnet(build, root, followers=1, genesis=genesis,
             options=["--pace.min_interval_ms=25", "--pace.heartbeat_ms=25"])
fifth = net.nodes[4]
fifth.extra = [f"--node.validator_key={keyfile}"]
people = None
try:
    net.start()
    net.wait_height(2, 30)
    module, attestors = start_module(net), start_attestors(net)
    people = subprocess.Popen([os.path.join(net.build, "bin", "weal-people"), "run", os.path.join(root, "people"),
                               ",".join(str(n.port) for n in net.nodes[:4]), str(module), attestors, "24"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    weal("create")
    at = weal("seat", keyfile)
    assert at["next"] == "lease" and at["balance"] == "3000" and not at["bound"], at
    assert refused("seat", keyfile, "bond", "1000") == "seat-unknown"
    assert refused("seat", keyfile, "lease") == "wallet-no-cohort"  # nobody yet
    assert refused("seat", weal.password, code=2) == "wallet-keyfile"
    assert refused("seat", keyfile, "bond", "1.2.3", code=2) == "wallet-usage"
    weal("enrol", evidence, attestors)

    def leased():  # as soon as the key is dealt into a cohort
        said = weal("seat", keyfile, "lease", code=None)
        assert "error" not in said or said["error"]["name"] == "wallet-no-cohort", said
        return "error" not in said and said

    at = until(leased, 90, "no cohort")
    assert at["next"] == "bond" and at["leased_until"].endswith("-02-01"), at
    assert weal("seat", keyfile, "lease")["leased_until"] == at["leased_until"]  # said again: nothing more to do
    assert refused("seat", keyfile, "bond", "5000") == "seat-balance"
    assert weal("seat", keyfile)["bound"] is True  # what could be done was
    at = weal("seat", keyfile, "bond", "2000")
    assert at["bond"] == "2000" and at["next"] == "none" and float(at["balance"]) <= 1000, at
    assert weal("seat", keyfile, "bond", "2000")["bond"] == "2000"

    # in the set of the next term but one at the latest, and voting: four of five are needed, and one is stopped
    until(lambda: key["account"] in members(), 60, "not in the set")
    assert len(members()) == 5
    until(lambda: fifth.rpc("node.status")["voting"], 60, "does not vote")
    net.kill(3)
    height = net.nodes[0].height()
    until(lambda: net.nodes[0].height() > height + 20, 30, "its vote is missed")
    net.start_node(3)
    print("the fifth validates in term", net.nodes[0].rpc("node.status")["term"])

    # and out again: without a bond no seat in the next set; the amount waits its time
    at = weal("seat", keyfile, "bond", "0")
    assert at["bond"] == "0" and float(at["unbonding"]) == 2000 and at["next"] == "bond", at
    until(lambda: key["account"] not in members(), 60, "still in the set")
    until(lambda: not fifth.rpc("node.status")["voting"], 30, "still votes")
    people.kill()
    people.wait()
    people = None
    net.agree()
    print("and follows again in term", net.nodes[0].rpc("node.status")["term"])
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    if people:
        people.kill()
        people.wait()
    net.stop()
