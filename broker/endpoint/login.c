/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login - the login page, and logging in with a password (Z11, M1). Unknown names, wrong passwords and accounts without a password get
 * the same answer after the same work.
 *
 * An attempt is counted before the password is looked at, so that neither 64 parallel tries nor a crash give more of them than the limit.
 * It counts against the pair (name, address) and against the address: somebody else's attempts from elsewhere lock nobody out.
 */
#include "broker/endpoint/audit.h"
#include "broker/endpoint/captcha_check.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_live.h"
#include "broker/endpoint/login_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/throttle.h"
#include "broker/endpoint/trace.h"
#include "broker/endpoint/upstream.h"
#include "broker/http/reply.h"
#include "conf/config.h"

struct attempt {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct throttle pair, address;
	struct span who, from; /* what is counted: namespace, name and address; address */
	int64_t failures;      /* earlier ones of the pair, or of the address where those are more */
	struct id captcha;
	struct pending_link pending; /* on the link page: what is to be tied to the account */
	struct upstream_way way;     /* … as the upstream said it */
	struct login_page page;
};

static int set_up(struct attempt *a)
{
	const struct config_login *config = &app_of(a->rq)->config->login;
	char text[CLIENT_ADDRESS_TEXT];

	a->address = (struct throttle){ "login.address", config->address_window, config->address_tries };
	a->from = arena_dup(a->rq->arena, span_of(client_address_text(&a->rq->client, text)));
	return a->from.p ? credentials_attempts(a->rq, a->page.tab, a->page.login_name, &a->pair, &a->who) : FAULT_MEMORY;
}

/* What waits to be tied to an account; ERR_INTERACTION_EXPIRED when nothing does. */
static int load_pending(struct txn *txn, struct attempt *a)
{
	int result = record_get_live(txn, &KIND_PENDING_LINK, a->interaction.link, a->rq->now, a->rq->arena, &a->pending);

	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	TRY(upstream_pending(a->rq, &a->pending, &a->way));
	a->page.provider_name = page_text(a->rq, &a->way.config->title);
	a->page.external_name = a->pending.display_name;
	a->page.can_create = upstream_may_create(&a->way, &a->pending);
	a->page.link_reason = a->pending.reason;
	return 0;
}

static int load(struct txn *txn, void *arg)
{
	struct attempt *a = arg;
	int64_t from_address;

	TRY(interaction_load(txn, a->rq, &a->interaction));
	if (a->page.link)
		TRY(load_pending(txn, a));
	TRY(session_load(txn, a->rq, &a->visitor));
	TRY(throttle_count(txn, &a->pair, a->who, a->rq->now, &a->failures));
	TRY(throttle_count(txn, &a->address, a->from, a->rq->now, &from_address));
	/* A name that was never tried from an address that tries many: the address counts, at a quarter. */
	if (from_address / 4 > a->failures)
		a->failures = from_address / 4;
	return 0;
}

static bool wants_captcha(const struct attempt *a, int64_t failures)
{
	const struct config *config = app_of(a->rq)->config;

	switch (config->captcha.login) {
	case CONFIG_CAPTCHA_LOGIN_ALWAYS:
		return true;
	case CONFIG_CAPTCHA_LOGIN_AFTER_FAILURES:
		return failures >= config->login.captcha_after;
	default:
		return false;
	}
}

static int count(struct txn *txn, void *arg)
{
	struct attempt *a = arg;

	TRY(captcha_check_use(txn, a->captcha));
	a->page.wait = throttle_wait(&a->address, a->rq->now);
	TRY(throttle_add(txn, &a->address, a->from, a->rq->now));
	a->page.wait = throttle_wait(&a->pair, a->rq->now);
	TRY(throttle_add(txn, &a->pair, a->who, a->rq->now));
	a->page.wait = 0;
	return 0;
}

static int again(struct attempt *a, int error, const char *field)
{
	a->page.error = error;
	a->page.field = field;
	a->page.captcha = wants_captcha(a, a->failures + 1);
	return login_page_reply(a->rq, &a->interaction, &a->page);
}

struct success {
	struct attempt *a;
	const struct credentials *credentials;
};

static int keep(struct txn *txn, void *arg)
{
	struct success *success = arg;

	TRY(throttle_clear(txn, &success->a->pair, success->a->who, success->a->rq->now));
	/* A building behind one address logs in all morning; yet who guesses there does not clear the count by a login of his own. */
	TRY(throttle_take_back(txn, &success->a->address, success->a->from, success->a->rq->now));
	TRY(legacy_live_note(txn, success->a->rq, success->credentials));
	return credentials_upgrade(txn, success->credentials);
}

static int record_failure(struct txn *txn, void *arg)
{
	struct attempt *a = arg;

	trace_step_again(trace_of(a->rq), "password"); /* whose it was to be is no matter: the name may be a password, typed into the wrong field */
	TRY(trace_keep(txn, a->rq, &a->interaction, (struct id){ { 0 } }, ERR_CREDENTIALS));
	return audit_write(txn, a->rq, &(struct audit_event){ .action = "login", .client = a->interaction.client_id, .detail = SPAN("password"), .result = ERR_CREDENTIALS });
}

static int password_login(struct attempt *a)
{
	struct request *rq = a->rq;
	struct store *store = app_of(rq)->app->store;
	struct span password = request_param(rq, "password");
	struct credentials credentials;

	if (!a->page.login_name.n || !password.n)
		return again(a, ERR_FIELD_EMPTY, a->page.login_name.n ? "password" : "login_name");
	int result = wants_captcha(a, a->failures) ? captcha_check(rq, &a->interaction, &a->captcha) : 0;
	if (result)
		return result < 0 ? result : again(a, ERR_CAPTCHA, "captcha");
	result = store_update(store, count, a);
	if (result == ERR_TOO_MANY)
		return again(a, ERR_LOCKED, NULL);
	a->page.wait = 0;
	if (result == ERR_CAPTCHA)
		return again(a, ERR_CAPTCHA, "captcha");
	TRY(result);

	result = legacy_live_prove(rq, credentials_namespace(a->page.tab), a->page.login_name, password, &credentials);
	if (result == ERR_LEGACY_AWAY)
		return again(a, result, NULL);
	if (result == ERR_CREDENTIALS) {
		TRY(store_update(store, record_failure, a));
		return again(a, ERR_CREDENTIALS, NULL);
	}
	TRY(result);
	struct session_proof proof = { .account = credentials.account.id, .amr = { "pwd" }, .method = SPAN("password") };
	if (a->page.link) { /* both sides are proved: the upstream's word by its callback, the account by its password (security.md rule 4) */
		proof.upstream = upstream_session(&a->way);
		proof.ties = a->pending.id;
	}
	struct success success = { a, &credentials };
	result = interaction_proved(rq, &a->interaction, &a->visitor, &proof, keep, &success);
	return page_is_inline(result) ? again(a, result, NULL) : result;
}

static int show(struct attempt *a)
{
	TRY(set_up(a));
	TRY(store_view(app_of(a->rq)->app->store, load, a));
	a->page.login_name = a->interaction.login_hint;
	a->page.captcha = wants_captcha(a, a->failures);
	return login_page_reply(a->rq, &a->interaction, &a->page);
}

/* Without an interaction it is a login for its own sake. */
static int login_page(struct request *rq)
{
	struct attempt a = { .rq = rq, .page = { .tab = login_page_tab(rq) } };

	if (request_param(rq, "interaction").n)
		return strcmp(a.page.tab, "phone") == 0 ? endpoint_login_phone(rq) : show(&a);
	return interaction_here(rq, span_of(a.page.tab));
}

static int prove(struct request *rq, bool link)
{
	struct attempt a = { .rq = rq, .page = { .tab = login_page_tab(rq), .login_name = span_trim(request_param(rq, "login_name")), .link = link } };

	TRY(set_up(&a));
	TRY(store_view(app_of(rq)->app->store, load, &a));
	if (!link || !span_is(request_param(rq, "do"), "create"))
		return password_login(&a);
	if (!a.page.can_create)
		return ERR_INVALID_REQUEST;
	a.way.interaction = a.interaction;
	a.way.visitor = a.visitor;
	return upstream_create(&a.way, a.pending.id);
}

/* Where an old system is waited for, the password pool is asked for its part alone (legacy_live_prove). */
enum work_class endpoint_link_work(const struct request *rq)
{
	return rq->method == METHOD_POST && legacy_live_has(app_of(rq)->config, CONFIG_LIVE_MIGRATE) ? WORK_UPSTREAM : WORK_PASSWORD;
}

/* One form target for all tabs: the phone tab's forms have a field phone (which may be left empty) and the button do=send, or a field code. */
enum work_class endpoint_login_work(const struct request *rq)
{
	if (rq->method == METHOD_GET)
		return WORK_SMS; /* it may draw a captcha, and tell a demo its answer */
	if (span_is(request_param(rq, "do"), "send"))
		return WORK_SMS;
	return request_param(rq, "phone").n || request_param(rq, "code").n ? WORK_COMMIT : endpoint_link_work(rq);
}

int endpoint_login(struct request *rq)
{
	if (rq->method == METHOD_GET)
		return login_page(rq);
	switch (endpoint_login_work(rq)) {
	case WORK_SMS:
		return endpoint_login_send(rq);
	case WORK_COMMIT:
		return endpoint_login_code(rq);
	default:
		return prove(rq, false);
	}
}

int endpoint_link(struct request *rq)
{
	struct attempt a = { .rq = rq, .page = { .tab = login_page_tab(rq), .link = true } };

	return rq->method == METHOD_GET ? show(&a) : prove(rq, true);
}
