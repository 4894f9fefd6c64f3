#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks the models with spin.
#   run.sh quick   what fits in some seconds, and every planted mistake
#   run.sh all     three views under every assignment of leaders (an hour, at most 12 GB)
#   run.sh walks   prints random walks, for tests/vectors/simplex_walks.txt
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
good=0

search() { # model, -D...: prints states and errors
    model=$1; shift
    spin -a "$@" "$here/$model.pml" >spin.log 2>&1 || { cat spin.log; exit 1; }
    cc -O2 -w -DSAFETY -DNOREDUCE -DCOLLAPSE -DMEMLIM=12000 -o pan pan.c
    ./pan -m1000000 -w22 >pan.log 2>&1 || true
    states=$(sed -n 's/ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
    errors=$(sed -n 's/.*errors: \([0-9]*\)$/\1/p' pan.log)
    ! grep -q 'max search depth too small\|out of memory\|memory limit' pan.log || errors=incomplete
    printf '%-16s %-42s %10s states  errors: %s\n' "$model" "$*" "$states" "$errors"
}
holds() { search "$@"; [ "$errors" = 0 ] || { cat pan.log; exit 1; }; good=$((good + 1)); }
fails() { search "$@"; [ "$errors" = 1 ] || { echo "the planted mistake was not found"; exit 1; }; good=$((good + 1)); }

case ${1:-quick} in
quick)
    for byz in 0 1 2 3; do holds simplex_safety -DVIEWS=2 -DBYZ=$byz; done
    holds simplex_safety -DVIEWS=3 -DBYZ=1 -DLATE=0
    for bug in 1 2 3 5; do fails simplex_safety -DVIEWS=3 -DBYZ=7 -DBUG=$bug; done
    fails simplex_exact -DVIEWS=2 -DBYZ=3 -DCRASH=1 -DBUG=4
    ;;
all)
    for byz in 0 1 2 3 4 5 6 7; do holds simplex_safety -DVIEWS=3 -DBYZ=$byz; done
    for byz in 0 1 2 3; do holds simplex_exact -DVIEWS=2 -DBYZ=$byz; done
    ;;
walks)
    for seed in $(seq 1 60); do
        byz=$((seed * 7919 % 256))
        echo "walk 8 $byz"
        spin -DVIEWS=8 -DBYZ=$byz -DCALM=$((seed % 40)) -n"$seed" -u60000 "$here/simplex_exact.pml" |
            sed -n 's/^ *\([@+]\)/\1/p'
    done
    exit 0
    ;;
*) sed -n '3,7p' "$0"; exit 2 ;;
esac
echo "$good searches as expected"
