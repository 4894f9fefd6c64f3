/* SPDX-License-Identifier: ISC */
/* Message types, their classes and caps, all from msg.def. The records themselves are in
 * p2p/gen/msg_gen.h (from msg.schema). A class is a promise about precedence: a vote never waits
 * for a body, a body never for a transaction. Pure; any thread. */
#ifndef WEAL_P2P_MSG_H
#define WEAL_P2P_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "p2p/limits.h"

/* From the most urgent to the least. */
enum weal_p2p_class {
    WEAL_P2P_CLASS_VOTE,    /* votes, certificates, proposals; pings and hello ride along */
    WEAL_P2P_CLASS_BODY,    /* bodies and blocks */
    WEAL_P2P_CLASS_REQUEST, /* questions, and answers made of certificates */
    WEAL_P2P_CLASS_TX,
    WEAL_P2P_CLASS_PEX
};

enum weal_p2p_type {
#define M(number, name, record, cls, cap, flags) WEAL_P2P_##name = number,
#include "p2p/msg.def"
#undef M
};

enum { WEAL_P2P_FLAG_FIRST = 1, WEAL_P2P_FLAG_VALIDATOR = 2 };

struct weal_p2p_type_info {
    const char *name; /* upper case, as in msg.def; NULL: no such type */
    enum weal_p2p_class cls;
    uint32_t cap; /* bytes */
    uint32_t flags;
};

/* Static; for any number. */
const struct weal_p2p_type_info *weal_p2p_type_info(unsigned type);
const char *weal_p2p_class_name(enum weal_p2p_class c); /* "vote", "body", ... */

#endif
