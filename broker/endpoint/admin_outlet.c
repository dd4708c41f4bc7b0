/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_outlet - gateways of text messages and real-name verifiers: how they are doing, what became of a message, and trying one with a real message or
 * a person that is typed in.
 */
#include "broker/base/encode.h"
#include "broker/base/hours.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/message_state.h"
#include "broker/endpoint/message_test.h"
#include "broker/endpoint/verify.h"
#include "broker/identity/normal.h"
#include "conf/config.h"

#define DAYS 30

static int say_field(struct json_writer *out, const char *field)
{
	json_member_str(out, "field", span_of(field));
	return ERR_INVALID;
}

/* ---- messages */

static void write_state(struct admin *admin, enum outlet_kind kind, struct span id, struct json_writer *out)
{
	struct outlet_state state;

	if (!outlet_state(admin->app ? admin->app->outlets : NULL, kind, id, admin->now, &state))
		return;
	json_member_int(out, "asked", state.asked);
	json_member_int(out, "failed", state.failed);
	json_member_bool(out, "left_alone", state.is_open);
	json_member_time(out, "last_ok", state.last_ok);
	json_member_time(out, "last_failed", state.last_failed);
}

static int write_day(const struct sms_day *day, void *arg)
{
	struct json_writer *out = arg;

	json_open(out, '{');
	json_member_time(out, "day", day->at);
	json_member_str(out, "route", day->route);
#define X(name) json_member_int(out, #name, day->name);
	SMS_DAY_COUNTS(X)
#undef X
	json_close(out, '}');
	return 0;
}

struct days {
	struct admin *admin;
	struct json_writer *out;
};

static int list_days(struct txn *txn, void *arg)
{
	const struct days *days = arg;

	return message_state_days(txn, instant_add(days->admin->now, -DAYS * MS_DAY), days->admin->arena, write_day, days->out);
}

int admin_sms_list(struct admin *admin, const json_t *args, struct json_writer *out)
{
	const struct config_sms_routes *routes = &admin->config->sms.routes;
	struct days days = { admin, out };

	json_key(out, "routes");
	json_open(out, '[');
	for (size_t i = 0; i < routes->n; i++) {
		json_open(out, '{');
		json_member_str(out, "id", routes->items[i].id);
		json_member_str(out, "gateway", span_of(routes->items[i].gateway.variant->name));
		json_member_bool(out, "enabled", routes->items[i].enabled);
		write_state(admin, OUTLET_SMS, routes->items[i].id, out);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_key(out, "days");
	json_open(out, '[');
	TRY(store_view(admin->store, list_days, &days));
	json_close(out, ']');
	return 0;
}

struct look {
	struct admin *admin;
	struct span key;
	struct text_message message;
};

static int look_up(struct txn *txn, void *arg)
{
	struct look *look = arg;

	return message_state_find(txn, look->key, look->admin->arena, &look->message);
}

int admin_sms_show(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct look look = { .admin = admin, .key = json_get_span(args, "key") };

	if (!look.key.n)
		return say_field(out, "key");
	int result = store_view(admin->store, look_up, &look);
	if (result)
		return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
	json_member_str(out, "state", span_of(message_state_name(look.message.status)));
	json_member_str(out, "purpose", look.message.purpose);
	json_member_str(out, "route", look.message.route);
	json_member_str(out, "tried", look.message.tried);
	json_member_str(out, "vendor_id", look.message.vendor_id);
	json_member_str(out, "code", look.message.code);
	json_member_int(out, "pieces", look.message.pieces);
	json_member_int(out, "cost_mils", look.message.cost);
	json_member_time(out, "at", look.message.at);
	json_member_time(out, "changed_at", look.message.changed_at);
	return 0;
}

int admin_sms_test(struct admin *admin, const json_t *args, struct json_writer *out)
{
	APP_SETTINGS *settings = app_settings(admin->app);
	struct span id = json_get_span(args, "route"), phone;
	const struct config_sms_route *route = config_sms_route(settings->config, id.n ? id : SPAN("default"));
	struct message_report report;

	if (!route)
		return say_field(out, "route");
	int result = normal_phone(json_get_span(args, "phone"), admin->arena, &phone);
	if (result)
		return result < 0 ? result : say_field(out, "phone");
	TRY(message_test(settings, route, phone, span_is(json_get_span(args, "language"), "en"), admin->arena, &report));
	message_test_write(&report, out);
	return 0;
}

/* ---- verifiers */

int admin_verifier_list(struct admin *admin, const json_t *args, struct json_writer *out)
{
	const struct config_verifiers *verifiers = &admin->config->realname.verifiers;

	json_key(out, "verifiers");
	json_open(out, '[');
	for (size_t i = 0; i < verifiers->n; i++) {
		json_open(out, '{');
		json_member_str(out, "id", verifiers->items[i].id);
		json_member_str(out, "verifier", span_of(verifiers->items[i].verifier.variant->name));
		json_member_bool(out, "enabled", verifiers->items[i].enabled);
		write_state(admin, OUTLET_VERIFIER, verifiers->items[i].id, out);
		json_close(out, '}');
	}
	json_close(out, ']');
	return 0;
}

static const struct config_verifier *find_verifier(const struct config *config, struct span id)
{
	for (size_t i = 0; i < config->realname.verifiers.n; i++)
		if (span_eq(config->realname.verifiers.items[i].id, id.n ? id : SPAN("default")))
			return &config->realname.verifiers.items[i];
	return NULL;
}

int admin_verifier_test(struct admin *admin, const json_t *args, struct json_writer *out)
{
	APP_SETTINGS *settings = app_settings(admin->app);
	const struct config_verifier *verifier = find_verifier(settings->config, json_get_span(args, "verifier"));
	struct span type = json_get_span(args, "id_type");
	struct verify_request request = { .name = json_get_span(args, "name"), .id_type = type.n ? type : SPAN("111"), .id_number = json_get_span(args, "id_number"),
					  .unit_name = json_get_span(args, "unit_name"), .uscc = json_get_span(args, "uscc") };
	struct verify_answer answer;

	request.subject = request.uscc.n ? VERIFY_UNIT : VERIFY_PERSON;
	if (!verifier)
		return say_field(out, "verifier");
	if (!request.name.n)
		return say_field(out, "name");
	if (!request.id_number.n)
		return say_field(out, "id_number");
	TRY(verify_test(settings, verifier, &request, admin->arena, &answer));
	verify_test_write(&answer, out);
	return 0;
}
