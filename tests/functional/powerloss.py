# SPDX-License-Identifier: ISC
"""Takes back what a killed process never synced, from the journal of tests/preload/faults.c.

Contents: every write not covered by a later sync of its file is kept, dropped or torn (the log and
the block files at any byte, the database at sectors of 512 bytes, which its format counts on).
Names: of creations, renames and removals in a directory not covered by a later sync of it, a tail
is undone, as a journaling file system would."""
import os
import struct

HEAD = struct.Struct("<IIQQqQIIII")
WRITE, CUT, SYNC, CREATE, RENAME, UNLINK, NAMES, DURABLE = range(1, 9)


class Op:
    def __init__(self, journal, at):
        (magic, self.op, self.seq, self.ino, self.at, self.size, old_n, new_n, names_n,
         _) = HEAD.unpack_from(journal, at)
        assert magic == 0x57454A4C, "the journal is out of step"
        at += HEAD.size
        self.old = journal[at:at + old_n]
        self.new = journal[at + old_n:at + old_n + new_n]
        names = journal[at + old_n + new_n:at + old_n + new_n + names_n]
        self.names = [x.decode() for x in names.split(b"\0")[:-1]]
        self.end = at + old_n + new_n + names_n


def read(path):
    with open(path, "rb") as f:
        journal = f.read()
    ops, at = [], 0
    while at + HEAD.size <= len(journal):
        old_n, new_n, names_n = struct.unpack_from("<III", journal, at + 40)
        if at + HEAD.size + old_n + new_n + names_n > len(journal):
            break  # killed while it wrote this: the thing itself was not done
        op = Op(journal, at)
        ops.append(op)
        at = op.end
    return ops


def _files(datadir, journal):
    """inode -> path, of what stands in the data directory and of what was kept of removed files."""
    out = {}
    for at, _, names in os.walk(datadir):
        for name in names:
            path = os.path.join(at, name)
            out[os.stat(path).st_ino] = path
    folder = os.path.dirname(journal)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if path.startswith(journal + "."):
            out.setdefault(os.stat(path).st_ino, path)
    return out


def _some_pieces(rng, data, piece):
    """Which ranges of a torn write arrived."""
    if rng.random() < 0.5:  # a beginning
        end = rng.randrange(len(data) + 1) if piece == 1 else piece * rng.randrange(
            len(data) // piece + 1)
        return [(0, end)]
    piece = max(piece, 512)
    return [(i, min(i + piece, len(data))) for i in range(0, len(data), piece)
            if rng.random() < 0.5]


def _contents(path, ops, durable, rng, mode, stats):
    database = path.endswith("data.mdb") or ".mdb" in path
    fd = os.open(path, os.O_RDWR)
    try:
        for o in reversed(ops):
            if o.op == WRITE:
                os.pwrite(fd, o.old, o.at)
                if o.size < o.at + len(o.new):
                    os.ftruncate(fd, max(o.size, 0))
            else:
                os.ftruncate(fd, o.size)
                os.pwrite(fd, o.old, o.at)
        for o in ops:
            keep = o.seq in durable or mode == "keep" or \
                (mode == "some" and rng.random() < 0.5)
            torn = not keep and mode == "some" and o.op == WRITE and rng.random() < 0.5
            if o.seq not in durable:
                stats["unsynced"] += 1
                stats["torn" if torn else "kept" if keep else "lost"] += 1
            if o.op == CUT and keep:
                os.ftruncate(fd, o.at)
            elif o.op == WRITE and keep:
                os.pwrite(fd, o.new, o.at)
            elif torn:
                for a, b in _some_pieces(rng, o.new, 512 if database else 1):
                    os.pwrite(fd, o.new[a:b], o.at + a)
    finally:
        os.close(fd)


def _undo_name(o, journal, stats):
    stats["names undone"] += 1
    kept = f"{journal}.{o.seq}"
    if o.op == CREATE:
        if os.path.exists(o.names[0]):
            os.unlink(o.names[0])
    elif o.op == RENAME:
        if os.path.exists(o.names[1]):
            os.rename(o.names[1], o.names[0])
        if os.path.exists(kept):
            os.link(kept, o.names[1])
    elif os.path.exists(kept) and not os.path.exists(o.names[0]):
        os.link(kept, o.names[0])


def crash(datadir, journal, rng, mode=None):
    """Makes of the data directory what a power cut could have left; mode: lose, some, keep, or
    drawn. What was taken back is counted in the answer. The journal begins anew."""
    mode = mode or rng.choice(["lose", "some", "some", "keep"])
    stats = {"mode": mode, "unsynced": 0, "kept": 0, "torn": 0, "lost": 0, "names undone": 0}
    ops = read(journal) if os.path.exists(journal) else []
    durable, open_, by_ino = set(), {}, {}
    open_names, names = {}, []
    for o in ops:
        if o.op in (WRITE, CUT):
            by_ino.setdefault(o.ino, []).append(o)
            open_.setdefault(o.ino, []).append(o.seq)
        elif o.op == SYNC:
            durable.update(s for s in open_.get(o.ino, []) if s <= o.at)
            open_[o.ino] = [s for s in open_.get(o.ino, []) if s > o.at]
        elif o.op == DURABLE:
            durable.add(o.at)
        elif o.op == NAMES:
            durable.update(s for s in open_names.get(o.names[0], []) if s <= o.at)
            open_names[o.names[0]] = [s for s in open_names.get(o.names[0], []) if s > o.at]
        else:
            names.append(o)
            open_names.setdefault(os.path.dirname(o.names[0]), []).append(o.seq)
    where = _files(datadir, journal)
    for ino, list_ in by_ino.items():
        if ino in where and any(o.seq not in durable for o in list_):
            _contents(where[ino], list_, durable, rng, mode, stats)
    for folder in sorted({os.path.dirname(o.names[0]) for o in names}):
        loose = [o for o in names if os.path.dirname(o.names[0]) == folder and
                 o.seq not in durable]
        keep = len(loose) if mode == "keep" else 0 if mode == "lose" else \
            rng.randrange(len(loose) + 1)
        for o in reversed(loose[keep:]):
            _undo_name(o, journal, stats)
    folder = os.path.dirname(journal)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if path == journal or path.startswith(journal + "."):
            os.unlink(path)
    return stats
