#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The daemon as its operator meets it: every exit code is provoked, mistakes in a configuration are
told with file, line, key and range, and the manual page is what the program says of itself.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis  # noqa: E402

HERE = os.path.join(os.path.dirname(__file__), "..", "..")


def weald(build, *args):
    p = subprocess.run([os.path.join(build, "bin", "weald"), *args], capture_output=True, text=True,
                       timeout=20)
    return p.returncode, p.stdout, p.stderr


def expect(build, code, words, *args):
    rc, out, err = weald(build, *args)
    assert rc == code, f"{args}: {rc}, not {code}: {err}"
    for w in words:
        assert w in err, f"{args}: {w!r} not in {err!r}"


def configuration(build, root):
    path = os.path.join(root, "weald.ini")
    with open(path, "w") as f:
        f.write("[network]\npeers_max = 129\nno_such = 1\n[node]\nlog_level = loud\n")
    expect(build, 3, [f"{path}, line 2: network.peers_max = 129: a number from 1 to 128",
                      f"{path}, line 3: network.no_such", f"{path}, line 5: node.log_level = loud"],
           f"--config={path}", "--check-config")
    with open(path, "w") as f:
        f.write("nonsense\n")
    expect(build, 3, [f"{path}, line 1: not key = value"], f"--config={path}", "--check-config")
    with open(path, "w") as f:
        f.write(weald(build, "--print-config")[1])
    assert weald(build, f"--config={path}", "--check-config")[0] == 0
    expect(build, 3, ["No such file"], "--config=" + path + ".none", "--check-config")
    expect(build, 3, ["rpc.port = 65536: a number from 0 to 65535"], "--rpc.port=65536")
    expect(build, 3, ["node.datadir and node.genesis must be given"])
    expect(build, 2, ["--no-such: unknown"], "--no-such")


def manual(build):
    made = subprocess.run(["sh", os.path.join(HERE, "contrib/man/weald.sh"),
                           os.path.join(build, "bin", "weald")], capture_output=True, text=True)
    with open(os.path.join(HERE, "contrib/man/weald.8")) as f:
        assert made.returncode == 0 and f.read() == made.stdout, "make man, and commit weald.8"


def papers(build, root):
    """What the operator's papers name exists: keys, methods, figures, states; systemd takes the unit."""
    at = os.path.join(HERE, "contrib", "operating")
    with open(os.path.join(at, "README.md")) as f:
        text = f.read()
    with open(os.path.join(at, "alerts.yml")) as f:
        alerts = f.read()
    keys, section = set(), ""
    for line in weald(build, "--print-config")[1].splitlines():
        if line.startswith("["):
            section = line[1:-1]
        elif " = " in line and not line.startswith(";"):
            keys.add(f"{section}.{line.split(' = ')[0]}")
    methods = set(re.findall(r'"([a-z]+\.[a-z]+)"', open(os.path.join(HERE, "node/rpc/methods.def")).read()))
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", text)) - {"weald.service", "validator.key"}
    assert len(named) > 10 and not named - keys - methods, named - keys - methods
    with open(os.path.join(HERE, "node/metrics/metrics.def")) as f:
        figures = set(re.findall(r'METRIC\("([a-z_]+)"', f.read())) | {"weal_finality_milliseconds_bucket"}
    used = set(re.findall(r"\bweal_[a-z_]+", alerts))
    assert len(used) > 8 and not used - figures, used - figures
    for name in re.findall(r"`not_voting: ([a-z-]+)`", text):
        assert subprocess.run(["grep", "-q", f'"{name}"', "-r", os.path.join(HERE, "consensus/bft")]).returncode == 0, name
    verify = shutil.which("systemd-analyze")
    if not verify:
        return
    unit = os.path.join(root, "weald.service")
    with open(os.path.join(at, "weald.service")) as f, open(unit, "w") as g:
        g.write(re.sub(r"(?m)^Documentation=.*$", "", f.read()).replace(
            "/usr/local/bin/weald", os.path.abspath(os.path.join(build, "bin", "weald"))))
    said = subprocess.run([verify, "verify", unit], capture_output=True, text=True, timeout=20)
    assert "weald.service" not in said.stderr, said.stderr


def data(build, root):
    net = Devnet(build, os.path.join(root, "net"), genesis=people_genesis(build, root))
    net.start()
    try:
        net.wait_height(2, 30)
        n = net.nodes[0]
        args = [f"--node.datadir={n.dir}", f"--node.genesis={net.genesis}", "--network.listen=",
                "--rpc.port=0"]
        expect(build, 4, [n.dir], *args)  # in use
        taken = [f"--node.datadir={root}/other", f"--node.genesis={net.genesis}",
                 "--network.listen=", f"--rpc.port={n.port}"]
        expect(build, 3, [f"cannot listen on 127.0.0.1:{n.port}"], *taken)
    finally:
        codes = net.stop()
    assert all(c == 0 for c in codes), codes  # stopped cleanly
    with open(net.genesis) as f:
        text = f.read()
    other = os.path.join(root, "other.json")
    with open(other, "w") as f:
        f.write(text.replace('"devnet"', '"othernet"', 1))
    expect(build, 4, [n.dir], args[0], f"--node.genesis={other}", *args[2:])  # of another chain
    with open(other, "w") as f:
        f.write("{}")
    expect(build, 3, [other], args[0], f"--node.genesis={other}", *args[2:])
    expect(build, 3, ["none.json"], args[0], "--node.genesis=none.json", *args[2:])
    with open(os.path.join(root, "file"), "w") as f:
        f.write("in the way")
    expect(build, 4, ["Not a directory"], f"--node.datadir={root}/file/x", *args[1:])


def full(build, root):
    """A disk with no room, where one may be mounted."""
    at = os.path.join(root, "full")
    os.mkdir(at)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", at],
                      capture_output=True).returncode != 0:
        print("a full disk was not tried: mounting is not allowed here")
        return
    try:
        genesis = os.path.join(root, "net", "genesis.json")
        expect(build, 75, [at], f"--node.datadir={at}", f"--node.genesis={genesis}",
               "--network.listen=", "--rpc.port=0")
    finally:
        subprocess.run(["umount", at], check=True)


def main():
    build = os.environ["WEAL_BUILD"]
    root = tempfile.mkdtemp(prefix="weal-operator-")
    configuration(build, root)
    manual(build)
    papers(build, root)
    data(build, root)
    full(build, root)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
