/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interaction_advance - what comes next in an interaction, and the answer that says so: a page's address, an error for the client, or the code.
 */
#include "broker/endpoint/audit.h"
#include "broker/endpoint/interaction.h"
#include "broker/endpoint/person.h"
#include "broker/endpoint/pseudonym.h"
#include "broker/endpoint/subject.h"
#include "broker/endpoint/trace.h"
#include "broker/flow/step.h"
#include "broker/http/reply.h"
#include "broker/oauth/claims.h"
#include "broker/oauth/code.h"
#include "broker/oauth/consent.h"
#include "broker/store/handle.h"
#include "conf/config.h"

/* ---- what comes next */

struct situation {
	struct request *rq;
	struct interaction *interaction;
	struct visitor visitor;
	struct consent consent;
	bool has_consent;
	struct id subject; /* whom the client is told, where somebody is logged in */
	int held;          /* noted just now: the interaction is stored with it */
};

static int look(struct txn *txn, void *arg)
{
	struct situation *s = arg;
	struct consent probe = { .client_id = s->interaction->client_id };

	s->has_consent = false;
	TRY(session_load_whole(txn, s->rq, &s->visitor));
	if (!s->visitor.has_session)
		return 0;
	probe.account = s->visitor.session.account;
	int result = record_find(txn, &KIND_CONSENT, CONSENT_BY_CLIENT, &probe, s->rq->arena, &s->consent);
	s->has_consent = result == 0;
	if (result && result != ERR_ABSENT)
		return result;
	const struct config_client *client = config_client(app_of(s->rq)->config, s->interaction->client_id);
	return client ? subject_of(txn, client, &s->visitor.facts.identity, s->rq->arena, &s->subject) : 0;
}

/* Somebody else is logged in than the client's id_token_hint names: for this request that is nobody. */
static int is_expected(struct situation *s, const struct config_client *client, bool *ret_expected)
{
	char sub[CLAIMS_SUB + 1];

	*ret_expected = s->visitor.has_session;
	if (!s->visitor.has_session || !s->interaction->hint_sub.n || s->interaction->reauthenticated)
		return 0;
	TRY(claims_subject(app_of(s->rq)->app->seal, client, s->subject, sub));
	*ret_expected = span_is(s->interaction->hint_sub, sub);
	return 0;
}

/* @client NULL: a login for its own sake. */
static int decide(struct situation *s, const struct config_client *client, struct step_result *ret_next)
{
	struct gate_facts gate = session_gate(&s->visitor, client, s->rq->now);
	unsigned prompts = 0;
	struct step_facts facts = { .interaction = s->interaction, .now = s->rq->now };

	bool is_there;

	TRY(is_expected(s, client, &is_there));
	if (is_there) {
		facts.session = &s->visitor.session;
		facts.gate = &gate;
	}
	facts.choose_unit = app_of(s->rq)->config->session.choose_unit;
	if (!client) {
		facts.complete_needed = app_of(s->rq)->config->completion.mode == CONFIG_COMPLETION_REQUIRED;
		*ret_next = step_next_own(&facts);
		return 0;
	}
	if (authorize_parse_prompt(s->interaction->prompt, &prompts))
		prompts = 0; /* it was checked when the request came */
	facts.consent_needed = consent_is_needed(client, &s->interaction->scopes, prompts, s->has_consent ? &s->consent : NULL);
	*ret_next = step_next(&facts);
	return 0;
}

struct issue {
	struct situation *s;
	const struct config_client *client;
	struct family family;
	bool stored;
	bool explains; /* somebody logged in for this code: what is in it is noted */
};

static bool session_needs_writing(const struct session *session, struct span client, struct instant now, int64_t idle)
{
	for (size_t i = 0; i < session->clients.n; i++)
		if (span_eq(session->clients.items[i], client))
			return now.ms - session->last_seen_at.ms > idle / 10;
	return true;
}

static int add_client(struct arena *arena, struct session *session, struct span client)
{
	for (size_t i = 0; i < session->clients.n; i++)
		if (span_eq(session->clients.items[i], client))
			return 0;
	struct span *items = arena_array(arena, struct span, session->clients.n + 1);
	if (!items)
		return FAULT_MEMORY;
	if (session->clients.n)
		memcpy(items, session->clients.items, session->clients.n * sizeof *items);
	items[session->clients.n] = client;
	session->clients = (struct text_list){ items, session->clients.n + 1 };
	return 0;
}

/* What the client is told with this code, for who asks later. One step, also when the transaction runs twice. */
static int note_code(struct txn *txn, const struct issue *issue, const struct visitor *visitor)
{
	struct request *rq = issue->s->rq;
	struct gathering *trace = trace_of(rq);
	struct person *person = arena_new_of(rq->arena, struct person);
	struct buf claims = buf_new(rq->arena, 512);
	char sub[CLAIMS_SUB + 1];
	struct span text;

	if (!trace || !person)
		return 0;
	TRY(person_load_legacy(txn, &visitor->facts, rq->arena, person));
	TRY(person_fill(&visitor->facts, issue->client, &issue->family.scopes, rq->arena, person));
	TRY(claims_subject(app_of(rq)->app->seal, issue->client, issue->family.identity, sub));
	person->claims.sub = span_of(sub);
	person->claims.acr = issue->family.acr;
	person->claims.amr = issue->family.amr;
	person->claims.auth_time = issue->family.auth_time;
	claims_write(&claims, &person->claims, &issue->family.scopes);
	TRY(buf_done(&claims, &text));
	trace_step_again(trace, "code");
	trace_str(trace, "client", issue->s->interaction->client_id);
	trace_str(trace, "acting_unit", visitor->facts.acts ? visitor->facts.unit.uscc : SPAN(""));
	trace_answer(trace, "claims", text);
	return trace_keep(txn, rq, issue->s->interaction, visitor->facts.account.id, 0);
}

/* The interaction is taken, so that two tabs of the same request cannot both end in a code. */
static int keep_code(struct txn *txn, void *arg)
{
	struct issue *issue = arg;
	struct situation *s = issue->s;
	struct visitor visitor;

	if (issue->stored)
		TRY(interaction_take(txn, s->rq, s->interaction->id));
	/* What was decided on a snapshot must still hold where it is kept: logged out in another tab, locked or refused meanwhile. */
	TRY(session_load(txn, s->rq, &visitor));
	if (!visitor.has_session || !id_eq(visitor.session.id, s->visitor.session.id))
		return ERR_LOGIN_REQUIRED;
	struct gate_facts gate = session_gate(&visitor, issue->client, s->rq->now);
	TRY(gate_check(GATE_CODE, &gate));
	struct session *session = &visitor.session;
	if (session_needs_writing(session, s->interaction->client_id, s->rq->now, app_of(s->rq)->config->session.idle)) {
		TRY(add_client(s->rq->arena, session, s->interaction->client_id));
		session->last_seen_at = s->rq->now;
		TRY(record_put(txn, &KIND_SESSION, session));
	}
	issue->family.unit = session->acting_unit; /* as the gate has just judged it */
	TRY(subject_of(txn, issue->client, &visitor.facts.identity, s->rq->arena, &issue->family.identity));
	TRY(subject_keep(txn, issue->client, issue->family.identity, s->rq->now, s->rq->arena));
	if (scope_has(&issue->family.scopes, SPAN("idhash")))
		TRY(pseudonym_keep(txn, issue->client, &visitor.facts.account, s->rq->now));
	if (issue->explains)
		TRY(note_code(txn, issue, &visitor));
	return record_insert(txn, &KIND_FAMILY, &issue->family);
}

static int answer_client(struct request *rq, const struct authorize_target *target, const struct authorize_answer *answer)
{
	const struct config *config = app_of(rq)->config;

	if (target->response_mode == CONFIG_MODE_FORM_POST) {
		struct authorize_field fields[AUTHORIZE_FIELDS];
		struct form_pair pairs[AUTHORIZE_FIELDS];
		size_t n = authorize_fields(config, target, answer, fields);

		for (size_t i = 0; i < n; i++)
			pairs[i] = (struct form_pair){ span_of(fields[i].name), fields[i].value };
		return reply_form_post(rq, target->redirect_uri, pairs, n);
	}
	struct buf url = buf_new(rq->arena, 512);
	struct span text;
	authorize_location(&url, config, target, answer);
	TRY(buf_done(&url, &text));
	return reply_redirect(rq, text);
}

int interaction_refuse(struct request *rq, struct interaction *interaction, bool stored, int error, const char *description)
{
	struct authorize_target target;

	if (!interaction->client_id.n)
		return error;
	TRY(authorize_from_interaction(app_of(rq)->config, interaction, &target));
	if (stored)
		TRY(interaction_drop(rq, interaction));
	return answer_client(rq, &target, &(struct authorize_answer){ .error = error, .description = description });
}

static int issue_code(struct request *rq, struct situation *s, bool stored, const struct authorize_target *target)
{
	const struct config *config = app_of(rq)->config;
	struct issue issue = { .s = s, .client = target->client, .stored = stored };
	struct code_grant grant = { .client = target->client, .interaction = s->interaction, .session = &s->visitor.session,
				    .account = &s->visitor.facts.account, .scopes = s->interaction->scopes };
	bool offline = scope_has(&grant.scopes, SPAN("offline_access"));
	struct id id = record_expiring_id(code_family_expiry(config, target->client, offline, rq->now));
	unsigned char hash[HANDLE_HASH];
	struct span code;

	TRY(handle_new("code", id, rq->arena, &code, hash));
	code_issue(&grant, id, (struct span){ (char *)hash, sizeof hash }, rq->now, &issue.family);
	issue.explains = stored && id_eq(s->interaction->session, s->visitor.session.id);
	int result = store_update(app_of(rq)->app->store, keep_code, &issue);
	if (result == ERR_LOGIN_REQUIRED)
		return interaction_refuse(rq, s->interaction, stored, result, NULL);
	TRY(result);
	return answer_client(rq, target, &(struct authorize_answer){ .code = code });
}

/* A login for its own sake ends where the person wanted to go: on the front page unless told otherwise. */
static int finish_own(struct request *rq, const struct interaction *interaction)
{
	TRY(interaction_drop(rq, interaction));
	return reply_redirect(rq, interaction->return_to.n ? interaction->return_to : SPAN("/"));
}

/* What a page would resolve is interaction_required (OpenID Connect Core 3.1.2.6); the description says which requirement it is. */
static int refuse_step(struct request *rq, struct interaction *interaction, bool stored, const struct step_result *step)
{
	const char *code = error_row(step->error)->code;
	int error = step->page ? ERR_INTERACTION_REQUIRED : step->error;

	return interaction_refuse(rq, interaction, stored, error, strcmp(code, error_row(error)->oauth) ? code : NULL);
}

/* ---- for whom a person acts */

struct acting {
	struct request *rq;
	struct interaction *interaction; /* NULL: none */
	struct id session, unit;
	bool stored;
};

static int keep_acting(struct txn *txn, void *arg)
{
	struct acting *acting = arg;
	struct visitor visitor;

	TRY(session_load(txn, acting->rq, &visitor));
	if (!visitor.has_session || !id_eq(visitor.session.id, acting->session))
		return ERR_LOGIN_REQUIRED;
	if (!id_eq(visitor.session.acting_unit, acting->unit)) {
		visitor.session.acting_unit = acting->unit;
		TRY(facts_load(txn, visitor.session.account, acting->unit, acting->rq->arena, &visitor.facts));
		if (visitor.facts.acts && !facts_may_act(&visitor.facts)) /* no more a member, or never one */
			return ERR_MEMBERSHIP_REQUIRED;
		TRY(record_put(txn, &KIND_SESSION, &visitor.session));
		TRY(audit_write(txn, acting->rq, &(struct audit_event){ .action = "act_for", .actor = visitor.session.account,
									.subject = visitor.facts.has_unit ? visitor.facts.unit.uscc : SPAN("") }));
	}
	if (!acting->interaction)
		return 0;
	acting->interaction->acting_chosen = true;
	return acting->stored ? record_put(txn, &KIND_INTERACTION, acting->interaction) : 0;
}

int interaction_act_for(struct request *rq, struct interaction *interaction, bool stored, struct id session, struct id unit)
{
	struct acting acting = { rq, interaction, session, unit, stored };

	return store_update(app_of(rq)->app->store, keep_acting, &acting);
}

/* One unit and a client that needs one: there is nothing to choose. */
static bool takes_only_unit(struct request *rq, const struct situation *s, const struct step_result *next)
{
	return next->step == STEP_ACT_FOR && app_of(rq)->config->session.choose_unit == CONFIG_CHOOSE_UNIT_WHEN_REQUIRED && s->visitor.facts.n_units == 1;
}

static int find_step(struct situation *s, const struct config_client *client, bool stored, struct step_result *ret_next)
{
	TRY(store_view(app_of(s->rq)->app->store, look, s));
	TRY(decide(s, client, ret_next));
	if (!takes_only_unit(s->rq, s, ret_next))
		return 0;
	int result = interaction_act_for(s->rq, s->interaction, stored, s->visitor.session.id, s->visitor.facts.unit_of[0]);
	if (result) /* it ended meanwhile: the page says so */
		return result < 0 ? result : 0;
	TRY(store_view(app_of(s->rq)->app->store, look, s));
	return decide(s, client, ret_next);
}

/* The gate's rule, in its own words. */
static struct span rule_of(const struct situation *s)
{
	const struct config_client *client = config_client(app_of(s->rq)->config, s->interaction->client_id);
	struct gate_facts gate = session_gate(&s->visitor, client, s->rq->now);
	const struct gate_row *row;

	for (size_t i = 0; (row = gate_row_at(i)); i++)
		if (row->paths & 1u << GATE_CODE && !row->holds(&gate))
			return span_of(row->name);
	return SPAN("");
}

static int put_held(struct txn *txn, void *arg)
{
	struct situation *s = arg;
	int error = s->held;

	TRY(record_put(txn, &KIND_INTERACTION, s->interaction));
	return trace_keep(txn, s->rq, s->interaction, s->visitor.session.account, error);
}

/* What the gate holds back is noted once, however often the page that waits for it looks again. */
static int note_held(struct situation *s, const struct step_result *next)
{
	struct span code = span_of(error_row(next->error)->code);
	struct gathering *trace = trace_of(s->rq);

	if (!trace || span_eq(s->interaction->held, code))
		return 0;
	s->interaction->held = code;
	s->held = next->error;
	trace_step(trace, "held");
	trace_str(trace, "error", code);
	trace_str(trace, "rule", rule_of(s));
	trace_str(trace, "page", span_of(next->page));
	return store_update(app_of(s->rq)->app->store, put_held, s);
}

int interaction_advance(struct request *rq, struct interaction *interaction, bool stored)
{
	struct situation s = { .rq = rq, .interaction = interaction };
	struct authorize_target target = { 0 };
	struct step_result next;
	struct span url;

	if (interaction->client_id.n)
		TRY(authorize_from_interaction(app_of(rq)->config, interaction, &target));
	TRY(find_step(&s, target.client, stored, &next));
	if (next.step == STEP_CODE)
		return issue_code(rq, &s, stored, &target);
	if (next.step == STEP_ERROR)
		return refuse_step(rq, interaction, stored, &next);
	if (next.step == STEP_DONE)
		return finish_own(rq, interaction);
	if (next.step == STEP_WAIT)
		TRY(note_held(&s, &next));
	if (!stored && !s.held)
		TRY(interaction_keep(rq, interaction));
	TRY(interaction_url(rq, next.page, interaction, &url));
	return reply_redirect(rq, url);
}
