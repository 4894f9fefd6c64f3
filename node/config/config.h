/* SPDX-License-Identifier: ISC */
/* Configuration: an INI file, overridden by the environment (WEAL_SECTION_KEY) and then by the
 * command line (--section.key=value). One list of keys (config.def); every error names where it
 * stands, the key and its range. */
#ifndef WEAL_NODE_CONFIG_CONFIG_H
#define WEAL_NODE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/base/err.h"

enum { WEAL_CONFIG_TEXT_MAX = 1024 };

struct weal_config {
#define TEXT(section, key, def, help) char section##_##key[WEAL_CONFIG_TEXT_MAX];
#define CHOICE(section, key, def, words, help) TEXT(section, key, def, help)
#define NUMBER(section, key, def, least, most, unit, help) uint64_t section##_##key;
#include "node/config/config.def"
#undef TEXT
#undef CHOICE
#undef NUMBER
};

void weal_config_defaults(struct weal_config *c);
/* INVALID: why names every mistake, a line each: file, line, key, range; IO: the file can't be
 * read. Of lines that are no pair at all only the first is named, and only if it is the first
 * mistake. */
WEAL_MUST_USE enum weal_err weal_config_file(struct weal_config *c, const char *path, char *why,
                                             size_t why_n);
/* name: "section.key". INVALID for an unknown one or a value outside its range. */
WEAL_MUST_USE enum weal_err weal_config_set(struct weal_config *c, const char *name,
                                            const char *value, char *why, size_t why_n);
WEAL_MUST_USE enum weal_err weal_config_env(struct weal_config *c, char *const *environ_list,
                                            char *why, size_t why_n);
/* A complete, commented file with the values of c. */
void weal_config_print(const struct weal_config *c, FILE *out);
void weal_config_help(FILE *out);

#endif
