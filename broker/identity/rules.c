/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/rules.h"

#define LOGIN_NAME_MIN 4
#define LOGIN_NAME_MAX 30
#define PASSWORD_MIN 8
#define PASSWORD_MAX 20
#define CONTAINED_MIN 4 /* shorter names are part of every second password */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool rules_is_reserved(struct span login_name)
{
	static const struct span prefix = SPAN(RULES_RESERVED_PREFIX);

	return login_name.n >= prefix.n && span_eq_nocase((struct span){ login_name.p, prefix.n }, prefix);
}

/* T9: ^[A-Za-z][A-Za-z0-9_]{3,29}$, and not the prefix that migrations give (else it could be squatted). */
enum rules_failure rules_login_name(struct span login_name)
{
	if (!login_name.n)
		return RULES_EMPTY;
	for (size_t i = 0; i < login_name.n; i++)
		if (!is_letter(login_name.p[i]) && !is_digit(login_name.p[i]) && login_name.p[i] != '_')
			return RULES_CHARACTERS;
	if (!is_letter(login_name.p[0]))
		return RULES_FIRST;
	if (login_name.n < LOGIN_NAME_MIN || login_name.n > LOGIN_NAME_MAX)
		return RULES_LENGTH;
	return rules_is_reserved(login_name) ? RULES_RESERVED : RULES_OK;
}

static bool contains(struct span text, struct span part)
{
	if (part.n < CONTAINED_MIN)
		return false;
	for (size_t i = 0; i + part.n <= text.n; i++)
		if (span_eq_nocase((struct span){ text.p + i, part.n }, part))
			return true;
	return false;
}

/* T10 and domain.md 2.10: at least three of upper, lower, digit, ASCII punctuation. */
enum rules_failure rules_check_password(struct span password, const struct rules_password *rule)
{
	enum { UPPER = 1, LOWER = 2, DIGIT = 4, PUNCTUATION = 8 };
	unsigned classes = 0;

	if (!password.n)
		return RULES_EMPTY;
	for (size_t i = 0; i < password.n; i++) {
		char c = password.p[i];

		if (c < 0x21 || c > 0x7e)
			return RULES_CHARACTERS;
		classes |= is_digit(c) ? DIGIT : !is_letter(c) ? PUNCTUATION : c <= 'Z' ? UPPER : LOWER;
	}
	if (password.n < (rule->min ? rule->min : PASSWORD_MIN) || password.n > (rule->max ? rule->max : PASSWORD_MAX))
		return RULES_LENGTH;
	if ((unsigned)__builtin_popcount(classes) < (rule->min_classes ? rule->min_classes : 3))
		return RULES_CLASSES;
	if (contains(password, rule->login_name))
		return RULES_CONTAINS_LOGIN;
	if (contains(password, rule->phone))
		return RULES_CONTAINS_PHONE;
	for (size_t i = 0; i < rule->n_words; i++)
		if (contains(password, rule->words[i]))
			return RULES_CONTAINS_WORD;
	return rule->is_breached && rule->is_breached(password, rule->user) ? RULES_BREACHED : RULES_OK;
}

enum rules_failure rules_check_password_twice(struct span password, struct span again, const struct rules_password *rule)
{
	enum rules_failure failure = rules_check_password(password, rule);

	if (failure)
		return failure;
	return secret_eq(password, again) ? RULES_OK : RULES_MISMATCH;
}

const char *rules_failure_name(enum rules_failure failure)
{
	static const char *const names[] = { "ok",      "empty",          "length",         "characters", "first",   "reserved",
					     "classes", "contains_login", "contains_phone", "contains_word", "breached",   "mismatch" };

	_Static_assert(ARRAY_LEN(names) == RULES_COUNT, "one name a failure");
	return (size_t)failure < ARRAY_LEN(names) ? names[failure] : "characters";
}
