/* SPDX-License-Identifier: ISC */
/* One agreement machine on a bench: events are fed by hand, effects are kept to be looked at.
 * Others' signatures are marks, since the machine never looks at them. Used by unit tests, benches,
 * fuzzers. */
#ifndef WEAL_TESTS_SUPPORT_BFT_RIG_H
#define WEAL_TESTS_SUPPORT_BFT_RIG_H

#include "consensus/bft/bft.h"
#include "consensus/bft/guard.h"

enum { RIG_LOG_MAX = 4096 };

struct rig_block {
    struct weal_bft_block b;
    uint8_t header[WEAL_HEADER_SIZE_MAX];
    size_t header_n;
};

struct rig {
    void *mem;
    struct weal_bft *bft;
    struct weal_bft_config config;
    struct weal_set set;
    uint16_t leaders[WEAL_LEADER_SLOTS]; /* view mod n, so that tests can be read */
    uint16_t self;
    uint32_t term;
    uint64_t last_height;
    struct rig_block genesis;
    uint64_t now;
    int64_t wall_skew;
    struct weal_guard_record guard;
    bool keeps_signs; /* leave SIGN effects to the test */
    bool auto_build;  /* answer BUILD at once */
    bool auto_answer; /* answer VERIFY and CERTIFY with OK at once, for blocks made here */
    struct weal_bft_effects fx; /* of the last rig call, all steps of it */
    struct weal_bft_effect out[WEAL_BFT_EFFECTS_MAX];
    size_t out_n;
    uint8_t *out_buf;
    size_t out_buf_n;
    struct {
        uint8_t *p;
        size_t n;
    } log[RIG_LOG_MAX];
    size_t log_n;
    struct weal_bft_effect build; /* the last BUILD */
    struct rig_block made[512];   /* blocks, to answer with */
    size_t made_n;
};

void rig_init(struct rig *r, uint16_t n, uint16_t self, const uint64_t *weights);
void rig_free(struct rig *r);
/* A new process on the same log (or on none, with LOST). */
void rig_restart(struct rig *r, enum weal_bft_log log);
void rig_start(struct rig *r, enum weal_bft_log log);

void rig_event(struct rig *r, const struct weal_bft_event *e);
void rig_vote(struct rig *r, uint8_t kind, uint64_t view, uint64_t parent_view,
              const uint8_t digest[32], uint16_t signer);
/* The vote of everybody in signers (a bit each). */
void rig_cert(struct rig *r, uint8_t kind, uint64_t view, uint64_t parent_view,
              const uint8_t digest[32], unsigned signers);
/* The certificate by signers; sigs: room for 64 bytes each. */
void rig_cert_fill(const struct rig *r, struct weal_certificate *x, uint8_t *sigs, uint8_t kind,
                   uint64_t view, uint64_t parent_view, const uint8_t *digest, unsigned signers);
void rig_time(struct rig *r, uint64_t ms); /* moves on, with a TIMER at every due time */
void rig_answer(struct rig *r, enum weal_bft_event_kind kind, uint64_t view,
                const struct rig_block *b, enum weal_bft_answer a);
void rig_build(struct rig *r); /* answers the last BUILD */
/* Makes a block; gaps and parent certificate as a leader would, by signers 0..2. */
void rig_block(struct rig *r, struct rig_block *b, uint64_t view, uint64_t parent_view,
               const struct rig_block *parent, uint8_t mark);
/* As its leader proposes it: repeat proposes b again in another view. */
void rig_proposal(struct rig *r, const struct rig_block *b, uint64_t view, uint64_t parent_view,
                  const struct rig_block *parent);
void rig_pending(struct rig *r, bool pending);

/* Looking at the effects of the last call. */
const struct weal_bft_effect *rig_find(const struct rig *r, enum weal_bft_effect_kind kind);
size_t rig_count(const struct rig *r, enum weal_bft_effect_kind kind);
/* The vote sent (BROADCAST) or asked for (SIGN) of this kind and view; false when none. */
bool rig_sent(const struct rig *r, uint8_t kind, uint64_t view, struct weal_vote *v);
bool rig_sent_cert(const struct rig *r, uint8_t kind, uint64_t view);
bool rig_alarm(const struct rig *r, enum weal_bft_alarm a);
uint64_t rig_view(const struct rig *r);
struct weal_bft_status rig_status(const struct rig *r);

#endif
