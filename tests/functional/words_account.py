# SPDX-License-Identifier: ISC
"""The first account of the 24 words of all zeros, derived as wallet/keys.h says, for a genesis that grants
it something."""


def account_of_words():
    import hashlib
    secret = hashlib.blake2b(b"weal/derive/1\0account\0" + bytes(9), key=bytes(32), digest_size=64).digest()[:32]
    p, g = 2**256 - 2**32 - 977, (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
                                  0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)

    def add(a, b):
        if a is None or b is None:
            return a or b
        if a == b:
            m = 3 * a[0] * a[0] * pow(2 * a[1], -1, p)
        else:
            m = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
        x = (m * m - a[0] - b[0]) % p
        return x, (m * (a[0] - x) - a[1]) % p

    k, r = int.from_bytes(secret, "big"), None
    while k:
        if k & 1:
            r = add(r, g)
        g, k = add(g, g), k >> 1
    return f"{r[0]:064x}"
