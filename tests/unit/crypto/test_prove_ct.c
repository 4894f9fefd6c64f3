/* SPDX-License-Identifier: ISC */
/* The provers do nothing that depends on a secret but arithmetic: compiled here with the marks of
 * crypto/ring/secret.h, run under valgrind with index, secrets and nonce seed undefined, they must
 * give no error in this program. Errors inside libsodium are not ours to judge and suppressed: its
 * group operations are constant time by its own word, and the branches that it takes on "is this
 * encoding valid" and "is the product the identity" always go the same way here, because every
 * point is one that it encoded itself and no scalar is zero (announce_keys in prove.c sees to
 * that).
 * tests/support/constant_time.h runs it. */
#define WEAL_CONSTANT_TIME_TEST
#include "crypto/ring/prove.c"
#include "crypto/ring/prove_keys.c"
/* both files name these alike */
#define witness_fits witness_fits_linear
#define point_good point_good_linear
#include "crypto/ring/prove_linear.c"

#include "tests/support/baseline.h"
#include "tests/support/constant_time.h"
#include "tests/support/ringset.h"

static void prove_ring_undefined(uint8_t shape, uint16_t n, uint16_t m, uint32_t r,
                                 uint32_t index) {
    struct ringset set;
    uint8_t proof[WEAL_RING_PROOF_LIMIT], random[32] = {1}, secrets[2][32];
    ringset_make(&set, shape, n, m, r, 1, r, index + 1);
    const struct weal_ring_statement *s = &set.statements[index];
    memcpy(secrets, set.secrets[index], sizeof secrets);
    CT_SECRET(secrets, sizeof secrets);
    CT_SECRET(random, sizeof random);
    CT_SECRET(&index, sizeof index);
    enum weal_verdict v = weal_ring_prove(proof, s, index, (const uint8_t(*)[32])secrets, random);
    CT_PUBLIC(&v, sizeof v);
    ct_expect(v == WEAL_ACCEPT, "ring proof is made");
    CT_PUBLIC(proof, set.proof_n);
    ct_expect(baseline_ring_verify(s, weal_bytes(proof, set.proof_n)) == WEAL_ACCEPT,
              "ring proof holds");
    secrets[0][0] ^= 1;
    v = weal_ring_prove(proof, s, index, (const uint8_t(*)[32])secrets, random);
    CT_PUBLIC(&v, sizeof v);
    ct_expect(v == WEAL_V_PROVER_WITNESS, "another secret is refused");
    ringset_free(&set);
}

static void prove_linear_undefined(enum weal_linear_kind kind) {
    struct ringset_rng rng = {kind, 0};
    struct weal_bytes chain = WEAL_BYTES_LIT("chain"), scope = WEAL_BYTES_LIT("scope");
    uint8_t x[2][32], key[32], note[32], tag[32], nullifier[32], proof[128], random[32] = {2};
    ringset_scalar(&rng, x[0]);
    ringset_scalar(&rng, x[1]);
    CT_SECRET(x, sizeof x);
    CT_SECRET(random, sizeof random);
    bool ok = weal_human_key(key, x[0]) && weal_note_key(note, x[0], x[1]) &&
              weal_tag(tag, x[0], chain, 1, scope) && weal_nullifier(nullifier, x[1]);
    ct_expect(ok, "keys and tags are made");
    struct weal_linear_statement s = {.kind = kind,
                                      .chain = chain,
                                      .message = WEAL_BYTES_LIT("message"),
                                      .shape = 1,
                                      .scope = scope,
                                      .tag = tag,
                                      .key = key,
                                      .note = note};
    const uint8_t(*secrets)[32] = (const uint8_t(*)[32])x + (kind == WEAL_LINEAR_MINT);
    enum weal_verdict v = weal_linear_prove(proof, &s, secrets, random);
    CT_PUBLIC(&v, sizeof v);
    ct_expect(v == WEAL_ACCEPT, "linear proof is made");
}

static void provers(void) {
    prove_ring_undefined(WEAL_RING_HUMAN, 4, 2, 16, 3);
    prove_ring_undefined(WEAL_RING_HUMAN, 16, 1, 11, 10);
    prove_ring_undefined(WEAL_RING_NOTE, 4, 2, 12, 11);
    for (int k = 0; k < WEAL_LINEAR_KINDS; k++) prove_linear_undefined((enum weal_linear_kind)k);
}

int main(int argc, char **argv) {
    return ct_main(argc, argv, provers);
}
