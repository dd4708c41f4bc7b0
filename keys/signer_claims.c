/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/signer_claims.h"

#include "broker/base/error.h"
#include "broker/base/json.h"

#define HOUR INT64_C(3600)
#define DEPTH_MAX 16

static const struct {
	const char *typ;
	int64_t max_life;
} typs[SIGNER_TYP_COUNT] = {
	[SIGNER_ACCESS] = { "at+jwt", 24 * HOUR },
	[SIGNER_ID] = { "JWT", 24 * HOUR },
	[SIGNER_LOGOUT] = { "logout+jwt", HOUR / 6 },
	[SIGNER_USERINFO] = { "JWT", HOUR },
	[SIGNER_INTROSPECTION] = { "token-introspection+jwt", HOUR },
};

const char *signer_claims_typ(enum signer_typ typ)
{
	return typs[typ].typ;
}

int64_t signer_claims_max_life(enum signer_typ typ)
{
	return typs[typ].max_life;
}

void signer_claims_begin(struct buf *buf, struct span issuer)
{
	struct json_writer w = json_writer(buf);

	json_open(&w, '{');
	json_key(&w, "iss");
	json_str(&w, issuer);
	json_key(&w, "exp");
}

void signer_begin_claims(struct buf *buf, struct span issuer, int64_t exp, int64_t iat)
{
	signer_claims_begin(buf, issuer);
	buf_i64(buf, exp);
	buf_str(buf, ",\"iat\":");
	buf_i64(buf, iat);
	buf_char(buf, ',');
}

/* Everything below walks a cursor over compact JSON: no white space, since our writer makes none. */
struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, struct span want)
{
	if ((size_t)(c->end - c->at) < want.n || memcmp(c->at, want.p, want.n) != 0)
		return false;
	c->at += want.n;
	return true;
}

static bool take_char(struct cursor *c, char want)
{
	return c->at < c->end && *c->at == want ? (c->at++, true) : false;
}

static bool take_number(struct cursor *c, int64_t *ret)
{
	const char *from = c->at;
	uint64_t v;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	/* 12 digits: past any date, far from overflow; no leading zero, which JSON does not allow */
	if (c->at - from > 12 || (c->at - from > 1 && *from == '0') ||
	    !span_to_u64((struct span){ from, (size_t)(c->at - from) }, &v))
		return false;
	*ret = (int64_t)v;
	return true;
}

static bool take_string(struct cursor *c, struct span *ret)
{
	if (!take_char(c, '"'))
		return false;
	ret->p = c->at;
	for (; c->at < c->end; c->at++) {
		if ((unsigned char)*c->at < 0x20)
			return false;
		if (*c->at == '"') {
			ret->n = (size_t)(c->at++ - ret->p);
			return true;
		}
		if (*c->at == '\\' && ++c->at == c->end)
			return false;
	}
	return false;
}

/* A number, true, false or null: whoever reads the token checks the spelling, here it only has to end where it seems to. */
static bool take_word(struct cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end && ((*c->at >= '0' && *c->at <= '9') || (*c->at >= 'a' && *c->at <= 'z') || *c->at == '-' ||
				  *c->at == '+' || *c->at == '.' || *c->at == 'E'))
		c->at++;
	return c->at > from;
}

/* One value with all that is nested in it; brackets must match. */
static bool take_value(struct cursor *c)
{
	char open[DEPTH_MAX];
	struct span text;
	size_t depth = 0;

	do {
		if (c->at == c->end)
			return false;
		switch (*c->at) {
		case '{':
		case '[':
			if (depth == DEPTH_MAX)
				return false;
			open[depth++] = *c->at++;
			break;
		case '}':
		case ']':
			if (!depth || open[--depth] != (*c->at++ == '}' ? '{' : '['))
				return false;
			break;
		case '"':
			if (!take_string(c, &text))
				return false;
			break;
		case ',':
		case ':':
			if (!depth)
				return false;
			c->at++;
			break;
		default:
			if (!take_word(c))
				return false;
		}
	} while (depth);
	return true;
}

/* The members after iat: none may be called iss, exp or iat, nor hide its name behind an escape. */
static bool take_members(struct cursor *c)
{
	struct span key;

	do {
		if (!take_string(c, &key) || memchr(key.p, '\\', key.n))
			return false;
		if (span_is(key, "iss") || span_is(key, "exp") || span_is(key, "iat"))
			return false;
		if (!take_char(c, ':') || !take_value(c))
			return false;
	} while (take_char(c, ','));
	return take_char(c, '}') && c->at == c->end;
}

int signer_claims_check(struct span claims, const struct signer_rule *rule)
{
	struct cursor c = { claims.p, claims.p + claims.n };
	int64_t exp, iat;

	if (claims.n > SIGNER_PAYLOAD_MAX)
		return ERR_INVALID;
	if (!take(&c, rule->begin) || !take_number(&c, &exp) || !take(&c, SPAN(",\"iat\":")) || !take_number(&c, &iat) ||
	    !take_char(&c, ','))
		return ERR_INVALID;
	if (iat > rule->now + SIGNER_CLOCK_SLACK || iat < rule->now - SIGNER_CLOCK_SLACK)
		return ERR_INVALID;
	if (exp <= iat || exp - iat > rule->max_life)
		return ERR_INVALID;
	return take_members(&c) ? 0 : ERR_INVALID;
}
