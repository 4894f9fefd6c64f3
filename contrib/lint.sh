#!/bin/sh
# SPDX-License-Identifier: ISC
# What can be checked by reading: layout, file sizes, leftover marks, a licence line in every source.
bad=0
say() { echo "lint: $1"; bad=1; }
files=$(git ls-files '*.c' '*.h' | grep -v /gen/)
for f in $files; do
    head -n 1 "$f" | grep -q SPDX-License-Identifier || say "$f has no licence line"
    n=$(wc -l <"$f"); [ "$n" -le 800 ] || say "$f has $n lines; 800 at most"
done
marks='TO''DO|FIX''ME|XX''X|HA''CK'
git grep -nIE "\\b($marks)\\b" -- . && say "leftover marks"
for d in crypto storage consensus p2p node wallet tests contrib; do
    [ -e "$d/README.md" ] || say "$d has no README.md"
done
# rows the ledger rests on: the first table of ROWS.md
for id in $(sed '/^Of parts to come/,$d' consensus/ROWS.md | sed -n 's/^| \([A-Z]*-[0-9]*\) .*/\1/p'); do
    name=$(echo "$id" | tr 'A-Z-' 'a-z_')_
    git grep -qE "\\b$name[a-z0-9_]+[(:]" -- tests/unit tests/functional || say "row $id has no test named $name..."
done
if command -v clang-format >/dev/null; then
    for f in $files; do clang-format --dry-run -Werror "$f" 2>/dev/null || say "$f is not laid out by clang-format"; done
fi
[ $bad = 0 ] && echo "lint: clean"
exit $bad
