/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/legacy_crypt.h"

#include "broker/base/error.h"

#include <crypt.h>
#include <stdlib.h>

#define BCRYPT_COST_MAX 14 /* 2^14: about a second */
#define SHA_ROUNDS_MAX 1000000
#define SCRYPT_COST_MAX (UINT64_C(1) << 20) /* N * r: 128 MiB */
#define SCRYPT_LANES_MAX 4

/* The digits of crypt(3)'s own base 64; -1 for a foreign character. */
static int digit64(char c)
{
	if (c == '.' || c == '/')
		return c - '.';
	if (c >= '0' && c <= '9')
		return c - '0' + 2;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 12;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 38;
	return -1;
}

/* The functions below get what stands after the prefix. */
static bool is_free(struct span rest)
{
	return rest.n > 0;
}

static bool is_bcrypt_cheap(struct span rest)
{
	uint64_t cost;
	struct span text = span_cut(&rest, '$');

	return text.n == 2 && span_to_u64(text, &cost) && cost >= 4 && cost <= BCRYPT_COST_MAX;
}

static bool is_sha_cheap(struct span rest)
{
	static const struct span rounds = SPAN("rounds=");
	uint64_t n;

	if (!span_starts(rest, rounds))
		return rest.n > 0;
	rest = (struct span){ rest.p + rounds.n, rest.n - rounds.n };
	struct span text = span_cut(&rest, '$');
	return span_to_u64(text, &n) && n <= SHA_ROUNDS_MAX;
}

static bool is_sha1_cheap(struct span rest)
{
	uint64_t n;
	struct span text = span_cut(&rest, '$');

	return span_to_u64(text, &n) && n <= SHA_ROUNDS_MAX;
}

/* $7$: log2 N in one digit, then r and p in five digits each, the lowest first. */
static bool is_scrypt_cheap(struct span rest)
{
	uint64_t v[2] = { 0, 0 };

	if (rest.n < 11 || digit64(rest.p[0]) < 1 || digit64(rest.p[0]) > 20)
		return false;
	for (int i = 0; i < 10; i++) {
		int digit = digit64(rest.p[1 + i]);

		if (digit < 0)
			return false;
		v[i / 5] |= (uint64_t)digit << (6 * (i % 5));
	}
	return v[0] && v[1] && v[1] <= SCRYPT_LANES_MAX && v[0] <= SCRYPT_COST_MAX &&
	       (v[0] << digit64(rest.p[0])) <= SCRYPT_COST_MAX;
}

/* $y$: flavour j, log2 N less one, r less one, one digit each; what has more parameters than that is refused. */
static bool is_yescrypt_cheap(struct span rest)
{
	struct span text = span_cut(&rest, '$');

	if (text.n != 3 || text.p[0] != 'j')
		return false;
	int log2n = digit64(text.p[1]) + 1, r = digit64(text.p[2]) + 1;
	return log2n >= 1 && log2n <= 20 && r >= 1 && r <= 48 && ((uint64_t)r << log2n) <= SCRYPT_COST_MAX;
}

static const struct method {
	const char *prefix, *family;
	size_t hash; /* characters after the setting */
	bool is_strong;
	bool (*is_cheap)(struct span rest);
} methods[] = {
	{ "$1$", "md5-crypt", 22, false, is_free },
	{ "$2a$", "bcrypt", 31, true, is_bcrypt_cheap },
	{ "$2b$", "bcrypt", 31, true, is_bcrypt_cheap },
	{ "$2y$", "bcrypt", 31, true, is_bcrypt_cheap },
	{ "$5$", "sha256-crypt", 43, false, is_sha_cheap },
	{ "$6$", "sha512-crypt", 86, false, is_sha_cheap },
	{ "$7$", "scrypt", 43, true, is_scrypt_cheap },
	{ "$y$", "yescrypt", 43, true, is_yescrypt_cheap },
	{ "$sha1$", "sha1-crypt", 28, false, is_sha1_cheap },
};

static const struct method *method_of(struct span setting)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (span_starts(setting, span_of(methods[i].prefix)))
			return &methods[i];
	return NULL;
}

bool legacy_crypt_is_family(struct span name)
{
	if (span_eq_nocase(name, SPAN("crypt")))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (span_eq_nocase(name, span_of(methods[i].family)))
			return true;
	return false;
}

int legacy_crypt_check(struct span family, struct span setting)
{
	const struct method *method = method_of(setting);

	if (!method || (!span_eq_nocase(family, SPAN("crypt")) && !span_eq_nocase(family, span_of(method->family))))
		return ERR_INVALID;
	if (setting.n >= CRYPT_OUTPUT_SIZE || memchr(setting.p, '\0', setting.n))
		return ERR_INVALID;
	size_t skip = strlen(method->prefix);
	return method->is_cheap((struct span){ setting.p + skip, setting.n - skip }) ? 0 : ERR_INVALID;
}

static void wipe_and_free(struct crypt_data *data)
{
	explicit_bzero(data, sizeof *data);
	free(data);
}
DEFINE_CLEANUP(struct crypt_data, crypt_cleanup, wipe_and_free)

int legacy_crypt(struct span family, struct span setting, struct span password, struct arena *arena, struct span *ret_text)
{
	TRY(legacy_crypt_check(family, setting));
	if (password.n >= CRYPT_MAX_PASSPHRASE_SIZE || (password.n && memchr(password.p, '\0', password.n)))
		return ERR_INVALID;
	char *phrase = arena_cstr(arena, password), *terminated = arena_cstr(arena, setting);
	/* 32 KiB: off the arena, whose cap is meant for requests. */
	CLEANUP(crypt_cleanup) struct crypt_data *data = calloc(1, sizeof *data);
	if (!phrase || !terminated || !data)
		return FAULT_MEMORY;
	const char *text = crypt_rn(phrase, terminated, data, sizeof *data);
	if (!text)
		return ERR_INVALID;
	struct span out = arena_dup(arena, span_of(text));
	if (!out.p)
		return FAULT_MEMORY;
	*ret_text = out;
	return 0;
}

int legacy_crypt_setting(struct span hash, struct span *ret_setting)
{
	const struct method *method = method_of(hash);

	if (!method || hash.n <= method->hash + strlen(method->prefix))
		return ERR_INVALID;
	struct span setting = { hash.p, hash.n - method->hash };
	/* bcrypt's salt is not closed by a dollar sign; its length is fixed. */
	bool is_bcrypt = method->is_cheap == is_bcrypt_cheap;
	if (is_bcrypt ? setting.n != 29 : setting.p[setting.n - 1] != '$')
		return ERR_INVALID;
	TRY(legacy_crypt_check(SPAN("crypt"), setting));
	*ret_setting = setting;
	return 0;
}

bool legacy_crypt_is_strong(struct span setting)
{
	const struct method *method = method_of(setting);

	return method && method->is_strong;
}
