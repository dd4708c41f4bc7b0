/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest - hashes, HMAC, HKDF and PBKDF2 over one or several spans.
 *
 * Short inputs are cheap (about 0.2 µs beyond the compression itself): algorithms are fetched once, contexts are the thread's own.
 * FIPS 180-4, RFC 2104, RFC 5869, RFC 8018, RFC 1321, GB/T 32905 (SM3). MD5 and SHA-1 exist for old passwords and captcha-grade
 * uses only.
 */
#pragma once

#include "broker/base/base.h"

enum digest {
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_SHA1,
	DIGEST_MD5,
	DIGEST_SM3,
	DIGEST_COUNT,
};

#define DIGEST_MAX 64

struct digest_row {
	const char *name; /* "sha256" */
	size_t size;      /* bytes of a value */
	size_t block;     /* bytes of a block (HMAC) */
};

const struct digest_row *digest_row(enum digest digest);
/* By lower-case name ("sm3"). ERR_ABSENT for any other. */
MUST_USE int digest_by_name(struct span name, enum digest *ret_digest);

/* Hash of the spans one after the other, digest_row(digest)->size bytes. */
MUST_USE int digest_parts(enum digest digest, const struct span *parts, size_t n, unsigned char *ret_hash);
/* digest_of(DIGEST_SHA256, out, a, b, c) */
#define digest_of(digest, ret_hash, ...)                                         \
	digest_parts((digest), (const struct span[]){ __VA_ARGS__ },             \
		     sizeof((const struct span[]){ __VA_ARGS__ }) / sizeof(struct span), (ret_hash))

/* The hash of @text in lower-case hex: twice as many characters, and a terminator. */
MUST_USE int digest_hex(enum digest digest, struct span text, char *ret_hex);

MUST_USE int digest_hmac_parts(enum digest digest, struct span key, const struct span *parts, size_t n, unsigned char *ret_mac);
/* digest_hmac(DIGEST_SHA256, key, out, a, b, c) */
#define digest_hmac(digest, key, ret_mac, ...)                                         \
	digest_hmac_parts((digest), (key), (const struct span[]){ __VA_ARGS__ },       \
			  sizeof((const struct span[]){ __VA_ARGS__ }) / sizeof(struct span), (ret_mac))

/* @n bytes, at most 255 values of SHA-256, out of @secret for the use named by @info (RFC 5869, SHA-256). */
MUST_USE int digest_hkdf(struct span secret, struct span salt, struct span info, unsigned char *ret_key, size_t n);
/* ERR_INVALID for 0 iterations or an empty key. */
MUST_USE int digest_pbkdf2(enum digest digest, struct span password, struct span salt, uint32_t iterations, unsigned char *ret_key,
			   size_t n);
