/* SPDX-License-Identifier: ISC */
/* Signatures and proofs by oracle. weal-sim, its tests and fuzz_exec_sequence are linked so that
 * every call from another object to weal_sig_sign, weal_sig_verify_var, weal_ring_prove,
 * weal_linear_prove and weal_batch_verify comes here first (ld --wrap): the node's objects are the
 * daemon's, byte for byte.
 *
 *   off      everything goes to the real function (the start)
 *   on       a signature is a hash of public key and digest, which takes no curve; the secret is
 *            still needed to make one here, and adversaries of the simulator do not forge. A proof
 *            is made only from secrets that fit its statement; its bytes are a hash, and statement
 *            and bytes are remembered. What was remembered holds; anything else is verified for
 *            real, once, so that whatever was changed, lifted or forged is refused.
 * A wrong signature or proof is refused in both. One thread.
 *
 * The table of the generators' multiples, which every node that starts makes anew, is made once for
 * all of them, on or off: it is read only. */
#ifndef WEAL_TESTS_SIM_ORACLE_H
#define WEAL_TESTS_SIM_ORACLE_H

#include "crypto/base/bytes.h"

void oracle_on(void);
/* Forgets what was remembered. */
void oracle_off(void);
/* Calls answered since oracle_on. */
uint64_t oracle_answers(void);

#endif
