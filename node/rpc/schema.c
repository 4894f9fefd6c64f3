/* SPDX-License-Identifier: ISC */
/* From the short form of results in methods.def to JSON schemas for rpc.discover:
 *   type   = ( word | "{" field* "}" | "[" type "]" ) [ "!" ]
 *   field  = ( name [ "?" ] | "*" ) ":" type
 * Objects have no other members than those named, so that the list cannot lag behind the code.
 * Reads our own constants only; they nest three deep. */
#include <ctype.h>
#include <string.h>

#include "crypto/base/bug.h"
#include "node/rpc/methods.h"

static json_t *type(const char **at);

static void blank(const char **at) {
    while (**at == ' ') ++*at;
}
static size_t word(const char **at, char *out, size_t cap) {
    size_t n = 0;
    while (isalnum((unsigned char)**at) || **at == '_') {
        WEAL_ASSERT(n + 1 < cap);
        out[n++] = *(*at)++;
    }
    out[n] = 0;
    return n;
}

static json_t *object(const char **at) {
    json_t *fields = json_object(), *required = json_array(), *others = json_false();
    char name[64];
    for (blank(at); **at != '}'; blank(at)) {
        bool any = **at == '*', optional;
        if (any)
            ++*at;
        else
            WEAL_ASSERT(word(at, name, sizeof name) != 0);
        optional = **at == '?';
        if (optional) ++*at;
        WEAL_ASSERT(**at == ':');
        ++*at;
        if (any) {
            json_decref(others);
            others = type(at);
            continue;
        }
        json_object_set_new(fields, name, type(at));
        if (!optional) json_array_append_new(required, json_string(name));
    }
    ++*at;
    return json_pack("{s:s, s:o, s:o, s:o}", "type", "object", "properties", fields, "required",
                     required, "additionalProperties", others);
}

static json_t *plain(const char **at) {
    static const struct {
        const char *name, *type, *pattern;
    } known[] = {
        {"int", "integer", NULL},
        {"number", "number", NULL},
        {"bool", "boolean", NULL},
        {"text", "string", NULL},
        {"any", NULL, NULL},
        {"hex", "string", "^([0-9a-f]{2})*$"},
        {"amount", "string", "^[0-9]+$"},
    };
    char name[16];
    word(at, name, sizeof name);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) != 0) continue;
        json_t *j = json_object();
        if (known[i].type) json_object_set_new(j, "type", json_string(known[i].type));
        if (known[i].pattern) json_object_set_new(j, "pattern", json_string(known[i].pattern));
        return j;
    }
    WEAL_ASSERT(false);
    return NULL;
}

static json_t *type(const char **at) {
    json_t *j;
    blank(at);
    if (**at == '{') {
        ++*at;
        j = object(at);
    } else if (**at == '[') {
        ++*at;
        j = json_pack("{s:s, s:o}", "type", "array", "items", type(at));
        blank(at);
        WEAL_ASSERT(**at == ']');
        ++*at;
    } else {
        j = plain(at);
    }
    if (**at != '!') return j;
    ++*at;
    json_object_set_new(j, "type", json_pack("[O, s]", json_object_get(j, "type"), "null"));
    return j;
}

json_t *rpc_schema(const char *text) {
    json_t *j = type(&text);
    WEAL_ASSERT(*text == 0);
    return j;
}
