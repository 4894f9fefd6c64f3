/* SPDX-License-Identifier: ISC */
/* Entries live in one growing array and are named by index. The human lane is a list in order of
 * arrival. Each account of the fee lane keeps its entries sorted by nonce; a selection heaps the
 * accounts by the fee rate of their next entry. When the pool is full the cheapest thirty-second is
 * dropped at once and the floor rises above it, so that a flood costs it little each. */
#include "node/mempool/mempool.h"

#include <stdlib.h>

#include "node/mempool/idtable.h"

#define NONE UINT32_MAX

struct entry {
    struct weal_mempool_tx tx; /* bytes owned */
    uint32_t account;          /* fee lane */
    uint32_t prev, next;       /* human lane; free list by next */
    uint64_t skip;             /* the selection that passes it over */
    bool used;
};
struct account {
    uint8_t key[32];
    uint64_t nonce;                            /* last used, as last told */
    uint32_t entries[WEAL_MEMPOOL_NONCES_MAX]; /* sorted by nonce */
    uint32_t n;
    uint32_t at;   /* place of the current selection */
    uint32_t next; /* free list */
};

struct weal_mempool {
    struct weal_mempool_limits limits;
    struct entry *entries;
    uint32_t entries_cap, entries_free;
    struct account *accounts;
    uint32_t accounts_cap, accounts_free;
    struct weal_idtable by_id, by_tag, by_sender, by_origin;
    uint32_t human_first, human_last;
    uint32_t again; /* how far weal_mempool_again has looked */
    struct weal_mempool_info info;
    uint64_t floor; /* fee rates up to here are refused while the pool is nearly full */
    /* selection */
    uint64_t pick;
    uint32_t pick_human;
    uint32_t *heap;
    uint32_t heap_n, heap_cap;
    bool heap_ready;
};

struct weal_mempool *weal_mempool_new(const struct weal_mempool_limits *limits,
                                      const uint8_t key[16]) {
    WEAL_ASSERT(limits->entries_max >= 16 && limits->entries_max <= 4000000);
    struct weal_mempool *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->limits = *limits;
    m->entries_free = m->accounts_free = m->human_first = m->human_last = m->pick_human = NONE;
    weal_idtable_init(&m->by_id, key);
    weal_idtable_init(&m->by_tag, key);
    weal_idtable_init(&m->by_sender, key);
    weal_idtable_init(&m->by_origin, key);
    return m;
}

void weal_mempool_free(struct weal_mempool *m) {
    if (!m) return;
    for (uint32_t i = 0; i < m->entries_cap; i++) {
        if (m->entries[i].used) free((void *)(uintptr_t)m->entries[i].tx.bytes.p);
    }
    free(m->entries);
    free(m->accounts);
    free(m->heap);
    weal_idtable_release(&m->by_id);
    weal_idtable_release(&m->by_tag);
    weal_idtable_release(&m->by_sender);
    weal_idtable_release(&m->by_origin);
    free(m);
}

/* ---- room ---- */

static uint32_t entry_new(struct weal_mempool *m) {
    if (m->entries_free == NONE) {
        uint32_t cap = m->entries_cap == 0 ? 64 : m->entries_cap * 2;
        struct entry *grown = realloc(m->entries, (size_t)cap * sizeof *grown);
        if (!grown) return NONE;
        m->entries = grown;
        for (uint32_t i = cap; i-- > m->entries_cap;) {
            grown[i] = (struct entry){.next = m->entries_free};
            m->entries_free = i;
        }
        m->entries_cap = cap;
    }
    uint32_t e = m->entries_free;
    m->entries_free = m->entries[e].next;
    return e;
}

static uint32_t account_new(struct weal_mempool *m, const uint8_t key[32]) {
    if (m->accounts_free == NONE) {
        uint32_t cap = m->accounts_cap == 0 ? 64 : m->accounts_cap * 2;
        struct account *grown = realloc(m->accounts, (size_t)cap * sizeof *grown);
        if (!grown) return NONE;
        m->accounts = grown;
        for (uint32_t i = cap; i-- > m->accounts_cap;) {
            grown[i] = (struct account){.next = m->accounts_free};
            m->accounts_free = i;
        }
        m->accounts_cap = cap;
    }
    uint32_t a = m->accounts_free;
    if (weal_idtable_put(&m->by_sender, key, a) != WEAL_OK) return NONE;
    m->accounts_free = m->accounts[a].next;
    m->accounts[a] = (struct account){0};
    memcpy(m->accounts[a].key, key, 32);
    return a;
}

static void origin_key(uint8_t key[32], uint64_t origin) {
    memset(key, 0, 32);
    weal_put_le64(key, origin);
}
static uint32_t origin_count(const struct weal_mempool *m, uint64_t origin) {
    uint8_t key[32];
    origin_key(key, origin);
    uint32_t n = weal_idtable_get(&m->by_origin, key);
    return n == NONE ? 0 : n;
}
static enum weal_err origin_set(struct weal_mempool *m, uint64_t origin, uint32_t n) {
    uint8_t key[32];
    origin_key(key, origin);
    if (n != 0) return weal_idtable_put(&m->by_origin, key, n);
    weal_idtable_del(&m->by_origin, key);
    return WEAL_OK;
}

/* Takes entry e out of everything it is in, and frees it. */
static void entry_remove(struct weal_mempool *m, uint32_t e) {
    struct entry *x = &m->entries[e];
    weal_idtable_del(&m->by_id, x->tx.id);
    for (uint32_t i = 0; i < x->tx.tags_n; i++) {
        if (weal_idtable_get(&m->by_tag, x->tx.tags[i]) == e) {
            weal_idtable_del(&m->by_tag, x->tx.tags[i]);
        }
    }
    if (x->tx.origin != 0) {
        /* lowering an existing count never needs memory */
        WEAL_ASSERT(origin_set(m, x->tx.origin, origin_count(m, x->tx.origin) - 1) == WEAL_OK);
    }
    if (x->tx.lane == WEAL_LANE_HUMAN) {
        if (x->prev != NONE)
            m->entries[x->prev].next = x->next;
        else
            m->human_first = x->next;
        if (x->next != NONE)
            m->entries[x->next].prev = x->prev;
        else
            m->human_last = x->prev;
        m->info.human--;
    } else {
        struct account *a = &m->accounts[x->account];
        uint32_t i = 0;
        while (a->entries[i] != e) i++;
        memmove(&a->entries[i], &a->entries[i + 1], (a->n - i - 1) * sizeof a->entries[0]);
        if (--a->n == 0) {
            weal_idtable_del(&m->by_sender, a->key);
            a->next = m->accounts_free;
            m->accounts_free = x->account;
        }
        m->info.fee--;
    }
    m->info.bytes -= x->tx.bytes.n;
    free((void *)(uintptr_t)x->tx.bytes.p);
    *x = (struct entry){.next = m->entries_free};
    m->entries_free = e;
    m->heap_ready = false;
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Drops the cheapest thirty-second of the fee lane, with what depends on it, and raises the floor.
 */
static void evict(struct weal_mempool *m) {
    uint64_t *rates = malloc((size_t)m->info.fee * sizeof *rates + 1);
    uint32_t n = 0;
    if (!rates || m->info.fee == 0) {
        free(rates);
        return;
    }
    for (uint32_t i = 0; i < m->entries_cap; i++) {
        const struct entry *x = &m->entries[i];
        if (x->used && x->tx.lane == WEAL_LANE_FEE) rates[n++] = x->tx.fee_rate;
    }
    qsort(rates, n, sizeof *rates, compare_u64);
    uint32_t quota = n / 32 + 1;
    m->floor = rates[quota - 1];
    free(rates);
    for (uint32_t i = 0; i < m->entries_cap && quota > 0; i++) {
        struct entry *x = &m->entries[i];
        if (!x->used || x->tx.lane != WEAL_LANE_FEE || x->tx.fee_rate > m->floor) continue;
        uint32_t account = x->account;
        uint64_t nonce = x->tx.nonce;
        /* later nonces can't be used without this one */
        struct account *a = &m->accounts[account];
        while (a->n > 0 && m->entries[a->entries[a->n - 1]].tx.nonce >= nonce) {
            bool last = a->n == 1;
            entry_remove(m, a->entries[a->n - 1]);
            m->info.evicted++;
            if (quota > 0) quota--;
            if (last) break;
        }
    }
}

static bool is_full(const struct weal_mempool *m, size_t more) {
    return m->info.human + m->info.fee >= m->limits.entries_max ||
           m->limits.bytes_max - m->info.bytes < more;
}

/* ---- adding ---- */

enum weal_verdict weal_mempool_precheck(const struct weal_mempool *m, const uint8_t id[32],
                                        const uint8_t (*tags)[32], uint32_t tags_n) {
    if (weal_idtable_get(&m->by_id, id) != NONE) return WEAL_V_POOL_KNOWN;
    for (uint32_t i = 0; i < tags_n; i++) {
        if (weal_idtable_get(&m->by_tag, tags[i]) != NONE) return WEAL_V_POOL_TAG_RESERVED;
    }
    return WEAL_ACCEPT;
}

/* Where tx would stand among the account's entries; *replaces is the entry of the same nonce. */
static uint32_t nonce_place(const struct weal_mempool *m, const struct account *a, uint64_t nonce,
                            uint32_t *replaces) {
    uint32_t i = 0;
    *replaces = NONE;
    while (i < a->n && m->entries[a->entries[i]].tx.nonce < nonce) i++;
    if (i < a->n && m->entries[a->entries[i]].tx.nonce == nonce) *replaces = a->entries[i];
    return i;
}

static enum weal_verdict fee_lane_check(struct weal_mempool *m, const struct weal_mempool_tx *tx,
                                        uint32_t *replaces) {
    *replaces = NONE;
    if (tx->nonce <= tx->account_nonce) return WEAL_V_POOL_NONCE_LOW;
    if (tx->nonce - tx->account_nonce > WEAL_MEMPOOL_NONCES_MAX) return WEAL_V_POOL_NONCE_GAP;
    uint32_t at = weal_idtable_get(&m->by_sender, tx->sender);
    if (at != NONE) {
        struct account *a = &m->accounts[at];
        nonce_place(m, a, tx->nonce, replaces);
        if (*replaces == NONE && a->n == WEAL_MEMPOOL_NONCES_MAX) return WEAL_V_POOL_NONCE_GAP;
    }
    if (*replaces != NONE) {
        uint64_t had = m->entries[*replaces].tx.fee_rate;
        if (tx->fee_rate <= had || tx->fee_rate - had < had / 8) return WEAL_V_POOL_FEE_LOW;
    }
    return WEAL_ACCEPT;
}

static enum weal_verdict make_room(struct weal_mempool *m, const struct weal_mempool_tx *tx) {
    if (tx->bytes.n > m->limits.bytes_max) return WEAL_V_POOL_FULL;
    if (m->info.human + m->info.fee < m->limits.entries_max / 4 * 3 &&
        m->info.bytes < m->limits.bytes_max / 4 * 3) {
        m->floor = 0;
    }
    if (tx->lane == WEAL_LANE_HUMAN && m->info.human >= m->limits.entries_max / 2) {
        return WEAL_V_POOL_FULL;
    }
    if (tx->lane == WEAL_LANE_FEE && m->floor != 0 && tx->fee_rate <= m->floor) {
        return WEAL_V_POOL_FEE_LOW;
    }
    for (int tries = 0; tries < 32 && is_full(m, tx->bytes.n) && m->info.fee > 0; tries++) evict(m);
    if (is_full(m, tx->bytes.n)) return WEAL_V_POOL_FULL;
    if (tx->lane == WEAL_LANE_FEE && m->floor != 0 && tx->fee_rate <= m->floor) {
        return WEAL_V_POOL_FEE_LOW;
    }
    return WEAL_ACCEPT;
}

static bool reserve(struct weal_mempool *m, uint32_t e, const struct weal_mempool_tx *tx) {
    if (weal_idtable_put(&m->by_id, tx->id, e) != WEAL_OK) return false;
    for (uint32_t i = 0; i < tx->tags_n; i++) {
        if (weal_idtable_put(&m->by_tag, tx->tags[i], e) != WEAL_OK) return false;
    }
    return tx->origin == 0 || origin_set(m, tx->origin, origin_count(m, tx->origin) + 1) == WEAL_OK;
}

static void reserve_undo(struct weal_mempool *m, uint32_t e, const struct weal_mempool_tx *tx) {
    weal_idtable_del(&m->by_id, tx->id);
    for (uint32_t i = 0; i < tx->tags_n; i++) {
        if (weal_idtable_get(&m->by_tag, tx->tags[i]) == e)
            weal_idtable_del(&m->by_tag, tx->tags[i]);
    }
}

static void human_append(struct weal_mempool *m, uint32_t e) {
    struct entry *x = &m->entries[e];
    x->next = NONE;
    x->prev = m->human_last;
    if (m->human_last != NONE)
        m->entries[m->human_last].next = e;
    else
        m->human_first = e;
    m->human_last = e;
    m->info.human++;
}

static void account_insert(struct weal_mempool *m, uint32_t at, uint32_t e) {
    struct account *a = &m->accounts[at];
    uint32_t same, i = nonce_place(m, a, m->entries[e].tx.nonce, &same);
    memmove(&a->entries[i + 1], &a->entries[i], (a->n - i) * sizeof a->entries[0]);
    a->entries[i] = e;
    a->n++;
    if (a->nonce < m->entries[e].tx.account_nonce) a->nonce = m->entries[e].tx.account_nonce;
    m->entries[e].account = at;
    m->info.fee++;
}

enum weal_verdict weal_mempool_add(struct weal_mempool *m, const struct weal_mempool_tx *tx) {
    WEAL_ASSERT(tx->tags_n <= WEAL_MEMPOOL_TAGS_MAX);
    enum weal_verdict v = weal_mempool_precheck(m, tx->id, tx->tags, tx->tags_n);
    uint32_t replaces = NONE;
    if (v == WEAL_ACCEPT && tx->lane == WEAL_LANE_FEE) v = fee_lane_check(m, tx, &replaces);
    if (v != WEAL_ACCEPT) return v;
    if (tx->origin != 0 && m->limits.per_origin_max != 0 &&
        origin_count(m, tx->origin) >= m->limits.per_origin_max) {
        return WEAL_V_POOL_ORIGIN_SHARE;
    }
    if (replaces != NONE) {
        entry_remove(m, replaces);
        m->info.replaced++;
    }
    v = make_room(m, tx);
    if (v != WEAL_ACCEPT) return v;

    uint8_t *copy = malloc(tx->bytes.n + (tx->bytes.n == 0));
    uint32_t e = copy ? entry_new(m) : NONE, at = NONE;
    if (e != NONE && tx->lane == WEAL_LANE_FEE) {
        at = weal_idtable_get(&m->by_sender, tx->sender);
        if (at == NONE) at = account_new(m, tx->sender);
    }
    if (e == NONE || (tx->lane == WEAL_LANE_FEE && at == NONE) || !reserve(m, e, tx)) {
        if (e != NONE) {
            reserve_undo(m, e, tx);
            m->entries[e].next = m->entries_free;
            m->entries_free = e;
        }
        free(copy);
        return WEAL_V_POOL_FULL;
    }
    if (tx->bytes.n != 0) memcpy(copy, tx->bytes.p, tx->bytes.n);
    m->entries[e] = (struct entry){.tx = *tx, .used = true};
    m->entries[e].tx.bytes.p = copy;
    if (tx->lane == WEAL_LANE_HUMAN)
        human_append(m, e);
    else
        account_insert(m, at, e);
    m->info.bytes += tx->bytes.n;
    m->info.added++;
    m->heap_ready = false;
    return WEAL_ACCEPT;
}

struct weal_bytes weal_mempool_get(const struct weal_mempool *m, const uint8_t id[32]) {
    uint32_t e = weal_idtable_get(&m->by_id, id);
    return e == NONE ? weal_bytes(NULL, 0) : m->entries[e].tx.bytes;
}

/* ---- leaving ---- */

void weal_mempool_drop(struct weal_mempool *m, const uint8_t id[32]) {
    uint32_t e = weal_idtable_get(&m->by_id, id);
    if (e != NONE) entry_remove(m, e);
}

void weal_mempool_settle(struct weal_mempool *m, const struct weal_mempool_tx *tx) {
    weal_mempool_drop(m, tx->id);
    for (uint32_t i = 0; i < tx->tags_n; i++) {
        uint32_t e = weal_idtable_get(&m->by_tag, tx->tags[i]);
        if (e != NONE) entry_remove(m, e);
    }
    if (tx->lane != WEAL_LANE_FEE) return;
    uint32_t at = weal_idtable_get(&m->by_sender, tx->sender);
    while (at != NONE && m->entries[m->accounts[at].entries[0]].tx.nonce <= tx->nonce) {
        entry_remove(m, m->accounts[at].entries[0]);
        at = weal_idtable_get(&m->by_sender, tx->sender);
    }
    if (at != NONE && m->accounts[at].nonce < tx->nonce) m->accounts[at].nonce = tx->nonce;
}

void weal_mempool_expire(struct weal_mempool *m, uint64_t height) {
    for (uint32_t i = 0; i < m->entries_cap; i++) {
        if (!m->entries[i].used || m->entries[i].tx.valid_until >= height) continue;
        entry_remove(m, i);
        m->info.expired++;
    }
}

struct weal_bytes weal_mempool_again(struct weal_mempool *m, uint8_t id[32]) {
    for (uint32_t n = 0; n < WEAL_MEMPOOL_LOOK && n < m->entries_cap; n++) {
        const struct entry *e = &m->entries[m->again++ % m->entries_cap];
        if (!e->used || e->tx.lane != WEAL_LANE_HUMAN) continue;
        memcpy(id, e->tx.id, 32);
        return e->tx.bytes;
    }
    return weal_bytes(NULL, 0);
}

/* ---- choosing ---- */

static uint64_t head_rate(const struct weal_mempool *m, uint32_t at) {
    const struct account *a = &m->accounts[at];
    return m->entries[a->entries[a->at]].tx.fee_rate;
}

static void heap_down(struct weal_mempool *m, uint32_t i) {
    for (;;) {
        uint32_t best = i, left = 2 * i + 1;
        for (uint32_t c = left; c < left + 2 && c < m->heap_n; c++) {
            if (head_rate(m, m->heap[c]) > head_rate(m, m->heap[best])) best = c;
        }
        if (best == i) return;
        uint32_t t = m->heap[i];
        m->heap[i] = m->heap[best];
        m->heap[best] = t;
        i = best;
    }
}

/* Moves the account past what the ancestors hold; false when nothing of it can follow. */
static bool account_ready(const struct weal_mempool *m, struct account *a) {
    uint64_t want = a->at == 0 ? a->nonce + 1 : m->entries[a->entries[a->at - 1]].tx.nonce + 1;
    while (a->at < a->n && m->entries[a->entries[a->at]].tx.nonce == want) {
        if (m->entries[a->entries[a->at]].skip != m->pick) return true;
        a->at++;
        want++;
    }
    return false;
}

static void heap_build(struct weal_mempool *m) {
    m->heap_n = 0;
    m->heap_ready = true;
    if (m->heap_cap < m->by_sender.n) {
        uint32_t *grown = realloc(m->heap, (size_t)m->accounts_cap * sizeof *grown);
        if (!grown) return; /* nothing is chosen from this lane this time */
        m->heap = grown;
        m->heap_cap = m->accounts_cap;
    }
    for (uint32_t i = 0; i < m->by_sender.cap; i++) {
        uint32_t at = m->by_sender.slots[i].value;
        if (at == NONE) continue;
        m->accounts[at].at = 0;
        if (account_ready(m, &m->accounts[at])) m->heap[m->heap_n++] = at;
    }
    for (uint32_t i = m->heap_n / 2; i-- > 0;) heap_down(m, i);
}

void weal_mempool_pick_begin(struct weal_mempool *m) {
    m->pick++;
    m->pick_human = m->human_first;
    m->heap_ready = false;
    m->heap_n = 0;
}

void weal_mempool_pick_skip(struct weal_mempool *m, const uint8_t id[32]) {
    uint32_t e = weal_idtable_get(&m->by_id, id);
    if (e != NONE) m->entries[e].skip = m->pick;
}

bool weal_mempool_pick_next(struct weal_mempool *m, enum weal_mempool_lane lane, uint8_t id[32],
                            struct weal_bytes *bytes) {
    uint32_t e = NONE;
    if (lane == WEAL_LANE_HUMAN) {
        while (m->pick_human != NONE && m->entries[m->pick_human].skip == m->pick) {
            m->pick_human = m->entries[m->pick_human].next;
        }
        e = m->pick_human;
        if (e != NONE) m->pick_human = m->entries[e].next;
    } else {
        if (!m->heap_ready) heap_build(m);
        if (m->heap_n > 0) {
            struct account *a = &m->accounts[m->heap[0]];
            e = a->entries[a->at++];
            if (!account_ready(m, a)) m->heap[0] = m->heap[--m->heap_n];
            heap_down(m, 0);
        }
    }
    if (e == NONE) return false;
    memcpy(id, m->entries[e].tx.id, 32);
    *bytes = m->entries[e].tx.bytes;
    return true;
}

struct weal_mempool_info weal_mempool_info(const struct weal_mempool *m) {
    struct weal_mempool_info info = m->info;
    info.fee_rate_min = m->floor;
    return info;
}
