/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/expr.h"

#include "broker/base/error.h"
#include "keys/expr_eval.h"

/*
 * One row a function: its name, and what its arguments are. e an expression, h a digest name, n a number.
 */
static const struct {
	const char *name;
	enum expr_op op;
	const char *arguments;
	int detail;   /* of EXPR_DIGEST: which */
	unsigned use; /* 0: in both */
} functions[] = {
	{ "md5", EXPR_DIGEST, "e", DIGEST_MD5 },
	{ "sha1", EXPR_DIGEST, "e", DIGEST_SHA1 },
	{ "sha256", EXPR_DIGEST, "e", DIGEST_SHA256 },
	{ "sha512", EXPR_DIGEST, "e", DIGEST_SHA512 },
	{ "sm3", EXPR_DIGEST, "e", DIGEST_SM3 },
	{ "hmac", EXPR_HMAC, "hee", 0 },
	{ "pbkdf2", EXPR_PBKDF2, "heenn", 0, EXPR_OF_PASSWORDS },
	{ "iter", EXPR_ITER, "ne", 0, EXPR_OF_PASSWORDS },
	{ "pbe_md5_des", EXPR_PBE_MD5_DES, "eee", 0, EXPR_OF_PASSWORDS },
	{ "hex", EXPR_HEX, "e", 0 },
	{ "HEX", EXPR_HEX_UPPER, "e", 0 },
	{ "b64", EXPR_B64, "e", 0 },
	{ "unhex", EXPR_UNHEX, "e", 0 },
	{ "unb64", EXPR_UNB64, "e", 0 },
	{ "lower", EXPR_LOWER, "e", 0 },
	{ "upper", EXPR_UPPER, "e", 0 },
	{ "trim", EXPR_TRIM, "e", 0 },
	{ "sub", EXPR_SUB, "enn", 0 },
	{ "utf16le", EXPR_UTF16LE, "e", 0, EXPR_OF_PASSWORDS },
	{ "at", EXPR_AT, "ee", 0, EXPR_OF_MESSAGES },
	{ "part", EXPR_PART, "ee", 0, EXPR_OF_MESSAGES },
	{ "pair", EXPR_PAIR, "ee", 0, EXPR_OF_MESSAGES },
	{ "map", EXPR_MAP, "ee", 0, EXPR_OF_MESSAGES },
	{ "first", EXPR_FIRST, "ee", 0, EXPR_OF_MESSAGES },
	{ "when", EXPR_WHEN, "ee", 0, EXPR_OF_MESSAGES },
	{ "uri", EXPR_URI, "e", 0, EXPR_OF_MESSAGES },
	{ "json", EXPR_JSON, "e", 0, EXPR_OF_MESSAGES },
	{ "aes_ecb_open", EXPR_AES_ECB_OPEN, "ee", 0, EXPR_OF_MESSAGES },
	{ "aes_cbc_open", EXPR_AES_CBC_OPEN, "eee", 0, EXPR_OF_MESSAGES },
	{ "sm4_ecb_open", EXPR_SM4_ECB_OPEN, "ee", 0, EXPR_OF_MESSAGES },
	{ "sm4_cbc_open", EXPR_SM4_CBC_OPEN, "eee", 0, EXPR_OF_MESSAGES },
};

struct parser {
	struct span rest;
	struct expr *expr;
	struct arena *arena;
	enum expr_use use;
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

static int new_node(struct parser *ps, enum expr_op op, int *ret_node)
{
	if (ps->expr->n == EXPR_NODES_MAX)
		return ERR_INVALID;
	ps->expr->node[ps->expr->n] = (struct expr_node){ .op = op, .arg = { -1, -1, -1 } };
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
			} else if (c == 'n' && ps->use == EXPR_OF_MESSAGES) {
				c = '\n';
			} else if (c != '"' && c != '\\') {
				return ERR_INVALID;
			}
		}
		out[n++] = c;
	}
	ps->rest = (struct span){ ps->rest.p + i + 1, ps->rest.n - i - 1 };
	TRY(new_node(ps, EXPR_LITERAL, &node));
	ps->expr->node[node].literal = (struct span){ out, n };
	*ret_node = node;
	return 0;
}

/* iter's body is one digest, or hex of one; anything else has no meaning as a step. */
static bool is_step(const struct expr *expr, int at)
{
	const struct expr_node *node = &expr->node[at];

	if (node->op == EXPR_HEX || node->op == EXPR_HEX_UPPER)
		node = &expr->node[node->arg[0]];
	return node->op == EXPR_DIGEST;
}

/* Numbers that cost: refused here already, so that a scheme which parses can be computed. */
static int check_numbers(struct parser *ps, const struct expr_node *node)
{
	uint64_t n = node->number[0];

	if (node->op == EXPR_ITER || node->op == EXPR_PBKDF2) {
		uint64_t size = node->op == EXPR_PBKDF2 ? digest_row(node->digest)->size : 1;
		uint64_t blocks = node->op == EXPR_PBKDF2 ? 2 * ((node->number[1] + size - 1) / size) : 1;

		if (n < 1 || n > EXPR_ITERATIONS_MAX || (node->op == EXPR_PBKDF2 && (node->number[1] < 1 ||
			node->number[1] > 256)))
			return ERR_INVALID;
		ps->iterations += n * blocks;
		if (ps->iterations > EXPR_WORK_MAX)
			return ERR_INVALID;
	}
	if (node->op == EXPR_ITER && !is_step(ps->expr, node->arg[0]))
		return ERR_INVALID;
	return 0;
}

static int parse_arguments(struct parser *ps, const char *kinds, struct expr_node *node)
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
		struct expr_node made = { .op = functions[i].op, .arg = { -1, -1, -1 } };
		int node;

		if (!span_is(name, functions[i].name) || (functions[i].use && functions[i].use != ps->use))
			continue;
		if (made.op == EXPR_DIGEST)
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

/* "$name"; whether there is such a variable is for whoever computes it to know. */
static int parse_name(struct parser *ps, int *ret_node)
{
	struct span name = { ps->rest.p, 0 };

	while (name.n < ps->rest.n && is_name_char(ps->rest.p[name.n]))
		name.n++;
	if (!name.n)
		return ERR_INVALID;
	ps->rest = (struct span){ ps->rest.p + name.n, ps->rest.n - name.n };
	TRY(new_node(ps, EXPR_NAME, ret_node));
	ps->expr->node[*ret_node].literal = name;
	return 0;
}

static int parse_term(struct parser *ps, int *ret_node)
{
	if (accept(ps, '"'))
		return parse_literal(ps, ret_node);
	if (ps->use == EXPR_OF_MESSAGES && accept(ps, '$'))
		return parse_name(ps, ret_node);
	struct span word = take_word(ps);
	if (word.n && accept(ps, '('))
		return parse_call(ps, word, ret_node);
	if (word.n != 1 || ps->use != EXPR_OF_PASSWORDS)
		return ERR_INVALID;
	switch (*word.p) {
	case 'p':
		return new_node(ps, EXPR_P, ret_node);
	case 's':
		return new_node(ps, EXPR_S, ret_node);
	case 'u':
		return new_node(ps, EXPR_U, ret_node);
	default:
		return ERR_INVALID;
	}
}

/* term { "." term }, as a left-leaning chain of joins. */
static int parse_expr(struct parser *ps, int *ret_node)
{
	int left, right, join;

	if (++ps->depth > EXPR_DEPTH_MAX)
		return ERR_INVALID;
	TRY(parse_term(ps, &left));
	for (; accept(ps, '.'); left = join) {
		TRY(parse_term(ps, &right));
		TRY(new_node(ps, EXPR_JOIN, &join));
		ps->expr->node[join].arg[0] = left;
		ps->expr->node[join].arg[1] = right;
	}
	ps->depth--;
	*ret_node = left;
	return 0;
}

int expr_parse(struct span text, enum expr_use use, struct arena *arena, const struct expr **ret_expr)
{
	struct expr *expr;
	struct parser ps = { .rest = text, .use = use, .arena = arena };

	if (!text.n || text.n > EXPR_TEXT_MAX)
		return ERR_INVALID;
	ps.expr = expr = arena_new_of(arena, struct expr);
	if (!expr)
		return FAULT_MEMORY;
	TRY(parse_expr(&ps, &expr->root));
	skip_space(&ps);
	if (ps.rest.n)
		return ERR_INVALID;
	*ret_expr = expr;
	return 0;
}
