#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A local network of real weald processes, for people and for tests.

    net = Devnet(build="build/release-gcc", root="/tmp/net", validators=4)
    net.start(); net.wait_height(10); net.kill(2); net.start_node(2); net.stop()

Standard library only.
"""
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.request


# Below those the kernel lends to outgoing connections: a port that is asked for here and bound a second
# later can't have become someone's source port. Tests that run beside each other have lanes, and ports, of their own.
LANE, LANES = int(os.environ.get("WEAL_LANE", 0)), int(os.environ.get("LANES", 1))
PORTS = range(10000 + LANE % LANES, 32768, LANES)
_given = set()
AGAIN_S = 10


def free_port():
    """A port nobody listens on, never the same twice in one process."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


class RpcError(Exception):
    """An error answer: .name is its stable name."""

    def __init__(self, error):
        super().__init__(f"{error.get('data', {}).get('name')}: {error.get('message')}")
        self.name = error.get("data", {}).get("name")


class Node:
    def __init__(self, net, index, validator):
        self.net, self.index, self.validator = net, index, validator
        self.dir = os.path.join(net.root, f"node{index}")
        self.log = os.path.join(net.root, "log", f"weald{index}.log")
        self.p2p, self.port = free_port(), free_port()
        self.host, self.listen = "127.0.0.1", self.p2p  # where it listens; peers dial p2p
        self.process = None
        self.extra = []
        self.weald = None  # a program of its own instead of the network's
        self.env = {}  # more of the environment
        self.via = {}  # node index -> port at which that peer is dialled instead of its own

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def rpc(self, method, timeout=10, **params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            out = json.load(answer)
        if "error" in out:
            raise RpcError(out["error"])
        return out["result"]

    def height(self):
        try:
            return self.rpc("node.status", timeout=2)["height"]
        except (OSError, ValueError):
            return -1

    def last_words(self, lines=6):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def alive(self):
        return self.process is not None and self.process.poll() is None


class Devnet:
    def __init__(self, build, root, validators=4, followers=0, genesis=None, options=()):
        self.build, self.root, self.options = os.path.abspath(build), os.path.abspath(root), list(options)
        os.makedirs(os.path.join(self.root, "log"), exist_ok=True)
        self.nodes = [Node(self, i, i < validators) for i in range(validators + followers)]
        self.genesis = os.path.join(self.root, "genesis.json")
        self.extra_genesis = genesis or {}
        self.services = []  # processes beside the nodes

    def weald(self):
        return os.path.join(self.build, "bin", "weald")

    def make_genesis(self):
        """Keys of every validator, then the genesis they found."""
        founders = []
        for n in self.nodes:
            os.makedirs(n.dir, exist_ok=True)
            if not n.validator:
                continue
            out = subprocess.run([self.weald(), "keygen", os.path.join(n.dir, "validator.key")],
                                 check=True, capture_output=True, text=True).stdout
            key = json.loads(out)
            founders.append({"account": key["account"], "seat": key["seat"],
                             "bond_micro": "1000000000", "lapse": "1000000000"})
        genesis = {"name": "devnet", "prefix": "dweal", "preset": "devnet",
                   "time_ms": str(int(time.time() * 1000) - 1000), "validators": founders}
        genesis.update(self.extra_genesis)
        with open(self.genesis, "w") as f:
            json.dump(genesis, f, indent=1)

    def start_node(self, i, *options):
        n = self.nodes[i]
        peers = ",".join(f"127.0.0.1:{n.via.get(m.index, m.p2p)}" for m in self.nodes
                         if m is not n and (m.validator or n.validator))
        command = [n.weald or self.weald(), f"--node.datadir={n.dir}", f"--node.genesis={self.genesis}",
                   f"--network.listen={n.host}:{n.listen}", f"--network.peers={peers}", "--network.pex=0",
                   f"--rpc.port={n.port}", *self.options, *n.extra, *options]
        if n.validator:
            command.append(f"--node.validator_key={os.path.join(n.dir, 'validator.key')}")
        n.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=open(n.log, "ab"), env={**os.environ, **n.env})

    def start(self):
        if not os.path.exists(self.genesis):
            self.make_genesis()
        for i in range(len(self.nodes)):
            self.start_node(i)

    def delay(self, ms):
        """Before start: puts a delay, one way, on everything that passes between nodes."""
        links = []
        for n in self.nodes:
            n.listen = free_port()
            links.append(f"127.0.0.1:{n.p2p}=127.0.0.1:{n.listen}")
        proxy = subprocess.Popen([os.path.join(self.build, "bin", "netproxy"), "--delay", str(ms), *links],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while proxy.stdout.readline().strip() not in ("ready", ""):
            pass
        self.services.append(proxy)

    def kill(self, i, sig=signal.SIGKILL):
        n = self.nodes[i]
        if n.alive():
            n.process.send_signal(sig)
            n.process.wait(timeout=30)
        return n.process.returncode if n.process else None

    def stop(self):
        """A clean stop of all; the exit codes of the nodes."""
        for service in self.services:
            service.terminate()
            service.wait(timeout=10)
        for n in self.nodes:
            if n.alive():
                n.process.send_signal(signal.SIGTERM)
        codes = []
        for n in self.nodes:
            if n.process is None:
                continue
            try:
                codes.append(n.process.wait(timeout=30))
            except subprocess.TimeoutExpired:
                n.process.kill()
                codes.append(None)
        return codes

    def wait_height(self, height, seconds=60, nodes=None):
        """Every live node (or those named) has this height final; else TimeoutError, or what a node that
        ended meanwhile said last."""
        end = time.time() + seconds
        which = [self.nodes[i] for i in nodes] if nodes is not None else [n for n in self.nodes if n.alive()]
        while time.time() < end:
            heights = [n.height() for n in which]
            if all(h >= height for h in heights):
                return heights
            for n in which:
                if n.process and (n.process.poll() or 0) > 0:  # by itself, not by our signal
                    raise RuntimeError(f"node {n.index} ended with {n.process.returncode}: {n.last_words()}")
            time.sleep(0.05)
        raise TimeoutError(f"height {height} not reached in {seconds} s: {heights}")

    def agree(self):
        """At the lowest common height all live nodes have the same block and state root."""
        live = [n for n in self.nodes if n.alive()]
        low = min(n.height() for n in live)
        blocks = {json.dumps([n.rpc("chain.header", height=low)[k] for k in ("id", "header")]) for n in live}
        assert len(blocks) == 1, f"nodes differ at height {low}"
        return low


ATTESTORS, THRESHOLD = 5, 2


def attestors_genesis(build, root):
    """Five attestors make their common key by themselves; their part of the genesis."""
    program = os.path.join(build, "bin", "weal-attestor")
    folders = [os.path.join(root, f"attestor{i}") for i in range(ATTESTORS)]
    ports = [free_port() for _ in folders]
    members = []
    for i, folder in enumerate(folders):
        out = subprocess.run([program, "keys", folder, f"attestor {i}"], check=True, capture_output=True,
                             text=True).stdout
        members.append({**json.loads(out), "address": f"127.0.0.1:{ports[i]}"})
    roster = os.path.join(root, "roster.json")
    with open(roster, "w") as f:
        json.dump({"session": os.urandom(32).hex(), "t": THRESHOLD, "members": members}, f, indent=1)
    runs = [subprocess.Popen([program, "dkg", folder, roster, str(port), "30"], stdout=subprocess.PIPE, text=True)
            for folder, port in zip(folders, ports)]
    parts = [json.loads(run.communicate(timeout=120)[0]) for run in runs]
    assert len({p["voprf"] for p in parts}) == 1, "attestors made different keys"
    return {"t": THRESHOLD, "voprf": parts[0]["voprf"],
            "list": [{k: p[k] for k in ("name", "key", "share")} for p in parts]}


def start_attestor(net, i, port=None):
    """Attestor i's process, asking a node of its own; net.stop() stops it. Its port."""
    port = port or free_port()
    net.services.append(subprocess.Popen(
        [os.path.join(net.build, "bin", "weal-attestor"), "run", os.path.join(net.root, f"attestor{i}"),
         str(port), str(net.nodes[i % len([n for n in net.nodes if n.validator])].port)],
        stdin=subprocess.DEVNULL, stdout=open(os.path.join(net.root, "log", f"attestor{i}.log"), "ab"),
        stderr=subprocess.STDOUT))
    return port


def renewal_roster(net, ports, name="renewal.json"):
    """A roster for a renewal of the shares, each member to listen on its port; its path."""
    members = []
    for i, port in enumerate(ports):
        out = subprocess.run([os.path.join(net.build, "bin", "weal-attestor"), "ready",
                              os.path.join(net.root, f"attestor{i}"), f"attestor {i}"],
                             check=True, capture_output=True, text=True).stdout
        members.append({**json.loads(out), "address": f"127.0.0.1:{port}"})
    path = os.path.join(net.root, name)
    with open(path, "w") as f:
        json.dump({"session": os.urandom(32).hex(), "t": THRESHOLD, "renewal": True, "members": members}, f, indent=1)
    return path


def start_renewal(net, i, roster, port, phase_s=30):
    """Attestor i takes part in a renewal; the process prints its part of the act."""
    node = net.nodes[i % len([n for n in net.nodes if n.validator])].port
    return subprocess.Popen([os.path.join(net.build, "bin", "weal-attestor"), "renew",
                             os.path.join(net.root, f"attestor{i}"), roster, str(port), str(node), str(phase_s)],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def start_attestors(net):
    """All of them; "HOST:PORT,..." in the order of the registry."""
    return ",".join(f"127.0.0.1:{start_attestor(net, i)}" for i in range(ATTESTORS))


def people_genesis(build, root):
    """Keys of those who attest and witness, kept in root; their part of the genesis."""
    out = subprocess.run([os.path.join(build, "bin", "weal-module"), "keys", os.path.join(root, "module"),
                          "Devnet clinic", "health"], check=True, capture_output=True, text=True).stdout
    return {"attestors": attestors_genesis(build, root), "modules": [{**json.loads(out), "epoch_max": 100000}]}


def start_module(net):
    """The health module's process; net.stop() stops it."""
    port = free_port()
    net.services.append(subprocess.Popen(
        [os.path.join(net.build, "bin", "weal-module"), "run", os.path.join(net.root, "module"),
         str(port), "0", str(net.nodes[0].port)],
        stdin=subprocess.DEVNULL, stdout=open(os.path.join(net.root, "log", "module.log"), "ab"),
        stderr=subprocess.STDOUT))
    return port


def start_people(net, count=48):
    ports = ",".join(str(n.port) for n in net.nodes if n.validator)
    return subprocess.Popen([os.path.join(net.build, "bin", "weal-people"), "run",
                             os.path.join(net.root, "people"), ports, str(start_module(net)),
                             start_attestors(net), str(count)],
                            stdin=subprocess.DEVNULL,
                            stdout=open(os.path.join(net.root, "log", "people.log"), "ab"),
                            stderr=subprocess.STDOUT)


def main(argv):
    """devnet.py BUILD ROOT [PEOPLE]: a fresh local network until Ctrl-C."""
    build, root, count = argv[0], argv[1], int(argv[2]) if len(argv) > 2 else 48
    os.makedirs(os.path.join(root, "log"))
    net = Devnet(build, root, genesis=people_genesis(build, root))
    stopped = []
    for s in (signal.SIGINT, signal.SIGTERM):
        signal.signal(s, lambda *_: stopped.append(1))
    net.start()
    people = None
    try:
        net.wait_height(1, 30)
        people = start_people(net, count)
        print(f"four validators and {count} people are running; everything lies in {root}")
        for n in net.nodes:
            print(f"  look at node {n.index}:  {n.url}")
        print("Ctrl-C stops them\n", flush=True)
        log = open(os.path.join(root, "log", "people.log"))
        again = {}  # node -> when it is started again: killed by somebody who wants to see what happens then
        while not stopped and people.poll() is None and not any((n.process.poll() or 0) > 0 for n in net.nodes):
            for n in net.nodes:
                if not n.alive() and n not in again:
                    again[n] = time.time() + AGAIN_S
                    print(f"node {n.index} was ended; the others go on; it starts again in {AGAIN_S} s", flush=True)
            for n in [n for n, at in again.items() if time.time() > at]:
                del again[n]
                net.start_node(n.index)
            line = log.readline()
            if line:
                print(line, end="", flush=True)
            else:
                time.sleep(0.2)
    finally:
        if people and people.poll() is None:
            people.terminate()
            people.wait()
        codes = net.stop()
        print(f"stopped; exit codes of the nodes: {codes}")
    return 0 if stopped and all(c == 0 for c in codes) else 1


if __name__ == "__main__":
    import sys
    sys.exit(main(sys.argv[1:]))
