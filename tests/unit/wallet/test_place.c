/* SPDX-License-Identifier: ISC */
/* Places as people write them. */
#include "tests/unit/unit.h"

#include "wallet/place.h"

static const char *reads(struct weal_place *p, const char *text, uint16_t otherwise) {
    return weal_place_read(p, text, strlen(text), otherwise);
}

static void reads_places(void **state) {
    static const struct {
        const char *text, *host;
        uint16_t port;
    } good[] = {
        {"127.0.0.1:7000", "127.0.0.1", 7000},
        {"[::1]:7000", "::1", 7000},
        {"[2001:db8::9]:1", "2001:db8::9", 1},
        {"localhost:65535", "localhost", 65535},
        {"attest-1.example.org:80", "attest-1.example.org", 80},
        {"3com.example:80", "3com.example", 80},
        {"127.0.0.1", "127.0.0.1", 7655},
        {"[::1]", "::1", 7655},
        {"node", "node", 7655},
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f",
         "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f", 7655},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct weal_place p;
        assert_null(reads(&p, good[i].text, 7655));
        assert_string_equal(p.host, good[i].host);
        assert_int_equal(p.port, good[i].port);
    }
    struct weal_place p; /* only as far as it is told */
    assert_null(weal_place_read(&p, "[::1]:7000,[::1]:7001", 10, 0));
    assert_int_equal(p.port, 7000);
}

static void says_why_not(void **state) {
    static const char *const bad[] = {
        "",
        ":7000",
        "127.0.0.1",
        "[::1]",
        "127.0.0.1:",
        "h:0",
        "h:65536",
        "h:070",
        "h:7 ",
        "h:+7",
        "h:7000x",
        "::1:7000",
        "[::1:7000",
        "[]:7000",
        "[127.0.0.1]:7000",
        "[g::1]:70",
        "[::1]7000",
        "[::1]:",
        "1.2.3:70",
        "1.2.3.4.5:70",
        "256.1.1.1:7",
        "-a:7",
        "a-:7",
        "a..b:7",
        ".a:7",
        "a.:7",
        "a b:7",
        "a_b:7",
        "a/b:7",
        "user@host:7",
        "example.9:7",
        "\xc3\xa9:7",
        "[fe80::1%lo]:7",
        "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g:7",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weal_place p = {.host = "kept", .port = 9};
        assert_non_null(reads(&p, bad[i], 0));
        assert_string_equal(p.host, "kept");
    }
    struct weal_place p;
    assert_non_null(weal_place_read(&p, "a\0b:7", 5, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_places),
        cmocka_unit_test(says_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
