#!/bin/sh
# SPDX-License-Identifier: ISC
# Secrets never enter our own arithmetic: no object that proves, nor any that it calls, refers to
# crypto/curve, crypto/msm, crypto/batch or the vector code of crypto/sig.
set -eu
b=$WEAL_BUILD/crypto
ours=$(nm -g --defined-only "$b"/curve/*.o "$b"/msm/*.o "$b"/batch/*.o \
    "$b"/sig/many.o "$b"/sig/secp_ifma.o | awk 'NF == 3 { print $3 }')
calls() { nm -u "$1" | awk '{ print $2 }' | while read -r s; do
    printf '%s\n' "$ours" | grep -Fx -- "$s" || :; done; }
for o in ring/prove ring/prove_keys ring/prove_linear ring/statement ring/bases ring/generators \
    hash/hash sig/sig; do
    [ -e "$b/$o.o" ] || { echo "no $o.o"; exit 1; }
    bad=$(calls "$b/$o.o")
    [ -z "$bad" ] || { echo "$o.o calls $bad"; exit 1; }
done
[ -n "$(calls "$b/batch/eval.o")" ] && [ -n "$(calls "$b/sig/many.o")" ] # the check can fail: the verifier does call them
echo ok
