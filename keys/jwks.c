/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/jwks.h"

#include "broker/base/error.h"

#include <stdlib.h>

int jwks_new(struct jwks **ret_jwks)
{
	struct jwks *jwks = calloc(1, sizeof *jwks);

	if (!jwks)
		return FAULT_MEMORY;
	*ret_jwks = jwks;
	return 0;
}

int jwks_add(struct jwks *jwks, struct key *key)
{
	if (jwks->n == JWKS_MAX)
		return ERR_FULL;
	jwks->keys[jwks->n++] = key;
	return 0;
}

void jwks_free(struct jwks *jwks)
{
	if (!jwks)
		return;
	for (size_t i = 0; i < jwks->n; i++)
		jwk_free(jwks->keys[i]);
	free(jwks);
}

int jwks_from_json(const json_t *set, struct jwks **ret_jwks)
{
	const json_t *list = json_object_get(set, "keys");
	CLEANUP(jwks_cleanup) struct jwks *jwks = NULL;

	if (!json_is_array(list))
		return ERR_MALFORMED;
	if (json_array_size(list) > JWKS_MAX)
		return ERR_TOO_LARGE;
	TRY(jwks_new(&jwks));
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct key *key;
		int error = jwk_from_json(json_array_get(list, i), &key);

		if (error < 0)
			return error;
		if (error == 0)
			jwks->keys[jwks->n++] = key;
		/* else a key that we do not understand: RFC 7517 5 says to ignore it */
	}
	*ret_jwks = jwks;
	jwks = NULL;
	return 0;
}

int jwks_parse(struct span text, struct jwks **ret_jwks)
{
	JSON *set = NULL;

	TRY(json_read_object(text, &set));
	return jwks_from_json(set, ret_jwks);
}

static bool is_named(const struct key *key, struct span kid)
{
	return span_eq(kid, jwk_kid(key)) || span_is(kid, key->thumbprint);
}

const struct key *jwks_next(const struct jwks *jwks, struct span kid, enum alg alg, size_t *cursor)
{
	const struct key *only = NULL;
	size_t fitting = 0, named = 0;

	if (alg == ALG_UNKNOWN || *cursor >= jwks->n)
		return NULL;
	for (size_t i = 0; i < jwks->n; i++) {
		const struct key *key = jwks->keys[i];

		if (!(key->algs & ALG_BIT(alg)))
			continue;
		fitting++;
		only = key;
		if (kid.n && is_named(key, kid)) {
			named++;
			if (i >= *cursor) {
				*cursor = i + 1;
				return key;
			}
		}
	}
	/* Nothing is named: the one key that fits, unless both the token and the key have a name, and the names differ. */
	if (*cursor == 0 && named == 0 && fitting == 1 && (kid.n == 0 || !only->has_kid)) {
		*cursor = jwks->n;
		return only;
	}
	return NULL;
}

int jwks_json(const struct jwks *jwks, struct arena *arena, struct span *ret_json)
{
	struct buf buf = buf_new(arena, 512 * (jwks->n + 1));
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_key(&w, "keys");
	json_open(&w, '[');
	for (size_t i = 0; i < jwks->n; i++) {
		struct span jwk;

		TRY(jwk_public_json(jwks->keys[i], arena, &jwk));
		json_raw(&w, jwk);
	}
	json_close(&w, ']');
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}
