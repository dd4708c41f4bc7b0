/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/legacy.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "keys/legacy_crypt.h"
#include "keys/expr_eval.h"
#include "keys/legacy_formats.h"

#include <iconv.h>
#include <pthread.h>

#define STAGES_MAX 4

/* A record reduced to what can be computed: expressions that change p in turn, then one method. */
struct plan {
	struct legacy_hash plain; /* scheme: the whole pipe */
	size_t n;
	struct span stage[STAGES_MAX]; /* the last is the method: an expression, a crypt family or "argon2" */
	enum { BY_EXPRESSION, BY_CRYPT, BY_ARGON2 } by;
};

/* A word of two letters and more is a name; "p" and everything with operators is an expression. */
static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.n > 1;
}

/* Cut a pipe at its bars (not at those inside literals). */
static int split(struct span scheme, struct span stage[STAGES_MAX], size_t *ret_n)
{
	size_t n = 0, from = 0;
	bool quoted = false;

	if (!scheme.n || scheme.n > EXPR_TEXT_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i <= scheme.n; i++) {
		if (i < scheme.n && quoted && scheme.p[i] == '\\' && i + 1 < scheme.n) {
			i++;
			continue;
		}
		if (i < scheme.n && scheme.p[i] == '"')
			quoted = !quoted;
		if (i < scheme.n && (quoted || scheme.p[i] != '|'))
			continue;
		if (n == STAGES_MAX)
			return ERR_INVALID;
		stage[n++] = span_trim((struct span){ scheme.p + from, i - from });
		from = i + 1;
	}
	*ret_n = n;
	return 0;
}

/* Every stage that names an alias becomes its expression; every expression must parse. */
static int settle(struct plan *plan, struct arena *arena)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct expr *parsed;
		bool is_last = i + 1 == plan->n;

		if (is_name(plan->stage[i])) {
			struct span expression = legacy_formats_expression(plan->stage[i]);

			if (expression.p) {
				plan->stage[i] = expression;
			} else if (is_last && legacy_crypt_is_family(plan->stage[i])) {
				plan->by = BY_CRYPT;
				continue;
			} else if (is_last && span_eq_nocase(plan->stage[i], SPAN("argon2"))) {
				plan->by = BY_ARGON2;
				continue;
			} else {
				return ERR_INVALID;
			}
		}
		TRY(expr_parse(plan->stage[i], EXPR_OF_PASSWORDS, arena, &parsed));
	}
	return 0;
}

/* Replace the last stage, a format, by what its digest says, keeping the stages before it. */
static int unfold(struct plan *plan, struct arena *arena)
{
	struct span format = plan->stage[plan->n - 1];
	struct legacy_hash plain;

	TRY(legacy_formats_reduce(format, plan->plain.digest, arena, &plain));
	struct buf buf = buf_new(arena, plan->plain.scheme.n + plain.scheme.n);
	for (size_t i = 0; i + 1 < plan->n; i++) {
		buf_add(&buf, plan->stage[i]);
		buf_str(&buf, " | ");
	}
	buf_add(&buf, plain.scheme);
	TRY(buf_done(&buf, &plain.scheme));
	plan->plain = plain;
	return split(plain.scheme, plan->stage, &plan->n);
}

static int make_plan(const struct legacy_hash *hash, struct arena *arena, struct plan *plan)
{
	*plan = (struct plan){ .plain = *hash };
	TRY(split(hash->scheme, plan->stage, &plan->n));
	/* spring may hold an ldap text, so a format is looked for once more; nothing nests deeper. */
	for (int i = 0; i < 2 && !hash->wrapped && legacy_formats_is_format(plan->stage[plan->n - 1]); i++)
		TRY(unfold(plan, arena));
	return settle(plan, arena);
}

int legacy_check_scheme(struct span scheme, struct arena *arena)
{
	struct plan plan = { .plain.scheme = scheme };

	TRY(split(scheme, plan.stage, &plan.n));
	if (legacy_formats_is_format(plan.stage[plan.n - 1])) {
		if (--plan.n == 0)
			return 0;
		TRY(settle(&plan, arena));
		return plan.by == BY_EXPRESSION ? 0 : ERR_INVALID;
	}
	return settle(&plan, arena);
}

int legacy_check(const struct legacy_hash *hash, struct arena *arena)
{
	struct plan plan;
	struct span setting;

	TRY(make_plan(hash, arena, &plan));
	if (!plan.plain.digest.n)
		return ERR_INVALID;
	if (plan.by == BY_ARGON2 || hash->wrapped)
		return password_is_phc(plan.plain.digest) && !(plan.by == BY_ARGON2 && hash->wrapped) ? 0 : ERR_INVALID;
	if (plan.by == BY_EXPRESSION)
		return 0;
	TRY(legacy_crypt_check(plan.stage[plan.n - 1], plan.plain.digest));
	return legacy_crypt_setting(plan.plain.digest, &setting);
}

/* The text that @vars give under @plan; @setting is what crypt(3) reads. */
static int compute(const struct plan *plan, struct span setting, struct expr_vars vars, struct arena *arena,
	struct span *ret_text)
{
	size_t expressions = plan->by == BY_EXPRESSION ? plan->n : plan->n - 1;

	for (size_t i = 0; i < expressions; i++) {
		const struct expr *expr;

		TRY(expr_parse(plan->stage[i], EXPR_OF_PASSWORDS, arena, &expr));
		TRY(expr_eval(expr, &vars, arena, &vars.p));
	}
	if (plan->by == BY_CRYPT)
		return legacy_crypt(plan->stage[plan->n - 1], setting, vars.p, arena, ret_text);
	*ret_text = vars.p;
	return 0;
}

static int compare(const struct plan *plan, const struct expr_vars *vars, struct arena *arena)
{
	const struct legacy_hash *plain = &plan->plain;
	struct span text;
	int result = compute(plan, plain->wrapped ? plain->salt : plain->digest, *vars, arena, &text);

	/* The record was judged by legacy_check, so what fails now is this password: it has no such value. */
	if (result == ERR_INVALID)
		return ERR_CREDENTIALS;
	TRY(result);
	if (plan->by == BY_ARGON2 || plain->wrapped)
		return password_verify(plain->digest, text);
	return secret_eq(text, plain->digest) ? 0 : ERR_CREDENTIALS;
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* False when the text has no GBK form or the C library has no such table: then there is nothing more to try. */
static bool to_gbk(struct span text, struct arena *arena, struct span *ret, int *fault)
{
	size_t room = text.n * 2, left = room, n = text.n;
	char *in = (char *)(uintptr_t)text.p, *out = arena_alloc(arena, room + 1), *at = out;

	if (!out) {
		*fault = FAULT_MEMORY;
		return false;
	}
	iconv_t cd = iconv_open("GBK", "UTF-8");
	if (cd == (iconv_t)-1)
		return false;
	size_t result = iconv(cd, &in, &n, &at, &left);
	iconv_close(cd);
	if (result != 0 || n)
		return false;
	*ret = (struct span){ out, room - left };
	return true;
}

/* An open descriptor keeps the C library's table loaded, so that later calls open no file. */
static void keep_gbk(void)
{
	static iconv_t volatile kept __attribute__((unused)); /* stays reachable though nothing reads it */

	kept = iconv_open("GBK", "UTF-8");
}

void legacy_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, keep_gbk);
}

int legacy_verify(const struct legacy_hash *hash, struct span user, struct span password, struct arena *arena)
{
	struct plan plan;
	int fault = 0;

	TRY(legacy_check(hash, arena));
	if (password.n > PASSWORD_INPUT_MAX || user.n > PASSWORD_INPUT_MAX)
		return ERR_CREDENTIALS;
	TRY(make_plan(hash, arena, &plan));
	struct expr_vars vars = { .p = password, .s = plan.plain.salt, .u = user };
	int result = compare(&plan, &vars, arena);
	if (result != ERR_CREDENTIALS || is_ascii(password))
		return result;
	/* Old ASP and PHP sites hashed what the browser sent, and it sent GBK. domain.md 6 (5) */
	if (!to_gbk(password, arena, &vars.p, &fault))
		return fault ? fault : ERR_CREDENTIALS;
	return compare(&plan, &vars, arena);
}

int legacy_digest(struct span scheme, struct span salt, struct span user, struct span password, struct arena *arena,
		  struct span *ret_text)
{
	struct legacy_hash hash = { .scheme = scheme, .salt = salt, .wrapped = true };
	struct plan plan;

	if (password.n > PASSWORD_INPUT_MAX || user.n > PASSWORD_INPUT_MAX)
		return ERR_INVALID;
	TRY(make_plan(&hash, arena, &plan));
	if (plan.by == BY_ARGON2)
		return ERR_INVALID;
	return compute(&plan, salt, (struct expr_vars){ .p = password, .s = salt, .u = user }, arena, ret_text);
}

/* What wrapping @hash keeps beside the Argon2 text: parameters in scheme and salt, and the digest that goes under it. Borrows. */
static int make_wrappable(const struct legacy_hash *hash, struct arena *arena, struct legacy_hash *ret_plain)
{
	struct plan plan;

	if (hash->wrapped)
		return ERR_EXISTS;
	TRY(legacy_check(hash, arena));
	TRY(make_plan(hash, arena, &plan));
	if (plan.by == BY_ARGON2)
		return ERR_EXISTS;
	if (plan.by == BY_CRYPT)
		TRY(legacy_crypt_setting(plan.plain.digest, &plan.plain.salt));
	*ret_plain = plan.plain;
	return 0;
}

int legacy_wrap_by(const struct legacy_hash *hash, struct password_cost cost, legacy_argon2_fn *by, void *arg, struct arena *arena,
		   struct legacy_hash *ret_wrapped)
{
	struct legacy_hash plain, wrapped;

	TRY(make_wrappable(hash, arena, &plain));
	wrapped = plain;
	TRY(by(plain.digest, cost, arena, &wrapped.digest, arg));
	wrapped.scheme = arena_dup(arena, wrapped.scheme);
	wrapped.salt = arena_dup(arena, wrapped.salt);
	if (!wrapped.scheme.p || !wrapped.salt.p)
		return FAULT_MEMORY;
	wrapped.wrapped = true;
	*ret_wrapped = wrapped;
	return 0;
}

static int hash_here(struct span text, struct password_cost cost, struct arena *arena, struct span *ret_phc, void *arg)
{
	return password_hash(text, cost, arena, ret_phc);
}

int legacy_wrap(const struct legacy_hash *hash, struct password_cost cost, struct arena *arena, struct legacy_hash *ret_wrapped)
{
	return legacy_wrap_by(hash, cost, hash_here, NULL, arena, ret_wrapped);
}

int legacy_wraps(const struct legacy_hash *wrapped, const struct legacy_hash *hash, struct arena *arena, bool *ret_same)
{
	struct legacy_hash plain;
	int result = make_wrappable(hash, arena, &plain);

	if (!result && span_eq(plain.scheme, wrapped->scheme) && span_eq(plain.salt, wrapped->salt))
		result = password_verify(wrapped->digest, plain.digest);
	else if (!result || result == ERR_EXISTS)
		result = ERR_CREDENTIALS;
	if (result && result != ERR_CREDENTIALS)
		return result;
	*ret_same = !result;
	return 0;
}

bool legacy_wants_wrap(const struct legacy_hash *hash)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct plan plan;

	/* What cannot be judged is wrapped when it can be, so a doubt counts as weak. */
	if (hash->wrapped)
		return false;
	if (!arena || make_plan(hash, arena, &plan))
		return true;
	return !(plan.by == BY_ARGON2 || (plan.by == BY_CRYPT && legacy_crypt_is_strong(plan.plain.digest)));
}

struct legacy_hash legacy_at_rest(struct span scheme, struct span salt, struct span digest)
{
	struct legacy_hash hash = { scheme, salt, digest, false };

	hash.wrapped = password_is_phc(digest) && legacy_wants_wrap(&hash);
	return hash;
}
