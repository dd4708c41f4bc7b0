/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/legacy_expr.h"

#include "broker/base/error.h"
#include "keys/legacy_eval.h"

/*
 * One row a function: its name, and what its arguments are. e an expression, h a digest name, n a number.
 */
static const struct {
	const char *name;
	enum legacy_op op;
	const char *arguments;
	int detail; /* of LEGACY_DIGEST: which */
} functions[] = {
	{ "md5", LEGACY_DIGEST, "e", DIGEST_MD5 },
	{ "sha1", LEGACY_DIGEST, "e", DIGEST_SHA1 },
	{ "sha256", LEGACY_DIGEST, "e", DIGEST_SHA256 },
	{ "sha512", LEGACY_DIGEST, "e", DIGEST_SHA512 },
	{ "sm3", LEGACY_DIGEST, "e", DIGEST_SM3 },
	{ "hmac", LEGACY_HMAC, "hee", 0 },
	{ "pbkdf2", LEGACY_PBKDF2, "heenn", 0 },
	{ "iter", LEGACY_ITER, "ne", 0 },
	{ "pbe_md5_des", LEGACY_PBE_MD5_DES, "eee", 0 },
	{ "hex", LEGACY_HEX, "e", 0 },
	{ "HEX", LEGACY_HEX_UPPER, "e", 0 },
	{ "b64", LEGACY_B64, "e", 0 },
	{ "unhex", LEGACY_UNHEX, "e", 0 },
	{ "unb64", LEGACY_UNB64, "e", 0 },
	{ "lower", LEGACY_LOWER, "e", 0 },
	{ "upper", LEGACY_UPPER, "e", 0 },
	{ "trim", LEGACY_TRIM, "e", 0 },
	{ "sub", LEGACY_SUB, "enn", 0 },
	{ "utf16le", LEGACY_UTF16LE, "e", 0 },
};

struct parser {
	struct span rest;
	struct legacy_expr *expr;
	struct arena *arena;
	int depth;
	uint64_t iterations; /* of all iter and pbkdf2 together */
};

static int parse_expr(struct parser *ps, int *ret_node);

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void skip_space(struct parser *ps)
{
	while (ps->rest.n && (*ps->rest.p == ' ' || *ps->rest.p == '\t'))
		ps->rest = (struct span){ ps->rest.p + 1, ps->rest.n - 1 };
}

static bool accept(struct parser *ps, char c)
{
	skip_space(ps);
	if (!ps->rest.n || *ps->rest.p != c)
		return false;
	ps->rest = (struct span){ ps->rest.p + 1, ps->rest.n - 1 };
	return true;
}

static struct span take_word(struct parser *ps)
{
	size_t n = 0;

	skip_space(ps);
	while (n < ps->rest.n && is_name_char(ps->rest.p[n]))
		n++;
	struct span word = { ps->rest.p, n };
	ps->rest = (struct span){ ps->rest.p + n, ps->rest.n - n };
	return word;
}

static int new_node(struct parser *ps, enum legacy_op op, int *ret_node)
{
	if (ps->expr->n == LEGACY_EXPR_NODES_MAX)
		return ERR_INVALID;
	ps->expr->node[ps->expr->n] = (struct legacy_node){ .op = op, .arg = { -1, -1, -1 } };
	*ret_node = ps->expr->n++;
	return 0;
}

static int parse_number(struct parser *ps, uint64_t *ret)
{
	struct span word = take_word(ps);

	return word.n && word.n <= 9 && span_to_u64(word, ret) ? 0 : ERR_INVALID;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text after the opening quote; what it stands for is never longer than it is. */
static int parse_literal(struct parser *ps, int *ret_node)
{
	char *out = arena_alloc(ps->arena, ps->rest.n + 1);
	size_t n = 0, i = 0;
	int node;

	if (!out)
		return FAULT_MEMORY;
	for (;; i++) {
		if (i >= ps->rest.n)
			return ERR_INVALID;
		char c = ps->rest.p[i];
		if (c == '"')
			break;
		if (c == '\\') {
			if (++i >= ps->rest.n)
				return ERR_INVALID;
			c = ps->rest.p[i];
			if (c == 'x') {
				int high = i + 2 < ps->rest.n ? hex_digit(ps->rest.p[i + 1]) : -1;
				int low = high < 0 ? -1 : hex_digit(ps->rest.p[i + 2]);

				if (low < 0)
					return ERR_INVALID;
				c = (char)(high << 4 | low);
				i += 2;
			} else if (c != '"' && c != '\\') {
				return ERR_INVALID;
			}
		}
		out[n++] = c;
	}
	ps->rest = (struct span){ ps->rest.p + i + 1, ps->rest.n - i - 1 };
	TRY(new_node(ps, LEGACY_LITERAL, &node));
	ps->expr->node[node].literal = (struct span){ out, n };
	*ret_node = node;
	return 0;
}

/* iter's body is one digest, or hex of one; anything else has no meaning as a step. */
static bool is_step(const struct legacy_expr *expr, int at)
{
	const struct legacy_node *node = &expr->node[at];

	if (node->op == LEGACY_HEX || node->op == LEGACY_HEX_UPPER)
		node = &expr->node[node->arg[0]];
	return node->op == LEGACY_DIGEST;
}

/* Numbers that cost: refused here already, so that a scheme which parses can be computed. */
static int check_numbers(struct parser *ps, const struct legacy_node *node)
{
	uint64_t n = node->number[0];

	if (node->op == LEGACY_ITER || node->op == LEGACY_PBKDF2) {
		uint64_t size = node->op == LEGACY_PBKDF2 ? digest_row(node->digest)->size : 1;
		uint64_t blocks = node->op == LEGACY_PBKDF2 ? 2 * ((node->number[1] + size - 1) / size) : 1;

		if (n < 1 || n > LEGACY_EXPR_ITERATIONS_MAX || (node->op == LEGACY_PBKDF2 && (node->number[1] < 1 ||
			node->number[1] > 256)))
			return ERR_INVALID;
		ps->iterations += n * blocks;
		if (ps->iterations > LEGACY_EXPR_WORK_MAX)
			return ERR_INVALID;
	}
	if (node->op == LEGACY_ITER && !is_step(ps->expr, node->arg[0]))
		return ERR_INVALID;
	return 0;
}

static int parse_arguments(struct parser *ps, const char *kinds, struct legacy_node *node)
{
	int expressions = 0, numbers = 0;

	for (const char *kind = kinds; *kind; kind++) {
		if (kind != kinds && !accept(ps, ','))
			return ERR_INVALID;
		if (*kind == 'e') {
			TRY(parse_expr(ps, &node->arg[expressions++]));
		} else if (*kind == 'n') {
			TRY(parse_number(ps, &node->number[numbers++]));
		} else if (digest_by_name(take_word(ps), &node->digest) || node->digest == DIGEST_SHA384) {
			return ERR_INVALID; /* the language knows the five digests of its function table */
		}
	}
	return accept(ps, ')') ? 0 : ERR_INVALID;
}

static int parse_call(struct parser *ps, struct span name, int *ret_node)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		struct legacy_node made = { .op = functions[i].op, .arg = { -1, -1, -1 } };
		int node;

		if (!span_is(name, functions[i].name))
			continue;
		if (made.op == LEGACY_DIGEST)
			made.digest = (enum digest)functions[i].detail;
		TRY(parse_arguments(ps, functions[i].arguments, &made));
		TRY(check_numbers(ps, &made));
		TRY(new_node(ps, made.op, &node));
		ps->expr->node[node] = made;
		*ret_node = node;
		return 0;
	}
	return ERR_INVALID;
}

static int parse_term(struct parser *ps, int *ret_node)
{
	if (accept(ps, '"'))
		return parse_literal(ps, ret_node);
	struct span word = take_word(ps);
	if (word.n && accept(ps, '('))
		return parse_call(ps, word, ret_node);
	if (word.n != 1)
		return ERR_INVALID;
	switch (*word.p) {
	case 'p':
		return new_node(ps, LEGACY_P, ret_node);
	case 's':
		return new_node(ps, LEGACY_S, ret_node);
	case 'u':
		return new_node(ps, LEGACY_U, ret_node);
	default:
		return ERR_INVALID;
	}
}

/* term { "." term }, as a left-leaning chain of joins. */
static int parse_expr(struct parser *ps, int *ret_node)
{
	int left, right, join;

	if (++ps->depth > LEGACY_EXPR_DEPTH_MAX)
		return ERR_INVALID;
	TRY(parse_term(ps, &left));
	for (; accept(ps, '.'); left = join) {
		TRY(parse_term(ps, &right));
		TRY(new_node(ps, LEGACY_JOIN, &join));
		ps->expr->node[join].arg[0] = left;
		ps->expr->node[join].arg[1] = right;
	}
	ps->depth--;
	*ret_node = left;
	return 0;
}

int legacy_expr_parse(struct span text, struct arena *arena, const struct legacy_expr **ret_expr)
{
	struct legacy_expr *expr;
	struct parser ps = { .rest = text, .arena = arena };

	if (!text.n || text.n > LEGACY_EXPR_TEXT_MAX)
		return ERR_INVALID;
	ps.expr = expr = arena_new_of(arena, struct legacy_expr);
	if (!expr)
		return FAULT_MEMORY;
	TRY(parse_expr(&ps, &expr->root));
	skip_space(&ps);
	if (ps.rest.n)
		return ERR_INVALID;
	*ret_expr = expr;
	return 0;
}
