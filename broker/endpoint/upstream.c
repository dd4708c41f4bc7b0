/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream - third-party login: off to the upstream, back from it, and what its word is worth here (Z13).
 *
 * The provider (providers/) only says what to do next; state, nonce, PKCE, the browser's binding, fetching and its deadline are here, the same
 * for all of them. An upstream identity is found by (provider, issuer, subject) and by nothing else (security.md rule 4).
 */
#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/login_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/unit_change.h"
#include "broker/endpoint/upstream.h"
#include "broker/flow/step.h"
#include "broker/http/reply.h"
#include "broker/identity/uscc.h"
#include "broker/store/handle.h"
#include "keys/digest.h"

#define STATE_LIFE (10 * MS_MINUTE)
#define USER_AGENT_MAX 512

int upstream_begin(struct request *rq, struct upstream_way *ret_way)
{
	const struct config_provider *config = config_provider(app_of(rq)->config, request_path_param(rq, "provider"));

	if (!config || !config->enabled)
		return ERR_PROVIDER_UNKNOWN;
	*ret_way = (struct upstream_way){ .rq = rq, .config = config };
	TRY(upstream_run_begin(app_of(rq), config, rq->arena, rq->now, rq->deadline, &ret_way->run));
	struct provider_run *run = &ret_way->run.run;
	run->user_agent = request_header(rq, "User-Agent");
	if (run->user_agent.n > USER_AGENT_MAX)
		run->user_agent.n = USER_AGENT_MAX;
	run->language = request_language(rq) == LANGUAGE_EN ? SPAN("en") : SPAN("zh");
	return 0;
}

static int show_failure(struct upstream_way *way, const struct provider_step *step)
{
	LOG(LOG_WARN, "provider.rejected", F_SPAN("provider", way->config->id), F_STR("reason", step->reason), F_SPAN("upstream_error", step->upstream_error));
	return login_page_reply(way->rq, &way->interaction, &(struct login_page){ .tab = login_page_first_tab(way->rq), .error = step->error });
}

/* ---- off */

static int random_text(struct request *rq, size_t bytes, struct span *ret_text)
{
	unsigned char random[32];
	struct buf buf = buf_new(rq->arena, 48);

	sys_random(random, bytes);
	encode_base64url(&buf, (struct span){ (char *)random, bytes });
	return buf_done(&buf, ret_text);
}

static int challenge_of(struct request *rq, struct span verifier, struct span *ret_challenge)
{
	struct buf buf = buf_new(rq->arena, 48);
	unsigned char hash[32];

	TRY(digest_of(DIGEST_SHA256, hash, verifier));
	encode_base64url(&buf, (struct span){ (char *)hash, sizeof hash });
	return buf_done(&buf, ret_challenge);
}

static int put_state(struct txn *txn, void *arg)
{
	return record_insert(txn, &KIND_UPSTREAM_STATE, arg);
}

int endpoint_upstream_start(struct request *rq)
{
	struct provider_step step;
	struct upstream_way way;
	unsigned char hash[HANDLE_HASH];

	TRY(upstream_begin(rq, &way));
	TRY(interaction_open(rq, &way.interaction, &way.visitor));
	struct provider_run *run = &way.run.run;
	struct upstream_state *state = &way.state;
	*state = (struct upstream_state){ .id = record_expiring_id(instant_add(rq->now, STATE_LIFE)), .interaction = way.interaction.id,
					  .provider = way.config->id, .redirect_uri = run->redirect_uri };
	TRY(handle_new(UPSTREAM_STATE, state->id, rq->arena, &run->state, hash));
	state->secret_hash = (struct span){ (char *)hash, sizeof hash };
	TRY(random_text(rq, 16, &state->nonce));
	TRY(random_text(rq, 32, &state->verifier));
	run->nonce = state->nonce;
	/* Who must be seen anew here must be seen anew there: its own session would answer without a look. */
	if (step_has_prompt(&way.interaction, "login") || way.interaction.max_age >= 0)
		run->prompt = SPAN("login");
	else if (step_has_prompt(&way.interaction, "select_account"))
		run->prompt = SPAN("select_account");
	TRY(challenge_of(rq, state->verifier, &run->code_challenge));

	TRY(upstream_run_drive(&way.run, (struct provider_event){ .type = PROVIDER_START }, &step));
	if (step.type != PROVIDER_REDIRECT)
		return show_failure(&way, &step);
	upstream_keep_cookie(&way);
	TRY(store_update(app_of(rq)->app->store, put_state, state));
	return reply_redirect(rq, step.url);
}

/* ---- back */

static int find_link(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct external_link probe = { .provider = way->config->id, .issuer = way->identity.issuer, .subject = way->identity.subject };
	int result = record_find(txn, &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_SUBJECT, &probe, way->rq->arena, &way->link);

	way->has_link = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

static int touch_link(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct external_link link;
	int result = record_get(txn, &KIND_EXTERNAL_LINK, way->link.id, way->rq->arena, &link);

	if (result == ERR_ABSENT || (!result && !id_eq(link.account, way->link.account))) /* unlinked while the upstream was asked */
		return ERR_INTERACTION_EXPIRED;
	TRY(result);
	link.last_login_at = way->rq->now;
	if (way->identity.name.n)
		link.display_name = way->identity.name;
	return record_put(txn, &KIND_EXTERNAL_LINK, &link);
}

static int create_account(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;

	if (id_is_set(way->unit.id)) {
		struct unit_actor actor = unit_change_actor(way->rq, way->account.id);
		struct unit unit = way->unit; /* a copy: the transaction may run twice */

		TRY(unit_change_new(txn, &actor, &unit));
	}
	TRY(account_new(txn, way->rq->now, &way->account));
	TRY(event_write_account(txn, app_of(way->rq)->config, way->rq->now, way->rq->arena, CONFIG_EVENT_USER_CREATED, &way->account));
	return record_insert(txn, &KIND_EXTERNAL_LINK, &way->link);
}

static int keep_pending(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct interaction interaction;
	struct pending_link pending = { .id = way->interaction.link, .interaction = way->interaction.id, .provider = way->config->id,
					.issuer = way->identity.issuer, .subject = way->identity.subject, .display_name = way->identity.name,
					.claims = way->identity.claims, .acr = way->identity.acr };

	/* It may have ended in another tab while the upstream was asked. */
	TRY(interaction_load_id(txn, way->rq, way->interaction.id, &interaction));
	interaction.link = pending.id;
	TRY(record_insert(txn, &KIND_PENDING_LINK, &pending));
	return record_put(txn, &KIND_INTERACTION, &interaction);
}

static int find_unit(struct txn *txn, void *arg)
{
	struct upstream_way *way = arg;
	struct unit found;

	TRY(record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &way->unit, way->rq->arena, &found));
	return found.status == UNIT_DISSOLVED ? ERR_UNIT_DISSOLVED : 0;
}

/* A legal person brings its unit (J1). Where the unit is here already, its code proves nothing: ERR_EXISTS, and its account has to be proved.
 * ERR_UNIT_DISSOLVED: there is none that could be. */
static int make_unit(struct upstream_way *way)
{
	static const int states[] = { [CONFIG_LEGAL_REGISTERED] = UNIT_REGISTERED, [CONFIG_LEGAL_NEEDS_SUPPLEMENT] = UNIT_NEEDS_SUPPLEMENT,
				      [CONFIG_LEGAL_EFFECTIVE] = UNIT_EFFECTIVE };
	const struct provider_identity *identity = &way->identity;
	struct uscc uscc;

	TRY(uscc_check(identity->uscc, way->rq->arena, &uscc));
	if (!identity->unit_name.n || uscc.problem != USCC_OK)
		return ERR_PROVIDER_REJECTED;
	way->unit = (struct unit){ .uscc = uscc.code, .name = identity->unit_name, .type = identity->unit_type, .region = identity->region,
				   .status = states[way->config->legal_state], .since = way->rq->now, .created_at = way->rq->now };
	int result = store_view(app_of(way->rq)->app->store, find_unit, way);
	if (result != ERR_ABSENT)
		return result ? result : ERR_EXISTS;
	way->unit.id = sys_new_id(way->rq->now);
	way->account.namespace_ = NAMESPACE_LEGAL;
	way->account.unit = way->unit.id;
	if (!way->account.name.n)
		way->account.name = identity->unit_name;
	return 0;
}

/* New here: an account of its own where the operator allows it, else proof of an existing one. */
static int first_time(struct upstream_way *way, struct session_proof *proof)
{
	struct request *rq = way->rq;
	struct span url;

	char *source = arena_printf(rq->arena, "provider:" SPAN_FMT, SPAN_ARG(way->config->id));
	if (!source)
		return FAULT_MEMORY;
	way->account = (struct account){ .id = sys_new_id(rq->now), .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE, .name = way->identity.name,
					 .source = span_of(source) };
	int unit = way->config->legal && way->identity.is_legal ? make_unit(way) : 0;
	if (unit && unit != ERR_EXISTS)
		return unit;
	if (!way->config->create_account || unit == ERR_EXISTS) {
		way->interaction.link = record_expiring_id(record_expiry(way->interaction.id));
		TRY(store_update(app_of(rq)->app->store, keep_pending, way));
		TRY(interaction_url(rq, "/link", &way->interaction, &url));
		return reply_redirect(rq, url);
	}
	way->link = (struct external_link){ .id = sys_new_id(rq->now), .provider = way->config->id, .issuer = way->identity.issuer, .subject = way->identity.subject,
					    .account = way->account.id, .created_at = rq->now, .last_login_at = rq->now, .display_name = way->identity.name };
	proof->account = way->account.id;
	int result = interaction_proved(rq, &way->interaction, &way->visitor, proof, create_account, way);
	/* Two tabs came back at once and the other one was first: its account is the one. */
	return result == ERR_CONFLICT ? ERR_INTERACTION_EXPIRED : result;
}

static int identified(struct upstream_way *way)
{
	struct request *rq = way->rq;
	char *method = arena_printf(rq->arena, "provider:" SPAN_FMT, SPAN_ARG(way->config->id));
	struct session_proof proof = { .amr = { "ext" }, .method = span_of(method), .acr = way->identity.acr, .auth_time = way->identity.auth_time };

	if (!method)
		return FAULT_MEMORY;
	/* An upstream that only remembered its session did not see the person just now: prompt=login and max_age ask for more. */
	if (instant_before(rq->now, proof.auth_time))
		proof.auth_time = rq->now;
	TRY(store_view(app_of(rq)->app->store, find_link, way));
	if (!way->has_link)
		return first_time(way, &proof);
	proof.account = way->link.account;
	return interaction_proved(rq, &way->interaction, &way->visitor, &proof, touch_link, way);
}

/* By GET, and by POST for upstreams that answer with a form. */
int endpoint_upstream_callback(struct request *rq)
{
	struct provider_pair params[UPSTREAM_PARAMS];
	struct provider_event event;
	struct provider_step step;
	struct upstream_way way;
	bool replied;

	TRY(upstream_begin(rq, &way));
	TRY(upstream_return(&way, params, &event, &replied));
	if (replied)
		return 0;
	TRY(upstream_run_drive(&way.run, event, &step));
	if (step.type != PROVIDER_IDENTITY)
		return show_failure(&way, &step);
	way.identity = step.identity;
	int result = identified(&way);
	if (!page_is_inline(result))
		return result;
	step.error = result;
	step.reason = "the account may not log in";
	return show_failure(&way, &step);
}
