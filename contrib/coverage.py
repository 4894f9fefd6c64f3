#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""coverage.py BUILD [--files] [--least FOLDER=PERCENT,...]

Line coverage by folder of a build with PROFILE=cov whose tests were run (`make coverage`). A line
counts once, however many programs contain it. --files also lists every file, least covered first;
--least fails when a folder is below. Generated code is counted apart (gen).
"""
import argparse
import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile

FOLDERS = ("crypto", "storage", "consensus", "p2p", "node", "wallet")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--files", action="store_true", help="every file, least covered first")
    parser.add_argument("--least", default="", help="e.g. storage=90,p2p=90")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    data = [os.path.join(d, f) for folder in FOLDERS for d, _, files in os.walk(os.path.join(build, folder))
            for f in files if f.endswith(".gcno")]
    lines = collections.defaultdict(dict)  # file -> line -> ran
    with tempfile.TemporaryDirectory() as work:
        for at in range(0, len(data), 64):
            subprocess.run(["gcov", "--json-format", *data[at:at + 64]], cwd=work, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name in os.listdir(work):
            with gzip.open(os.path.join(work, name)) as f:
                for source in json.load(f)["files"]:
                    for line in source["lines"]:
                        n = line["line_number"]
                        lines[source["file"]][n] = lines[source["file"]].get(n, False) or line["count"] > 0
    folder_of = lambda path: "gen" if "/gen/" in path else path.split("/")[0]
    total, ran, files = collections.Counter(), collections.Counter(), []
    for path, its in lines.items():
        if folder_of(path) not in (*FOLDERS, "gen"):
            continue
        total[folder_of(path)] += len(its)
        ran[folder_of(path)] += sum(its.values())
        files.append((100 * sum(its.values()) / len(its), path, [n for n in sorted(its) if not its[n]]))
    if args.files:
        for share, path, missed in sorted(files):
            print(f"{share:6.1f} %  {path}  {' '.join(map(str, missed[:30]))}{' ...' if len(missed) > 30 else ''}")
    bad = 0
    least = dict(x.split("=") for x in args.least.split(",") if x)
    for folder in (*FOLDERS, "gen"):
        if not total[folder]:
            continue
        share = 100 * ran[folder] / total[folder]
        low = folder in least and share < float(least[folder])
        bad += low
        print(f"{folder:10s} {share:6.1f} %  of {total[folder]} lines{'  below ' + least[folder] if low else ''}")
    return 1 if bad or not total else 0


if __name__ == "__main__":
    sys.exit(main())
