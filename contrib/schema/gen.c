/* SPDX-License-Identifier: ISC */
/* The schema generator. It #includes one .schema file in X-macro syntax (so it needs no parser) and
 * prints the C header, codec and JSON writer, the Markdown reference, or the Python table.
 * Built once per schema:  cc -DSCHEMA='"consensus/tx.schema"' -DNAME='"tx"' gen.c ; ./gen h|c|md|py
 *
 * Six kinds of field and no more:
 *   INT(r, type, f, doc)        u8 u16 u32 u64, little-endian
 *   BYT(r, f, n, doc)           n bytes, copied
 *   VAR(r, f, max, doc)         0..max bytes, viewed in place; u16 length, u32 when max > 65535
 *   ARR(r, s, f, max, doc)      0..max records s, inline; u16 count
 *   OPT(r, s, f, doc)           a u8 flag 0 or 1, then the record s
 *   ONE(r, f, doc) CASE(r, f, tag, s)... ENDONE(r, f)   a u16 tag, then that record
 * and one mark, AUTH(r): the fields after it are the authority; those before it are what is signed.
 * REC(r, id, doc) ... END(r) bracket a record; records are declared before their use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const char *rec, *kind, *type, *name, *arg, *doc;
};
static const struct line T[] = {
#define REC(r, id, doc) {#r, "REC", "", #r, #id, doc},
#define INT(r, t, f, doc) {#r, "INT", #t, #f, "", doc},
#define BYT(r, f, n, doc) {#r, "BYT", "", #f, #n, doc},
#define VAR(r, f, m, doc) {#r, "VAR", "", #f, #m, doc},
#define ARR(r, s, f, m, doc) {#r, "ARR", #s, #f, #m, doc},
#define OPT(r, s, f, doc) {#r, "OPT", #s, #f, "", doc},
#define ONE(r, f, doc) {#r, "ONE", "", #f, "", doc},
#define CASE(r, f, tag, s) {#r, "CASE", #s, #f, #tag, ""},
#define ENDONE(r, f) {#r, "ENDONE", "", #f, "", ""},
#define AUTH(r) {#r, "AUTH", "", "", "", ""},
#define END(r) {#r, "END", "", "", "", ""},
#include SCHEMA
};
static const struct line *const T_END = T + sizeof T / sizeof *T;

static int is(const struct line *f, const char *kind) {
    return strcmp(f->kind, kind) == 0;
}
static const char *upper(const char *s) {
    static char b[4][128];
    static int k;
    char *o = b[k = (k + 1) % 4];
    size_t i = 0;
    for (; s[i] && i < 127; i++) o[i] = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 32 : s[i]);
    o[i] = 0;
    return o;
}
static int int_bytes(const char *t) {
    return t[1] == '8' ? 1 : t[1] == '1' ? 2 : t[1] == '3' ? 4 : 8;
}
static const char *var_len(const struct line *f) {
    return strtoul(f->arg, NULL, 0) > 65535 ? "u32" : "u16";
}
static int has_auth(const char *rec) {
    for (const struct line *f = T; f < T_END; f++)
        if (is(f, "AUTH") && strcmp(f->rec, rec) == 0) return 1;
    return 0;
}
static const struct line *find(const char *rec) {
    for (const struct line *f = T; f < T_END; f++)
        if (is(f, "REC") && strcmp(f->rec, rec) == 0) return f;
    fprintf(stderr, "schema: %s is used before it is declared\n", rec);
    exit(1);
}
/* The largest encoding of a record. */
static unsigned long size_max(const struct line *rec) {
    unsigned long n = 0, best = 0;
    for (const struct line *f = rec + 1; !is(f, "END"); f++) {
        if (is(f, "INT")) n += (unsigned long)int_bytes(f->type);
        if (is(f, "BYT")) n += strtoul(f->arg, NULL, 0);
        if (is(f, "VAR")) n += strtoul(f->arg, NULL, 0) + (var_len(f)[1] == '3' ? 4 : 2);
        if (is(f, "ARR")) n += 2 + strtoul(f->arg, NULL, 0) * size_max(find(f->type));
        if (is(f, "OPT")) n += 1 + size_max(find(f->type));
        if (is(f, "ONE")) best = 0;
        if (is(f, "CASE")) {
            unsigned long s = size_max(find(f->type));
            if (s > best) best = s;
        }
        if (is(f, "ENDONE")) n += 2 + best;
    }
    return n;
}

static void header(void) {
    printf("/* SPDX-License-Identifier: ISC */\n/* Generated from %s; do not edit. */\n", SCHEMA);
    printf("#ifndef WEAL_GEN_%s_H\n#define WEAL_GEN_%s_H\n\n#include \"crypto/base/bytes.h\"\n",
           upper(NAME), upper(NAME));
    for (const struct line *f = T; f < T_END; f++) {
        if (is(f, "REC")) printf("\n/* %s */\nstruct weal_%s {\n", f->doc, f->name);
        if (is(f, "INT")) {
            printf("    uint%d_t %s; /* %s */\n", 8 * int_bytes(f->type), f->name, f->doc);
        }
        if (is(f, "BYT")) printf("    uint8_t %s[%s]; /* %s */\n", f->name, f->arg, f->doc);
        if (is(f, "VAR")) {
            printf("    struct weal_bytes %s; /* %s; at most %s bytes, borrowed */\n", f->name,
                   f->doc, f->arg);
        }
        if (is(f, "ARR")) {
            printf("    uint16_t %s_n;\n    struct weal_%s %s[%s]; /* %s */\n", f->name, f->type,
                   f->name, f->arg, f->doc);
        }
        if (is(f, "OPT")) {
            printf("    bool %s_has;\n    struct weal_%s %s; /* %s */\n", f->name, f->type, f->name,
                   f->doc);
        }
        if (is(f, "ONE")) printf("    uint16_t %s_kind; /* %s */\n    union {\n", f->name, f->doc);
        if (is(f, "CASE"))
            printf("        struct weal_%s %s; /* %s */\n", f->type, f->type, f->arg);
        if (is(f, "ENDONE")) printf("    } %s;\n", f->name);
        if (is(f, "END")) printf("};\n");
    }
    printf("\nenum {\n");
    for (const struct line *f = T; f < T_END; f++) {
        if (!is(f, "REC")) continue;
        printf("    WEAL_%s_ID = %s,\n    WEAL_%s_SIZE_MAX = %lu,\n", upper(f->name), f->arg,
               upper(f->name), size_max(f));
    }
    for (const struct line *f = T; f < T_END; f++) {
        if (is(f, "CASE")) {
            printf("    WEAL_%s_%s = %s,\n", upper(f->rec), upper(f->type), f->arg);
        }
    }
    printf("};\n\n/* put writes the canonical encoding; get accepts nothing else (VAR fields view "
           "the\n"
           " * input); json writes an object, bytes as hex, u64 as decimal strings;\n"
           " * put_signed stops before the authority. A cursor that fails stays failed. */\n");
    for (const struct line *f = T; f < T_END; f++) {
        if (!is(f, "REC")) continue;
        const char *n = f->name;
        printf("void weal_%s_put(struct weal_wr *w, const struct weal_%s *x);\n", n, n);
        if (has_auth(n)) {
            printf("void weal_%s_put_signed(struct weal_wr *w, const struct weal_%s *x);\n", n, n);
        }
        printf("void weal_%s_get(struct weal_rd *r, struct weal_%s *x);\n", n, n);
        printf("void weal_%s_json(struct weal_wr *w, const struct weal_%s *x);\n", n, n);
    }
    printf(
        "\n/* The fuzz law: 0 when the bytes are no such record, 1 when put(get(b)) == b, -1 when "
        "not. */\n");
    printf(
        "int weal_%s_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch);\n",
        NAME);
    printf("enum { WEAL_%s_RECORDS = ", upper(NAME));
    int k = 0;
    for (const struct line *f = T; f < T_END; f++) k += is(f, "REC");
    printf("%d };\n\n#endif\n", k);
}

/* One pass of put (all or the signed part) or get over a record. */
static void codec(const struct line *rec, int get, int signed_only) {
    const char *c = get ? "r" : "w";
    int used = 0;
    printf("void weal_%s_%s%s(struct weal_%s *%s, %sstruct weal_%s *x) {\n", rec->name,
           get ? "get" : "put", signed_only ? "_signed" : "", get ? "rd" : "wr", c,
           get ? "" : "const ", rec->name);
    for (const struct line *f = rec + 1; !is(f, "END"); f++) {
        used = 1;
        if (is(f, "AUTH") && signed_only) break;
        if (is(f, "INT")) {
            printf(get ? "    x->%s = weal_rd_%s(r);\n" : "    weal_wr_%2$s(w, x->%1$s);\n",
                   f->name, f->type);
        }
        if (is(f, "BYT")) {
            printf("    weal_%s_copy(%s, x->%s, %s);\n", get ? "rd" : "wr", c, f->name, f->arg);
        }
        if (is(f, "VAR") && get) {
            printf("    {\n        size_t n = weal_rd_%s(r);\n", var_len(f));
            printf("        if (n > %s) weal_rd_fail(r);\n", f->arg);
            printf("        x->%s = weal_rd_view(r, n);\n    }\n", f->name);
        }
        if (is(f, "VAR") && !get) {
            printf("    if (x->%s.n > %s) weal_wr_fail(w);\n", f->name, f->arg);
            printf("    weal_wr_%s(w, (uint%s_t)x->%s.n);\n", var_len(f), var_len(f) + 1, f->name);
            printf("    weal_wr_bytes(w, x->%s);\n", f->name);
        }
        if (is(f, "ARR")) {
            if (get) printf("    x->%s_n = weal_rd_u16(r);\n", f->name);
            printf("    if (x->%s_n > %s) {\n        weal_%s_fail(%s);\n", f->name, f->arg,
                   get ? "rd" : "wr", c);
            printf("        return;\n    }\n");
            if (!get) printf("    weal_wr_u16(w, x->%s_n);\n", f->name);
            printf("    for (uint16_t i = 0; !%s->failed && i < x->%s_n; i++) {\n", c, f->name);
            printf("        weal_%s_%s(%s, &x->%s[i]);\n    }\n", f->type, get ? "get" : "put", c,
                   f->name);
        }
        if (is(f, "OPT")) {
            if (get) {
                printf("    {\n        uint8_t has = weal_rd_u8(r);\n");
                printf(
                    "        if (has > 1) weal_rd_fail(r);\n        x->%s_has = has == 1;\n    }\n",
                    f->name);
            } else {
                printf("    weal_wr_u8(w, x->%s_has);\n", f->name);
            }
            printf("    if (x->%s_has) weal_%s_%s(%s, &x->%s);\n", f->name, f->type,
                   get ? "get" : "put", c, f->name);
        }
        if (is(f, "ONE")) {
            printf(get ? "    x->%s_kind = weal_rd_u16(r);\n" : "    weal_wr_u16(w, x->%s_kind);\n",
                   f->name);
            printf("    switch (x->%s_kind) {\n", f->name);
        }
        if (is(f, "CASE")) {
            int sub = signed_only && has_auth(f->type);
            printf("    case %s:\n        weal_%s_%s%s(%s, &x->%s.%s);\n        break;\n", f->arg,
                   f->type, get ? "get" : "put", sub ? "_signed" : "", c, f->name, f->type);
        }
        if (is(f, "ENDONE")) {
            printf("    default:\n        weal_%s_fail(%s);\n    }\n", get ? "rd" : "wr", c);
        }
    }
    if (!used) printf("    (void)%s;\n    (void)x;\n", c);
    printf("}\n\n");
}

static void json(const struct line *rec) {
    int first = 1;
    printf("void weal_%s_json(struct weal_wr *w, const struct weal_%s *x) {\n", rec->name,
           rec->name);
    printf("    weal_wr_text(w, \"{\");\n");
    if (is(rec + 1, "END")) printf("    (void)x;\n");
    for (const struct line *f = rec + 1; !is(f, "END"); f++) {
        if (is(f, "CASE")) {
            printf("    case %s:\n        weal_wr_text(w, \"\\\"%s\\\",\\\"%s\\\":\");\n", f->arg,
                   f->type, f->name);
            printf("        weal_%s_json(w, &x->%s.%s);\n        break;\n", f->type, f->name,
                   f->type);
            continue;
        }
        if (is(f, "ENDONE")) printf("    default:\n        weal_wr_text(w, \"null\");\n    }\n");
        if (is(f, "AUTH") || is(f, "ENDONE")) continue;
        printf("    weal_wr_text(w, \"%s\\\"%s%s\\\":\");\n", first ? "" : ",", f->name,
               is(f, "ONE") ? "_kind" : "");
        first = 0;
        if (is(f, "INT")) {
            int big = int_bytes(f->type) == 8;
            if (big) printf("    weal_wr_text(w, \"\\\"\");\n");
            printf("    weal_wr_dec(w, x->%s);\n", f->name);
            if (big) printf("    weal_wr_text(w, \"\\\"\");\n");
        }
        if (is(f, "BYT") || is(f, "VAR")) {
            printf("    weal_wr_text(w, \"\\\"\");\n    weal_wr_hex(w, x->%s%s, ", f->name,
                   is(f, "VAR") ? ".p" : "");
            printf(is(f, "VAR") ? "x->%s.n);\n" : "%2$s);\n", f->name, f->arg);
            printf("    weal_wr_text(w, \"\\\"\");\n");
        }
        if (is(f, "ARR")) {
            printf("    weal_wr_text(w, \"[\");\n");
            printf("    for (uint16_t i = 0; i < x->%s_n && i < %s; i++) {\n", f->name, f->arg);
            printf("        if (i != 0) weal_wr_text(w, \",\");\n");
            printf("        weal_%s_json(w, &x->%s[i]);\n    }\n    weal_wr_text(w, \"]\");\n",
                   f->type, f->name);
        }
        if (is(f, "OPT")) {
            printf("    if (x->%s_has) {\n        weal_%s_json(w, &x->%s);\n    } else {\n",
                   f->name, f->type, f->name);
            printf("        weal_wr_text(w, \"null\");\n    }\n");
        }
        if (is(f, "ONE")) printf("    switch (x->%s_kind) {\n", f->name);
    }
    printf("    weal_wr_text(w, \"}\");\n}\n\n");
}

static void source(void) {
    printf("/* SPDX-License-Identifier: ISC */\n/* Generated from %s; do not edit. */\n", SCHEMA);
    printf("#include %s\n\n", HEADER);
    int k = 0;
    for (const struct line *f = T; f < T_END; f++) {
        if (!is(f, "REC")) continue;
        codec(f, 0, 0);
        if (has_auth(f->name)) codec(f, 0, 1);
        codec(f, 1, 0);
        json(f);
    }
    printf(
        "int weal_%s_roundtrip(unsigned record, struct weal_bytes b, struct weal_wr *scratch) {\n"
        "    struct weal_rd r = weal_rd(b);\n    scratch->n = 0;\n    scratch->failed = false;\n"
        "    switch (record) {\n",
        NAME);
    for (const struct line *f = T; f < T_END; f++) {
        if (!is(f, "REC")) continue;
        printf("    case %d: {\n        static _Thread_local struct weal_%s x;\n", k++, f->name);
        printf("        weal_%s_get(&r, &x);\n        if (!weal_rd_done(&r)) return 0;\n", f->name);
        printf("        weal_%s_put(scratch, &x);\n        break;\n    }\n", f->name);
    }
    printf(
        "    default:\n        return 0;\n    }\n"
        "    return weal_bytes_equal_var(weal_wr_done(scratch), b) && !scratch->failed ? 1 : -1;\n"
        "}\n");
}

static void markdown(void) {
    printf("<!-- Generated from %s; do not edit. -->\n# Records of %s\n", SCHEMA, SCHEMA);
    printf(
        "\nIntegers are little-endian. `var` is a u16 length (u32 above 65,535) and that many "
        "bytes; `array` a u16 count and the records; `opt` a byte 0 or 1; `one` a u16 tag and the "
        "record it names. Fields under *authority* are not part of what is signed.\n");
    for (const struct line *f = T; f < T_END; f++) {
        if (is(f, "REC")) {
            printf("\n## %s (%s)\n\n%s. At most %lu bytes.\n\n| field | form | meaning "
                   "|\n|---|---|---|\n",
                   f->name, f->arg, f->doc, size_max(f));
        }
        if (is(f, "INT")) printf("| %s | %s | %s |\n", f->name, f->type, f->doc);
        if (is(f, "BYT")) printf("| %s | %s bytes | %s |\n", f->name, f->arg, f->doc);
        if (is(f, "VAR")) printf("| %s | var, at most %s | %s |\n", f->name, f->arg, f->doc);
        if (is(f, "ARR")) {
            printf("| %s | array of %s, at most %s | %s |\n", f->name, f->type, f->arg, f->doc);
        }
        if (is(f, "OPT")) printf("| %s | opt %s | %s |\n", f->name, f->type, f->doc);
        if (is(f, "ONE")) printf("| %s | one | %s |\n", f->name, f->doc);
        if (is(f, "CASE")) printf("| | tag %s | %s |\n", f->arg, f->type);
        if (is(f, "AUTH")) printf("| *authority* | | |\n");
    }
}

static void python(void) {
    printf("# Generated from %s; do not edit.\n", SCHEMA);
    printf("\"\"\"Records of %s, as a table for tests/model/codec.py.\"\"\"\n\nSCHEMA = {\n",
           SCHEMA);
    for (const struct line *f = T; f < T_END; f++) {
        if (is(f, "REC"))
            printf("    \"%s\": [\n", f->name);
        else if (is(f, "END"))
            printf("    ],\n");
        else
            printf("        (\"%s\", \"%s\", \"%s\", \"%s\"),\n", f->kind, f->type, f->name,
                   f->arg);
    }
    printf("}\n");
}

int main(int argc, char **argv) {
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "h") == 0)
        header();
    else if (strcmp(what, "c") == 0)
        source();
    else if (strcmp(what, "md") == 0)
        markdown();
    else if (strcmp(what, "py") == 0)
        python();
    else
        return fprintf(stderr, "usage: gen h|c|md|py\n"), 1;
    return 0;
}
