/* SPDX-License-Identifier: ISC */
#include "node/config/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct key {
    const char *section, *key, *text, *unit, *help, *words;
    bool number;
    uint64_t def, least, most;
    size_t at;
};
static const struct key keys[] = {
#define TEXT(section, key, def, help)                                                              \
    {#section,                                                                                     \
     #key,                                                                                         \
     def,                                                                                          \
     "",                                                                                           \
     help,                                                                                         \
     NULL,                                                                                         \
     false,                                                                                        \
     0,                                                                                            \
     0,                                                                                            \
     0,                                                                                            \
     offsetof(struct weal_config, section##_##key)},
#define CHOICE(section, key, def, words, help)                                                     \
    {#section,                                                                                     \
     #key,                                                                                         \
     def,                                                                                          \
     "",                                                                                           \
     help,                                                                                         \
     words,                                                                                        \
     false,                                                                                        \
     0,                                                                                            \
     0,                                                                                            \
     0,                                                                                            \
     offsetof(struct weal_config, section##_##key)},
#define NUMBER(section, key, def, least, most, unit, help)                                         \
    {#section,                                                                                     \
     #key,                                                                                         \
     NULL,                                                                                         \
     unit,                                                                                         \
     help,                                                                                         \
     NULL,                                                                                         \
     true,                                                                                         \
     def,                                                                                          \
     least,                                                                                        \
     most,                                                                                         \
     offsetof(struct weal_config, section##_##key)},
#include "node/config/config.def"
#undef TEXT
#undef CHOICE
#undef NUMBER
};
enum { KEYS = sizeof keys / sizeof *keys };

static char *text_at(struct weal_config *c, const struct key *k) {
    return (char *)c + k->at;
}
static uint64_t *number_at(struct weal_config *c, const struct key *k) {
    return (uint64_t *)(void *)((char *)c + k->at);
}

void weal_config_defaults(struct weal_config *c) {
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].number)
            *number_at(c, &keys[i]) = keys[i].def;
        else
            strncpy(text_at(c, &keys[i]), keys[i].text, WEAL_CONFIG_TEXT_MAX - 1);
    }
}

/* Is value one of the words? */
static bool is_word(const char *words, const char *value) {
    size_t n = strlen(value);
    for (const char *w = words; *w;) {
        size_t len = strcspn(w, " ");
        if (len == n && memcmp(w, value, n) == 0) return true;
        w += len + strspn(w + len, " ");
    }
    return false;
}

static enum weal_err set(struct weal_config *c, const struct key *k, const char *value, char *why,
                         size_t why_n) {
    if (k->words && !is_word(k->words, value)) {
        snprintf(why, why_n, "%s.%s = %.80s: one of: %s", k->section, k->key, value, k->words);
        return WEAL_ERR_INVALID;
    }
    if (!k->number) {
        if (strlen(value) < WEAL_CONFIG_TEXT_MAX) {
            memset(text_at(c, k), 0, WEAL_CONFIG_TEXT_MAX);
            memcpy(text_at(c, k), value, strlen(value));
            return WEAL_OK;
        }
        snprintf(why, why_n, "%s.%s: at most %d characters", k->section, k->key,
                 WEAL_CONFIG_TEXT_MAX - 1);
        return WEAL_ERR_INVALID;
    }
    char *end;
    errno = 0;
    unsigned long long v = strtoull(value, &end, 10);
    if (errno == 0 && isdigit((unsigned char)value[0]) && *end == 0 && v >= k->least &&
        v <= k->most) {
        *number_at(c, k) = v;
        return WEAL_OK;
    }
    snprintf(why, why_n, "%s.%s = %.80s: a number from %llu to %llu%s%s", k->section, k->key, value,
             (unsigned long long)k->least, (unsigned long long)k->most, k->unit[0] ? " " : "",
             k->unit);
    return WEAL_ERR_INVALID;
}

enum weal_err weal_config_set(struct weal_config *c, const char *name, const char *value, char *why,
                              size_t why_n) {
    for (size_t i = 0; i < KEYS; i++) {
        size_t n = strlen(keys[i].section);
        if (strncmp(name, keys[i].section, n) == 0 && name[n] == '.' &&
            strcmp(name + n + 1, keys[i].key) == 0) {
            return set(c, &keys[i], value, why, why_n);
        }
    }
    snprintf(why, why_n, "%s: no such key; --print-config lists them", name);
    return WEAL_ERR_INVALID;
}

struct file_ctx {
    struct weal_config *c;
    const char *path;
    FILE *file;
    int line, first; /* being read; of the first mistake, 0: none */
    char *why;
    size_t why_n, at;
};

/* The parser's lines are ours to count. */
static char *next_line(char *buf, int n, void *user) {
    struct file_ctx *f = user;
    char *got = fgets(buf, n, f->file);
    if (got) f->line++;
    return got;
}

static void mistake(struct file_ctx *f, int line, const char *what) {
    if (f->first == 0) f->first = line;
    int n = snprintf(f->why + f->at, f->why_n - f->at, "%s%s, line %d: %s", f->at ? "\n" : "",
                     f->path, line, what);
    if (n > 0 && (size_t)n < f->why_n - f->at)
        f->at += (size_t)n;
    else
        f->why[f->at] = 0; /* no room for more: those told are fixed first */
}

static int on_line(void *user, const char *section, const char *name, const char *value) {
    struct file_ctx *f = user;
    char full[256], what[256];
    snprintf(full, sizeof full, "%s.%s", section, name);
    if (weal_config_set(f->c, full, value, what, sizeof what) == WEAL_OK) return 1;
    mistake(f, f->line, what);
    return 0;
}

enum weal_err weal_config_file(struct weal_config *c, const char *path, char *why, size_t why_n) {
    struct file_ctx f = {.c = c, .path = path, .why = why, .why_n = why_n};
    why[0] = 0;
    f.file = fopen(path, "r");
    if (!f.file) {
        snprintf(why, why_n, "%s: %s", path, strerror(errno));
        return WEAL_ERR_IO;
    }
    int line = ini_parse_stream(next_line, &f, on_line, &f);
    bool broken = ferror(f.file) != 0;
    fclose(f.file);
    if (broken || line < 0) {
        snprintf(why, why_n, "%s: cannot be read", path);
        return WEAL_ERR_IO;
    }
    if (line > 0 && line != f.first) mistake(&f, line, "not key = value, [section] or a comment");
    return line == 0 ? WEAL_OK : WEAL_ERR_INVALID;
}

enum weal_err weal_config_env(struct weal_config *c, char *const *list, char *why, size_t why_n) {
    char name[128];
    for (size_t i = 0; i < KEYS; i++) {
        size_t n = (size_t)snprintf(name, sizeof name, "WEAL_%s_%s=", keys[i].section, keys[i].key);
        for (size_t k = 0; k < n; k++) name[k] = (char)toupper((unsigned char)name[k]);
        for (char *const *e = list; *e; e++) {
            if (strncmp(*e, name, n) != 0) continue;
            enum weal_err err = set(c, &keys[i], *e + n, why, why_n);
            if (err != WEAL_OK) return err;
        }
    }
    return WEAL_OK;
}

void weal_config_print(const struct weal_config *c, FILE *out) {
    const char *section = "";
    struct weal_config copy = *c;
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *k = &keys[i];
        if (strcmp(section, k->section) != 0) fprintf(out, "%s[%s]\n", i ? "\n" : "", k->section);
        section = k->section;
        fprintf(out, "; %s", k->help);
        if (k->number) {
            fprintf(out, " (%llu to %llu%s%s)", (unsigned long long)k->least,
                    (unsigned long long)k->most, k->unit[0] ? " " : "", k->unit);
            fprintf(out, "\n%s = %llu\n", k->key, (unsigned long long)*number_at(&copy, k));
        } else {
            if (k->words) fprintf(out, " (one of: %s)", k->words);
            fprintf(out, "\n%s = %s\n", k->key, text_at(&copy, k));
        }
    }
}

void weal_config_help(FILE *out) {
    const char *section = "";
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *k = &keys[i];
        if (strcmp(section, k->section) != 0) fprintf(out, "\n %s\n", k->section);
        section = k->section;
        fprintf(out, "  --%s.%s=%s\n        %s", k->section, k->key, k->number ? "N" : "TEXT",
                k->help);
        if (k->words) fprintf(out, " (one of: %s)", k->words);
        if (k->number) {
            fprintf(out, " (%llu to %llu%s%s; default %llu)", (unsigned long long)k->least,
                    (unsigned long long)k->most, k->unit[0] ? " " : "", k->unit,
                    (unsigned long long)k->def);
        } else if (k->text[0]) {
            fprintf(out, " (default %s)", k->text);
        }
        fprintf(out, "\n");
    }
}
