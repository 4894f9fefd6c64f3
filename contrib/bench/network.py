#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The network bench: four real daemons on loopback, one disk, this machine's cores.

    network.py BUILD [--json] [--quick] [--only NAME,...] [--accounts N]

  empty      empty views without any pace: final blocks a second, and in units of fdatasync
  transfers  through RPC and gossip over all four nodes at the default pace, as fast as accepted;
             then at 80 % of that, and at a trickle: time from submission to final
             then a stop and a start, and a follower that begins with nothing
  million    stop and kill of a node that holds a million accounts, until it answers again
  calls      node.status calls a second, while four validators make blocks
  votes      what 20,000 calls a second do to the finality of a trickle of transfers
  delay      50 ms one way between nodes: block interval and finality of blocks
  down       one validator of four dead: block interval

Every figure is one object a line with --json. Fails if transfers are refused, lost or without
effect, or if a node ends other than by exit code 0. Standard library only.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "devnet"))
from devnet import Devnet, people_genesis  # noqa: E402

# What the figures must reach: (bench, figure) -> bar; printed with a verdict after the figures.
BARS = {
    ("empty-views", "blocks_per_s"): (">=", 300),
    ("empty-views", "rss_anon_mb"): ("<=", 150),
    ("transfers-saturated", "per_second"): (">=", 3000),
    ("transfers-saturated", "cpu_us_per_transfer_and_node"): ("<=", 80),
    ("transfers-saturated", "rss_anon_mb"): ("<=", 250),
    ("transfers-saturated", "fdatasync_per_block"): (">=", 1),
    ("transfers-80-percent", "median_ms"): ("<=", 150),
    ("transfers-80-percent", "p99_ms"): ("<=", 300),
    ("catch-up", "transfers_per_s"): (">=", 20000),
    ("catch-up", "rss_anon_mb"): ("<=", 250),
    ("restart-million", "serving_s"): ("<=", 3),
    ("50-ms-one-way", "ms_per_block"): ("<=", 120),
    ("50-ms-one-way", "finality_p50_ms"): ("<=", 170),
    ("one-validator-down", "ms_per_block"): ("<=", 150),
    ("restart-million-killed", "serving_s"): ("<=", 3),
    ("rpc-status-1", "calls_per_s"): (">=", 20000),
    ("rpc-votes", "p99_rise"): ("<=", 0.2),
}

TICKS = os.sysconf("SC_CLK_TCK")
SEED = "network-bench"
NAMES = ("empty", "transfers", "million", "calls", "votes", "delay", "down")


def fdatasync_rate(folder, seconds=1.0):
    """Appends of 512 bytes made durable a second: the disk's own pace, measured while it is idle."""
    path = os.path.join(folder, "fdatasync")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.posix_fallocate(fd, 0, 16 << 20)
    os.fsync(fd)
    n, begin = 0, time.monotonic()
    while time.monotonic() - begin < seconds:
        os.pwrite(fd, b"x" * 512, n % 32768 * 512)
        os.fdatasync(fd)
        n += 1
    rate = n / (time.monotonic() - begin)
    os.close(fd)
    os.unlink(path)
    return rate


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_anon_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return 0.0


class Look:
    """What the processes and nodes say at one moment."""

    def __init__(self, net):
        self.at = time.monotonic()
        self.cpu = [cpu_seconds(n.process.pid) for n in net.nodes if n.alive()]
        self.rss = [rss_anon_mb(n.process.pid) for n in net.nodes if n.alive()]
        status = [n.rpc("node.status") for n in net.nodes if n.alive()]
        self.height = min(s["height"] for s in status)
        self.syncs = [s["wal_syncs"] for s in status]
        self.heights = [s["height"] for s in status]
        self.transactions = min(s["transactions"] for s in status)


def between(a, b):
    seconds, blocks = b.at - a.at, b.height - a.height
    cpu = sum(b.cpu) - sum(a.cpu)
    done = b.transactions - a.transactions
    syncs = [(y - x) / max(1, h - g) for x, y, g, h in zip(a.syncs, b.syncs, a.heights, b.heights)]
    return {"seconds": round(seconds, 2), "blocks_per_s": round(blocks / seconds, 1),
            "fdatasync_per_block": round(sum(syncs) / len(syncs), 2),
            "node_cpu_cores": round(cpu / seconds, 2),
            "cpu_us_per_transfer_and_node": round(cpu / len(a.cpu) / done * 1e6, 1) if done else None,
            "rss_anon_mb": round(max(b.rss), 1)}


class Finality:
    """The node's histogram of header-to-finality times, between two moments."""

    def __init__(self, node):
        self.node, self.at = node, self.read(node)

    @staticmethod
    def read(node):
        with urllib.request.urlopen(node.url + "metrics", timeout=10) as answer:
            text = answer.read().decode()
        name = 'weal_finality_milliseconds_bucket{le="'
        return {float(line[len(name):].split('"')[0]): int(line.split()[-1])
                for line in text.splitlines() if line.startswith(name)}

    def since(self):
        """Percentiles, by straight lines within a bucket."""
        now = self.read(self.node)
        counts = {bound: now[bound] - self.at[bound] for bound in sorted(now)}
        blocks = max(counts.values())

        def percentile(share):
            want, below, low = share * blocks, 0, 0.0
            for bound, count in counts.items():
                if count >= want and blocks:
                    if bound == float("inf"):
                        return low
                    return round(low + (bound - low) * (want - below) / max(1, count - below), 1)
                below, low = count, bound
            return None
        return {"blocks": blocks, "p50_ms": percentile(0.5), "p99_ms": percentile(0.99)}


class Bench:
    def __init__(self, args):
        self.args, self.failed = args, []
        self.build = os.path.abspath(args.build)
        self.load = os.path.join(self.build, "bin", "weal-load")

    def say(self, bench, **figures):
        if self.args.json:
            print(json.dumps({"bench": bench, **figures}), flush=True)
        else:
            print(f"{bench}: " + ", ".join(f"{k} {v}" for k, v in figures.items()), flush=True)
        for name, value in figures.items():
            if (bench, name) not in BARS or value is None:
                continue
            sense, bar = BARS[bench, name]
            passed = value >= bar if sense == ">=" else value <= bar
            if self.args.json:
                print(json.dumps({"bench": bench, "name": name, "value": value, "sense": sense,
                                  "bar": bar, "pass": passed}), flush=True)
            else:
                print(f"    {name} {value}, bar {sense} {bar}: {'pass' if passed else 'MISSED'}",
                      flush=True)

    def fail(self, why):
        self.failed.append(why)
        print(f"network.py: {why}", file=sys.stderr, flush=True)

    def net(self, root, grants=(), **more):
        os.makedirs(root, exist_ok=True)
        genesis = {**people_genesis(self.build, root), "grants": list(grants)}
        return Devnet(self.build, root, genesis=genesis, **more)

    def stop(self, net):
        dead = [n for n in net.nodes if not n.alive()]  # killed on purpose
        for n in dead:
            net.nodes.remove(n)
        codes = net.stop()
        if any(c != 0 for c in codes if c is not None) or None in codes:
            self.fail(f"exit codes {codes}; logs in {net.root}/log")

    # ---- the benches ----

    def empty(self, root):
        sync = fdatasync_rate(root)
        net = self.net(os.path.join(root, "empty"), options=["--pace.network=bench"])
        net.start()
        try:
            net.wait_height(20, 60)
            a = Look(net)
            time.sleep(3 if self.args.quick else 15)
            f = between(a, Look(net))
            f["fdatasync_per_s"] = round(sync)
            f["blocks_per_fdatasync"] = round(f["blocks_per_s"] / sync, 3)
            del f["cpu_us_per_transfer_and_node"]
            self.say("empty-views", **f)
        finally:
            self.stop(net)

    def phases(self, net, phases, accounts):
        """Runs weal-load; looks at the nodes when it says so. Yields its results with ours."""
        ports = ",".join(str(n.port) for n in net.nodes if n.validator)
        run = subprocess.Popen([self.load, "run", SEED, str(accounts), ports, *phases],
                               stdout=subprocess.PIPE, text=True)
        begin, ours = None, {}
        for line in run.stdout:
            said = json.loads(line)
            if said["event"] == "begin":
                begin = Look(net)
            elif said["event"] == "end":
                ours = between(begin, Look(net))
                if said["phase"] == "fund":
                    yield {"phase": "fund"}, ours
            else:
                yield said, ours
        if run.wait() != 0:
            self.fail(f"weal-load ended with {run.returncode}")

    def transfers(self, root):
        quick, accounts = self.args.quick, self.args.accounts or (8000 if self.args.quick else 100000)
        seconds = 8 if quick else 60
        grants = json.loads(subprocess.run([self.load, "grants", SEED, str(accounts)], check=True,
                                           capture_output=True, text=True).stdout)
        net = self.net(os.path.join(root, "transfers"), grants=grants)
        net.start()
        try:
            net.wait_height(5, 60)
            names = {0: "transfers-saturated", 1: "transfers-80-percent", 2: "transfers-trickle"}
            count = 0
            for said, ours in self.phases(net, [f"0:{seconds}", f"80%:{seconds // 2}",
                                                f"50:{seconds // 2}"], accounts):
                if said["phase"] == "fund":
                    self.say("fund", accounts=accounts, outputs_per_transfer=16, **ours)
                    continue
                keep = ["per_second", "sent", "refused", "retried", "dry", "lost", "drain_s", "samples",
                        "median_ms", "p90_ms", "p99_ms"]
                self.say(names[count], accounts=accounts, **{k: said[k] for k in keep}, **ours)
                if (said["refused"] or said["lost"] or said["checked"] == 0
                        or said["with_effect"] != said["checked"]):
                    self.fail(f"{names[count]}: {said}")
                count += 1
            self.restart(net)
            self.follower(net)
        finally:
            self.stop(net)

    def restart(self, net):
        net.kill(3, 15)
        begin = time.monotonic()
        net.start_node(3)
        while net.nodes[3].height() < 0:
            time.sleep(0.005)
        serving = time.monotonic() - begin
        want = max(n.height() for n in net.nodes[:3])
        net.wait_height(want, 60, nodes=[3])
        self.say("restart", serving_s=round(serving, 3),
                 caught_up_s=round(time.monotonic() - begin, 3))

    def follower(self, net):
        """One more node, that begins with nothing, asks the loaded ones for everything."""
        extra = Devnet(self.build, net.root, validators=4, followers=1)
        node = extra.nodes[4]
        for mine, theirs in zip(extra.nodes, net.nodes):
            mine.p2p = theirs.p2p
        os.makedirs(node.dir)
        status = net.nodes[0].rpc("node.status")
        begin = time.monotonic()
        extra.start_node(4)
        net.nodes.append(node)
        net_height = status["height"]
        while node.height() < net_height:
            if time.monotonic() - begin > 300:
                self.fail("the follower did not catch up in 300 s")
                break
            time.sleep(0.02)
        took = time.monotonic() - begin
        self.say("catch-up", transactions=status["transactions"], blocks=net_height,
                 seconds=round(took, 2), transfers_per_s=round(status["transactions"] / took),
                 blocks_per_s=round(net_height / took),
                 rss_anon_mb=round(rss_anon_mb(node.process.pid), 1), cpu_s=round(cpu_seconds(node.process.pid), 2))

    def million(self, root):
        """Restart of a node that holds a million accounts: by SIGTERM, and by SIGKILL."""
        count = 1000000
        net = self.net(os.path.join(root, "million"), options=["--pace.network=bench"])
        net.make_genesis()
        fill = os.path.join(self.build, "bin", "weal-fill")
        try:
            for i, node in enumerate(net.nodes):  # alone, so that no block is made
                net.start_node(i)
                while node.height() < 0:
                    time.sleep(0.02)
                net.kill(i, 15)
                subprocess.run([fill, node.dir, str(count)], check=True, capture_output=True)
            net.start()
            net.wait_height(40, 120)
            for sig, name in (15, "restart-million"), (9, "restart-million-killed"):
                net.wait_height(net.nodes[0].height() + 100, 120)
                net.kill(3, sig)
                begin = time.monotonic()
                net.start_node(3)
                while net.nodes[3].height() < 0:
                    time.sleep(0.005)
                serving = time.monotonic() - begin
                net.wait_height(max(n.height() for n in net.nodes[:3]), 60, nodes=[3])
                self.say(name, accounts=count, serving_s=round(serving, 3),
                         caught_up_s=round(time.monotonic() - begin, 3),
                         rss_anon_mb=round(rss_anon_mb(net.nodes[3].process.pid), 1))
        finally:
            self.stop(net)

    def finality(self, net, heights):
        """Milliseconds from a block's own time to its finality, of every block at every node."""
        took = []
        for node, first in zip(net.nodes, heights):
            last = node.height()
            for h in range(max(first + 1, last - 450), last + 1):
                block = node.rpc("chain.header", height=h)
                if "final_ms" in block:
                    took.append(block["final_ms"] - int(block["fields"]["time_ms"]))
        took.sort()
        return took[len(took) // 2], took[len(took) * 99 // 100], len(took)

    def votes(self, root):
        """Finality under a trickle of transfers, without and with 20,000 calls a second at one
        node, in turns."""
        accounts, seconds, rate = 2000, 6 if self.args.quick else 15, 20000
        grants = json.loads(subprocess.run([self.load, "grants", SEED, str(accounts)], check=True,
                                           capture_output=True, text=True).stdout)
        net = self.net(os.path.join(root, "votes"), grants=grants)
        net.start()
        try:
            net.wait_height(5, 60)
            ports = ",".join(str(n.port) for n in net.nodes)
            run = subprocess.Popen([self.load, "run", SEED, str(accounts), ports]
                                   + [f"50:{seconds}"] * 6, stdout=subprocess.PIPE, text=True)
            phase, calls, rates, quiet, busy = 0, None, [], [], []
            for line in run.stdout:
                said = json.loads(line)
                if said["event"] == "begin" and said["phase"] != "fund":
                    heights = [n.height() for n in net.nodes]
                    if phase % 2 == 1:
                        calls = subprocess.Popen(["nice", "-n", "19", self.load, "status", str(net.nodes[0].port),
                                                  str(seconds), str(rate)],
                                                 stdout=subprocess.PIPE, text=True)
                elif said["event"] == "end" and said["phase"] != "fund":
                    if calls:
                        rates.append(json.loads(calls.communicate()[0].splitlines()[-1])
                                     ["calls_per_second"])
                        calls = None
                    (busy if phase % 2 else quiet).append(self.finality(net, heights))
                    phase += 1
            run.wait()
            middle = lambda values: sorted(values)[len(values) // 2]  # noqa: E731
            q, b = middle([f[1] for f in quiet]), middle([f[1] for f in busy])
            self.say("rpc-votes", calls_per_s=round(min(rates)), blocks=sum(f[2] for f in busy),
                     quiet_median_ms=middle([f[0] for f in quiet]), quiet_p99_ms=q,
                     busy_median_ms=middle([f[0] for f in busy]), busy_p99_ms=b,
                     p99_rise=round(b / q - 1, 3))
        finally:
            self.stop(net)

    def calls(self, root):
        net = self.net(os.path.join(root, "calls"))
        net.start()
        try:
            net.wait_height(5, 60)
            run = subprocess.run([self.load, "status", str(net.nodes[0].port),
                                  "2" if self.args.quick else "10"], check=True,
                                 capture_output=True, text=True)
            for line in run.stdout.splitlines():
                said = json.loads(line)
                if said["event"] == "result":
                    self.say(f"rpc-{said['phase']}", calls_per_s=said["calls_per_second"])
        finally:
            self.stop(net)

    def paced(self, net, name, rate, watched):
        """Blocks and their finality while some transfers a second keep the pace busy."""
        net.start()
        try:
            net.wait_height(5, 60, nodes=watched)
            if name == "one-validator-down":
                net.kill(3)
            accounts, seconds = 800, 6 if self.args.quick else 30
            ports = ",".join(str(net.nodes[i].port) for i in watched)
            load = subprocess.Popen([self.load, "run", SEED, str(accounts), ports, f"{rate}:{seconds}"],
                                    stdout=subprocess.PIPE, text=True)
            begin = views = None
            for line in load.stdout:
                said = json.loads(line)
                if said["event"] == "begin" and said.get("phase") != "fund":
                    begin, at, low = Finality(net.nodes[0]), time.monotonic(), net.nodes[0].height()
                elif said["event"] == "end" and begin and views is None:
                    took, views = time.monotonic() - at, net.nodes[0].height() - low
                    begin = begin.since()
            if load.wait() != 0 or not views:
                self.fail(f"{name}: no blocks, or weal-load ended with {load.returncode}")
            else:
                self.say(name, blocks=views, ms_per_block=round(1000 * took / views, 1),
                         finality_p50_ms=begin["p50_ms"], finality_p99_ms=begin["p99_ms"])
        finally:
            self.stop(net)

    def grants(self, accounts):
        return json.loads(subprocess.run([self.load, "grants", SEED, str(accounts)], check=True,
                                         capture_output=True, text=True).stdout)

    def delay(self, root):
        net = self.net(os.path.join(root, "delay"), grants=self.grants(800))
        net.delay(50)
        self.paced(net, "50-ms-one-way", 200, [0, 1, 2, 3])

    def down(self, root):
        net = self.net(os.path.join(root, "down"), grants=self.grants(800))
        self.paced(net, "one-validator-down", 200, [0, 1, 2])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--only", default=",".join(NAMES), help="benches, with commas; all: %(default)s")
    parser.add_argument("--accounts", type=int, default=0)
    parser.add_argument("--root", help="folder to work in, kept; else a temporary one")
    args = parser.parse_args()
    bench = Bench(args)
    root = args.root or tempfile.mkdtemp(prefix="weal-bench-")
    os.makedirs(root, exist_ok=True)
    for name in args.only.split(","):
        if name not in NAMES:
            parser.error(f"no bench is called {name}")
        getattr(bench, name)(root)
    if not args.root and not bench.failed:
        shutil.rmtree(root)
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
