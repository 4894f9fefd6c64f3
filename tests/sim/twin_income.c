/* SPDX-License-Identifier: ISC */
/* The twin's activity and income: modules' keys, notes, tags, claims, and what an epoch's end takes
 * away. Whether an epoch can still be claimed is counted from the list of all stops. */
#include <string.h>

#include "crypto/base/bug.h"
#include "tests/sim/twin.h"

enum { IBC = 2, AHEAD = 4, REDO = 2 };

/* ---- what was shown ---- */

/* Its place in the list; the end of the list: not shown. */
static unsigned tag_at(const struct twin *w, enum twin_scope scope, uint32_t epoch, unsigned n,
                       const uint8_t tag[32]) {
    unsigned i = 0;
    for (; i < w->tags_n; i++) {
        const struct twin_tag *t = &w->tags[i];
        if (t->scope == scope && t->epoch == epoch && t->n == n && memcmp(t->tag, tag, 32) == 0)
            break;
    }
    return i;
}

const struct twin_tag *twin_tag(const struct twin *w, enum twin_scope scope, uint32_t epoch,
                                unsigned n, const uint8_t tag[32]) {
    unsigned at = tag_at(w, scope, epoch, n, tag);
    return at < w->tags_n ? &w->tags[at] : NULL;
}

void twin_show(struct twin *w, enum twin_scope scope, uint32_t epoch, unsigned n,
               const uint8_t tag[32], uint64_t cohort) {
    unsigned at = tag_at(w, scope, epoch, n, tag);
    if (at == w->tags_n) w->tags_n++;
    WEAL_ASSERT(w->tags_n <= TWIN_TAGS);
    w->tags[at] = (struct twin_tag){.scope = scope, .epoch = epoch, .n = n, .cohort = cohort};
    memcpy(w->tags[at].tag, tag, 32);
}

const struct twin_note *twin_note(const struct twin *w, const uint8_t key[32]) {
    for (unsigned i = 0; i < w->notes_n; i++)
        if (memcmp(w->notes[i].key, key, 32) == 0) return &w->notes[i];
    return NULL;
}

void twin_note_dealt(struct twin *w, const uint8_t key[32], uint64_t cohort) {
    for (unsigned i = 0; i < w->notes_n; i++)
        if (memcmp(w->notes[i].key, key, 32) == 0) w->notes[i].cohort = cohort;
}

bool twin_spent(const struct twin *w, const uint8_t nullifier[32]) {
    for (unsigned i = 0; i < w->spent_n; i++)
        if (memcmp(w->spent[i].nullifier, nullifier, 32) == 0) return true;
    return false;
}

const struct twin_module_key *twin_module_key(const struct twin *w, uint32_t epoch) {
    for (unsigned i = 0; i < w->module_keys_n; i++)
        if (w->module_keys[i].epoch == epoch) return &w->module_keys[i];
    return NULL;
}

static struct twin_epoch_sum *sums(struct twin *w) {
    uint32_t e = twin_epoch(w);
    WEAL_ASSERT(e < TWIN_EPOCHS);
    return &w->epochs[e];
}

void twin_moved(struct twin *w, uint64_t micro) {
    sums(w)->moved += micro;
}

/* ---- rings ---- */

enum weal_verdict twin_ring_check(const struct twin *w, enum twin_kind kind, uint64_t cohort,
                                  unsigned version, const struct twin_cohort **out) {
    if (cohort < 1 || cohort > w->cohorts_n) return WEAL_V_COHORT_UNKNOWN;
    const struct twin_cohort *c = *out = &w->cohorts[cohort - 1];
    if (w->pools[c->pool].kind != kind) return WEAL_V_COHORT_UNKNOWN;
    if (version < 1 || version > c->version) return WEAL_V_COHORT_UNKNOWN;
    if (w->height < c->usable) return WEAL_V_COHORT_NOT_USABLE;
    if (!twin_ring_gone(w, twin_ring(w, cohort, version))) return WEAL_ACCEPT;
    return c->dissolved && version == c->version ? WEAL_V_COHORT_DISSOLVED
                                                 : WEAL_V_COHORT_VERSION_OLD;
}

/* ---- activity ---- */

static enum weal_verdict activity_check(const struct twin *w, const struct weal_activity *a) {
    const struct twin_tag *t = twin_tag(w, TWIN_ACTIVITY, a->epoch, a->n, a->tag);
    const struct twin_cohort *c;
    uint64_t last = (uint64_t)a->epoch + 1;
    if (t && !t->lapsed) return WEAL_V_ACTIVITY_TAG_SHOWN;
    if (t) last += REDO;
    if (t && t->cohort != a->cohort) return WEAL_V_ACTIVITY_REDO_COHORT;
    if (twin_epoch(w) < a->epoch || twin_epoch(w) > last) return WEAL_V_ACTIVITY_EPOCH;
    if (twin_note(w, a->note) || twin_person(w, a->note)) return WEAL_V_ACTIVITY_NOTE_KNOWN;
    if (twin_seat(w, a->note)) return WEAL_V_ACTIVITY_NOTE_KNOWN;
    if (a->module != 0) return WEAL_V_MODULE_UNKNOWN; /* there is one */
    const struct twin_module_key *m = twin_module_key(w, a->epoch);
    if (!m) return WEAL_V_MODULE_NO_KEY;
    if (m->witnessed >= w->module_max) return WEAL_V_MODULE_LIMIT;
    enum weal_verdict v = twin_ring_check(w, TWIN_HUMANS, a->cohort, a->version, &c);
    if (v != WEAL_ACCEPT) return v;
    const struct twin_path *p = &w->pools[c->pool].path;
    bool within = twin_path_within(a->pool.p, a->pool.n, weal_bytes(p->text, p->n));
    return within ? WEAL_ACCEPT : WEAL_V_ACTIVITY_POOL;
}

static void activity_apply(struct twin *w, const struct weal_activity *a) {
    bool redo = twin_tag(w, TWIN_ACTIVITY, a->epoch, a->n, a->tag);
    twin_show(w, TWIN_ACTIVITY, a->epoch, a->n, a->tag, a->cohort);
    WEAL_ASSERT(w->notes_n < TWIN_SHOWN);
    struct twin_note *note = &w->notes[w->notes_n++];
    *note = (struct twin_note){.epoch = a->epoch};
    memcpy(note->key, a->note, 32);
    for (unsigned i = 0; i < w->module_keys_n; i++)
        w->module_keys[i].witnessed += w->module_keys[i].epoch == a->epoch;
    sums(w)->notes++;
    struct twin_waiting e = {.pool = twin_pool(w, TWIN_NOTES, a->pool),
                             .epoch = a->epoch,
                             .n = a->n,
                             .last = a->epoch + 1 + (redo ? REDO : 0)};
    memcpy(e.key, a->note, 32);
    memcpy(e.owner, a->tag, 32);
    memcpy(e.tag, a->tag, 32);
    twin_enter(w, e);
}

/* ---- modules' keys ---- */

static enum weal_verdict key_check(const struct twin *w, const struct weal_module_key *m,
                                   bool point) {
    if (m->module != 0) return WEAL_V_MODULE_UNKNOWN;
    if (m->epoch < twin_epoch(w) || m->epoch > twin_epoch(w) + AHEAD)
        return WEAL_V_MODULE_KEY_EPOCH;
    if (twin_module_key(w, m->epoch)) return WEAL_V_MODULE_KEY_SET;
    return point ? WEAL_ACCEPT : WEAL_V_POINT;
}

/* ---- income ---- */

/* How long the chain stood still after t. */
static uint64_t stopped_after(const struct twin *w, uint64_t t) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < w->stops_n; i++) {
        const struct twin_stop *s = &w->stops[i];
        if (s->to > t) sum += s->to - (s->from > t ? s->from : t);
    }
    return sum;
}

bool twin_claimable(const struct twin *w, uint32_t epoch) {
    uint64_t end = w->genesis_ms + (epoch + UINT64_C(1)) * w->p.epoch_ms;
    return w->now >= end &&
           w->now < end + w->p.claim_epochs * w->p.epoch_ms + stopped_after(w, end);
}

static enum weal_verdict claim_check(const struct twin *w, const struct weal_income_claim *x) {
    const struct twin_cohort *c;
    if (x->epoch >= twin_epoch(w)) return WEAL_V_CLAIM_NOT_ENDED;
    if (!twin_claimable(w, x->epoch)) return WEAL_V_CLAIM_LATE;
    if (twin_tag(w, TWIN_INCOME, x->epoch, 0, x->tag)) return WEAL_V_CLAIM_TAG_SHOWN;
    enum weal_verdict v = twin_ring_check(w, TWIN_NOTES, x->cohort, x->version, &c);
    if (v != WEAL_ACCEPT) return v;
    for (unsigned i = 0; i < w->spent_n; i++)
        if (w->spent[i].dealt == c->epoch && memcmp(w->spent[i].nullifier, x->nullifier, 32) == 0)
            return WEAL_V_CLAIM_NOTE_SPENT;
    if (c->epoch < x->epoch) return WEAL_V_CLAIM_NOTE_EARLY;
    const struct twin_account *a = twin_find(w, x->to);
    return a && a->exists ? WEAL_V_CLAIM_DESTINATION : WEAL_ACCEPT;
}

static void claim_apply(struct twin *w, const struct weal_income_claim *x) {
    twin_show(w, TWIN_INCOME, x->epoch, 0, x->tag, x->cohort);
    WEAL_ASSERT(w->spent_n < TWIN_SHOWN);
    struct twin_spent *s = &w->spent[w->spent_n++];
    memcpy(s->nullifier, x->nullifier, 32);
    s->dealt = w->cohorts[x->cohort - 1].epoch;
    s->height = w->height;
    w->supply[IBC].minted += w->p.income_micro;
    twin_receive(w, x->to, IBC, w->p.income_micro);
    sums(w)->claims++;
}

/* ---- all of them ---- */

enum weal_verdict twin_income_form(const struct weal_tx *tx) {
    if (tx->act_kind != WEAL_TX_ACTIVITY) return WEAL_ACCEPT;
    if (tx->act.activity.n < 1 || tx->act.activity.n > 2) return WEAL_V_ACTIVITY_N;
    return twin_path_good(tx->act.activity.pool) ? WEAL_ACCEPT : WEAL_V_ACTIVITY_POOL;
}

enum weal_verdict twin_income_check(const struct twin *w, const struct weal_tx *tx, bool point) {
    if (tx->act_kind == WEAL_TX_ACTIVITY) return activity_check(w, &tx->act.activity);
    if (tx->act_kind == WEAL_TX_MODULE_KEY) return key_check(w, &tx->act.module_key, point);
    return claim_check(w, &tx->act.income_claim);
}

void twin_income_apply(struct twin *w, const struct weal_tx *tx) {
    if (tx->act_kind == WEAL_TX_ACTIVITY) {
        activity_apply(w, &tx->act.activity);
    } else if (tx->act_kind == WEAL_TX_MODULE_KEY) {
        WEAL_ASSERT(w->module_keys_n < TWIN_EPOCHS);
        w->module_keys[w->module_keys_n++] =
            (struct twin_module_key){.epoch = tx->act.module_key.epoch};
    } else {
        claim_apply(w, &tx->act.income_claim);
    }
}

/* ---- the end of an epoch ---- */

/* Notes that nobody else came to in time; their tags may be shown once more. */
static void lapse(struct twin *w) {
    for (unsigned i = 0; i < w->waiting_n;) {
        const struct twin_waiting *e = &w->waiting[i];
        if (w->pools[e->pool].kind != TWIN_NOTES || e->last >= twin_epoch(w) ||
            twin_closed(w, e->pool, e->window)) {
            i++;
            continue;
        }
        unsigned at = tag_at(w, TWIN_ACTIVITY, e->epoch, e->n, e->tag);
        if (at < w->tags_n) w->tags[at].lapsed = true;
        twin_unwait(w, i);
    }
}

void twin_epoch_due(struct twin *w) {
    uint32_t open = 0; /* the first that somebody might still claim */
    lapse(w);
    while (open < twin_epoch(w) && !twin_claimable(w, open)) open++;
    for (unsigned i = 0; i < w->tags_n;) {
        const struct twin_tag *t = &w->tags[i];
        bool over = t->epoch < open;
        if (t->scope == TWIN_ACTIVITY) over = t->epoch + 1 + REDO < twin_epoch(w);
        if (t->scope == TWIN_FACE) over = t->epoch < twin_year(w->now);
        if (over)
            w->tags[i] = w->tags[--w->tags_n];
        else
            i++;
    }
    for (unsigned i = 0; i < w->spent_n;) {
        if (w->spent[i].dealt < open)
            w->spent[i] = w->spent[--w->spent_n];
        else
            i++;
    }
}
