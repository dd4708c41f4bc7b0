/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_try - /console/try: what would this person get at this business system under this version? Nobody logs in and nothing changes.
 */
#include "broker/endpoint/console.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/identity/mask_answer.h"
#include "broker/identity/normal.h"

#include <stdlib.h>

struct trying {
	struct console *console;
	struct account probe, account;
};

static int find(struct txn *txn, void *arg)
{
	struct trying *t = arg;
	int result = record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &t->probe, t->console->rq->arena, &t->account);

	return result == ERR_ABSENT ? ERR_NO_ACCOUNT : result;
}

static void choice(json_t *list, const char *value, struct span name, bool chosen)
{
	json_t *one = json_object();

	console_set(one, "option_value", span_of(value));
	console_set(one, "option_text", name);
	json_object_set_new(one, "option_chosen", json_boolean(chosen));
	json_array_append_new(list, one);
}

/* The clients of the version that is shown. */
static int add_clients(struct console *c)
{
	struct config_version_view view = { 0 };
	json_t *list = json_array(), *object;
	const char *id;
	int result = config_version_view(&c->context, c->shown, &view);

	json_object_set_new(c->data, "clients", list);
	json_object_foreach(json_object_get(view.whole, "clients"), id, object) {
		const json_t *name = json_object_get(object, "name");
		struct span text = json_get_span(name, console_is_chinese(c) ? "zh" : "en");

		choice(list, id, text.n ? text : span_of(id), span_is(request_param(c->rq, "client"), id));
	}
	config_version_view_free(&view);
	return result;
}

static int add_trial(struct console *c, const struct config_version_trial *trial)
{
	json_t *holds = json_array(), *result = json_object();

	json_object_set_new(c->data, "result", result);
	json_object_set_new(result, "holds", holds);
	json_object_set_new(result, "passes", json_boolean(!trial->error));
	console_set(result, "code", trial->error ? span_of(error_row(trial->error)->code) : (struct span){ NULL, 0 });
	console_set(result, "resolving", span_of(trial->page ? trial->page : ""));
	for (size_t i = 0; i < trial->n_holds; i++) {
		json_t *hold = json_object();

		console_set(hold, "rule", span_of(trial->holds[i].name));
		console_set(hold, "code", span_of(error_row(trial->holds[i].error)->code));
		json_array_append_new(holds, hold);
	}
	json_object_set_new(result, "consent", json_boolean(trial->consent_needed));
	json_object_set_new(result, "factor", json_boolean(trial->second_factor_needed));
	json_object_set_new(result, "unit", json_boolean(trial->chooses_unit));
	console_set(result, "granted", trial->scopes);
	struct span masked;
	JSON *claims = NULL;

	/* Which claims, and that they are there: whose draft it is has no need of anybody's phone, and could make a client for each of them. */
	TRY(mask_answer(trial->claims, c->arena, &masked));
	char *text = masked.n && !json_read(masked, &claims) ? json_dumps(claims, JSON_INDENT(2)) : NULL;
	console_set(result, "claims", text ? span_of(text) : (struct span){ NULL, 0 });
	free(text);
	return 0;
}

static int show(struct console *c, int error)
{
	static const char *const namespaces[] = { "natural", "legal" };
	json_t *list = json_array();

	json_object_set_new(c->data, "namespaces", list);
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		choice(list, namespaces[i], (struct span){ NULL, 0 }, i == (span_is(request_param(c->rq, "namespace"), "legal") ? 1 : 0));
	TRY(add_clients(c));
	page_set_value(c->data, "login_name", request_param(c->rq, "login_name"));
	page_set_value(c->data, "scope", request_param(c->rq, "scope"));
	page_set_int(c->data, "shown_number", c->shown);
	return console_reply(c, "console-try", error);
}

static int try(struct console *c)
{
	struct trying t = { .console = c };
	struct config_version_trial *trial = arena_new_of(c->arena, struct config_version_trial);
	struct id none = { { 0 } };

	if (!trial)
		return FAULT_MEMORY;
	if (c->rq->method == METHOD_GET)
		return show(c, 0);
	t.probe.namespace_ = span_is(request_param(c->rq, "namespace"), "legal") ? NAMESPACE_LEGAL : NAMESPACE_NATURAL;
	struct span scopes = span_trim(request_param(c->rq, "scope"));
	int result = normal_login_name(request_param(c->rq, "login_name"), c->rq->arena, &t.probe.login_key);
	if (!result)
		result = store_view(app_of(c->rq)->app->store, find, &t);
	else if (result > 0)
		result = ERR_NO_ACCOUNT;
	if (!result)
		result = config_version_try(&c->context, c->shown, t.account.id, none, request_param(c->rq, "client"), scopes.n ? scopes : SPAN("openid profile"), trial);
	if (result < 0)
		return result;
	if (result == ERR_NO_ACCOUNT)
		page_set_field_error(c->data, "login_name", result);
	if (!result)
		TRY(add_trial(c, trial));
	return show(c, result);
}

int endpoint_console_try(struct request *rq)
{
	return console_open(rq, try);
}
