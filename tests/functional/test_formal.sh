#!/bin/sh
# SPDX-License-Identifier: ISC
# The formal models of agreement hold where they can be searched in seconds, and find every planted
# mistake; `make formal` searches them wholly.
exec sh tests/formal/run.sh quick
