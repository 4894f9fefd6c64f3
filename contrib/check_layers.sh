#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: check_layers.sh BUILDDIR folder:allowed,allowed ...
# Reads the dependency files the compiler wrote, so indirect includes count too.
b=$1; shift; bad=0
for l in "$@"; do
    f=${l%%:*}; ok=$(printf %s "${l#*:}" | tr , '|')
    out=$(find "$b/$f" -name '*.d' -exec cat {} + 2>/dev/null | tr ' \\' '\n\n' |
        grep -E '^(crypto|storage|consensus|p2p|wallet|node|tests)/' | grep -Ev "^($ok)/" | grep -v ':$' | sort -u)
    # a wallet may use of consensus only what a wallet needs
    if [ "$f" = wallet ]; then
        more=$(find "$b/$f" -name '*.d' -exec cat {} + 2>/dev/null | tr ' \\' '\n\n' | grep '^consensus/' |
            grep -v ':$' | grep -Ev '^consensus/(gen/|light/|params|genesis|tx|exec/tables\.def)' | sort -u)
        out="$out${more:+
$more}"
    fi
    [ -z "$(printf %s "$out" | tr -d '\n')" ] || { echo "$f must not include:"; echo "$out"; bad=1; }
done
[ $bad = 0 ] && echo "check-layers: every folder keeps to its place"
exit $bad
