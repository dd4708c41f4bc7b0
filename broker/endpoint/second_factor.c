/* SPDX-License-Identifier: Apache-2.0 */
/*
 * second_factor - the page between the password and the session: a code from the authenticator, or a recovery code; at the first login the
 * authenticator is set up here, and a first password is replaced.
 *
 * The password has made no session: what it proved stands in the interaction, for a short while (staff.proof_life). An attempt is counted before
 * the code is looked at. RFC 6238, ASVS 6.3.3, 6.5, 6.6.3
 */
#include "broker/endpoint/audit.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/factor_page.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/interaction.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/session_end.h"
#include "broker/endpoint/trace.h"
#include "broker/endpoint/upstream_identity.h"
#include "broker/http/reply.h"
#include "broker/store/records_staff.h"
#include "conf/config.h"

struct second {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct account account;
	bool enrols;          /* no factor yet */
	bool recovers;        /* the field takes a recovery code */
	bool new_password;    /* a first password has to be replaced */
	struct factor_tries tries;
	struct span password; /* hash of the new one */
	char recovery[FACTOR_RECOVERY_CODES][FACTOR_RECOVERY_TEXT];
};

static int load(struct txn *txn, void *arg)
{
	struct second *s = arg;
	struct factor factor;

	TRY(interaction_load(txn, s->rq, &s->interaction));
	TRY(session_load(txn, s->rq, &s->visitor));
	if (!s->interaction.proof_amr.n)
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, s->interaction.account, s->rq->arena, &s->account);
	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	result = factor_find(txn, s->rq->arena, s->account.id, &factor);
	if (result && result != ERR_ABSENT)
		return result;
	s->enrols = result == ERR_ABSENT;
	s->new_password = instant_is_set(s->account.password_until);
	return 0;
}

static bool is_fresh(const struct second *s)
{
	int64_t life = app_of(s->rq)->config->staff.proof_life;

	return s->interaction.proof_amr.n && instant_before(s->rq->now, instant_add(s->interaction.proof_at, life));
}

/* Nothing was proved, or too long ago: the password again. */
static int start_over(struct second *s)
{
	s->interaction.proof_amr = (struct text_list){ NULL, 0 };
	s->interaction.account = (struct id){ { 0 } };
	TRY(interaction_keep(s->rq, &s->interaction));
	return interaction_advance(s->rq, &s->interaction, true);
}

static const char *tab_of(const struct account *account)
{
	return account->namespace_ == NAMESPACE_STAFF ? "staff" : account->namespace_ == NAMESPACE_LEGAL ? "legal" : "";
}

static int show(struct second *s, int error, const char *field)
{
	struct request *rq = s->rq;
	JSON *data = page_new(rq, &s->interaction);
	struct span url, self;

	if (!data)
		return FAULT_MEMORY;
	if (s->enrols)
		TRY(factor_page_enrol(rq, &s->interaction, &s->account, data));
	page_set(data, "login_name", s->account.login_name);
	if (s->recovers)
		page_set_true(data, "recovers");
	if (s->new_password)
		page_set_true(data, "new_password");
	TRY(interaction_url(rq, "/login", &s->interaction, &url));
	TRY(interaction_url(rq, "/second-factor", &s->interaction, &self));
	char *again = arena_printf(rq->arena, SPAN_FMT "&tab=%s", SPAN_ARG(url), tab_of(&s->account));
	page_set(data, "login_url", span_of(again));
	page_set(data, "self_url", self);
	if (error) {
		page_set_error(data, error, s->tries.wait);
		if (field)
			page_set_field_error(data, field, error);
	}
	return reply_page(rq, page_status(error), "second-factor", data);
}

/* ---- the proof */

static int count(struct txn *txn, void *arg)
{
	struct second *s = arg;

	return factor_tries_count(txn, &s->tries, s->rq->now);
}

static int use_code(struct txn *txn, struct second *s)
{
	struct app *app = app_of(s->rq)->app;
	struct span code = span_trim(request_param(s->rq, "code"));

	if (s->enrols)
		return factor_confirm(txn, app->seal, s->rq->arena, s->account.id, s->interaction.id, code, s->recovery, s->rq->now);
	if (s->recovers)
		return factor_use_recovery(txn, app->seal, s->rq->arena, s->account.id, code);
	return factor_use(txn, s->rq->arena, s->account.id, code, s->rq->now);
}

static int replace_password(struct txn *txn, struct second *s)
{
	struct account account;

	TRY(record_get(txn, &KIND_ACCOUNT, s->account.id, s->rq->arena, &account));
	if (account.password_changed_at.ms != s->account.password_changed_at.ms) /* by somebody else, meanwhile */
		return ERR_INTERACTION_EXPIRED;
	credentials_set(&account, s->password, s->rq->now);
	const struct unit_actor actor = unit_change_actor(s->rq, account.id);
	TRY(session_end_all(txn, &actor, &account, s->rq->now));
	TRY(record_put(txn, &KIND_ACCOUNT, &account));
	return audit_write(txn, s->rq, &(struct audit_event){ .action = "password.change", .actor = account.id });
}

static int keep(struct txn *txn, void *arg)
{
	struct second *s = arg;
	struct interaction current;

	/* The first factor must still be the one that this page was about: another tab may have started over. */
	TRY(interaction_load_id(txn, s->rq, s->interaction.id, &current));
	if (!current.proof_amr.n || !id_eq(current.account, s->account.id))
		return ERR_INTERACTION_EXPIRED;
	TRY(use_code(txn, s));
	if (s->new_password)
		TRY(replace_password(txn, s));
	TRY(factor_tries_forget(txn, &s->tries, s->rq->now));
	if (!s->enrols && !s->recovers)
		return 0;
	return audit_write(txn, s->rq, &(struct audit_event){ .action = s->enrols ? "factor.enrol" : "factor.recovery", .actor = s->account.id });
}

static int record_failure(struct txn *txn, void *arg)
{
	struct second *s = arg;

	trace_step_again(trace_of(s->rq), "second_factor");
	TRY(trace_keep(txn, s->rq, &s->interaction, s->account.id, ERR_SECOND_FACTOR));
	return audit_write(txn, s->rq, &(struct audit_event){ .action = "login", .actor = s->account.id, .client = s->interaction.client_id,
							      .detail = SPAN("second-factor"), .result = ERR_SECOND_FACTOR });
}

/* What the first factor was, and "otp" and "mfa" (RFC 8176 2). */
static int combine(const struct second *s, struct session_proof *proof)
{
	const struct text_list *first = &s->interaction.proof_amr;
	size_t n = 0;

	for (size_t i = 0; i < first->n && n < SESSION_AMR - 3; i++)
		if (!span_is(first->items[i], "otp") && !span_is(first->items[i], "mfa") &&
		    !(proof->amr[n++] = arena_cstr(s->rq->arena, first->items[i])))
			return FAULT_MEMORY;
	proof->amr[n++] = "otp";
	proof->amr[n++] = "mfa";
	return 0;
}

static int show_recovery(struct second *s)
{
	JSON *data = page_new(s->rq, &s->interaction);
	struct span url;

	TRY(interaction_url(s->rq, "/continue", &s->interaction, &url));
	page_set(data, "continue_url", url);
	return factor_page_codes(s->rq, s->recovery, data);
}

/* The new password of somebody who came with a first one. *@ret_error: what is wrong with it, for the page. */
static int read_password(struct second *s, int *ret_error, const char **ret_field)
{
	struct span password = request_param(s->rq, "password"), again = request_param(s->rq, "password_confirm");
	struct form_context context = form_page_context(s->rq);

	*ret_error = 0;
	context.password.login_name = s->account.login_name;
	switch (rules_check_password_twice(password, again, &context.password)) {
	case RULES_OK:
		break;
	case RULES_EMPTY:
		*ret_error = ERR_FIELD_EMPTY;
		break;
	case RULES_MISMATCH:
		*ret_error = ERR_PASSWORD_MISMATCH;
		break;
	default:
		*ret_error = ERR_PASSWORD_RULE;
	}
	*ret_field = *ret_error == ERR_PASSWORD_MISMATCH ? "password_confirm" : "password";
	if (*ret_error)
		return 0;
	int result = credentials_check(s->rq, &s->account, password);
	if (result == 0)
		*ret_error = ERR_PASSWORD_RULE; /* the first one again */
	else if (result != ERR_CREDENTIALS)
		return result;
	else
		TRY(credentials_hash(app_of(s->rq)->config, password, s->rq->arena, &s->password));
	return 0;
}

static int prove(struct second *s)
{
	struct request *rq = s->rq;
	struct store *store = app_of(rq)->app->store;
	const char *field;
	bool waits;
	int error;

	if (!request_param(rq, "code").n) /* button use-recovery: the page with the other field */
		return show(s, factor_page_empty(rq), "code");
	if (s->new_password) {
		TRY(read_password(s, &error, &field));
		if (error)
			return show(s, error, field);
	}
	int result = store_update(store, count, s);
	if (result == ERR_TOO_MANY)
		return show(s, ERR_LOCKED, NULL);
	TRY(result);
	if (s->enrols)
		factor_new_recovery(s->recovery);
	struct session_proof proof = { .account = s->account.id, .method = s->interaction.method, .acr = s->interaction.proof_acr, .ties = s->interaction.link };
	TRY(upstream_identity_read_session(s->interaction.proof_upstream, rq->arena, &proof.upstream));
	TRY(combine(s, &proof));
	result = interaction_settle(rq, &s->interaction, &s->visitor, &proof, keep, s, &waits);
	if (result == ERR_SECOND_FACTOR) {
		TRY(store_update(store, record_failure, s));
		return show(s, result, "code");
	}
	if (page_is_inline(result))
		return show(s, result, NULL);
	TRY(result);
	if (s->enrols)
		return show_recovery(s);
	struct span url;
	TRY(interaction_url(rq, "/continue", &s->interaction, &url));
	return reply_redirect(rq, url);
}

enum work_class endpoint_second_factor_work(const struct request *rq)
{
	return request_param(rq, "password").n ? WORK_PASSWORD : WORK_COMMIT;
}

int endpoint_second_factor(struct request *rq)
{
	struct second s = { .rq = rq, .recovers = factor_page_recovers(rq) };

	TRY(store_view(app_of(rq)->app->store, load, &s));
	if (!s.interaction.proof_amr.n)
		return interaction_advance(rq, &s.interaction, true);
	if (!is_fresh(&s))
		return start_over(&s);
	s.recovers = s.recovers && !s.enrols;
	s.tries = factor_tries(app_of(rq)->config, s.account.id);
	return rq->method == METHOD_GET ? show(&s, 0, NULL) : prove(&s);
}
