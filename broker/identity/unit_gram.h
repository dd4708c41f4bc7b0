/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_gram - what a unit is found by: the pairs of neighbouring characters of its name and of its credit code, and its whole name, each as eight
 * bytes of a hash. Names as compared (identity/normal.h): brackets of one kind, no spaces; capital letters.
 */
#pragma once

#include "broker/base/arena.h"

#define UNIT_GRAM 8        /* bytes */
#define UNIT_GRAM_MAX 256  /* of one name and code */

struct unit_grams {
	unsigned char grams[UNIT_GRAM_MAX][UNIT_GRAM]; /* no two alike */
	size_t n;
};

/* The key by which names are compared: normal_unit_name_key, ASCII letters in upper case. ERR_INVALID: nothing that a name is made of. */
MUST_USE int unit_gram_key(struct span name, struct arena *arena, struct span *ret_key);
/* Everything by which a unit with the name's key @key and code @uscc is found. */
MUST_USE int unit_gram_of_unit(struct span key, struct span uscc, struct unit_grams *ret_grams);
/* The pairs that a name or code with @part in it must have; none for a single character. */
MUST_USE int unit_gram_of_part(struct span part, struct unit_grams *ret_grams);
/* The one of the whole name. */
MUST_USE int unit_gram_of_whole(struct span key, struct unit_grams *ret_grams);
/* Is @part in @text, byte for byte? Hashes may agree by chance, and pairs say nothing of their order. */
bool unit_gram_has(struct span text, struct span part);
