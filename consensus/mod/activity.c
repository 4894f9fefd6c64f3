/* SPDX-License-Identifier: ISC */
/* Valid activity: value modules publish a VOPRF key for each epoch; an act they witnessed becomes
 * an activity note, shown by a ring proof over humans to hold an enrolled human's x. Invariants: at
 * most two tags a human and epoch; a note key is used once, ever; a module witnesses at most its
 * limit in an epoch, so it cannot invent humans faster than it may see them. What was done, where,
 * with whom is nowhere in here. */
#include "consensus/mod/tags.h"

enum { KEYS_AHEAD = 4, REDO_EPOCHS = 2, LAPSE_MAX = 256 };

static struct weal_scope scope_of(const struct weal_activity *a) {
    return (struct weal_scope){WEAL_SCOPE_ACTIVITY, a->epoch, a->n};
}
static bool module_get(struct weal_ctx *c, uint16_t index, struct weal_st_module *out) {
    struct weal_key k = weal_key(WEAL_T_MODULE);
    weal_key_u16(&k, index);
    return weal_module_load(c, &k, out) && out->active == 1;
}
static struct weal_key module_epoch_key(uint16_t module, uint32_t epoch) {
    struct weal_key k = weal_key(WEAL_T_MODULE_EPOCH);
    weal_key_u16(&k, module);
    weal_key_u32(&k, epoch);
    return k;
}

/* ---- human.activity ---- */

static enum weal_verdict activity_form(const struct weal_tx *tx) {
    const struct weal_activity *a = &tx->act.activity;
    if (a->n != 1 && a->n != 2) return WEAL_V_ACTIVITY_N;
    return weal_jurisdiction_valid(a->pool) ? WEAL_ACCEPT : WEAL_V_ACTIVITY_POOL;
}
static void activity_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    weal_reserve(info, tx->act.activity.tag);
    weal_reserve(info, tx->act.activity.note);
}

/* In its epoch or the next; a lapsed one also in the two after, from the same cohort. */
static enum weal_verdict tag_check(struct weal_ctx *c, const struct weal_activity *a) {
    struct weal_key k = weal_tag_key(scope_of(a), a->tag);
    struct weal_st_tag t;
    uint64_t first = a->epoch, last = first + 1;
    if (weal_tag_load(c, &k, &t)) {
        if (!t.lapsed) return WEAL_V_ACTIVITY_TAG_SHOWN;
        last += REDO_EPOCHS;
        if (t.cohort != a->cohort) return WEAL_V_ACTIVITY_REDO_COHORT;
    }
    return c->epoch >= first && c->epoch <= last ? WEAL_ACCEPT : WEAL_V_ACTIVITY_EPOCH;
}

static enum weal_verdict activity_ring(struct weal_ctx *c, const struct weal_activity *a,
                                       struct weal_st_ring *ring) {
    struct weal_st_cohort cohort;
    enum weal_verdict v =
        weal_cohort_ring(c, WEAL_POOL_HUMANS, a->cohort, a->version, &cohort, ring);
    if (v != WEAL_ACCEPT) return v;
    bool within = weal_jurisdiction_prefix(a->pool, cohort.jurisdiction);
    return within ? WEAL_ACCEPT : WEAL_V_ACTIVITY_POOL;
}

static enum weal_verdict activity_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_activity *a = &tx->act.activity;
    enum weal_verdict v = tag_check(c, a);
    if (v != WEAL_ACCEPT) return v;
    struct weal_key k = weal_key_of32(WEAL_T_NOTE, a->note);
    if (weal_has(c, &k)) return WEAL_V_ACTIVITY_NOTE_KNOWN;
    k = weal_key_of32(WEAL_T_HUMAN, a->note);
    if (weal_has(c, &k)) return WEAL_V_ACTIVITY_NOTE_KNOWN;
    k = weal_key_of32(WEAL_T_SEAT, a->note);
    if (weal_has(c, &k)) return WEAL_V_ACTIVITY_NOTE_KNOWN;
    struct weal_st_module m;
    struct weal_st_module_epoch e;
    if (!module_get(c, a->module, &m)) return WEAL_V_MODULE_UNKNOWN;
    k = module_epoch_key(a->module, a->epoch);
    if (!weal_module_epoch_load(c, &k, &e)) return WEAL_V_MODULE_NO_KEY;
    if (e.witnessed >= m.epoch_max) return WEAL_V_MODULE_LIMIT;
    struct weal_st_ring ring;
    return activity_ring(c, a, &ring);
}

static enum weal_verdict activity_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_activity *a = &tx->act.activity;
    struct weal_st_ring ring;
    struct weal_st_module m;
    enum weal_verdict v = activity_ring(c, a, &ring);
    if (v != WEAL_ACCEPT) return v;
    if (!module_get(c, a->module, &m)) return WEAL_V_MODULE_UNKNOWN;
    v = weal_prove_ring(c, a->cohort, a->version, &ring, scope_of(a), a->tag, NULL, a->proof);
    if (v != WEAL_ACCEPT) return v;
    v = weal_prove_refund(c, scope_of(a), a->tag, a->note, a->refund);
    return v != WEAL_ACCEPT ? v : weal_prove_pop(c, m.key, WEAL_ROLE_MODULE, a->module_pop);
}

static enum weal_verdict activity_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_activity *a = &tx->act.activity;
    struct weal_key k = weal_tag_key(scope_of(a), a->tag);
    struct weal_st_tag t;
    bool redo = weal_tag_load(c, &k, &t);
    weal_tag_store(c, &k, &(struct weal_st_tag){.cohort = a->cohort, .lapsed = 0});
    k = weal_key_of32(WEAL_T_NOTE, a->note);
    weal_note_store(c, &k, &(struct weal_st_note){.kind = WEAL_POOL_ACTIVITY, .epoch = a->epoch});
    k = module_epoch_key(a->module, a->epoch);
    struct weal_st_module_epoch m;
    if (!weal_module_epoch_load(c, &k, &m)) return WEAL_V_MODULE_NO_KEY;
    m.witnessed++;
    weal_module_epoch_store(c, &k, &m);
    struct weal_st_entry e = {
        .epoch = a->epoch, .n = a->n, .last = a->epoch + 1 + (redo ? REDO_EPOCHS : 0)};
    memcpy(e.key, a->note, 32);
    memcpy(e.owner, a->tag, 32);
    memcpy(e.tag, a->tag, 32);
    uint64_t window, entry;
    weal_pool_enter(c, (struct weal_pool_ref){WEAL_POOL_ACTIVITY, a->pool}, &e, &window, &entry);
    c->tally.stats.notes++;
    return WEAL_ACCEPT;
}

uint16_t weal_activity_dealt(struct weal_ctx *c, const struct weal_st_entry *e, uint64_t cohort) {
    struct weal_key k = weal_key_of32(WEAL_T_NOTE, e->key);
    struct weal_st_note n;
    if (weal_note_load(c, &k, &n)) {
        n.cohort = cohort;
        weal_note_store(c, &k, &n);
    }
    return 0;
}

/* ---- module.key ---- */

static void key_reserve(const struct weal_tx *tx, struct weal_tx_info *info) {
    const struct weal_module_key *m = &tx->act.module_key;
    uint8_t what[32] = "module.key";
    weal_put_le16(what + 16, m->module);
    weal_put_le32(what + 18, m->epoch);
    weal_reserve(info, what);
}
static enum weal_verdict key_check(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_module_key *m = &tx->act.module_key;
    struct weal_st_module r;
    if (!module_get(c, m->module, &r)) return WEAL_V_MODULE_UNKNOWN;
    if (m->epoch < c->epoch || m->epoch - c->epoch > KEYS_AHEAD) return WEAL_V_MODULE_KEY_EPOCH;
    struct weal_key k = module_epoch_key(m->module, m->epoch);
    if (weal_has(c, &k)) return WEAL_V_MODULE_KEY_SET;
    return weal_point_valid(m->key) ? WEAL_ACCEPT : WEAL_V_POINT;
}
static enum weal_verdict key_prove(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_module_key *m = &tx->act.module_key;
    struct weal_st_module r;
    if (!module_get(c, m->module, &r)) return WEAL_V_MODULE_UNKNOWN;
    return weal_prove_pop(c, r.key, WEAL_ROLE_MODULE, m->pop);
}
static enum weal_verdict key_apply(struct weal_ctx *c, const struct weal_tx *tx) {
    const struct weal_module_key *m = &tx->act.module_key;
    struct weal_key k = module_epoch_key(m->module, m->epoch);
    struct weal_st_module_epoch e = {.witnessed = 0};
    memcpy(e.voprf, m->key, 32);
    weal_module_epoch_store(c, &k, &e);
    return WEAL_ACCEPT;
}

/* ---- time ---- */

/* A note still undealt after its last epoch is removed; its tag may be shown once more. */
static void lapse_one(struct weal_ctx *c, const struct weal_key *k, const struct weal_st_entry *e) {
    /* key: table, kind, length, jurisdiction, window, entry */
    size_t n = k->b[2];
    uint8_t path[24];
    memcpy(path, k->b + 3, n);
    struct weal_pool_ref pool = {WEAL_POOL_ACTIVITY, weal_bytes(path, n)};
    uint64_t window = weal_be64(k->b + 3 + n), entry = weal_be64(k->b + 11 + n);
    struct weal_key wk = weal_key(WEAL_T_WINDOW);
    weal_key_u8(&wk, WEAL_POOL_ACTIVITY);
    weal_key_path(&wk, pool.jurisdiction);
    weal_key_u64(&wk, window);
    struct weal_st_window w;
    if (weal_window_load(c, &wk, &w) && w.closed != 0) return; /* about to be dealt */
    struct weal_scope s = {WEAL_SCOPE_ACTIVITY, e->epoch, e->n};
    struct weal_key tk = weal_tag_key(s, e->tag);
    struct weal_st_tag t;
    if (weal_tag_load(c, &tk, &t)) {
        t.lapsed = 1;
        weal_tag_store(c, &tk, &t);
    }
    weal_pool_leave(c, pool, window, entry);
}

/* Looks through waiting notes, some at a time, from where the last block stopped. */
static void lapse(struct weal_ctx *c, struct weal_bytes from) {
    struct weal_key prefix = weal_key(WEAL_T_ENTRY), k;
    weal_key_u8(&prefix, WEAL_POOL_ACTIVITY);
    k = prefix;
    if (from.n != 0 && from.n <= sizeof k.b) {
        memcpy(k.b, from.p, from.n);
        k.n = from.n;
    }
    struct weal_bytes v;
    for (unsigned n = 0; n < LAPSE_MAX; n++) {
        if (!weal_next(c, &prefix, &k, &v)) return;
        struct weal_st_entry e;
        struct weal_rd r = weal_rd(v);
        weal_st_entry_get(&r, &e);
        if (weal_rd_done(&r) && e.last < c->epoch) lapse_one(c, &k, &e);
    }
    weal_deadline_add(c, WEAL_CLOCK_TIME, c->now_ms + 1, WEAL_D_LAPSE, weal_key_bytes(&k));
}

/* Tags of a scope kind that nobody can show again. */
static void sweep_tags(struct weal_ctx *c, uint8_t kind) {
    struct weal_key prefix = weal_key(WEAL_T_TAG);
    weal_key_u8(&prefix, kind);
    uint64_t limit = 0;
    switch ((enum weal_scope_kind)kind) {
    case WEAL_SCOPE_ACTIVITY:
        limit = c->epoch > 1 + REDO_EPOCHS ? c->epoch - 1 - REDO_EPOCHS : 0;
        break;
    case WEAL_SCOPE_INCOME:
        limit = c->epoch > c->p.claim_epochs ? c->epoch - c->p.claim_epochs : 0;
        while (limit > 0 && weal_claimable(c, (uint32_t)limit - 1)) limit--;
        break;
    case WEAL_SCOPE_FACE_VALIDATOR:
        limit = weal_year_of(c->now_ms);
        break;
    }
    if (weal_sweep(c, prefix, limit)) return;
    weal_deadline_add(c, WEAL_CLOCK_TIME, c->now_ms + 1, WEAL_D_SWEEP_TAGS, weal_bytes(&kind, 1));
}

static void due(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what) {
    if (kind == WEAL_D_LAPSE) lapse(c, what);
    if (kind == WEAL_D_SWEEP_TAGS && what.n == 1) sweep_tags(c, what.p[0]);
}

static void epoch(struct weal_ctx *c, uint32_t from) {
    (void)from;
    weal_deadline_add(c, WEAL_CLOCK_TIME, c->now_ms, WEAL_D_LAPSE, weal_bytes(NULL, 0));
    for (uint8_t kind = WEAL_SCOPE_ACTIVITY; kind <= WEAL_SCOPE_FACE_VALIDATOR; kind++) {
        weal_deadline_add(c, WEAL_CLOCK_TIME, c->now_ms, WEAL_D_SWEEP_TAGS, weal_bytes(&kind, 1));
    }
}

static const struct weal_act ACTS[] = {
    {
        .kind = WEAL_TX_ACTIVITY,
        .lane = WEAL_EXEC_HUMAN,
        .name = "human.activity",
        .ring = WEAL_RING_HUMANS,
        .scope = "activity/<epoch>/<n>",
        .ties = "one ring proof; the refund is under the same tag; a redo is over the same cohort; "
                "n=1 and n=2 have unrelated tags; note K hides x",
        .form = activity_form,
        .reserve = activity_reserve,
        .check = activity_check,
        .prove = activity_prove,
        .apply = activity_apply,
    },
    {
        .kind = WEAL_TX_MODULE_KEY,
        .lane = WEAL_EXEC_HUMAN,
        .name = "module.key",
        .ties = "a module's public act; no ring",
        .reserve = key_reserve,
        .check = key_check,
        .prove = key_prove,
        .apply = key_apply,
    },
};
const struct weal_mod weal_mod_activity = {
    .name = "activity",
    .acts = ACTS,
    .acts_n = sizeof ACTS / sizeof *ACTS,
    .due = due,
    .epoch = epoch,
};
