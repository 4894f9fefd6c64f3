#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: fuzz.sh BUILDDIR SECONDS [target...]
# Runs every libFuzzer target (or those named, without "fuzz_") for some seconds each, from the
# corpus in tests/fuzz/corpus. New inputs go to BUILDDIR/corpus, and what breaks to BUILDDIR/crash;
# both survive, so the next run goes on. Fails when any target failed.
set -eu
b=$1; seconds=$2; shift 2
mkdir -p "$b/log"; bad=0; n=0
for t in ${*:-$(cd tests/fuzz && ls fuzz_*.c | sed 's/fuzz_\(.*\)\.c/\1/')}; do
    mkdir -p "$b/corpus/$t" "$b/crash/$t"
    if "$b/fuzz/fuzz_$t" -max_total_time="$seconds" -rss_limit_mb=3000 -timeout=20 -print_final_stats=1 \
        -artifact_prefix="$b/crash/$t/" "$b/corpus/$t" "tests/fuzz/corpus/$t" >"$b/log/fuzz_$t.log" 2>&1; then
        ok=ok
    else
        ok=FAIL; bad=$((bad + 1)); tail -n 30 "$b/log/fuzz_$t.log" | sed 's/^/      | /'
    fi
    n=$((n + 1))
    printf '%-5s %-28s %12s runs %8s edges %6s kept\n' $ok "$t" \
        "$(sed -n 's/stat::number_of_executed_units: *//p' "$b/log/fuzz_$t.log")" \
        "$(sed -n 's/.*cov: \([0-9]*\) .*/\1/p' "$b/log/fuzz_$t.log" | tail -1)" "$(ls "$b/corpus/$t" | wc -l)"
done
echo "$n targets, $bad failed"
[ "$bad" = 0 ]
