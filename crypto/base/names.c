/* SPDX-License-Identifier: ISC */
/* Names and sentences of errors and verdicts, derived from their two lists. */
#include "crypto/base/err.h"
#include "crypto/base/verdict.h"

const char *weal_err_name(enum weal_err e) {
    static const char *const name[] = {
#define X(id, name, text) name,
        WEAL_ERR_LIST(X)
#undef X
    };
    return (unsigned)e < WEAL_ERR_COUNT ? name[e] : "unknown";
}

const char *weal_err_text(enum weal_err e) {
    static const char *const text[] = {
#define X(id, name, text) text,
        WEAL_ERR_LIST(X)
#undef X
    };
    return (unsigned)e < WEAL_ERR_COUNT ? text[e] : "unknown error";
}

static const struct {
    const char *name, *row, *sentence;
} verdicts[] = {
    {"accept", "-", "accepted"},
#define V(id, name, row, sentence) {name, row, sentence},
#include "crypto/base/verdict.def"
#undef V
};

const char *weal_verdict_name(enum weal_verdict v) {
    return (unsigned)v < WEAL_V_COUNT ? verdicts[v].name : "unknown";
}
const char *weal_verdict_sentence(enum weal_verdict v) {
    return (unsigned)v < WEAL_V_COUNT ? verdicts[v].sentence : "unknown verdict";
}
const char *weal_verdict_row(enum weal_verdict v) {
    return (unsigned)v < WEAL_V_COUNT ? verdicts[v].row : "-";
}
