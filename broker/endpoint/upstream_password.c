/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_password - name and password of a directory, typed on a page of ours (provider.asks_password).
 *
 * An attempt is counted before the directory is asked, as on the login page (login.c): against name and address together and against the address alone, so that
 * nobody locks another person out here, nor there by way of here.
 */
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/throttle.h"
#include "broker/endpoint/upstream.h"
#include "broker/http/reply.h"
#include "conf/config.h"

struct attempt {
	struct upstream_way way;
	struct throttle pair, address;
	struct span who, from, login_name;
	unsigned wait;
};

static int begin(struct request *rq, struct attempt *a)
{
	const struct config_login *config = &app_of(rq)->config->login;
	char text[CLIENT_ADDRESS_TEXT];

	*a = (struct attempt){ .login_name = span_trim(request_param(rq, "login_name")) };
	TRY(upstream_begin(rq, &a->way));
	if (!provider_of(a->way.config->type.variant)->asks_password)
		return ERR_PROVIDER_UNKNOWN;
	TRY(interaction_open(rq, &a->way.interaction, &a->way.visitor));
	a->pair = (struct throttle){ "login.pair", config->tries_window, config->tries };
	a->address = (struct throttle){ "login.address", config->address_window, config->address_tries };
	a->from = arena_dup(rq->arena, span_of(client_address_text(&rq->client, text)));
	/* directories fold the case of names */
	char *who = arena_printf(rq->arena, "provider:" SPAN_FMT "|" SPAN_FMT "|%s", SPAN_ARG(a->way.config->id), SPAN_ARG(a->login_name), text);
	if (!a->from.p || !who)
		return FAULT_MEMORY;
	for (char *c = who; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	a->who = span_of(who);
	return 0;
}

static int show(struct attempt *a, int error, const char *field)
{
	struct request *rq = a->way.rq;
	JSON *data = page_new(rq, &a->way.interaction);
	struct span login_url;

	if (!data)
		return FAULT_MEMORY;
	TRY(interaction_url(rq, "/login", &a->way.interaction, &login_url));
	page_set(data, "provider_name", page_text(rq, &a->way.config->title));
	page_set(data, "login_url", login_url);
	page_set_value(data, "login_name", a->login_name);
	if (error)
		page_set_error(data, error, a->wait);
	if (field)
		page_set_field_error(data, field, error);
	return reply_page(rq, page_status(error), "upstream-password", data);
}

static int count(struct txn *txn, void *arg)
{
	struct attempt *a = arg;
	struct instant now = a->way.rq->now;

	a->wait = throttle_wait(&a->address, now);
	TRY(throttle_add(txn, &a->address, a->from, now));
	a->wait = throttle_wait(&a->pair, now);
	TRY(throttle_add(txn, &a->pair, a->who, now));
	a->wait = 0;
	return 0;
}

static int forgive(struct txn *txn, void *arg)
{
	struct attempt *a = arg;

	TRY(throttle_clear(txn, &a->pair, a->who, a->way.rq->now));
	return throttle_take_back(txn, &a->address, a->from, a->way.rq->now);
}

static int prove(struct attempt *a)
{
	struct request *rq = a->way.rq;
	struct store *store = app_of(rq)->app->store;
	const struct provider_pair params[] = { { SPAN("login_name"), a->login_name }, { SPAN("password"), request_param(rq, "password") } };
	struct provider_step step;

	for (size_t i = 0; i < ARRAY_LEN(params); i++) /* an empty password would be no login, which some directories grant (RFC 4513 5.1.2) */
		if (!params[i].value.n)
			return show(a, ERR_FIELD_EMPTY, i ? "password" : "login_name");
	int result = store_update(store, count, a);
	if (result == ERR_TOO_MANY)
		return show(a, ERR_LOCKED, NULL);
	TRY(result);
	a->wait = 0;
	TRY(upstream_run_drive(&a->way.run, (struct provider_event){ .type = PROVIDER_CALLBACK, .params = params, .n_params = ARRAY_LEN(params) }, &step));
	if (step.type != PROVIDER_IDENTITY) {
		upstream_note_failure(&a->way, &step);
		/* A directory that is away is nobody's wrong password; unknown names count as one. */
		if (step.error != ERR_CREDENTIALS)
			TRY(store_update(store, forgive, a));
		return show(a, step.error, NULL);
	}
	TRY(store_update(store, forgive, a));
	a->way.identity = step.identity;
	upstream_note_identity(&a->way);
	result = upstream_identified(&a->way);
	if (!page_is_inline(result))
		return result;
	provider_reject(&step, result, "the account may not log in");
	upstream_note_failure(&a->way, &step);
	return id_is_set(a->way.interaction.links) ? upstream_add_failed(&a->way, result) : show(a, result, NULL);
}

int endpoint_upstream_password(struct request *rq)
{
	struct attempt a;

	TRY(begin(rq, &a));
	return rq->method == METHOD_POST ? prove(&a) : show(&a, 0, NULL);
}
