#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""ringproof-vectors against the reference: the vectors of the specification and fresh ones made by
tests/model/ringproof.py pass through every back end, single and batch check and the prover, byte for
byte; a file with a flaw in it is told apart."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "model"))
import ringproof as ref  # noqa: E402
from hits import hit  # noqa: E402

PROGRAM = os.path.join(os.environ["WEAL_BUILD"], "bin", "ringproof-vectors")
PUBLIC = os.path.join(ROOT, "tests", "vectors", "ringproof.json")


def run(*files):
    p = subprocess.run([PROGRAM, *files], capture_output=True, text=True)
    return p.returncode, p.stdout


def fresh_cases(seed, count):
    """Random statements of each shape and (n, m), proved by the reference."""
    rng = ref.Drbg(seed)
    for i in range(count):
        for shape in (ref.HUMAN, ref.NOTE):
            for n, m in ((4, 2), (16, 1), (2, 3)):
                message = rng.bytes(rng.below(200))
                scope = rng.bytes(1 + rng.below(256))
                chain = rng.bytes(1 + rng.below(64))
                b = ref.make_sample(rng, shape, n, m, chain_id=chain, scope=scope, message=message)
                s = b.stmt
                yield {"id": f"fresh/{i}/{shape}/{n}x{m}", "type": "ring", "valid": True,
                       "reason": None, "note": "",
                       "input": {"chain_id": chain.hex(), "n": n, "m": m, "shape": shape,
                                 "ring": [k.hex() for k in s.ring], "scope": scope.hex(),
                                 "tags": [t.hex() for t in s.tags], "message": message.hex()},
                       "proof": b.prove().hex(),
                       "witness": {"index": b.index, "secrets":
                                   [ref.enc_scalar(x).hex() for x in b.secrets],
                                   "random": b.rnd.hex()}}


def write(directory, name, cases):
    path = os.path.join(directory, name)
    with open(path, "w") as f:
        json.dump({"format": "ringproof-vectors-1", "cases": cases}, f)
    return path


def main():
    rc, out = run(PUBLIC)
    assert rc == 0, out
    with open(PUBLIC) as f:
        public = json.load(f)
    constants = public["constants"]
    for case in public["cases"]:  # which equation fails is held against the reason by the program
        if not case["valid"] and case["reason"].startswith("E_EQ_"):
            hit("proof-" + case["reason"][2:].lower().replace("_", "-"))
    assert constants["F"] == ref.generator(b"F").encode().hex()
    with tempfile.TemporaryDirectory() as d:
        cases = list(fresh_cases(os.urandom(8).hex(), 2))
        rc, out = run(write(d, "fresh.json", cases))
        assert rc == 0, out
        # every disagreement is seen: a changed proof called valid, a good one called bad, other
        # witness, and files that are none
        flip = lambda c, **k: {**c, **k}
        c = cases[0]
        bent = c["proof"][:-2] + ("00" if c["proof"][-2:] != "00" else "01")
        other = flip(c["witness"], random="00" * 32)
        for wrong in (flip(c, proof=bent), flip(c, valid=False), flip(c, witness=other)):
            rc, out = run(write(d, "wrong.json", [wrong]))
            assert rc == 1 and c["id"] in out, (rc, out)
        open(os.path.join(d, "none.json"), "w").write("{}")
        assert run(os.path.join(d, "none.json"))[0] == 2
        assert run(os.path.join(d, "absent.json"))[0] == 2
    print("ok")


main()
