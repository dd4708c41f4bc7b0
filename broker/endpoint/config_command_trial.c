/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/config_command_row.h"

#include "broker/endpoint/message_test.h"
#include "broker/identity/normal.h"
#include "broker/store/records_account.h"
#include "broker/store/records_unit.h"
#include "conf/config.h"

static int test_message(struct config_command *c, struct span path)
{
	struct span phone, route_id = path.n > 11 && span_starts(path, SPAN("sms.routes.")) ? (struct span){ path.p + 11, path.n - 11 } : SPAN("default");
	const struct config_sms_route *route = NULL;
	struct message_report report;
	struct settings *settings;

	if (normal_phone(json_get_span(c->args, "phone"), c->context->arena, &phone))
		return ERR_PHONE;
	TRY(config_version_settings(c->context, c->number, &settings));
	for (size_t i = 0; i < settings->config->sms.routes.n; i++)
		if (span_eq(settings->config->sms.routes.items[i].id, route_id))
			route = &settings->config->sms.routes.items[i];
	int result = route ? message_test(settings, route, phone, true, c->context->arena, &report) : ERR_NOT_FOUND;
	if (!result)
		message_test_write(&report, c->out);
	app_settings_release(settings);
	return result;
}

int config_command_test(struct config_command *c)
{
	struct span path = json_get_span(c->args, "path"), why = { NULL, 0 };
	bool good = false;

	if (span_is(path, "sms") || span_starts(path, SPAN("sms.")))
		return test_message(c, path);
	const struct config_version_probe probe = { .name = json_get_span(c->args, "name"), .id_number = json_get_span(c->args, "id_number"), .english = true };
	bool asks = span_is(path, "realname") || span_starts(path, SPAN("realname."));
	TRY(asks ? config_version_test_with(c->context, c->number, path, &probe, &good, &why) : config_version_test(c->context, c->number, path, &good, &why));
	json_member_bool(c->out, "good", good);
	json_member_str(c->out, "reason", why);
	return 0;
}

struct finding {
	struct config_version_context *context;
	struct account account;
	struct unit unit;
};

static int find_person(struct txn *txn, void *arg)
{
	struct finding *f = arg;

	if (f->unit.uscc.n)
		TRY(record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &f->unit, f->context->arena, &f->unit));
	return record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &f->account, f->context->arena, &f->account);
}

static int name_person(struct config_command *c, struct finding *f)
{
	struct span space = json_get_span(c->args, "namespace");

	*f = (struct finding){ .context = c->context, .account = { .namespace_ = NAMESPACE_NATURAL }, .unit = { .uscc = json_get_span(c->args, "unit") } };
	if (span_is(space, "legal"))
		f->account.namespace_ = NAMESPACE_LEGAL;
	else if (span_is(space, "staff"))
		f->account.namespace_ = NAMESPACE_STAFF;
	else if (space.n && !span_is(space, "natural"))
		return ERR_INVALID_REQUEST;
	if (normal_login_name(json_get_span(c->args, "login_name"), c->context->arena, &f->account.login_key))
		return ERR_INVALID_REQUEST;
	int result = store_view(c->context->store, find_person, f);
	return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
}

static int write_claims(struct config_command *c, struct span claims)
{
	JSON *object = NULL;
	const char *name;
	json_t *value;

	if (c->personal) {
		json_key(c->out, "claims");
		json_raw(c->out, claims);
		return 0;
	}
	TRY(json_read_object(claims, &object));
	json_key(c->out, "claims");
	json_open(c->out, '[');
	json_object_foreach(object, name, value)
		json_str(c->out, span_of(name));
	json_close(c->out, ']');
	return 0;
}

int config_command_try(struct config_command *c)
{
	struct config_version_trial trial;
	struct finding f;

	TRY(name_person(c, &f));
	TRY(config_version_try(c->context, c->number, f.account.id, f.unit.id, json_get_span(c->args, "client"), json_get_span(c->args, "scope"), &trial));
	json_member_bool(c->out, "admitted", !trial.error);
	if (trial.error)
		json_member_str(c->out, "held_by", span_of(error_row(trial.error)->code));
	json_member_str(c->out, "page", span_of(trial.page));
	json_key(c->out, "missing");
	json_open(c->out, '[');
	for (size_t i = 0; i < trial.n_holds; i++) {
		json_open(c->out, '{');
		json_member_str(c->out, "rule", span_of(trial.holds[i].name));
		json_member_str(c->out, "error", span_of(error_row(trial.holds[i].error)->code));
		json_close(c->out, '}');
	}
	json_close(c->out, ']');
	json_member_bool(c->out, "second_factor", trial.second_factor_needed);
	json_member_bool(c->out, "consent", trial.consent_needed);
	json_member_bool(c->out, "chooses_unit", trial.chooses_unit);
	json_member_str(c->out, "scope", trial.scopes);
	return write_claims(c, trial.claims);
}
