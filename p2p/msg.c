/* SPDX-License-Identifier: ISC */
#include "p2p/msg.h"

#include <stddef.h>

const struct weal_p2p_type_info *weal_p2p_type_info(unsigned type) {
    enum { FIRST = WEAL_P2P_FLAG_FIRST, VALIDATOR = WEAL_P2P_FLAG_VALIDATOR };
    static const struct weal_p2p_type_info none;
    static const struct weal_p2p_type_info types[128] = {
#define M(number, name, record, cls, cap, flags)                                                   \
    [number] = {#name, WEAL_P2P_CLASS_##cls, cap, flags},
#include "p2p/msg.def"
#undef M
    };
    return type < 128 ? &types[type] : &none;
}

const char *weal_p2p_class_name(enum weal_p2p_class c) {
    static const char *const name[] = {"vote", "body", "request", "tx", "pex"};
    return (unsigned)c < WEAL_P2P_CLASSES ? name[c] : "unknown";
}
