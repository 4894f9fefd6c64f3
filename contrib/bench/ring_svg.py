#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""usage: ring_svg.py < bench_ring.json > crypto/bench.svg
Draws time per proof over batch size, both axes logarithmic: one line per back end and sharing, for
the chain's (n, m), shape HUMAN, one thread; above them the yardsticks of plain libsodium."""
import json
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 460, 64, 150, 40, 48
COLOURS = {"ifma": "#0a6", "avx2": "#06c", "u64": "#c50"}
NAMES = {"ifma": "AVX-512 IFMA", "avx2": "AVX2", "u64": "portable"}
SIZES = (1, 4, 16, 64, 256, 1024)
LOW, HIGH = 5.0, 5000.0


def x(batch):
    return LEFT + math.log(batch) / math.log(1024) * (WIDTH - LEFT - RIGHT)


def y(us):
    return TOP + math.log(HIGH / us) / math.log(HIGH / LOW) * (HEIGHT - TOP - BOTTOM)


def text(at_x, at_y, what, colour="#333", anchor="start", size=12):
    return (f'<text x="{at_x:.1f}" y="{at_y:.1f}" fill="{colour}" text-anchor="{anchor}" '
            f'font-size="{size}">{what}</text>')


def main():
    rows = [json.loads(line) for line in sys.stdin if line.startswith("{")]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           text(LEFT, 22, "Verifying a ring proof (HUMAN, 16 keys): microseconds per proof, one core",
                size=14)]
    for us in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(us):.1f}" y2="{y(us):.1f}" '
                   'stroke="#ddd"/>')
        out.append(text(LEFT - 8, y(us) + 4, us, anchor="end"))
    for size in SIZES:
        out.append(text(x(size), HEIGHT - BOTTOM + 18, size, anchor="middle"))
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "proofs in the batch", anchor="middle"))
    for name, label in (("LSAG-16 verify", "LSAG-16, libsodium"),):
        us = next(r["median"] for r in rows if r["name"] == name)
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(us):.1f}" y2="{y(us):.1f}" '
                   'stroke="#999" stroke-dasharray="6 4"/>')
        out.append(text(WIDTH - RIGHT + 6, y(us) + 4, label, "#666", size=11))
    for backend, colour in COLOURS.items():
        for shared in (False, True):
            line = sorted((r["batch"], r["median"]) for r in rows
                          if r["name"] == "verify (4,2)" and r["backend"] == backend
                          and r["shape"] == "HUMAN" and r["threads"] == 1
                          and r["ring_shared"] is shared)
            if not line:
                continue
            points = " ".join(f"{x(b):.1f},{y(us):.1f}" for b, us in line)
            dash = "" if not shared else ' stroke-dasharray="2 3"'
            out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" '
                       f'stroke-width="2"{dash}/>')
            out.append(text(WIDTH - RIGHT + 6, y(line[-1][1]) + 4,
                            NAMES[backend] + (", shared rings" if shared else ""), colour, size=11))
    print("\n".join(out + ["</svg>"]))


main()
