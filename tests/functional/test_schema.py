# SPDX-License-Identifier: ISC
"""The Python twin of the schemas decodes what the C code made (the corpora hold a real record of every
kind) and encodes it to the same bytes; what is cut short or goes on is refused."""
import os, sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "model"))
from codec import Bad, decode, encode  # noqa: E402
from gen.genesis_schema import SCHEMA as GENESIS  # noqa: E402
from gen.msg_schema import SCHEMA as MSG  # noqa: E402
from gen.state_schema import SCHEMA as STATE  # noqa: E402
from gen.tx_schema import SCHEMA as TX  # noqa: E402


def refused(schema, record, raw):
    try:
        decode(schema, record, raw)
    except Bad:
        return True
    return False


def check(schema, record, raw):
    value = decode(schema, record, raw)
    assert encode(schema, record, value) == raw, record
    assert refused(schema, record, raw + b"\0"), record
    assert all(refused(schema, record, raw[:n]) for n in range(len(raw))), record


seen = 0
corpus = os.path.join(here, "..", "fuzz", "corpus")
for name in os.listdir(os.path.join(corpus, "tx_schema")):
    with open(os.path.join(corpus, "tx_schema", name), "rb") as f:
        raw = f.read()
    schema = (TX, STATE, GENESIS)[raw[0] % 3]
    check(schema, list(schema)[raw[1] % len(schema)], raw[2:])
    seen += 1
for name in os.listdir(os.path.join(corpus, "msg_schema")):
    with open(os.path.join(corpus, "msg_schema", name), "rb") as f:
        raw = f.read()
    record = list(MSG)[raw[0] % len(MSG)]
    if name.endswith(("_bad", "_toomany")):
        assert refused(MSG, record, raw[1:]), name
        continue
    check(MSG, record, raw[1:])
    seen += 1
print(f"{seen} records of C decoded and encoded by the Python twin")
assert seen >= 30
