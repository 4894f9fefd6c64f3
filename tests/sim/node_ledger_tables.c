/* SPDX-License-Identifier: ISC */
/* Whole tables against the twin: every record that is there is the twin's, field by field, and
 * there are as many. Fields that say nothing in a record's present state are not looked at. */
#include "consensus/mod/module.h"
#include "tests/sim/node_ledger.h"

enum { LOOK = 1 << 20 };
_Alignas(64) static uint8_t mem[LOOK]; /* one thread */

static void compare_accounts(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0, expected = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    x->twin->now++; /* as the look has it: the next block's earliest time */
    struct weal_key prefix = weal_key(WEAL_T_ACCOUNT), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        const uint8_t *key = k.b + 1;
        const struct twin_account *t = twin_find(x->twin, key);
        char id[13];
        ledger_short(id, key);
        uint64_t nonce = chain_nonce(x->c, key), it = chain_balance(x->c, key, WEAL_ASSET_IT),
                 ibc = chain_balance(x->c, key, WEAL_ASSET_IBC);
        if (!t || !t->exists)
            people_breach(x->w, "account %s exists, and not for the twin", id);
        else if (nonce != t->nonce || it != t->it || ibc != twin_balance(x->twin, key, 2))
            people_breach(
                x->w, "account %s: nonce %llu IT %llu IBC %llu; the twin has %llu %llu %llu", id,
                (unsigned long long)nonce, (unsigned long long)it, (unsigned long long)ibc,
                (unsigned long long)t->nonce, (unsigned long long)t->it,
                (unsigned long long)twin_balance(x->twin, key, 2));
    }
    x->twin->now--;
    for (unsigned i = 0; i < x->twin->accounts_n; i++) expected += x->twin->accounts[i].exists;
    if (n != expected) people_breach(x->w, "there are %u accounts; the twin has %u", n, expected);
}

/* ---- people ---- */

static bool same_path(struct weal_bytes b, const struct twin_path *p) {
    return b.n == p->n && memcmp(b.p, p->text, b.n) == 0;
}

/* The name of the first field that differs; NULL: none. */
static const char *person_differs(const struct ledger *x, const struct weal_st_human *h,
                                  const struct twin_person *t) {
    const struct twin_waiting *e = twin_waits(x->twin, TWIN_HUMANS, t->key);
    if (h->status != t->status) return "status";
    if (h->place != t->place) return "place";
    if (h->serial != t->serial) return "serial";
    if (!same_path(h->jurisdiction, &t->home)) return "jurisdiction";
    if (!same_path(h->pool, &t->pool)) return "pool";
    if (h->enrolled_ms != t->enrolled) return "enrolled_ms";
    if (h->challenge_ms != t->challenge) return "challenge_ms";
    if (h->valid_ms != t->valid) return "valid_ms";
    if (t->place == TWIN_HELD && h->hold_ms != t->hold) return "hold_ms";
    if (t->status == TWIN_SUSPENDED && h->suspended_ms != t->suspended) return "suspended_ms";
    if (h->revoke_ms != t->revoke) return "revoke_ms";
    if (t->revoke != 0 && h->revokers != t->revokers) return "revokers";
    if ((e != NULL) != (t->place == TWIN_WAITS)) return "place, within the twin";
    if (e && (h->window != e->window || h->entry != e->number)) return "window";
    if (t->place == TWIN_DEALT && h->entry != t->cohort) return "cohort";
    if (h->lease_year != t->lease_year) return "lease_year";
    if (h->move_ms != t->move) return "move_ms";
    if (t->move != 0 && !same_path(h->to_jurisdiction, &t->next_home)) return "to_jurisdiction";
    if (t->move != 0 && !same_path(h->to_pool, &t->next_pool)) return "to_pool";
    if (memcmp(h->successor, t->successor, 32) != 0) return "successor";
    if (h->handles_n != t->handles_n) return "handles";
    for (unsigned i = 0; i < t->handles_n; i++)
        if (memcmp(h->handles[i].handle, t->handles[i].handle, 32) != 0 ||
            h->handles[i].suffix != t->handles[i].suffix)
            return "handles";
    return NULL;
}

static void compare_people(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_HUMAN), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        const struct twin_person *t = twin_person(x->twin, k.b + 1);
        struct weal_st_human h;
        struct weal_rd r = weal_rd(v);
        char id[13];
        ledger_short(id, k.b + 1);
        weal_st_human_get(&r, &h);
        const char *what = t ? person_differs(x, &h, t) : "existence";
        if (what) people_breach(x->w, "person %s differs from the twin's in its %s", id, what);
    }
    if (n != x->twin->people_n)
        people_breach(x->w, "there are %u people; the twin has %u", n, x->twin->people_n);
}

/* ---- cohorts ---- */

static bool same_cohort(const struct twin *w, const struct weal_st_cohort *c,
                        const struct twin_cohort *t) {
    const struct twin_pool *p = &w->pools[t->pool];
    return c->kind == p->kind && same_path(c->jurisdiction, &p->path) && c->version == t->version &&
           c->dissolved == t->dissolved && c->dealt == t->dealt && c->usable == t->usable &&
           c->epoch == t->epoch && c->lease_year == t->lease_year;
}

static bool same_ring(const struct weal_st_ring *a, const struct twin_ring *b) {
    bool same = a->keys_n == b->n && a->until_ms == b->until;
    for (unsigned i = 0; same && i < b->n; i++) same = memcmp(a->keys[i].key, b->keys[i], 32) == 0;
    return same;
}

void ledger_cohorts(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0, rings = 0, expected = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_COHORT), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        uint64_t id = weal_be64(k.b + 1);
        struct weal_st_cohort r;
        struct weal_rd rd = weal_rd(v);
        weal_st_cohort_get(&rd, &r);
        if (id > x->twin->cohorts_n || !same_cohort(x->twin, &r, &x->twin->cohorts[id - 1]))
            people_breach(x->w, "cohort %llu is not the twin's", (unsigned long long)id);
    }
    prefix = k = weal_key(WEAL_T_RING);
    for (; weal_next(&c, &prefix, &k, &v); rings++) {
        uint64_t id = weal_be64(k.b + 1);
        unsigned version = (unsigned)(k.b[9] << 8 | k.b[10]);
        const struct twin_ring *t = twin_ring(x->twin, id, version);
        struct weal_st_ring r;
        struct weal_rd rd = weal_rd(v);
        weal_st_ring_get(&rd, &r);
        if (!t || !same_ring(&r, t))
            people_breach(x->w, "version %u of cohort %llu is not the twin's", version,
                          (unsigned long long)id);
    }
    for (unsigned i = 0; i < x->twin->rings_n; i++)
        expected += !twin_ring_gone(x->twin, &x->twin->rings[i]);
    if (n != x->twin->cohorts_n || rings != expected)
        people_breach(x->w, "there are %u cohorts with %u rings; the twin has %u with %u", n, rings,
                      x->twin->cohorts_n, expected);
}

/* Keys that wait: each under its pool, window and number. */
static void compare_waiting(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_ENTRY), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        struct weal_st_entry e;
        struct weal_rd rd = weal_rd(v);
        weal_st_entry_get(&rd, &e);
        const struct twin_waiting *t = twin_waits(x->twin, (enum twin_kind)k.b[1], e.key);
        const uint8_t *at = k.b + k.n - 16;
        if (!t || weal_be64(at) != t->window || weal_be64(at + 8) != t->number ||
            e.epoch != t->epoch || e.n != t->n || e.last != t->last ||
            memcmp(e.owner, t->owner, 32) != 0 || memcmp(e.tag, t->tag, 32) != 0)
            people_breach(x->w, "entry %llu of window %llu is not the twin's",
                          (unsigned long long)weal_be64(at + 8), (unsigned long long)weal_be64(at));
    }
    if (n != x->twin->waiting_n)
        people_breach(x->w, "%u keys wait; for the twin %u", n, x->twin->waiting_n);
}

/* ---- what was shown, spent, made ---- */

static void compare_tags(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0, spent = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_TAG), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        struct weal_st_tag r;
        struct weal_rd rd = weal_rd(v);
        weal_st_tag_get(&rd, &r);
        const struct twin_tag *t =
            twin_tag(x->twin, (enum twin_scope)k.b[1], weal_be32(k.b + 2), k.b[6], k.b + 7);
        if (!t || r.cohort != t->cohort || r.lapsed != t->lapsed)
            people_breach(x->w, "a tag of epoch %u is not the twin's", weal_be32(k.b + 2));
    }
    prefix = k = weal_key(WEAL_T_NULLIFIER);
    for (; weal_next(&c, &prefix, &k, &v); spent++)
        if (!twin_spent(x->twin, k.b + 6)) people_breach(x->w, "a nullifier is not the twin's");
    if (n != x->twin->tags_n || spent != x->twin->spent_n)
        people_breach(x->w, "there are %u tags and %u nullifiers; the twin has %u and %u", n, spent,
                      x->twin->tags_n, x->twin->spent_n);
}

static void compare_notes(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    unsigned n = 0, keys = 0;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_NOTE), k = prefix;
    for (; weal_next(&c, &prefix, &k, &v); n++) {
        struct weal_st_note r;
        struct weal_rd rd = weal_rd(v);
        weal_st_note_get(&rd, &r);
        const struct twin_note *t = twin_note(x->twin, k.b + 1);
        if (!t || r.epoch != t->epoch || r.cohort != t->cohort)
            people_breach(x->w, "a note of epoch %u is not the twin's", r.epoch);
    }
    prefix = k = weal_key(WEAL_T_MODULE_EPOCH);
    for (; weal_next(&c, &prefix, &k, &v); keys++) {
        struct weal_st_module_epoch r;
        struct weal_rd rd = weal_rd(v);
        weal_st_module_epoch_get(&rd, &r);
        const struct twin_module_key *t = twin_module_key(x->twin, weal_be32(k.b + 3));
        if (!t || r.witnessed != t->witnessed)
            people_breach(x->w, "the module witnessed %u notes in epoch %u; for the twin %u",
                          r.witnessed, weal_be32(k.b + 3), t ? t->witnessed : 0);
    }
    if (n != x->twin->notes_n || keys != x->twin->module_keys_n)
        people_breach(x->w, "there are %u notes and %u module keys; the twin has %u and %u", n,
                      keys, x->twin->notes_n, x->twin->module_keys_n);
}

/* What epochs saw, up to the present one. */
static void compare_epochs(struct ledger *x) {
    struct weal_draft d;
    struct weal_ctx c;
    struct weal_bytes v;
    chain_look(x->c, &c, &d, mem, sizeof mem);
    struct weal_key prefix = weal_key(WEAL_T_EPOCH), k = prefix;
    while (weal_next(&c, &prefix, &k, &v)) {
        uint32_t e = weal_be32(k.b + 1);
        struct weal_st_epoch r;
        struct weal_rd rd = weal_rd(v);
        weal_st_epoch_get(&rd, &r);
        if (e > twin_epoch(x->twin)) people_breach(x->w, "epoch %u is yet to come", e);
        const struct twin_epoch_sum *t = &x->twin->epochs[e];
        if (r.claims != t->claims || r.issued != t->claims * x->c->p.income_micro ||
            r.moved != t->moved || r.notes != t->notes)
            people_breach(x->w,
                          "epoch %u: %llu claims, %llu notes, %llu moved; for the twin %llu, %llu, "
                          "%llu",
                          e, (unsigned long long)r.claims, (unsigned long long)r.notes,
                          (unsigned long long)r.moved, (unsigned long long)t->claims,
                          (unsigned long long)t->notes, (unsigned long long)t->moved);
    }
}

void ledger_tables(struct ledger *x) {
    compare_accounts(x);
    ledger_seats(x);
    ledger_attestors(x);
    if (!x->peopled) return;
    compare_people(x);
    ledger_cohorts(x);
    compare_waiting(x);
    compare_tags(x);
    compare_notes(x);
    compare_epochs(x);
    people_foretold(x->w, x->twin->people_n + x->twin->rings_n + x->twin->tags_n);
}
