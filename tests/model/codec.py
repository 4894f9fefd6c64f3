# SPDX-License-Identifier: ISC
"""The encoding of contrib/schema, written again in Python over the tables in gen/: records are dicts,
bytes are bytes, lists are lists, an absent OPT is None, a ONE is (name of its record, record).

    from gen.tx_schema import SCHEMA
    tx = decode(SCHEMA, "tx", raw); assert encode(SCHEMA, "tx", tx) == raw
"""


class Bad(ValueError):
    """Not the canonical encoding of the record."""


def _int_bytes(kind):
    return int(kind[1:]) // 8


def _cases(fields, name):
    return [(f[1], int(f[3], 0)) for f in fields if f[0] == "CASE" and f[2] == name]


def _length_bytes(limit):
    return 4 if int(limit, 0) > 65535 else 2


def encode(schema, record, value):
    out = bytearray()
    fields = schema[record]
    for kind, type_, name, arg in fields:
        if kind == "INT":
            out += value[name].to_bytes(_int_bytes(type_), "little")
        elif kind == "BYT":
            if len(value[name]) != int(arg, 0):
                raise Bad(name)
            out += value[name]
        elif kind == "VAR":
            if len(value[name]) > int(arg, 0):
                raise Bad(name)
            out += len(value[name]).to_bytes(_length_bytes(arg), "little") + value[name]
        elif kind == "ARR":
            if len(value[name]) > int(arg, 0):
                raise Bad(name)
            out += len(value[name]).to_bytes(2, "little")
            for item in value[name]:
                out += encode(schema, type_, item)
        elif kind == "OPT":
            out.append(value[name] is not None)
            if value[name] is not None:
                out += encode(schema, type_, value[name])
        elif kind == "ONE":
            which, inner = value[name]
            out += dict(_cases(fields, name))[which].to_bytes(2, "little") + encode(schema, which, inner)
    return bytes(out)


def decode(schema, record, raw):
    value, rest = _take(schema, record, raw)
    if rest:
        raise Bad("bytes left over")
    return value


def _int(raw, n):
    if len(raw) < n:
        raise Bad("too short")
    return int.from_bytes(raw[:n], "little"), raw[n:]


def _bytes(raw, n):
    if len(raw) < n:
        raise Bad("too short")
    return raw[:n], raw[n:]


def _take(schema, record, raw):
    value, fields = {}, schema[record]
    for kind, type_, name, arg in fields:
        if kind == "INT":
            value[name], raw = _int(raw, _int_bytes(type_))
        elif kind == "BYT":
            value[name], raw = _bytes(raw, int(arg, 0))
        elif kind == "VAR":
            n, raw = _int(raw, _length_bytes(arg))
            if n > int(arg, 0):
                raise Bad(name)
            value[name], raw = _bytes(raw, n)
        elif kind == "ARR":
            n, raw = _int(raw, 2)
            if n > int(arg, 0):
                raise Bad(name)
            value[name] = []
            for _ in range(n):
                item, raw = _take(schema, type_, raw)
                value[name].append(item)
        elif kind == "OPT":
            there, raw = _int(raw, 1)
            if there > 1:
                raise Bad(name)
            value[name] = None
            if there:
                value[name], raw = _take(schema, type_, raw)
        elif kind == "ONE":
            tag, raw = _int(raw, 2)
            which = [w for w, t in _cases(fields, name) if t == tag]
            if not which:
                raise Bad(name)
            inner, raw = _take(schema, which[0], raw)
            value[name] = (which[0], inner)
    return value, raw
