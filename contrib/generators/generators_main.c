/* SPDX-License-Identifier: ISC */
/* generators: prints crypto/ring/generators.c. Every point is hashed from its name, see
 * crypto/ring/SPEC.md, section 4; tests/unit/crypto/test_ring.c derives the table again. */
#include <sodium.h>
#include <stdio.h>

#include "crypto/ring/ring.h"

static void print_point(const char *name, uint32_t index, const char *end) {
    uint8_t p[32];
    weal_generator(p, name, index);
    printf("{");
    for (int i = 0; i < 32; i++) printf("0x%02x%s", p[i], i < 31 ? ", " : "");
    printf("}%s", end);
}

static void print_family(const char *field, const char *name) {
    printf(".%s = {", field);
    for (uint32_t i = 0; i < WEAL_GENERATORS; i++) {
        print_point(name, i, i + 1 < WEAL_GENERATORS ? ",\n" : "}");
    }
}

int main(void) {
    if (sodium_init() < 0) return 1;
    printf("/* SPDX-License-Identifier: ISC */\n"
           "/* Printed by contrib/generators; do not edit. Generators of SPEC.md, section 4. */\n"
           "#include \"crypto/ring/ring.h\"\n\n"
           "const struct weal_generators weal_generators_table = {\n.f = ");
    print_point("F", 0, ",\n.h = ");
    print_point("H", 0, ",\n.v = ");
    print_point("V", 0, ",\n");
    print_family("gu", "Gu");
    printf(",\n");
    print_family("gv", "Gv");
    printf("};\n");
    return 0;
}
