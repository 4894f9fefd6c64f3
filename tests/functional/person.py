# SPDX-License-Identifier: ISC
"""Somebody with a wallet: `weal` run as a program, its answers as JSON."""
import json, os, subprocess


class Person:
    """person("enrol", ...) runs a command, holds its exit code against `code` (None: any) and gives what it said. port: of
    the node's RPC, or a function that knows it when a command is run."""

    def __init__(self, build, root, port, password="a password"):
        self.build, self.root, self.port = build, root, port
        self.password = os.path.join(root, "password")
        with open(self.password, "w") as f:
            f.write(password + "\n")

    def command(self, *args, wallet="w", node=None):
        port = node or (self.port() if callable(self.port) else self.port)
        return [os.path.join(self.build, "bin", "weal"), "--json", "--light", "--wallet", os.path.join(self.root, wallet),
                "--node", f"127.0.0.1:{port}", "--password-file", self.password, *map(str, args)]

    def __call__(self, *args, wallet="w", code=0, stdin=None, node=None):
        out = subprocess.run(self.command(*args, wallet=wallet, node=node), input=stdin, capture_output=True,
                             text=True, timeout=60)
        assert code is None or out.returncode == code, (args, out.returncode, out.stdout, out.stderr)
        return json.loads(out.stdout)

    def refused(self, *args, code=1, **how):
        """The name of why not."""
        return self(*args, code=code, **how)["error"]["name"]
