#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: run.sh BUILDDIR [PEOPLE]
# A fresh local network under devnet/<time>; Ctrl-C stops it.
set -eu
root=devnet/$(date +%Y%m%d-%H%M%S)
mkdir -p devnet
exec python3 "$(dirname "$0")/devnet.py" "$1" "$root" "${2:-48}"
