#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: hits.sh [--unit] FILE
# Every refusal has been seen by a test: FILE has the names that tests asserted while they ran (one a
# line, see tests/support/hits.h), the lists are crypto/base/verdict.def and the names of errors in
# node/rpc. --unit: only unit tests were run. Prints names nobody saw and exits with 1, or the count.
unit=; [ "$1" = --unit ] && { unit=1; shift; }
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT || exit 1
# what no test can bring about, and why
except() {
    echo proof-challenge # a hash that is zero modulo the group order: 2^-252
    echo rpc-busy        # asked in the milliseconds between listening and the first state
    # asserted by functional tests, from vectors that a dishonest prover made
    [ -z "$unit" ] || printf 'proof-eq-tag0\nproof-eq-tag1\n'
}
sed -n 's/^V([A-Z0-9_]*, "\([^"]*\)".*/\1/p' crypto/base/verdict.def >"$dir/list"
[ "$unit" ] || grep -rhoE '"rpc-[a-z-]+"' node --include=*.c | tr -d '"' >>"$dir/list"
except | sort -u >"$dir/except"
sort -u "$dir/list" -o "$dir/list"
sort -u "$1" >"$dir/seen"
comm -23 "$dir/list" "$dir/seen" | comm -23 - "$dir/except" >"$dir/missing"
comm -23 "$dir/except" "$dir/list" | grep -v '^rpc-' >"$dir/stale"
if [ -s "$dir/missing" ] || [ -s "$dir/stale" ]; then
    sed 's/^/no test sees the refusal /' "$dir/missing"
    sed 's/^/no such refusal, but excepted: /' "$dir/stale"
    exit 1
fi
echo "hits: $(wc -l <"$dir/list") refusals, each seen by a test, but for $(wc -l <"$dir/except")"
