/* SPDX-License-Identifier: ISC */
/* The VOPRF does nothing that depends on a secret but arithmetic: inputs, blinds, keys, nonces,
 * coefficients and shares are undefined memory here (tests/support/constant_time.h); what is sent
 * is public, and lengths show. */
#define WEAL_CONSTANT_TIME_TEST
#include "crypto/oprf/oprf.c"
#include "crypto/ring/prove_keys.c"
/* both files name it alike */
#define mul mul_threshold
#include "crypto/oprf/threshold.c"
#undef mul

#include "tests/support/constant_time.h"

static const uint8_t passport[] = "CA passport AB123456 1990-02-03";
static uint8_t input[sizeof passport], blind[32], key[32], key_public[32], nonce[32];

static void scalar(uint8_t out[32], uint8_t name) {
    uint8_t wide[64];
    crypto_generichash(wide, sizeof wide, &name, 1, NULL, 0);
    CT_SECRET(wide, sizeof wide);
    ct_expect(weal_secret_reduce(out, wide), "scalar is made");
}

static bool accepted(enum weal_verdict v) {
    CT_PUBLIC(&v, sizeof v);
    return v == WEAL_ACCEPT;
}

static void person_and_holder(void) {
    uint8_t blinded[1][32], evaluated[1][32], proof[64], output[64], own[64];
    struct weal_bytes secret = weal_bytes(input, sizeof input);
    memcpy(input, passport, sizeof input);
    CT_SECRET(input, sizeof input);
    scalar(blind, 'b');
    scalar(nonce, 'n');
    ct_expect(accepted(weal_oprf_blind(blinded[0], secret, blind)), "input is blinded");
    CT_PUBLIC(blinded, sizeof blinded); /* sent */
    ct_expect(accepted(weal_oprf_evaluate(evaluated, proof, (const uint8_t(*)[32])blinded, 1, key,
                                          key_public, nonce)),
              "element is evaluated");
    CT_PUBLIC(evaluated, sizeof evaluated); /* sent, and the proof with it */
    CT_PUBLIC(proof, sizeof proof);
    ct_expect(accepted(weal_oprf_check((const uint8_t(*)[32])blinded,
                                       (const uint8_t(*)[32])evaluated, 1, key_public, proof)),
              "proof holds");
    ct_expect(accepted(weal_oprf_finalize(output, secret, blind, evaluated[0])), "output is made");
    ct_expect(accepted(weal_oprf_output(own, secret, key)), "holder makes it too");
    int differs = sodium_memcmp(output, own, sizeof own);
    CT_PUBLIC(&differs, sizeof differs);
    ct_expect(differs == 0, "both are the same");
}

static void refusals(void) {
    uint8_t zero[32] = {0}, out[32], proof[64], output[64], evaluated[1][32], element[1][32];
    crypto_scalarmult_ristretto255_base(element[0], (const uint8_t[32]){5});
    CT_SECRET(zero, sizeof zero);
    ct_expect(!accepted(weal_oprf_blind(out, WEAL_BYTES(input), zero)), "blind 0 is refused");
    ct_expect(!accepted(weal_oprf_evaluate(evaluated, proof, (const uint8_t(*)[32])element, 1, zero,
                                           key_public, nonce)),
              "key 0 is refused");
    ct_expect(!accepted(weal_oprf_finalize(output, WEAL_BYTES(input), zero, element[0])),
              "blind 0 is refused at the end");
}

static void dealer_and_holder(void) {
    uint8_t coefficient[2][32], share[32], sum[32];
    struct weal_dealing dealing;
    scalar(coefficient[0], 'c');
    scalar(coefficient[1], 'd');
    ct_expect(accepted(weal_dealing_make(&dealing, (const uint8_t(*)[32])coefficient, 2)),
              "dealing is made");
    CT_PUBLIC(&dealing, sizeof dealing); /* shown to all */
    weal_dealing_share(share, (const uint8_t(*)[32])coefficient, 2, 3);
    ct_expect(accepted(weal_dealing_share_check(&dealing, 3, share)), "share fits");
    memcpy(sum, share, 32);
    weal_share_add(sum, share);
    weal_share_weight(share, (const uint32_t[]){1, 3}, 2, 1);
    weal_share_scale(sum, share);
}

static void functions(void) {
    uint8_t seed[32] = {7};
    CT_SECRET(seed, sizeof seed);
    ct_expect(accepted(weal_oprf_key_derive(key, key_public, seed, WEAL_BYTES_LIT("epoch 1"))),
              "key is derived");
    CT_PUBLIC(key_public, sizeof key_public);
    person_and_holder();
    refusals();
    dealer_and_holder();
}

int main(int argc, char **argv) {
    return ct_main(argc, argv, functions);
}
