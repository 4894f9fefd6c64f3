/* SPDX-License-Identifier: ISC */
/* Verdicts: why foreign data is refused. Every refusal has one stable name, the same in logs, RPC,
 * metrics and tests, a sentence naming the field and the limit, and the requirement row it rests
 * on ("-" where none does). 0 is acceptance. The list lives in verdict.def, in sections by module;
 * numbers are not stable, names are. */
#ifndef WEAL_CRYPTO_BASE_VERDICT_H
#define WEAL_CRYPTO_BASE_VERDICT_H

#include "crypto/base/bug.h"

enum weal_verdict {
    WEAL_ACCEPT = 0,
#define V(id, name, row, sentence) WEAL_V_##id,
#include "crypto/base/verdict.def"
#undef V
    WEAL_V_COUNT
};

/* Static strings, for any value; "accept" for 0. */
const char *weal_verdict_name(enum weal_verdict v);
const char *weal_verdict_sentence(enum weal_verdict v);
const char *weal_verdict_row(enum weal_verdict v);

#endif
