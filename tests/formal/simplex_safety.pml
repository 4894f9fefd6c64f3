/* SPDX-License-Identifier: ISC */
/* Safety of agreement, checked exhaustively. A node is nothing but its signing guard: what it knows
 * of certificates is whatever it could know, anew at every step. So this model can do all that nodes
 * can, crashes with the loss of everything else included, and more (it may vote in a view it has
 * left, if the guard lets it); what holds here holds there. votes.pml says what is assumed. */
#include "votes.pml"

#define ENTERED(v) ((v) == 1 || notar[(v) - 1] != 0 || nulld[(v) - 1])

proctype Node(byte i) {
    byte v, p;
    do
    /* T */
    :: atomic { select(v : 1 .. VIEWS);
        d_step {
            if
            :: ENTERED(v) && BEFORE(i, v, 2) -> vote_nullify(i, v)
            :: else
            fi;
            v = 0
        }
    }
    /* B */
    :: atomic { select(v : 1 .. VIEWS - 1);
        d_step {
            if
            :: MAY_NULLIFY_LATE(i, v) -> vote_nullify(i, v)
            :: else
            fi;
            v = 0
        }
    }
    /* P, N: any proposal with a justification; an honest leader makes one, its first variant */
    :: atomic { select(v : 1 .. VIEWS); select(p : 1 .. 2 * VIEWS);
        d_step {
            if
            :: PARENT(p) < v && ENTERED(v) && (BEFORE(i, v, 1) || (BUG == 2 && gp[i] != p)) ->
                justified(v, PARENT(p));
                if
                :: x && LEADER(v) == 3 -> x = 0; vote_notarize(i, v, p)
                :: x && LEADER(v) == i && made[v] == 0 -> x = 0; made[v] = p; vote_notarize(i, v, p)
                :: x && LEADER(v) != i && LEADER(v) != 3 && made[v] == p -> x = 0; vote_notarize(i, v, p)
                :: else -> x = 0
                fi
            :: else
            fi;
            v = 0; p = 0
        }
    }
    /* C */
    :: atomic { select(v : 1 .. VIEWS);
        d_step {
            if
            :: notar[v] != 0 && MAY_FINALIZE(i, v) -> vote_finalize(i, v)
            :: else
            fi;
            v = 0
        }
    }
    od
}

init { atomic { run Node(0); run Node(1); run Node(2) } }
