/* SPDX-License-Identifier: Apache-2.0 */
/*
 * realname - the page of real-name verification (Z10, M3, M4, M6): what stands, what can be done about it, and the form.
 *
 * A POST keeps the claim and goes on to /realname/check, which waits for the verifier on its own bulkhead; so a claim survives whatever happens to
 * the verifier, and reloading a page asks nobody twice.
 */
#include "broker/base/hours.h"
#include "broker/base/json.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/realname_check.h"
#include "broker/endpoint/register.h"
#include "broker/endpoint/verify.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "conf/config.h"

#include <stdio.h>
#include <stdlib.h>

/* A person looks at this page on one device and goes on at another: a wait is looked at again by itself. */
#define RELOAD_SECONDS 20

struct view {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	struct submission claim;
	bool has_claim;
	struct form form;
	struct form_value *values;
	bool edits;
	int error;
};

static int load_claim(struct txn *txn, void *arg)
{
	struct view *view = arg;
	int result = realname_claim_newest(txn, &view->visitor.facts.account, view->rq->arena, &view->claim);

	view->has_claim = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

/* What is in force changes by the unit's own procedure; here only the representative and the handler can. */
static int unit_form(struct view *view)
{
	static const char *const fixed[] = { "unit_type", "unit_name", "uscc" };
	const struct facts *facts = &view->visitor.facts;
	struct config_form_row *rows = arena_array(view->rq->arena, struct config_form_row, view->form.n ? view->form.n : 1);
	size_t n = 0;

	if (!rows)
		return FAULT_MEMORY;
	if (!facts->has_unit || facts->unit.status == UNIT_REGISTERED)
		return 0;
	for (size_t i = 0; i < view->form.n; i++) {
		bool drop = false;

		for (size_t k = 0; k < ARRAY_LEN(fixed); k++)
			drop |= span_is(view->form.rows[i].name, fixed[k]);
		if (!drop)
			rows[n++] = view->form.rows[i];
	}
	view->form.rows = rows;
	view->form.n = n;
	return 0;
}

/* Nobody is logged in: the request is answered (visit.h). */
static int open_view(struct view *view)
{
	struct request *rq = view->rq;

	TRY(visit_open(rq, &view->interaction, &view->visitor));
	if (!view->visitor.has_session)
		return 0;
	if (view->visitor.facts.account.namespace_ == NAMESPACE_STAFF)
		return ERR_FORBIDDEN;
	TRY(store_view(app_of(rq)->app->store, load_claim, view));
	view->form = form_find(app_of(rq)->config, realname_claim_form(&view->visitor.facts.account));
	return view->visitor.facts.account.namespace_ == NAMESPACE_LEGAL ? unit_form(view) : 0;
}

/* ---- the form, filled in with what is known; numbers of documents are typed again */

static void known(json_t *json, const char *name, struct span value)
{
	if (json && value.n)
		json_object_set_new(json, name, json_stringn(value.p, value.n));
}

static void set_unit(json_t *json, const struct unit *unit)
{
	static const char *const types[] = { "enterprise", "institution", "society" };

	known(json, "unit_name", unit->name);
	known(json, "uscc", unit->uscc);
	known(json, "rep_name", unit->rep_name);
	known(json, "rep_id_type", unit->rep_id_type);
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (span_is(unit->type, types[i]))
			known(json, "unit_type", unit->type);
}

static int fill(struct view *view)
{
	const struct facts *facts = &view->visitor.facts;
	const struct account *account = &facts->account;
	JSON *json = NULL;

	if (view->has_claim && view->claim.status != SUBMISSION_REPLACED && json_read_object(view->claim.values, &json))
		return FAULT(FAULT_CORRUPT, "a claim that is no object");
	if (!json)
		json = json_object();
	if (!view->has_claim && account->namespace_ == NAMESPACE_LEGAL) {
		if (!facts->has_unit || !span_eq(account->name, facts->unit.name)) /* a new account is called like its unit */
			known(json, "handler_name", account->name);
		if (facts->has_unit)
			set_unit(json, &facts->unit);
	} else if (!view->has_claim) {
		known(json, "name", account->name);
		known(json, "id_type", account->id_type);
		known(json, "gender", account->gender);
		known(json, "ethnic_code", account->ethnic_code);
	}
	json_object_del(json, "id_number");
	json_object_del(json, "network_auth"); /* sealed for one use */
	json_object_del(json, "network_pin");
	json_object_del(json, "network_photo");
	json_object_del(json, "rep_id_number");
	json_object_del(json, "handler_id_number");
	for (size_t i = 0; i < view->form.n; i++) {
		char *name = arena_cstr(view->rq->arena, view->form.rows[i].name);

		if (name && !json_object_get(json, name))
			known(json, name, view->form.rows[i].def);
	}
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (!text)
		return FAULT_MEMORY;
	struct span kept = arena_dup(view->rq->arena, span_of(text));
	free(text);
	return kept.p ? form_page_begin(view->rq, &view->form, kept, &view->values) : FAULT_MEMORY;
}

/* ---- what the page says */

static void set_day(json_t *data, const char *key, struct instant at)
{
	struct instant china = instant_add(at, CHINA_MS);
	struct date day = date_of(at, CHINA_MS);
	int64_t minutes = (china.ms % MS_DAY) / MS_MINUTE;
	char text[32];

	if (!instant_is_set(at))
		return;
	date_print(day, text);
	snprintf(text + 10, sizeof text - 10, " %02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
	page_set(data, key, span_of(text));
}

static bool shows_form(const struct view *view)
{
	int status = view->visitor.facts.account.realname_status;

	return view->edits || status == REALNAME_NONE || status == REALNAME_FAILED || status == REALNAME_EXPIRED;
}

/* Is it this that the business system waits for? Then there is no way around it. */
static bool is_demanded(const struct view *view)
{
	const struct config_client *client = config_client(app_of(view->rq)->config, view->interaction.client_id);

	return client && client->require.realname_level > 0;
}

static int set_links(struct view *view, json_t *data)
{
	struct request *rq = view->rq;
	int status = view->visitor.facts.account.realname_status;
	struct span url;

	if (view->has_claim && realname_change_may_review(app_of(rq)->config, &view->visitor.facts.account)) {
		TRY(visit_url(rq, &view->interaction, "/realname/upload", &url));
		page_set(data, "upload_url", url);
	}
	if (status == REALNAME_VERIFIED || !is_demanded(view)) {
		TRY(visit_url(rq, &view->interaction, id_is_set(view->interaction.id) ? register_onward(&view->interaction) : "/", &url));
		page_set(data, "continue_url", url);
	}
	if (app_of(rq)->config->realname.skip && !is_demanded(view) && status == REALNAME_NONE && !view->edits)
		page_set_true(data, "can_skip");
	if (status != REALNAME_NONE && !shows_form(view))
		page_set_true(data, "can_edit");
	if (!shows_form(view) && status != REALNAME_VERIFIED)
		page_set_int(data, "reload", RELOAD_SECONDS);
	return 0;
}

/* Does the form ask for a network identity, and for no number? (Decree 173) */
static bool is_network(const struct form *form)
{
	bool asks = false;

	for (size_t i = 0; i < form->n; i++) {
		if (span_is(form->rows[i].name, "id_number"))
			return false;
		asks |= span_is(form->rows[i].name, "network_auth");
	}
	return asks;
}

static void set_who(const struct view *view, json_t *data)
{
	bool is_legal = view->visitor.facts.account.namespace_ == NAMESPACE_LEGAL;

	if (!is_legal && is_network(&view->form))
		page_set_true(data, "is_network");
	page_set(data, "who", is_legal ? SPAN("legal") : is_network(&view->form) ? SPAN("network") : SPAN("natural"));
}

static int show(struct view *view)
{
	struct request *rq = view->rq;
	const struct account *account = &view->visitor.facts.account;
	JSON *data = visit_page(rq, &view->interaction, &view->visitor);
	struct span from, to;

	page_set(data, "action", SPAN("/realname"));
	register_add_steps(rq, &view->interaction, account, data);
	set_who(view, data);
	page_set(data, "status", span_of(realname_state_name(account->realname_status)));
	if (account->realname_status != REALNAME_NONE)
		page_set_true(data, "has_status");
	if (!view->error)
		page_set(data, "reason", account->realname_reason);
	if (view->has_claim && view->claim.status == SUBMISSION_REJECTED && account->realname_status == REALNAME_FAILED)
		page_set(data, "words", view->claim.reason);
	if (account->realname_status == REALNAME_DEFERRED)
		set_day(data, "retry_at", account->realname_retry_at);
	if (account->realname_status == REALNAME_VERIFIED) {
		set_day(data, "verified_at", account->realname_at);
		page_set_int(data, "level", account->realname_level);
	}
	verify_hours(app_of(rq)->config, &from, &to);
	page_set(data, "window_from", from);
	page_set(data, "window_to", to);
	TRY(set_links(view, data));
	if (shows_form(view)) {
		page_set_true(data, "has_form");
		if (!view->values)
			TRY(fill(view));
		TRY(form_page_add(rq, &view->form, view->values, NULL, data));
	}
	if (view->error)
		page_set_error(data, view->error, 0);
	return reply_page(rq, page_status(view->error), "realname", data);
}

/* ---- submitted */

struct submit {
	struct view *view;
	struct span values;
};

static int keep_claim(struct txn *txn, void *arg)
{
	struct submit *submit = arg;
	struct request *rq = submit->view->rq;
	struct visitor visitor;

	TRY(session_load(txn, rq, &visitor));
	if (!visitor.has_session || !id_eq(visitor.session.account, submit->view->visitor.session.account))
		return ERR_INTERACTION_EXPIRED;
	struct unit_actor actor = unit_change_actor(rq, visitor.session.account);
	return realname_change_submit(txn, &actor, &visitor.facts.account, submit->values);
}

/* What the form leaves out because it is in force already belongs to the claim all the same. */
static int claimed_values(struct view *view, struct span *ret_values)
{
	const struct facts *facts = &view->visitor.facts;
	bool is_legal = facts->account.namespace_ == NAMESPACE_LEGAL, is_unit_fixed = is_legal && facts->has_unit && facts->unit.status != UNIT_REGISTERED;
	JSON *json = NULL;
	struct span values;

	TRY(form_json(&view->form, view->values, view->rq->arena, &values));
	if (json_read_object(values, &json))
		return FAULT_MEMORY;
	/* A form that asks for no kind of document asks for the resident's card (Z10). */
	if (!form_row(&view->form, is_legal ? "rep_id_type" : "id_type"))
		known(json, is_legal ? "rep_id_type" : "id_type", SPAN("111"));
	if (is_unit_fixed) {
		known(json, "unit_name", facts->unit.name);
		known(json, "uscc", facts->unit.uscc);
	}
	char *text = json_dumps(json, JSON_COMPACT);
	if (!text)
		return FAULT_MEMORY;
	*ret_values = arena_dup(view->rq->arena, span_of(text));
	free(text);
	return ret_values->p ? 0 : FAULT_MEMORY;
}

static int submit(struct view *view)
{
	struct request *rq = view->rq;
	struct form_context context = form_page_context(rq);
	struct submit keep = { .view = view };
	struct span url;

	view->edits = true;
	int result = form_page_read(rq, &view->form, &context, &view->values);
	if (result == ERR_FORM) {
		view->error = result;
		return show(view);
	}
	TRY(result);
	TRY(claimed_values(view, &keep.values));
	result = store_update(app_of(rq)->app->store, keep_claim, &keep);
	if (result == ERR_TOO_MANY || result == ERR_CLOSED) {
		view->error = result;
		return show(view);
	}
	TRY(result);
	TRY(visit_url(rq, &view->interaction, "/realname/check", &url));
	return reply_redirect(rq, url);
}

/* With what the person came for; who has just registered is told so first (T8). */
static int go_on(struct request *rq, struct interaction *interaction)
{
	const char *path = register_onward(interaction);
	struct span url;

	if (strcmp(path, "/continue") == 0)
		return visit_done(rq, interaction, SPAN("/"));
	TRY(interaction_url(rq, path, interaction, &url));
	return reply_redirect(rq, url);
}

int endpoint_realname(struct request *rq)
{
	struct view view = { .rq = rq };

	TRY(open_view(&view));
	if (!view.visitor.has_session)
		return 0;
	if (rq->method == METHOD_GET)
		return show(&view);
	if (span_is(request_param(rq, "do"), "edit")) {
		view.edits = true;
		return show(&view);
	}
	if (span_is(request_param(rq, "do"), "skip"))
		return app_of(rq)->config->realname.skip ? go_on(rq, &view.interaction) : ERR_INVALID_REQUEST;
	return submit(&view);
}

/* Asks the verifier about the claim that stands, unless somebody does already; then on with what the person came for. */
int endpoint_realname_check(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;
	struct span url;
	int status;

	TRY(visit_open(rq, &interaction, &visitor));
	if (!visitor.has_session)
		return 0;
	struct unit_actor actor = unit_change_actor(rq, visitor.session.account);
	TRY(realname_check(app_of(rq), &actor, visitor.session.account, rq->deadline.ms - rq->now.ms - MS_SECOND, &status));
	if (status == REALNAME_VERIFIED && (interaction.client_id.n || strcmp(register_onward(&interaction), "/continue") != 0))
		return go_on(rq, &interaction);
	TRY(visit_url(rq, &interaction, "/realname", &url));
	return reply_redirect(rq, url);
}
