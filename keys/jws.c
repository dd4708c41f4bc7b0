/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/jws.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#include <strings.h>

int jws_sign(const struct key *key, enum alg alg, const char *typ, struct span payload, struct arena *arena,
		struct span *ret_compact)
{
	struct buf header = buf_new(arena, 128), token = buf_new(arena, 256 + payload.n * 4 / 3 + ALG_SIGNATURE_MAX * 4 / 3);
	struct json_writer w = json_writer(&header);
	unsigned char signature[ALG_SIGNATURE_MAX];
	struct span text;
	size_t n;

	json_open(&w, '{');
	json_member_str(&w, "alg", span_of(alg_row(alg)->name));
	json_member_str(&w, "kid", jwk_kid(key));
	if (typ)
		json_member_str(&w, "typ", span_of(typ));
	json_close(&w, '}');
	TRY(buf_done(&header, &text));
	encode_base64url(&token, text);
	buf_char(&token, '.');
	encode_base64url(&token, payload);
	TRY(buf_done(&token, &text));
	TRY(alg_sign(key, alg, text, signature, &n));
	buf_char(&token, '.');
	encode_base64url(&token, (struct span){ (char *)signature, n });
	return buf_done(&token, ret_compact);
}

/* The pieces of header.payload.signature. */
struct pieces {
	struct span header, payload, signature; /* still encoded */
	struct span signed_text;                /* header.payload */
};

static int take_apart(struct span compact, struct pieces *ret)
{
	struct span rest = compact;

	if (compact.n > JWS_MAX)
		return ERR_MALFORMED;
	ret->header = span_cut(&rest, '.');
	ret->payload = span_cut(&rest, '.');
	ret->signature = rest;
	/* Three parts, none empty: four dots would be a JWE (RFC 7516 9), an empty signature an unsecured JWS (RFC 7515 A.5). */
	if (!ret->header.n || !ret->payload.n || !ret->signature.n || memchr(rest.p, '.', rest.n))
		return ERR_MALFORMED;
	ret->signed_text = (struct span){ compact.p, ret->header.n + 1 + ret->payload.n };
	return 0;
}

static int decode(struct span text, struct arena *arena, struct span *ret_bytes)
{
	int error = encode_base64url_decode(text, arena, ret_bytes);

	return error > 0 ? ERR_MALFORMED : error;
}

/* A string member copied to @arena; NULL span when absent, ERR_MALFORMED when it is no string. */
static int copy_member(const json_t *object, const char *name, struct arena *arena, struct span *ret)
{
	const json_t *value = json_object_get(object, name);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return ERR_MALFORMED;
	*ret = arena_dup(arena, json_get_span(object, name));
	return ret->p ? 0 : FAULT_MEMORY;
}

static int read_header(struct span encoded, struct arena *arena, struct jws *ret)
{
	JSON *header = NULL;
	struct span bytes;

	TRY(decode(encoded, arena, &bytes));
	TRY(json_read_object(bytes, &header));
	if (!json_is_string(json_object_get(header, "alg")))
		return ERR_MALFORMED;
	/* We have no extension, so any "crit" is one we do not understand (RFC 7515 4.1.11); "b64" would change what is signed
	 * (RFC 7797 6). "jku", "x5u", "jwk" and "x5c" are not read at all. */
	if (json_object_get(header, "crit") || json_object_get(header, "b64"))
		return ERR_INVALID;
	ret->alg = alg_by_name(json_get_span(header, "alg"));
	TRY(copy_member(header, "kid", arena, &ret->kid));
	return copy_member(header, "typ", arena, &ret->typ);
}

/* RFC 7515 4.1.9: a media type without slash stands for application/…; types are compared without regard to case. */
static bool is_typ(struct span typ, const char *want)
{
	static const struct span prefix = SPAN("application/");

	if (typ.n > prefix.n && strncasecmp(typ.p, prefix.p, prefix.n) == 0 && !memchr(typ.p + prefix.n, '/', typ.n - prefix.n))
		typ = (struct span){ typ.p + prefix.n, typ.n - prefix.n };
	return span_eq_nocase(typ, span_of(want));
}

/* Everything but the key: the parts, the header, and what is expected of them. */
static int prepare(const struct jws_expect *expect, struct span compact, struct arena *arena, struct pieces *pieces,
		   struct jws *jws, struct span *signature)
{
	TRY(take_apart(compact, pieces));
	TRY(read_header(pieces->header, arena, jws));
	if (jws->alg == ALG_UNKNOWN || !(expect->algs & ALG_BIT(jws->alg)))
		return ERR_INVALID;
	if (expect->typ && !is_typ(jws->typ, expect->typ))
		return ERR_INVALID;
	TRY(decode(pieces->signature, arena, signature));
	return decode(pieces->payload, arena, &jws->payload);
}

int jws_verify(const struct jwks *keys, const struct jws_expect *expect, struct span compact, struct arena *arena,
		struct jws *ret_jws)
{
	struct jws jws = { 0 };
	struct pieces pieces;
	struct span signature;
	size_t cursor = 0;
	int error = ERR_ABSENT;

	TRY(prepare(expect, compact, arena, &pieces, &jws, &signature));
	/* Several keys may share a kid (two sets merged, a careless publisher): any of them may be the one. */
	while ((jws.key = jwks_next(keys, jws.kid, jws.alg, &cursor))) {
		error = alg_verify(jws.key, jws.alg, pieces.signed_text, signature);
		if (error == 0) {
			*ret_jws = jws;
			return 0;
		}
		if (error < 0)
			return error;
	}
	return error;
}

int jws_verify_with(const struct key *key, const struct jws_expect *expect, struct span compact, struct arena *arena,
		struct jws *ret_jws)
{
	struct jws jws = { .key = key };
	struct pieces pieces;
	struct span signature;

	TRY(prepare(expect, compact, arena, &pieces, &jws, &signature));
	TRY(alg_verify(key, jws.alg, pieces.signed_text, signature));
	*ret_jws = jws;
	return 0;
}

int jws_peek(struct span compact, struct arena *arena, struct jws_peek *ret_peek)
{
	struct jws_peek peek = { 0 };
	struct pieces pieces;
	struct jws jws = { 0 };
	struct span bytes;
	JSON *claims = NULL;

	TRY(take_apart(compact, &pieces));
	TRY(read_header(pieces.header, arena, &jws));
	TRY(decode(pieces.payload, arena, &bytes));
	TRY(json_read_object(bytes, &claims));
	TRY(copy_member(claims, "iss", arena, &peek.iss));
	TRY(copy_member(claims, "sub", arena, &peek.sub));
	peek.alg = jws.alg;
	peek.kid = jws.kid;
	peek.typ = jws.typ;
	*ret_peek = peek;
	return 0;
}
