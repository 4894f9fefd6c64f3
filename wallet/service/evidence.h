/* SPDX-License-Identifier: ISC */
/* The published rule by which a document becomes one string, so that one person with one document
 * has one handle however a clerk spells it:
 *
 *   "weal-evidence-1|" jurisdiction "|" kind "|" number "|" born
 *
 * jurisdiction, kind, number: printable ASCII as in a document's machine-readable zone; letters
 * become small, everything but letters and digits is dropped, and at least one is left. born: a day
 * of the Gregorian calendar, written YYYY-MM-DD, from one of
 *   1990-02-03  1990/02/03  1990.02.03  19900203  3.2.1990  3 February 1990  Feb 3, 1990
 * Slashes or dashes with the year last are refused: they mean two days, one on each side of the
 * ocean. Names are no part of it: they change. Pure; variable time (an attestor reads evidence). */
#ifndef WEAL_WALLET_SERVICE_EVIDENCE_H
#define WEAL_WALLET_SERVICE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

enum { WEAL_EVIDENCE_FIELD_MAX = 64, WEAL_EVIDENCE_MAX = 256 };

struct weal_document {
    const char *jurisdiction, *kind, *number, *born; /* NUL-terminated */
};

/* The string, NUL-terminated, and its length; 0 when a field is missing, too long or cannot be
 * read. */
size_t weal_evidence_text(char out[WEAL_EVIDENCE_MAX], const struct weal_document *e);

#endif
