#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: check_pure.sh BUILDDIR layer...
# Fails when a core archive calls the outside world. Allowed: what core archives define themselves,
# and the names in contrib/pure/common.txt and contrib/pure/<layer>.txt; objects listed in
# contrib/pure/<layer>.except (the file and database writers) are not looked at.
here=$(dirname "$0")/pure
b=$1; shift; bad=0
def=$(for l in "$@"; do nm -g --defined-only "$b/lib$l.a" 2>/dev/null; done | awk 'NF==3{print $3}' | sort -u)
for l in "$@"; do
    except=$(cat "$here/$l.except" 2>/dev/null)
    ok=$(cat "$here/common.txt" "$here/$l.txt" 2>/dev/null | grep -v '^#')
    out=$(nm -uA "$b/lib$l.a" 2>/dev/null | awk '{split($1,a,":"); print a[2], $NF}' |
        { if [ -n "$except" ]; then grep -vwF "$except"; else cat; fi; } |
        while read -r o s; do printf '%s\n' "$def" "$ok" | grep -qFx -- "$s" || echo "$l/$o calls $s"; done)
    [ -z "$out" ] || { echo "impure calls in a core:"; echo "$out" | sort | uniq -c; bad=1; }
done
[ $bad = 0 ] && echo "check-pure: cores call nobody outside"
exit $bad
