# SPDX-License-Identifier: ISC
"""Names of refusals that a functional test has asserted, for contrib/hits.sh: a line each, appended to
$WEAL_HITS (tests/support/hits.h does it for unit tests). Without the variable nothing is written."""
import os


def hit(name):
    path = os.environ.get("WEAL_HITS")
    if path:
        with open(path, "a") as f:
            f.write(name + "\n")
    return name
