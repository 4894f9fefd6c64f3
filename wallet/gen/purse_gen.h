/* SPDX-License-Identifier: ISC */
/* Generated from wallet/purse.schema; do not edit. */
#ifndef WEAL_GEN_PURSE_H
#define WEAL_GEN_PURSE_H

#include "crypto/base/bytes.h"

/* An account of an income */
struct weal_purse_income {
    uint32_t epoch; /* epoch claimed */
    uint8_t attempt; /* which of the epoch's destinations */
};

/* Which accounts there are */
struct weal_purse_accounts {
    uint32_t count; /* accounts 0..count-1 were made */
    uint16_t incomes_n;
    struct weal_purse_income incomes[4096]; /* found on the chain; those of receipts are added */
};

/* A payment, kept before it is sent */
struct weal_purse_payment {
    struct weal_bytes act; /* the transaction transfer, as it is sent; at most 4096 bytes, borrowed */
    uint64_t made_ms; /* this device's clock, ms since 1970 */
    uint64_t height; /* block it was found in; 0: not yet */
    struct weal_bytes code; /* what became of it: accept, another verdict, or expired; empty: not known; at most 63 bytes, borrowed */
};

/* A line of the history */
struct weal_purse_entry {
    uint64_t height; /* final block */
    uint64_t time_ms; /* its time */
    uint8_t kind; /* 1 paid, 2 received, 3 income, 4 a payment that failed */
    uint8_t asset; /* 1 IT, 2 IBC */
    uint64_t micro; /* amount */
    uint64_t fee; /* paid with it; 0 when others paid */
    uint8_t mine[32]; /* own account */
    uint8_t other[32]; /* the other account; zeros for an income */
    uint8_t id[32]; /* transaction */
};

/* Lines of the history, oldest first */
struct weal_purse_page {
    uint16_t entries_n;
    struct weal_purse_entry entries[256]; /* full but for the last page */
};

/* How far the history was read */
struct weal_purse_scan {
    uint64_t height; /* every block up to this one was looked at */
    uint64_t entries; /* lines of all pages that count */
    uint32_t accounts; /* accounts that were looked for */
};

enum {
    WEAL_PURSE_INCOME_ID = 0,
    WEAL_PURSE_INCOME_SIZE_MAX = 5,
    WEAL_PURSE_ACCOUNTS_ID = 16,
    WEAL_PURSE_ACCOUNTS_SIZE_MAX = 20486,
    WEAL_PURSE_PAYMENT_ID = 17,
    WEAL_PURSE_PAYMENT_SIZE_MAX = 4179,
    WEAL_PURSE_ENTRY_ID = 0,
    WEAL_PURSE_ENTRY_SIZE_MAX = 130,
    WEAL_PURSE_PAGE_ID = 18,
    WEAL_PURSE_PAGE_SIZE_MAX = 33282,
    WEAL_PURSE_SCAN_ID = 19,
    WEAL_PURSE_SCAN_SIZE_MAX = 20,
};

/* put writes the canonical encoding; get accepts nothing else (VAR fields view the
 * input); json writes an object, bytes as hex, u64 as decimal strings;
 * put_signed stops before the authority. A cursor that fails stays failed. */
void weal_purse_income_put(struct weal_wr *w, const struct weal_purse_income *x);
void weal_purse_income_get(struct weal_rd *r, struct weal_purse_income *x);
void weal_purse_income_json(struct weal_wr *w, const struct weal_purse_income *x);
void weal_purse_accounts_put(struct weal_wr *w, const struct weal_purse_accounts *x);
void weal_purse_accounts_get(struct weal_rd *r, struct weal_purse_accounts *x);
void weal_purse_accounts_json(struct weal_wr *w, const struct weal_purse_accounts *x);
void weal_purse_payment_put(struct weal_wr *w, const struct weal_purse_payment *x);
void weal_purse_payment_get(struct weal_rd *r, struct weal_purse_payment *x);
void weal_purse_payment_json(struct weal_wr *w, const struct weal_purse_payment *x);
void weal_purse_entry_put(struct weal_wr *w, const struct weal_purse_entry *x);
void weal_purse_entry_get(struct weal_rd *r, struct weal_purse_entry *x);
void weal_purse_entry_json(struct weal_wr *w, const struct weal_purse_entry *x);
void weal_purse_page_put(struct weal_wr *w, const struct weal_purse_page *x);
void weal_purse_page_get(struct weal_rd *r, struct weal_purse_page *x);
void weal_purse_page_json(struct weal_wr *w, const struct weal_purse_page *x);
void weal_purse_scan_put(struct weal_wr *w, const struct weal_purse_scan *x);
void weal_purse_scan_get(struct weal_rd *r, struct weal_purse_scan *x);
void weal_purse_scan_json(struct weal_wr *w, const struct weal_purse_scan *x);

/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when not. */
int weal_purse_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);
enum { WEAL_PURSE_RECORDS = 6 };

#endif
