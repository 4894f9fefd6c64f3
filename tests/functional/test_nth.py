# SPDX-License-Identifier: ISC
"""Some of `make nth`: a call that fails beneath unit tests (tests/preload/README.md), where something
was found before, and sampled where files are written. Release builds only."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WEAL_BUILD", "build/release-gcc")
# once an abort, or a leak: what follows from an event, held effects, effects of block sync, a start
CORE = "weal_core_new,core_todo_push,hold,weal_chain_new,chain_new,parts_new"


def nth(*args):
    done = subprocess.run([sys.executable, "tests/preload/nth.py", BUILD, *args], cwd=ROOT)
    return done.returncode == 0


def main():
    if "release" not in os.path.basename(os.path.normpath(BUILD)):
        print("release builds only")
        return
    good = [
        nth("--limit", "12", "--after", "1", "storage/test_disk", "wallet/test_keep"),
        nth("--limit", "8", "--after", "1", "wallet/test_checkpoint", "node/test_chain",
            "node/test_mempool", "node/test_pool"),
        nth("--kinds", "alloc", "--count", "2", "--after", "0.5", "--limit", "10", "--in", CORE,
            "node/test_refusals"),
        nth("--kinds", "alloc", "--count", "2", "--after", "0.5", "--limit", "1", "--in",
            "sync_emit", "node/test_catchup"),
    ]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
