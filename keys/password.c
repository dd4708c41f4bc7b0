/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/password.h"

#include "broker/base/error.h"

#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>

static _Atomic uint64_t computations;

static bool is_ready(void)
{
	return sodium_init() >= 0; /* idempotent and thread-safe */
}

uint64_t password_computations(void)
{
	return atomic_load_explicit(&computations, memory_order_relaxed);
}

static void count(void)
{
	atomic_fetch_add_explicit(&computations, 1, memory_order_relaxed);
}

static bool is_within_caps(struct password_cost cost)
{
	return cost.passes >= 1 && cost.passes <= PASSWORD_PASSES_MAX && cost.memory_kib >= 8 &&
	       cost.memory_kib <= PASSWORD_MEMORY_KIB_MAX;
}

/* One decimal parameter, "t=2": at most nine digits, no leading zero (one text for one value). */
static bool read_parameter(struct span *text, char name, char end, unsigned *ret)
{
	struct span rest = *text;
	uint64_t v;

	struct span value = span_cut(&rest, end);
	if (value.n < 3 || value.n > 11 || value.p[0] != name || value.p[1] != '=' || value.p[2] == '0')
		return false;
	if (!span_to_u64((struct span){ value.p + 2, value.n - 2 }, &v))
		return false;
	*ret = (unsigned)v;
	*text = rest;
	return true;
}

/* What a PHC string would cost, so that it is known before it is paid. The rest of the syntax is libsodium's to judge. */
static bool read_cost(struct span phc, bool *ret_is_id, struct password_cost *ret_cost)
{
	static const struct span version = SPAN("v=19$");
	bool is_id = span_starts(phc, SPAN("$argon2id$"));
	unsigned lanes;

	if ((!is_id && !span_starts(phc, SPAN("$argon2i$"))) || phc.n >= crypto_pwhash_STRBYTES || memchr(phc.p, '\0', phc.n))
		return false;
	size_t skip = is_id ? strlen("$argon2id$") : strlen("$argon2i$");
	struct span rest = { phc.p + skip, phc.n - skip };
	if (!span_starts(rest, version))
		return false;
	rest = (struct span){ rest.p + version.n, rest.n - version.n };
	if (!read_parameter(&rest, 'm', ',', &ret_cost->memory_kib) || !read_parameter(&rest, 't', ',', &ret_cost->passes) ||
	    !read_parameter(&rest, 'p', '$', &lanes))
		return false;
	*ret_is_id = is_id;
	return lanes <= 16 && is_within_caps(*ret_cost);
}

int password_hash(struct span password, struct password_cost cost, struct arena *arena, struct span *ret_phc)
{
	if (password.n > PASSWORD_INPUT_MAX || !is_within_caps(cost))
		return ERR_INVALID;
	if (!is_ready())
		return FAULT(FAULT_CRYPTO, "sodium_init");
	char *phc = arena_alloc(arena, crypto_pwhash_STRBYTES);
	if (!phc)
		return FAULT_MEMORY;
	count();
	if (crypto_pwhash_str_alg(phc, password.n ? password.p : "", password.n, cost.passes, (size_t)cost.memory_kib * 1024,
				  crypto_pwhash_ALG_ARGON2ID13))
		return FAULT(FAULT_MEMORY, "argon2id of %u KiB", cost.memory_kib);
	*ret_phc = span_of(phc);
	return 0;
}

int password_verify(struct span phc, struct span password)
{
	char text[crypto_pwhash_STRBYTES] = { 0 };
	struct password_cost cost;
	bool is_id;

	if (!read_cost(phc, &is_id, &cost))
		return ERR_INVALID;
	if (password.n > PASSWORD_INPUT_MAX)
		return ERR_CREDENTIALS;
	if (!is_ready())
		return FAULT(FAULT_CRYPTO, "sodium_init");
	count();
	memcpy(text, phc.p, phc.n);
	errno = 0;
	int failed = crypto_pwhash_str_verify(text, password.n ? password.p : "", password.n);
	int why = errno;
	explicit_bzero(text, sizeof text);
	if (!failed)
		return 0;
	/* A machine without memory must not read as a wrong password: the person would be counted towards a lockout. */
	return why == ENOMEM ? FAULT(FAULT_MEMORY, "argon2 of %u KiB", cost.memory_kib) : ERR_CREDENTIALS;
}

bool password_needs_rehash(struct span phc, struct password_cost cost)
{
	struct password_cost have;
	bool is_id;

	return !read_cost(phc, &is_id, &have) || !is_id || have.passes != cost.passes || have.memory_kib != cost.memory_kib;
}

int password_dummy_verify(struct span password, struct password_cost cost)
{
	static const unsigned char salt[crypto_pwhash_SALTBYTES] = "no such account";
	unsigned char key[32];

	if (password.n > PASSWORD_INPUT_MAX || !is_within_caps(cost))
		return ERR_CREDENTIALS;
	if (!is_ready())
		return FAULT(FAULT_CRYPTO, "sodium_init");
	count();
	int failed = crypto_pwhash(key, sizeof key, password.n ? password.p : "", password.n, salt, cost.passes,
				   (size_t)cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
	explicit_bzero(key, sizeof key);
	return failed ? FAULT(FAULT_MEMORY, "argon2id of %u KiB", cost.memory_kib) : ERR_CREDENTIALS;
}

bool password_is_phc(struct span text)
{
	struct password_cost cost;
	bool is_id;

	return read_cost(text, &is_id, &cost);
}
