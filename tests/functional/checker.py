# SPDX-License-Identifier: ISC
"""Watches every node of a devnet through its RPC while a test breaks things.

    with Checker(net) as check:
        ...                       # kill, freeze, cut
        check.settle()            # everybody alive goes on and agrees on everything ever seen

What it holds against the nodes, at every look and once more in settle():
  - one height has one block, whoever tells it, before or after any crash;
  - a node's finalized height never goes back, not over a restart either (forget(i) after a wipe);
  - a transaction told as final stays final, at that height, everywhere;
  - at one height the header's state root is the same everywhere, and what a node proves of its own
    state by state.get is under that very root.
"""
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "contrib", "devnet"))
from devnet import Devnet, RpcError, free_port, people_genesis  # noqa

PARAM_KEY = "01"  # any key will do: absence is proved as well as presence


class Checker:
    def __init__(self, net, every=0.05):
        self.net, self.every = net, every
        self.blocks = {}   # height -> (id, who told it first)
        self.roots = {}    # height -> state root that a node computed itself
        self.heights = {}  # node -> highest height it told
        self.finals = {}   # transaction id -> height
        self.wrong = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.threads = []

    def __enter__(self):
        for n in self.net.nodes:
            t = threading.Thread(target=self._watch, args=(n,), daemon=True)
            t.start()
            self.threads.append(t)
        return self

    def __exit__(self, kind, value, trace):
        self.ending.set()
        for t in self.threads:
            t.join(15)
        if kind is None:
            self.raise_wrong()
            return
        for n in self.net.nodes:  # a test that fails leaves nothing running
            self.net.kill(n.index)
        if self.wrong:
            print("checker:", *self.wrong, sep="\n  ", file=sys.stderr)
        print("left in", self.net.root, file=sys.stderr)

    def raise_wrong(self):
        with self.lock:
            assert not self.wrong, "\n".join(self.wrong)

    def forget(self, i):
        """Node i has been wiped, or put back to an older copy: it may begin lower."""
        with self.lock:
            self.heights.pop(i, None)

    def _say(self, text):
        if text not in self.wrong:
            self.wrong.append(text)

    def _block(self, n, height, ident):
        with self.lock:
            seen = self.blocks.setdefault(height, (ident, n.index))
            if seen[0] != ident:
                self._say(f"height {height}: node {n.index} has {ident}, node {seen[1]} {seen[0]}")

    def look(self, n):
        """One look at a node; raises OSError when it does not answer."""
        process = n.process
        with self.lock:  # as of the question: another look may be answered meanwhile
            before = self.heights.get(n.index, 0)
        head = n.rpc("node.status", timeout=5)
        with self.lock:
            if n.process is not process:
                return -1  # killed meanwhile: of the answer nothing can be said
            if head["height"] < before:
                self._say(f"node {n.index} went back from {before} to {head['height']}")
            self.heights[n.index] = max(self.heights.get(n.index, 0), head["height"])
        self._block(n, head["height"], head["id"])
        return head["height"]

    def _root(self, n):
        got = n.rpc("state.get", timeout=5, key=PARAM_KEY)
        self._block(n, got["height"], got["id"])
        if got["height"] == 0:
            return
        header = n.rpc("chain.header", timeout=5, height=got["height"])["header"]
        with self.lock:
            if got["root"] not in header or \
                    self.roots.setdefault(got["height"], got["root"]) != got["root"]:
                self._say(f"node {n.index} has another state root at {got['height']}")

    def _watch(self, n):
        while not self.ending.wait(self.every):
            try:
                if n.alive():
                    self.look(n)
            except (OSError, ValueError, RpcError):
                pass

    def batch(self, n, method, many):
        calls = [{"jsonrpc": "2.0", "id": i, "method": method, "params": p}
                 for i, p in enumerate(many)]
        out = []
        for at in range(0, len(calls), 50):
            body = json.dumps(calls[at:at + 50]).encode()
            request = urllib.request.Request(n.url, body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=20) as answer:
                got = json.load(answer)
            out += [x.get("result") for x in sorted(got, key=lambda x: x["id"])]
        return out

    def acknowledged(self, ids, n):
        """Asks n which of these transactions are final, and remembers them; their number."""
        count = 0
        for ident, s in zip(ids, self.batch(n, "tx.status", [{"id": i} for i in ids])):
            if s and s["status"] == "final":
                count += 1
                with self.lock:
                    if self.finals.setdefault(ident, s["height"]) != s["height"]:
                        self._say(f"transaction {ident} was final at {self.finals[ident]}, "
                                  f"node {n.index} says {s['height']}")
        return count

    def _holds(self, n, told):
        """Node n has all these blocks; a freshly synced one may take a moment to be readable."""
        end = time.time() + 5
        while told:
            headers = self.batch(n, "chain.header", [{"height": h} for h in told])
            for h, b in zip(told, headers):
                if b is not None:
                    self._block(n, h, b["id"])
            told = [h for h, b in zip(told, headers) if b is None]
            if told and time.time() > end:
                with self.lock:
                    self._say(f"node {n.index} lacks blocks {told}, which were told as final")
                return
            time.sleep(0.1 if told else 0)

    def settle(self, seconds=60, more=3, nodes=None):
        """The nodes go on together, and each holds everything that anybody ever told as final."""
        live = [n for n in self.net.nodes if n.alive()] if nodes is None else \
               [self.net.nodes[i] for i in nodes]
        with self.lock:
            top = max(self.heights.values(), default=0)
        try:
            self.net.wait_height(top + more, seconds, [n.index for n in live])
        except TimeoutError:
            self.raise_wrong()
            raise
        with self.lock:
            told = sorted(h for h in self.blocks if h > 0)
            finals = dict(self.finals)
        for n in live:
            self._holds(n, told)
            self._root(n)
            found = self.batch(n, "tx.status", [{"id": i} for i in finals])
            for (ident, height), s in zip(finals.items(), found):
                if not s or s["status"] != "final" or s["height"] != height:
                    with self.lock:
                        self._say(f"node {n.index}: transaction {ident}, final at {height}, is {s}")
        self.raise_wrong()
        return top


def until(condition, seconds, what):
    """Waits for a condition; its value. What does not answer does not hold."""
    end = time.time() + seconds
    while time.time() < end:
        try:
            value = condition()
            if value:
                return value
        except OSError:
            pass  # it does not answer yet
        time.sleep(0.05)
    raise TimeoutError(what)


def log_of(n):
    with open(n.log, "r", errors="replace") as f:
        return f.read()


def fsck(net, n):
    """The exit status and the words of weald fsck."""
    out = subprocess.run([net.weald(), "fsck", n.dir], capture_output=True, text=True)
    return out.returncode, out.stdout + out.stderr


def fsck_all(net):
    for n in net.nodes:
        code, text = fsck(net, n)
        assert code == 0, f"node {n.index}: {text}"


def quick(argv):
    """Seconds of a loop: short in `make check`, as given in `make torture`."""
    return float(argv[1]) if len(argv) > 1 else None
