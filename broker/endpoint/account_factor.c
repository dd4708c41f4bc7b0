/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_factor - the second factor as its owner sees it: whether one is set, setting one up, other recovery codes, taking it away.
 *
 * Whoever sits at an open browser can do none of it: the page wants a fresh login, and what ends or replaces something that is set also a code
 * that was not used yet (ASVS 6.4.4, 7.5.1). Where the account loses or gains a factor, other devices are logged out and the owner is told
 * (ASVS 6.3.7, 7.4.3).
 */
#include "broker/base/sys.h"
#include "broker/endpoint/account.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/factor_page.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/session_end.h"
#include "broker/http/reply.h"
#include "broker/store/records_staff.h"

#define PATH SPAN("/account/second-factor")
#define FEW_CODES 3

struct factor_act;

struct own {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	const struct factor_act *act; /* what is asked for; NULL: only to look */
	struct factor factor;         /* where one is set */
	bool is_set;
	bool recovers; /* the field takes a recovery code */
	struct factor_tries tries;
	char recovery[FACTOR_RECOVERY_CODES][FACTOR_RECOVERY_TEXT];
};

/* What may be done. In the transaction that @run works in, the code is used up. */
struct factor_act {
	const char *name, *action; /* of the form, of the audit */
	bool wants_set;            /* there is one already, and the code is its */
	bool makes_codes;
	int (*run)(struct txn *txn, struct own *own);
	const char *zh, *en; /* what the owner is told; other devices are logged out then */
};

static int load(struct txn *txn, void *arg)
{
	struct own *own = arg;
	int result = factor_find(txn, own->rq->arena, own->visitor.facts.account.id, &own->factor);

	own->is_set = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

static void add_state(const struct own *own, json_t *data)
{
	page_set_true(data, "is_set");
	page_set_time(data, "since", own->factor.confirmed_at);
	page_set_int(data, "left", (int64_t)own->factor.recovery.n);
	if (own->factor.recovery.n <= FEW_CODES)
		page_set_true(data, "few_left");
	if (own->recovers)
		page_set_true(data, "recovers");
}

static int show(struct own *own, int error, const char *field)
{
	struct request *rq = own->rq;
	JSON *data = visit_page(rq, &own->interaction, &own->visitor);
	const struct account *account = &own->visitor.facts.account;

	/* What is offered belongs to an interaction: another visit gets another secret. */
	if (!own->is_set && !id_is_set(own->interaction.id))
		return interaction_here(rq, SPAN(""));
	if (own->is_set) {
		add_state(own, data);
	} else {
		int result = factor_page_enrol(rq, &own->interaction, account, data);
		if (result)
			return result == ERR_INTERACTION_EXPIRED ? interaction_here(rq, SPAN("")) : result;
	}
	page_set(data, "self_url", PATH);
	if (own->act && strcmp(own->act->name, "remove") == 0)
		page_set_true(data, "removes");
	account_add_side(&own->interaction, account, data);
	if (error) {
		page_set_error(data, error, own->tries.wait);
		if (field)
			page_set_field_error(data, field, error);
	}
	return reply_page(rq, page_status(error), "account-factor", data);
}

/* ---- what may be done */

static int use_code(struct txn *txn, struct own *own)
{
	struct request *rq = own->rq;
	struct span code = span_trim(request_param(rq, "code"));
	struct id account = own->visitor.facts.account.id;

	return own->recovers ? factor_use_recovery(txn, app_of(rq)->app->seal, rq->arena, account, code) :
			       factor_use(txn, rq->arena, account, code, rq->now);
}

static int enrol(struct txn *txn, struct own *own)
{
	struct request *rq = own->rq;
	struct factor set;
	int result = factor_find(txn, rq->arena, own->visitor.facts.account.id, &set);

	if (result != ERR_ABSENT) /* in another tab, meanwhile: it is not replaced without a code of its own */
		return result ? result : ERR_CONFLICT;
	return factor_confirm(txn, app_of(rq)->app->seal, rq->arena, own->visitor.facts.account.id, own->interaction.id,
			      span_trim(request_param(rq, "code")), own->recovery, rq->now);
}

static int renew(struct txn *txn, struct own *own)
{
	TRY(use_code(txn, own));
	return factor_renew(txn, app_of(own->rq)->app->seal, own->rq->arena, own->visitor.facts.account.id, own->recovery);
}

static int take_away(struct txn *txn, struct own *own)
{
	TRY(use_code(txn, own));
	return factor_reset(txn, own->rq->arena, own->visitor.facts.account.id);
}

static const struct factor_act acts[] = {
	{ "enrol", "factor.enrol", false, true, enrol, "您的账号已启用两步验证。如非本人操作，请立即联系平台。",
	  "Two-step verification of your account was set up. If it was not you, contact the platform at once." },
	{ "codes", "factor.codes", true, true, renew },
	{ "remove", "factor.remove", true, false, take_away, "您的账号已关闭两步验证。如非本人操作，请立即联系平台。",
	  "Two-step verification of your account was turned off. If it was not you, contact the platform at once." },
};

static const struct factor_act *act_of(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (span_is(name, acts[i].name))
			return &acts[i];
	return NULL;
}

/* ---- done */

static int count(struct txn *txn, void *arg)
{
	struct own *own = arg;

	return factor_tries_count(txn, &own->tries, own->rq->now);
}

static int keep(struct txn *txn, void *arg)
{
	struct own *own = arg;
	struct request *rq = own->rq;
	struct visitor now;

	TRY(session_load(txn, rq, &now));
	if (!now.has_session || !id_eq(now.session.id, own->visitor.session.id))
		return ERR_LOGIN_REQUIRED;
	TRY(own->act->run(txn, own));
	const struct unit_actor actor = unit_change_actor(rq, now.session.account);
	if (own->act->zh)
		TRY(session_end_others(txn, &actor, &now.session));
	TRY(factor_tries_forget(txn, &own->tries, rq->now));
	if (own->recovers)
		TRY(audit_write(txn, rq, &(struct audit_event){ .action = "factor.recovery", .actor = now.session.account }));
	return audit_write(txn, rq, &(struct audit_event){ .action = own->act->action, .actor = now.session.account });
}

static int record_failure(struct txn *txn, void *arg)
{
	struct own *own = arg;

	return audit_write(txn, own->rq, &(struct audit_event){ .action = own->act->action, .actor = own->visitor.session.account, .result = ERR_SECOND_FACTOR });
}

static int answer(struct own *own)
{
	const struct factor_act *act = own->act;

	if (act->zh)
		TRY(message_notice(own->rq, own->visitor.facts.account.phone, span_of(act->zh), span_of(act->en), sys_new_id(own->rq->now)));
	if (!act->makes_codes)
		return reply_redirect(own->rq, PATH);
	JSON *data = visit_page(own->rq, &own->interaction, &own->visitor);
	page_set(data, "continue_url", PATH);
	return factor_page_codes(own->rq, own->recovery, data);
}

static int take(struct own *own)
{
	struct request *rq = own->rq;
	struct store *store = app_of(rq)->app->store;

	if (own->act->wants_set != own->is_set) /* a second click, the back button: done already */
		return reply_redirect(rq, PATH);
	own->recovers = own->is_set && factor_page_recovers(rq);
	if (!request_param(rq, "code").n)
		return show(own, factor_page_empty(rq), "code");
	int result = store_update(store, count, own);
	if (result == ERR_TOO_MANY)
		return show(own, ERR_LOCKED, NULL);
	TRY(result);
	if (own->act->makes_codes)
		factor_new_recovery(own->recovery);
	result = store_update(store, keep, own);
	if (result == ERR_SECOND_FACTOR) {
		TRY(store_update(store, record_failure, own));
		return show(own, result, "code");
	}
	if (result == ERR_CONFLICT || result == ERR_INTERACTION_EXPIRED) /* done, or offered anew, in another tab: as it stands now */
		return reply_redirect(rq, PATH);
	TRY(result);
	return answer(own);
}

enum work_class endpoint_account_factor_work(const struct request *rq)
{
	return rq->method == METHOD_POST ? WORK_SMS : WORK_COMMIT;
}

int endpoint_account_factor(struct request *rq)
{
	struct own own = { .rq = rq };

	if (rq->method == METHOD_POST && !(own.act = act_of(request_param(rq, "act"))))
		return ERR_INVALID_REQUEST;
	/* Somebody who sets one up may have to find an app first. The secret was shown after a fresh login; it lives as long as the interaction. */
	if (own.act && !own.act->wants_set)
		TRY(visit_open(rq, &own.interaction, &own.visitor));
	else
		TRY(visit_open_fresh(rq, &own.interaction, &own.visitor));
	if (!own.visitor.has_session)
		return 0;
	if (own.visitor.facts.account.namespace_ == NAMESPACE_STAFF) /* who has to have one, and sets it up at the login */
		return ERR_FORBIDDEN;
	own.tries = factor_tries(app_of(rq)->config, own.visitor.facts.account.id);
	TRY(store_view(app_of(rq)->app->store, load, &own));
	return rq->method == METHOD_GET ? show(&own, 0, NULL) : take(&own);
}
