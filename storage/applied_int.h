/* SPDX-License-Identifier: ISC */
/* Writing the record of what is applied, inside the batch of the caller; private to storage/. */
#ifndef WEAL_STORAGE_APPLIED_INT_H
#define WEAL_STORAGE_APPLIED_INT_H

#include "storage/apply.h"

WEAL_MUST_USE enum weal_err weal_applied_write(struct weal_kv *kv, const struct weal_applied *a);

#endif
