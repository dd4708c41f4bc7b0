/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_legacy_expr - a record's scheme, salt and digest come from a stranger's file; the first line is the scheme, the second
 * the salt, the rest the digest. Whatever they are: no crash, no more work than the cap, and a scheme that passes the check
 * can be computed.
 */
#include "broker/base/error.h"
#include "keys/legacy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_costly(struct span s)
{
	unsigned digits = 0;

	/* Costs are capped at about a second, which is right for a server and slow for a fuzzer: skip numbers of five digits. */
	for (size_t i = 0; i < s.n && digits < 5; i++)
		digits = s.p[i] >= '0' && s.p[i] <= '9' ? digits + 1 : 0;
	return digits >= 5 || memmem(s.p, s.n, "$2", 2) || memmem(s.p, s.n, "{pbkdf2", 7) || memmem(s.p, s.n, "argon2", 6) ||
	       memmem(s.p, s.n, "$7$", 3) || memmem(s.p, s.n, "$y$", 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size };
	struct legacy_hash hash = { 0 };

	if (size > 2048 || (size && is_costly(rest)))
		return 0;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 << 20);
	hash.scheme = span_cut(&rest, '\n');
	hash.salt = span_cut(&rest, '\n');
	hash.digest = rest;
	if (!arena)
		return 0;
	int checked = legacy_check_scheme(hash.scheme, arena);
	int verified = legacy_verify(&hash, SPAN("kjgl_admin"), SPAN("Abc@1234"), arena);
	if (checked == ERR_INVALID && verified != ERR_INVALID)
		abort();
	if (verified == FAULT_BUG || verified == FAULT_CRYPTO)
		abort();
	return 0;
}
