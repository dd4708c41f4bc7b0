/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/identifier.h"

#include "broker/base/error.h"
#include "broker/identity/document.h"
#include "broker/identity/normal.h"

static int read_login_name(struct span typed, struct arena *arena, struct identifier *ret)
{
	return normal_login_name(typed, arena, &ret->value);
}

static int read_phone(struct span typed, struct arena *arena, struct identifier *ret)
{
	return normal_phone(typed, arena, &ret->value);
}

static int read_email(struct span typed, struct arena *arena, struct identifier *ret)
{
	struct span address;

	return normal_email(typed, arena, &address, &ret->value);
}

/* The documents whose numbers carry a check: a card says by its own digits which it is. */
static int read_id_number(struct span typed, struct arena *arena, struct identifier *ret)
{
	static const enum document_kind kinds[] = { DOCUMENT_RESIDENT, DOCUMENT_HK_MACAU_RESIDENCE, DOCUMENT_TAIWAN_RESIDENCE,
						    DOCUMENT_FOREIGN_PERMANENT };
	/* No date of today: whether the birth date is past was asked when the number was verified. */
	static const struct document_context context = { .min_year = 1800, .legacy = true };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct document_type *type = document_type_at(kinds[i]);
		struct document document;

		TRY(document_check(type, typed, &context, arena, &document));
		if (document.problem)
			continue;
		ret->value = document.number;
		ret->id_type = type->code;
		return 0;
	}
	return ERR_INVALID;
}

static const struct {
	const char *name;
	int (*read)(struct span typed, struct arena *arena, struct identifier *ret);
} kinds[IDENTIFIER_KINDS] = {
	[IDENTIFIER_LOGIN_NAME] = { "login_name", read_login_name },
	[IDENTIFIER_PHONE] = { "phone", read_phone },
	[IDENTIFIER_EMAIL] = { "email", read_email },
	[IDENTIFIER_ID_NUMBER] = { "id_number", read_id_number },
};

int identifier_candidates(struct span typed, struct arena *arena, struct identifier ret_candidates[IDENTIFIER_KINDS], size_t *ret_n)
{
	size_t n = 0;

	typed = span_trim(typed);
	for (int kind = 0; typed.n && typed.n <= NORMAL_INPUT_MAX && kind < IDENTIFIER_KINDS; kind++) {
		struct identifier candidate = { .kind = (enum identifier_kind)kind };
		int result = kinds[kind].read(typed, arena, &candidate);

		if (result < 0)
			return result;
		if (result == 0)
			ret_candidates[n++] = candidate;
	}
	*ret_n = n;
	return 0;
}

const char *identifier_kind_name(enum identifier_kind kind)
{
	return (size_t)kind < IDENTIFIER_KINDS ? kinds[kind].name : "login_name";
}
