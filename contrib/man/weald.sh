#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: weald.sh WEALD   writes weald.8 from the program's own list of keys (weald --print-config)
cat <<'HEAD'
.\" SPDX-License-Identifier: ISC
.\" Made by contrib/man/weald.sh (make man); do not edit.
.TH WEALD 8 "" "Weal" "System administration"
.SH NAME
weald \- the daemon of Weal
.SH SYNOPSIS
.B weald
[\fB\-\-config=\fIFILE\fR] [\fB\-\-\fISECTION\fB.\fIKEY\fB=\fIVALUE\fR ...]
.br
.B weald keygen
.I FILE
.br
.B weald fsck
.I DATADIR
.br
.B weald \-\-check\-config \fR|\fB \-\-print\-config \fR|\fB \-\-version \fR|\fB \-\-help
.SH DESCRIPTION
Follows a chain, checks every block of it, serves JSON\-RPC, a page to look at and metrics, and, with a
validator's key, proposes and votes.
.B keygen
makes a validator's two secrets in a file and prints the public keys that a genesis wants.
.B fsck
reads everything in a data directory that no daemon uses and says what is damaged.
.PP
Keys are read from the file, then from the environment (\fBWEAL_\fISECTION\fB_\fIKEY\fR), then from the
command line; the later wins.
.B \-\-check\-config
names every mistake with its file, line, key and range;
.B \-\-print\-config
writes a complete, commented file.
SIGTERM and SIGINT stop it cleanly; a second one ends it at once (exit status 130).
It logs to standard error or a file, one line an event. SIGHUP opens the file anew, after it was moved
away, and no line is lost: with logrotate,
.B postrotate
is
.IR "kill \-HUP" .
.SH KEYS
HEAD
"$1" --print-config | sed 's/\\/\\e/g; s/-/\\-/g' | awk '
    /^\[/ { section = substr($0, 2, length($0) - 2); print ".SS " section; next }
    /^; / { help = substr($0, 3); next }
    / =/  { eq = index($0, " ="); key = substr($0, 1, eq - 1); value = substr($0, eq + 3)
            print ".TP"; print ".B " section "." key
            print toupper(substr(help, 1, 1)) substr(help, 2) "." (value == "" ? "" : " Default: " value ".") }'
cat <<'TAIL'
.SH FILES
.TP
.I DATADIR/.cookie
64 hex digits that give the admin role of RPC; new at each start, readable by its owner only.
.TP
.I DATADIR/peer.key
the node's identity towards peers.
.PP
README.md of node/ lists the rest of the data directory.
.SH EXIT STATUS
.TP
.B 0
stopped cleanly
.TP
.B 2
wrong usage
.TP
.B 3
configuration or genesis refused, or a port is taken
.TP
.B 4
data directory in use, damaged, or of another chain
.TP
.B 75
disk full or failing
.SH SEE ALSO
.BR weal (1)
TAIL
