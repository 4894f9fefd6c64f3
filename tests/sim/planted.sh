#!/bin/sh
# SPDX-License-Identifier: ISC
# planted.sh [NAME...]: plants each bug of planted/*.patch in a copy of the sources, builds weal-sim there,
# and runs seeds until one breaches; an assertion, a signal, or a seed of over five minutes is found, too.
# Fails when a bug is not found within LIMIT seeds (400).
# planted.sh --check: only that every patch still applies.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$here"
if [ "${1-}" = --check ]; then
    for p in tests/sim/planted/*.patch; do
        git apply --check "$p" || { echo "planted: $p does not apply any more"; exit 1; }
    done
    echo "planted: all patches apply"
    exit 0
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT INT TERM
git ls-files | grep -v '^tests/fuzz/corpus' | tar -cf - -T - | tar -xf - -C "$copy"
cd "$copy"
make -s build/release-gcc/bin/weal-sim >/dev/null
status=0
for p in tests/sim/planted/*.patch; do
    name=$(basename "$p" .patch)
    [ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
    args=$(sed -n '1s/^# //p' "$p")
    patch -s -p1 <"$p"
    make -s build/release-gcc/bin/weal-sim >/dev/null
    begin=$(date +%s)
    seed=1
    found=
    while [ -z "$found" ] && [ $seed -le "${LIMIT:-400}" ]; do
        ended=0
        # shellcheck disable=SC2086
        timeout 300 build/release-gcc/bin/weal-sim --seed $seed --quiet $args >/dev/null 2>said || ended=$?
        case $ended in
            0) ;;
            1) found=$(sed -n 's/^BREACH [a-z ]*seed \([0-9]*\)[^:]*: \(.*\)/\1: \2/p' said | head -1) ;;
            64) cat said; exit 64 ;;
            124) found="$seed: goes on for ever" ;;
            *) found="$seed: ended by signal $((ended - 128)): $(tail -1 said)" ;;
        esac
        seed=$((seed + 1))
    done
    printf '%-26s %s (%s s)\n' "$name" "${found:-NOT FOUND}" $(($(date +%s) - begin))
    [ -n "$found" ] || status=1
    patch -s -R -p1 <"$p"
done
exit $status
