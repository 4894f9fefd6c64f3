#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""rpc.discover against the node that gives it: every method is called with what the document says,
with each parameter missing, of a wrong type and out of range, and every result fits its schema.
Also: peers are real ones, and a refused transaction is not said to be pending.
"""
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis  # noqa: E402
from test_rpc import post, refused  # noqa: E402
from websocket import WebSocket  # noqa: E402

def call(method, **params):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


TYPES = {"integer": int, "number": (int, float), "string": str, "boolean": bool, "array": list,
         "object": dict, "null": type(None)}


def fits(value, schema, where):
    """The parts of JSON Schema the document uses."""
    if not schema:
        return
    unknown = set(schema) - {"type", "properties", "required", "additionalProperties", "items",
                             "pattern", "minimum", "maximum", "minLength", "maxLength"}
    assert not unknown, f"{where}: the test knows no {unknown}"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    ok = any(isinstance(value, TYPES[t]) and (t == "boolean" or not isinstance(value, bool))
             for t in types)
    assert ok, f"{where}: {value!r} is not {types}"
    if isinstance(value, str) and "pattern" in schema:
        assert re.search(schema["pattern"], value), f"{where}: {value!r}"
    if isinstance(value, list):
        for i, x in enumerate(value):
            fits(x, schema["items"], f"{where}[{i}]")
    if isinstance(value, dict):
        lacking = set(schema["required"]) - set(value)
        assert not lacking, f"{where} lacks {lacking}"
        for k, x in value.items():
            inner = schema["properties"].get(k, schema["additionalProperties"])
            assert inner is not False, f"{where}.{k} is not in the document"
            fits(x, inner, f"{where}.{k}")


def wrong(schema):
    """Values a parameter of this schema must be refused with."""
    if schema["type"] == "integer":
        return ["1", 1.5, None, True, [], schema["minimum"] - 1, schema["maximum"] + 1]
    out = [1, None, True, {}, "0" * (schema["maxLength"] + 2)]
    if schema["minLength"] > 0:
        out.append("0" * (schema["minLength"] - 2 if "pattern" in schema else 0))
    if "pattern" in schema:
        out += ["0", "zz" * max(1, schema["minLength"] // 2)]
    return out


GOOD = {"height": 1, "key": "01", "prefix": "01", "after": "01", "limit": 3, "tx": "00" * 40,
        "id": "00" * 32, "bytes": 200, "signatures": 1, "name": "tx-fee-low", "topic": "status"}


def parameters(node, m, allowed):
    good = {p["name"]: GOOD[p["name"]] for p in m["params"]}
    tried = 0
    for p in m["params"]:
        rest = {k: v for k, v in good.items() if k != p["name"]}
        if p["required"]:
            refused(node, call(m["name"], **rest), "rpc-params", **allowed)
        for bad in wrong(p["schema"]):
            try:
                refused(node, call(m["name"], **rest, **{p["name"]: bad}), "rpc-params", **allowed)
            except AssertionError as e:
                raise AssertionError(f"{m['name']} {p['name']}={str(bad)[:80]}: {e}") from e
            tried += 1
    refused(node, call(m["name"], **good, no_such=1), "rpc-params", **allowed)
    return good, tried


def conformance(node):
    doc = post(node, call("rpc.discover"))[1]["result"]
    allowed, tried = {}, 0
    with open(os.path.join(node.dir, ".cookie")) as f:
        cookie = {"Authorization": "Bearer " + f.read().strip()}
    for m in doc["methods"]:
        if m["x-role"] == "admin":
            refused(node, call(m["name"]), "rpc-denied")
        allowed = cookie if m["x-role"] == "admin" else {}
        good, n = parameters(node, m, allowed)
        tried += n
        if m["name"] in ("node.stop", "tx.submit", "subscribe", "unsubscribe"):
            continue  # called below or in other tests, with what they need
        for params in good, list(good.values()):
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": m["name"], "params": params})
            status, answer = post(node, body)
            assert status == 200 and "result" in answer, (m["name"], answer)
            fits(answer["result"], m["result"]["schema"], m["name"])
    w = WebSocket(node.port)
    w.send(call("subscribe", topic="status"))
    schemas = {m["name"]: m["result"]["schema"] for m in doc["methods"]}
    fits(w.receive()["result"], schemas["subscribe"], "subscribe")
    fits(w.receive()["params"]["result"], schemas["node.status"], "a subscriber's status")
    w.close()
    fits(doc, schemas["rpc.discover"], "rpc.discover")
    print(f"{len(doc['methods'])} methods, {tried} bad parameters")
    return schemas


def peers(net, schemas):
    for n in net.nodes:
        end = time.time() + 20
        while time.time() < end:
            seen = post(n, call("node.peers"))[1]["result"]
            if len(seen) == 3 and all(p["height"] > 0 for p in seen):
                break
            time.sleep(0.2)
        fits(seen, schemas["node.peers"], "node.peers")
        assert len(seen) == 3 and all(p["height"] > 0 and p["validator"] for p in seen), seen
        assert all(p["classes"]["vote"]["got_bytes"] > 0 for p in seen), seen
        assert {p["direction"] for p in seen} <= {"in", "out"}, seen


def standing(node, schemas):
    """A transaction that is refused: refused with its code, not pending for ever."""
    head = post(node, call("tx.status", id="ab" * 32))[1]["result"]
    assert head == {"status": "unknown"}, head
    tx = "00" * 40
    refused(node, call("tx.submit", tx=tx), "tx-version")
    id = hashlib.blake2b(bytes.fromhex(tx), digest_size=32, person=b"weal/tx-id").hexdigest()
    head = post(node, call("tx.status", id=id))[1]["result"]
    assert head == {"status": "refused", "code": "tx-version"}, head
    fits(head, schemas["tx.status"], "tx.status")


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-openrpc-")
    net = Devnet(build, root, genesis=people_genesis(build, root))
    net.start()
    try:
        net.wait_height(2, 30)
        schemas = conformance(net.nodes[0])
        peers(net, schemas)
        standing(net.nodes[0], schemas)
    finally:
        codes = net.stop()
    assert all(c == 0 for c in codes), codes
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
