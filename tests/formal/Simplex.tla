------------------------------- MODULE Simplex -------------------------------
(* Safety of agreement (consensus/SPEC.md), for reading. The same as simplex_safety.pml, which is   *)
(* what is searched: a node is its signing guard, knows any certificate that could exist, and       *)
(* crashes by being forgetful. For TLC: Views = 3, Honest = {h1, h2, h3}, Byzantine = {b},          *)
(* Leader <- a function of your choice.                                                             *)
EXTENDS Naturals, FiniteSets

CONSTANTS Honest, Byzantine, Views, Leader  \* Leader \in [1..Views -> Honest \cup Byzantine]

N == Cardinality(Honest) + Cardinality(Byzantine)
Quorum(S) == 3 * Cardinality(S) > 2 * N      \* all weigh 1
Variants == {0, 1}
\* A proposal of view v names its parent by view: the parent is the one notarized there.
Proposals(v) == [parent : 0..(v - 1), variant : Variants]
NoGuard == [view |-> 0, phase |-> 0, what |-> "none"]

VARIABLES guard,      \* of each honest node: the last vote it signed
          notarizes,  \* {<<node, view, proposal>>} ever signed by honest nodes
          nullifies,  \* {<<node, view>>}
          finalizes,  \* {<<node, view, proposal>>}
          made        \* {<<view, proposal>>} by honest leaders
vars == <<guard, notarizes, nullifies, finalizes, made>>

(* Certificates: the Byzantine have signed everything. *)
Notarized(v, p) == Quorum({n \in Honest : <<n, v, p>> \in notarizes} \cup Byzantine)
Nullified(v)    == Quorum({n \in Honest : <<n, v>> \in nullifies} \cup Byzantine)
Finalized(v, p) == Quorum({n \in Honest : <<n, v, p>> \in finalizes} \cup Byzantine)
SomeNotarized(v) == v = 0 \/ \E p \in Proposals(v) : Notarized(v, p)
Entered(v) == v = 1 \/ SomeNotarized(v - 1) \/ Nullified(v - 1)
Justified(v, p) == /\ SomeNotarized(p.parent)
                   /\ \A u \in (p.parent + 1)..(v - 1) : Nullified(u)

Before(n, v, ph) == guard[n].view < v \/ (guard[n].view = v /\ guard[n].phase < ph)
Sign(n, v, ph, w) == guard' = [guard EXCEPT ![n] = [view |-> v, phase |-> ph, what |-> w]]

Init == /\ guard = [n \in Honest |-> NoGuard]
        /\ notarizes = {} /\ nullifies = {} /\ finalizes = {} /\ made = {}

Nullify(n, v) ==  \* rule T: a timeout can happen at any moment
    /\ Entered(v) /\ Before(n, v, 2)
    /\ nullifies' = nullifies \cup {<<n, v>>}
    /\ Sign(n, v, 2, "nullify")
    /\ UNCHANGED <<notarizes, finalizes, made>>

NullifyLate(n, v) ==  \* rule B: of a view long left, above the last finalize vote; the guard stays
    /\ v < guard[n].view
    /\ ~ \E u \in v..Views : \E p \in Proposals(u) : <<n, u, p>> \in finalizes
    /\ nullifies' = nullifies \cup {<<n, v>>}
    /\ UNCHANGED <<guard, notarizes, finalizes, made>>

Propose(n, v, p) ==  \* rule P
    /\ Leader[v] = n /\ Entered(v) /\ Before(n, v, 1) /\ Justified(v, p)
    /\ ~ \E q \in Proposals(v) : <<v, q>> \in made
    /\ made' = made \cup {<<v, p>>}
    /\ notarizes' = notarizes \cup {<<n, v, p>>}
    /\ Sign(n, v, 1, p)
    /\ UNCHANGED <<nullifies, finalizes>>

Notarize(n, v, p) ==  \* rule N; a Byzantine leader makes any proposal
    /\ Leader[v] # n /\ (Leader[v] \in Byzantine \/ <<v, p>> \in made)
    /\ Entered(v) /\ Before(n, v, 1) /\ Justified(v, p)
    /\ notarizes' = notarizes \cup {<<n, v, p>>}
    /\ Sign(n, v, 1, p)
    /\ UNCHANGED <<nullifies, finalizes, made>>

Finalize(n, v, p) ==  \* rule C, and what the guard adds
    /\ Notarized(v, p)
    /\ Before(n, v, 1) \/ guard[n] = [view |-> v, phase |-> 1, what |-> p]
    /\ finalizes' = finalizes \cup {<<n, v, p>>}
    /\ Sign(n, v, 2, p)
    /\ UNCHANGED <<notarizes, nullifies, made>>

Next == \E n \in Honest, v \in 1..Views :
            \/ Nullify(n, v) \/ NullifyLate(n, v)
            \/ \E p \in Proposals(v) : Propose(n, v, p) \/ Notarize(n, v, p) \/ Finalize(n, v, p)

Spec == Init /\ [][Next]_vars

(* Section 5 of the specification. *)
UniqueNotarization == \A v \in 1..Views : \A p, q \in Proposals(v) :
                          Notarized(v, p) /\ Notarized(v, q) => p = q
FinalIsNotNull == \A v \in 1..Views : \A p \in Proposals(v) : ~ (Finalized(v, p) /\ Nullified(v))
FinalIsNotarized == \A v \in 1..Views : \A p \in Proposals(v) : Finalized(v, p) => Notarized(v, p)
\* No notarized chain jumps over a final view.
ChainsPass == \A x, y \in 1..Views : \A p \in Proposals(x), q \in Proposals(y) :
                  (x < y /\ Finalized(x, p) /\ Notarized(y, q)) => q.parent >= x
Safety == UniqueNotarization /\ FinalIsNotNull /\ FinalIsNotarized /\ ChainsPass
=============================================================================
