/* SPDX-License-Identifier: ISC */
/* Configuration files: what is read is what stands there, or the line is named. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/config/config.h"
#include "tests/support/dir.h"

static struct weal_config config;
static char why[512];

static enum weal_err read_bytes(const char *text, size_t n) {
    char dir[TEST_DIR_MAX], path[TEST_DIR_MAX + 8];
    test_dir_make(dir);
    snprintf(path, sizeof path, "%s/conf", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    weal_config_defaults(&config);
    enum weal_err e = weal_config_file(&config, path, why, sizeof why);
    test_dir_remove(dir);
    return e;
}
static enum weal_err read_text(const char *text) {
    return read_bytes(text, strlen(text));
}
static void refused(const char *text, const char *sentence) {
    assert_int_equal(read_text(text), WEAL_ERR_INVALID);
    if (!strstr(why, sentence)) fail_msg("%s", why);
}

/* A list of peers is easily longer than a line of a terminal; none of it may be lost. */
static void long_values_are_whole(void **state) {
    char text[WEAL_CONFIG_TEXT_MAX + 64];
    (void)state;
    for (size_t n = 1; n <= WEAL_CONFIG_TEXT_MAX; n++) {
        size_t at = (size_t)snprintf(text, sizeof text, "[network]\npeers = ");
        for (size_t i = 0; i < n; i++) text[at + i] = i % 9 == 8 && i + 1 < n ? ' ' : 'p';
        snprintf(text + at + n, sizeof text - at - n, "\npex = 0\n");
        if (n == WEAL_CONFIG_TEXT_MAX) {
            refused(text, "line 2: network.peers: at most 1023 characters");
            break;
        }
        assert_int_equal(read_text(text), WEAL_OK);
        assert_int_equal(strlen(config.network_peers), n);
        assert_memory_equal(config.network_peers, text + at, n);
        assert_int_equal(config.network_pex, 0);
    }
}

static void a_line_is_what_it_looks_like(void **state) {
    (void)state;
    assert_int_equal(read_text("\xef\xbb\xbf# all\r\n[node]\n"), WEAL_OK);
    assert_int_equal(read_text("[node] ; ours\r\n\t datadir=/a b ;c\r\n\n; x\nlog_level: warn"),
                     WEAL_OK);
    assert_string_equal(config.node_datadir, "/a b");
    assert_string_equal(config.node_log_level, "warn");
    assert_int_equal(read_text("[node]\ndatadir = a=b;c#d\n"), WEAL_OK);
    assert_string_equal(config.node_datadir, "a=b;c#d");
    assert_int_equal(read_text("[node]\ndatadir =;c\n"), WEAL_OK);
    assert_string_equal(config.node_datadir, "");
    /* what goes on in the next line is no value of its own, and does not replace the one above */
    refused("[node]\ndatadir = a\n b\n", "line 3: not key = value");
    refused("[node]\ndatadir = a\n  log_level = loud\n", "line 3: node.log_level = loud: one of");
    refused("[node\ndatadir = a\n", "line 1: not key = value");
    refused("datadir = a\n", "line 1: .datadir: no such key");
    refused("[node]\nx = 1\ny = 2\n", "line 3: node.y: no such key");
    assert_int_equal(read_bytes("[node]\ndatadir = a\0b\n", 21), WEAL_ERR_INVALID);
    assert_non_null(strstr(why, "line 2: a zero byte"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_values_are_whole),
        cmocka_unit_test(a_line_is_what_it_looks_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
