#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs what building, testing and the page test need on Debian 12; does nothing when all is there.
set -eu
need="gcc clang libclang-rt-14-dev make pkg-config python3 curl libsodium-dev libsecp256k1-dev liblmdb-dev libuv1-dev
 libjansson-dev libwebsockets-dev libwebsockets-evlib-uv libcmocka-dev libqrencode-dev libzstd-dev
 valgrind clang-format man-db chromium spin"
missing=
for p in $need; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -q
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $missing
