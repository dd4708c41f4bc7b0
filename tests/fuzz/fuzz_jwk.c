/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_jwk - a stranger's key or set of keys. What is accepted prints as a public JWK that is accepted again under the same
 * thumbprint. */
#include "broker/base/error.h"
#include "keys/jwks.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct key *key, struct arena *arena)
{
	CLEANUP(jwk_cleanup) struct key *again = NULL;
	struct span text;

	int error = jwk_public_json(key, arena, &text);
	if (error == FAULT_MEMORY)
		return;
	if (error || jwk_parse(text, &again) || strcmp(key->thumbprint, again->thumbprint) != 0 || again->is_private)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	CLEANUP(jwks_cleanup) struct jwks *set = NULL;
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct span text = { (const char *)data, size };

	if (!arena || size > 16384)
		return 0;
	if (jwk_parse(text, &key) == 0)
		check(key, arena);
	if (jwks_parse(text, &set) == 0)
		for (size_t i = 0; i < set->n; i++)
			check(set->keys[i], arena);
	return 0;
}
