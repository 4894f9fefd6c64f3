/* SPDX-License-Identifier: ISC */
/* Generated from p2p/msg.schema; do not edit. */
#include "p2p/gen/msg_gen.h"

void weal_p2p_role_put(struct weal_wr *w, const struct weal_p2p_role *x) {
    weal_wr_copy(w, x->validator, 32);
    weal_wr_copy(w, x->sig, 64);
}

void weal_p2p_role_get(struct weal_rd *r, struct weal_p2p_role *x) {
    weal_rd_copy(r, x->validator, 32);
    weal_rd_copy(r, x->sig, 64);
}

void weal_p2p_role_json(struct weal_wr *w, const struct weal_p2p_role *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"validator\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->validator, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"sig\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->sig, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_hello_put(struct weal_wr *w, const struct weal_p2p_hello *x) {
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->chain, 32);
    weal_wr_u32(w, x->roles);
    weal_wr_u16(w, x->listen_port);
    weal_wr_u64(w, x->head_height);
    weal_wr_copy(w, x->head_id, 32);
    weal_wr_copy(w, x->short_salt, 16);
    if (x->agent.n > 64) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->agent.n);
    weal_wr_bytes(w, x->agent);
    weal_wr_u8(w, x->role_has);
    if (x->role_has) weal_p2p_role_put(w, &x->role);
}

void weal_p2p_hello_get(struct weal_rd *r, struct weal_p2p_hello *x) {
    x->version = weal_rd_u16(r);
    weal_rd_copy(r, x->chain, 32);
    x->roles = weal_rd_u32(r);
    x->listen_port = weal_rd_u16(r);
    x->head_height = weal_rd_u64(r);
    weal_rd_copy(r, x->head_id, 32);
    weal_rd_copy(r, x->short_salt, 16);
    {
        size_t n = weal_rd_u16(r);
        if (n > 64) weal_rd_fail(r);
        x->agent = weal_rd_view(r, n);
    }
    {
        uint8_t has = weal_rd_u8(r);
        if (has > 1) weal_rd_fail(r);
        x->role_has = has == 1;
    }
    if (x->role_has) weal_p2p_role_get(r, &x->role);
}

void weal_p2p_hello_json(struct weal_wr *w, const struct weal_p2p_hello *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"chain\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->chain, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"roles\":");
    weal_wr_dec(w, x->roles);
    weal_wr_text(w, ",\"listen_port\":");
    weal_wr_dec(w, x->listen_port);
    weal_wr_text(w, ",\"head_height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->head_height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"head_id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->head_id, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"short_salt\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->short_salt, 16);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"agent\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->agent.p, x->agent.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"role\":");
    if (x->role_has) {
        weal_p2p_role_json(w, &x->role);
    } else {
        weal_wr_text(w, "null");
    }
    weal_wr_text(w, "}");
}

void weal_p2p_ping_put(struct weal_wr *w, const struct weal_p2p_ping *x) {
    weal_wr_u64(w, x->nonce);
}

void weal_p2p_ping_get(struct weal_rd *r, struct weal_p2p_ping *x) {
    x->nonce = weal_rd_u64(r);
}

void weal_p2p_ping_json(struct weal_wr *w, const struct weal_p2p_ping *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"nonce\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->nonce);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_reject_put(struct weal_wr *w, const struct weal_p2p_reject *x) {
    if (x->reason.n > 96) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->reason.n);
    weal_wr_bytes(w, x->reason);
}

void weal_p2p_reject_get(struct weal_rd *r, struct weal_p2p_reject *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 96) weal_rd_fail(r);
        x->reason = weal_rd_view(r, n);
    }
}

void weal_p2p_reject_json(struct weal_wr *w, const struct weal_p2p_reject *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"reason\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->reason.p, x->reason.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_head_put(struct weal_wr *w, const struct weal_p2p_head *x) {
    weal_wr_u64(w, x->height);
    weal_wr_copy(w, x->id, 32);
}

void weal_p2p_head_get(struct weal_rd *r, struct weal_p2p_head *x) {
    x->height = weal_rd_u64(r);
    weal_rd_copy(r, x->id, 32);
}

void weal_p2p_head_json(struct weal_wr *w, const struct weal_p2p_head *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->id, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_vote_put(struct weal_wr *w, const struct weal_p2p_vote *x) {
    if (x->vote.n > 480) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->vote.n);
    weal_wr_bytes(w, x->vote);
}

void weal_p2p_vote_get(struct weal_rd *r, struct weal_p2p_vote *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 480) weal_rd_fail(r);
        x->vote = weal_rd_view(r, n);
    }
}

void weal_p2p_vote_json(struct weal_wr *w, const struct weal_p2p_vote *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"vote\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->vote.p, x->vote.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_cert_put(struct weal_wr *w, const struct weal_p2p_cert *x) {
    if (x->cert.n > 32000) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->cert.n);
    weal_wr_bytes(w, x->cert);
}

void weal_p2p_cert_get(struct weal_rd *r, struct weal_p2p_cert *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 32000) weal_rd_fail(r);
        x->cert = weal_rd_view(r, n);
    }
}

void weal_p2p_cert_json(struct weal_wr *w, const struct weal_p2p_cert *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"cert\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->cert.p, x->cert.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_proposal_put(struct weal_wr *w, const struct weal_p2p_proposal *x) {
    if (x->proposal.n > 1048000) weal_wr_fail(w);
    weal_wr_u32(w, (uint32_t)x->proposal.n);
    weal_wr_bytes(w, x->proposal);
}

void weal_p2p_proposal_get(struct weal_rd *r, struct weal_p2p_proposal *x) {
    {
        size_t n = weal_rd_u32(r);
        if (n > 1048000) weal_rd_fail(r);
        x->proposal = weal_rd_view(r, n);
    }
}

void weal_p2p_proposal_json(struct weal_wr *w, const struct weal_p2p_proposal *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"proposal\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->proposal.p, x->proposal.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_body_put(struct weal_wr *w, const struct weal_p2p_body *x) {
    weal_wr_u8(w, x->why);
    weal_wr_copy(w, x->id, 32);
    if (x->header.n > 4096) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->header.n);
    weal_wr_bytes(w, x->header);
    if (x->body.n > 2162688) weal_wr_fail(w);
    weal_wr_u32(w, (uint32_t)x->body.n);
    weal_wr_bytes(w, x->body);
}

void weal_p2p_body_get(struct weal_rd *r, struct weal_p2p_body *x) {
    x->why = weal_rd_u8(r);
    weal_rd_copy(r, x->id, 32);
    {
        size_t n = weal_rd_u16(r);
        if (n > 4096) weal_rd_fail(r);
        x->header = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u32(r);
        if (n > 2162688) weal_rd_fail(r);
        x->body = weal_rd_view(r, n);
    }
}

void weal_p2p_body_json(struct weal_wr *w, const struct weal_p2p_body *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"why\":");
    weal_wr_dec(w, x->why);
    weal_wr_text(w, ",\"id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->id, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"header\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->header.p, x->header.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"body\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->body.p, x->body.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_block_put(struct weal_wr *w, const struct weal_p2p_block *x) {
    if (x->header.n > 4096) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->header.n);
    weal_wr_bytes(w, x->header);
    if (x->cert.n > 32000) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->cert.n);
    weal_wr_bytes(w, x->cert);
    if (x->body.n > 2162688) weal_wr_fail(w);
    weal_wr_u32(w, (uint32_t)x->body.n);
    weal_wr_bytes(w, x->body);
}

void weal_p2p_block_get(struct weal_rd *r, struct weal_p2p_block *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 4096) weal_rd_fail(r);
        x->header = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u16(r);
        if (n > 32000) weal_rd_fail(r);
        x->cert = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u32(r);
        if (n > 2162688) weal_rd_fail(r);
        x->body = weal_rd_view(r, n);
    }
}

void weal_p2p_block_json(struct weal_wr *w, const struct weal_p2p_block *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"header\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->header.p, x->header.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"cert\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->cert.p, x->cert.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"body\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->body.p, x->body.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_block_get_put(struct weal_wr *w, const struct weal_p2p_block_get *x) {
    weal_wr_u32(w, x->request);
    weal_wr_u64(w, x->from);
    weal_wr_u16(w, x->count);
}

void weal_p2p_block_get_get(struct weal_rd *r, struct weal_p2p_block_get *x) {
    x->request = weal_rd_u32(r);
    x->from = weal_rd_u64(r);
    x->count = weal_rd_u16(r);
}

void weal_p2p_block_get_json(struct weal_wr *w, const struct weal_p2p_block_get *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"request\":");
    weal_wr_dec(w, x->request);
    weal_wr_text(w, ",\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->from);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"count\":");
    weal_wr_dec(w, x->count);
    weal_wr_text(w, "}");
}

void weal_p2p_blocks_put(struct weal_wr *w, const struct weal_p2p_blocks *x) {
    weal_wr_u32(w, x->request);
    weal_wr_u64(w, x->head_height);
    weal_wr_u64(w, x->from);
    if (x->blocks_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->blocks_n);
    for (uint16_t i = 0; !w->failed && i < x->blocks_n; i++) {
        weal_p2p_block_put(w, &x->blocks[i]);
    }
}

void weal_p2p_blocks_get(struct weal_rd *r, struct weal_p2p_blocks *x) {
    x->request = weal_rd_u32(r);
    x->head_height = weal_rd_u64(r);
    x->from = weal_rd_u64(r);
    x->blocks_n = weal_rd_u16(r);
    if (x->blocks_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->blocks_n; i++) {
        weal_p2p_block_get(r, &x->blocks[i]);
    }
}

void weal_p2p_blocks_json(struct weal_wr *w, const struct weal_p2p_blocks *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"request\":");
    weal_wr_dec(w, x->request);
    weal_wr_text(w, ",\"head_height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->head_height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->from);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"blocks\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->blocks_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_p2p_block_json(w, &x->blocks[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_p2p_body_get_put(struct weal_wr *w, const struct weal_p2p_body_get *x) {
    weal_wr_copy(w, x->id, 32);
}

void weal_p2p_body_get_get(struct weal_rd *r, struct weal_p2p_body_get *x) {
    weal_rd_copy(r, x->id, 32);
}

void weal_p2p_body_get_json(struct weal_wr *w, const struct weal_p2p_body_get *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->id, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_view_get_put(struct weal_wr *w, const struct weal_p2p_view_get *x) {
    weal_wr_u64(w, x->term);
    weal_wr_u64(w, x->from);
    weal_wr_u16(w, x->count);
}

void weal_p2p_view_get_get(struct weal_rd *r, struct weal_p2p_view_get *x) {
    x->term = weal_rd_u64(r);
    x->from = weal_rd_u64(r);
    x->count = weal_rd_u16(r);
}

void weal_p2p_view_get_json(struct weal_wr *w, const struct weal_p2p_view_get *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"term\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->from);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"count\":");
    weal_wr_dec(w, x->count);
    weal_wr_text(w, "}");
}

void weal_p2p_view_cert_put(struct weal_wr *w, const struct weal_p2p_view_cert *x) {
    if (x->cert.n > 32000) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->cert.n);
    weal_wr_bytes(w, x->cert);
}

void weal_p2p_view_cert_get(struct weal_rd *r, struct weal_p2p_view_cert *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 32000) weal_rd_fail(r);
        x->cert = weal_rd_view(r, n);
    }
}

void weal_p2p_view_cert_json(struct weal_wr *w, const struct weal_p2p_view_cert *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"cert\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->cert.p, x->cert.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_views_put(struct weal_wr *w, const struct weal_p2p_views *x) {
    weal_wr_u64(w, x->term);
    weal_wr_u64(w, x->from);
    if (x->certs_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->certs_n);
    for (uint16_t i = 0; !w->failed && i < x->certs_n; i++) {
        weal_p2p_view_cert_put(w, &x->certs[i]);
    }
}

void weal_p2p_views_get(struct weal_rd *r, struct weal_p2p_views *x) {
    x->term = weal_rd_u64(r);
    x->from = weal_rd_u64(r);
    x->certs_n = weal_rd_u16(r);
    if (x->certs_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->certs_n; i++) {
        weal_p2p_view_cert_get(r, &x->certs[i]);
    }
}

void weal_p2p_views_json(struct weal_wr *w, const struct weal_p2p_views *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"term\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"from\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->from);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"certs\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->certs_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_p2p_view_cert_json(w, &x->certs[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_p2p_tx_id_put(struct weal_wr *w, const struct weal_p2p_tx_id *x) {
    weal_wr_copy(w, x->short_id, 8);
    weal_wr_u32(w, x->size);
}

void weal_p2p_tx_id_get(struct weal_rd *r, struct weal_p2p_tx_id *x) {
    weal_rd_copy(r, x->short_id, 8);
    x->size = weal_rd_u32(r);
}

void weal_p2p_tx_id_json(struct weal_wr *w, const struct weal_p2p_tx_id *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"short_id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->short_id, 8);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"size\":");
    weal_wr_dec(w, x->size);
    weal_wr_text(w, "}");
}

void weal_p2p_tx_announce_put(struct weal_wr *w, const struct weal_p2p_tx_announce *x) {
    if (x->ids_n > 512) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->ids_n);
    for (uint16_t i = 0; !w->failed && i < x->ids_n; i++) {
        weal_p2p_tx_id_put(w, &x->ids[i]);
    }
}

void weal_p2p_tx_announce_get(struct weal_rd *r, struct weal_p2p_tx_announce *x) {
    x->ids_n = weal_rd_u16(r);
    if (x->ids_n > 512) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->ids_n; i++) {
        weal_p2p_tx_id_get(r, &x->ids[i]);
    }
}

void weal_p2p_tx_announce_json(struct weal_wr *w, const struct weal_p2p_tx_announce *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"ids\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->ids_n && i < 512; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_p2p_tx_id_json(w, &x->ids[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_p2p_tx_want_put(struct weal_wr *w, const struct weal_p2p_tx_want *x) {
    weal_wr_copy(w, x->short_id, 8);
}

void weal_p2p_tx_want_get(struct weal_rd *r, struct weal_p2p_tx_want *x) {
    weal_rd_copy(r, x->short_id, 8);
}

void weal_p2p_tx_want_json(struct weal_wr *w, const struct weal_p2p_tx_want *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"short_id\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->short_id, 8);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_tx_get_put(struct weal_wr *w, const struct weal_p2p_tx_get *x) {
    if (x->ids_n > 512) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->ids_n);
    for (uint16_t i = 0; !w->failed && i < x->ids_n; i++) {
        weal_p2p_tx_want_put(w, &x->ids[i]);
    }
}

void weal_p2p_tx_get_get(struct weal_rd *r, struct weal_p2p_tx_get *x) {
    x->ids_n = weal_rd_u16(r);
    if (x->ids_n > 512) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->ids_n; i++) {
        weal_p2p_tx_want_get(r, &x->ids[i]);
    }
}

void weal_p2p_tx_get_json(struct weal_wr *w, const struct weal_p2p_tx_get *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"ids\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->ids_n && i < 512; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_p2p_tx_want_json(w, &x->ids[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_p2p_tx_item_put(struct weal_wr *w, const struct weal_p2p_tx_item *x) {
    if (x->tx.n > 65535) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->tx.n);
    weal_wr_bytes(w, x->tx);
}

void weal_p2p_tx_item_get(struct weal_rd *r, struct weal_p2p_tx_item *x) {
    {
        size_t n = weal_rd_u16(r);
        if (n > 65535) weal_rd_fail(r);
        x->tx = weal_rd_view(r, n);
    }
}

void weal_p2p_tx_item_json(struct weal_wr *w, const struct weal_p2p_tx_item *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"tx\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->tx.p, x->tx.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_tx_data_put(struct weal_wr *w, const struct weal_p2p_tx_data *x) {
    if (x->txs_n > 256) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->txs_n);
    for (uint16_t i = 0; !w->failed && i < x->txs_n; i++) {
        weal_p2p_tx_item_put(w, &x->txs[i]);
    }
    if (x->gone_n > 256) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->gone_n);
    for (uint16_t i = 0; !w->failed && i < x->gone_n; i++) {
        weal_p2p_tx_want_put(w, &x->gone[i]);
    }
}

void weal_p2p_tx_data_get(struct weal_rd *r, struct weal_p2p_tx_data *x) {
    x->txs_n = weal_rd_u16(r);
    if (x->txs_n > 256) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->txs_n; i++) {
        weal_p2p_tx_item_get(r, &x->txs[i]);
    }
    x->gone_n = weal_rd_u16(r);
    if (x->gone_n > 256) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->gone_n; i++) {
        weal_p2p_tx_want_get(r, &x->gone[i]);
    }
}

void weal_p2p_tx_data_json(struct weal_wr *w, const struct weal_p2p_tx_data *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"txs\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->txs_n && i < 256; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_p2p_tx_item_json(w, &x->txs[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, ",\"gone\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->gone_n && i < 256; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_p2p_tx_want_json(w, &x->gone[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_p2p_addr_put(struct weal_wr *w, const struct weal_p2p_addr *x) {
    weal_wr_copy(w, x->ip, 16);
    weal_wr_u16(w, x->port);
    weal_wr_copy(w, x->identity, 32);
}

void weal_p2p_addr_get(struct weal_rd *r, struct weal_p2p_addr *x) {
    weal_rd_copy(r, x->ip, 16);
    x->port = weal_rd_u16(r);
    weal_rd_copy(r, x->identity, 32);
}

void weal_p2p_addr_json(struct weal_wr *w, const struct weal_p2p_addr *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"ip\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->ip, 16);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"port\":");
    weal_wr_dec(w, x->port);
    weal_wr_text(w, ",\"identity\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->identity, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_p2p_pex_get_put(struct weal_wr *w, const struct weal_p2p_pex_get *x) {
    weal_wr_u16(w, x->count);
}

void weal_p2p_pex_get_get(struct weal_rd *r, struct weal_p2p_pex_get *x) {
    x->count = weal_rd_u16(r);
}

void weal_p2p_pex_get_json(struct weal_wr *w, const struct weal_p2p_pex_get *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"count\":");
    weal_wr_dec(w, x->count);
    weal_wr_text(w, "}");
}

void weal_p2p_pex_put(struct weal_wr *w, const struct weal_p2p_pex *x) {
    if (x->addrs_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->addrs_n);
    for (uint16_t i = 0; !w->failed && i < x->addrs_n; i++) {
        weal_p2p_addr_put(w, &x->addrs[i]);
    }
}

void weal_p2p_pex_get(struct weal_rd *r, struct weal_p2p_pex *x) {
    x->addrs_n = weal_rd_u16(r);
    if (x->addrs_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->addrs_n; i++) {
        weal_p2p_addr_get(r, &x->addrs[i]);
    }
}

void weal_p2p_pex_json(struct weal_wr *w, const struct weal_p2p_pex *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"addrs\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->addrs_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_p2p_addr_json(w, &x->addrs[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

int weal_msg_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {
    struct weal_rd r = weal_rd(b);
    scratch->n = 0;
    scratch->failed = false;
    switch (record) {
    case 0: {
        static _Thread_local struct weal_p2p_role x;
        weal_p2p_role_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_role_put(scratch, &x);
        break;
    }
    case 1: {
        static _Thread_local struct weal_p2p_hello x;
        weal_p2p_hello_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_hello_put(scratch, &x);
        break;
    }
    case 2: {
        static _Thread_local struct weal_p2p_ping x;
        weal_p2p_ping_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_ping_put(scratch, &x);
        break;
    }
    case 3: {
        static _Thread_local struct weal_p2p_reject x;
        weal_p2p_reject_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_reject_put(scratch, &x);
        break;
    }
    case 4: {
        static _Thread_local struct weal_p2p_head x;
        weal_p2p_head_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_head_put(scratch, &x);
        break;
    }
    case 5: {
        static _Thread_local struct weal_p2p_vote x;
        weal_p2p_vote_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_vote_put(scratch, &x);
        break;
    }
    case 6: {
        static _Thread_local struct weal_p2p_cert x;
        weal_p2p_cert_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_cert_put(scratch, &x);
        break;
    }
    case 7: {
        static _Thread_local struct weal_p2p_proposal x;
        weal_p2p_proposal_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_proposal_put(scratch, &x);
        break;
    }
    case 8: {
        static _Thread_local struct weal_p2p_body x;
        weal_p2p_body_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_body_put(scratch, &x);
        break;
    }
    case 9: {
        static _Thread_local struct weal_p2p_block x;
        weal_p2p_block_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_block_put(scratch, &x);
        break;
    }
    case 10: {
        static _Thread_local struct weal_p2p_block_get x;
        weal_p2p_block_get_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_block_get_put(scratch, &x);
        break;
    }
    case 11: {
        static _Thread_local struct weal_p2p_blocks x;
        weal_p2p_blocks_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_blocks_put(scratch, &x);
        break;
    }
    case 12: {
        static _Thread_local struct weal_p2p_body_get x;
        weal_p2p_body_get_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_body_get_put(scratch, &x);
        break;
    }
    case 13: {
        static _Thread_local struct weal_p2p_view_get x;
        weal_p2p_view_get_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_view_get_put(scratch, &x);
        break;
    }
    case 14: {
        static _Thread_local struct weal_p2p_view_cert x;
        weal_p2p_view_cert_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_view_cert_put(scratch, &x);
        break;
    }
    case 15: {
        static _Thread_local struct weal_p2p_views x;
        weal_p2p_views_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_views_put(scratch, &x);
        break;
    }
    case 16: {
        static _Thread_local struct weal_p2p_tx_id x;
        weal_p2p_tx_id_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_tx_id_put(scratch, &x);
        break;
    }
    case 17: {
        static _Thread_local struct weal_p2p_tx_announce x;
        weal_p2p_tx_announce_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_tx_announce_put(scratch, &x);
        break;
    }
    case 18: {
        static _Thread_local struct weal_p2p_tx_want x;
        weal_p2p_tx_want_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_tx_want_put(scratch, &x);
        break;
    }
    case 19: {
        static _Thread_local struct weal_p2p_tx_get x;
        weal_p2p_tx_get_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_tx_get_put(scratch, &x);
        break;
    }
    case 20: {
        static _Thread_local struct weal_p2p_tx_item x;
        weal_p2p_tx_item_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_tx_item_put(scratch, &x);
        break;
    }
    case 21: {
        static _Thread_local struct weal_p2p_tx_data x;
        weal_p2p_tx_data_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_tx_data_put(scratch, &x);
        break;
    }
    case 22: {
        static _Thread_local struct weal_p2p_addr x;
        weal_p2p_addr_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_addr_put(scratch, &x);
        break;
    }
    case 23: {
        static _Thread_local struct weal_p2p_pex_get x;
        weal_p2p_pex_get_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_pex_get_put(scratch, &x);
        break;
    }
    case 24: {
        static _Thread_local struct weal_p2p_pex x;
        weal_p2p_pex_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_p2p_pex_put(scratch, &x);
        break;
    }
    default:
        return 0;
    }
    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;
}
