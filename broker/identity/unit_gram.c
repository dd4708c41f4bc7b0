/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/unit_gram.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/identity/normal.h"
#include "keys/digest.h"

int unit_gram_key(struct span name, struct arena *arena, struct span *ret_key)
{
	struct span key;

	TRY(normal_unit_name_key(name, arena, &key));
	char *copy = arena_cstr(arena, key);
	if (!copy)
		return FAULT_MEMORY;
	for (char *p = copy; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	*ret_key = (struct span){ copy, key.n };
	return 0;
}

static int add(struct unit_grams *grams, struct span what, struct span text)
{
	unsigned char hash[DIGEST_MAX];

	TRY(digest_of(DIGEST_SHA256, hash, what, text));
	for (size_t i = 0; i < grams->n; i++)
		if (memcmp(grams->grams[i], hash, UNIT_GRAM) == 0)
			return 0;
	if (grams->n < UNIT_GRAM_MAX)
		memcpy(grams->grams[grams->n++], hash, UNIT_GRAM);
	return 0;
}

static int add_pairs(struct unit_grams *grams, struct span text)
{
	const char *first = text.p, *second;

	if (!encode_utf8_next(&text))
		return 0;
	while (second = text.p, encode_utf8_next(&text)) {
		TRY(add(grams, SPAN("pair "), (struct span){ first, (size_t)(text.p - first) }));
		first = second;
	}
	return 0;
}

int unit_gram_of_part(struct span part, struct unit_grams *ret_grams)
{
	ret_grams->n = 0;
	return add_pairs(ret_grams, part);
}

int unit_gram_of_whole(struct span key, struct unit_grams *ret_grams)
{
	ret_grams->n = 0;
	return key.n ? add(ret_grams, SPAN("whole "), key) : 0;
}

int unit_gram_of_unit(struct span key, struct span uscc, struct unit_grams *ret_grams)
{
	TRY(unit_gram_of_whole(key, ret_grams));
	TRY(add_pairs(ret_grams, key));
	return add_pairs(ret_grams, uscc);
}

bool unit_gram_has(struct span text, struct span part)
{
	return part.n && text.n >= part.n && memmem(text.p, text.n, part.p, part.n);
}
