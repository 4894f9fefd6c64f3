/* SPDX-License-Identifier: ISC */
/* What every unit test includes first: cmocka wants these four before itself. */
#ifndef WEAL_TESTS_UNIT_UNIT_H
#define WEAL_TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
