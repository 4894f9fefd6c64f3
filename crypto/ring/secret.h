/* SPDX-License-Identifier: ISC */
/* Marks for the constant-time test (tests/unit/crypto/test_prove_ct.c, after libsecp256k1's): there
 * secrets are memory that valgrind takes for undefined, so that every branch and every address that
 * depends on one is an error. What the prover may look at, because it is public or the answer that
 * the caller asked for, is declassified by name. Elsewhere these are nothing. Private. */
#ifndef WEAL_CRYPTO_RING_SECRET_H
#define WEAL_CRYPTO_RING_SECRET_H

#ifdef WEAL_CONSTANT_TIME_TEST
#include <valgrind/memcheck.h>
#define SECRET_DECLASSIFY(p, n) (void)VALGRIND_MAKE_MEM_DEFINED((p), (n))
#else
#define SECRET_DECLASSIFY(p, n) ((void)(p), (void)(n))
#endif

#endif
