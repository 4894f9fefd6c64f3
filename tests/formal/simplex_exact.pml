/* SPDX-License-Identifier: ISC */
/* Agreement with everything a node remembers: view, guard, held certificates, the proposal it took.
 * Exhaustive for two views; for more, random walks through it are replayed against the machine
 * itself (tests/unit/consensus/bft/test_bft_model.c). votes.pml says what is assumed.
 *
 * Left out: re-proposals, and a leader who shows one node two proposals (the node would give up the
 * view, as it may here anyway). CRASH is how often each node may lose everything but its guard,
 * which is more than a crash takes: the log keeps certificates too.
 * CALM makes timeouts rarer in a random walk. */
#ifndef CALM
#define CALM 0
#endif
#ifndef CRASH
#define CRASH 0
#endif
#include "votes.pml"

/* of each node */
byte view[3] = 1;
bit held_notar[3 * W], held_null[3 * W];
byte final[3];
byte seen[3]; /* proposal taken in the present view */
byte crashes[3];

inline enter(i, v) {
    if
    :: view[i] < v -> view[i] = v; seen[i] = 0
    :: else
    fi
}

/* Rule C: the block of a notarization holds; finalize, unless something was signed that forbids it. */
inline certify(i, v) {
    held_notar[i * W + v] = 1;
    if
    :: MAY_FINALIZE(i, v) -> vote_finalize(i, v)
    :: else
    fi;
    enter(i, v + 1)
}

/* Rule N: proposal p of the node's view, with its justification. */
inline take(i, p) {
    seen[i] = p;
    x = PARENT(p);
    if
    :: x > final[i] && !held_notar[i * W + x] -> y = x; x = 0; certify(i, y); x = y; y = 0
    :: else
    fi;
    x++;
    do
    :: x < view[i] -> if :: x > final[i] && nulld[x] -> held_null[i * W + x] = 1 :: else fi; x++
    :: else -> break
    od;
    x = 0;
    if
    :: BEFORE(i, view[i], 1) || BUG == 2 -> vote_notarize(i, view[i], p)
    :: else
    fi
}

mtype = {nullify, propose, take_proposal, notarization, nullification, finalization}
#define SAY(what, v, p) printf("@%d %e %d %d\n", i, what, v, p)

proctype Node(byte i) {
    byte v, p;
    do
    /* T: a timeout */
    :: atomic { select(v : 0 .. CALM);
        d_step {
            if
            :: v == 0 && view[i] <= VIEWS && BEFORE(i, view[i], 2) ->
                SAY(nullify, view[i], 0);
                vote_nullify(i, view[i])
            :: else
            fi;
            v = 0
        }
    }
    /* P: the leader; the parent is the first held one below, over nullified views */
    :: d_step { view[i] <= VIEWS && LEADER(view[i]) == i && made[view[i]] == 0 && BEFORE(i, view[i], 1) ->
        x = view[i] - 1;
        do
        :: x != 0 && x != final[i] && !held_notar[i * W + x] && held_null[i * W + x] -> x--
        :: else -> break
        od;
        if
        :: x == 0 || x == final[i] || held_notar[i * W + x] ->
            p = 1 + 2 * x; x = 0;
            made[view[i]] = p; seen[i] = p;
            SAY(propose, view[i], p);
            vote_notarize(i, view[i], p)
        :: else -> x = 0
        fi;
        p = 0
    }
    /* N */
    :: atomic { view[i] <= VIEWS && seen[i] == 0 && LEADER(view[i]) != i && BEFORE(i, view[i], 1) ->
        if
        :: LEADER(view[i]) != 3 -> p = made[view[i]]
        :: LEADER(view[i]) == 3 -> select(v : 0 .. view[i] - 1); p = 1 + 2 * v
        :: LEADER(view[i]) == 3 -> select(v : 0 .. view[i] - 1); p = 2 + 2 * v
        fi;
        v = 0;
        d_step {
            if
            :: p != 0 && PARENT(p) >= final[i] ->
                justified(view[i], PARENT(p));
                if
                :: x -> x = 0; SAY(take_proposal, view[i], p); take(i, p)
                :: else
                fi
            :: else
            fi;
            x = 0; p = 0
        }
    }
    /* C, S, F: a certificate arrives */
    :: atomic { select(v : 1 .. VIEWS);
        d_step {
            if
            :: notar[v] != 0 && !held_notar[i * W + v] && v > final[i] -> SAY(notarization, v, notar[v]); certify(i, v)
            :: else
            fi;
            v = 0
        }
    }
    :: atomic { select(v : 1 .. VIEWS);
        d_step {
            if
            :: nulld[v] && !held_null[i * W + v] && v > final[i] ->
                SAY(nullification, v, 0); held_null[i * W + v] = 1; enter(i, v + 1)
            :: else
            fi;
            v = 0
        }
    }
    :: atomic { select(v : 1 .. VIEWS);
        d_step {
            if
            :: finald[v] && v > final[i] ->
                SAY(finalization, v, notar[v]); final[i] = v; held_notar[i * W + v] = 1; enter(i, v + 1)
            :: else
            fi;
            v = 0
        }
    }
#if CRASH
    /* everything but the guard is lost, and the node begins again in view 1 */
    :: d_step { crashes[i] < CRASH ->
        crashes[i]++;
        x = 0;
        do
        :: x < W -> held_notar[i * W + x] = 0; held_null[i * W + x] = 0; x++
        :: else -> break
        od;
        x = 0;
        final[i] = 0; view[i] = 1; seen[i] = 0;
        if :: BUG == 4 -> gv[i] = 0; gph[i] = 0; gp[i] = 0 :: else fi
    }
#endif
    od
}

init { atomic { run Node(0); run Node(1); run Node(2) } }
