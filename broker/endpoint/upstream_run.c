/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/upstream_run.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/outlet.h"
#include "broker/endpoint/tally.h"
#include "conf/config.h"

#define FETCHES_MAX 8 /* in one run; the longest needs four */

int upstream_run_begin(const struct settings *settings, const struct config_provider *config, struct arena *arena, struct instant now,
		       struct instant deadline, struct upstream_run *ret_run)
{
	char *uri = arena_printf(arena, SPAN_FMT "/login/" SPAN_FMT "/callback", SPAN_ARG(settings->config->issuer), SPAN_ARG(config->id));

	if (!uri)
		return FAULT_MEMORY;
	*ret_run = (struct upstream_run){
		.settings = settings, .config = config, .deadline = deadline,
		.run = { .options = config->type.options, .arena = arena, .now = now, .id = config->id, .wants_unit = config->legal, .redirect_uri = span_of(uri) },
	};
	return encode_random_text(16, arena, &ret_run->run.random);
}

bool upstream_run_answers(const struct config_provider *config, enum provider_event_type event)
{
	return provider_of(config->type.variant)->on[event] != NULL;
}

static const struct config_breaker breaker = { .failures = 5, .pause = 30 * MS_SECOND, .pause_most = 5 * MS_MINUTE };

/* What is tried out is nobody's way yet: a wrong draft does not close a working provider, and an open breaker keeps nobody from mending it. */
static struct outlets *outlets_of(const struct upstream_run *run)
{
	return run->run.purpose == PROVIDER_TEST ? NULL : run->settings->app->outlets;
}

bool upstream_run_is_away(const struct upstream_run *run)
{
	struct outlet_state state;

	return outlet_state(run->settings->app->outlets, OUTLET_PROVIDER, run->config->id, run->run.now, &state) && state.is_open;
}

static bool is_down(int result, int status)
{
	return result == FAULT_TIMEOUT || result == FAULT_UNREACHABLE || (!result && (status == 502 || status == 503 || status == 504));
}

/* From its first question to its end a run counts as one that waits: a provider that hangs holds few threads, and after some failures none. */
struct waiting {
	bool entered, asked, failed;
};

static void leave(struct upstream_run *run, const struct waiting *waiting)
{
	enum outlet_end end = waiting->failed ? OUTLET_FAILED : waiting->asked ? OUTLET_OK : OUTLET_NOT_REACHED;

	if (waiting->entered)
		outlet_leave(outlets_of(run), OUTLET_PROVIDER, run->config->id, &breaker, end, sys_now());
}

/* Of a directory's address: what follows names a person. */
static struct span host_of(struct span url)
{
	const char *path = url.n > 8 ? memchr(url.p + 8, '/', url.n - 8) : NULL;

	return (struct span){ url.p, path ? (size_t)(path - url.p) : url.n };
}

/* Addresses without their query, which may hold codes and secrets. */
static void note(struct upstream_run *run, const struct provider_fetch *want, int result, const struct net_reply *reply, struct instant begun)
{
	struct span rest = want->url;

	trace_step(run->trace, "asked");
	trace_str(run->trace, "url", want->bind_name.n ? host_of(rest) : span_cut(&rest, '?'));
	if (result)
		trace_str(run->trace, "error", span_of(error_row(result)->code));
	else
		trace_int(run->trace, "status", reply->status);
	trace_int(run->trace, "ms", sys_now().ms - begun.ms);
	if (reply->from_cache) /* keys and metadata of the provider */
		trace_str(run->trace, "cached", SPAN("yes"));
	else if (!want->cache_ms)
		trace_answer(run->trace, "answer", reply->body);
}

static int fetch(struct upstream_run *run, const struct provider_fetch *want, struct waiting *waiting, struct provider_event *event)
{
	struct net_request request = { .method = want->method, .url = want->url, .bind_name = want->bind_name, .bind_password = want->bind_password,
				       .content_type = want->content_type, .body = want->body, .authorization = want->authorization, .accept = want->accept, .headers = want->headers, .n_headers = want->n_headers,
				       .cache_ms = want->cache_ms, .refresh = want->refresh,
				       .has_timeout = true, .timeout_ms = run->deadline.ms - sys_now().ms };
	struct net_reply reply = { 0 };
	struct instant begun = sys_now();
	int result = ERR_PROVIDER_AWAY;

	if (!waiting->entered)
		waiting->entered = outlet_enter_few(outlets_of(run), OUTLET_PROVIDER, run->config->id, run->config->calls, sys_now());
	run->away = !waiting->entered;
	if (waiting->entered)
		result = net_fetch(run->settings->net, &request, run->run.now, run->run.arena, &reply);
	if (result == FAULT_MEMORY)
		return result;
	note(run, want, result, &reply, begun);
	waiting->asked |= waiting->entered && !reply.from_cache;
	waiting->failed |= is_down(result, reply.status);
	if (!reply.from_cache && run->run.purpose != PROVIDER_TEST)
		tally_note(TALLY_CALL, run->config->id, !result && reply.status < 500, sys_now().ms - begun.ms);
	event->type = PROVIDER_FETCHED;
	event->error = result;
	event->status = reply.status;
	event->content_type = reply.content_type;
	event->body = reply.body;
	return 0;
}

static bool may_answer(enum provider_event_type event, enum provider_step_type step)
{
	static const unsigned steps[] = {
		[PROVIDER_START] = 1u << PROVIDER_REDIRECT,    [PROVIDER_CALLBACK] = 1u << PROVIDER_IDENTITY,
		[PROVIDER_FETCHED] = 0,                        [PROVIDER_LOGOUT] = 1u << PROVIDER_DONE | 1u << PROVIDER_REDIRECT,
		[PROVIDER_NOTIFIED] = 1u << PROVIDER_ENDED,    [PROVIDER_TEST] = 1u << PROVIDER_DONE,
	};

	return (steps[event] | 1u << PROVIDER_REJECT) & 1u << step;
}

static int drive(struct upstream_run *run, struct provider_event event, struct waiting *waiting, struct provider_step *ret_step)
{
	const struct provider *provider = provider_of(run->config->type.variant);
	enum provider_event_type asked = event.type;

	for (int i = 0; i < FETCHES_MAX; i++) {
		*ret_step = (struct provider_step){ 0 };
		TRY(provider_next(provider, &run->run, &event, ret_step));
		if (ret_step->type == PROVIDER_REJECT && run->away)
			ret_step->error = ERR_PROVIDER_AWAY;
		if (ret_step->type != PROVIDER_FETCH) {
			/* A redirect from a callback would send people in circles, an identity at the start would be nobody's proof. */
			return may_answer(asked, ret_step->type) ? 0 : provider_reject(ret_step, ERR_PROVIDER_FAILED, "the provider answers another question");
		}
		TRY(fetch(run, &ret_step->fetch, waiting, &event));
	}
	return provider_reject(ret_step, ERR_PROVIDER_FAILED, "the provider asks for too much");
}

int upstream_run_drive(struct upstream_run *run, struct provider_event event, struct provider_step *ret_step)
{
	struct waiting waiting = { 0 };

	if (!upstream_run_answers(run->config, event.type))
		return provider_reject(ret_step, ERR_PROVIDER_FAILED, "the provider does not know this question");
	int result = drive(run, event, &waiting, ret_step);
	leave(run, &waiting);
	return result;
}
