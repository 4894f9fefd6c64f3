/* SPDX-License-Identifier: ISC */
/* Looking into the sealed write set of one block: by key, in order, and by hashed key. */
#include "storage/state_int.h"

const struct weal_write *weal_overlay_find(const struct weal_overlay *o, uint64_t hash,
                                           enum weal_space space, struct weal_bytes key) {
    uint32_t mark = (uint32_t)(hash >> 32);
    for (uint32_t at = (uint32_t)hash & o->slots_mask;; at = (at + 1) & o->slots_mask) {
        uint64_t slot = o->slots[at];
        if (slot == 0) return NULL;
        if ((uint32_t)(slot >> 32) != mark) continue;
        uint32_t i = (uint32_t)slot - 1;
        const struct weal_write *w = &o->writes[i];
        if (w->space == space && weal_bytes_equal_var(weal_write_key(o, i), key)) return w;
    }
}

uint32_t weal_overlay_seek(const struct weal_overlay *o, enum weal_space space,
                           struct weal_bytes key, bool strictly) {
    uint32_t low = 0, high = o->write_count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int c = (int)o->writes[mid].space - (int)space;
        if (c == 0) c = weal_bytes_compare_var(weal_write_key(o, mid), key);
        if (c < 0 || (c == 0 && strictly)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low < o->write_count && o->writes[low].space != space) low = o->write_count;
    return low;
}

/* The first leaf whose lead is at least key's first eight bytes. */
static uint32_t lead_seek(const struct weal_overlay *o, uint64_t lead) {
    uint32_t low = 0, high = o->leaf_count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (o->leads[mid] < lead) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

void weal_overlay_leaves(const struct weal_overlay *o, const uint8_t prefix[32], unsigned depth,
                         uint32_t *from, uint32_t *to) {
    uint64_t keep = depth >= 64 ? UINT64_MAX : depth == 0 ? 0 : ~(UINT64_MAX >> depth);
    uint64_t want = weal_be64(prefix) & keep;
    uint32_t i = lead_seek(o, want);
    if (depth <= 64) { /* the leads tell all: most overlays have no such leaf, and none is read */
        *from = i;
        while (i < o->leaf_count && (o->leads[i] & keep) == want) i++;
        *to = i;
        return;
    }
    /* prefixes longer than the lead are rare enough to be looked for one by one */
    while (i < o->leaf_count && weal_tree_common(o->leaves[i].key, prefix) < depth &&
           memcmp(o->leaves[i].key, prefix, 32) < 0) {
        i++;
    }
    *from = i;
    while (i < o->leaf_count && weal_tree_common(o->leaves[i].key, prefix) >= depth) i++;
    *to = i;
}
