/* SPDX-License-Identifier: ISC */
/* What a node may answer to a wallet. First byte: what the wallet asks for; second: a height; then
 * answers, each ended by a 0, in the order of the questions: JSON, put into an HTTP answer, or one
 * that begins with "HTTP" as it is. Whatever they are, the wallet ends with a result, and says what
 * is wrong by a name. The seeds are true answers. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/base/bug.h"
#include "wallet/look.h"
#include "wallet/trust.h"

enum { ANSWERS_MAX = 24, ANSWER_SIZE = 40000 };

/* A packet an answer, all before the first question; then the connection is over. */
static void answers_put(int fd, const uint8_t *p, size_t n) {
    static char packet[ANSWER_SIZE + 100];
    for (unsigned k = 0; n != 0 && k < ANSWERS_MAX; k++) {
        const uint8_t *end = memchr(p, 0, n);
        size_t len = end ? (size_t)(end - p) : n, head = 0;
        if (len > ANSWER_SIZE) break;
        if (len < 4 || memcmp(p, "HTTP", 4) != 0) {
            head = (size_t)snprintf(packet, sizeof packet,
                                    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
        }
        memcpy(packet + head, p, len);
        if (head + len != 0 && send(fd, packet, head + len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
        p += len;
        n -= len;
        if (n != 0) p++, n--;
    }
    shutdown(fd, SHUT_WR);
}

static void hear(void *ctx, const struct weal_header *h, const uint8_t id[32], struct weal_bytes tx,
                 const char *code) {
    unsigned *n = ctx;
    (void)id;
    WEAL_ASSERT(h->height != 0 && tx.n != 0 && code);
    ++*n;
}

static enum weal_trust_result ask(struct weal_trust *t, uint8_t what, uint64_t h) {
    static uint8_t value[65536];
    static const uint8_t id[32], key[33] = {0x10};
    static struct weal_light saved;
    enum weal_trust_result r = WEAL_TRUST_OK;
    char code[64] = "";
    unsigned heard = 0;
    size_t n;
    bool present;
    switch (what) {
    case 0:
        r = weal_trust_record(t, WEAL_BYTES(key), value, &n, &present);
        break;
    case 1:
        r = weal_trust_header(t, h);
        WEAL_ASSERT(r != WEAL_TRUST_OK || t->at.height == h);
        break;
    case 2:
        r = weal_trust_receipt(t, h, id, code);
        WEAL_ASSERT(r != WEAL_TRUST_OK || code[0] != 0);
        break;
    case 3:
        r = weal_trust_blocks(t, h, 3, hear, &heard);
        break;
    case 4:
        saved = t->genesis;
        saved.height = h;
        r = weal_trust_resume(t, &saved, false);
        break;
    case 5:
        r = weal_trust_checkpoint(t, h, id);
        break;
    }
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static struct weal_trust t;
    struct weal_wallet_rpc rpc;
    int fd[2];
    if (n < 3) return 0;
    WEAL_ASSERT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == 0);
    weal_wallet_rpc_init(&rpc, "", 0); /* nowhere to call again */
    rpc.fd = fd[0];
    answers_put(fd[1], data + 2, n - 2);
    uint8_t what = data[0] % 7;
    if (what == 6) {
        struct weal_look look;
        enum weal_err e = weal_look_init(&look, &rpc);
        if (e == WEAL_OK) e = weal_look_refresh(&look);
        for (size_t i = 1; i < look.cohorts_n; i++) {
            WEAL_ASSERT(look.cohorts[i - 1].id < look.cohorts[i].id);
        }
        weal_look_release(&look);
    } else {
        enum weal_trust_result r = weal_trust_open(&t, &rpc, NULL);
        if (r == WEAL_TRUST_OK) r = ask(&t, what, data[1]);
        WEAL_ASSERT(r == WEAL_TRUST_OK || t.name[0] != 0);
    }
    weal_wallet_rpc_release(&rpc);
    close(fd[1]);
    return 0;
}
