/* SPDX-License-Identifier: ISC */
/* What both models of agreement share: the votes signed so far, and the claims about them.
 *
 * Validators 0, 1, 2 are honest, 3 is Byzantine, all weigh 1, a quorum is 3; VIEWS views of one
 * term. Every vote ever signed may be seen by anybody at any time, in any order, or never; the
 * Byzantine validator has signed every vote there is, so two honest votes of one subject make a
 * certificate. Bodies always hold; time has no weight: a timeout can happen at any moment.
 *
 * Compile time: BYZ, a bit for each view that the Byzantine validator leads (bit 0: view 1; the
 * others are led by validator (view - 1) % 3). LATE 0: without late nullifies. BUG plants a mistake, to show that the claims can
 * fail: 1 finalize after nullify, 2 notarize twice in a view, 3 no look at the views between parent
 * and proposal, 4 (exact model) the guard is lost in a crash, 5 nullify late though finalized.
 *
 * A proposal of view v is one byte: 1 + 2 * parent view + variant. The parent is named by its view,
 * as there is at most one notarized proposal in it (asserted). */
#ifndef VIEWS
#define VIEWS 3
#endif
#ifndef BYZ
#define BYZ 1
#endif
#ifndef LATE
#define LATE 1
#endif
#ifndef BUG
#define BUG 0
#endif

#define W (VIEWS + 1)      /* views 0..VIEWS */
#define P (2 * VIEWS + 1)  /* proposals of a view, from 1 */
#define LEADER(v) (((BYZ) >> ((v) - 1)) & 1 -> 3 : ((v) - 1) % 3)
#define PARENT(p) (((p) - 1) / 2)

/* signed by honest validators, ever: how many of each subject, and which quorums that makes */
byte notes[W * P]; /* by view and proposal */
byte nulls[W];
byte finals[W];
byte notar[W];  /* the notarized proposal, 0: none */
bit nulld[W];
bit finald[W];
byte made[W]; /* what an honest leader proposed */

/* the guard of each honest node: view, phase (1 notarize, 2 nullify or finalize), proposal */
byte gv[3], gph[3], gp[3];
byte gf[3], gn[3]; /* its highest finalize vote; the views it has nullified, a bit each */
byte x, y; /* scratch, zero between steps */

#define BEFORE(i, v, ph) (gv[i] < (v) || (gv[i] == (v) && gph[i] < (ph)))
/* rule B: a nullify of a view long left, above the last finalize vote */
#define MAY_NULLIFY_LATE(i, v) (LATE && gv[i] > (v) && (gf[i] < (v) || BUG == 5) && !(gn[i] & (1 << (v))))
/* what the guard and rule C let a node finalize once v is notarized */
#define MAY_FINALIZE(i, v) (BEFORE(i, v, 1) || (gv[i] == v && gph[i] == 1 && gp[i] == notar[v]) || \
                            (BUG == 1 && gv[i] == v && gph[i] == 2 && gp[i] == 0))

/* Claims 1 to 3 of consensus/SPEC.md section 5, after each vote. */
inline passes_through(f, top) { /* the notarized chain of view top has the final view f in it */
    x = top;
    do
    :: x > f -> x = PARENT(notar[x])
    :: else -> break
    od;
    assert(x == f);
    x = 0
}

inline vote_notarize(i, v, p) {
    printf("+%d notarize %d %d\n", i, v, p);
    gv[i] = v; gph[i] = 1; gp[i] = p;
    notes[(v) * P + p]++;
    if
    :: notes[(v) * P + p] == 2 ->
        assert(notar[v] == 0);
        notar[v] = p;
        y = 1;
        do
        :: y < v -> if :: finald[y] -> passes_through(y, v) :: else fi; y++
        :: else -> break
        od;
        y = 0
    :: else
    fi
}

inline vote_nullify(i, v) {
    printf("+%d nullify %d 0\n", i, v);
    if :: gv[i] <= v -> gv[i] = v; gph[i] = 2; gp[i] = 0 :: else fi; /* late: the guard stays */
#if LATE
    gn[i] = gn[i] | (1 << v);
#endif
    nulls[v]++;
    if
    :: nulls[v] == 2 -> assert(!finald[v]); nulld[v] = 1
    :: else
    fi
}

inline vote_finalize(i, v) {
    printf("+%d finalize %d %d\n", i, v, notar[v]);
    gv[i] = v; gph[i] = 2; gp[i] = notar[v];
#if LATE
    gf[i] = v;
#endif
    finals[v]++;
    if
    :: finals[v] == 2 ->
        assert(!nulld[v]);
        finald[v] = 1;
        y = v;
        do
        :: y <= VIEWS -> if :: notar[y] != 0 -> passes_through(v, y) :: else fi; y++
        :: else -> break
        od;
        y = 0
    :: else
    fi
}

inline justified(v, pv) { /* x: 1 when the certificates it needs exist */
    x = (pv == 0 || notar[pv] != 0);
    y = pv + 1;
    do
    :: y < v -> if :: !nulld[y] && BUG != 3 -> x = 0 :: else fi; y++
    :: else -> break
    od;
    y = 0
}
