/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_return - the browser comes back from an upstream, with a redirect or with a form: to which run does it belong?
 */
#include "broker/base/url.h"
#include "broker/endpoint/upstream.h"
#include "broker/http/reply.h"
#include "broker/http/server.h"
#include "broker/store/handle.h"
#include "conf/config_provider.h"

#define COOKIE "upstream"
#define POSTED "yimen_posted" /* the handle of what was posted */
#define POST_PURPOSE "upstream-post"
#define POST_LIFE MS_MINUTE
#define POST_MAX ((size_t)16 * 1024)
#define COOKIE_LIFE 600 /* seconds: as long as a run */

/* Every parameter of @text, each name once. */
static int collect(struct request *rq, struct span text, struct provider_pair *pairs, size_t *ret_n)
{
	struct span rest = text, name, value;
	int error = 0;
	size_t n = 0;

	while (url_next_pair(&rest, rq->arena, &name, &value, &error)) {
		for (size_t i = 0; i < n; i++)
			if (span_eq(pairs[i].name, name))
				return ERR_DUPLICATE_PARAMETER;
		if (n == UPSTREAM_PARAMS)
			return ERR_TOO_LARGE;
		pairs[n++] = (struct provider_pair){ name, value };
	}
	*ret_n = n;
	return error > 0 ? ERR_INVALID_REQUEST : error;
}

/* ---- the run's handle: handed back by the upstream, else in the cookie */

void upstream_keep_cookie(struct upstream_way *way)
{
	if (provider_of(way->config->type.variant)->state)
		reply_cookie(way->rq, http_cookie_name(way->rq->server, COOKIE), way->run.run.state, COOKIE_LIFE, 0);
}

static struct span returned_state(const struct upstream_way *way, const struct provider_event *event)
{
	const struct provider *provider = provider_of(way->config->type.variant);

	return provider->state ? provider->state(way->run.run.options, event, way->rq->arena) : provider_param(event, "state");
}

static struct span cookie_state(const struct upstream_way *way)
{
	if (!provider_of(way->config->type.variant)->state)
		return (struct span){ NULL, 0 };
	return request_cookie(way->rq, http_cookie_name(way->rq->server, COOKIE));
}

/* ---- posted */

struct posting {
	struct upstream_way *way;
	struct handle handle; /* of the run, where the upstream hands it back; else of the post */
	struct upstream_post post;
};

static int is_of_run(struct txn *txn, void *arg)
{
	struct posting *posting = arg;
	struct upstream_way *way = posting->way;
	int result = record_get_live(txn, &KIND_UPSTREAM_STATE, posting->handle.id, way->rq->now, way->rq->arena, &way->state);

	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	bool fits = handle_matches(UPSTREAM_STATE, &posting->handle, way->state.secret_hash) && span_eq(way->state.provider, way->config->id);
	return fits ? 0 : ERR_INTERACTION_EXPIRED;
}

static int put_post(struct txn *txn, void *arg)
{
	return record_insert(txn, &KIND_UPSTREAM_POST, arg);
}

/* A form from another site comes without our cookies: it is kept, and the browser is sent here once more, by GET. */
static int keep_post(struct posting *posting, struct span state, struct span text)
{
	struct upstream_way *way = posting->way;
	struct request *rq = way->rq;
	struct upstream_post *post = &posting->post;
	unsigned char hash[HANDLE_HASH];
	struct span handle;

	if (text.n > POST_MAX)
		return ERR_TOO_LARGE;
	/* Nothing is kept that belongs to no run, as far as that can be seen already. */
	if (state.n || !provider_of(way->config->type.variant)->state) {
		if (handle_parse(state, rq->arena, &posting->handle))
			return ERR_INTERACTION_EXPIRED;
		TRY(store_view(app_of(rq)->app->store, is_of_run, posting));
	}
	*post = (struct upstream_post){ .id = record_expiring_id(instant_add(rq->now, POST_LIFE)), .provider = way->config->id, .text = text };
	TRY(handle_new(POST_PURPOSE, post->id, rq->arena, &handle, hash));
	post->secret_hash = (struct span){ (char *)hash, sizeof hash };
	TRY(store_update(app_of(rq)->app->store, put_post, post));
	char *url = arena_printf(rq->arena, "/login/" SPAN_FMT "/callback?" POSTED "=" SPAN_FMT, SPAN_ARG(way->config->id), SPAN_ARG(handle));
	return url ? reply_redirect(rq, span_of(url)) : FAULT_MEMORY;
}

static int take_post(struct txn *txn, void *arg)
{
	struct posting *posting = arg;
	struct upstream_way *way = posting->way;
	int result = record_take(txn, &KIND_UPSTREAM_POST, posting->handle.id, way->rq->now, way->rq->arena, &posting->post);

	return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
}

/* The browser is here again, with its cookies: what it had posted becomes the event's parameters. */
static int open_post(struct upstream_way *way, struct span handle, struct provider_pair *params, size_t *ret_n)
{
	struct posting posting = { .way = way };

	if (handle_parse(handle, way->rq->arena, &posting.handle))
		return ERR_INTERACTION_EXPIRED;
	TRY(store_update(app_of(way->rq)->app->store, take_post, &posting));
	if (!handle_matches(POST_PURPOSE, &posting.handle, posting.post.secret_hash) || !span_eq(posting.post.provider, way->config->id))
		return ERR_INTERACTION_EXPIRED;
	return collect(way->rq, posting.post.text, params, ret_n);
}

/* ---- back */

static int take_state(struct txn *txn, void *arg)
{
	struct posting *posting = arg;
	struct upstream_way *way = posting->way;
	int result = record_take(txn, &KIND_UPSTREAM_STATE, posting->handle.id, way->rq->now, way->rq->arena, &way->state);

	if (result)
		return result == ERR_ABSENT ? ERR_INTERACTION_EXPIRED : result;
	TRY(interaction_load_id(txn, way->rq, way->state.interaction, &way->interaction));
	return session_load(txn, way->rq, &way->visitor);
}

static int take_run(struct upstream_way *way, struct span state)
{
	struct posting posting = { .way = way };

	way->by_cookie = !state.n;
	if (way->by_cookie) {
		state = cookie_state(way);
		reply_cookie(way->rq, http_cookie_name(way->rq->server, COOKIE), SPAN(""), -1, 0);
	}
	if (handle_parse(state, way->rq->arena, &posting.handle))
		return ERR_INTERACTION_EXPIRED;
	TRY(store_update(app_of(way->rq)->app->store, take_state, &posting));
	if (!handle_matches(UPSTREAM_STATE, &posting.handle, way->state.secret_hash) || !span_eq(way->state.provider, way->config->id))
		return ERR_INTERACTION_EXPIRED;
	way->run.run.nonce = way->state.nonce;
	way->run.run.verifier = way->state.verifier;
	return 0;
}

static int whole_text(struct request *rq, struct span *ret_text)
{
	*ret_text = rq->query;
	if (rq->method == METHOD_POST && rq->body.n)
		*ret_text = span_of(arena_printf(rq->arena, SPAN_FMT "%s" SPAN_FMT, SPAN_ARG(rq->query), rq->query.n ? "&" : "", SPAN_ARG(rq->body)));
	return ret_text->p || !ret_text->n ? 0 : FAULT_MEMORY;
}

int upstream_params(struct request *rq, struct provider_pair params[UPSTREAM_PARAMS], size_t *ret_n)
{
	struct span text;

	TRY(whole_text(rq, &text));
	return collect(rq, text, params, ret_n);
}

int upstream_return(struct upstream_way *way, struct provider_pair params[UPSTREAM_PARAMS], struct provider_event *ret_event, bool *ret_replied)
{
	struct request *rq = way->rq;
	struct provider_event event = { .type = PROVIDER_CALLBACK, .params = params };
	struct span text;

	*ret_replied = false;
	TRY(whole_text(rq, &text));
	TRY(collect(rq, text, params, &event.n_params));
	if (rq->method == METHOD_POST) {
		*ret_replied = true;
		return keep_post(&(struct posting){ .way = way }, returned_state(way, &event), text);
	}
	struct span posted = provider_param(&event, POSTED);
	if (posted.n)
		TRY(open_post(way, posted, params, &event.n_params));
	TRY(take_run(way, returned_state(way, &event)));
	*ret_event = event;
	return 0;
}
