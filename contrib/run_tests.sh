#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: run_tests.sh [--unit|--replay] BUILDDIR unit-test...
#        run_tests.sh --functional BUILDDIR [NAME...]
# Runs the unit tests, replays the fuzz corpora and runs the functional tests (or only the named
# kind); prints one line each, the log of what failed, and closes with "N passed, M failed". Logs
# stay in BUILDDIR/log.
kind=all
case $1 in --unit | --replay | --functional) kind=${1#--}; shift ;; esac
b=$1; shift
log=$b/log; mkdir -p "$log"; passed=0; failed=0
WEAL_HITS=$(cd "$log" && pwd)/hits; export WEAL_HITS; : >"$WEAL_HITS"
one() { # name, command...
    name=$1; shift
    start=$(date +%s)
    if "$@" >"$log/$name.log" 2>&1; then
        passed=$((passed + 1)); printf 'ok    %-44s %4ds\n' "$name" $(($(date +%s) - start))
    else
        failed=$((failed + 1)); printf 'FAIL  %-44s %4ds\n' "$name" $(($(date +%s) - start))
        tail -n 40 "$log/$name.log" | sed 's/^/      | /'
    fi
}
names=' '
if [ $kind = functional ]; then
    names=" $* "
else
    for t in "$@"; do one "$(echo "${t#"$b"/}" | tr / -)" "$t"; done
fi
if [ $kind = all ] || [ $kind = replay ]; then
    for f in tests/fuzz/fuzz_*.c; do
        [ -e "$f" ] || continue
        n=$(basename "$f" .c)
        one "replay-$n" "$b/fuzz/$n" "tests/fuzz/corpus/${n#fuzz_}"
    done
fi
if [ $kind = all ] || [ $kind = functional ]; then
    for f in tests/functional/test_*.py tests/functional/test_*.sh; do
        [ -e "$f" ] || continue
        n=$(basename "$f" | sed 's/^test_//; s/\..*//')
        case $names in '  ' | ' ') ;; *" $n "*) ;; *) continue ;; esac
        case $f in *.py) run=python3 ;; *) run=sh ;; esac
        one "functional-$(basename "$f" | sed 's/\..*//')" env WEAL_BUILD="$b" $run "$f"
    done
fi
case $kind in
    all) one refusals sh contrib/hits.sh "$WEAL_HITS" ;;
    unit) one refusals sh contrib/hits.sh --unit "$WEAL_HITS" ;;
esac
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
