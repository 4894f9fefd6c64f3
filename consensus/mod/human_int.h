/* SPDX-License-Identifier: ISC */
/* A human's record and its comings and goings. Private to the human module: human.c has the acts,
 * human_life.c what time does to a record. */
#ifndef WEAL_CONSENSUS_MOD_HUMAN_INT_H
#define WEAL_CONSENSUS_MOD_HUMAN_INT_H

#include "consensus/mod/module.h"

enum weal_human_status {
    WEAL_HUMAN_CHALLENGE = 1,
    WEAL_HUMAN_LIVE = 2,
    WEAL_HUMAN_SUSPENDED = 3,
    WEAL_HUMAN_STRUCK = 4,
    WEAL_HUMAN_ROTATED = 5,
    WEAL_HUMAN_REVOKED = 6,
    WEAL_HUMAN_EXPIRED = 7,
};
enum weal_human_place {
    WEAL_PLACE_NONE = 0,
    WEAL_PLACE_WAITING = 1,
    WEAL_PLACE_DEALT = 2,
    WEAL_PLACE_HELD = 3,
};

/* A record in hand, with its paths copied, so that it outlives other writes. */
struct weal_human {
    struct weal_st_human r;
    uint8_t key[32];
    uint8_t paths[4][24]; /* jurisdiction, pool, to_jurisdiction, to_pool */
};
bool weal_human_get(struct weal_ctx *c, const uint8_t key[32], struct weal_human *h);
void weal_human_put(struct weal_ctx *c, const struct weal_human *h);
/* Sets one of the four paths. */
void weal_human_path(struct weal_human *h, unsigned which, struct weal_bytes path);

struct weal_key weal_handle_key(const uint8_t handle[32], uint16_t suffix);

/* Into its pool, and out of wherever it is; the record in hand is changed, not stored. */
void weal_human_enter(struct weal_ctx *c, struct weal_human *h);
void weal_human_leave(struct weal_ctx *c, struct weal_human *h);
void weal_human_remind(struct weal_ctx *c, const struct weal_human *h, enum weal_deadline kind,
                       uint64_t at_ms);
void weal_human_due(struct weal_ctx *c, enum weal_deadline kind, struct weal_bytes what);

#endif
