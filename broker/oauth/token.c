/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/token.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "conf/config.h"
#include "keys/digest.h"

struct opaque_bytes {
	unsigned char family[16], expiry[6], random[3], resources[3], mask[4], mac[28];
};
_Static_assert(ENCODE_BASE64URL(sizeof(struct opaque_bytes)) == TOKEN_OPAQUE, "no padding bits, no slack");

struct jti_bytes {
	unsigned char family[16], random[TOKEN_JTI_RANDOM];
};
_Static_assert(ENCODE_BASE64URL(sizeof(struct jti_bytes)) == TOKEN_JTI, "no padding bits, no slack");

static struct span span_bytes(const void *p, size_t n)
{
	return (struct span){ p, n };
}

static void put_be(unsigned char *out, size_t n, uint64_t v)
{
	while (n--) {
		out[n] = (unsigned char)v;
		v >>= 8;
	}
}

static uint64_t get_be(const unsigned char *in, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *in++;
	return v;
}

struct instant token_access_expiry(const struct token_grant *grant)
{
	struct instant end = instant_add(grant->now, grant->client->tokens.access_life);

	if (grant->family && instant_before(record_expiry(grant->family->id), end))
		end = record_expiry(grant->family->id);
	/* "exp" has whole seconds: both kinds of token end at one instant */
	return (struct instant){ end.ms / MS_SECOND * MS_SECOND };
}

struct text_list token_resources(const struct family *family, const struct config_client *client)
{
	if (family->resources.n)
		return family->resources;
	return (struct text_list){ (struct span *)(uintptr_t)client->audiences.items, client->audiences.n };
}

int token_audience(const struct config *config, const struct config_client *client, const struct text_list *resources,
		   const struct text_list *scopes, struct arena *arena, struct text_list *ret_audience)
{
	size_t n = resources->n ? resources->n : client->audiences.n;
	const struct span *from = resources->n ? resources->items : client->audiences.items;
	struct text_list audience = { arena_array(arena, struct span, n + 1), 0 };

	if (!audience.items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < n; i++)
		audience.items[audience.n++] = from[i];
	if (!scope_has(&audience, config->issuer) && (n == 0 || scope_has(scopes, SPAN("openid"))))
		audience.items[audience.n++] = config->issuer;
	*ret_audience = audience;
	return 0;
}

int token_sid(const struct seal_ring *ring, struct id session, struct span client_id, char ret_sid[TOKEN_SID + 1])
{
	unsigned char input[sizeof session.b + 256], mac[SEAL_DERIVED];
	size_t n = client_id.n < 256 ? client_id.n : 256;

	memcpy(input, session.b, sizeof session.b);
	if (n)
		memcpy(input + sizeof session.b, client_id.p, n);
	TRY(seal_derive(ring, "sid", span_bytes(input, sizeof session.b + n), mac));
	encode_base64url_text(ret_sid, span_bytes(mac, 16));
	return 0;
}

void token_jti(struct id family, const unsigned char random[TOKEN_JTI_RANDOM], char ret_jti[TOKEN_JTI + 1])
{
	struct jti_bytes bytes;

	memcpy(bytes.family, family.b, sizeof bytes.family);
	memcpy(bytes.random, random, sizeof bytes.random);
	encode_base64url_text(ret_jti, span_bytes(&bytes, sizeof bytes));
}

int token_jti_family(struct span jti, struct id *ret_family)
{
	struct jti_bytes bytes;

	TRY(encode_base64url_bytes(jti, (unsigned char *)&bytes, sizeof bytes));
	memcpy(ret_family->b, bytes.family, sizeof bytes.family);
	return 0;
}

int token_print_opaque(const struct seal_ring *ring, const struct token_grant *grant, char ret_text[TOKEN_OPAQUE + 1])
{
	struct opaque_bytes bytes;
	unsigned char mac[SEAL_DERIVED];

	memcpy(bytes.family, grant->family->id.b, sizeof bytes.family);
	put_be(bytes.expiry, sizeof bytes.expiry, (uint64_t)token_access_expiry(grant).ms);
	memcpy(bytes.random, grant->random, sizeof bytes.random);
	struct text_list all = token_resources(grant->family, grant->client);
	put_be(bytes.resources, sizeof bytes.resources, scope_mask(&all, &grant->resources));
	put_be(bytes.mask, sizeof bytes.mask, scope_mask(&grant->family->scopes, &grant->scopes));
	TRY(seal_derive(ring, "access", span_bytes(&bytes, offsetof(struct opaque_bytes, mac)), mac));
	memcpy(bytes.mac, mac, sizeof bytes.mac);
	encode_base64url_text(ret_text, span_bytes(&bytes, sizeof bytes));
	explicit_bzero(mac, sizeof mac);
	explicit_bzero(&bytes, sizeof bytes);
	return 0;
}

bool token_looks_opaque(struct span text)
{
	return text.n == TOKEN_OPAQUE && !memchr(text.p, '.', text.n);
}

int token_parse_opaque(const struct seal_ring *ring, struct span text, struct token_access *ret_access)
{
	struct token_access access = { 0 };
	struct opaque_bytes bytes;
	unsigned char mac[SEAL_DERIVED];

	if (encode_base64url_bytes(text, (unsigned char *)&bytes, sizeof bytes))
		return ERR_INVALID_TOKEN;
	TRY(seal_derive(ring, "access", span_bytes(&bytes, offsetof(struct opaque_bytes, mac)), mac));
	bool ours = secret_eq(span_bytes(mac, sizeof bytes.mac), span_bytes(bytes.mac, sizeof bytes.mac));
	explicit_bzero(mac, sizeof mac);
	if (!ours)
		return ERR_INVALID_TOKEN;
	memcpy(access.family.b, bytes.family, sizeof bytes.family);
	access.expires_at.ms = (int64_t)get_be(bytes.expiry, sizeof bytes.expiry);
	access.resource_mask = (uint32_t)get_be(bytes.resources, sizeof bytes.resources);
	access.scope_mask = (uint32_t)get_be(bytes.mask, sizeof bytes.mask);
	memcpy(access.mark, bytes.mac, sizeof access.mark);
	*ret_access = access;
	return 0;
}

/* "aud" as a text or, for several, a list; either way a copy in @arena. */
static int copy_audience(const json_t *claims, struct arena *arena, struct text_list *ret_list)
{
	const json_t *aud = json_object_get(claims, "aud");
	size_t n = json_is_array(aud) ? json_array_size(aud) : 1;
	struct text_list list = { arena_array(arena, struct span, n), 0 };

	if (!list.items && n)
		return FAULT_MEMORY;
	for (; list.n < n; list.n++) {
		const json_t *item = json_is_array(aud) ? json_array_get(aud, list.n) : aud;

		if (!json_is_string(item))
			return ERR_INVALID_TOKEN;
		list.items[list.n] = arena_dup(arena, span_bytes(json_string_value(item), json_string_length(item)));
		if (!list.items[list.n].p)
			return FAULT_MEMORY;
	}
	*ret_list = list;
	return 0;
}

static int copy_texts(const json_t *claims, struct arena *arena, struct token_access *access)
{
	const struct {
		const char *key;
		struct span *to;
	} texts[] = {
		{ "client_id", &access->client_id }, { "sub", &access->sub }, { "sid", &access->sid }, { "scope", &access->scope },
		{ "jti", &access->jti },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct span text = json_get_span(claims, texts[i].key);

		if (!text.n)
			continue;
		*texts[i].to = arena_dup(arena, text);
		if (!texts[i].to->p)
			return FAULT_MEMORY;
	}
	return copy_audience(claims, arena, &access->audience);
}

int token_parse_claims(const struct config *config, struct span payload, struct arena *arena, struct token_access *ret_access)
{
	struct token_access access = { .is_jwt = true };
	struct jti_bytes jti;
	JSON *claims = NULL;
	int64_t exp, iat;

	int error = json_read_object(payload, &claims);
	if (error)
		return error > 0 ? ERR_INVALID_TOKEN : error;
	/* RFC 9068 4: the issuer is ours, and what we always write is there. */
	if (!span_eq(json_get_span(claims, "iss"), config->issuer) || !json_get_i64(claims, "exp", &exp) ||
	    !json_get_i64(claims, "iat", &iat))
		return ERR_INVALID_TOKEN;
	TRY(copy_texts(claims, arena, &access));
	if (!access.client_id.n || !access.sub.n || encode_base64url_bytes(access.jti, (unsigned char *)&jti, sizeof jti))
		return ERR_INVALID_TOKEN;
	if (exp < 0 || exp > INT64_MAX / MS_SECOND || iat < 0 || iat > INT64_MAX / MS_SECOND)
		return ERR_INVALID_TOKEN;
	access.expires_at.ms = exp * MS_SECOND;
	access.issued_at.ms = iat * MS_SECOND;
	memcpy(access.family.b, jti.family, sizeof jti.family);
	memcpy(access.mark, (const unsigned char *)&jti + sizeof jti - sizeof access.mark, sizeof access.mark);
	*ret_access = access;
	return 0;
}

struct id token_mark(const struct token_access *access)
{
	/* Named by the token's own expiry, so that the mark is swept when nobody would accept the token any more. */
	return record_named_id(access->expires_at, SPAN("access"), span_bytes(access->mark, sizeof access->mark));
}
