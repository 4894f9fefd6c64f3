# SPDX-License-Identifier: ISC
"""A person becomes a validator: enrols, is dealt into a cohort, leases a seat by ring proof, pays IT to its
account, bonds; a fifth daemon with that key, until then a follower, is in the next term's set and votes. Then it
takes the bond back and is out of the set again. The network's terms change under it all the while."""
import json, os, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis, start_attestors, start_module

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-seat-")
password = os.path.join(root, "password")
keyfile = os.path.join(root, "validator.key")


def weal(*args, code=0):
    out = subprocess.run([os.path.join(build, "bin", "weal"), "--json", "--light", "--wallet", os.path.join(root, "w"),
                          "--node", f"127.0.0.1:{net.nodes[0].port}", "--password-file", password, *args],
                         capture_output=True, text=True, timeout=60)
    assert out.returncode == code, (args, out.returncode, out.stdout, out.stderr)
    return json.loads(out.stdout)


def until(what, seconds):
    end = time.time() + seconds
    while time.time() < end:
        got = what()
        if got:
            return got
        time.sleep(0.2)
    raise TimeoutError(what)


def refused(*args, code=1):
    return weal(*args, code=code)["error"]["name"]


def members():
    return {v["account"] for v in net.nodes[0].rpc("chain.validators")}


with open(password, "w") as f:
    f.write("a password\n")
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
    assert refused("seat", password, code=2) == "wallet-keyfile"
    assert refused("seat", keyfile, "bond", "1.2.3", code=2) == "wallet-usage"
    weal("enrol", evidence, attestors)

    def leased():
        out = subprocess.run([os.path.join(build, "bin", "weal"), "--json", "--wallet", os.path.join(root, "w"),
                              "--node", f"127.0.0.1:{net.nodes[0].port}", "--password-file", password,
                              "seat", keyfile, "lease"], capture_output=True, text=True, timeout=60)
        said = json.loads(out.stdout)
        assert out.returncode == 0 or said["error"]["name"] in ("wallet-no-cohort", "cohort-young"), said
        return out.returncode == 0 and said

    at = until(leased, 90)
    assert at["next"] == "bond" and at["leased_until"].endswith("-02-01"), at
    assert weal("seat", keyfile, "lease")["leased_until"] == at["leased_until"]  # said again: nothing more to do
    assert refused("seat", keyfile, "bond", "5000") == "seat-balance"
    assert weal("seat", keyfile)["bound"] is True  # what could be done was
    at = weal("seat", keyfile, "bond", "2000")
    assert at["bond"] == "2000" and at["next"] == "none" and float(at["balance"]) <= 1000, at
    assert weal("seat", keyfile, "bond", "2000")["bond"] == "2000"

    # in the set of the next term but one at the latest, and voting: its blocks are final
    until(lambda: key["account"] in members(), 60)
    assert len(members()) == 5
    until(lambda: fifth.rpc("node.status")["voting"], 60)
    print("the fifth validates in term", net.nodes[0].rpc("node.status")["term"])

    # and out again: without a bond no seat in the next set; the amount waits its time
    at = weal("seat", keyfile, "bond", "0")
    assert at["bond"] == "0" and float(at["unbonding"]) == 2000 and at["next"] == "bond", at
    until(lambda: key["account"] not in members(), 60)
    until(lambda: not fifth.rpc("node.status")["voting"], 30)
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
