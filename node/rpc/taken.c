/* SPDX-License-Identifier: ISC */
#include "node/rpc/taken.h"

#include <linux/tcp.h> /* glibc's tcp_info ends before bytes_received */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static bool arrived(int fd, uint64_t *bytes) {
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    bool told = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 &&
                n >= offsetof(struct tcp_info, tcpi_bytes_received) + sizeof *bytes;
    *bytes = info.tcpi_bytes_received;
    return told;
}
static bool waiting(int fd, uint64_t *bytes) {
    int n = 0;
    bool told = ioctl(fd, FIONREAD, &n) == 0 && n >= 0;
    *bytes = (uint64_t)n;
    return told;
}

/* The end of a connection counts as a byte that arrived. */
uint64_t weal_rpc_taken_least(int fd) {
    uint64_t all, wait;
    if (!arrived(fd, &all) || !waiting(fd, &wait)) return 0;
    return all > wait + 1 ? all - wait - 1 : 0;
}
uint64_t weal_rpc_taken_most(int fd) {
    uint64_t all, wait;
    if (!waiting(fd, &wait) || !arrived(fd, &all)) return UINT64_MAX;
    return all > wait ? all - wait : 0;
}
