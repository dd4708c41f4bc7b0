/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/mask.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#define HIDDEN SPAN("****")

static void stars(struct buf *buf, size_t n)
{
	while (n--)
		buf_char(buf, '*');
}

/* The first @head and last @tail bytes of ASCII @text; @between stars, or as many as there are bytes between when 0. */
static int keep_ends(struct span text, size_t head, size_t tail, size_t between, struct arena *arena, struct span *ret)
{
	struct buf buf = buf_new(arena, text.n + 1);

	buf_add(&buf, (struct span){ text.p, head });
	stars(&buf, between ? between : text.n - head - tail);
	buf_add(&buf, (struct span){ text.p + text.n - tail, tail });
	return buf_done(&buf, ret);
}

static int hide(struct arena *arena, struct span *ret)
{
	struct span hidden = arena_dup(arena, HIDDEN);

	if (!hidden.p)
		return FAULT_MEMORY;
	*ret = hidden;
	return 0;
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return true;
}

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* A Chinese name without its first character, which is (mostly) the family name; of a foreign one the initials. */
int mask_name(struct span name, struct arena *arena, struct span *ret_masked)
{
	struct buf buf = buf_new(arena, name.n * 4 + 1);

	if (!name.n || !encode_is_utf8(name))
		return hide(arena, ret_masked);
	if ((unsigned char)name.p[0] >= 0xe0) { /* Han has three bytes and more, Latin has one or two */
		encode_utf8_next(&name);
		buf_char(&buf, '*');
		buf_add(&buf, name);
		return buf_done(&buf, ret_masked);
	}
	for (bool first = true; name.p; first = false) {
		struct span word = span_cut(&name, ' '), rest = word;

		if (!word.n)
			continue;
		encode_utf8_next(&rest);
		if (!first)
			buf_char(&buf, ' ');
		buf_add(&buf, (struct span){ word.p, word.n - rest.n });
		buf_str(&buf, "***");
	}
	return buf_done(&buf, ret_masked);
}

int mask_id_number(struct span number, enum mask_style style, struct arena *arena, struct span *ret_masked)
{
	if (number.n < 8 || number.n > 32 || !is_ascii(number))
		return hide(arena, ret_masked);
	if (style == MASK_CONFIRM && number.n == 18) {
		struct buf buf = buf_new(arena, 19);

		buf_char(&buf, number.p[0]);
		stars(&buf, 3);
		buf_add(&buf, (struct span){ number.p + 4, 8 });
		stars(&buf, 5);
		buf_char(&buf, number.p[17]);
		return buf_done(&buf, ret_masked);
	}
	if (style == MASK_COMMON)
		return keep_ends(number, 3, 4, 0, arena, ret_masked);
	return keep_ends(number, 1, 1, 0, arena, ret_masked);
}

int mask_document(struct span number, struct arena *arena, struct span *ret_masked)
{
	struct buf buf = buf_new(arena, number.n + 1);
	size_t characters = 0, i = 0;

	if (!number.n || number.n > 128 || !encode_is_utf8(number))
		return hide(arena, ret_masked);
	for (struct span rest = number; rest.n; characters++)
		encode_utf8_next(&rest);
	size_t third = characters / 3;
	for (struct span rest = number, at = rest; rest.n; at = rest, i++) {
		encode_utf8_next(&rest);
		if (i < third || i >= characters - third)
			buf_add(&buf, (struct span){ at.p, at.n - rest.n });
		else
			buf_char(&buf, '*');
	}
	return buf_done(&buf, ret_masked);
}

int mask_phone(struct span phone, struct arena *arena, struct span *ret_masked)
{
	if (phone.n != 11 || !is_digits(phone))
		return hide(arena, ret_masked);
	return keep_ends(phone, 3, 4, 0, arena, ret_masked);
}

/* Area code (010, 02x, or four digits) and the last four. */
int mask_landline(struct span phone, struct arena *arena, struct span *ret_masked)
{
	const char *dash = phone.n ? memchr(phone.p, '-', phone.n) : NULL;
	size_t area = phone.n > 2 && phone.p[0] == '0' && (phone.p[1] == '1' || phone.p[1] == '2') ? 3 : 4;
	size_t number = phone.n > area ? phone.n - area - (dash != NULL) : 0;

	if (number < 7 || number > 8 || phone.p[0] != '0' || (dash && dash != phone.p + area) ||
	    !is_digits((struct span){ phone.p, area }) || !is_digits((struct span){ phone.p + phone.n - number, number }))
		return hide(arena, ret_masked);
	return keep_ends(phone, area, 4, 4, arena, ret_masked);
}

int mask_email(struct span email, struct arena *arena, struct span *ret_masked)
{
	const char *sign = email.n ? memrchr(email.p, '@', email.n) : NULL;
	struct buf buf = buf_new(arena, email.n + 4);

	if (!sign || sign == email.p || !is_ascii(email))
		return hide(arena, ret_masked);
	size_t local = (size_t)(sign - email.p);
	buf_add(&buf, (struct span){ email.p, local < 3 ? local : 3 });
	buf_str(&buf, "***");
	buf_add(&buf, (struct span){ sign, email.n - local });
	return buf_done(&buf, ret_masked);
}

int mask_bank_card(struct span card, struct arena *arena, struct span *ret_masked)
{
	if (card.n < 12 || card.n > 19 || !is_digits(card))
		return hide(arena, ret_masked);
	return keep_ends(card, 6, 4, 0, arena, ret_masked);
}
