/* SPDX-License-Identifier: ISC */
/* The list of modules, and finding an act by its kind. */
#include "consensus/mod/module.h"

const struct weal_mod *const weal_mods[] = {
    &weal_mod_account,
    &weal_mod_human,
    &weal_mod_cohort,
    &weal_mod_activity,
    &weal_mod_income,
    &weal_mod_seat,
    NULL,
};

const struct weal_act *weal_act_find(uint16_t kind) {
    for (unsigned m = 0; weal_mods[m]; m++) {
        for (unsigned i = 0; i < weal_mods[m]->acts_n; i++) {
            if (weal_mods[m]->acts[i].kind == kind) return &weal_mods[m]->acts[i];
        }
    }
    return NULL;
}

void weal_reserve(struct weal_tx_info *info, const uint8_t value[32]) {
    WEAL_ASSERT(info->reserves_n < WEAL_EXEC_RESERVES_MAX);
    memcpy(info->reserves[info->reserves_n++], value, 32);
}
