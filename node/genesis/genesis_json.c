/* SPDX-License-Identifier: ISC */
/* The genesis file. */
#include "node/genesis/genesis_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- reading members ---- */

static bool fail(struct weal_genesis_text *out, const char *where, const char *what) {
    snprintf(out->why, sizeof out->why, "genesis: %s %s", where, what);
    return false;
}

/* Only these members; names ends with NULL. */
static bool only(struct weal_genesis_text *out, json_t *o, const char *where,
                 const char *const *names) {
    const char *key;
    json_t *v;
    if (!json_is_object(o)) return fail(out, where, "must be an object");
    json_object_foreach(o, key, v) {
        bool known = false;
        for (unsigned i = 0; names[i]; i++) known |= strcmp(key, names[i]) == 0;
        if (!known) return fail(out, key, "is no member of the genesis");
    }
    return true;
}

static bool integer(struct weal_genesis_text *out, json_t *v, const char *where, uint64_t most,
                    uint64_t *to) {
    uint64_t x = 0;
    if (json_is_integer(v) && json_integer_value(v) >= 0) {
        x = (uint64_t)json_integer_value(v);
    } else if (json_is_string(v) && json_string_length(v) != 0) {
        for (const char *s = json_string_value(v); *s; s++) {
            uint64_t digit = (uint64_t)(*s - '0');
            if (*s < '0' || *s > '9' || __builtin_mul_overflow(x, UINT64_C(10), &x) ||
                __builtin_add_overflow(x, digit, &x)) {
                return fail(out, where, "must be an integer, as a number or in decimal digits");
            }
        }
    } else {
        return fail(out, where, "must be an integer, as a number or in decimal digits");
    }
    if (x > most) return fail(out, where, "is too large");
    *to = x;
    return true;
}

static bool hex32(struct weal_genesis_text *out, json_t *v, const char *where, uint8_t to[32]) {
    if (json_is_string(v) && weal_hex_read(json_string_value(v), json_string_length(v), to, 32)) {
        return true;
    }
    return fail(out, where, "must be 64 hex digits");
}

static bool text(struct weal_genesis_text *out, json_t *v, const char *where, size_t most,
                 struct weal_bytes *to) {
    if (!json_is_string(v) || json_string_length(v) > most) {
        return fail(out, where, "must be a string, and not too long");
    }
    *to = weal_bytes(json_string_value(v), json_string_length(v));
    return true;
}

/* An array of objects, each read by `each`. */
static bool list(struct weal_genesis_text *out, json_t *v, const char *where, size_t most,
                 struct weal_genesis *g,
                 bool (*each)(struct weal_genesis_text *, json_t *, struct weal_genesis *)) {
    if (!v) return true;
    if (!json_is_array(v)) return fail(out, where, "must be an array");
    if (json_array_size(v) > most) return fail(out, where, "has too many entries");
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (!each(out, json_array_get(v, i), g)) return false;
    }
    return true;
}

/* ---- the parts ---- */

static bool validator(struct weal_genesis_text *out, json_t *o, struct weal_genesis *g) {
    static const char *const names[] = {"account", "seat", "bond_micro", "lapse", NULL};
    struct weal_genesis_validator v;
    if (!only(out, o, "validators", names) ||
        !hex32(out, json_object_get(o, "account"), "validators.account", v.account) ||
        !hex32(out, json_object_get(o, "seat"), "validators.seat", v.seat) ||
        !integer(out, json_object_get(o, "bond_micro"), "validators.bond_micro", UINT64_MAX,
                 &v.bond) ||
        !integer(out, json_object_get(o, "lapse"), "validators.lapse", UINT64_MAX, &v.lapse)) {
        return false;
    }
    unsigned at = g->validators_n++;
    for (; at > 0 && memcmp(g->validators[at - 1].seat, v.seat, 32) > 0; at--) {
        g->validators[at] = g->validators[at - 1];
    }
    g->validators[at] = v;
    return true;
}

static bool grant(struct weal_genesis_text *out, json_t *o, struct weal_genesis *g) {
    static const char *const names[] = {"account", "micro", NULL};
    struct weal_genesis_grant v;
    if (!only(out, o, "grants", names) ||
        !hex32(out, json_object_get(o, "account"), "grants.account", v.account) ||
        !integer(out, json_object_get(o, "micro"), "grants.micro", UINT64_MAX, &v.micro)) {
        return false;
    }
    unsigned at = g->grants_n++;
    for (; at > 0 && memcmp(g->grants[at - 1].account, v.account, 32) > 0; at--) {
        g->grants[at] = g->grants[at - 1];
    }
    g->grants[at] = v;
    return true;
}

static bool attestor(struct weal_genesis_text *out, json_t *o, struct weal_genesis *g) {
    static const char *const names[] = {"name", "key", "share", NULL};
    struct weal_genesis_attestor *a = &g->attestors[g->attestors_n++];
    return only(out, o, "attestors.list", names) &&
           text(out, json_object_get(o, "name"), "attestors.name", 48, &a->name) &&
           hex32(out, json_object_get(o, "key"), "attestors.key", a->key) &&
           hex32(out, json_object_get(o, "share"), "attestors.share", a->share);
}

static bool attestors(struct weal_genesis_text *out, json_t *o, struct weal_genesis *g) {
    static const char *const names[] = {"t", "voprf", "list", NULL};
    uint64_t t;
    if (!only(out, o, "attestors", names) ||
        !integer(out, json_object_get(o, "t"), "attestors.t", 64, &t) ||
        !hex32(out, json_object_get(o, "voprf"), "attestors.voprf", g->voprf)) {
        return false;
    }
    g->t = (uint16_t)t;
    return list(out, json_object_get(o, "list"), "attestors.list", 64, g, attestor);
}

static bool module(struct weal_genesis_text *out, json_t *o, struct weal_genesis *g) {
    static const char *const names[] = {"name", "category", "key", "epoch_max", NULL};
    struct weal_genesis_module *m = &g->modules[g->modules_n++];
    uint64_t most;
    bool ok = only(out, o, "modules", names) &&
              text(out, json_object_get(o, "name"), "modules.name", 48, &m->name) &&
              text(out, json_object_get(o, "category"), "modules.category", 24, &m->category) &&
              hex32(out, json_object_get(o, "key"), "modules.key", m->key) &&
              integer(out, json_object_get(o, "epoch_max"), "modules.epoch_max", UINT32_MAX, &most);
    if (ok) m->epoch_max = (uint32_t)most;
    return ok;
}

static bool upgrade(struct weal_genesis_text *out, json_t *o, struct weal_genesis *g) {
    static const char *const names[] = {"height", "version", NULL};
    struct weal_genesis_upgrade *u = &g->upgrades[g->upgrades_n++];
    uint64_t version;
    bool ok =
        only(out, o, "upgrades", names) &&
        integer(out, json_object_get(o, "height"), "upgrades.height", UINT64_MAX, &u->height) &&
        integer(out, json_object_get(o, "version"), "upgrades.version", UINT32_MAX, &version);
    if (ok) u->version = (uint32_t)version;
    return ok;
}

static bool params(struct weal_genesis_text *out, json_t *root, struct weal_genesis *g) {
    struct weal_params p;
    json_t *preset = json_object_get(root, "preset"), *o = json_object_get(root, "params"), *v;
    const char *name = preset ? json_string_value(preset) : "main", *key;
    if (!name || (strcmp(name, "main") != 0 && strcmp(name, "devnet") != 0)) {
        return fail(out, "preset", "must be main or devnet");
    }
    weal_params_preset(&p, strcmp(name, "main") == 0 ? WEAL_PRESET_MAIN : WEAL_PRESET_DEVNET);
    if (o && !json_is_object(o)) return fail(out, "params", "must be an object");
    json_object_foreach(o, key, v) {
        uint64_t value;
        if (!integer(out, v, key, UINT64_MAX, &value)) return false;
        if (!weal_params_set(&p, key, value)) return fail(out, key, "is no parameter");
    }
    weal_genesis_params_set(g, &p);
    return true;
}

static bool read_root(struct weal_genesis_text *out, json_t *root, struct weal_genesis *g) {
    static const char *const names[] = {"name",      "prefix",  "preset",     "version", "time_ms",
                                        "lineage",   "params",  "validators", "grants",  "pilot",
                                        "attestors", "modules", "upgrades",   NULL};
    uint64_t version = 1;
    json_t *v;
    if (!only(out, root, "file", names)) return false;
    g->form = WEAL_GENESIS_FORM;
    if (!text(out, json_object_get(root, "name"), "name", 32, &g->name)) return false;
    if (!text(out, json_object_get(root, "prefix"), "prefix", 16, &g->prefix)) return false;
    v = json_object_get(root, "version");
    if (v && !integer(out, v, "version", UINT16_MAX, &version)) return false;
    g->version = (uint32_t)version;
    if (!integer(out, json_object_get(root, "time_ms"), "time_ms", UINT64_C(1) << 53,
                 &g->time_ms)) {
        return false;
    }
    v = json_object_get(root, "lineage");
    if (v && !hex32(out, v, "lineage", g->lineage)) return false;
    v = json_object_get(root, "pilot");
    if (v && !hex32(out, v, "pilot", g->pilot)) return false;
    return params(out, root, g) &&
           list(out, json_object_get(root, "validators"), "validators", 128, g, validator) &&
           list(out, json_object_get(root, "grants"), "grants", 256, g, grant) &&
           attestors(out, json_object_get(root, "attestors"), g) &&
           list(out, json_object_get(root, "modules"), "modules", 64, g, module) &&
           list(out, json_object_get(root, "upgrades"), "upgrades", 16, g, upgrade);
}

/* ---- the file ---- */

static bool encode(struct weal_genesis_text *out, const struct weal_genesis *g) {
    const char *name;
    enum weal_verdict v = weal_genesis_check(g, &name);
    if (v != WEAL_ACCEPT) return fail(out, name ? name : "file:", weal_verdict_sentence(v));
    struct weal_wr w = weal_wr(out->bytes, WEAL_GENESIS_SIZE_MAX);
    weal_genesis_put(&w, g);
    out->n = weal_wr_done(&w).n;
    weal_genesis_chain_id(out->chain_id, weal_wr_done(&w));
    return out->n != 0;
}

enum weal_err weal_genesis_from_json(struct weal_genesis_text *out, const char *text_, size_t n) {
    json_error_t e;
    memset(out, 0, sizeof *out);
    json_t *root = json_loadb(text_, n, JSON_REJECT_DUPLICATES, &e);
    if (!root) {
        snprintf(out->why, sizeof out->why, "genesis: line %d: %s", e.line, e.text);
        return WEAL_ERR_INVALID;
    }
    struct weal_genesis *g = calloc(1, sizeof *g);
    out->bytes = malloc(WEAL_GENESIS_SIZE_MAX);
    enum weal_err err = WEAL_ERR_NO_MEMORY;
    if (g && out->bytes) {
        err = read_root(out, root, g) && encode(out, g) ? WEAL_OK : WEAL_ERR_INVALID;
    }
    if (err != WEAL_OK) {
        free(out->bytes);
        out->bytes = NULL;
    }
    free(g);
    json_decref(root);
    return err;
}

enum weal_err weal_genesis_from_file(struct weal_genesis_text *out, const char *path) {
    enum { FILE_MAX = 4 << 20 };
    memset(out, 0, sizeof *out);
    FILE *f = fopen(path, "rb");
    char *buf = malloc(FILE_MAX);
    enum weal_err err = f && buf ? WEAL_OK : f ? WEAL_ERR_NO_MEMORY : WEAL_ERR_IO;
    if (err == WEAL_OK) {
        size_t n = fread(buf, 1, FILE_MAX, f);
        err = ferror(f) ? WEAL_ERR_IO : weal_genesis_from_json(out, buf, n);
    }
    if (err == WEAL_ERR_IO) snprintf(out->why, sizeof out->why, "cannot read %.200s", path);
    if (f) fclose(f);
    free(buf);
    return err;
}

/* ---- back to JSON ---- */

static json_t *j_hex(const uint8_t b[32]) {
    uint8_t hex[64];
    struct weal_wr w = weal_wr(hex, sizeof hex);
    weal_wr_hex(&w, b, 32);
    return json_stringn((const char *)hex, 64);
}
static json_t *j_u64(uint64_t v) {
    char b[24];
    snprintf(b, sizeof b, "%llu", (unsigned long long)v);
    return json_string(b);
}
static json_t *j_text(struct weal_bytes t) {
    return json_stringn((const char *)t.p, t.n);
}

static json_t *j_params(const struct weal_genesis *g) {
    json_t *o = json_object();
    struct weal_param_doc d;
    for (unsigned k = 0; weal_params_doc(k, &d); k++) {
        json_object_set_new(o, d.name, json_integer((json_int_t)g->params[k].value));
    }
    return o;
}

static json_t *j_lists(json_t *root, const struct weal_genesis *g) {
    json_t *validators = json_array(), *grants = json_array(), *who = json_array();
    json_t *modules = json_array(), *upgrades = json_array();
    for (unsigned i = 0; i < g->validators_n; i++) {
        const struct weal_genesis_validator *v = &g->validators[i];
        json_array_append_new(validators, json_pack("{so so so so}", "account", j_hex(v->account),
                                                    "seat", j_hex(v->seat), "bond_micro",
                                                    j_u64(v->bond), "lapse", j_u64(v->lapse)));
    }
    for (unsigned i = 0; i < g->grants_n; i++) {
        json_array_append_new(grants, json_pack("{so so}", "account", j_hex(g->grants[i].account),
                                                "micro", j_u64(g->grants[i].micro)));
    }
    for (unsigned i = 0; i < g->attestors_n; i++) {
        const struct weal_genesis_attestor *a = &g->attestors[i];
        json_array_append_new(who, json_pack("{so so so}", "name", j_text(a->name), "key",
                                             j_hex(a->key), "share", j_hex(a->share)));
    }
    for (unsigned i = 0; i < g->modules_n; i++) {
        const struct weal_genesis_module *m = &g->modules[i];
        json_array_append_new(modules,
                              json_pack("{so so so sI}", "name", j_text(m->name), "category",
                                        j_text(m->category), "key", j_hex(m->key), "epoch_max",
                                        (json_int_t)m->epoch_max));
    }
    for (unsigned i = 0; i < g->upgrades_n; i++) {
        json_array_append_new(upgrades, json_pack("{so sI}", "height", j_u64(g->upgrades[i].height),
                                                  "version", (json_int_t)g->upgrades[i].version));
    }
    json_object_set_new(root, "validators", validators);
    json_object_set_new(root, "grants", grants);
    json_object_set_new(
        root, "attestors",
        json_pack("{si so so}", "t", (int)g->t, "voprf", j_hex(g->voprf), "list", who));
    json_object_set_new(root, "modules", modules);
    json_object_set_new(root, "upgrades", upgrades);
    return root;
}

char *weal_genesis_to_json(struct weal_bytes bytes) {
    struct weal_genesis *g = calloc(1, sizeof *g);
    char *out = NULL;
    if (g && weal_genesis_decode(g, bytes)) {
        json_t *root = json_object();
        json_object_set_new(root, "name", j_text(g->name));
        json_object_set_new(root, "prefix", j_text(g->prefix));
        json_object_set_new(root, "version", json_integer((json_int_t)g->version));
        json_object_set_new(root, "time_ms", j_u64(g->time_ms));
        if (!weal_is_zero32(g->lineage)) json_object_set_new(root, "lineage", j_hex(g->lineage));
        if (!weal_is_zero32(g->pilot)) json_object_set_new(root, "pilot", j_hex(g->pilot));
        json_object_set_new(root, "params", j_params(g));
        out = json_dumps(j_lists(root, g), JSON_INDENT(2));
        json_decref(root);
    }
    free(g);
    return out;
}
