/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream - third-party login: off to the upstream, and back from it (Z13). What its word is worth here: upstream_login.c.
 */
#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/login_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/upstream.h"
#include "broker/flow/step.h"
#include "broker/http/reply.h"
#include "broker/store/handle.h"
#include "conf/config_provider.h"
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
	ret_way->run.trace = trace_of(rq);
	run->language = request_language(rq) == LANGUAGE_EN ? SPAN("en") : SPAN("zh");
	return 0;
}

struct failing {
	struct upstream_way *way;
	int error;
};

static int keep_failure(struct txn *txn, void *arg)
{
	const struct failing *f = arg;
	struct upstream_way *way = f->way;

	if (!id_is_set(way->interaction.links)) /* a way in that somebody adds is no login */
		TRY(audit_write(txn, way->rq, &(struct audit_event){ .action = "login", .client = way->interaction.client_id, .detail = way->config->id, .result = f->error }));
	return trace_keep(txn, way->rq, &way->interaction, way->has_link ? way->link.account : (struct id){ { 0 } }, f->error);
}

void upstream_note_failure(struct upstream_way *way, const struct provider_step *step)
{
	struct failing failing = { way, step->error };

	LOG(LOG_WARN, "provider.rejected", F_SPAN("provider", way->config->id), F_STR("reason", step->reason), F_SPAN("upstream_error", step->upstream_error));
	trace_step(trace_of(way->rq), "rejected");
	trace_str(trace_of(way->rq), "provider", way->config->id);
	trace_str(trace_of(way->rq), "error", span_of(error_row(step->error)->code));
	trace_str(trace_of(way->rq), "reason", span_of(step->reason));
	trace_text(trace_of(way->rq), "upstream_error", step->upstream_error);
	int result = store_update(app_of(way->rq)->app->store, keep_failure, &failing);
	if (result) /* the login has failed with it or without */
		LOG(LOG_WARN, "trace.lost", F_STR("error", error_row(result)->code));
}

/* On the login page; who was about to add a way in to their account, there. */
static int show_failure(struct upstream_way *way, const struct provider_step *step)
{
	upstream_note_failure(way, step);
	if (id_is_set(way->interaction.links))
		return upstream_add_failed(way, step->error);
	return login_page_reply(way->rq, &way->interaction, &(struct login_page){ .tab = login_page_first_tab(way->rq), .error = step->error });
}

/* ---- off */

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
	struct upstream_way *way = arg;

	TRY(record_insert(txn, &KIND_UPSTREAM_STATE, &way->state));
	return trace_keep(txn, way->rq, &way->interaction, way->interaction.account, 0);
}

static void note_start(struct upstream_way *way, struct span url)
{
	struct gathering *trace = trace_of(way->rq);

	trace_step(trace, "started");
	trace_str(trace, "provider", way->config->id);
	trace_str(trace, "type", span_of(way->config->type.variant->name));
	trace_str(trace, "url", span_cut(&url, '?'));
}

static int ask_password(struct upstream_way *way)
{
	char *path = arena_printf(way->rq->arena, "/login/" SPAN_FMT "/password", SPAN_ARG(way->config->id));
	struct span url;

	if (!path)
		return FAULT_MEMORY;
	TRY(interaction_url(way->rq, path, &way->interaction, &url));
	return reply_redirect(way->rq, url);
}

int endpoint_upstream_start(struct request *rq)
{
	struct provider_step step;
	struct upstream_way way;
	unsigned char hash[HANDLE_HASH];

	TRY(upstream_begin(rq, &way));
	TRY(interaction_open(rq, &way.interaction, &way.visitor));
	if (provider_of(way.config->type.variant)->asks_password)
		return ask_password(&way);
	struct provider_run *run = &way.run.run;
	struct upstream_state *state = &way.state;
	*state = (struct upstream_state){ .id = record_expiring_id(instant_add(rq->now, STATE_LIFE)), .interaction = way.interaction.id,
					  .provider = way.config->id, .redirect_uri = run->redirect_uri,
					  .ties = request_param(rq, "tie").n && id_is_set(way.interaction.link) };
	TRY(handle_new(UPSTREAM_STATE, state->id, rq->arena, &run->state, hash));
	state->secret_hash = (struct span){ (char *)hash, sizeof hash };
	TRY(encode_random_text(16, rq->arena, &state->nonce));
	TRY(encode_random_text(32, rq->arena, &state->verifier));
	run->nonce = state->nonce;
	/* Who must be seen anew here must be seen anew there: its own session would answer without a look. */
	if (step_has_prompt(&way.interaction, "login") || way.interaction.max_age >= 0)
		run->prompt = SPAN("login");
	else if (step_has_prompt(&way.interaction, "select_account"))
		run->prompt = SPAN("select_account");
	TRY(challenge_of(rq, state->verifier, &run->code_challenge));

	if (upstream_run_is_away(&way.run)) /* nobody is sent to where nothing answers */
		TRY(provider_reject(&step, ERR_PROVIDER_AWAY, "the provider does not answer"));
	else
		TRY(upstream_run_drive(&way.run, (struct provider_event){ .type = PROVIDER_START }, &step));
	if (step.type != PROVIDER_REDIRECT)
		return show_failure(&way, &step);
	upstream_keep_cookie(&way);
	note_start(&way, step.url);
	TRY(store_update(app_of(rq)->app->store, put_state, &way));
	return reply_redirect(rq, step.url);
}

/* ---- back */

void upstream_note_identity(struct upstream_way *way)
{
	const struct provider_identity *identity = &way->identity;
	struct gathering *trace = trace_of(way->rq);

	trace_step(trace, "identity");
	trace_str(trace, "provider", way->config->id);
	trace_str(trace, "issuer", identity->issuer);
	trace_text(trace, "subject", identity->subject);
	trace_int(trace, "acr", identity->acr);
	trace_str(trace, "level", identity->level);
	trace_str(trace, "method", identity->method);
	trace_str(trace, "kind", identity->is_legal ? SPAN("legal") : SPAN("natural"));
	trace_str(trace, "real_name", identity->real_name.n ? SPAN("verified") : SPAN(""));
	trace_str(trace, "id_number", identity->id_number.n ? SPAN("verified") : SPAN(""));
	trace_str(trace, "earlier_subject", identity->earlier_subjects[0].n || identity->earlier_subjects[1].n ? SPAN("told") : SPAN(""));
}

/* A CAS server posts the end of a session to where it sends browsers. */
static int is_notice(struct upstream_way *way, bool *ret_is)
{
	const struct provider *provider = provider_of(way->config->type.variant);
	struct provider_pair params[UPSTREAM_PARAMS];
	struct provider_event event = { .params = params };

	*ret_is = false;
	if (way->rq->method != METHOD_POST || !provider->notice)
		return 0;
	TRY(upstream_params(way->rq, params, &event.n_params));
	*ret_is = provider_param(&event, provider->notice).n > 0;
	return 0;
}

/* By GET, and by POST for upstreams that answer with a form. */
int endpoint_upstream_callback(struct request *rq)
{
	struct provider_pair params[UPSTREAM_PARAMS];
	struct provider_event event;
	struct provider_step step;
	struct upstream_way way;
	bool replied, notice;

	TRY(upstream_begin(rq, &way));
	TRY(is_notice(&way, &notice));
	if (notice)
		return endpoint_upstream_notified(rq);
	TRY(upstream_return(&way, params, &event, &replied));
	if (replied)
		return 0;
	TRY(upstream_run_drive(&way.run, event, &step));
	if (step.type != PROVIDER_IDENTITY)
		return show_failure(&way, &step);
	way.identity = step.identity;
	upstream_note_identity(&way);
	int result = upstream_identified(&way);
	if (!page_is_inline(result))
		return result;
	provider_reject(&step, result, "the account may not log in");
	return show_failure(&way, &step);
}
