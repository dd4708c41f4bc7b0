/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"

#include <uuid/uuid.h>

static const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base64_std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *base64_write(char *out, struct span bytes, const char *alphabet)
{
	const unsigned char *in = (const unsigned char *)bytes.p;
	size_t rest = bytes.n % 3;

	for (size_t whole = bytes.n / 3; whole; whole--, in += 3, out += 4) {
		uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		for (int i = 0; i < 4; i++)
			out[i] = alphabet[v >> (18 - 6 * i) & 63];
	}
	if (rest) {
		uint32_t v = (uint32_t)in[0] << 16 | (rest == 2 ? (uint32_t)in[1] << 8 : 0);

		for (size_t i = 0; i < rest + 1; i++)
			*out++ = alphabet[v >> (18 - 6 * i) & 63];
	}
	return out;
}

static void base64(struct buf *buf, struct span bytes, const char *alphabet, bool pad)
{
	size_t rest = bytes.n % 3, n = bytes.n / 3 * 4 + (rest ? (pad ? 4 : rest + 1) : 0);
	char *out = n ? buf_room(buf, n) : NULL;

	if (!out)
		return;
	buf->n += n;
	out = base64_write(out, bytes, alphabet);
	if (rest && pad)
		memset(out, '=', 3 - rest);
}

void encode_base64url(struct buf *buf, struct span bytes)
{
	base64(buf, bytes, base64_url, false);
}

static const char base32_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void encode_base64(struct buf *buf, struct span bytes)
{
	base64(buf, bytes, base64_std, true);
}

void encode_base32(struct buf *buf, struct span bytes)
{
	uint32_t v = 0;
	int bits = 0;

	for (size_t i = 0; i < bytes.n; i++) {
		v = v << 8 | (unsigned char)bytes.p[i];
		for (bits += 8; bits >= 5; bits -= 5)
			buf_char(buf, base32_alphabet[v >> (bits - 5) & 31]);
	}
	if (bits)
		buf_char(buf, base32_alphabet[v << (5 - bits) & 31]);
}

/* A table, since comparisons of random letters are guessed wrong every other time, and tokens are long. */
static int base64_value(char c, const char *alphabet)
{
	static const unsigned char values[256] = { /* plus one; 0: none */
		['A'] = 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
		['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
		['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	};
	int value = values[(unsigned char)c];

	if (value)
		return value - 1;
	return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : -1;
}

/* @out has room for text.n / 4 * 3 + 2. */
static int base64_read(struct span text, const char *alphabet, unsigned char *out, size_t *ret_n)
{
	size_t rest = text.n % 4, n = 0;
	uint32_t v = 0;

	if (rest == 1)
		return ERR_INVALID;
	for (size_t i = 0; i < text.n; i++) {
		int value = base64_value(text.p[i], alphabet);

		if (value < 0)
			return ERR_INVALID;
		v = v << 6 | (uint32_t)value;
		if (i % 4 == 3) {
			out[n++] = (unsigned char)(v >> 16);
			out[n++] = (unsigned char)(v >> 8);
			out[n++] = (unsigned char)v;
			v = 0;
		}
	}
	if (rest == 2) {
		if (v & 15)
			return ERR_INVALID;
		out[n++] = (unsigned char)(v >> 4);
	} else if (rest == 3) {
		if (v & 3)
			return ERR_INVALID;
		out[n++] = (unsigned char)(v >> 10);
		out[n++] = (unsigned char)(v >> 2);
	}
	*ret_n = n;
	return 0;
}

static int base64_decode(struct span text, const char *alphabet, struct arena *arena, struct span *ret_bytes)
{
	unsigned char *out = arena_alloc(arena, text.n / 4 * 3 + 3);
	size_t n;

	if (text.n % 4 == 1)
		return ERR_INVALID;
	if (!out)
		return FAULT_MEMORY;
	TRY(base64_read(text, alphabet, out, &n));
	*ret_bytes = (struct span){ (char *)out, n };
	return 0;
}

void encode_base64url_text(char *out, struct span bytes)
{
	*base64_write(out, bytes, base64_url) = '\0';
}

int encode_random_text(size_t n, struct arena *arena, struct span *ret_text)
{
	unsigned char random[32];
	char *text = arena_alloc(arena, ENCODE_BASE64URL(n) + 1);

	if (!text)
		return FAULT_MEMORY;
	if (n > sizeof random)
		return FAULT(FAULT_BUG, "%zu random bytes for a text", n);
	sys_random(random, n);
	encode_base64url_text(text, (struct span){ (char *)random, n });
	explicit_bzero(random, sizeof random);
	*ret_text = span_of(text);
	return 0;
}

int encode_base64url_bytes(struct span text, unsigned char *out, size_t n)
{
	if (text.n != n / 3 * 4 + (n % 3 ? n % 3 + 1 : 0))
		return ERR_INVALID;
	return base64_read(text, base64_url, out, &n);
}

int encode_base64url_decode(struct span text, struct arena *arena, struct span *ret_bytes)
{
	return base64_decode(text, base64_url, arena, ret_bytes);
}

int encode_base64_decode(struct span text, struct arena *arena, struct span *ret_bytes)
{
	if (text.n % 4)
		return ERR_INVALID;
	for (int pads = 0; pads < 2 && text.n && text.p[text.n - 1] == '='; pads++)
		text.n--;
	return base64_decode(text, base64_std, arena, ret_bytes);
}

void encode_hex(char *out, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.n; i++) {
		*out++ = digits[(unsigned char)bytes.p[i] >> 4];
		*out++ = digits[(unsigned char)bytes.p[i] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int encode_hex_decode(struct span text, unsigned char *out)
{
	if (text.n % 2)
		return ERR_INVALID;
	for (size_t i = 0; i < text.n; i += 2) {
		int high = hex_value(text.p[i]), low = hex_value(text.p[i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		out[i / 2] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

void encode_percent(struct buf *buf, struct span text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (is_unreserved((char)c))
			buf_char(buf, (char)c);
		else
			buf_add(buf, (struct span){ (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3 });
	}
}

int encode_percent_decode(struct span text, bool form, struct arena *arena, struct span *ret_text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	if (!out)
		return FAULT_MEMORY;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '%') {
			unsigned char byte;

			if (text.n - i < 3 || encode_hex_decode((struct span){ text.p + i + 1, 2 }, &byte))
				return ERR_INVALID;
			c = (char)byte;
			i += 2;
		} else if (form && c == '+') {
			c = ' ';
		}
		if (c == '\0')
			return ERR_INVALID;
		out[n++] = c;
	}
	*ret_text = (struct span){ out, n };
	return 0;
}

/* Table 3-7 of the Unicode standard: the allowed range of the second byte is where overlong forms and surrogates end. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < length)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* Eight bytes of ASCII, none of them 0: nearly all that ever comes. */
static bool is_ascii_word(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return !((word | (word - ones)) & highs); /* a byte of 0 borrows */
}

bool encode_is_utf8(struct span text)
{
	while (text.n) {
		if (text.n >= 8 && is_ascii_word(text.p)) {
			text.p += 8;
			text.n -= 8;
			continue;
		}
		size_t length = utf8_length((const unsigned char *)text.p, text.n);

		if (!length)
			return false;
		text.p += length;
		text.n -= length;
	}
	return true;
}

uint32_t encode_utf8_next(struct span *text)
{
	const unsigned char *p = (const unsigned char *)text->p;
	size_t length = text->n ? utf8_length(p, text->n) : 0;
	uint32_t c;

	if (!length)
		return 0;
	c = length == 1 ? p[0] : p[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++)
		c = c << 6 | (p[i] & 0x3f);
	text->p += length;
	text->n -= length;
	return c;
}

void encode_id(char out[37], struct id id)
{
	uuid_unparse_lower(id.b, out);
}

int encode_id_decode(struct span text, struct id *ret_id)
{
	char cstr[37];
	uuid_t parsed;

	if (text.n != 36)
		return ERR_INVALID;
	memcpy(cstr, text.p, 36);
	cstr[36] = '\0';
	if (uuid_parse(cstr, parsed) < 0)
		return ERR_INVALID;
	memcpy(ret_id->b, parsed, sizeof ret_id->b);
	return 0;
}
