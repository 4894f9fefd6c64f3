# SPDX-License-Identifier: ISC
"""What leaves a person's device. Every byte that `weal` sends while somebody enrols and has an activity
witnessed goes through recorders, before the node, each attestor and the module; then it is looked through.
And one program in its roles: validator, follower, and a device that believes neither."""
import base64, json, os, shutil, socket, sys, tempfile, threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis, start_attestors, start_module
from checker import until
from person import Person

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-device-")
net = Devnet(build, root, followers=1, genesis=people_genesis(build, root))
PASSPORT = {"jurisdiction": "CA", "kind": "passport", "number": "QX7730193", "born": "1990-02-03",
            "residence": "CA-ON-TOR"}
PASSWORD, MEMO = "correct horse battery", "the dentist in Elm Street"


class Recorder:
    """Passes a port's connections on and keeps what the device said."""

    def __init__(self, target):
        self.target, self.said, self.heard = target, bytearray(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            device, _ = self.listener.accept()
            there = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pump, args=(device, there, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(there, device, False), daemon=True).start()

    def pump(self, a, b, outward):
        try:
            while (got := a.recv(65536)):
                if outward:
                    self.said += got
                else:
                    self.heard += len(got)
                b.sendall(got)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def path(name, text):
    with open(os.path.join(root, name), "w") as f:
        f.write(text)
    return os.path.join(root, name)


def spellings(secret):
    """As it is, and as programs write bytes."""
    b = secret if isinstance(secret, bytes) else secret.encode()
    return [b, b.hex().encode(), b.hex().upper().encode(), base64.b64encode(b).rstrip(b"=")]


def found(where, secrets):
    return [(name, s) for name, r in where.items() for s in secrets for form in spellings(s) if form in r.said]


weal = Person(build, root, lambda: node.port, PASSWORD)
evidence = path("passport.json", json.dumps(PASSPORT))
try:
    net.start()
    net.wait_height(2, 30)
    node = Recorder(net.nodes[0].port)
    module = Recorder(start_module(net))
    desks = [Recorder(int(x.split(":")[1])) for x in start_attestors(net).split(",")]
    at = ",".join(f"127.0.0.1:{r.port}" for r in desks)
    words = weal("create")["words"]
    phrase = words if isinstance(words, str) else " ".join(words)
    assert weal("claim", "--now", "--no-wait")["receipts"] == []  # nothing done: nothing to claim with
    done = weal("enrol", evidence, at)
    assert done["verified"], done
    visit = lambda: weal("visit", "0", f"127.0.0.1:{module.port}", MEMO, code=None)
    until(lambda: visit().get("state") == "token held", 20, "the module has no key yet")
    said = {"node": node, "module": module, **{f"attestor {i}": r for i, r in enumerate(desks)}}
    assert all(len(r.said) > 100 and r.heard > 100 for r in (node, module)), "nothing was recorded"
    assert sum(len(r.said) > 100 for r in desks) >= 2

    # cc_21_privacy_guardian: words, password and note of the visit are in nothing that was said to anybody
    secrets = [phrase, PASSWORD, MEMO, *(" ".join(phrase.split()[i:i + 3]) for i in range(22))]
    assert not found(said, secrets), found(said, secrets)
    print("cc_21_privacy_guardian:", {name: len(r.said) for name, r in said.items()}, "bytes looked through")

    # cc_25_evidence_stays: of the document, node and module hear nothing, and attestors nothing in the clear
    # (the residence is in the record, for everybody: cohorts are made by it)
    document = [PASSPORT["number"], PASSPORT["born"], "passport"]
    assert not found(said, document), found(said, document)
    for folder, _, files in os.walk(root):  # nor do their disks, nor the chain's
        for name in files:
            if os.path.join(folder, name) == evidence:
                continue
            with open(os.path.join(folder, name), "rb") as f:
                kept = f.read()
            assert not any(form in kept for s in document[:2] for form in spellings(s)), (folder, name)
    print("cc_25_evidence_stays: not on the wire, on no disk but the person's own paper")

    # cc_22_two_attributes: unique (another wallet, the same evidence: refused) and active (only what a visit gave
    # a token for can become an income)
    weal("create", wallet="second")
    assert weal.refused("enrol", evidence, at, wallet="second") == "attestor-handle-known"
    states = [r["state"] for r in weal("receipts")["receipts"]]
    assert states == ["token held"], states
    print("cc_22_two_attributes: one record", done["key"][:8], "activity", states)

    # x_11_roles: one program; with a validator's key it votes, without it follows, and serves the same truth
    net.wait_height(net.nodes[0].height() + 2, 30)
    roles = [n.rpc("node.status") for n in net.nodes]
    assert [s["voting"] for s in roles] == [True] * 4 + [False], roles
    assert "not_voting" not in roles[4], "a follower is nothing that should vote"
    assert weal("balance", node=net.nodes[4].port)["verified"] is True
    print("x_11_roles: four vote, one follows, a device proves what the follower says")
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    net.stop()
