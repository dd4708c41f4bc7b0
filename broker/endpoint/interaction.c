/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/interaction.h"

#include "broker/base/encode.h"
#include "broker/base/url.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/factor.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/pseudonym.h"
#include "broker/flow/step.h"
#include "broker/http/reply.h"
#include "broker/oauth/claims.h"
#include "broker/oauth/code.h"
#include "broker/oauth/consent.h"
#include "broker/store/handle.h"
#include "keys/digest.h"

#define CLOCKS_DIFFER_MS MS_MINUTE /* ours and an upstream's */

/* ---- made and found */

static int browser_hash(struct request *rq, struct id id, struct span browser, struct span *ret_hash)
{
	unsigned char *hash = arena_alloc(rq->arena, 32);

	if (!hash || !browser.p)
		return FAULT_MEMORY;
	*ret_hash = (struct span){ (char *)hash, 32 };
	return digest_of(DIGEST_SHA256, hash, SPAN("interaction"), ((struct span){ (const char *)id.b, sizeof id.b }), browser);
}

int interaction_begin(struct request *rq, const struct authorize_request *request, struct interaction *ret_interaction)
{
	struct interaction interaction = { .max_age = -1 };

	if (store_is_full(app_of(rq)->app->store)) /* design.md 5: what is there can still be ended and cleaned up */
		return ERR_FULL;
	interaction.id = record_expiring_id(instant_add(rq->now, app_of(rq)->config->tokens.interaction_life));
	interaction.created_at = rq->now;
	interaction.purpose = request ? SPAN("authorize") : SPAN("account");
	interaction.lang = span_of(request_language(rq) == LANGUAGE_EN ? "en" : "zh-CN");
	if (request)
		authorize_to_interaction(request, &interaction);
	TRY(browser_hash(rq, interaction.id, request_browser(rq), &interaction.secret_hash));
	*ret_interaction = interaction;
	return 0;
}

static int put(struct txn *txn, void *arg)
{
	return record_put(txn, &KIND_INTERACTION, arg);
}

int interaction_keep(struct request *rq, struct interaction *interaction)
{
	return store_update(app_of(rq)->app->store, put, interaction);
}

int interaction_login(struct request *rq, struct span path, const char *tab)
{
	struct interaction interaction;
	struct span url;

	TRY(interaction_begin(rq, NULL, &interaction));
	interaction.return_to = path;
	TRY(interaction_keep(rq, &interaction));
	TRY(interaction_url(rq, "/login", &interaction, &url));
	char *text = arena_printf(rq->arena, SPAN_FMT "%s%s", SPAN_ARG(url), tab ? "&tab=" : "", tab ? tab : "");
	return text ? reply_redirect(rq, span_of(text)) : FAULT_MEMORY;
}

int interaction_load(struct txn *txn, struct request *rq, struct interaction *ret_interaction)
{
	struct span bytes;
	struct id id;

	if (encode_base64url_decode(request_param(rq, "interaction"), rq->arena, &bytes) || bytes.n != sizeof id.b)
		return ERR_INTERACTION_EXPIRED;
	memcpy(id.b, bytes.p, sizeof id.b);
	return interaction_load_id(txn, rq, id, ret_interaction);
}

/* ---- over, and the way back. Who comes to a spent interaction (a second tab, the back button) is shown the way to the client that it was
 * for, if this browser is the one that it belonged to. */

static struct id spent_mark(struct id interaction)
{
	return record_named_id(record_expiry(interaction), SPAN("interaction"), (struct span){ (const char *)interaction.b, sizeof interaction.b });
}

/* What stays of @interaction when it is taken, until it would have expired: whose it was, and for whom. */
static int leave_mark(struct txn *txn, struct request *rq, const struct interaction *interaction)
{
	struct buf note = buf_new(rq->arena, 64);
	struct mark mark = { .id = spent_mark(interaction->id) };

	if (!interaction->client_id.n)
		return 0;
	buf_add(&note, interaction->secret_hash);
	buf_add(&note, interaction->client_id);
	TRY(buf_done(&note, &mark.note));
	return record_put(txn, &KIND_MARK, &mark);
}

/* Configured addresses only: the client's own page, or the origin of its redirect URI. */
static struct span client_address(struct request *rq, const struct config_client *client)
{
	struct url url;

	if (client->home.n || !client->redirect_uris.n || url_parse(client->redirect_uris.items[0], &url))
		return client->home;
	return span_of(arena_printf(rq->arena, SPAN_FMT "://" SPAN_FMT "/", SPAN_ARG(url.scheme), SPAN_ARG(url.authority)));
}

/* @id is not alive any more. */
static int show_way_back(struct txn *txn, struct request *rq, struct id id)
{
	struct interaction expired;
	struct span whose, hash, client_id;
	struct mark mark;

	if (!request_has_browser(rq))
		return 0;
	int result = record_get(txn, &KIND_INTERACTION, id, rq->arena, &expired);
	if (!result) {
		whose = expired.secret_hash;
		client_id = expired.client_id;
	} else if (result == ERR_ABSENT) {
		result = record_get(txn, &KIND_MARK, spent_mark(id), rq->arena, &mark);
		if (result || mark.note.n < 32)
			return result == ERR_ABSENT ? 0 : result;
		whose = (struct span){ mark.note.p, 32 };
		client_id = (struct span){ mark.note.p + 32, mark.note.n - 32 };
	} else {
		return result;
	}
	TRY(browser_hash(rq, id, request_browser(rq), &hash));
	const struct config_client *client = secret_eq(hash, whose) ? config_client(app_of(rq)->config, client_id) : NULL;
	if (client && client->enabled)
		reply_way_back(rq, client_address(rq, client));
	return 0;
}

int interaction_load_id(struct txn *txn, struct request *rq, struct id id, struct interaction *ret_interaction)
{
	struct span hash;

	int result = record_get_live(txn, &KIND_INTERACTION, id, rq->now, rq->arena, ret_interaction);
	if (result == ERR_ABSENT) {
		TRY(show_way_back(txn, rq, id));
		return ERR_INTERACTION_EXPIRED;
	}
	TRY(result);
	if (!request_has_browser(rq))
		return ERR_INTERACTION_FOREIGN;
	TRY(browser_hash(rq, id, request_browser(rq), &hash));
	if (!secret_eq(hash, ret_interaction->secret_hash))
		return ERR_INTERACTION_FOREIGN;
	request_prefer_language(rq, ret_interaction->lang);
	return 0;
}

struct opening {
	struct request *rq;
	struct interaction *interaction;
	struct visitor *visitor;
};

static int open_in(struct txn *txn, void *arg)
{
	struct opening *opening = arg;

	TRY(interaction_load(txn, opening->rq, opening->interaction));
	return session_load(txn, opening->rq, opening->visitor);
}

int interaction_open(struct request *rq, struct interaction *ret_interaction, struct visitor *ret_visitor)
{
	struct opening opening = { rq, ret_interaction, ret_visitor };

	return store_view(app_of(rq)->app->store, open_in, &opening);
}

int interaction_text(struct request *rq, struct id id, struct span *ret_text)
{
	struct buf buf = buf_new(rq->arena, 32);

	encode_base64url(&buf, (struct span){ (const char *)id.b, sizeof id.b });
	return buf_done(&buf, ret_text);
}

int interaction_url(struct request *rq, const char *path, const struct interaction *interaction, struct span *ret_url)
{
	struct buf buf = buf_new(rq->arena, 64);

	buf_add(&buf, span_of(path));
	buf_str(&buf, "?interaction=");
	encode_base64url(&buf, (struct span){ (const char *)interaction->id.b, sizeof interaction->id.b });
	return buf_done(&buf, ret_url);
}

struct span interaction_client_name(struct request *rq, const struct interaction *interaction)
{
	const struct config_client *client = config_client(app_of(rq)->config, interaction->client_id);

	if (!client)
		return (struct span){ NULL, 0 };
	return page_text(rq, &client->name);
}

void interaction_allow_target(struct request *rq, const struct interaction *interaction)
{
	if (interaction->redirect_uri.n)
		reply_allow_form_target(rq, interaction->redirect_uri);
}

/* ---- moved on */

struct situation {
	struct request *rq;
	struct interaction *interaction;
	struct visitor visitor;
	struct consent consent;
	bool has_consent;
};

static int look(struct txn *txn, void *arg)
{
	struct situation *s = arg;
	struct consent probe = { .client_id = s->interaction->client_id };

	s->has_consent = false;
	TRY(session_load(txn, s->rq, &s->visitor));
	if (!s->visitor.has_session)
		return 0;
	probe.account = s->visitor.session.account;
	int result = record_find(txn, &KIND_CONSENT, CONSENT_BY_CLIENT, &probe, s->rq->arena, &s->consent);
	s->has_consent = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

/* Somebody else is logged in than the client's id_token_hint names: for this request that is nobody. */
static int is_expected(struct situation *s, const struct config_client *client, bool *ret_expected)
{
	char sub[CLAIMS_SUB + 1];

	*ret_expected = s->visitor.has_session;
	if (!s->visitor.has_session || !s->interaction->hint_sub.n || s->interaction->reauthenticated)
		return 0;
	TRY(claims_subject(app_of(s->rq)->app->seal, client, s->visitor.facts.account.identity, sub));
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

/* The interaction is taken, so that two tabs of the same request cannot both end in a code. */
static int keep_code(struct txn *txn, void *arg)
{
	struct issue *issue = arg;
	struct situation *s = issue->s;
	struct visitor visitor;
	struct interaction taken;

	if (issue->stored) {
		int result = record_take(txn, &KIND_INTERACTION, s->interaction->id, s->rq->now, s->rq->arena, &taken);
		if (result)
			return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
		TRY(leave_mark(txn, s->rq, &taken));
	}
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
	if (scope_has(&issue->family.scopes, SPAN("idhash")))
		TRY(pseudonym_keep(txn, issue->client, &visitor.facts.account, s->rq->now));
	return record_insert(txn, &KIND_FAMILY, &issue->family);
}

struct dropping {
	struct request *rq;
	const struct interaction *interaction;
};

static int drop_in(struct txn *txn, void *arg)
{
	const struct dropping *dropping = arg;
	int result = record_del(txn, &KIND_INTERACTION, dropping->interaction->id);

	return result ? result == ERR_ABSENT ? 0 : result : leave_mark(txn, dropping->rq, dropping->interaction);
}

static int drop(struct request *rq, const struct interaction *interaction)
{
	return store_update(app_of(rq)->app->store, drop_in, &(struct dropping){ rq, interaction });
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
		TRY(drop(rq, interaction));
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
	int result = store_update(app_of(rq)->app->store, keep_code, &issue);
	if (result == ERR_LOGIN_REQUIRED)
		return interaction_refuse(rq, s->interaction, stored, result, NULL);
	TRY(result);
	return answer_client(rq, target, &(struct authorize_answer){ .code = code });
}

/* A login for its own sake ends where the person wanted to go: on the front page unless told otherwise. */
static int finish_own(struct request *rq, const struct interaction *interaction)
{
	TRY(drop(rq, interaction));
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
	if (!stored)
		TRY(interaction_keep(rq, interaction));
	TRY(interaction_url(rq, next.page, interaction, &url));
	return reply_redirect(rq, url);
}

/* ---- proved */

struct proving {
	struct request *rq;
	struct interaction *interaction;
	struct session_start start;
	const struct session_proof *proof;
	store_fn *more;
	void *arg;
	struct interaction before; /* as it was */
	bool waits;                /* for the second factor */
};

/* The first of two factors: there is no session yet. What was proved is noted, and /second-factor goes on from there. */
static int keep_first_factor(struct txn *txn, struct proving *p)
{
	struct interaction interaction = p->before;
	struct facts facts;

	TRY(facts_load(txn, p->proof->account, (struct id){ { 0 } }, p->rq->arena, &facts));
	struct gate_facts gate = facts_gate(&facts, NULL, (struct instant){ 0 }, p->rq->now);
	gate.two_factors = true; /* to be proved; everything else holds now or not at all */
	TRY(gate_check(GATE_SESSION, &gate));
	interaction.account = p->proof->account;
	interaction.method = p->proof->method;
	interaction.proof_amr = p->start.session.amr;
	interaction.proof_acr = p->proof->acr;
	interaction.proof_at = p->rq->now;
	interaction.candidates = (struct text_list){ NULL, 0 };
	interaction.link = (struct id){ { 0 } };
	interaction.failures = 0;
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int keep_proof(struct txn *txn, void *arg)
{
	struct proving *p = arg;
	struct interaction current;

	if (p->more)
		TRY(p->more(txn, p->arg));
	TRY(interaction_load_id(txn, p->rq, p->interaction->id, &current));
	p->waits = false;
	if (!session_has_two_factors(&p->start.session))
		TRY(factor_is_wanted(txn, p->rq->arena, p->proof->account, &p->waits));
	if (p->waits)
		return keep_first_factor(txn, p);
	TRY(session_keep(txn, p->rq, &p->start));
	TRY(record_put(txn, &KIND_INTERACTION, p->interaction));
	return audit_write(txn, p->rq, &(struct audit_event){ .action = "login", .actor = p->start.session.account, .client = p->interaction->client_id,
							      .detail = p->start.session.method });
}

static int refuse_login(struct txn *txn, void *arg)
{
	struct proving *p = arg;

	return audit_write(txn, p->rq, &(struct audit_event){ .action = "login", .actor = p->start.session.account, .client = p->interaction->client_id,
							      .detail = p->start.session.method, .result = ERR_DISABLED });
}

int interaction_settle(struct request *rq, struct interaction *interaction, const struct visitor *visitor, const struct session_proof *proof,
		       store_fn *more, void *arg, bool *ret_waits)
{
	struct proving p = { .rq = rq, .interaction = interaction, .proof = proof, .more = more, .arg = arg, .before = *interaction };

	TRY(session_prepare(rq, visitor, proof, &p.start));
	interaction->account = proof->account;
	interaction->session = p.start.session.id;
	/* An upstream may only have remembered its own session: what it saw before this interaction began is no new proof. */
	interaction->reauthenticated = !instant_is_set(proof->auth_time) ||
				       !instant_before(instant_add(proof->auth_time, CLOCKS_DIFFER_MS), interaction->created_at);
	interaction->account_chosen = true;
	interaction->consented = false; /* somebody else's word, perhaps */
	interaction->candidates = (struct text_list){ NULL, 0 };
	interaction->link = (struct id){ { 0 } };
	interaction->proof_amr = (struct text_list){ NULL, 0 };
	interaction->failures = 0;
	int result = store_update(app_of(rq)->app->store, keep_proof, &p);
	if (result == ERR_DISABLED)
		TRY(store_update(app_of(rq)->app->store, refuse_login, &p));
	TRY(result);
	*ret_waits = p.waits;
	if (!p.waits)
		session_send(rq, &p.start);
	return 0;
}

int interaction_proved(struct request *rq, struct interaction *interaction, const struct visitor *visitor, const struct session_proof *proof,
		       store_fn *more, void *arg)
{
	struct span url;
	bool waits;

	TRY(interaction_settle(rq, interaction, visitor, proof, more, arg, &waits));
	TRY(interaction_url(rq, waits ? "/second-factor" : "/continue", interaction, &url));
	return reply_redirect(rq, url);
}
