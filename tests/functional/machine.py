# SPDX-License-Identifier: ISC
"""The disk and the clock below a node, moved while it runs (tests/preload/faults.c)."""
import os
import struct


class Machine:
    """The disk and the clock below one node."""

    def __init__(self, net, n, build):
        self.path = os.path.join(net.root, f"machine{n.index}")
        self.clock_ms, self.free, self.full = 0, -1, 0
        self.tell()
        os.makedirs(n.dir, exist_ok=True)
        n.env = {"LD_PRELOAD": os.path.join(os.path.abspath(build), "faults.so"),
                 "WEAL_FAULTS_DIR": n.dir, "WEAL_FAULTS_CONTROL": self.path,
                 "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def tell(self, **what):
        self.__dict__.update(what)
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(fd, struct.pack("<qqq", self.clock_ms * 1000000, self.free, self.full), 0)
        os.close(fd)
