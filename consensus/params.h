/* SPDX-License-Identifier: ISC */
/* The parameters of a chain: one struct, made from params.def, read from the state record
 * st_params. The only source of every governed number. Pure; any thread. */
#ifndef WEAL_CONSENSUS_PARAMS_H
#define WEAL_CONSENSUS_PARAMS_H

#include "consensus/gen/state_gen.h"
#include "crypto/base/verdict.h"

struct weal_params {
#define P(id, number, name, main, devnet, least, most, doc) uint64_t name;
#include "consensus/params.def"
#undef P
};

enum {
#define P(id, number, name, main, devnet, least, most, doc) WEAL_PARAM_##id = number,
#include "consensus/params.def"
#undef P
};

enum weal_preset { WEAL_PRESET_MAIN, WEAL_PRESET_DEVNET };

/* The protocol version this build implements; upgrades by height are checked against it. */
#ifndef WEAL_PROTOCOL_VERSION
#define WEAL_PROTOCOL_VERSION 1
#endif

void weal_params_preset(struct weal_params *p, enum weal_preset preset);

/* Names as in params.def ("epoch_ms"); false when there is none. set checks nothing. */
bool weal_params_set(struct weal_params *p, const char *name, uint64_t value);
bool weal_params_get(const struct weal_params *p, const char *name, uint64_t *value);

/* Every value within its range, else genesis-param; *name then says which. */
WEAL_MUST_USE enum weal_verdict weal_params_check(const struct weal_params *p, const char **name);

/* To and from the state record. from fails (false) unless every number is there, once, in order. */
void weal_params_to_record(struct weal_st_params *out, const struct weal_params *p);
bool weal_params_from_record(struct weal_params *out, const struct weal_st_params *r);

/* Documentation: the k-th parameter, false past the last. Static strings. */
struct weal_param_doc {
    uint16_t number;
    const char *name, *doc;
    uint64_t main, devnet, least, most;
};
bool weal_params_doc(unsigned k, struct weal_param_doc *out);

#endif
