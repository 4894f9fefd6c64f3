/* SPDX-License-Identifier: ISC */
/* The agent, as the commands of `weal` open it. */
#ifndef WEAL_WALLET_APP_AGENT_H
#define WEAL_WALLET_APP_AGENT_H

#include "wallet/app.h"
#include "wallet/psa.h"
#include "wallet/purse.h"

/* Asks for the password and opens the agent's records beside the wallet's file; a->trust must be
 * open. look is opened too, but not refreshed. 0, or an exit code after saying why; on 0 both are
 * released by the caller. */
int weal_app_agent(struct weal_app *a, struct weal_psa *p, struct weal_look *look);
/* The purse over an open agent; closed by the caller on 0. */
int weal_app_purse(struct weal_app *a, struct weal_purse *p, struct weal_psa *psa);

/* The account --account names, or account 0. The file must have been read; when an account is
 * named, this asks for the password and opens a->trust. 0, or an exit code after saying why. */
int weal_app_own(struct weal_app *a, uint8_t key[32]);

#endif
