/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_eval - computes what legacy_expr has parsed. The tree is for these two files only.
 */
#pragma once

#include "keys/digest.h"
#include "keys/legacy_expr.h"

enum legacy_op {
	LEGACY_P,
	LEGACY_S,
	LEGACY_U,
	LEGACY_LITERAL,
	LEGACY_JOIN,
	LEGACY_DIGEST,
	LEGACY_HMAC,
	LEGACY_PBKDF2,
	LEGACY_ITER,
	LEGACY_PBE_MD5_DES,
	LEGACY_HEX,
	LEGACY_HEX_UPPER,
	LEGACY_B64,
	LEGACY_UNHEX,
	LEGACY_UNB64,
	LEGACY_LOWER,
	LEGACY_UPPER,
	LEGACY_TRIM,
	LEGACY_SUB,
	LEGACY_UTF16LE,
};

struct legacy_node {
	enum legacy_op op;
	enum digest digest;  /* LEGACY_DIGEST, LEGACY_HMAC, LEGACY_PBKDF2 */
	int arg[3];          /* nodes */
	uint64_t number[2];  /* in the order written */
	struct span literal;
};

struct legacy_expr {
	int n, root;
	struct legacy_node node[LEGACY_EXPR_NODES_MAX];
};

struct legacy_vars {
	struct span p, s, u; /* password, salt, user name */
};

/* ERR_INVALID when @vars have no such value (unhex of what is no hex, a value too large, too much work); faults. @ret_value
 * lives in @arena. */
MUST_USE int legacy_eval(const struct legacy_expr *expr, const struct legacy_vars *vars, struct arena *arena,
	struct span *ret_value);
