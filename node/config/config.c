/* SPDX-License-Identifier: ISC */
#include "node/config/config.h"

#include <ctype.h>
#include <errno.h>
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
    const char *path;
    int line, mistakes;
    char *why;
    size_t why_n, at;
};

static void mistake(struct file_ctx *f, const char *what) {
    f->mistakes++;
    int n = snprintf(f->why + f->at, f->why_n - f->at, "%s%s, line %d: %s", f->at ? "\n" : "",
                     f->path, f->line, what);
    if (n > 0 && (size_t)n < f->why_n - f->at)
        f->at += (size_t)n;
    else
        f->why[f->at] = 0; /* no room for more: those told are fixed first */
}

/* Without blanks on either side, in place. */
static char *stripped(char *s) {
    size_t n = strlen(s);
    while (n != 0 && isspace((unsigned char)s[n - 1])) s[--n] = 0;
    while (isspace((unsigned char)*s)) s++;
    return s;
}

/* A comment ends a line: '#' at its beginning, ';' there, behind a blank, or where a value begins.
 */
static void comment_cut(char *line) {
    size_t value = strcspn(line, "=:") + 1;
    for (size_t i = 0; line[i] != 0; i++) {
        bool begins = i == 0 || i == value || isspace((unsigned char)line[i - 1]);
        if ((begins && line[i] == ';') || (i == 0 && line[i] == '#')) line[i] = 0;
        if (line[i] == 0) return;
    }
}

/* One line without its end: nothing, a comment, [section] or key = value. */
static void on_line(struct file_ctx *f, struct weal_config *c, char section[64], char *line) {
    char full[256], what[256];
    line = stripped(line);
    comment_cut(line);
    line = stripped(line);
    size_t n = strlen(line), name_n = strcspn(line, "=:");
    if (n == 0) return;
    if (line[0] == '[' && line[n - 1] == ']' && n - 2 < 64) {
        memcpy(section, line + 1, n - 2);
        section[n - 2] = 0;
        return;
    }
    if (line[0] == '[' || name_n == n) {
        mistake(f, "not key = value, [section] or a comment");
        return;
    }
    line[name_n] = 0;
    snprintf(full, sizeof full, "%s.%s", section, stripped(line));
    enum weal_err e = weal_config_set(c, full, stripped(line + name_n + 1), what, sizeof what);
    if (e != WEAL_OK) mistake(f, what);
}

enum weal_err weal_config_file(struct weal_config *c, const char *path, char *why, size_t why_n) {
    struct file_ctx f = {.path = path, .why = why, .why_n = why_n};
    char section[64] = "", *line = NULL;
    size_t room = 0;
    ssize_t n;
    why[0] = 0;
    FILE *file = fopen(path, "r");
    if (!file) {
        snprintf(why, why_n, "%s: %s", path, strerror(errno));
        return WEAL_ERR_IO;
    }
    while ((n = getline(&line, &room, file)) >= 0) {
        bool marked = f.line++ == 0 && strncmp(line, "\xef\xbb\xbf", 3) == 0;
        if (strlen(line) != (size_t)n)
            mistake(&f, "a zero byte");
        else
            on_line(&f, c, section, line + (marked ? 3 : 0));
    }
    bool broken = !feof(file);
    fclose(file);
    free(line);
    if (broken) {
        snprintf(why, why_n, "%s: cannot be read", path);
        return WEAL_ERR_IO;
    }
    return f.mistakes == 0 ? WEAL_OK : WEAL_ERR_INVALID;
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
