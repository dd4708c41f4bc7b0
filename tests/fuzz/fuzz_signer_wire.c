/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_signer_wire - what a hostile front sends the signer: the message, and the claims in it. Claims that the signer accepts and a
 * JSON parser understands mean to that parser what the signer checked.
 */
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "keys/signer_claims.h"
#include "keys/signer_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1700000000

static void check(struct span claims)
{
	const struct signer_rule rule = { .begin = SPAN("{\"iss\":\"https://a\",\"exp\":"), .now = NOW, .max_life = 600 };
	JSON *object = NULL;
	int64_t exp, iat;

	if (signer_claims_check(claims, &rule) || json_read_object(claims, &object))
		return;
	if (!span_is(json_get_span(object, "iss"), "https://a") || !json_get_i64(object, "exp", &exp) ||
	    !json_get_i64(object, "iat", &iat))
		abort();
	if (exp - iat > 600 || exp <= iat || iat > NOW + SIGNER_CLOCK_SLACK || iat < NOW - SIGNER_CLOCK_SLACK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct signer_message message;

	check(text);
	if (signer_wire_read(text, &message))
		return 0;
	for (size_t i = 0; i < message.n; i++) {
		if (message.items[i].name.n && message.items[i].name.p + message.items[i].name.n > text.p + text.n)
			abort();
		check(message.items[i].bytes);
	}
	return 0;
}
