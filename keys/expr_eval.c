/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/expr_eval.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/crypto.h"

#include <openssl/evp.h>

#define PBE_ITERATIONS 1000

struct evaluation {
	const struct expr *expr;
	const struct expr_vars *vars;
	struct arena *arena;
	uint64_t work; /* compressions left */
};

DEFINE_CLEANUP(EVP_CIPHER_CTX, cipher_cleanup, EVP_CIPHER_CTX_free)

static int eval(struct evaluation *ev, int node, struct span *ret);

static int spend(struct evaluation *ev, uint64_t compressions)
{
	if (compressions > ev->work)
		return ERR_INVALID;
	ev->work -= compressions;
	return 0;
}

/* Blocks of @bytes with their padding (at most 17 bytes). */
static uint64_t compressions_of(enum digest digest, size_t bytes)
{
	size_t block = digest_row(digest)->block;

	return (bytes + 17 + block - 1) / block;
}

static int new_value(struct evaluation *ev, size_t n, char **ret)
{
	if (n > EXPR_VALUE_MAX)
		return ERR_INVALID;
	*ret = arena_alloc(ev->arena, n + 1);
	return *ret ? 0 : FAULT_MEMORY;
}

static int join(struct evaluation *ev, const struct span *part, struct span *ret)
{
	char *out;

	TRY(new_value(ev, part[0].n + part[1].n, &out));
	if (part[0].n)
		memcpy(out, part[0].p, part[0].n);
	if (part[1].n)
		memcpy(out + part[0].n, part[1].p, part[1].n);
	*ret = (struct span){ out, part[0].n + part[1].n };
	return 0;
}

static int digest(struct evaluation *ev, const struct expr_node *node, struct span in, struct span *ret)
{
	char *out;

	TRY(spend(ev, compressions_of(node->digest, in.n)));
	TRY(new_value(ev, digest_row(node->digest)->size, &out));
	TRY(digest_of(node->digest, (unsigned char *)out, in));
	*ret = (struct span){ out, digest_row(node->digest)->size };
	return 0;
}

static int hmac(struct evaluation *ev, const struct expr_node *node, const struct span *part, struct span *ret)
{
	char *out;

	TRY(spend(ev, compressions_of(node->digest, part[0].n) + compressions_of(node->digest, part[1].n) + 2));
	TRY(new_value(ev, digest_row(node->digest)->size, &out));
	TRY(digest_hmac(node->digest, part[0], (unsigned char *)out, part[1]));
	*ret = (struct span){ out, digest_row(node->digest)->size };
	return 0;
}

static int pbkdf2(struct evaluation *ev, const struct expr_node *node, const struct span *part, struct span *ret)
{
	size_t size = digest_row(node->digest)->size, length = node->number[1];
	char *out;

	TRY(spend(ev, 2 * node->number[0] * ((length + size - 1) / size)));
	TRY(new_value(ev, length, &out));
	TRY(digest_pbkdf2(node->digest, part[0], part[1], (uint32_t)node->number[0], (unsigned char *)out, length));
	*ret = (struct span){ out, length };
	return 0;
}

static void hex_upper(char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (out[i] >= 'a')
			out[i] = (char)(out[i] - 'a' + 'A');
}

static int encode(struct evaluation *ev, enum expr_op op, struct span in, struct span *ret)
{
	char *out;

	if (op == EXPR_B64) {
		struct buf buf = buf_new(ev->arena, in.n / 3 * 4 + 5);

		if (in.n > EXPR_VALUE_MAX / 2)
			return ERR_INVALID;
		encode_base64(&buf, in);
		return buf_done(&buf, ret);
	}
	TRY(new_value(ev, in.n * 2, &out));
	encode_hex(out, in);
	if (op == EXPR_HEX_UPPER)
		hex_upper(out, in.n * 2);
	*ret = (struct span){ out, in.n * 2 };
	return 0;
}

static int decode(struct evaluation *ev, enum expr_op op, struct span in, struct span *ret)
{
	char *out;

	if (op == EXPR_UNB64)
		return encode_base64_decode(in, ev->arena, ret);
	TRY(new_value(ev, in.n / 2, &out));
	TRY(encode_hex_decode(in, (unsigned char *)out));
	*ret = (struct span){ out, in.n / 2 };
	return 0;
}

/*
 * Shiro's SimpleHash: d = H(e), then n-1 times d = H(d), raw; with hex around H, each round is of the hex text. A round
 * touches only these buffers, so that half a million rounds do not fill the arena.
 */
static int iterate(struct evaluation *ev, const struct expr_node *node, struct span *ret)
{
	const struct expr_node *step = &ev->expr->node[node->arg[0]];
	enum expr_op encoder = step->op;
	unsigned char value[DIGEST_MAX];
	char text[2 * DIGEST_MAX + 1];
	struct span in;

	if (encoder != EXPR_DIGEST)
		step = &ev->expr->node[step->arg[0]];
	size_t size = digest_row(step->digest)->size, out_size = encoder == EXPR_DIGEST ? size : 2 * size;
	TRY(eval(ev, step->arg[0], &in));
	TRY(spend(ev, compressions_of(step->digest, in.n) + (node->number[0] - 1) * compressions_of(step->digest, out_size)));
	for (uint64_t i = 0; i < node->number[0]; i++) {
		TRY(digest_of(step->digest, value, in));
		in = (struct span){ (char *)value, size };
		if (encoder == EXPR_DIGEST)
			continue;
		encode_hex(text, in);
		if (encoder == EXPR_HEX_UPPER)
			hex_upper(text, 2 * size);
		in = (struct span){ text, 2 * size };
	}
	struct span out = arena_dup(ev->arena, in);
	explicit_bzero(value, sizeof value);
	explicit_bzero(text, sizeof text);
	if (!out.p)
		return FAULT_MEMORY;
	*ret = out;
	return 0;
}

/*
 * RFC 8018 6.1.1 with MD5 and DES. Single DES lives in OpenSSL's legacy provider, which a hardened machine may not have; triple DES
 * with three equal keys is single DES by construction (encrypt, decrypt, encrypt), and that one is in the default provider.
 */
static int pbe_md5_des(struct evaluation *ev, const struct span *part, struct span *ret)
{
	unsigned char derived[16], key[24];
	int n = 0, last = 0;
	char *out;

	if (part[1].n != 8)
		return ERR_INVALID;
	TRY(spend(ev, PBE_ITERATIONS + compressions_of(DIGEST_MD5, part[0].n)));
	TRY(new_value(ev, part[2].n + 8, &out));
	TRY(digest_of(DIGEST_MD5, derived, part[0], part[1]));
	for (int i = 1; i < PBE_ITERATIONS; i++)
		TRY(digest_of(DIGEST_MD5, derived, ((struct span){ (char *)derived, sizeof derived })));
	for (int i = 0; i < 3; i++)
		memcpy(key + 8 * i, derived, 8);
	CLEANUP(cipher_cleanup) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return FAULT_MEMORY;
	bool ok = EVP_EncryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, key, derived + 8) &&
		  EVP_EncryptUpdate(ctx, (unsigned char *)out, &n, (const unsigned char *)(part[2].n ? part[2].p : ""),
		  (int)part[2].n) &&
		  EVP_EncryptFinal_ex(ctx, (unsigned char *)out + n, &last);
	explicit_bzero(key, sizeof key);
	explicit_bzero(derived, sizeof derived);
	if (!ok)
		return CRYPTO_FAULT("DES");
	*ret = (struct span){ out, (size_t)(n + last) };
	return 0;
}

static int change_case(struct evaluation *ev, enum expr_op op, struct span in, struct span *ret)
{
	char first = op == EXPR_LOWER ? 'A' : 'a', *out;

	TRY(new_value(ev, in.n, &out));
	for (size_t i = 0; i < in.n; i++)
		out[i] = in.p[i] >= first && in.p[i] <= first + 25 ? (char)(in.p[i] ^ 0x20) : in.p[i];
	*ret = (struct span){ out, in.n };
	return 0;
}

static int sub(const struct expr_node *node, struct span in, struct span *ret)
{
	if (node->number[0] > in.n || node->number[1] > in.n - node->number[0])
		return ERR_INVALID;
	*ret = (struct span){ in.p + node->number[0], node->number[1] };
	return 0;
}

static int utf16le(struct evaluation *ev, struct span in, struct span *ret)
{
	size_t n = 0;
	char *out;

	if (!encode_is_utf8(in))
		return ERR_INVALID;
	TRY(new_value(ev, in.n * 2, &out)); /* a code point of k bytes has at most 2k bytes in UTF-16 */
	while (in.n) {
		uint32_t c = encode_utf8_next(&in);
		uint16_t unit[2] = { (uint16_t)c, 0 };
		int units = 1;

		if (c > 0xffff) {
			unit[0] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			unit[1] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
			units = 2;
		}
		for (int i = 0; i < units; i++) {
			out[n++] = (char)(unit[i] & 0xff);
			out[n++] = (char)(unit[i] >> 8);
		}
	}
	*ret = (struct span){ out, n };
	return 0;
}

static int apply(struct evaluation *ev, const struct expr_node *node, const struct span *part, struct span *ret)
{
	switch (node->op) {
	case EXPR_JOIN:
		return join(ev, part, ret);
	case EXPR_DIGEST:
		return digest(ev, node, part[0], ret);
	case EXPR_HMAC:
		return hmac(ev, node, part, ret);
	case EXPR_PBKDF2:
		return pbkdf2(ev, node, part, ret);
	case EXPR_PBE_MD5_DES:
		return pbe_md5_des(ev, part, ret);
	case EXPR_HEX:
	case EXPR_HEX_UPPER:
	case EXPR_B64:
		return encode(ev, node->op, part[0], ret);
	case EXPR_UNHEX:
	case EXPR_UNB64:
		return decode(ev, node->op, part[0], ret);
	case EXPR_LOWER:
	case EXPR_UPPER:
		return change_case(ev, node->op, part[0], ret);
	case EXPR_TRIM:
		*ret = span_trim(part[0]);
		return 0;
	case EXPR_SUB:
		return sub(node, part[0], ret);
	case EXPR_UTF16LE:
		return utf16le(ev, part[0], ret);
	default:
		return expr_reply_apply(node->op, part, ev->arena, ret);
	}
}

static int named(struct evaluation *ev, struct span name, struct span *ret)
{
	for (size_t i = ev->vars->n_named; i-- > 0;)
		if (span_eq(ev->vars->named[i].name, name)) {
			*ret = ev->vars->named[i].value;
			return 0;
		}
	return ERR_INVALID;
}

static int eval(struct evaluation *ev, int at, struct span *ret)
{
	const struct expr_node *node = &ev->expr->node[at];
	struct span part[3] = { 0 };

	switch (node->op) {
	case EXPR_P:
		*ret = ev->vars->p;
		return 0;
	case EXPR_S:
		*ret = ev->vars->s;
		return 0;
	case EXPR_U:
		*ret = ev->vars->u;
		return 0;
	case EXPR_LITERAL:
		*ret = node->literal;
		return 0;
	case EXPR_NAME:
		return named(ev, node->literal, ret);
	case EXPR_ITER:
		return iterate(ev, node, ret);
	default:
		for (int i = 0; i < 3 && node->arg[i] >= 0; i++)
			TRY(eval(ev, node->arg[i], &part[i]));
		return apply(ev, node, part, ret);
	}
}

int expr_eval(const struct expr *expr, const struct expr_vars *vars, struct arena *arena, struct span *ret_value)
{
	struct evaluation ev = { .expr = expr, .vars = vars, .arena = arena, .work = EXPR_WORK_MAX };

	return eval(&ev, expr->root, ret_value);
}
