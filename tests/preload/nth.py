# SPDX-License-Identifier: ISC
"""The n-th allocation, write or sync fails, over the unit tests.

usage: nth.py BUILDDIR [--kinds alloc,write,short,sync] [--limit N] [--seconds S] [--in F,...] [test...]

Every test is first run whole to count: how often the program asks for memory, writes and syncs, and
from which places (stacks). Then it is run again for one n a place, and for n spread over the rest
up to the limit; nth.so makes that one call fail. Such a run may end well, by a failed test, or by an
error with a name; it must not crash in our code, nor by one of our own assertions, nor hang. A crash
in the code of the test itself, which may take its memory for granted, ends the run and is no fault.

Prints a line for each test and kind, and for each fault how to see it again. Exit status 1 if any.
"""
import argparse
import collections
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KINDS = ("alloc", "write", "short", "sync")
WHOLE = ("storage/test_disk", "wallet/test_keep")  # what stands in files is right, whatever failed: must pass


class Test:
    def __init__(self, build, path, after):
        self.build, self.path, self.after = build, path, after
        self.name = os.path.relpath(path, os.path.join(build, "unit"))
        self.where = {}

    def run(self, kind, n, seconds, count=0):
        """-> status ('hang', 'cut' or returncode), lines of nth.so, what it said"""
        with tempfile.TemporaryDirectory(prefix="weal-nth-") as tmp:
            out = os.path.join(tmp, "nth")
            env = dict(os.environ, WEAL_NTH_KIND=kind, WEAL_NTH_AT=str(n), WEAL_NTH_OUT=out,
                       TMPDIR=tmp, LD_PRELOAD=os.path.abspath(os.path.join(self.build, "nth.so")))
            env.pop("WEAL_HITS", None)  # what a run that fails has seen proves nothing
            if "asan" in self.build:  # the library lies before the sanitizer's
                env["ASAN_OPTIONS"] = "verify_asan_link_order=0:detect_leaks=0:handle_segv=0:" \
                    "handle_sigbus=0:handle_abort=0:allocator_may_return_null=1"
            log = open(os.path.join(tmp, "log"), "w+b")
            p = subprocess.Popen([self.path], stdout=log, stderr=subprocess.STDOUT, env=env,
                                 stdin=subprocess.DEVNULL, start_new_session=True, cwd=ROOT)
            began, failed, status = time.monotonic(), None, None
            while status is None:
                try:
                    status = p.wait(0.02 if time.monotonic() - began < 1 else 0.2)
                except subprocess.TimeoutExpired:
                    now = time.monotonic()
                    if n and failed is None and os.path.exists(out) and os.path.getsize(out):
                        failed = now
                    if count and now - began > count:
                        status = "cut"
                    elif now - began > seconds:
                        status = "hang"
                    elif n and self.after and failed and now - failed > self.after:
                        status = "cut"
            try:
                os.killpg(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            p.wait()
            lines = []
            if os.path.exists(out):
                with open(out) as f:
                    lines = [x.split() for x in f]
            log.seek(0)
            words = log.read().decode(errors="replace").splitlines()
            log.close()
        return status, [(w[0], int(w[1]), w[2:]) for w in lines], words

    def learn(self, frames):
        """Function and file of addresses not asked for yet."""
        new = [f for f in frames if f not in self.where and f != "0"]
        for i in range(0, len(new), 2000):
            part = new[i:i + 2000]
            asked = [hex(int(f, 16) - 1) for f in part]  # a return address is behind its call
            told = subprocess.run(["addr2line", "-f", "-e", self.path, *asked], check=True,
                                  capture_output=True, text=True).stdout.splitlines()
            for f, name, line in zip(part, told[::2], told[1::2]):
                path = line.split(" ")[0]
                self.where[f] = (name, os.path.relpath(path, ROOT) if path[0] == "/" else path)

    def words(self, frames):
        return " < ".join(f"{n} ({w})" for n, w in (self.where[f] for f in frames if f != "0")
                          if w[0] != "?")

    def called(self, frames):
        """The function of the program that made the call."""
        return next((self.where[f][0] for f in frames if f != "0" and self.where[f][1][0] != "?"), "")

    def owner(self, frames):
        """'test', 'ours', or None when no frame is of the program."""
        for f in frames:
            if f == "0":
                continue
            name, where = self.where[f]
            if where[0] == "?" or name == "weal_bug":
                continue
            if where.startswith("tests/support/mem.c"):
                continue  # memory that the caller was given by the test
            return "test" if where.startswith(("tests/", "../")) else "ours"
        return None


def choose(test, places, total, limit, within):
    if within:
        return sorted(n for n, fr in places if test.called(fr) in within)[:limit]
    ours = [(n, fr) for n, fr in places if test.owner(fr) == "ours"]
    if not ours:
        return []
    first = sorted({n for n, _ in ours})
    if len(first) > limit:
        step = len(first) / limit
        return [first[int(i * step)] for i in range(limit)]
    spare = limit - len(first)
    if total <= limit:
        more = range(1, total + 1)
    else:
        more = [1 + i * total // spare for i in range(spare)] if spare else []
    return sorted({*first, *more})


def judge(test, kind, n, usual, seconds):
    """None or what is wrong, in words; and whether the call did fail."""
    status, lines, words = test.run(kind, n, seconds)
    for _, _, frames in lines:
        test.learn(frames)
    fired = next((fr for what, _, fr in lines if what == "failed"), None)
    if fired and test.owner(fired) == "test":
        return None, True  # what a test itself asks for it takes for granted
    crashes = [(k, fr) for what, k, fr in lines if what == "crash"]
    where = test.words(fired) if fired else "nowhere"
    for k, fr in crashes:
        if (k, tuple(fr)) in usual or test.owner(fr) == "test":
            continue
        return (f"signal {k} in {test.words(fr) or 'a library'}\n        after {where}\n        "
                + "\n        ".join(words[-4:])), bool(fired)
    if status == "hang":
        return f"hangs after {where}", bool(fired)
    if not crashes and isinstance(status, int) and status < 0:
        return f"signal {-status} without a word, after {where}", bool(fired)
    if test.name in WHOLE and status != 0:
        said = [w for w in words if "ERROR" in w or "LINE" in w]
        return f"fails after {where}\n        " + "\n        ".join(said[:4]), bool(fired)
    if any("AddressSanitizer" in w or "runtime error:" in w for w in words):
        return "\n        ".join([f"sanitizer after {where}", *words[-12:]]), bool(fired)
    return None, bool(fired)


def torment(test, a, until):
    wrong = []
    for kind in a.kinds.split(","):
        began = time.monotonic()
        status, lines, words = test.run(kind, 0, 600, a.count)
        took = time.monotonic() - began
        if status not in (0, "cut"):
            print(f"{test.name}: does not pass by itself: {status}\n", *words[-12:], sep="\n")
            return [test.name]
        for _, _, frames in lines:
            test.learn(frames)
        usual = {(k, tuple(fr)) for what, k, fr in lines if what == "crash"}
        places = [(n, fr) for what, n, fr in lines if what == "place"]
        total = max((n for what, n, _ in lines if what in ("total", "place")), default=0)
        ns = choose(test, places, total, a.limit, a.within.split(",") if a.within else None)
        if not ns:
            if a.within:
                print(f"{test.name} {kind}: nothing is asked for in {a.within}")
                wrong.append(test.name)
            continue
        seen, done, fell = collections.Counter(), 0, 0
        with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
            def one(n):
                if until and time.monotonic() > until:
                    return n, None, None
                return (n, *judge(test, kind, n, usual, 10 * took + 20))
            for n, what, fired in pool.map(one, ns):
                if fired is None:
                    continue
                done += 1
                fell += fired
                if what:
                    head = re.sub(r":\d+", "", what.split("\n")[0])
                    seen[head] += 1
                    if seen[head] == 1:
                        wrong.append(f"{test.name} {kind} {n}: {what}\n        again: WEAL_NTH_KIND="
                                     f"{kind} WEAL_NTH_AT={n} WEAL_NTH_OUT=/dev/stderr LD_PRELOAD="
                                     f"{test.build}/nth.so {test.path}")
                        print("    " + wrong[-1], flush=True)
        print(f"{'FAIL' if seen else 'ok':5} {test.name:32} {kind:6} {total:8} events "
              f"{len(places):5} places {done:5} of {len(ns)} runs, {fell} failed on purpose, "
              f"{sum(seen.values())} faults {time.monotonic() - began:6.1f} s", flush=True)
    return wrong


def main():
    p = argparse.ArgumentParser(description="the n-th call fails")
    p.add_argument("build")
    p.add_argument("tests", nargs="*", help="as node/test_pool; all when none is named")
    p.add_argument("--kinds", default=",".join(KINDS))
    p.add_argument("--limit", type=int, default=200, help="runs a test and kind")
    p.add_argument("--after", type=float, default=4,
                   help="stop a run so many seconds after the failure; 0: let it end")
    p.add_argument("--count", type=float, default=0, help="count for no longer; 0: to the end")
    p.add_argument("--in", dest="within", default="", help="only calls made by these functions")
    p.add_argument("--seconds", type=float, default=0, help="begin no run after so long")
    p.add_argument("--jobs", type=int, default=2)
    a = p.parse_intermixed_args()
    until = time.monotonic() + a.seconds if a.seconds else 0
    tests = a.tests
    if not tests:
        unit = os.path.join(ROOT, "tests", "unit")
        tests = sorted(os.path.relpath(os.path.join(d, f), unit)[:-2]
                       for d, _, fs in os.walk(unit) for f in fs
                       if f.startswith("test_") and f.endswith(".c"))
    wrong = []
    for name in tests:
        wrong += torment(Test(a.build, os.path.join(a.build, "unit", name), a.after), a, until)
    print(f"{len(tests)} tests, {len(wrong)} faults")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
