/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy - verifies the password hashes that imported accounts bring along. domain.md 6.
 *
 * A scheme says how the digest text came from password p, salt s and user name u. It is one of
 *
 *   an expression   hex(md5(hex(md5(p)).s))      see expr.h for the language
 *   an alias        md5-salt                     a name for an expression (table below)
 *   a named format  django                       a digest that carries its own parameters (table below)
 *   a pipe          hex(md5(p)) | bcrypt         what stands before the bar becomes p: client-side hashing, trim(p), lower(p)
 *
 * Aliases (legacy_formats_alias_at lists them with their expressions):
 *   plain: p
 *   md5 md5-upper md5-16 md5-16-upper md5-b64 md5-utf16le     md5-salt = discuz = phpcms = ecshop: md5(md5hex(p) s)
 *   md5-ps md5-sp   spring-legacy: md5(p{s})   ruoyi-shiro: md5(u p s)   shiro-md5-2   shiro-md5-2-user (salt is u s)  
 *   shiro-md5-1024
 *   renren: SHA-256 x 16   sha1 sha1-ps sha1-sp   sha256 sha256-ps sha256-sp   sha512 sha512-ps sha512-sp
 *   sm3 sm3-salt = sm3-ps, sm3-sp, hmac-sm3, pbkdf2-sm3 (10,000 x 32, hex)   jeecg   aspnet-membership (salt in base64)
 * Formats:
 *   crypt      crypt(3): $1$ $2a$ $2b$ $2y$ $5$ $6$ $7$ $y$ $sha1$, with cost caps. bcrypt, md5-crypt, sha256-crypt,
 *   sha512-crypt, scrypt,
 *              yescrypt are the same with one prefix family each
 *   spring     {id}text: bcrypt, pbkdf2, pbkdf2@SpringSecurity_v5_8, sha256, argon2@SpringSecurity_v5_8, argon2, MD5, SHA-1,
 *   SHA-256, SHA-512
 *              (with {salt}), sm3 (MaxKey), and everything of ldap
 *   ldap       {SHA} {SSHA} {SHA256} {SSHA256} {SHA512} {SSHA512} {MD5} {SMD5} {CRYPT}
 *   shiro1     $shiro1$SHA-256$500000$salt$digest
 *   aspnet-identity  v2 and v3 blobs in base64
 *   django     pbkdf2_sha256$…, pbkdf2_sha1$…, sha1$…, md5$…, bcrypt_sha256$…, bcrypt$…, argon2$…
 *   argon2     a PHC string ($argon2id$ or $argon2i$)
 *
 * Names are compared without case. Quirks (trimming, lower-casing, upper-case digests) are declared by the scheme, never
 * guessed; the one thing tried unasked is the GBK encoding of a password that is not ASCII (old ASP and PHP sites).
 *
 * Wrapped: scheme and salt as before, digest is an Argon2id PHC string of the digest text, so that no weak digest rests in the
 * store.
 */
#pragma once

#include "keys/password.h"

/* Load what the GBK attempt needs, once, before a sandbox forbids opening files. Without it the attempt may quietly not happen. */
void legacy_init(void);

struct legacy_hash {
	struct span scheme;
	struct span salt;   /* text; binary salts are written in base64 or hex and decoded by the scheme: unb64(s), unhex(s) */
	struct span digest; /* text, or an Argon2id PHC string of it when @wrapped */
	bool wrapped;
};

/* Whether @scheme is known and within the bounds of expr.h. ERR_INVALID when not, FAULT_MEMORY. */
MUST_USE int legacy_check_scheme(struct span scheme, struct arena *arena);
/* The same for a whole record: the digest must be one that its format can read (ERR_INVALID: no password could ever fit it). */
MUST_USE int legacy_check(const struct legacy_hash *hash, struct arena *arena);

/* 0 when @password of @user fits; ERR_CREDENTIALS when not; ERR_INVALID when the record itself cannot be computed (bad scheme,
 * bad digest, cost above a cap); a fault. Waits like password_verify: the work is capped at about a second. Equal time for
 * unknown users is the caller's:
 * a hash that is not wrapped costs microseconds, so call password_dummy_verify as well. */
MUST_USE int legacy_verify(const struct legacy_hash *hash, struct span user, struct span password, struct arena *arena);

/* The digest text of @password under @scheme and @salt. For crypt formats @salt is the setting string. ERR_INVALID for a bad
 * scheme, for a format that reads its parameters from the digest (make it plain with legacy_wrap first), or when @password has no
 * such value. */
MUST_USE int legacy_digest(struct span scheme, struct span salt, struct span user, struct span password, struct arena *arena,
			   struct span *ret_text);

/* Put Argon2id of @cost over the digest of @hash. The result has its parameters moved into scheme and salt, lives in @arena,
 * and verifies by legacy_verify. ERR_INVALID when the record is bad, ERR_EXISTS when it is wrapped already or is Argon2 itself. */
MUST_USE int legacy_wrap(const struct legacy_hash *hash, struct password_cost cost, struct arena *arena,
			 struct legacy_hash *ret_wrapped);
/* The same with another place where Argon2id is computed: @by does what password_hash does, for @arg. */
typedef int legacy_argon2_fn(struct span text, struct password_cost cost, struct arena *arena, struct span *ret_phc, void *arg);
MUST_USE int legacy_wrap_by(const struct legacy_hash *hash, struct password_cost cost, legacy_argon2_fn *by, void *arg, struct arena *arena,
			    struct legacy_hash *ret_wrapped);
/* Whether @wrapped is @hash with Argon2id over it. Another scheme or salt is told at once, the same ones by one Argon2 computation, which waits as
 * password_verify does. ERR_INVALID when @hash is bad. */
MUST_USE int legacy_wraps(const struct legacy_hash *wrapped, const struct legacy_hash *hash, struct arena *arena, bool *ret_same);
/* Whether the digest is cheap to attack and should rest wrapped: everything but Argon2, bcrypt, scrypt, yescrypt. */
bool legacy_wants_wrap(const struct legacy_hash *hash);
/* What rests in a record as scheme, salt and digest: wrapped when the digest is the Argon2id text of another scheme's. */
struct legacy_hash legacy_at_rest(struct span scheme, struct span salt, struct span digest);
