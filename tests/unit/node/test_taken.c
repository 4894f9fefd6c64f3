/* SPDX-License-Identifier: ISC */
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/rpc/taken.h"

static void connected(int end[2]) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    end[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(end[0], (struct sockaddr *)&at, sizeof at), 0);
    end[1] = accept(listener, NULL, NULL);
    assert_true(end[1] >= 0);
    close(listener);
}

static void holds(int fd, uint64_t read) {
    assert_true(weal_rpc_taken_least(fd) <= read && read <= weal_rpc_taken_most(fd));
    assert_true(weal_rpc_taken_most(fd) - weal_rpc_taken_least(fd) <= 2);
}

/* Bytes that wait are not taken; those that were read are, also when the other side has ended. */
static void what_was_read_is_taken(void **state) {
    (void)state;
    char buf[64] = {0};
    int end[2];
    connected(end);
    holds(end[1], 0);
    assert_int_equal(send(end[0], buf, 40, 0), 40);
    assert_int_equal(recv(end[1], buf, 15, MSG_PEEK), 15);
    holds(end[1], 0);
    assert_int_equal(recv(end[1], buf, 15, 0), 15);
    holds(end[1], 15);
    uint64_t most = weal_rpc_taken_most(end[1]);
    close(end[0]);
    while (recv(end[1], buf, 25, MSG_WAITALL | MSG_PEEK) != 25) {
    }
    usleep(1000);
    holds(end[1], 15);
    assert_true(weal_rpc_taken_least(end[1]) <= most); /* the end is nothing that was read */
    assert_int_equal(recv(end[1], buf, sizeof buf, 0), 25);
    holds(end[1], 40);
    assert_true(weal_rpc_taken_least(end[1]) > most);
    close(end[1]);
}

static void a_failure_is_the_careful_answer(void **state) {
    (void)state;
    assert_int_equal(weal_rpc_taken_least(-1), 0);
    assert_true(weal_rpc_taken_most(-1) == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_taken),
        cmocka_unit_test(a_failure_is_the_careful_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
