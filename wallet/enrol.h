/* SPDX-License-Identifier: ISC */
/* Enrolment from the person's side: t of the attestors are shown the evidence, and answer the
 * blinded question of which the handle is made; t sign the record. Whoever does not answer is
 * passed over, whoever answers wrongly is found out by the proof against the commitment that the
 * chain has of its share, and named.
 *
 * What is shown to whom: the attestors asked see the evidence, the handle, the human key and the
 * address the request comes from; nobody else sees the evidence; the chain gets handle and key. The
 * human key is never seen again in the open: what the person does later is behind ring proofs.
 *
 * Blocking; one thread an object. Secrets and evidence are wiped from what is kept here. */
#ifndef WEAL_WALLET_ENROL_H
#define WEAL_WALLET_ENROL_H

#include "wallet/look.h"
#include "wallet/service/evidence.h"

enum { WEAL_ENROL_ATTESTORS = 16 };

/* The chain's attestors. */
struct weal_quorum {
    uint16_t t, n;     /* n: how many of the registry are kept here */
    uint32_t renewals; /* which shares the commitments are of */
    uint8_t voprf[32];
    struct weal_quorum_member {
        uint8_t key[32], share[32]; /* signing key; commitment of its share */
        bool active;
    } member[WEAL_ENROL_ATTESTORS];
};
/* Where records of the state come from: a node that is believed (weal_enrol_look, ctx a weal_look)
 * or proofs. value holds 65536 bytes; NOT_FOUND: it is not there. */
typedef enum weal_err weal_enrol_record(void *ctx, uint8_t table, struct weal_bytes key,
                                        uint8_t *value, size_t *n);
enum weal_err weal_enrol_look(void *ctx, uint8_t table, struct weal_bytes key, uint8_t *value,
                              size_t *n);
/* Reads them, all of one renewal. NOT_FOUND: the chain has none; CORRUPT; BUSY: shares are being
 * renewed again and again. */
WEAL_MUST_USE enum weal_err weal_quorum_read(struct weal_quorum *q, weal_enrol_record *record,
                                             void *ctx);
/* How often the shares were renewed. Errors as above. */
WEAL_MUST_USE enum weal_err weal_quorum_renewals(uint32_t *n, weal_enrol_record *record, void *ctx);
/* An answer of attestor `index` to a blinded element: is it what its share makes of it? */
bool weal_quorum_answer_good(const struct weal_quorum *q, uint16_t index, const uint8_t blinded[32],
                             const uint8_t evaluated[32], const uint8_t proof[64]);

struct weal_enrol {
    struct weal_act_chain chain;
    struct weal_quorum quorum;
    weal_enrol_record *record;
    void *ctx;
    struct weal_wallet_rpc
        rpc[WEAL_ENROL_ATTESTORS]; /* attestor i of the registry; port 0: unknown */
    bool renewed;                  /* an attestor has other shares than quorum says */
    int liar;                      /* attestor found out in the last call, or -1 */
    char name[64];                 /* of the last failure: a stable name */
    char sentence[256];            /* and its sentence */
};

/* record and ctx are kept: when shares are renewed in the middle, the registry is read again.
 * addresses: "HOST:PORT,..." (place.h) in the order of the registry; an empty one is an attestor
 * not known. INVALID: not a list of addresses, with name and sentence. */
WEAL_MUST_USE enum weal_err weal_enrol_open(struct weal_enrol *e,
                                            const struct weal_act_chain *chain,
                                            weal_enrol_record *record, void *ctx,
                                            const char *addresses);
void weal_enrol_release(struct weal_enrol *e);

/* Makes the finished act for the key of x. INVALID: refused, by name and sentence; BUSY: fewer than
 * t attestors answered usably. */
WEAL_MUST_USE enum weal_err weal_enrol_act(struct weal_enrol *e,
                                           const struct weal_document *evidence,
                                           const uint8_t x[32], const char *jurisdiction,
                                           uint64_t valid_until, struct weal_act *out);

#endif
