/* SPDX-License-Identifier: ISC */
#include "wallet/service/evidence.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static char small(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
static bool is_letter(char c) {
    return small(c) >= 'a' && small(c) <= 'z';
}

/* Small letters and digits only. */
static bool field(char out[WEAL_EVIDENCE_FIELD_MAX + 1], const char *in) {
    size_t n = 0;
    if (!in || strlen(in) > WEAL_EVIDENCE_FIELD_MAX) return false;
    for (; *in; in++) {
        if (*in < ' ' || *in > '~') return false;
        if (is_letter(*in) || is_digit(*in)) out[n++] = small(*in);
    }
    out[n] = 0;
    return n != 0;
}

/* A month by its English name or the first three letters of it; 0: none. */
static unsigned month_of(const char *word, size_t n) {
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    for (unsigned m = 0; m < 12; m++) {
        if (n != 3 && n != strlen(names[m])) continue;
        size_t k = 0;
        while (k < n && small(word[k]) == names[m][k]) k++;
        if (k == n) return m + 1;
    }
    return 0;
}

static bool day_exists(unsigned y, unsigned m, unsigned d) {
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (y < 1850 || y > 2199 || m < 1 || m > 12 || d < 1) return false;
    return d <= days[m - 1] + (unsigned)(m == 2 && leap);
}

struct part {
    bool word;
    unsigned value; /* of a number, or the month of a word */
    size_t digits;
};

/* Splits a date in its three parts; separator: the one used between the first two, or ' '. */
static bool parts_read(struct part part[3], const char *in, char *separator) {
    unsigned n = 0;
    char all[3] = {0};
    if (strlen(in) > WEAL_EVIDENCE_FIELD_MAX) return false;
    while (*in == ' ') in++;
    for (; *in && n < 3; n++) {
        const char *p = in;
        part[n] = (struct part){.word = is_letter(*p)};
        while (part[n].word ? is_letter(*p) : is_digit(*p)) p++;
        part[n].digits = (size_t)(p - in);
        if (part[n].digits == 0 || (!part[n].word && part[n].digits > 8)) return false;
        if (part[n].word)
            part[n].value = month_of(in, part[n].digits);
        else
            for (const char *q = in; q < p; q++)
                part[n].value = part[n].value * 10 + (unsigned)(*q - '0');
        for (all[n] = ' '; *p && strchr(" .,/-", *p); p++) {
            if (*p != ' ') all[n] = *p;
        }
        in = p;
    }
    if (*in) return false;
    *separator = all[0];
    if (n == 1 && !part[0].word && part[0].digits == 8 && all[0] == ' ') { /* 19900203 */
        unsigned v = part[0].value;
        part[0] = (struct part){.value = v / 10000, .digits = 4};
        part[1] = (struct part){.value = v / 100 % 100, .digits = 2};
        part[2] = (struct part){.value = v % 100, .digits = 2};
        return true;
    }
    return n == 3;
}

static bool date(char out[16], const char *in) {
    struct part p[3];
    unsigned y, m, d;
    char separator;
    if (!in || !parts_read(p, in, &separator) || p[2].word || (p[0].word && p[1].word))
        return false;
    if (p[0].word || p[1].word) { /* Feb 3, 1990; 3 February 1990 */
        m = p[0].word ? p[0].value : p[1].value;
        d = p[0].word ? p[1].value : p[0].value;
        y = p[2].value;
        if (p[2].digits != 4) return false;
    } else if (p[0].digits == 4 && p[2].digits <= 2) {
        y = p[0].value;
        m = p[1].value;
        d = p[2].value;
    } else if (p[2].digits == 4 && p[0].digits <= 2 && separator == '.') {
        d = p[0].value;
        m = p[1].value;
        y = p[2].value;
    } else {
        return false;
    }
    if (!day_exists(y, m, d)) return false;
    return snprintf(out, 16, "%04u-%02u-%02u", y, m, d) == 10;
}

size_t weal_evidence_text(char out[WEAL_EVIDENCE_MAX], const struct weal_document *e) {
    char text[3][WEAL_EVIDENCE_FIELD_MAX + 1], born[16];
    if (!field(text[0], e->jurisdiction) || !field(text[1], e->kind) ||
        !field(text[2], e->number) || !date(born, e->born)) {
        return 0;
    }
    int n = snprintf(out, WEAL_EVIDENCE_MAX, "weal-evidence-1|%s|%s|%s|%s", text[0], text[1],
                     text[2], born);
    return n > 0 && n < WEAL_EVIDENCE_MAX ? (size_t)n : 0;
}
