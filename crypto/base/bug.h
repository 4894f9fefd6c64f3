/* SPDX-License-Identifier: ISC */
/* Three tiers of doubt.
 * WEAL_ASSERT: our own mistakes; always on; ends the process. Foreign bytes never reach one.
 * WEAL_PARANOID_ASSERT: costly invariants; on in debug, sanitizer, fuzz and simulator builds.
 * Refusals of foreign data are verdicts (verdict.h), never assertions. */
#ifndef WEAL_CRYPTO_BASE_BUG_H
#define WEAL_CRYPTO_BASE_BUG_H

_Noreturn void weal_bug(const char *expression, const char *file, int line);

#define WEAL_ASSERT(x) ((x) ? (void)0 : weal_bug(#x, __FILE__, __LINE__))
#ifdef WEAL_PARANOID
#define WEAL_PARANOID_ASSERT(x) WEAL_ASSERT(x)
#else
#define WEAL_PARANOID_ASSERT(x) ((void)sizeof(x))
#endif
#define WEAL_MUST_USE __attribute__((warn_unused_result))

#endif
