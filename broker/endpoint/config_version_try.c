/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_version_try - a version tried before it holds: its services asked, and a person's way to a client walked without taking a step.
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/config_version_keep.h"
#include "broker/endpoint/factor.h"
#include "broker/endpoint/person.h"
#include "broker/endpoint/settings.h"
#include "broker/endpoint/subject.h"
#include "broker/endpoint/upstream_run.h"
#include "broker/flow/step.h"
#include "broker/oauth/consent.h"
#include "conf/config.h"

#define TEST_MS (15 * MS_SECOND)

static int load(struct config_version_context *context, int64_t number, const struct config **ret_config)
{
	struct problems problems = { .arena = context->arena };
	struct config_version version;
	JSON *tree = NULL;

	TRY(config_version_get(context, number, &version));
	TRY(overlay_read(version.tree, &tree));
	return config_version_read(context->sources, &(struct overlay){ number, tree }, &problems, ret_config);
}

/* ---- services */

static int test_provider(struct config_version_context *context, const struct settings *settings, const struct config_provider *provider, bool *ret_good,
			 struct span *ret_reason)
{
	struct upstream_run run;
	struct provider_step step;

	if (!upstream_run_answers(provider, PROVIDER_TEST))
		return ERR_NOT_FOUND;
	TRY(upstream_run_begin(settings, provider, context->arena, context->actor.now, instant_add(sys_now(), TEST_MS), &run));
	TRY(upstream_run_drive(&run, (struct provider_event){ .type = PROVIDER_TEST }, &step));
	*ret_good = step.type == PROVIDER_DONE;
	*ret_reason = span_of(step.reason ? step.reason : *ret_good ? "" : "the service did not answer as expected");
	return 0;
}

int config_version_settings(struct config_version_context *context, int64_t number, struct settings **ret_settings)
{
	CONFIG_HELD *config = NULL;

	if (!context->app)
		return ERR_ABSENT; /* nothing goes out but from the daemon */
	TRY(load(context, number, &config));
	return settings_load(context->app, config, ret_settings);
}

int config_version_test(struct config_version_context *context, int64_t number, struct span path, bool *ret_good, struct span *ret_reason)
{
	struct settings *settings;
	struct span rest = path, section = span_cut(&rest, '.');

	TRY(config_version_settings(context, number, &settings));
	const struct config_provider *provider = span_is(section, "providers") && rest.n ? config_provider(settings->config, rest) : NULL;
	if (!provider) {
		app_settings_release(settings);
		return ERR_NOT_FOUND;
	}
	int result = test_provider(context, settings, provider, ret_good, ret_reason);
	app_settings_release(settings);
	if (!result)
		result = config_version_note(context, "config.test", number, path);
	return result;
}

/* ---- a person's way */

struct trial {
	struct config_version_context *context;
	const struct config *config;
	const struct config_client *client;
	struct id account, unit;
	struct text_list scopes;
	struct facts facts;
	struct person person;
	struct config_version_trial *out;
};

static int find_consent(struct txn *txn, struct trial *t)
{
	struct consent probe = { .account = t->account, .client_id = t->client->id }, consent;
	int result = record_find(txn, &KIND_CONSENT, CONSENT_BY_CLIENT, &probe, t->context->arena, &consent);

	if (result && result != ERR_ABSENT)
		return result;
	t->out->consent_needed = consent_is_needed(t->client, &t->scopes, 0, result ? NULL : &consent);
	return 0;
}

static void find_holds(struct trial *t)
{
	struct gate_facts gate = facts_gate(&t->facts, t->client, t->context->actor.now, t->context->actor.now);
	const struct gate_row *row;

	gate.two_factors = true; /* said apart: the login will ask */
	t->out->error = gate_check(GATE_CODE, &gate);
	t->out->page = t->out->error ? step_resolving_page(t->out->error, &gate) : NULL;
	for (size_t i = 0; (row = gate_row_at(i)) && t->out->n_holds < ARRAY_LEN(t->out->holds); i++)
		if (row->paths & 1u << GATE_CODE && !row->holds(&gate))
			t->out->holds[t->out->n_holds++] = (struct config_version_hold){ row->name, row->error };
	bool wants_unit = t->client->require.unit_effective || t->client->require.membership_active || t->client->require.subsystem_grant;
	t->out->chooses_unit = !t->facts.acts && t->facts.n_units > (wants_unit ? 1 : 0) && t->config->session.choose_unit != CONFIG_CHOOSE_UNIT_NEVER &&
			       (wants_unit || t->config->session.choose_unit == CONFIG_CHOOSE_UNIT_ALWAYS);
}

static int find_claims(struct txn *txn, struct trial *t)
{
	struct arena *arena = t->context->arena;
	struct claims_person *claims = &t->person.claims;
	struct buf buf = buf_new(arena, 512);
	char sub[CLAIMS_SUB + 1];
	struct id told;

	TRY(person_load_legacy(txn, &t->facts, arena, &t->person));
	TRY(person_fill(&t->facts, t->client, &t->scopes, arena, &t->person));
	TRY(subject_of_id(txn, t->client, t->facts.account.identity, arena, &told));
	TRY(claims_subject(t->context->seal, t->client, told, sub));
	claims->sub = span_of(sub);
	claims->acr = t->facts.account.realname_status == REALNAME_VERIFIED ? t->facts.account.realname_level : 0;
	claims_write(&buf, claims, &t->scopes);
	return buf_done(&buf, &t->out->claims);
}

static int walk(struct txn *txn, void *arg)
{
	struct trial *t = arg;
	int result = facts_load(txn, t->account, t->unit, t->context->arena, &t->facts);

	if (result)
		return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
	TRY(facts_load_units(txn, t->context->arena, &t->facts));
	TRY(factor_is_wanted(txn, t->context->arena, t->account, &t->out->second_factor_needed));
	TRY(find_consent(txn, t));
	find_holds(t);
	return find_claims(txn, t);
}

int config_version_try(struct config_version_context *context, int64_t number, struct id account, struct id unit, struct span client, struct span scopes,
		       struct config_version_trial *ret_trial)
{
	struct trial *t = arena_new_of(context->arena, struct trial);
	struct buf buf = buf_new(context->arena, 128);
	CONFIG_HELD *config = NULL;

	if (!t)
		return FAULT_MEMORY;
	*ret_trial = (struct config_version_trial){ .error = 0 };
	*t = (struct trial){ .context = context, .account = account, .unit = unit, .out = ret_trial };
	TRY(load(context, number, &config));
	t->config = config;
	t->client = config_client(config, client);
	if (!t->client)
		return ERR_NOT_FOUND;
	TRY(scope_allow(t->client, scopes, context->arena, &t->scopes));
	scope_print(&buf, &t->scopes);
	TRY(buf_done(&buf, &ret_trial->scopes));
	TRY(store_view(context->store, walk, t));
	/* A look at a person is in the audit, whoever takes it. */
	char who[37];
	encode_id(who, account);
	char *detail = arena_printf(context->arena, "%s at " SPAN_FMT, who, SPAN_ARG(client));
	return detail ? config_version_note(context, "config.try", number, span_of(detail)) : FAULT_MEMORY;
}
