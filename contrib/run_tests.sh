#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: run_tests.sh [--unit|--replay] BUILDDIR unit-test...
#        run_tests.sh --functional BUILDDIR [NAME...]
# Runs the unit tests, replays the fuzz corpora and runs the functional tests (or only the named
# kind), LANES (2) at a time, those that take long first among their kind; prints one line each, the
# log of what failed, and closes with "N passed, M failed". Logs stay in BUILDDIR/log.
kind=all
case $1 in --unit | --replay | --functional | --one) kind=${1#--}; shift ;; esac

if [ "$kind" = one ]; then # one job: "NAME COMMAND..." in one argument; LOG, WEAL_LANE in the environment
    set -f; set -- $1; name=$1; shift
    start=$(date +%s)
    if "$@" >"$LOG/$name.log" 2>&1; then
        echo ok >>"$LOG/results"
        printf 'ok    %-44s %4ds\n' "$name" $(($(date +%s) - start))
    else
        echo FAIL >>"$LOG/results"
        said=$(printf 'FAIL  %-44s %4ds' "$name" $(($(date +%s) - start))
               echo; tail -n 40 "$LOG/$name.log" | sed 's/^/      | /')
        printf '%s\n' "$said"
    fi
    exit 0
fi

WEAL_BUILD=$1; shift
LOG=$WEAL_BUILD/log; mkdir -p "$LOG"; : >"$LOG/results"
WEAL_HITS=$(cd "$LOG" && pwd)/hits; : >"$WEAL_HITS"
LANES=${LANES:-2}
export WEAL_BUILD WEAL_HITS LOG LANES
names=' '
long='formal people agent network seat sync_liars module terms upgrade adversary'

list() { # the jobs, a line each
    if [ $kind = functional ]; then
        names=" $* "
    else
        for t in "$@"; do echo "$(echo "${t#"$WEAL_BUILD"/}" | tr / -) $t"; done
    fi
    if [ $kind = all ] || [ $kind = replay ]; then
        for f in tests/fuzz/fuzz_*.c; do
            n=$(basename "$f" .c)
            echo "replay-$n $WEAL_BUILD/fuzz/$n tests/fuzz/corpus/${n#fuzz_}"
        done
    fi
    if [ $kind = all ] || [ $kind = functional ]; then
        for f in $(for n in $long; do echo tests/functional/test_$n.*; done) \
                 tests/functional/test_*.py tests/functional/test_*.sh; do
            n=$(basename "$f" | sed 's/^test_//; s/\..*//')
            case $names in '  ' | ' ') ;; *" $n "*) ;; *) continue ;; esac
            case $f in *.py) run=python3 ;; *) run=sh ;; esac
            echo "functional-test_$n $run $f"
        done | awk '!seen[$0]++'
    fi
}
run() { xargs -r -d '\n' -n 1 -P "$1" --process-slot-var=WEAL_LANE sh "$0" --one; }

list "$@" >"$LOG/jobs"
run "$LANES" <"$LOG/jobs"
case $kind in
    all) echo "refusals sh contrib/hits.sh $WEAL_HITS" ;;
    unit) echo "refusals sh contrib/hits.sh --unit $WEAL_HITS" ;;
esac >"$LOG/last"
run 1 <"$LOG/last"
# a job of which nothing is known, as its lane was killed, has failed, too
passed=$(grep -c ok "$LOG/results"); failed=$(($(cat "$LOG/jobs" "$LOG/last" | wc -l) - passed))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
