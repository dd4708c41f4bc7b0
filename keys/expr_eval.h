/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr_eval - computes what expr has parsed. The tree is for expr.c, expr_eval.c, expr_reply.c, and for who looks up which names are used.
 */
#pragma once

#include "keys/digest.h"
#include "keys/expr.h"

enum expr_op {
	EXPR_P,
	EXPR_S,
	EXPR_U,
	EXPR_LITERAL,
	EXPR_JOIN,
	EXPR_DIGEST,
	EXPR_HMAC,
	EXPR_PBKDF2,
	EXPR_ITER,
	EXPR_PBE_MD5_DES,
	EXPR_HEX,
	EXPR_HEX_UPPER,
	EXPR_B64,
	EXPR_UNHEX,
	EXPR_UNB64,
	EXPR_LOWER,
	EXPR_UPPER,
	EXPR_TRIM,
	EXPR_SUB,
	EXPR_UTF16LE,
	EXPR_NAME,
	EXPR_AT,
	EXPR_PART,
	EXPR_PAIR,
	EXPR_MAP,
	EXPR_FIRST,
	EXPR_WHEN,
	EXPR_URI,
	EXPR_JSON,
	EXPR_AES_ECB_OPEN,
	EXPR_AES_CBC_OPEN,
	EXPR_SM4_ECB_OPEN,
	EXPR_SM4_CBC_OPEN,
};

struct expr_node {
	enum expr_op op;
	enum digest digest;  /* EXPR_DIGEST, EXPR_HMAC, EXPR_PBKDF2 */
	int arg[3];          /* nodes */
	uint64_t number[2];  /* in the order written */
	struct span literal; /* EXPR_LITERAL; of EXPR_NAME the name */
};

struct expr {
	int n, root;
	struct expr_node node[EXPR_NODES_MAX];
};

struct expr_named {
	struct span name, value;
};

struct expr_vars {
	struct span p, s, u; /* password, salt, user name */
	const struct expr_named *named; /* of messages; of two with one name the later counts */
	size_t n_named;
};

/* ERR_INVALID when @vars have no such value (unhex of what is no hex, at of what is no JSON, a name nobody knows, a value too large, too much work); faults. @ret_value
 * lives in @arena. */
MUST_USE int expr_eval(const struct expr *expr, const struct expr_vars *vars, struct arena *arena,
	struct span *ret_value);

/* For expr_eval: the operations that take a message apart, with their arguments computed: @part holds three, unused ones empty.
 * ERR_INVALID, faults. */
MUST_USE int expr_reply_apply(enum expr_op op, const struct span *part, struct arena *arena, struct span *ret_value);
