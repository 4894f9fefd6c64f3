/* SPDX-License-Identifier: ISC */
/* Generated from consensus/block.schema; do not edit. */
#include "consensus/gen/block_gen.h"

void weal_header_put(struct weal_wr *w, const struct weal_header *x) {
    weal_wr_u16(w, x->version);
    weal_wr_copy(w, x->chain, 32);
    weal_wr_u32(w, x->term);
    weal_wr_u64(w, x->height);
    weal_wr_u64(w, x->view);
    weal_wr_u64(w, x->parent_view);
    weal_wr_copy(w, x->parent, 32);
    weal_wr_u64(w, x->time_ms);
    weal_wr_u16(w, x->proposer);
    weal_wr_copy(w, x->beacon_tag, 32);
    weal_wr_copy(w, x->beacon_proof, 96);
    weal_wr_copy(w, x->tx_root, 32);
    weal_wr_copy(w, x->receipt_root, 32);
    weal_wr_copy(w, x->state_root, 32);
    weal_wr_copy(w, x->set_hash, 32);
    weal_wr_copy(w, x->next_set_hash, 32);
    weal_wr_copy(w, x->justification_hash, 32);
}

void weal_header_get(struct weal_rd *r, struct weal_header *x) {
    x->version = weal_rd_u16(r);
    weal_rd_copy(r, x->chain, 32);
    x->term = weal_rd_u32(r);
    x->height = weal_rd_u64(r);
    x->view = weal_rd_u64(r);
    x->parent_view = weal_rd_u64(r);
    weal_rd_copy(r, x->parent, 32);
    x->time_ms = weal_rd_u64(r);
    x->proposer = weal_rd_u16(r);
    weal_rd_copy(r, x->beacon_tag, 32);
    weal_rd_copy(r, x->beacon_proof, 96);
    weal_rd_copy(r, x->tx_root, 32);
    weal_rd_copy(r, x->receipt_root, 32);
    weal_rd_copy(r, x->state_root, 32);
    weal_rd_copy(r, x->set_hash, 32);
    weal_rd_copy(r, x->next_set_hash, 32);
    weal_rd_copy(r, x->justification_hash, 32);
}

void weal_header_json(struct weal_wr *w, const struct weal_header *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"version\":");
    weal_wr_dec(w, x->version);
    weal_wr_text(w, ",\"chain\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->chain, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"parent_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->parent_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"parent\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->parent, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"time_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->time_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"proposer\":");
    weal_wr_dec(w, x->proposer);
    weal_wr_text(w, ",\"beacon_tag\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->beacon_tag, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"beacon_proof\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->beacon_proof, 96);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"tx_root\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->tx_root, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"receipt_root\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->receipt_root, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"state_root\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->state_root, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"set_hash\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->set_hash, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"next_set_hash\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->next_set_hash, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"justification_hash\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->justification_hash, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_vote_put(struct weal_wr *w, const struct weal_vote *x) {
    weal_wr_u8(w, x->kind);
    weal_wr_u32(w, x->term);
    weal_wr_u64(w, x->view);
    weal_wr_u64(w, x->parent_view);
    weal_wr_copy(w, x->digest, 32);
    weal_wr_u16(w, x->signer);
    weal_wr_copy(w, x->signature, 64);
}

void weal_vote_put_signed(struct weal_wr *w, const struct weal_vote *x) {
    weal_wr_u8(w, x->kind);
    weal_wr_u32(w, x->term);
    weal_wr_u64(w, x->view);
    weal_wr_u64(w, x->parent_view);
    weal_wr_copy(w, x->digest, 32);
    weal_wr_u16(w, x->signer);
}

void weal_vote_get(struct weal_rd *r, struct weal_vote *x) {
    x->kind = weal_rd_u8(r);
    x->term = weal_rd_u32(r);
    x->view = weal_rd_u64(r);
    x->parent_view = weal_rd_u64(r);
    weal_rd_copy(r, x->digest, 32);
    x->signer = weal_rd_u16(r);
    weal_rd_copy(r, x->signature, 64);
}

void weal_vote_json(struct weal_wr *w, const struct weal_vote *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"parent_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->parent_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"digest\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->digest, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"signer\":");
    weal_wr_dec(w, x->signer);
    weal_wr_text(w, ",\"signature\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->signature, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_certificate_put(struct weal_wr *w, const struct weal_certificate *x) {
    weal_wr_u8(w, x->kind);
    weal_wr_u32(w, x->term);
    weal_wr_u64(w, x->view);
    weal_wr_u64(w, x->parent_view);
    weal_wr_copy(w, x->digest, 32);
    weal_wr_copy(w, x->signers, 16);
    if (x->signatures.n > 8192) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->signatures.n);
    weal_wr_bytes(w, x->signatures);
}

void weal_certificate_get(struct weal_rd *r, struct weal_certificate *x) {
    x->kind = weal_rd_u8(r);
    x->term = weal_rd_u32(r);
    x->view = weal_rd_u64(r);
    x->parent_view = weal_rd_u64(r);
    weal_rd_copy(r, x->digest, 32);
    weal_rd_copy(r, x->signers, 16);
    {
        size_t n = weal_rd_u16(r);
        if (n > 8192) weal_rd_fail(r);
        x->signatures = weal_rd_view(r, n);
    }
}

void weal_certificate_json(struct weal_wr *w, const struct weal_certificate *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"parent_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->parent_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"digest\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->digest, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"signers\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->signers, 16);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"signatures\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->signatures.p, x->signatures.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_justification_put(struct weal_wr *w, const struct weal_justification *x) {
    weal_wr_u8(w, x->parent_has);
    if (x->parent_has) weal_certificate_put(w, &x->parent);
    if (x->gaps_n > 64) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->gaps_n);
    for (uint16_t i = 0; !w->failed && i < x->gaps_n; i++) {
        weal_certificate_put(w, &x->gaps[i]);
    }
}

void weal_justification_get(struct weal_rd *r, struct weal_justification *x) {
    {
        uint8_t has = weal_rd_u8(r);
        if (has > 1) weal_rd_fail(r);
        x->parent_has = has == 1;
    }
    if (x->parent_has) weal_certificate_get(r, &x->parent);
    x->gaps_n = weal_rd_u16(r);
    if (x->gaps_n > 64) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->gaps_n; i++) {
        weal_certificate_get(r, &x->gaps[i]);
    }
}

void weal_justification_json(struct weal_wr *w, const struct weal_justification *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"parent\":");
    if (x->parent_has) {
        weal_certificate_json(w, &x->parent);
    } else {
        weal_wr_text(w, "null");
    }
    weal_wr_text(w, ",\"gaps\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->gaps_n && i < 64; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_certificate_json(w, &x->gaps[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_proposal_put(struct weal_wr *w, const struct weal_proposal *x) {
    weal_wr_u32(w, x->term);
    weal_wr_u64(w, x->view);
    weal_wr_u64(w, x->parent_view);
    weal_wr_copy(w, x->digest, 32);
    weal_wr_u16(w, x->signer);
    weal_wr_copy(w, x->signature, 64);
    if (x->header.n > 1024) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->header.n);
    weal_wr_bytes(w, x->header);
    if (x->justification.n > 560000) weal_wr_fail(w);
    weal_wr_u32(w, (uint32_t)x->justification.n);
    weal_wr_bytes(w, x->justification);
}

void weal_proposal_get(struct weal_rd *r, struct weal_proposal *x) {
    x->term = weal_rd_u32(r);
    x->view = weal_rd_u64(r);
    x->parent_view = weal_rd_u64(r);
    weal_rd_copy(r, x->digest, 32);
    x->signer = weal_rd_u16(r);
    weal_rd_copy(r, x->signature, 64);
    {
        size_t n = weal_rd_u16(r);
        if (n > 1024) weal_rd_fail(r);
        x->header = weal_rd_view(r, n);
    }
    {
        size_t n = weal_rd_u32(r);
        if (n > 560000) weal_rd_fail(r);
        x->justification = weal_rd_view(r, n);
    }
}

void weal_proposal_json(struct weal_wr *w, const struct weal_proposal *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"parent_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->parent_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"digest\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->digest, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"signer\":");
    weal_wr_dec(w, x->signer);
    weal_wr_text(w, ",\"signature\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->signature, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"header\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->header.p, x->header.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"justification\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->justification.p, x->justification.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_cert_request_put(struct weal_wr *w, const struct weal_cert_request *x) {
    weal_wr_u32(w, x->term);
    weal_wr_u64(w, x->first);
    weal_wr_u64(w, x->last);
}

void weal_cert_request_get(struct weal_rd *r, struct weal_cert_request *x) {
    x->term = weal_rd_u32(r);
    x->first = weal_rd_u64(r);
    x->last = weal_rd_u64(r);
}

void weal_cert_request_json(struct weal_wr *w, const struct weal_cert_request *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"first\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->first);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"last\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->last);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_bft_message_put(struct weal_wr *w, const struct weal_bft_message *x) {
    weal_wr_u16(w, x->m_kind);
    switch (x->m_kind) {
    case 1:
        weal_vote_put(w, &x->m.vote);
        break;
    case 2:
        weal_certificate_put(w, &x->m.certificate);
        break;
    case 3:
        weal_proposal_put(w, &x->m.proposal);
        break;
    case 4:
        weal_cert_request_put(w, &x->m.cert_request);
        break;
    default:
        weal_wr_fail(w);
    }
}

void weal_bft_message_get(struct weal_rd *r, struct weal_bft_message *x) {
    x->m_kind = weal_rd_u16(r);
    switch (x->m_kind) {
    case 1:
        weal_vote_get(r, &x->m.vote);
        break;
    case 2:
        weal_certificate_get(r, &x->m.certificate);
        break;
    case 3:
        weal_proposal_get(r, &x->m.proposal);
        break;
    case 4:
        weal_cert_request_get(r, &x->m.cert_request);
        break;
    default:
        weal_rd_fail(r);
    }
}

void weal_bft_message_json(struct weal_wr *w, const struct weal_bft_message *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"m_kind\":");
    switch (x->m_kind) {
    case 1:
        weal_wr_text(w, "\"vote\",\"m\":");
        weal_vote_json(w, &x->m.vote);
        break;
    case 2:
        weal_wr_text(w, "\"certificate\",\"m\":");
        weal_certificate_json(w, &x->m.certificate);
        break;
    case 3:
        weal_wr_text(w, "\"proposal\",\"m\":");
        weal_proposal_json(w, &x->m.proposal);
        break;
    case 4:
        weal_wr_text(w, "\"cert_request\",\"m\":");
        weal_cert_request_json(w, &x->m.cert_request);
        break;
    default:
        weal_wr_text(w, "null");
    }
    weal_wr_text(w, "}");
}

void weal_evidence_put(struct weal_wr *w, const struct weal_evidence *x) {
    weal_wr_u8(w, x->kind);
    if (x->votes_n > 2) {
        weal_wr_fail(w);
        return;
    }
    weal_wr_u16(w, x->votes_n);
    for (uint16_t i = 0; !w->failed && i < x->votes_n; i++) {
        weal_vote_put(w, &x->votes[i]);
    }
}

void weal_evidence_get(struct weal_rd *r, struct weal_evidence *x) {
    x->kind = weal_rd_u8(r);
    x->votes_n = weal_rd_u16(r);
    if (x->votes_n > 2) {
        weal_rd_fail(r);
        return;
    }
    for (uint16_t i = 0; !r->failed && i < x->votes_n; i++) {
        weal_vote_get(r, &x->votes[i]);
    }
}

void weal_evidence_json(struct weal_wr *w, const struct weal_evidence *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"votes\":");
    weal_wr_text(w, "[");
    for (uint16_t i = 0; i < x->votes_n && i < 2; i++) {
        if (i != 0) weal_wr_text(w, ",");
        weal_vote_json(w, &x->votes[i]);
    }
    weal_wr_text(w, "]");
    weal_wr_text(w, "}");
}

void weal_guard_record_put(struct weal_wr *w, const struct weal_guard_record *x) {
    weal_wr_u32(w, x->term);
    weal_wr_u64(w, x->view);
    weal_wr_u8(w, x->kind);
    weal_wr_u64(w, x->parent_view);
    weal_wr_copy(w, x->digest, 32);
    weal_wr_u64(w, x->finalize_view);
}

void weal_guard_record_get(struct weal_rd *r, struct weal_guard_record *x) {
    x->term = weal_rd_u32(r);
    x->view = weal_rd_u64(r);
    x->kind = weal_rd_u8(r);
    x->parent_view = weal_rd_u64(r);
    weal_rd_copy(r, x->digest, 32);
    x->finalize_view = weal_rd_u64(r);
}

void weal_guard_record_json(struct weal_wr *w, const struct weal_guard_record *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"kind\":");
    weal_wr_dec(w, x->kind);
    weal_wr_text(w, ",\"parent_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->parent_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"digest\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->digest, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"finalize_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->finalize_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_wal_seen_put(struct weal_wr *w, const struct weal_wal_seen *x) {
    weal_wr_u64(w, x->view);
    weal_wr_u64(w, x->parent_view);
    weal_wr_copy(w, x->digest, 32);
    weal_wr_u16(w, x->signer);
    weal_wr_copy(w, x->signature, 64);
    if (x->header.n > 1024) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->header.n);
    weal_wr_bytes(w, x->header);
}

void weal_wal_seen_get(struct weal_rd *r, struct weal_wal_seen *x) {
    x->view = weal_rd_u64(r);
    x->parent_view = weal_rd_u64(r);
    weal_rd_copy(r, x->digest, 32);
    x->signer = weal_rd_u16(r);
    weal_rd_copy(r, x->signature, 64);
    {
        size_t n = weal_rd_u16(r);
        if (n > 1024) weal_rd_fail(r);
        x->header = weal_rd_view(r, n);
    }
}

void weal_wal_seen_json(struct weal_wr *w, const struct weal_wal_seen *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"parent_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->parent_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"digest\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->digest, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"signer\":");
    weal_wr_dec(w, x->signer);
    weal_wr_text(w, ",\"signature\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->signature, 64);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"header\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->header.p, x->header.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_wal_certified_put(struct weal_wr *w, const struct weal_wal_certified *x) {
    weal_wr_u64(w, x->view);
    if (x->header.n > 1024) weal_wr_fail(w);
    weal_wr_u16(w, (uint16_t)x->header.n);
    weal_wr_bytes(w, x->header);
}

void weal_wal_certified_get(struct weal_rd *r, struct weal_wal_certified *x) {
    x->view = weal_rd_u64(r);
    {
        size_t n = weal_rd_u16(r);
        if (n > 1024) weal_rd_fail(r);
        x->header = weal_rd_view(r, n);
    }
}

void weal_wal_certified_json(struct weal_wr *w, const struct weal_wal_certified *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"header\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->header.p, x->header.n);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_wal_gap_put(struct weal_wr *w, const struct weal_wal_gap *x) {
    weal_wr_u64(w, x->first);
    weal_wr_u64(w, x->last);
}

void weal_wal_gap_get(struct weal_rd *r, struct weal_wal_gap *x) {
    x->first = weal_rd_u64(r);
    x->last = weal_rd_u64(r);
}

void weal_wal_gap_json(struct weal_wr *w, const struct weal_wal_gap *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"first\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->first);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"last\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->last);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_wal_term_put(struct weal_wr *w, const struct weal_wal_term *x) {
    weal_wr_u32(w, x->term);
    weal_wr_copy(w, x->digest, 32);
    weal_wr_copy(w, x->parent, 32);
    weal_wr_u64(w, x->height);
    weal_wr_u64(w, x->header_view);
    weal_wr_u64(w, x->time_ms);
    weal_wr_u64(w, x->listen_until_ms);
}

void weal_wal_term_get(struct weal_rd *r, struct weal_wal_term *x) {
    x->term = weal_rd_u32(r);
    weal_rd_copy(r, x->digest, 32);
    weal_rd_copy(r, x->parent, 32);
    x->height = weal_rd_u64(r);
    x->header_view = weal_rd_u64(r);
    x->time_ms = weal_rd_u64(r);
    x->listen_until_ms = weal_rd_u64(r);
}

void weal_wal_term_json(struct weal_wr *w, const struct weal_wal_term *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"term\":");
    weal_wr_dec(w, x->term);
    weal_wr_text(w, ",\"digest\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->digest, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"parent\":");
    weal_wr_text(w, "\"");
    weal_wr_hex(w, x->parent, 32);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"height\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->height);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"header_view\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->header_view);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"time_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->time_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, ",\"listen_until_ms\":");
    weal_wr_text(w, "\"");
    weal_wr_dec(w, x->listen_until_ms);
    weal_wr_text(w, "\"");
    weal_wr_text(w, "}");
}

void weal_wal_record_put(struct weal_wr *w, const struct weal_wal_record *x) {
    weal_wr_u16(w, x->r_kind);
    switch (x->r_kind) {
    case 1:
        weal_vote_put(w, &x->r.vote);
        break;
    case 2:
        weal_certificate_put(w, &x->r.certificate);
        break;
    case 3:
        weal_wal_seen_put(w, &x->r.wal_seen);
        break;
    case 4:
        weal_wal_certified_put(w, &x->r.wal_certified);
        break;
    case 5:
        weal_wal_term_put(w, &x->r.wal_term);
        break;
    case 6:
        weal_guard_record_put(w, &x->r.guard_record);
        break;
    case 7:
        weal_wal_gap_put(w, &x->r.wal_gap);
        break;
    default:
        weal_wr_fail(w);
    }
}

void weal_wal_record_get(struct weal_rd *r, struct weal_wal_record *x) {
    x->r_kind = weal_rd_u16(r);
    switch (x->r_kind) {
    case 1:
        weal_vote_get(r, &x->r.vote);
        break;
    case 2:
        weal_certificate_get(r, &x->r.certificate);
        break;
    case 3:
        weal_wal_seen_get(r, &x->r.wal_seen);
        break;
    case 4:
        weal_wal_certified_get(r, &x->r.wal_certified);
        break;
    case 5:
        weal_wal_term_get(r, &x->r.wal_term);
        break;
    case 6:
        weal_guard_record_get(r, &x->r.guard_record);
        break;
    case 7:
        weal_wal_gap_get(r, &x->r.wal_gap);
        break;
    default:
        weal_rd_fail(r);
    }
}

void weal_wal_record_json(struct weal_wr *w, const struct weal_wal_record *x) {
    weal_wr_text(w, "{");
    weal_wr_text(w, "\"r_kind\":");
    switch (x->r_kind) {
    case 1:
        weal_wr_text(w, "\"vote\",\"r\":");
        weal_vote_json(w, &x->r.vote);
        break;
    case 2:
        weal_wr_text(w, "\"certificate\",\"r\":");
        weal_certificate_json(w, &x->r.certificate);
        break;
    case 3:
        weal_wr_text(w, "\"wal_seen\",\"r\":");
        weal_wal_seen_json(w, &x->r.wal_seen);
        break;
    case 4:
        weal_wr_text(w, "\"wal_certified\",\"r\":");
        weal_wal_certified_json(w, &x->r.wal_certified);
        break;
    case 5:
        weal_wr_text(w, "\"wal_term\",\"r\":");
        weal_wal_term_json(w, &x->r.wal_term);
        break;
    case 6:
        weal_wr_text(w, "\"guard_record\",\"r\":");
        weal_guard_record_json(w, &x->r.guard_record);
        break;
    case 7:
        weal_wr_text(w, "\"wal_gap\",\"r\":");
        weal_wal_gap_json(w, &x->r.wal_gap);
        break;
    default:
        weal_wr_text(w, "null");
    }
    weal_wr_text(w, "}");
}

int weal_block_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {
    struct weal_rd r = weal_rd(b);
    scratch->n = 0;
    scratch->failed = false;
    switch (record) {
    case 0: {
        static _Thread_local struct weal_header x;
        weal_header_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_header_put(scratch, &x);
        break;
    }
    case 1: {
        static _Thread_local struct weal_vote x;
        weal_vote_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_vote_put(scratch, &x);
        break;
    }
    case 2: {
        static _Thread_local struct weal_certificate x;
        weal_certificate_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_certificate_put(scratch, &x);
        break;
    }
    case 3: {
        static _Thread_local struct weal_justification x;
        weal_justification_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_justification_put(scratch, &x);
        break;
    }
    case 4: {
        static _Thread_local struct weal_proposal x;
        weal_proposal_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_proposal_put(scratch, &x);
        break;
    }
    case 5: {
        static _Thread_local struct weal_cert_request x;
        weal_cert_request_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_cert_request_put(scratch, &x);
        break;
    }
    case 6: {
        static _Thread_local struct weal_bft_message x;
        weal_bft_message_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_bft_message_put(scratch, &x);
        break;
    }
    case 7: {
        static _Thread_local struct weal_evidence x;
        weal_evidence_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_evidence_put(scratch, &x);
        break;
    }
    case 8: {
        static _Thread_local struct weal_guard_record x;
        weal_guard_record_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_guard_record_put(scratch, &x);
        break;
    }
    case 9: {
        static _Thread_local struct weal_wal_seen x;
        weal_wal_seen_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_wal_seen_put(scratch, &x);
        break;
    }
    case 10: {
        static _Thread_local struct weal_wal_certified x;
        weal_wal_certified_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_wal_certified_put(scratch, &x);
        break;
    }
    case 11: {
        static _Thread_local struct weal_wal_gap x;
        weal_wal_gap_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_wal_gap_put(scratch, &x);
        break;
    }
    case 12: {
        static _Thread_local struct weal_wal_term x;
        weal_wal_term_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_wal_term_put(scratch, &x);
        break;
    }
    case 13: {
        static _Thread_local struct weal_wal_record x;
        weal_wal_record_get(&r, &x);
        if (!weal_rd_done(&r)) return 0;
        weal_wal_record_put(scratch, &x);
        break;
    }
    default:
        return 0;
    }
    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;
}
