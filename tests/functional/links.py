# SPDX-License-Identifier: ISC
"""Connections between nodes that can be cut and healed, whole or one way (contrib/netproxy)."""
import os
import subprocess

from checker import free_port


class Links:
    """One link of the proxy for every ordered pair; nodes dial each other only through them: they
    listen on an address of their own, for a port that is told in a greeting is dialled at the
    address the greeting came from, which is the proxy's."""

    def __init__(self, net, build):
        self.pairs, args = {}, []
        for n in net.nodes:
            n.host = "127.0.0.2"
        for a in net.nodes:
            for b in net.nodes:
                if a is not b:
                    a.via[b.index] = free_port()
                    args.append(f"127.0.0.1:{a.via[b.index]}={b.host}:{b.listen}")
                    self.pairs[a.index, b.index] = len(args)
        self.proxy = subprocess.Popen([os.path.join(build, "bin", "netproxy"), "--delay", "2", *args],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      bufsize=1)
        while self.proxy.stdout.readline().strip() != "ready":
            pass

    def tell(self, line):
        self.proxy.stdin.write(line + "\n")
        answer = self.proxy.stdout.readline().strip()
        assert answer == "ok", answer

    def cut(self, one, two):
        """No byte passes between the two groups, in whichever way they are connected."""
        for (a, b), number in self.pairs.items():
            if (a in one and b in two) or (a in two and b in one):
                self.tell(f"cut {number}")

    def cut_dialled(self, by):
        """Only what this node dialled is silent; what others dialled to it still speaks."""
        for (a, _), number in self.pairs.items():
            if a == by:
                self.tell(f"cut {number}")

    def cut_way(self, talk, hear):
        """Of what one node says the other hears nothing; what that one says still arrives."""
        self.tell(f"cut {self.pairs[talk, hear]} 1")
        self.tell(f"cut {self.pairs[hear, talk]} 2")

    def heal(self):
        self.tell("heal all")

    def stop(self):
        self.proxy.terminate()
        self.proxy.wait(10)
