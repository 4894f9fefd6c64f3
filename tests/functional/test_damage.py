#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Files that come back damaged: the log's end torn or its middle holed, block files cut or flipped,
the database broken, the log's folder or the whole directory lost or older than it was. A validator
whose log can't be trusted follows without a vote until the next term and says so; what can't be
repaired refuses to start with a name and code 4; nobody ever signs twice."""
import os
import random
import shutil
import sys
import tempfile
import time

from checker import Checker, Devnet, fsck, log_of, people_genesis, quick, until

MUTE = ("log-lost",)


def wal(n):
    folder = os.path.join(n.dir, "blocks")
    return sorted(os.path.join(folder, f) for f in os.listdir(folder)
                  if f.startswith("wal-") and f != "wal-spare")


def segments(n):
    folder = os.path.join(n.dir, "blocks")
    return sorted(os.path.join(folder, f) for f in os.listdir(folder) if f.startswith("blk-"))


def used(path):
    """Where the zeros at the end of a file begin."""
    with open(path, "rb") as f:
        return len(f.read().rstrip(b"\0"))


def put(path, at, data):
    fd = os.open(path, os.O_WRONLY)
    os.pwrite(fd, data, at)
    os.close(fd)


class Damage:
    def __init__(self, net, check, rng):
        self.net, self.check, self.rng = net, check, rng
        self.victim = net.nodes[3]

    def back(self, mute):
        """The victim is started again; whether it may vote is as it should be."""
        v = self.victim
        from_ = os.path.getsize(v.log)
        self.net.start_node(v.index)
        self.check.settle(60, 4)
        text = log_of(v)[from_:]
        status = v.rpc("node.status")
        if mute and status["term"] == 0:
            assert status.get("not_voting") in MUTE and not status["voting"], status
            assert "log-lost" in text, text
        elif not mute:
            until(lambda: v.rpc("node.status")["voting"], 20, "does not vote: " + text)
        assert not any(" evidence " in log_of(n) for n in self.net.nodes), "it signed twice"

    def torn_tail(self):
        self.net.kill(3)
        path = wal(self.victim)[-1]
        end = used(path)
        cut = self.rng.randrange(1, 40)  # inside the last record
        if self.rng.random() < 0.5:
            put(path, end - cut, bytes(cut))
        else:
            put(path, end, self.rng.randbytes(self.rng.randrange(1, 300)))
        self.back(mute=False)

    def cut_file(self):
        self.net.kill(3)
        path = segments(self.victim)[-1]
        end = used(path)
        os.truncate(path, max(8, end - self.rng.randrange(1, 2000)))
        self.maybe_refuses()

    def flipped(self):
        self.net.kill(3)
        path = segments(self.victim)[-1]
        put(path, self.rng.randrange(8, used(path)), b"\x55")
        code, text = fsck(self.net, self.victim)
        assert code in (0, 4), text  # 0: the byte was no part of a record that is kept
        self.maybe_refuses()

    def maybe_refuses(self):
        """Either it reads around the damage and catches up, or it refuses with code 4."""
        v = self.victim
        self.net.start_node(3)
        top = max(n.height() for n in self.net.nodes[:3])
        until(lambda: not v.alive() or v.height() > top, 40, "neither goes on nor refuses")
        assert not any(" evidence " in log_of(n) for n in self.net.nodes), "it signed twice"
        if v.alive():  # what it had not mended by now, fsck names
            self.net.kill(3)
        else:
            assert v.process.returncode == 4, v.process.returncode
        code, text = fsck(self.net, v)
        assert code == 0 or code == 4 and "WRONG" in text, text
        self.wipe("blocks", "chain")
        self.back(mute=True)

    def wipe(self, *folders):
        self.net.kill(3)
        for f in folders:
            shutil.rmtree(os.path.join(self.victim.dir, f))
        self.check.forget(3)

    def hole(self):
        """A record in the middle of the log is spoiled."""
        self.net.kill(3)
        path = wal(self.victim)[0]
        put(path, used(path) // 2, self.rng.randbytes(8))
        code, text = fsck(self.net, self.victim)
        assert code == 4 and "WRONG" in text, text
        self.check.forget(3)  # what only the log knew as final comes again from the others
        self.back(mute=True)

    def database(self):
        """The database's head is spoiled, or it is cut: a name and a code, no guess. (LMDB sums up
        none of its pages: what is spoiled inside a record is for fsck to find, by the tree.)"""
        self.net.kill(3)
        path = os.path.join(self.victim.dir, "chain", "data.mdb")
        kind = self.rng.randrange(2)
        if kind == 0:
            put(path, 0, self.rng.randbytes(8192))
        else:
            os.truncate(path, 8192)
        self.net.start_node(3)
        until(lambda: not self.victim.alive() or self.victim.height() >= 0, 20, "hangs")
        assert not self.victim.alive(), f"started on a broken database ({kind})"
        assert self.victim.process.returncode == 4, (kind, self.victim.process.returncode)
        code, text = fsck(self.net, self.victim)
        assert code != 0, text
        assert not self.net.kill(3) == 0
        self.wipe("blocks", "chain")
        self.back(mute=True)

    def log_only(self):
        self.net.kill(3)
        for path in wal(self.victim):
            os.unlink(path)
        self.check.forget(3)
        self.back(mute=True)

    def backup(self):
        """An older copy of the whole directory is put back."""
        v, copy = self.victim, os.path.join(self.net.root, "copy")
        self.net.kill(3)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(v.dir, copy)
        self.net.start_node(3)
        self.check.settle(60, 10)
        self.net.kill(3)
        shutil.rmtree(v.dir)
        shutil.copytree(copy, v.dir)
        self.check.forget(3)
        self.net.start_node(3)
        self.check.settle(60, 5)
        time.sleep(1)
        assert not any(" evidence " in log_of(n) for n in self.net.nodes), "it signed twice"


def main():
    build, seconds = os.environ["WEAL_BUILD"], quick(sys.argv)
    seed = int(os.environ.get("SEED", time.time_ns() % 100000))
    print("seed", seed, flush=True)
    rng = random.Random(seed)
    root = tempfile.mkdtemp(prefix="weal-damage-")
    net = Devnet(build, root, genesis=people_genesis(build, root),
                 options=["--pace.heartbeat_ms=100", "--pace.skip_timeout_ms=1600"])
    net.start()
    with Checker(net) as check:
        net.wait_height(10, 30)
        d = Damage(net, check, rng)
        voting = [d.torn_tail, d.backup]
        rest = [d.cut_file, d.flipped, d.hole, d.database, d.log_only]
        end = time.time() + (seconds or 0)
        todo = voting + rng.sample(rest, 5)
        while todo:
            step = todo.pop(0)
            step()
            print(f"{step.__name__}: {[n.height() for n in net.nodes]}", flush=True)
            if not todo and time.time() < end:
                todo = rng.sample(rest, 5)
        codes = net.stop()
    assert codes == [0] * 4, codes
    code, text = fsck(net, net.nodes[3])
    assert code == 0, text
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
