# SPDX-License-Identifier: ISC
"""The draw function and the leader table, written again from their definition (consensus/draw.h,
consensus/light/set.h), slow and obvious. Prints the vectors that the unit tests compare with:
    python3 tests/model/draw.py > tests/vectors/draw.txt
"""
import hashlib
import struct


def frame(label, data):
    return bytes([len(label)]) + label + struct.pack("<I", len(data)) + data


def hash64(domain, *frames):
    return hashlib.sha512(frame(b"ringproof-v1", domain) + b"".join(frames)).digest()


class Draw:
    def __init__(self, beacon, purpose):
        self.beacon, self.purpose, self.counter = beacon, purpose, 0

    def u64(self):
        h = hash64(b"draw", frame(b"beacon", self.beacon), frame(b"purpose", self.purpose),
                   frame(b"counter", struct.pack("<Q", self.counter)))
        self.counter += 1
        return int.from_bytes(h[:8], "little")

    def below(self, n):
        if n == 1:
            return 0
        whole = 2**64 // n * n
        while True:
            x = self.u64()
            if x < whole:
                return x % n

    def shuffle(self, things):
        for i in range(len(things) - 1, 0, -1):
            j = self.below(i + 1)
            things[i], things[j] = things[j], things[i]


def leaders(weights, term, beacon, slots=1024):
    total = sum(weights)
    share = [w * slots // total for w in weights]
    rest = [(-(w * slots % total), i) for i, w in enumerate(weights)]
    for _, i in sorted(rest)[: slots - sum(share)]:
        share[i] += 1
    table = [i for i, n in enumerate(share) for _ in range(n)]
    Draw(beacon, b"leader/%d" % term).shuffle(table)
    return table


def beacon(n):
    return hashlib.sha256(b"vector %d" % n).digest()


def main():
    print("# draw vectors; made by tests/model/draw.py")
    for n, purpose in ((0, b"leader/0"), (1, b"x"), (2, b"cohort/CA-ON-TOR/17")):
        d = Draw(beacon(n), purpose)
        print("u64", beacon(n).hex(), purpose.decode(), *(d.u64() for _ in range(4)))
    for bound in (1, 2, 3, 10, 16, 1000, 2**32 + 1, 2**63 + 1, 2**64 - 1):
        d = Draw(beacon(3), b"below")
        print("below", beacon(3).hex(), "below", bound, *(d.below(bound) for _ in range(6)))
    for count in (0, 1, 2, 16, 40):
        things = list(range(count))
        Draw(beacon(4), b"shuffle").shuffle(things)
        print("shuffle", beacon(4).hex(), "shuffle", count, *things)
    for term, weights in ((0, [1] * 4), (1, [1] * 7), (7, [5, 1, 1, 1, 3]), (4294967295, [1] * 100),
                          (3, [10**15, 1, 1, 1]), (9, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])):
        t = leaders(weights, term, beacon(5))
        digest = hashlib.sha256(b"".join(struct.pack("<H", x) for x in t)).hexdigest()
        print("leaders", beacon(5).hex(), term, len(weights), *weights, digest, *t[:16])


if __name__ == "__main__":
    main()
