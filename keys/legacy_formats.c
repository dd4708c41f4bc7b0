/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/legacy_formats.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/digest.h"

/* domain.md 6: what each name stands for. */
static const struct legacy_alias aliases[] = {
	{ "plain", "p" },
	{ "md5", "hex(md5(p))" },
	{ "md5-upper", "HEX(md5(p))" },
	{ "md5-16", "sub(hex(md5(p)), 8, 16)" },
	{ "md5-16-upper", "sub(HEX(md5(p)), 8, 16)" },
	{ "md5-b64", "b64(md5(p))" },
	{ "md5-utf16le", "hex(md5(utf16le(p)))" },
	{ "md5-salt", "hex(md5(hex(md5(p)).s))" },
	{ "discuz", "hex(md5(hex(md5(p)).s))" },
	{ "phpcms", "hex(md5(hex(md5(trim(p))).s))" },
	{ "ecshop", "hex(md5(hex(md5(p)).s))" },
	{ "md5-ps", "hex(md5(p.s))" },
	{ "md5-sp", "hex(md5(s.p))" },
	{ "spring-legacy", "hex(md5(p.\"{\".s.\"}\"))" },
	{ "ruoyi-shiro", "hex(md5(u.p.s))" },
	{ "shiro-md5-2", "hex(iter(2, md5(s.p)))" },
	{ "shiro-md5-2-user", "hex(iter(2, md5(u.s.p)))" },
	{ "shiro-md5-1024", "hex(iter(1024, md5(s.p)))" },
	{ "renren", "hex(iter(16, sha256(s.p)))" },
	{ "sha1", "hex(sha1(p))" },
	{ "sha1-ps", "hex(sha1(p.s))" },
	{ "sha1-sp", "hex(sha1(s.p))" },
	{ "sha256", "hex(sha256(p))" },
	{ "sha256-ps", "hex(sha256(p.s))" },
	{ "sha256-salt", "hex(sha256(p.s))" },
	{ "sha256-sp", "hex(sha256(s.p))" },
	{ "sha512", "hex(sha512(p))" },
	{ "sha512-ps", "hex(sha512(p.s))" },
	{ "sha512-salt", "hex(sha512(p.s))" },
	{ "sha512-sp", "hex(sha512(s.p))" },
	{ "sm3", "hex(sm3(p))" },
	{ "sm3-salt", "hex(sm3(p.s))" },
	{ "sm3-ps", "hex(sm3(p.s))" },
	{ "sm3-sp", "hex(sm3(s.p))" },
	{ "hmac-sm3", "hex(hmac(sm3, s, p))" },
	{ "pbkdf2-sm3", "hex(pbkdf2(sm3, p, s, 10000, 32))" },
	{ "jeecg", "hex(pbe_md5_des(p, s, u))" },
	{ "aspnet-membership", "b64(sha1(unb64(s).utf16le(p)))" },
};

const struct legacy_alias *legacy_formats_alias_at(size_t i)
{
	return i < ARRAY_LEN(aliases) ? &aliases[i] : NULL;
}

struct span legacy_formats_expression(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (span_eq_nocase(name, span_of(aliases[i].name)))
			return span_of(aliases[i].expression);
	return (struct span){ NULL, 0 };
}

static struct span skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

static int to_base64(struct span bytes, struct arena *arena, struct span *ret_text)
{
	struct buf buf = buf_new(arena, bytes.n / 3 * 4 + 5);

	encode_base64(&buf, bytes);
	return buf_done(&buf, ret_text);
}

static int set_scheme(struct legacy_hash *plain, char *scheme)
{
	plain->scheme = span_of(scheme);
	return scheme ? 0 : FAULT_MEMORY;
}

/* {SSHA} and its family: base64(H(p.s).s). RFC 2307 and practice. */
static int reduce_ldap(struct span digest, struct arena *arena, struct legacy_hash *plain)
{
	static const struct {
		const char *tag, *digest;
		enum digest id;
		bool is_salted;
	} tags[] = {
		{ "{SHA}", "sha1", DIGEST_SHA1, false },          { "{SSHA}", "sha1", DIGEST_SHA1, true },
		{ "{SHA256}", "sha256", DIGEST_SHA256, false },   { "{SSHA256}", "sha256", DIGEST_SHA256, true },
		{ "{SHA512}", "sha512", DIGEST_SHA512, false },   { "{SSHA512}", "sha512", DIGEST_SHA512, true },
		{ "{MD5}", "md5", DIGEST_MD5, false },            { "{SMD5}", "md5", DIGEST_MD5, true },
	};
	static const struct span crypt_tag = SPAN("{CRYPT}");
	struct span bytes;

	if (digest.n > crypt_tag.n && span_eq_nocase((struct span){ digest.p, crypt_tag.n }, crypt_tag)) {
		*plain = (struct legacy_hash){ .scheme = SPAN("crypt"), .digest = skip(digest, crypt_tag.n) };
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		struct span tag = span_of(tags[i].tag);
		size_t size = digest_row(tags[i].id)->size;

		if (digest.n <= tag.n || !span_eq_nocase((struct span){ digest.p, tag.n }, tag))
			continue;
		TRY(encode_base64_decode(skip(digest, tag.n), arena, &bytes));
		if (tags[i].is_salted ? bytes.n <= size : bytes.n != size)
			return ERR_INVALID;
		TRY(to_base64(skip(bytes, size), arena, &plain->salt));
		TRY(to_base64((struct span){ bytes.p, size }, arena, &plain->digest));
		return set_scheme(plain, arena_printf(arena, "b64(%s(p.unb64(s)))", tags[i].digest));
	}
	return ERR_INVALID;
}

/* MessageDigestPasswordEncoder: "{salt}" (braces included) after the password, written before the digest. */
static int reduce_spring_digest(struct span text, const char *scheme, struct legacy_hash *plain)
{
	static const struct {
		const char *plain, *salted;
	} forms[] = {
		{ "hex(md5(p))", "hex(md5(p.\"{\".s.\"}\"))" },
		{ "hex(sha1(p))", "hex(sha1(p.\"{\".s.\"}\"))" },
		{ "hex(sha256(p))", "hex(sha256(p.\"{\".s.\"}\"))" },
		{ "hex(sha512(p))", "hex(sha512(p.\"{\".s.\"}\"))" },
	};
	size_t form = 0;

	while (form + 1 < ARRAY_LEN(forms) && strcmp(forms[form].plain, scheme))
		form++;
	*plain = (struct legacy_hash){ .scheme = span_of(forms[form].plain), .digest = text };
	if (!text.n || text.p[0] != '{')
		return 0;
	text = skip(text, 1);
	plain->scheme = span_of(forms[form].salted);
	plain->salt = span_cut(&text, '}');
	plain->digest = text;
	return text.n ? 0 : ERR_INVALID;
}

/* DelegatingPasswordEncoder: {id}text. The ids are case-sensitive: {sha256} is not {SHA-256} and not LDAP's {SHA256}. */
static int reduce_spring(struct span digest, struct arena *arena, struct legacy_hash *plain)
{
	enum how { AS_IS, SALT_IN_HEX, MESSAGE_DIGEST };
	static const struct {
		const char *id;
		enum how how;
		size_t salt; /* hex characters before the digest */
		const char *scheme;
	} ids[] = {
		{ "bcrypt", AS_IS, 0, "bcrypt" },
		{ "argon2", AS_IS, 0, "argon2" },
		{ "argon2@SpringSecurity_v5_8", AS_IS, 0, "argon2" },
		{ "noop", AS_IS, 0, "plain" },
		{ "sm3", AS_IS, 0, "sm3" }, /* MaxKey */
		{ "pbkdf2@SpringSecurity_v5_8", SALT_IN_HEX, 32, "hex(pbkdf2(sha256, p, unhex(s), 310000, 32))" },
		{ "pbkdf2", SALT_IN_HEX, 16, "hex(pbkdf2(sha1, p, unhex(s), 185000, 32))" },
		{ "sha256", SALT_IN_HEX, 16, "hex(iter(1024, sha256(unhex(s).p)))" },
		{ "MD5", MESSAGE_DIGEST, 0, "hex(md5(p))" },
		{ "SHA-1", MESSAGE_DIGEST, 0, "hex(sha1(p))" },
		{ "SHA-256", MESSAGE_DIGEST, 0, "hex(sha256(p))" },
		{ "SHA-512", MESSAGE_DIGEST, 0, "hex(sha512(p))" },
	};
	struct span rest = digest;

	if (!digest.n || digest.p[0] != '{')
		return ERR_INVALID;
	rest = skip(rest, 1);
	struct span id = span_cut(&rest, '}');
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		if (!span_is(id, ids[i].id))
			continue;
		if (ids[i].how == MESSAGE_DIGEST)
			return reduce_spring_digest(rest, ids[i].scheme, plain);
		if (rest.n <= ids[i].salt)
			return ERR_INVALID;
		*plain = (struct legacy_hash){ .scheme = span_of(ids[i].scheme),
					       .salt = { rest.p, ids[i].salt },
					       .digest = skip(rest, ids[i].salt) };
		return 0;
	}
	return reduce_ldap(digest, arena, plain);
}

/* $shiro1$SHA-256$500000$salt$digest, both in base64. */
static int reduce_shiro1(struct span digest, struct arena *arena, struct legacy_hash *plain)
{
	static const struct span prefix = SPAN("$shiro1$");
	static const struct {
		const char *java, *name;
	} algorithms[] = { { "MD5", "md5" }, { "SHA-1", "sha1" }, { "SHA-256", "sha256" }, { "SHA-512", "sha512" } };
	uint64_t rounds;

	if (!span_starts(digest, prefix))
		return ERR_INVALID;
	struct span rest = skip(digest, prefix.n);
	struct span algorithm = span_cut(&rest, '$');
	if (!span_to_u64(span_cut(&rest, '$'), &rounds))
		return ERR_INVALID;
	plain->salt = span_cut(&rest, '$');
	plain->digest = rest;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (span_is(algorithm, algorithms[i].java))
			return set_scheme(plain, arena_printf(arena, "b64(iter(%llu, %s(unb64(s).p)))", (unsigned long long)rounds,
							      algorithms[i].name));
	return ERR_INVALID;
}

static uint32_t read_be32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* ASP.NET Identity. v2: 00, salt of 16, PBKDF2-HMAC-SHA1 of 32. v3: 01, prf, iterations, salt length (big-endian), salt, key. */
static int reduce_aspnet(struct span digest, struct arena *arena, struct legacy_hash *plain)
{
	static const char *const prf[] = { "sha1", "sha256", "sha512" };
	struct span blob;

	TRY(encode_base64_decode(digest, arena, &blob));
	if (blob.n == 49 && blob.p[0] == 0) {
		TRY(to_base64((struct span){ blob.p + 1, 16 }, arena, &plain->salt));
		TRY(to_base64((struct span){ blob.p + 17, 32 }, arena, &plain->digest));
		plain->scheme = SPAN("b64(pbkdf2(sha1, p, unb64(s), 1000, 32))");
		return 0;
	}
	if (blob.n < 13 || blob.p[0] != 1)
		return ERR_INVALID;
	uint32_t which = read_be32(blob.p + 1), iterations = read_be32(blob.p + 5), salt = read_be32(blob.p + 9);
	struct span rest = skip(blob, 13);
	if (which >= ARRAY_LEN(prf) || salt < 8 || salt > rest.n || rest.n - salt < 16)
		return ERR_INVALID;
	TRY(to_base64((struct span){ rest.p, salt }, arena, &plain->salt));
	TRY(to_base64(skip(rest, salt), arena, &plain->digest));
	return set_scheme(plain, arena_printf(arena, "b64(pbkdf2(%s, p, unb64(s), %u, %zu))", prf[which], iterations,
	       rest.n - salt));
}

/* algorithm$…, as django.contrib.auth.hashers writes them. */
static int reduce_django(struct span digest, struct arena *arena, struct legacy_hash *plain)
{
	static const struct {
		const char *algorithm, *digest;
		size_t size;
	} kdf[] = { { "pbkdf2_sha256", "sha256", 32 }, { "pbkdf2_sha1", "sha1", 20 }, { "pbkdf2_sm3", "sm3", 32 } };
	uint64_t iterations;
	struct span rest = digest, algorithm = span_cut(&rest, '$');

	if (!rest.p)
		return ERR_INVALID;
	if (span_is(algorithm, "bcrypt") || span_is(algorithm, "bcrypt_sha256")) {
		/* Django hashes first, so that bcrypt's 72 bytes never truncate. */
		*plain = (struct legacy_hash){ .scheme = algorithm.n == 6 ? SPAN("bcrypt") : SPAN("hex(sha256(p)) | bcrypt"),
			.digest = rest };
		return 0;
	}
	if (span_is(algorithm, "argon2")) {
		*plain = (struct legacy_hash){ .scheme = SPAN("argon2"), .digest = { rest.p - 1, rest.n + 1 } };
		return 0;
	}
	if (span_is(algorithm, "sha1") || span_is(algorithm, "md5")) {
		plain->salt = span_cut(&rest, '$');
		plain->digest = rest;
		plain->scheme = algorithm.n == 3 ? SPAN("hex(md5(s.p))") : SPAN("hex(sha1(s.p))");
		return rest.n ? 0 : ERR_INVALID;
	}
	for (size_t i = 0; i < ARRAY_LEN(kdf); i++) {
		if (!span_is(algorithm, kdf[i].algorithm))
			continue;
		if (!span_to_u64(span_cut(&rest, '$'), &iterations))
			return ERR_INVALID;
		plain->salt = span_cut(&rest, '$');
		plain->digest = rest;
		if (!rest.n)
			return ERR_INVALID;
		return set_scheme(plain, arena_printf(arena, "b64(pbkdf2(%s, p, s, %llu, %zu))", kdf[i].digest,
						      (unsigned long long)iterations, kdf[i].size));
	}
	return ERR_INVALID;
}

static const struct {
	const char *name;
	int (*reduce)(struct span digest, struct arena *arena, struct legacy_hash *plain);
} formats[] = {
	{ "spring", reduce_spring },           { "ldap", reduce_ldap },     { "shiro1", reduce_shiro1 },
	{ "aspnet-identity", reduce_aspnet },  { "django", reduce_django },
};

bool legacy_formats_is_format(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (span_eq_nocase(name, span_of(formats[i].name)))
			return true;
	return false;
}

int legacy_formats_reduce(struct span name, struct span digest, struct arena *arena, struct legacy_hash *ret_plain)
{
	struct legacy_hash plain = { 0 };

	if (!digest.n || digest.n > 1024)
		return ERR_INVALID;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (!span_eq_nocase(name, span_of(formats[i].name)))
			continue;
		TRY(formats[i].reduce(digest, arena, &plain));
		*ret_plain = plain;
		return 0;
	}
	return ERR_INVALID;
}
