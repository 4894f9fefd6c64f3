# SPDX-License-Identifier: ISC
"""A value module killed and started again: tokens of the epoch before are still taken back, redeemed
ones are remembered, and questions without sense get their names."""
import json, os, shutil, sys, tempfile, time, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "model"))
import hashlib
from codec import decode, encode
from devnet import Devnet, people_genesis, start_module
from gen.tx_schema import SCHEMA
from ringproof import L, Point, mul

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-module-")
net = Devnet(build, root, genesis=people_genesis(build, root))


def ask(port, method, **params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        out = json.load(answer)
    return out.get("result"), out.get("error", {}).get("data", {}).get("name")


CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"  # RFC 9497


def group(message):
    """hash_to_ristretto255 of RFC 9380: expand_message_xmd with SHA-512 to 64 bytes."""
    dst = b"HashToGroup-" + CONTEXT
    tail = dst + bytes([len(dst)])
    b0 = hashlib.sha512(bytes(128) + message + (64).to_bytes(2, "big") + b"\0" + tail).digest()
    return Point.from_uniform(hashlib.sha512(b0 + b"\1" + tail).digest())


def token(port, epoch, serial):
    """A visit: blinded, answered, made plain."""
    r = int.from_bytes(os.urandom(40), "little") % L
    answer = ask(port, "visit", epoch=epoch, blinded=mul(r, group(serial)).encode().hex())[0]
    plain = mul(pow(r, -1, L), Point.decode(bytes.fromhex(answer["evaluated"]))).encode()
    framed = b"".join(len(x).to_bytes(2, "big") + x for x in (serial, plain))
    return hashlib.sha512(framed + b"Finalize").hexdigest()


def activity(epoch):
    """Some activity of the epoch at module 0, as a transaction that a module reads."""
    path = os.path.join(os.path.dirname(__file__), "..", "fuzz", "corpus", "tx_schema", "activity")
    with open(path, "rb") as f:
        tx = decode(SCHEMA, "tx", f.read()[2:])
    tx["act"][1].update(epoch=epoch, module=0, note=os.urandom(32))
    return encode(SCHEMA, "tx", tx).hex()


def until(what, seconds):
    end = time.time() + seconds
    while time.time() < end:
        got = what()
        if got:
            return got
        time.sleep(0.1)
    raise TimeoutError(what)


try:
    net.start()
    net.wait_height(2, 30)
    port = start_module(net)
    blinded = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"  # RFC 9496's generator
    up = lambda: ask_safe("visit", epoch=0, blinded=blinded)

    def ask_safe(method, **params):
        try:
            return ask(port, method, **params)[0]
        except OSError:
            return None

    first = until(up, 20)
    assert len(first["key"]) == 64 and len(first["proof"]) == 128
    for params, name in (({"epoch": 99, "blinded": blinded}, "module_epoch"), ({"epoch": 0}, "module_params"),
                         ({"epoch": -1, "blinded": blinded}, "module_params"),
                         ({"epoch": 0, "blinded": "00" * 32}, "module_blinded"),
                         ({"epoch": 0, "blinded": "ff" * 32}, "module_blinded")):
        assert ask(port, "visit", **params)[1] == name, (params, name)
    no = {"epoch": 0, "serial": "11" * 32, "token": "22" * 64, "tx": "33" * 40}
    assert ask(port, "redeem", **no)[1] == "module_token"
    assert ask(port, "nothing")[1] == "rpc_method"

    # g_cc_5: a good token is taken back once; for the same act again, since an answer may be lost
    serial = os.urandom(32)
    good, mine, other = token(port, 0, serial), activity(0), activity(0)
    redeem = {"epoch": 0, "serial": serial.hex(), "token": good}
    assert ask(port, "redeem", **redeem, tx=activity(1))[1] == "module_tx"
    assert ask(port, "redeem", **{**redeem, "serial": "11" * 32}, tx=mine)[1] == "module_token"
    assert len(ask(port, "redeem", **redeem, tx=mine)[0]["pop"]) == 128
    assert len(ask(port, "redeem", **redeem, tx=mine)[0]["pop"]) == 128
    assert ask(port, "redeem", **redeem, tx=other)[1] == "module_redeemed"
    print("g_cc_5_token_redeemed_once")

    # killed in one epoch, started again in the next: the key is the same, and the epoch before is open
    module = net.services.pop()
    module.kill()
    module.wait()
    until(lambda: net.nodes[0].rpc("stats.income")[-1]["epoch"] >= 1
          if net.nodes[0].rpc("stats.income") else False, 45)
    port = start_module(net)
    again = until(up, 20)
    assert again["key"] == first["key"]
    assert ask(port, "redeem", **no)[1] == "module_token"
    assert ask(port, "redeem", **redeem, tx=other)[1] == "module_redeemed"
    assert len(ask(port, "redeem", **redeem, tx=mine)[0]["pop"]) == 128
    print("module restart: keys and epochs are as they were")
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    net.stop()
