/* SPDX-License-Identifier: ISC */
/* The provers do nothing that depends on a secret but arithmetic: compiled here with the marks of
 * crypto/ring/secret.h, run under valgrind with index, secrets and nonce seed undefined, they must
 * give no error in this program. Errors inside libsodium are not ours to judge and suppressed: its
 * group operations are constant time by its own word, and the branches that it takes on "is this
 * encoding valid" and "is the product the identity" always go the same way here, because every
 * point is one that it encoded itself and no scalar is zero (announce_keys in prove.c sees to
 * that).
 *
 * Started without valgrind the test starts itself under it; a sanitizer build can't be, and checks
 * only that the proofs made are right. */
#define WEAL_CONSTANT_TIME_TEST
#include "crypto/ring/prove.c"
#include "crypto/ring/prove_keys.c"
/* both files name these alike */
#define witness_fits witness_fits_linear
#define point_good point_good_linear
#include "crypto/ring/prove_linear.c"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/baseline.h"
#include "tests/support/ringset.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(WEAL_COVERAGE)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const char suppressions[] = "{\n  libsodium\n  Memcheck:Cond\n  obj:*libsodium*\n}\n"
                                   "{\n  libsodium\n  Memcheck:Value8\n  obj:*libsodium*\n}\n"
                                   "{\n  libsodium\n  Memcheck:Value4\n  obj:*libsodium*\n}\n"
                                   "{\n  libsodium\n  Memcheck:Value1\n  obj:*libsodium*\n}\n";

#define UNDEFINE(p, n) (void)VALGRIND_MAKE_MEM_UNDEFINED((p), (n))
#define DEFINE(p, n) (void)VALGRIND_MAKE_MEM_DEFINED((p), (n))

static int failures;
static void expect(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "FAIL: %s\n", what);
    failures++;
}

static void prove_ring_undefined(uint8_t shape, uint16_t n, uint16_t m, uint32_t r,
                                 uint32_t index) {
    struct ringset set;
    uint8_t proof[WEAL_RING_PROOF_LIMIT], random[32] = {1}, secrets[2][32];
    ringset_make(&set, shape, n, m, r, 1, r, index + 1);
    const struct weal_ring_statement *s = &set.statements[index];
    memcpy(secrets, set.secrets[index], sizeof secrets);
    UNDEFINE(secrets, sizeof secrets);
    UNDEFINE(random, sizeof random);
    UNDEFINE(&index, sizeof index);
    enum weal_verdict v = weal_ring_prove(proof, s, index, (const uint8_t(*)[32])secrets, random);
    DEFINE(&v, sizeof v);
    expect(v == WEAL_ACCEPT, "ring proof is made");
    DEFINE(proof, set.proof_n);
    expect(baseline_ring_verify(s, weal_bytes(proof, set.proof_n)) == WEAL_ACCEPT,
           "ring proof holds");
    secrets[0][0] ^= 1;
    v = weal_ring_prove(proof, s, index, (const uint8_t(*)[32])secrets, random);
    DEFINE(&v, sizeof v);
    expect(v == WEAL_V_PROVER_WITNESS, "another secret is refused");
    ringset_free(&set);
}

static void prove_linear_undefined(enum weal_linear_kind kind) {
    struct ringset_rng rng = {kind, 0};
    struct weal_bytes chain = WEAL_BYTES_LIT("chain"), scope = WEAL_BYTES_LIT("scope");
    uint8_t x[2][32], key[32], note[32], tag[32], nullifier[32], proof[128], random[32] = {2};
    ringset_scalar(&rng, x[0]);
    ringset_scalar(&rng, x[1]);
    UNDEFINE(x, sizeof x);
    UNDEFINE(random, sizeof random);
    bool ok = weal_human_key(key, x[0]) && weal_note_key(note, x[0], x[1]) &&
              weal_tag(tag, x[0], chain, 1, scope) && weal_nullifier(nullifier, x[1]);
    expect(ok, "keys and tags are made");
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
    DEFINE(&v, sizeof v);
    expect(v == WEAL_ACCEPT, "linear proof is made");
}

static int under_valgrind(const char *self) {
    /* the second run branches on a secret on purpose: if that passes, nothing was tested */
    static const char *const modes[] = {"--inside", "--canary 2>/dev/null >&2"};
    char dir[] = "/tmp/weal-ct-XXXXXX", command[8192];
    int bad = 0;
    if (!mkdtemp(dir)) return 1;
    snprintf(command, sizeof command, "%s/suppressions", dir);
    FILE *f = fopen(command, "w");
    bad |= !f || fputs(suppressions, f) < 0 || fclose(f) != 0;
    for (int i = 0; i < 2 && !bad; i++) {
        /* stripped: valgrind 3.19 stumbles over the debug information of clang 14 */
        snprintf(command, sizeof command,
                 "objcopy --strip-debug '%s' %s/test && "
                 "exec valgrind -q --error-exitcode=9 --suppressions=%s/suppressions %s/test %s",
                 self, dir, dir, dir, modes[i]);
        bad |= (system(command) == 0) != (i == 0);
    }
    snprintf(command, sizeof command, "rm -r %s", dir);
    return bad | (system(command) != 0);
}

static int canary(void) {
    uint8_t secret[32] = {3};
    static volatile int table[4] = {1, 2, 3, 4};
    UNDEFINE(secret, sizeof secret);
    return table[secret[0] & 3] == 77;
}

int main(int argc, char **argv) {
    if (sodium_init() < 0) return 1;
    if (!SANITIZED && !RUNNING_ON_VALGRIND && argc == 1) return under_valgrind(argv[0]);
    if (argc > 1 && strcmp(argv[1], "--canary") == 0) return canary();
    prove_ring_undefined(WEAL_RING_HUMAN, 4, 2, 16, 3);
    prove_ring_undefined(WEAL_RING_HUMAN, 16, 1, 11, 10);
    prove_ring_undefined(WEAL_RING_NOTE, 4, 2, 12, 11);
    for (int k = 0; k < WEAL_LINEAR_KINDS; k++) prove_linear_undefined((enum weal_linear_kind)k);
    printf("%d failures\n", failures);
    return failures != 0;
}
