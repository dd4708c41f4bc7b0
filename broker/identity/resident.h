/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resident - the arithmetic of identity numbers: GB 11643 (ISO 7064 MOD 11-2), the 15-digit predecessor, ICAO 9303. domain.md
 * 2.1, 2.2, 2.7.
 */
#pragma once

#include "broker/base/base.h"

/* The check character over 17 digits. */
char resident_check(const char digits[17]);
/* 17 digits and a right check character. */
bool resident_is_right(struct span number);
/* 15 digits to 18: century 19, or 18 for the sequences 996-999 of centenarians; check appended. @out has room for 18, no
 * terminator. False when they are not 15 digits. */
MUST_USE bool resident_upgrade(struct span old, char out[18]);
/* ICAO 9303 7-3-1 over digits, A-Z and '<': 0-9, or -1 for a foreign character. */
int resident_mrz_check(struct span field);
/* Whether a six-digit code (GB/T 2260) has the look of a county; umbrella codes (市辖区) and prefectures with counties have not. */
bool resident_is_county(struct span code);
