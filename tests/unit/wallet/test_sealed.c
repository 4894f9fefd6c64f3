/* SPDX-License-Identifier: ISC */
#include "tests/unit/unit.h"
#include "wallet/service/sealed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ring/ring.h"
#include "wallet/service/serve.h"

static uint8_t secret[32], key[32];

static int owner(void **state) {
    (void)state;
    weal_secret_fresh(secret);
    return weal_human_key(key, secret) ? 0 : -1;
}

static const char *box_of(const json_t *j) {
    return json_string_value(json_object_get(j, "box"));
}

static void cc_25_a_question_reaches_its_attestor_alone(void **state) {
    static const char text[] = "{\"method\":\"evaluate\",\"params\":{\"number\":\"QX7730193\"}}";
    struct weal_sealed asker, there;
    uint8_t other[32], other_key[32];
    (void)state;
    json_t *q = weal_sealed_question(&asker, key, text);
    char *sent = json_dumps(q, 0);
    assert_null(strstr(sent, "QX7730193"));
    assert_int_equal((strlen(box_of(q)) * 3 / 4 - 16) / 1024, 1); /* one step, whatever the text */
    json_t *got = weal_sealed_open(&there, secret, key, q);
    assert_string_equal(json_string_value(json_object_get(got, "method")), "evaluate");

    json_t *a = weal_sealed_answer(&there, "{\"result\":7}");
    json_t *read = weal_sealed_read(&asker, a);
    assert_int_equal(json_integer_value(json_object_get(read, "result")), 7);

    /* nobody else reads or answers it, and a question is no answer */
    weal_secret_fresh(other);
    assert_true(weal_human_key(other_key, other));
    assert_null(weal_sealed_open(&there, other, other_key, q));
    assert_null(weal_sealed_open(&there, other, key, q));
    json_t *forged = weal_sealed_answer(&there, "{\"result\":8}");
    assert_null(weal_sealed_read(&asker, forged));
    assert_null(weal_sealed_read(&asker, q));
    /* the same text is never the same bytes twice */
    struct weal_sealed again;
    json_t *q2 = weal_sealed_question(&again, key, text);
    assert_string_not_equal(box_of(q), box_of(q2));
    json_t *all[] = {q, got, a, read, forged, q2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) json_decref(all[i]);
    free(sent);
}

/* Every changed character, and every cut, is refused. */
static void what_was_altered_does_not_open(void **state) {
    struct weal_sealed asker, there;
    (void)state;
    json_t *q = weal_sealed_question(&asker, key, "{\"method\":\"sign\"}");
    char *box = strdup(box_of(q));
    size_t n = strlen(box);
    for (size_t i = 0; i < n; i += 7) {
        char was = box[i];
        box[i] = was == 'A' ? 'B' : 'A';
        json_object_set_new(q, "box", json_string(box));
        assert_null(weal_sealed_open(&there, secret, key, q));
        json_object_set_new(q, "box", json_stringn(box, i));
        assert_null(weal_sealed_open(&there, secret, key, q));
        box[i] = was;
    }
    json_object_set_new(q, "box", json_string(box));
    json_t *good = weal_sealed_open(&there, secret, key, q);
    assert_non_null(good);
    json_decref(good);
    json_object_set_new(q, "box", json_integer(3));
    assert_null(weal_sealed_open(&there, secret, key, q));
    json_object_set_new(q, "box", json_string("not base64"));
    assert_null(weal_sealed_open(&there, secret, key, q));
    /* a point of another group, the neutral one, none at all */
    json_object_set_new(q, "box", json_string(box));
    json_object_set_new(q, "ephemeral", json_string("ff"));
    assert_null(weal_sealed_open(&there, secret, key, q));
    uint8_t point[32] = {0};
    json_object_set_new(q, "ephemeral", weal_serve_hex(point, 32));
    assert_null(weal_sealed_open(&there, secret, key, q));
    memset(point, 0xff, 32);
    json_object_set_new(q, "ephemeral", weal_serve_hex(point, 32));
    assert_null(weal_sealed_open(&there, secret, key, q));
    assert_null(weal_sealed_open(&there, secret, key, NULL));
    assert_null(weal_sealed_question(&asker, point, "{}"));
    json_decref(q);
    free(box);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cc_25_a_question_reaches_its_attestor_alone),
        cmocka_unit_test(what_was_altered_does_not_open),
    };
    return cmocka_run_group_tests(tests, owner, NULL);
}
