/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_token_text - texts that claim to be refresh tokens, opaque tokens, jtis; and payloads that claim to be ours. What parses
 * must be what we would print. */
#include "broker/base/error.h"
#include "broker/oauth/refresh.h"
#include "broker/oauth/token.h"
#include "conf/config.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct seal_ring *make_ring(void)
{
	struct seal_ring *ring = NULL;
	char dir[] = "/tmp/yimen-fuzz-XXXXXX", path[64];

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof path, "%s/key", dir);
	if (seal_load(path, &ring))
		abort();
	unlink(path);
	rmdir(dir);
	return ring;
}

static void check_refresh(const struct seal_ring *ring, struct span text)
{
	char again[REFRESH_TEXT + 1];
	struct id family;
	uint32_t n;

	if (refresh_parse(ring, text, &family, &n) == 0 &&
	    (refresh_print(ring, family, n, again) || !span_eq(text, (struct span){ again, REFRESH_TEXT })))
		abort();
}

static void check_jti(struct span text)
{
	unsigned char random[TOKEN_JTI_RANDOM] = { 0 };
	char again[TOKEN_JTI + 1];
	struct id family;

	if (token_jti_family(text, &family))
		return;
	token_jti(family, random, again);
	if (text.n != TOKEN_JTI || memcmp(again, text.p, 21) != 0) /* 21 characters are whole bytes of the family */
		abort();
}

/* The input (NUL: leave as it is) put over a valid text, so that the fuzzer gets past the length. */
static void over_valid_ones(const struct seal_ring *ring, struct span text)
{
	char refresh[REFRESH_TEXT + 1];
	struct id family = { { 1, 2, 3 } };
	uint32_t n;

	if (refresh_print(ring, family, 7, refresh))
		abort();
	bool changed = false;
	for (size_t i = 0; i < text.n && i < REFRESH_TEXT; i++) {
		changed |= text.p[i] && text.p[i] != refresh[i];
		if (text.p[i])
			refresh[i] = text.p[i];
	}
	if ((refresh_parse(ring, (struct span){ refresh, REFRESH_TEXT }, &family, &n) == 0) == changed)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct seal_ring *ring;
	static const struct config config = { .issuer = SPAN("https://id.example.cn") };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span text = { (const char *)data, size };
	struct token_access access;

	if (!ring)
		ring = make_ring();
	if (!arena)
		return 0;
	check_refresh(ring, text);
	check_jti(text);
	over_valid_ones(ring, text);
	if (token_parse_opaque(ring, text, &access) == 0 && !token_looks_opaque(text))
		abort();
	if (token_parse_claims(&config, text, arena, &access) == 0 && (!access.client_id.n || !access.audience.items))
		abort();
	return 0;
}
