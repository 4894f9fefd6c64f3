/* SPDX-License-Identifier: ISC */
/* The dashboard, as one file in the binary. */
#include "node/rpc/rpc.h"

__asm__(".section .rodata\n"
        ".global weal_web_page\n"
        ".global weal_web_page_end\n"
        "weal_web_page:\n"
        ".incbin \"node/web/index.html\"\n"
        "weal_web_page_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const unsigned char weal_web_page_end[];

size_t weal_web_page_size(void) {
    return (size_t)(weal_web_page_end - weal_web_page);
}
