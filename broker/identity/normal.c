/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/normal.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#include <utf8proc.h>

#define LOGIN_NAME_MAX_BYTES 128

/* Well-formed @text through utf8proc with @options, into @arena. ERR_INVALID for what is not UTF-8, holds NUL, or is too long. */
static int map(struct span text, utf8proc_option_t options, struct arena *arena, struct span *ret)
{
	if (text.n > NORMAL_INPUT_MAX || !encode_is_utf8(text))
		return ERR_INVALID;
	if (!text.n) {
		*ret = (struct span){ "", 0 };
		return 0;
	}
	const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)text.p;
	utf8proc_ssize_t n = utf8proc_decompose(in, (utf8proc_ssize_t)text.n, NULL, 0, options);
	if (n < 0)
		return ERR_INVALID; /* an unassigned code point */
	utf8proc_int32_t *codes = arena_array(arena, utf8proc_int32_t, (size_t)n + 1);
	if (!codes)
		return FAULT_MEMORY;
	n = utf8proc_decompose(in, (utf8proc_ssize_t)text.n, codes, n, options);
	if (n >= 0)
		n = utf8proc_reencode(codes, n, options);
	if (n < 0)
		return ERR_INVALID;
	*ret = (struct span){ (const char *)codes, (size_t)n };
	return 0;
}

#define OPTIONS_NFC (UTF8PROC_STABLE | UTF8PROC_COMPOSE)
#define OPTIONS_NFKC (UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT)

/* Outer white space of any script. */
static struct span trim(struct span s)
{
	static const struct span wide = SPAN("\xe3\x80\x80"); /* U+3000, which a Chinese input method types */

	for (;;) {
		struct span before = s = span_trim(s);

		if (span_starts(s, wide))
			s = (struct span){ s.p + wide.n, s.n - wide.n };
		if (s.n >= wide.n && memcmp(s.p + s.n - wide.n, wide.p, wide.n) == 0)
			s.n -= wide.n;
		if (s.n == before.n)
			return s;
	}
}

static void put(char **at, uint32_t c)
{
	*at += utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)*at);
}

static bool is_space(uint32_t c)
{
	return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ZS;
}

static bool is_zero_width(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200d) || c == 0xfeff;
}

int normal_number(struct span text, struct arena *arena, struct span *ret_number)
{
	struct span rest, number;

	TRY(map(trim(text), OPTIONS_NFKC, arena, &rest));
	char *out = arena_alloc(arena, rest.n + 1), *at = out;
	if (!out)
		return FAULT_MEMORY;
	while (rest.n) {
		uint32_t c = encode_utf8_next(&rest);

		if (utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_CC)
			return ERR_INVALID;
		if (c == '-' || is_space(c) || is_zero_width(c))
			continue;
		put(&at, c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	number = (struct span){ out, (size_t)(at - out) };
	if (!number.n)
		return ERR_INVALID;
	*ret_number = number;
	return 0;
}

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

int normal_phone(struct span text, struct arena *arena, struct span *ret_phone)
{
	struct span phone;
	int result = normal_number(text, arena, &phone);

	if (result)
		return result < 0 ? result : ERR_PHONE;
	size_t skip = span_starts(phone, SPAN("+86")) ? 3 : span_starts(phone, SPAN("0086")) ? 4 : 0;
	if (!skip && phone.n == 13 && span_starts(phone, SPAN("86")))
		skip = 2;
	phone = (struct span){ phone.p + skip, phone.n - skip };
	/* No carrier prefixes: numbers are portable, and new ranges appear. domain.md 2.5 */
	if (phone.n != 11 || !is_digits(phone) || phone.p[0] != '1' || phone.p[1] < '3')
		return ERR_PHONE;
	*ret_phone = phone;
	return 0;
}

/* Letters and marks that show nothing: fillers, joiners, selectors. Their categories alone do not tell. */
static bool is_invisible(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x034f, 0x034f }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2800, 0x2800 },
		{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xffa0, 0xffa0 }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

static bool is_name_character(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF: /* format: bidirectional controls, zero width */
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	default:
		return !is_invisible(c);
	}
}

static bool is_name_text(struct span text)
{
	while (text.n)
		if (!is_name_character(encode_utf8_next(&text)))
			return false;
	return true;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int fold_plain(struct span text, struct arena *arena, struct span *ret_key)
{
	char *key = arena_cstr(arena, text);

	if (!key)
		return FAULT_MEMORY;
	for (size_t i = 0; i < text.n; i++)
		key[i] = lower(key[i]);
	*ret_key = (struct span){ key, text.n };
	return 0;
}

int normal_login_name(struct span text, struct arena *arena, struct span *ret_key)
{
	struct span key;

	/* Visible ASCII is its own normal form, and folds to small letters: nearly every old login name, at a fraction of what the tables cost. */
	if (text.n && text.n <= LOGIN_NAME_MAX_BYTES && span_is_visible(text))
		return fold_plain(text, arena, ret_key);
	if (!text.n || text.n > LOGIN_NAME_MAX_BYTES || !encode_is_utf8(text) || !is_name_text(text))
		return ERR_LOGIN_NAME_RULE;
	int result = map(text, OPTIONS_NFKC | UTF8PROC_CASEFOLD | UTF8PROC_REJECTNA, arena, &key);
	if (result)
		return result < 0 ? result : ERR_LOGIN_NAME_RULE;
	/* Folding can make what normal form undoes, and compatibility mapping can make spaces. */
	result = map(key, OPTIONS_NFKC, arena, &key);
	if (result)
		return result < 0 ? result : ERR_LOGIN_NAME_RULE;
	if (!key.n || key.n > LOGIN_NAME_MAX_BYTES || !is_name_text(key))
		return ERR_LOGIN_NAME_RULE;
	*ret_key = key;
	return 0;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* dot-atom of RFC 5322 3.2.3: quoted local parts are nobody's address. */
static bool is_local_part(struct span s)
{
	if (!s.n || s.n > 64 || s.p[0] == '.' || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_letter_or_digit(s.p[i]) && !strchr("!#$%&'*+-/=?^_`{|}~.", s.p[i]))
			return false;
		if (s.p[i] == '.' && s.p[i + 1] == '.')
			return false;
	}
	return true;
}

static bool is_domain(struct span s)
{
	size_t labels = 0;

	if (!s.n || s.n > 253 || s.p[s.n - 1] == '.')
		return false;
	while (s.p) {
		struct span label = span_cut(&s, '.');

		if (!label.n || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_letter_or_digit(label.p[i]) && label.p[i] != '-')
				return false;
		labels++;
	}
	return labels >= 2;
}

int normal_email(struct span text, struct arena *arena, struct span *ret_address, struct span *ret_key)
{
	struct span address;

	TRY(map(trim(text), OPTIONS_NFKC, arena, &address)); /* full-width letters and signs of an input method */
	const char *sign = address.n ? memrchr(address.p, '@', address.n) : NULL;
	if (!sign)
		return ERR_INVALID;
	size_t local = (size_t)(sign - address.p);
	if (!is_local_part((struct span){ address.p, local }) ||
	    !is_domain((struct span){ sign + 1, address.n - local - 1 }))
		return ERR_INVALID;
	char *kept = arena_cstr(arena, address), *key = arena_cstr(arena, address);
	if (!kept || !key)
		return FAULT_MEMORY;
	for (size_t i = 0; i < address.n; i++) {
		key[i] = lower(key[i]);
		if (i > local)
			kept[i] = key[i];
	}
	*ret_address = (struct span){ kept, address.n };
	*ret_key = (struct span){ key, address.n };
	return 0;
}

static bool is_han(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2ebef) ||
	       (c >= 0x30000 && c <= 0x323af) || (c >= 0xf900 && c <= 0xfaff) || c == 0x3007;
}

static bool is_dot(uint32_t c)
{
	return c == 0xb7 || c == 0x2022 || c == 0x2027 || c == 0x30fb || c == 0xff65 || c == 0xff0e || c == '.';
}

static bool is_latin(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7);
}

/* Han and single dots between them; spaces, which people put between the two parts, are dropped. */
static bool read_chinese(struct span rest, char *out, size_t *ret_n)
{
	size_t characters = 0;
	bool after_dot = true;
	char *at = out;

	while (rest.n) {
		uint32_t c = encode_utf8_next(&rest);

		if (is_space(c))
			continue;
		if (!is_han(c) && (!is_dot(c) || after_dot))
			return false;
		after_dot = !is_han(c);
		put(&at, after_dot ? 0xb7 : c);
		characters++;
	}
	*ret_n = (size_t)(at - out);
	return characters >= 2 && characters <= 50 && !after_dot;
}

/* Words of Latin letters with - ' . inside or behind, one space between words. */
static bool read_foreign(struct span rest, char *out, size_t *ret_n)
{
	size_t characters = 0;
	bool after_space = true;
	char *at = out;

	while (rest.n) {
		uint32_t c = encode_utf8_next(&rest);
		bool space = is_space(c);

		if (c == 0x2019)
			c = '\'';
		if (!space && !is_latin(c) && (after_space || (c != '-' && c != '\'' && c != '.')))
			return false;
		if (!(space && after_space)) {
			put(&at, space ? ' ' : c);
			characters++;
		}
		after_space = space;
	}
	if (characters && after_space) {
		at--;
		characters--;
	}
	*ret_n = (size_t)(at - out);
	return characters >= 2 && characters <= 50;
}

int normal_person_name(struct span text, struct arena *arena, struct span *ret_name)
{
	struct span name;
	size_t n;

	TRY(map(trim(text), OPTIONS_NFC, arena, &name));
	char *out = arena_alloc(arena, name.n * 2 + 4);
	if (!out)
		return FAULT_MEMORY;
	if (!read_chinese(name, out, &n) && !read_foreign(name, out, &n))
		return ERR_INVALID;
	*ret_name = (struct span){ out, n };
	return 0;
}

int normal_person_name_key(struct span text, struct arena *arena, struct span *ret_key)
{
	struct span name;

	TRY(normal_person_name(text, arena, &name));
	char *out = arena_alloc(arena, name.n * 2 + 4), *at = out;
	if (!out)
		return FAULT_MEMORY;
	while (name.n) {
		uint32_t c = encode_utf8_next(&name);

		if (c != ' ')
			put(&at, is_latin(c) ? (uint32_t)utf8proc_toupper((utf8proc_int32_t)c) : c);
	}
	*ret_key = (struct span){ out, (size_t)(at - out) };
	return 0;
}

int normal_unit_name_key(struct span text, struct arena *arena, struct span *ret_key)
{
	struct span name;

	TRY(map(text, OPTIONS_NFC, arena, &name));
	char *out = arena_alloc(arena, name.n + 1), *at = out;
	if (!out)
		return FAULT_MEMORY;
	while (name.n) {
		uint32_t c = encode_utf8_next(&name);

		if (!is_space(c) && !is_zero_width(c) && c != '\t' && c != '\r' && c != '\n')
			put(&at, c == 0xff08 ? '(' : c == 0xff09 ? ')' : c);
	}
	if (at == out)
		return ERR_INVALID;
	*ret_key = (struct span){ out, (size_t)(at - out) };
	return 0;
}
