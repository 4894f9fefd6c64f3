#!/bin/sh
# SPDX-License-Identifier: ISC
# The draw vectors are what the Python model gives today.
python3 tests/model/draw.py | cmp - tests/vectors/draw.txt
