#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Limits of the RPC for each address: requests a second, connections, subscriptions. Clients at
127.0.0.2 and so on are strangers here (rpc.limit_local); who keeps the limits never notices those
who don't, the refusals say which limit and when to ask again, and the metrics count them.
"""
import http.client
import json
import os
import shutil
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis  # noqa: E402
from hits import hit  # noqa: E402
from websocket import WebSocket  # noqa: E402

RATE, EACH, SUBSCRIPTIONS = 20, 4, 2


def call(method, id=1, **params):
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})


def http_call(node, me, body=None, path="/", **headers):
    """(status, headers, body) of one request from an address of this machine."""
    c = http.client.HTTPConnection("127.0.0.1", node.port, timeout=5, source_address=(me, 0))
    c.request("POST" if body else "GET", path, body, headers)
    r = c.getresponse()
    out = r.status, dict(r.getheaders()), r.read()
    c.close()
    return out


def error(body):
    return json.loads(body).get("error", {}).get("data", {})


def cookie(node):
    with open(os.path.join(node.dir, ".cookie")) as f:
        return {"Authorization": "Bearer " + f.read().strip()}


def metric(node, name):
    text = http_call(node, "127.0.0.9", path="/metrics", **cookie(node))[2].decode()
    return int(next(x.split()[1] for x in text.splitlines() if x.startswith(name + " ")))


def rate(node):
    one = "[" + ",".join(call("node.status", i) for i in range(100)) + "]"
    answers = json.loads(http_call(node, "127.0.0.2", one)[2])
    assert [a["id"] for a in answers] == list(range(100))  # each refusal has the id of its request
    good = [a for a in answers if "result" in a]
    bad = [a["error"] for a in answers if "error" in a]
    assert 2 * RATE <= len(good) <= 2 * RATE + 2, len(good)  # a bucket of two seconds, then nothing
    for e in bad:
        assert e["code"] == -32004 and e["data"]["name"] == "rpc-rate", e
        assert f"{RATE} times a second (rpc.rate)" in e["data"]["sentence"], e
        assert 0 < e["data"]["retry_ms"] <= 1000 / RATE + 1, e
        assert f"try again in {e['data']['retry_ms']} ms" in e["data"]["sentence"], e
    # others don't notice, and the cookie lifts the limit
    assert "result" in json.loads(http_call(node, "127.0.0.3", call("node.status"))[2])
    assert all("result" in a for a in json.loads(http_call(node, "127.0.0.2", one, **cookie(node))[2]))
    # who waits as told is served
    answer = json.loads(http_call(node, "127.0.0.2", call("node.status"))[2])
    while "error" in answer:
        time.sleep(answer["error"]["data"]["retry_ms"] / 1000)
        answer = json.loads(http_call(node, "127.0.0.2", call("node.status"))[2])
    # a large text costs more than a small one, and is not even read when nothing is left
    large = call("tx.submit", tx="00" * 60000)
    seen = [error(http_call(node, "127.0.0.4", large)[2]).get("name") for _ in range(8)]
    assert seen[0] != "rpc-rate" and seen[-1] == "rpc-rate", seen
    # pages and metrics count too
    for _ in range(20):  # on a slow machine something has come back in between
        http_call(node, "127.0.0.2", one)
        status, headers, body = http_call(node, "127.0.0.2", path="/metrics")
        if status == 429:
            break
    assert status == 429 and int(headers["retry-after"]) >= 1 and body.startswith(b"rpc-rate: "), body
    hit("rpc-rate")
    # and a WebSocket's messages
    w = WebSocket(node.port, me="127.0.0.5")
    w.send(*[call("node.status", i) for i in range(60)])
    answers = [w.receive() for _ in range(60)]
    assert sum("result" in a for a in answers) <= 2 * RATE + 2, answers
    assert error(json.dumps(answers[-1]))["name"] == "rpc-rate"
    w.close()
    assert metric(node, "weal_rpc_refused_rate_total") > 100
    print(f"rate: {len(good)} of 100 at once were answered, then {RATE} a second")


def connect(node, me):
    return socket.create_connection(("127.0.0.1", node.port), timeout=5, source_address=(me, 0))


def connections(node):
    me = "127.0.0.6"
    silent = [connect(node, me) for _ in range(EACH)]
    time.sleep(0.2)
    status, headers, body = http_call(node, me, call("node.status"))
    assert status == 429 and body.startswith(b"rpc-connections: "), (status, body)
    hit("rpc-connections")
    assert f"{EACH} of one address".encode() in body and int(headers["retry-after"]) == 1, body
    assert http_call(node, me, call("node.status"), **cookie(node))[0] == 200
    try:
        WebSocket(node.port, me=me)
        raise SystemExit("one WebSocket too many was opened")
    except AssertionError as e:
        assert b"429" in e.args[0], e
    more = [connect(node, me) for _ in range(2 * EACH)]  # beyond twice: closed unheard
    closed = 0
    for s in more:
        s.settimeout(0.5)
        try:
            closed += s.recv(1) == b""
        except TimeoutError:
            pass
        except ConnectionResetError:
            closed += 1
    assert closed == EACH, f"{closed} closed"
    assert http_call(node, "127.0.0.7", call("node.status"))[0] == 200
    for s in silent + more:
        s.close()
    end = time.time() + 5
    while http_call(node, me, call("node.status"))[0] != 200:
        assert time.time() < end, "closed connections still count"
        time.sleep(0.1)
    assert metric(node, "weal_rpc_refused_connections_total") >= 2 + EACH
    assert metric(node, "weal_rpc_connections") >= 1


def subscriptions(node):
    me = "127.0.0.8"
    sockets = [WebSocket(node.port, me=me) for _ in range(SUBSCRIPTIONS + 1)]
    answers = []
    for w in sockets:
        w.send(call("subscribe", topic="status"), call("subscribe", topic="status"))  # twice is once
        answers += [answer(w), answer(w)]
    assert all("result" in a for a in answers[:-2]), answers
    for a in answers[-2:]:
        assert error(json.dumps(a))["name"] == hit("rpc-subscriptions"), a
        assert f"{SUBSCRIPTIONS} of one address" in error(json.dumps(a))["sentence"], a
    assert metric(node, "weal_rpc_subscriptions") == SUBSCRIPTIONS
    sockets[0].send(call("unsubscribe", topic="status"))
    assert "result" in answer(sockets[0])
    sockets[-1].send(call("subscribe", topic="status"))
    assert "result" in answer(sockets[-1])
    while sockets[-1].receive().get("method") != "subscription":
        pass
    for w in sockets:
        w.close()
    end = time.time() + 5
    while metric(node, "weal_rpc_subscriptions") != 0:
        assert time.time() < end, "subscriptions of closed connections still count"
        time.sleep(0.1)


def answer(w):
    """The next message that is no notification."""
    while True:
        m = w.receive()
        if "method" not in m:
            return m


def local(node):
    """Without limit_local, programs on this machine have no limits."""
    for _ in range(5):
        answers = json.loads(http_call(node, "127.0.0.2", "[" + ",".join([call("node.status")] * 100) + "]")[2])
        assert all("result" in a for a in answers)


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-rpc-limits-")
    net = Devnet(build, root, validators=1, followers=1, genesis=people_genesis(build, root),
                 options=[f"--rpc.rate={RATE}", f"--rpc.connections_each={EACH}",
                          f"--rpc.subscriptions_each={SUBSCRIPTIONS}"])
    net.nodes[0].extra = ["--rpc.limit_local=1"]
    net.start()
    try:
        net.wait_height(2, 30)
        rate(net.nodes[0])
        connections(net.nodes[0])
        subscriptions(net.nodes[0])
        local(net.nodes[1])
    finally:
        codes = net.stop()
    assert all(c == 0 for c in codes), codes
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
