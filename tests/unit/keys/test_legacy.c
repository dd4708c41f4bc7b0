/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "keys/legacy.h"
#include "keys/legacy_crypt.h"
#include "keys/legacy_formats.h"
#include "tests/unit/suite.h"

#define MD5_HEX "10b8e822d03fb4fd946188e852a4c3e2"
#define SHA1_HEX "1bfe76a453e484de74a2cd5fc44bbb10b55b2f92"
#define BYTES16 "000102030405060708090a0b0c0d0e0f"
#define SPRING_58 "{pbkdf2@SpringSecurity_v5_8}" BYTES16 "778b2ad1f1cb5a808be10449db117f1f37d62c8909d9fef25197b3d93c36286f"
#define SPRING_55 "{pbkdf2}0001020304050607" "9a62f0a5d9df26775beb92eaac0463e547e9cab736721b7755c119156bee2e59"
#define SPRING_SHA "{sha256}0001020304050607" "7052b3e90e81c1d348537a32a86dbff9b554fa3d6462968ce53ba8c909380345"
#define DOMAIN_BCRYPT "$2b$10$abcdefghijklmnopqrstuud74mvtUfjKhHGM/fFp/RGBVhBFzbfUm"
#define ARGON2 "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$+nHz+IQotvkcLs7ZOe8G0TcmYF5dKCOQ3cCmRE5yBog"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(16 << 20);
}

/* domain.md 6, all with password Abc@1234, salt f1e2d3c4 and user kjgl_admin unless said; the others by Python's hashlib and
 * crypt */
static const struct {
	const char *scheme, *digest, *salt;
} vectors[] = {
	{ "plain", "Abc@1234" },
	{ "md5", MD5_HEX },
	{ "hex(md5(p))", MD5_HEX },
	{ "md5-upper", "10B8E822D03FB4FD946188E852A4C3E2" },
	{ "md5-16", "d03fb4fd946188e8" },
	{ "md5-16-upper", "D03FB4FD946188E8" },
	{ "md5-b64", "ELjoItA/tP2UYYjoUqTD4g==" },
	{ "md5-utf16le", "f39140b4e1b23dfd24d54b85efd6496a" },
	{ "md5-salt", "f4119df600d5a68b1133b28d7ba0cd4b" },
	{ "discuz", "f4119df600d5a68b1133b28d7ba0cd4b" },
	{ "ecshop", "f4119df600d5a68b1133b28d7ba0cd4b" },
	{ "phpcms", "f4119df600d5a68b1133b28d7ba0cd4b" },
	{ "hex(md5(hex(md5(p)).s))", "f4119df600d5a68b1133b28d7ba0cd4b" },
	{ "hex(md5(p)) | md5-ps", "f4119df600d5a68b1133b28d7ba0cd4b" }, /* the browser sends md5hex(p) */
	{ "md5-ps", "ec2426d57dd72fe0a318881e86372ca9" },
	{ "md5-sp", "a4631acbf4d20fcc43a9cd8644d285fb" },
	{ "spring-legacy", "93af25b15082c1ca744b970ce4deb05b" },
	{ "ruoyi-shiro", "26c0356467a64523288566d344424cb3" },
	{ "shiro-md5-2", "0bf60abddfa2c039267093a09fdfb46d" },
	{ "shiro-md5-2-user", "754ec3dea39de427b89b90054142423a" },
	{ "shiro-md5-1024", "4b75503b663c90622ca3050dcceadfbb" },
	{ "hex(iter(1024, md5(s.p)))", "4b75503b663c90622ca3050dcceadfbb" },
	{ "iter(3, hex(md5(p)))", "0d702d25315c6f97a9f37a7121bfe664" },
	{ "renren", "2b40a188a5c24224900ceb9832de84867cb67941e0abbf637bfd2add18a6bf07" },
	{ "shiro1", "$shiro1$SHA-256$500000$ZjFlMmQzYzQ=$dKmqGRNFCPZw/+OqkHI45mC7cZz9HgPDd1bdMrwQqro=" },
	{ "shiro1",
	  "$shiro1$SHA-512$3$ZjFlMmQzYzQ=$"
	  "qsWH65IOFnJhYWNvvCg3tvyf4PkW+jPEY0LWk1et0+Jrzms8l6LNN1vGhIFZs9ybmiTxaWP3TRtnurGSNpn2mw==" },
	{ "sha1", SHA1_HEX },
	{ "sha1-sp", "e6cea623a92f790dbdc93c648e310111f49a62a4" },
	{ "ldap", "{SSHA}WOY85DMzRR+iMgbxnxjLocPl0OBmMWUyZDNjNA==" },
	{ "ldap", "{ssha}WOY85DMzRR+iMgbxnxjLocPl0OBmMWUyZDNjNA==" },
	{ "ldap", "{SSHA256}zfu+cN78PatxMQHOLK4YPoo/np7k+78jNZOF8yOmrw5mMWUyZDNjNA==" },
	{ "ldap", "{SSHA512}kA3WfyXYN0MUyzsaMNXTSKyDnd8hznzh5wp5lcp1mjATydgrRpJWpXwNUoYjdsZ1US+FMyqY27SzfxxZWeq9rmYxZTJkM2M0" },
	{ "ldap", "{SMD5}7CQm1X3XL+CjGIgehjcsqWYxZTJkM2M0" },
	{ "ldap", "{SHA}G/52pFPkhN50os1fxEu7ELVbL5I=" },
	{ "ldap", "{MD5}ELjoItA/tP2UYYjoUqTD4g==" },
	{ "ldap", "{CRYPT}$1$saltsalt$7Il6hNv3Hh0j2PeD8zKGW." },
	{ "sha256", "6481f8e1a060d56eeb7c10ac7809d316800dce013713c412e1d22076505b11a8" },
	{ "sha256-ps", "cdfbbe70defc3dab713101ce2cae183e8a3f9e9ee4fbbf23359385f323a6af0e" },
	{ "sha512-salt", "900dd67f25d8374314cb3b1a30d5d348ac839ddf21ce7ce1e70a7995ca759a30"
			 "13c9d82b469256a57c0d52862376c675512f85332a98dbb4b37f1c5959eabdae" },
	{ "sm3", "f6bce0336126e20eaf0a1d0fb53c36381a491eea9eab9762687cfc28851c580b" },
	{ "SM3", "f6bce0336126e20eaf0a1d0fb53c36381a491eea9eab9762687cfc28851c580b" },
	{ "sm3-salt", "be10d02c7d3163b460593c4b4588430e84723ff551a0cfd91fb8c957b12a827d" },
	{ "sm3-ps", "be10d02c7d3163b460593c4b4588430e84723ff551a0cfd91fb8c957b12a827d" },
	{ "sm3-sp", "b006a791eb5a0e8afcbfafb020752ec85099498cee5b415364ac11d4f0d8be98" },
	{ "hmac-sm3", "7c1e3853de974275e03665780ff9bf63a3aabfb65bb5a56422ca688f8e6f3812" },
	{ "hex(hmac(sha256, s, p))", "e622dd2e81f693c829ee31183a304da4ec8dec5118b31789fa0d981adecb58f9" },
	{ "pbkdf2-sm3", "c86bae2bdd30595a2524f975d7768c8d0f6b536556b17b13fba018600331b800" },
	{ "crypt", DOMAIN_BCRYPT },
	{ "bcrypt", DOMAIN_BCRYPT },
	{ "hex(md5(p)) | bcrypt", "$2b$04$abcdefghijklmnopqrstuu7GoqI0k9vKdfoeHB8SAC4DYHVDPbxMe" },
	{ "crypt", "$1$saltsalt$7Il6hNv3Hh0j2PeD8zKGW." },
	{ "sha256-crypt", "$5$rounds=1000$saltsalt$uR0Urkk/RNrxoHtGPbetOLyKLBqLNOI1oBz8gwcWbm6" },
	{ "crypt", "$6$saltsalt$h49oStZxKHlqQpdDSCtWi8amcojpzazTNbIgkHoX7Hye5dg7.I8.LGEmIMrVOTCoWfHcDHNVply7INj/phF5B1" },
	{ "crypt", "$7$C6..../....saltsalt$EBLeytinu/17YVcRvkyMYuJRD1yfRAvMETXqpIQW.B/" },
	{ "yescrypt", "$y$j9T$abcdefgh$Bz/HoxA4whncKFvIbsVVbPOTm3yn.XW/8CuRWOOXMW1" },
	{ "crypt", "$sha1$1000$saltsalt$zv2PdsgqJwTtOJhHmU/5TrxdgJuL" },
	{ "spring", "{bcrypt}" DOMAIN_BCRYPT },
	{ "spring", SPRING_58 },
	{ "spring", SPRING_55 },
	{ "spring", SPRING_SHA },
	{ "spring", "{SHA-256}{f1e2d3c4}2439503b66184d50b4bc2d0033866ca2a0971120a0dcc36654334f5f5ada3fe6" },
	{ "spring", "{MD5}{f1e2d3c4}93af25b15082c1ca744b970ce4deb05b" },
	{ "spring", "{MD5}" MD5_HEX },
	{ "spring", "{sm3}f6bce0336126e20eaf0a1d0fb53c36381a491eea9eab9762687cfc28851c580b" },
	{ "spring", "{noop}Abc@1234" },
	{ "spring", "{argon2}" ARGON2 },
	{ "spring", "{SSHA}WOY85DMzRR+iMgbxnxjLocPl0OBmMWUyZDNjNA==" },
	{ "jeecg", "15c9b58b21c4dd80e8fedcb250e7964c" },
	{ "aspnet-membership", "J7rjEoE6a4Qp4fHps46db3eiKGY=", "AAECAwQFBgcICQoLDA0ODw==" },
	{ "aspnet-identity", "AAABAgMEBQYHCAkKCwwNDg/kQXMA5TeNDj7nwjJW5vU9WbuIu2hpqk4qFzNDYYH23A==" },
	{ "aspnet-identity", "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+e5cpt0MuGnsZKaIoMMgr7xkiaFCUpeTpGNMPcLtTrCw==" },
	{ "aspnet-identity", "AQAAAAIAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg8ho56V5ldxIcCDRDE6OQPvMTXsV2C2YMP12zBSKj8E7Q==" },
	{ "django", "pbkdf2_sha256$260000$f1e2d3c4$iNSKa7LBOvM8Utsc2Ll8zHzDGjOta9erNIpVWK+SyTE=" },
	{ "django", "sha1$f1e2d3c4$e6cea623a92f790dbdc93c648e310111f49a62a4" },
	{ "django", "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuPZ/NMvSPlpQioGJ5wjxSQXhit1ZQH5y" },
	{ "django", "bcrypt$" DOMAIN_BCRYPT },
	{ "django", "argon2" ARGON2 },
	{ "argon2", ARGON2 },
};

static struct legacy_hash vector(size_t i)
{
	return (struct legacy_hash){ .scheme = span_of(vectors[i].scheme),
				     .salt = span_of(vectors[i].salt ? vectors[i].salt : "f1e2d3c4"),
				     .digest = span_of(vectors[i].digest) };
}

START_TEST(every_scheme_verifies)
{
	struct legacy_hash hash = vector((size_t)_i), wrapped;

	setup();
	ROW_INT(vectors[_i].scheme, legacy_check_scheme(hash.scheme, arena), 0);
	ROW_INT(vectors[_i].scheme, legacy_check(&hash, arena), 0);
	ROW_INT(vectors[_i].digest, legacy_verify(&hash, SPAN("kjgl_admin"), SPAN("Abc@1234"), arena), 0);
	ROW_INT(vectors[_i].digest, legacy_verify(&hash, SPAN("kjgl_admin"), SPAN("Abc@1235"), arena), ERR_CREDENTIALS);

	int result = legacy_wrap(&hash, PASSWORD_COST_TEST, arena, &wrapped);
	if (strstr(vectors[_i].digest, "$argon2id$") || strstr(vectors[_i].digest, "argon2$")) {
		ROW_INT(vectors[_i].digest, result, ERR_EXISTS);
		ROW_TRUE(vectors[_i].digest, !legacy_wants_wrap(&hash));
	} else {
		ROW_INT(vectors[_i].digest, result, 0);
		ROW_TRUE(vectors[_i].digest, wrapped.wrapped && span_starts(wrapped.digest, SPAN("$argon2id$")));
		ROW_INT(vectors[_i].digest, legacy_check(&wrapped, arena), 0);
		ROW_INT(vectors[_i].digest, legacy_verify(&wrapped, SPAN("kjgl_admin"), SPAN("Abc@1234"), arena), 0);
		ROW_INT(vectors[_i].digest, legacy_verify(&wrapped, SPAN("kjgl_admin"), SPAN("Abc@1235"), arena), ERR_CREDENTIALS);
		ROW_INT(vectors[_i].digest, legacy_wrap(&wrapped, PASSWORD_COST_TEST, arena, &wrapped), ERR_EXISTS);
		ROW_TRUE(vectors[_i].digest, !legacy_wants_wrap(&wrapped));
		bool same = false;
		uint64_t before = password_computations();
		ROW_INT(vectors[_i].digest, legacy_wraps(&wrapped, &hash, arena, &same), 0);
		ROW_TRUE(vectors[_i].digest, same);
		ROW_INT(vectors[_i].digest, password_computations() - before, 1);
		struct legacy_hash other = wrapped;
		other.salt = SPAN("another salt");
		ROW_INT(vectors[_i].digest, legacy_wraps(&other, &hash, arena, &same), 0);
		ROW_TRUE(vectors[_i].digest, !same);
		ROW_INT(vectors[_i].digest, password_computations() - before, 1); /* another salt costs nothing */
		other = wrapped;
		ROW_INT(vectors[_i].digest, password_hash(SPAN("another digest"), PASSWORD_COST_TEST, arena, &other.digest), 0);
		ROW_INT(vectors[_i].digest, legacy_wraps(&other, &hash, arena, &same), 0);
		ROW_TRUE(vectors[_i].digest, !same);
	}
	arena_free(arena);
}
END_TEST

START_TEST(the_user_counts_where_the_scheme_says_so)
{
	struct legacy_hash ruoyi = { SPAN("ruoyi-shiro"), SPAN("f1e2d3c4"), SPAN("26c0356467a64523288566d344424cb3"), false };
	struct legacy_hash jeecg = { SPAN("jeecg"), SPAN("f1e2d3c4"), SPAN("15c9b58b21c4dd80e8fedcb250e7964c"), false };

	setup();
	ck_assert_int_eq(legacy_verify(&ruoyi, SPAN("kjgl_admin"), SPAN("Abc@1234"), arena), 0);
	ck_assert_int_eq(legacy_verify(&ruoyi, SPAN("kjgl_admiN"), SPAN("Abc@1234"), arena), ERR_CREDENTIALS);
	ck_assert_int_eq(legacy_verify(&jeecg, SPAN("kjgl_admiN"), SPAN("Abc@1234"), arena), ERR_CREDENTIALS);
	arena_free(arena);
}
END_TEST

START_TEST(a_password_that_is_not_ascii_is_tried_in_gbk_too)
{
	struct legacy_hash gbk = { SPAN("md5"), SPAN(""), SPAN("6bddca2536529bdd35ea85e16bb3aa5b"), false };
	struct legacy_hash utf8 = { SPAN("md5"), SPAN(""), SPAN("bcccc9d7ef2fed8c9215d8b789857097"), false };
	struct legacy_hash utf16 = { SPAN("md5-utf16le"), SPAN(""), SPAN("0cd10753e2d86ec8e16ca776d9cf7991"), false };

	setup();
	legacy_init();
	ck_assert_int_eq(legacy_verify(&gbk, SPAN("u"), SPAN("密码Abc1"), arena), 0);
	ck_assert_int_eq(legacy_verify(&utf8, SPAN("u"), SPAN("密码Abc1"), arena), 0);
	ck_assert_int_eq(legacy_verify(&utf8, SPAN("u"), SPAN("密码Abc2"), arena), ERR_CREDENTIALS);
	/* an astral character has a surrogate pair in UTF-16, and no GBK form */
	ck_assert_int_eq(legacy_verify(&utf16, SPAN("u"), SPAN("密码Abc1𠮷"), arena), 0);
	ck_assert_int_eq(legacy_verify(&utf16, SPAN("u"), SPAN("\xff\xfe"), arena), ERR_CREDENTIALS);
	arena_free(arena);
}
END_TEST

static const struct {
	const char *name, *scheme;
	int want;
} schemes[] = {
	{ "white space between tokens is ignored", " hex ( md5( p . s ) ) ", 0 },
	{ "a literal may hold a bar", "hex(md5(p.\"|\"))", 0 },
	{ "a literal knows escapes", "hex(md5(p.\"\\\"\\\\\\x00\"))", 0 },
	{ "a pipe ends in a format", "lower(trim(p)) | spring", 0 },
	{ "nothing is no scheme", "", ERR_INVALID },
	{ "an unknown name", "md6", ERR_INVALID },
	{ "an unknown function", "hex(md6(p))", ERR_INVALID },
	{ "an unknown variable", "hex(md5(q))", ERR_INVALID },
	{ "SHA-384 is no digest of the language", "hex(hmac(sha384,s,p))", ERR_INVALID },
	{ "an unclosed call", "hex(md5(p)", ERR_INVALID },
	{ "an unclosed literal", "hex(md5(p.\"x))", ERR_INVALID },
	{ "a bad escape", "hex(md5(p.\"\\n\"))", ERR_INVALID },
	{ "a short hex escape", "hex(md5(p.\"\\x0\"))", ERR_INVALID },
	{ "text after the end", "hex(md5(p)) p", ERR_INVALID },
	{ "a dangling join", "hex(md5(p.))", ERR_INVALID },
	{ "a missing argument", "hex(pbkdf2(sha1, p, s, 10))", ERR_INVALID },
	{ "too many arguments", "hex(md5(p, s))", ERR_INVALID },
	{ "a number where an expression belongs", "hex(md5(5))", ERR_INVALID },
	{ "no iterations", "hex(iter(0, md5(p)))", ERR_INVALID },
	{ "iterations past the cap", "hex(iter(2000001, md5(p)))", ERR_INVALID },
	{ "iterations that are within the cap each and past it together",
	  "hex(iter(2000000, md5(iter(2000000, md5(iter(2000000, md5(p)))))))",
	  ERR_INVALID },
	{ "iterations of what is no digest", "hex(iter(10, p))", ERR_INVALID },
	{ "PBKDF2 whose length multiplies the work", "hex(pbkdf2(sha1, p, s, 2000000, 256))", ERR_INVALID },
	{ "PBKDF2 without a length", "hex(pbkdf2(sha1, p, s, 1000, 0))", ERR_INVALID },
	{ "a format in the middle of a pipe", "spring | md5", ERR_INVALID },
	{ "crypt in the middle of a pipe", "bcrypt | md5", ERR_INVALID },
	{ "an empty stage", "md5 | | md5", ERR_INVALID },
	{ "too many stages", "md5|md5|md5|md5|md5", ERR_INVALID },
	{ "a scheme too deep", "hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(hex(p)))))))))))))))))",
	  ERR_INVALID },
};

START_TEST(schemes_are_checked)
{
	setup();
	ROW_INT(schemes[_i].name, legacy_check_scheme(span_of(schemes[_i].scheme), arena), schemes[_i].want);
	arena_free(arena);
}
END_TEST

static const struct {
	const char *name, *scheme, *salt, *digest;
	int want;
} records[] = {
	{ "an empty digest fits no password", "md5", "", "", ERR_INVALID },
	{ "bcrypt at cost 31 is refused, not computed", "crypt", "", "$2b$31$abcdefghijklmnopqrstuud74mvtUfjKhHGM/fFp/RGBVhBFzbfUm",
	  ERR_INVALID },
	{ "bcrypt at cost 15 is refused", "crypt", "", "$2b$15$abcdefghijklmnopqrstuud74mvtUfjKhHGM/fFp/RGBVhBFzbfUm",
	  ERR_INVALID },
	{ "bcrypt cut short", "bcrypt", "", "$2b$10$abcdefghijklmnopqrstuud74mvtUfjKhHGM/fFp/RGBVhBFzbfU", ERR_INVALID },
	{ "$2x$, the broken bcrypt", "crypt", "", "$2x$10$abcdefghijklmnopqrstuud74mvtUfjKhHGM/fFp/RGBVhBFzbfUm", ERR_INVALID },
	{ "DES", "crypt", "", "abgOeLfPimXQo", ERR_INVALID },
	{ "BSDi DES", "crypt", "", "_J9..rasmBYk8r9AiWNc", ERR_INVALID },
	{ "NT hash", "crypt", "", "$3$$8846f7eaee8fb117ad06bdd830b7586c", ERR_INVALID },
	{ "a billion rounds of SHA-512", "crypt", "",
	  "$6$rounds=999999999$saltsalt$h49oStZxKHlqQpdDSCtWi8amcojpzazTNbIgkHoX7Hye5dg7.I8.LGEmIMrVOTCoWfHcDHNVply7INj/phF5B1",
	  ERR_INVALID },
	{ "scrypt that takes gigabytes", "crypt", "", "$7$TU..../....saltsalt$EBLeytinu/17YVcRvkyMYuJRD1yfRAvMETXqpIQW.B/",
	  ERR_INVALID },
	{ "yescrypt that takes gigabytes", "crypt", "", "$y$jJT$abcdefgh$Bz/HoxA4whncKFvIbsVVbPOTm3yn.XW/8CuRWOOXMW1",
	  ERR_INVALID },
	{ "another family than declared", "sha512-crypt", "", "$1$saltsalt$7Il6hNv3Hh0j2PeD8zKGW.", ERR_INVALID },
	{ "SSHA without salt", "ldap", "", "{SSHA}G/52pFPkhN50os1fxEu7ELVbL5I=", ERR_INVALID },
	{ "an unknown tag", "ldap", "", "{WHIRLPOOL}G/52pFPkhN50os1fxEu7ELVbL5I=", ERR_INVALID },
	{ "spring without a tag", "spring", "", MD5_HEX, ERR_INVALID },
	{ "Shiro with a billion rounds", "shiro1", "", "$shiro1$SHA-256$1000000000$ZjFlMmQzYzQ=$dKmq", ERR_INVALID },
	{ "Shiro with another algorithm", "shiro1", "", "$shiro1$SHA-384$1000$ZjFlMmQzYzQ=$dKmq", ERR_INVALID },
	{ "Django with a billion rounds", "django", "", "pbkdf2_sha256$999999999$f1e2d3c4$iNSK", ERR_INVALID },
	{ "ASP.NET with a salt longer than the blob", "aspnet-identity", "",
	  "AQAAAAEAACcQAAAA/wABAgMEBQYHCAkKCwwNDg+e5cpt0MuGnsZKaIoMMgr7xkiaFCUpeTpGNMPcLtTrCw==", ERR_INVALID },
	{ "ASP.NET with four billion rounds", "aspnet-identity", "",
	  "AQAAAAH/////AAAAEAABAgMEBQYHCAkKCwwNDg+e5cpt0MuGnsZKaIoMMgr7xkiaFCUpeTpGNMPcLtTrCw==", ERR_INVALID },
	{ "Argon2 that takes gigabytes", "argon2", "", "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA",
	  ERR_INVALID },
	{ "a salt that is no base64 fits no password", "aspnet-membership", "***", "J7rjEoE6a4Qp4fHps46db3eiKGY=",
	  ERR_CREDENTIALS },
	{ "an upper-case digest under a lower-case scheme is not guessed", "md5", "", "10B8E822D03FB4FD946188E852A4C3E2",
	  ERR_CREDENTIALS },
	{ "a digest with more behind it", "md5", "", MD5_HEX "0", ERR_CREDENTIALS },
};

START_TEST(bad_records_fit_no_password)
{
	struct legacy_hash hash = { .scheme = span_of(records[_i].scheme), .salt = span_of(records[_i].salt),
				    .digest = span_of(records[_i].digest) };

	setup();
	ROW_INT(records[_i].name, legacy_verify(&hash, SPAN("kjgl_admin"), SPAN("Abc@1234"), arena), records[_i].want);
	arena_free(arena);
}
END_TEST

START_TEST(a_huge_password_is_wrong_not_computed)
{
	static char huge[PASSWORD_INPUT_MAX + 1];
	struct legacy_hash hash = vector(1), crypt = { SPAN("crypt"), SPAN(""), SPAN(DOMAIN_BCRYPT), false };

	setup();
	ck_assert_int_eq(legacy_verify(&hash, SPAN(""), (struct span){ huge, sizeof huge }, arena), ERR_CREDENTIALS);
	ck_assert_int_eq(legacy_verify(&crypt, SPAN(""), SPAN("Abc@1234\0x"), arena), ERR_CREDENTIALS);
	arena_free(arena);
}
END_TEST

START_TEST(digests_can_be_computed_alone)
{
	struct span text;

	setup();
	ck_assert_int_eq(legacy_digest(SPAN("md5-ps"), SPAN("f1e2d3c4"), SPAN(""), SPAN("Abc@1234"), arena, &text), 0);
	ROW_SPAN("md5-ps", text, SPAN("ec2426d57dd72fe0a318881e86372ca9"));
	ck_assert_int_eq(legacy_digest(SPAN("crypt"), SPAN("$1$saltsalt$"), SPAN(""), SPAN("Abc@1234"), arena, &text), 0);
	ROW_SPAN("crypt", text, SPAN("$1$saltsalt$7Il6hNv3Hh0j2PeD8zKGW."));
	ck_assert_int_eq(legacy_digest(SPAN("django"), SPAN(""), SPAN(""), SPAN("x"), arena, &text), ERR_INVALID);
	ck_assert_int_eq(legacy_digest(SPAN("argon2"), SPAN(""), SPAN(""), SPAN("x"), arena, &text), ERR_INVALID);
	arena_free(arena);
}
END_TEST

START_TEST(weak_hashes_want_a_wrap)
{
	struct legacy_hash weak = { SPAN("spring"), SPAN(""), SPAN(SPRING_58), false };
	struct legacy_hash strong = { SPAN("spring"), SPAN(""), SPAN("{bcrypt}" DOMAIN_BCRYPT), false };
	struct legacy_hash md5crypt = { SPAN("crypt"), SPAN(""), SPAN("$1$saltsalt$7Il6hNv3Hh0j2PeD8zKGW."), false };

	ck_assert(legacy_wants_wrap(&weak));
	ck_assert(!legacy_wants_wrap(&strong));
	ck_assert(legacy_wants_wrap(&md5crypt));
}
END_TEST

START_TEST(every_alias_parses)
{
	setup();
	for (size_t i = 0; legacy_formats_alias_at(i); i++) {
		ROW_INT(legacy_formats_alias_at(i)->name, legacy_check_scheme(span_of(legacy_formats_alias_at(i)->name), arena), 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(legacy_formats_alias_at(i)->name, legacy_formats_alias_at(j)->name);
	}
	arena_free(arena);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	static const size_t picked[] = { 1, 12, 18, 21, 28, 41, 45, 50, 65, 66 };

	for (size_t i = 0; i < ARRAY_LEN(picked); i++) {
		struct legacy_hash hash = vector(picked[i]), wrapped = { 0 };
		int result = FAULT_MEMORY;

		for (unsigned long k = 1; k < 1000 && result; k++) {
			setup();
			arena_fail_at(k);
			result = legacy_verify(&hash, SPAN("kjgl_admin"), SPAN("Abc@1234"), arena);
			arena_fail_at(0);
			if (result)
				ROW_INT(vectors[picked[i]].scheme, result, FAULT_MEMORY);
			arena_free(arena);
		}
		ROW_INT(vectors[picked[i]].scheme, result, 0);
		result = FAULT_MEMORY;
		for (unsigned long k = 1; k < 1000 && result; k++) {
			setup();
			arena_fail_at(k);
			result = legacy_wrap(&hash, PASSWORD_COST_TEST, arena, &wrapped);
			arena_fail_at(0);
			if (result == ERR_EXISTS)
				result = 0;
			if (result)
				ROW_INT(vectors[picked[i]].scheme, result, FAULT_MEMORY);
			arena_free(arena);
		}
		ROW_INT(vectors[picked[i]].scheme, result, 0);
	}
}
END_TEST

int main(void)
{
	return suite_run("legacy", (struct suite_test[]){
					   SUITE_LOOP(every_scheme_verifies, ARRAY_LEN(vectors)),
					   SUITE_ONCE(the_user_counts_where_the_scheme_says_so),
					   SUITE_ONCE(a_password_that_is_not_ascii_is_tried_in_gbk_too),
					   SUITE_LOOP(schemes_are_checked, ARRAY_LEN(schemes)),
					   SUITE_LOOP(bad_records_fit_no_password, ARRAY_LEN(records)),
					   SUITE_ONCE(a_huge_password_is_wrong_not_computed),
					   SUITE_ONCE(digests_can_be_computed_alone),
					   SUITE_ONCE(weak_hashes_want_a_wrap),
					   SUITE_ONCE(every_alias_parses),
					   SUITE_ONCE(every_allocation_may_fail),
					   SUITE_END,
				   });
}
