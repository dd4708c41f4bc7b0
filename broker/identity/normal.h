/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal - one spelling for what people type: numbers, phones, login names, names of people and units, e-mail. domain.md 2,
 * 2.5, 2.9.
 *
 * What these return is what indexes hold and what comparisons use. Results live in @arena. Nothing here goes into a log or an
 * error.
 */
#pragma once

#include "broker/base/arena.h"

#define NORMAL_INPUT_MAX 1024 /* bytes; longer input is ERR_INVALID everywhere here */

/* Document numbers and credit codes: NFKC (full-width １２３Ｘ become 123X), without spaces, "-" and zero-width characters, upper case.
 * ERR_INVALID for what is not UTF-8, has control characters, or is empty afterwards. */
MUST_USE int normal_number(struct span text, struct arena *arena, struct span *ret_number);
/* A mainland mobile number as 11 digits: normal_number, then +86, 0086 or the 86 of 13 digits dropped. ERR_PHONE when it is
 * none. */
MUST_USE int normal_phone(struct span text, struct arena *arena, struct span *ret_phone);
/* The key under which a login name is unique and found: NFKC with case folding. ERR_LOGIN_NAME_RULE for unassigned, control,
 * bidirectional, private-use or invisible characters, white space, or an empty or too long name. The rule for NEW names is
 * rules_login_name. */
MUST_USE int normal_login_name(struct span text, struct arena *arena, struct span *ret_key);
/* An address with its domain in lower case and no white space around; the key (for look-up) is all lower case. ERR_INVALID
 * when it has not the shape local@domain of RFC 5321 without quoting. */
MUST_USE int normal_email(struct span text, struct arena *arena, struct span *ret_address, struct span *ret_key);

/* A person's name as kept: NFC, outer white space off, every form of the middle dot between Han as U+00B7. ERR_INVALID unless
 * it is a Chinese name (2-50 Han, incl. extensions, and dots) or a foreign one (2-50 Latin letters, spaces, - ' .). */
MUST_USE int normal_person_name(struct span text, struct arena *arena, struct span *ret_name);
/* What two spellings of a person's name are compared by: as above, without spaces, Latin in upper case; Han is never folded. */
MUST_USE int normal_person_name_key(struct span text, struct arena *arena, struct span *ret_key);
/* What two spellings of a unit's name are compared by: （） as (), without spaces. The original is what is kept. */
MUST_USE int normal_unit_name_key(struct span text, struct arena *arena, struct span *ret_key);
