# SPDX-License-Identifier: ISC
"""Transfers made in Python, independently of the wallet: BIP340 and the canonical bytes by hand.

    payers = [Payer(i) for i in range(4)]
    net = Devnet(..., genesis={"grants": [p.grant() for p in payers]})
    ident = payers[0].pay(node, payers[1].account)   # the id, once the node has taken it

Slow (20 ms a signature) and meant to be: it is for tests that need a few hundred transfers whose
fate they know.
"""
import hashlib
import os
import random
import struct
import threading
import time

from checker import RpcError

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def _double(p):
    x, y, z = p
    if y == 0:
        return (0, 1, 0)
    s = 4 * x * y * y % P
    m = 3 * x * x % P
    x3 = (m * m - 2 * s) % P
    return (x3, (m * (s - x3) - 8 * y**4) % P, 2 * y * z % P)


def _add(p, q):
    if p[2] == 0:
        return q
    if q[2] == 0:
        return p
    z1, z2 = p[2] * p[2] % P, q[2] * q[2] % P
    u1, u2 = p[0] * z2 % P, q[0] * z1 % P
    s1, s2 = p[1] * z2 * q[2] % P, q[1] * z1 * p[2] % P
    if u1 == u2:
        return _double(p) if s1 == s2 else (0, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    h2 = h * h % P
    h3, v = h * h2 % P, u1 * h2 % P
    x3 = (r * r - h3 - 2 * v) % P
    return (x3, (r * (v - x3) - s1 * h3) % P, h * p[2] * q[2] % P)


def point(k):
    out, base = (0, 1, 0), (*G, 1)
    while k:
        if k & 1:
            out = _add(out, base)
        base = _double(base)
        k >>= 1
    i = pow(out[2], P - 2, P)
    return out[0] * i * i % P, out[1] * pow(i, 3, P) % P


def tagged(tag, data):
    t = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(t + t + data).digest()


def sign(secret, message):
    """BIP340, without auxiliary randomness."""
    x, y = point(secret)
    d = secret if y % 2 == 0 else N - secret
    t = (d ^ int.from_bytes(tagged("BIP0340/aux", bytes(32)), "big")).to_bytes(32, "big")
    px = x.to_bytes(32, "big")
    k = int.from_bytes(tagged("BIP0340/nonce", t + px + message), "big") % N
    rx, ry = point(k)
    k = k if ry % 2 == 0 else N - k
    r = rx.to_bytes(32, "big")
    e = int.from_bytes(tagged("BIP0340/challenge", r + px + message), "big") % N
    return r + ((k + e * d) % N).to_bytes(32, "big")


def hash256(tag, *parts):
    h = hashlib.blake2b(digest_size=32, person=tag.encode().ljust(16, b"\0"))
    for p in parts:
        h.update(p)
    return h.digest()


class Payer:
    """An account of its own; nonces go up only when a node has taken a transfer."""

    def __init__(self, number=0):
        seed = hashlib.sha256(b"payer %d" % number).digest()
        self.secret = int.from_bytes(seed, "big") % (N - 1) + 1
        self.account = point(self.secret)[0].to_bytes(32, "big")
        self.nonce = 0

    def grant(self, micro=10**12):
        return {"account": self.account.hex(), "micro": str(micro)}

    def make(self, chain, to, amount=1, nonce=None, fee=10000, valid_until=30000, spoil=False):
        body = struct.pack("<BHB", 1, 0x0101, 1) + self.account
        body += struct.pack("<QQQ", self.nonce + 1 if nonce is None else nonce, fee, valid_until)
        body += struct.pack("<H", 1) + to + struct.pack("<Q", amount)
        sig = sign(self.secret, hash256("weal/tx-sign", chain, body))
        if spoil:
            sig = sig[:40] + bytes([sig[40] ^ 1]) + sig[41:]
        return body + sig

    def pay(self, node, to, amount=1):
        chain = bytes.fromhex(node.rpc("node.status", timeout=5)["chain_id"])
        tx = self.make(chain, to, amount)
        ident = hash256("weal/tx-id", tx).hex()
        answer = node.rpc("tx.submit", timeout=10, tx=tx.hex())
        assert answer["id"] == ident, (answer, ident)
        self.nonce += 1
        return ident


class Load:
    """A thread that pays from several accounts through live nodes and tells a checker what became
    final, so that nothing acknowledged can be lost unseen. A crash may take what only waited: then
    an account begins again with the nonce that follows its last final transfer."""

    def __init__(self, net, check, payers, pause=0.05):
        self.net, self.check, self.payers, self.pause = net, check, payers, pause
        self.sent = {p: [] for p in payers}  # (nonce, id)
        self.ending, self.refused, self.why = threading.Event(), 0, None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(20)

    def _run(self):
        rng = random.Random(1)
        while not self.ending.wait(self.pause):
            live = [n for n in self.net.nodes if n.alive()]
            if not live:
                continue
            p = rng.choice(self.payers)
            try:
                n = rng.choice(live)
                ident = p.pay(n, rng.choice(self.payers).account)
                self.sent[p].append((p.nonce, ident))
            except RpcError as e:
                self.refused, self.why = self.refused + 1, e.name
                self._again(p)
            except (OSError, ValueError):
                pass
            self._look(rng, live)

    def _look(self, rng, live):
        recent = [i for p in self.payers for _, i in self.sent[p][-6:]]
        try:
            self.check.acknowledged(recent, rng.choice(live))
        except (OSError, ValueError, TypeError, AttributeError):
            pass

    def _again(self, p):
        """What was never told final may be gone: go back to the last that was."""
        with self.check.lock:
            final = [k for k, i in self.sent[p] if i in self.check.finals]
        last = max(final, default=0)
        self.sent[p] = [(k, i) for k, i in self.sent[p] if k <= last]
        p.nonce = last
        time.sleep(0.1)


if __name__ == "__main__":
    assert point(3)[0] == 0xF9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9
    print(sign(3, bytes(32)).hex())  # vector 0 of BIP340
    os._exit(0)
