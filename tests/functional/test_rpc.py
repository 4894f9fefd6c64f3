#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""RPC of a real node over HTTP and WebSocket: errors by name, batches, roles, limits, and clients
that misbehave, after each of which the node still answers at once and its RPC thread is idle.
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


def call(method, id=1, **params):
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})


def post(node, body, path="/", **headers):
    c = http.client.HTTPConnection("127.0.0.1", node.port, timeout=5)
    c.request("POST", path, body, headers)
    r = c.getresponse()
    data = r.read()
    c.close()
    return r.status, json.loads(data) if data.startswith((b"{", b"[")) else data


def refused(node, body, name, **headers):
    status, answer = post(node, body, **headers)
    assert status == 200 and answer["error"]["data"]["name"] == hit(name), answer
    assert answer["error"]["code"] < 0 and answer["error"]["data"]["sentence"], answer


def cpu_ticks(node):
    """Processor time of the whole process, in ticks of 10 ms."""
    with open(f"/proc/{node.process.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def raw(node, data):
    s = socket.create_connection(("127.0.0.1", node.port), timeout=3)
    try:
        s.sendall(data)
    except OSError:
        pass  # closed while we were sending: its right
    return s


def errors(n):
    refused(n, "", "rpc-parse")
    refused(n, "{", "rpc-parse")
    refused(n, "[" * 100000, "rpc-depth")
    refused(n, '{"jsonrpc":"2.0","id":1,"id":2,"method":"explain"}', "rpc-parse")
    refused(n, "[]", "rpc-batch")
    refused(n, "[" + ",".join([call("node.status")] * 101) + "]", "rpc-batch")
    refused(n, "{}", "rpc-request")
    refused(n, "7", "rpc-parse")
    refused(n, call("no.such"), "rpc-method")
    refused(n, call("state.get"), "rpc-params")
    refused(n, call("state.get", key="0"), "rpc-params")
    refused(n, call("state.get", key="00", more=1), "rpc-params")
    refused(n, call("state.range", prefix="01", limit=1001), "rpc-params")
    refused(n, call("chain.block", height=10**12), "rpc-not-found")
    refused(n, call("chain.block", height=-1), "rpc-params")
    refused(n, call("tx.submit", tx="00" * 40), "tx-version")
    refused(n, call("subscribe", topic="status"), "rpc-websocket")
    refused(n, call("node.stop"), "rpc-denied")
    refused(n, call("node.stop"), "rpc-denied", Authorization="Bearer " + "0" * 64)
    assert post(n, '{"jsonrpc":"2.0","method":"node.status"}') == (204, b"")  # a notification
    assert post(n, "x" * (1 << 21))[0] == 413
    assert post(n, call("node.status"), path="/other")[0] == 404


def batches(n):
    status, out = post(n, "[" + ",".join([call("node.status", 7), '{"jsonrpc":"2.0","method":"node.status"}',
                                           call("no.such", "x"), "3"]) + "]")
    assert status == 200 and [a["id"] for a in out] == [7, "x", None], out
    assert "result" in out[0] and "error" in out[1] and "error" in out[2]


def websockets(n):
    w = WebSocket(n.port)
    count = 400  # more than the node keeps in work for one client: it reads on as answers leave
    w.send(*[call("node.status", i) for i in range(count)])
    assert [w.receive()["id"] for _ in range(count)] == list(range(count))
    w.send(call("subscribe", "s", topic="status"))
    heights = []
    while len(heights) < 3:
        m = w.receive()
        if m.get("method") == "subscription":
            heights.append(m["params"]["result"]["height"])
    assert heights == sorted(heights)
    w.close()


def bad_clients(n):
    q = call("node.status").encode()
    good = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(q), q)
    get = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    streams = {
        "three requests at once": good * 3,
        "a request and noise": good + b"\0\xff noise",
        "three pages at once": get * 3,
        "a page, then a request": get + good,
        "a page, then noise": get + b"\0\xff noise" * 50,
        "half a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc",
        "half a header": b"POST / HTT",
        "no length": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nabcdef",
        "huge length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nabcdef",
        "another verb": b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + good,
        "another path": b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + good * 2,
        "a body too large": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2000000 + good,
        "a header too large": b"GET / HTTP/1.1\r\nX: " + b"y" * 100000,
        "noise": os.urandom(5000),
        "TLS": bytes.fromhex("1603010200010001fc0303") + os.urandom(300),
    }
    open_ones = []
    for name, data in streams.items():
        open_ones.append(raw(n, data))
        time.sleep(0.1)
        begin = time.time()
        assert post(n, call("node.status"))[0] == 200, name
        assert time.time() - begin < 2, name
    open_ones += [raw(n, b"") for _ in range(600)]  # connections that say nothing
    assert post(n, call("node.status"))[0] == 200
    for _ in range(20):  # WebSockets that ask and go
        WebSocket(n.port).send(*[call("node.status", i) for i in range(50)])
    time.sleep(0.5)
    before = cpu_ticks(n)
    time.sleep(2)
    used = (cpu_ticks(n) - before) / 200
    assert used < 0.5, f"after bad clients the node is busy for {used:.0%} of the time"
    for s in open_ones:
        s.close()
    print(f"bad clients: {len(streams)} kinds, then {used:.1%} of a processor")


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-rpc-")
    net = Devnet(build, root, genesis=people_genesis(build, root))
    net.start()
    try:
        net.wait_height(2, 30)
        n = net.nodes[0]
        errors(n)
        batches(n)
        websockets(n)
        bad_clients(n)
        begin = time.time()
        with open(os.path.join(n.dir, ".cookie")) as f:
            cookie = f.read().strip()
        assert os.stat(os.path.join(n.dir, ".cookie")).st_mode & 0o77 == 0
        status, answer = post(n, call("node.stop"), Authorization="Bearer " + cookie)
        assert status == 200 and answer["result"] == {"stopping": True}, answer
        assert n.process.wait(timeout=10) == 0
        print(f"stopped by RPC in {time.time() - begin:.2f} s")
    finally:
        codes = net.stop()
    assert all(c == 0 for c in codes), codes
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
