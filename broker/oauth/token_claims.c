/* SPDX-License-Identifier: Apache-2.0 */
/* token_claims - the claims of access tokens and ID tokens, written without building a tree (performance.md: 12 µs less each). */
#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/oauth/token.h"
#include "broker/store/records_unit.h"
#include "conf/config.h"
#include "keys/digest.h"

static struct json_writer begin(struct buf *buf, const struct token_grant *grant, struct instant expiry)
{
	signer_begin_claims(buf, grant->config->issuer, expiry.ms / MS_SECOND, grant->now.ms / MS_SECOND);
	return json_writer(buf);
}

static void write_list(struct json_writer *w, const char *key, const struct text_list *list)
{
	if (list->n == 0)
		return;
	json_key(w, key);
	json_open(w, '[');
	for (size_t i = 0; i < list->n; i++)
		json_str(w, list->items[i]);
	json_close(w, ']');
}

/* How and when the person proved who they are (OpenID Connect Core 2; RFC 9068 2.2.1). */
static void write_authentication(struct json_writer *w, const struct family *family)
{
	char acr[2] = { (char)('0' + (family->acr >= 0 && family->acr <= 9 ? family->acr : 0)), '\0' };

	if (instant_is_set(family->auth_time))
		json_member_int(w, "auth_time", family->auth_time.ms / MS_SECOND);
	json_member_str(w, "acr", (struct span){ acr, 1 });
	write_list(w, "amr", &family->amr);
}

/* For whom: a business system decides by `org` before it has asked for anything. `act` as RFC 8693 4.1: the person is the acting party. */
static void write_unit(struct json_writer *w, const struct token_grant *grant)
{
	char id[37];

	if (!grant->unit || !scope_has(&grant->scopes, SPAN("org")))
		return;
	encode_id(id, grant->unit->id);
	json_key(w, "org");
	json_open(w, '{');
	json_member_str(w, "id", span_of(id));
	json_member_str(w, "uscc", grant->unit->uscc);
	json_close(w, '}');
	if (!grant->acts)
		return;
	json_key(w, "act");
	json_open(w, '{');
	json_member_str(w, "sub", grant->sub);
	json_close(w, '}');
}

static bool has_person(const struct token_grant *grant)
{
	return grant->family && id_is_set(grant->family->account);
}

void token_write_access(struct buf *buf, const struct token_grant *grant)
{
	static const struct id none;
	struct json_writer w = begin(buf, grant, token_access_expiry(grant));
	char jti[TOKEN_JTI + 1];

	token_jti(grant->family ? grant->family->id : none, grant->random, jti);
	json_member_str(&w, "sub", grant->sub);
	if (grant->audience.n == 1)
		json_member_str(&w, "aud", grant->audience.items[0]);
	else
		write_list(&w, "aud", &grant->audience);
	json_member_str(&w, "client_id", grant->client->id);
	json_member_str(&w, "jti", (struct span){ jti, TOKEN_JTI });
	if (grant->scopes.n) { /* a scope-token needs no JSON escape: RFC 6749 3.3 leaves out the quote and the backslash */
		json_key(&w, "scope");
		buf_char(buf, '"');
		scope_print(buf, &grant->scopes);
		buf_char(buf, '"');
		w.comma = true;
	}
	json_member_str(&w, "sid", grant->sid);
	if (has_person(grant))
		write_authentication(&w, grant->family);
	write_unit(&w, grant);
	buf_char(buf, '}');
}

void token_write_id(struct buf *buf, const struct token_grant *grant, struct span at_hash)
{
	struct json_writer w = begin(buf, grant, instant_add(grant->now, grant->client->tokens.id_life));

	json_member_str(&w, "sub", grant->sub);
	json_member_str(&w, "aud", grant->client->id); /* alone, so there is no azp (OpenID Connect Core 2) */
	json_member_str(&w, "nonce", grant->family->nonce);
	json_member_str(&w, "at_hash", at_hash);
	json_member_str(&w, "sid", grant->sid);
	write_authentication(&w, grant->family);
	write_unit(&w, grant);
	buf_char(buf, '}');
}

int token_at_hash(int alg, struct span access_token, char ret_hash[44])
{
	/* OpenID Connect Core 3.1.3.6: the hash of the ID token's alg; Ed25519 hashes with SHA-512 (RFC 8032 5.1). */
	enum digest digest = alg == CONFIG_EDDSA ? DIGEST_SHA512 : DIGEST_SHA256;
	unsigned char hash[DIGEST_MAX];

	TRY(digest_of(digest, hash, access_token));
	encode_base64url_text(ret_hash, (struct span){ (char *)hash, digest_row(digest)->size / 2 });
	return 0;
}
