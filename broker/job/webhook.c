/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/job/webhook.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/event.h"
#include "broker/endpoint/subject.h"
#include "broker/job/ticker.h"
#include "broker/oauth/claims.h"
#include "broker/store/records_event.h"
#include "conf/config.h"
#include "keys/digest.h"

#include <stdlib.h>

#define ARENA ((size_t)4 * 1024 * 1024)
#define TICK_MS 500
#define ROUND 100 /* events posted to one receiver before the next has its turn */
#define SWEEP_BATCH 500
#define SWEEP_EVERY (10 * MS_MINUTE)
#define BACKOFF_FIRST (5 * MS_SECOND)
#define SECRET_PREFIX "whsec_"

struct webhook {
	struct app *app;
	struct ticker *ticker;
	struct arena *arena;
	struct instant swept;
};

/* One receiver in one round. */
struct post {
	const struct settings *settings;
	const struct config_webhook *to;
	struct arena *arena;
	struct instant now;
	struct delivery place;
	bool has_place;
	struct event event; /* identity and other as the receiver knows them */
	bool has_event;
};

int64_t webhook_backoff(int64_t attempts)
{
	int64_t wait = BACKOFF_FIRST;

	while (attempts-- > 1 && wait < MS_HOUR)
		wait *= 2;
	return wait < MS_HOUR ? wait : MS_HOUR;
}

int webhook_sign(struct span secret, struct span id, struct span timestamp, struct span body, struct arena *arena, struct span *ret_signature)
{
	struct buf buf = buf_new(arena, 64);
	unsigned char mac[DIGEST_MAX];
	struct span key = secret;

	if (span_starts(secret, SPAN(SECRET_PREFIX)))
		TRY(encode_base64_decode((struct span){ secret.p + sizeof SECRET_PREFIX - 1, secret.n - sizeof SECRET_PREFIX + 1 }, arena, &key));
	TRY(digest_hmac(DIGEST_SHA256, key, mac, id, SPAN("."), timestamp, SPAN("."), body));
	buf_str(&buf, "v1,");
	encode_base64(&buf, (struct span){ (const char *)mac, 32 });
	return buf_done(&buf, ret_signature);
}

/* ---- the log */

static int take_event(const void *record, void *arg)
{
	struct post *post = arg;

	post->event = *(const struct event *)record;
	post->has_event = true;
	return TXN_STOP;
}

/* Whom the receiver's client knows the person as. */
static int know(struct txn *txn, struct post *post)
{
	const struct config_client *client = config_client(post->settings->config, post->to->client);

	if (client && id_is_set(post->event.identity))
		TRY(subject_of_id(txn, client, post->event.identity, post->arena, &post->event.identity));
	if (client && id_is_set(post->event.other))
		TRY(subject_of_id(txn, client, post->event.other, post->arena, &post->event.other));
	return 0;
}

static int look(struct txn *txn, void *arg)
{
	struct post *post = arg;
	struct delivery probe = { .webhook = post->to->id };
	int result = record_find(txn, &KIND_DELIVERY, DELIVERY_BY_WEBHOOK, &probe, post->arena, &post->place);

	post->has_place = result == 0;
	post->has_event = false;
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(record_scan(txn, &KIND_EVENT, event_id(post->place.settled + 1), post->arena, take_event, post));
	return post->has_event ? know(txn, post) : 0;
}

/* A new receiver is told of what happens from now on. */
static int begin_here(struct txn *txn, void *arg)
{
	struct post *post = arg;
	struct delivery place = { .id = sys_new_id(post->now), .webhook = post->to->id };

	TRY(event_newest(txn, post->arena, &place.settled));
	return record_insert(txn, &KIND_DELIVERY, &place);
}

static int put_place(struct txn *txn, void *arg)
{
	struct post *post = arg;

	return record_put(txn, &KIND_DELIVERY, &post->place);
}

static int give_up(struct txn *txn, void *arg)
{
	struct post *post = arg;

	TRY(put_place(txn, arg));
	return audit_write_operator(txn, post->now, &(struct audit_event){ .action = "webhook.give_up", .subject = post->to->id, .detail = post->event.type });
}

/* ---- one post */

static bool is_wanted(const struct post *post)
{
	for (unsigned i = 0; i < 32 && post->to->events >> i; i++)
		if (post->to->events >> i & 1 && span_is(post->event.type, config_event_name((enum config_event)i)))
			return true;
	return post->to->events == 0;
}

/* A client that a reload has removed is told no sub at all. */
static int print_sub(const struct post *post, struct json_writer *w)
{
	static const struct config_client anyone = { .subject = CONFIG_SUBJECT_PUBLIC };
	const struct config_client *client = post->to->client.n ? config_client(post->settings->config, post->to->client) : &anyone;
	char sub[CLAIMS_SUB + 1];

	if (!client || !id_is_set(post->event.identity))
		return 0;
	TRY(claims_subject(post->settings->app->seal, client, post->event.identity, sub));
	json_member_str(w, "sub", span_of(sub));
	if (!id_is_set(post->event.other) || id_eq(post->event.other, post->event.identity))
		return 0;
	TRY(claims_subject(post->settings->app->seal, client, post->event.other, sub));
	json_member_str(w, "other_sub", span_of(sub));
	return 0;
}

static int print_body(const struct post *post, struct span *ret_body)
{
	struct buf buf = buf_new(post->arena, 512);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_str(&w, "type", post->event.type);
	json_member_time(&w, "timestamp", post->event.at);
	json_key(&w, "data");
	json_open(&w, '{');
	TRY(print_sub(post, &w));
	if (post->event.data.n)
		json_raw(&w, post->event.data);
	json_close(&w, '}');
	json_close(&w, '}');
	return buf_done(&buf, ret_body);
}

/* 0 taken; otherwise *@ret_reason says why not. */
static int send_event(const struct post *post, struct span *ret_reason)
{
	char *id = arena_printf(post->arena, "evt_%lld", (long long)event_number(post->event.id));
	char *timestamp = arena_printf(post->arena, "%lld", (long long)(post->now.ms / MS_SECOND));
	struct span body, signature;
	struct net_reply reply;

	if (!id || !timestamp)
		return FAULT_MEMORY;
	TRY(print_body(post, &body));
	int result = webhook_sign(post->to->secret.bytes, span_of(id), span_of(timestamp), body, post->arena, &signature);
	*ret_reason = SPAN("the secret is no base64");
	TRY(result);
	const struct fetch_header headers[] = { { "webhook-id", span_of(id) }, { "webhook-timestamp", span_of(timestamp) }, { "webhook-signature", signature } };
	struct net_request request = { .method = "POST", .url = post->to->url, .content_type = SPAN("application/json"), .body = body,
				       .headers = headers, .n_headers = ARRAY_LEN(headers) };
	result = net_fetch(post->settings->net, &request, post->now, post->arena, &reply);
	*ret_reason = span_of(error_row(result)->code);
	if (result || (reply.status >= 200 && reply.status < 300))
		return result;
	char *text = arena_printf(post->arena, "status %d", reply.status);
	*ret_reason = text ? span_of(text) : SPAN("status");
	return ERR_PROVIDER_FAILED;
}

static int settle(struct post *post)
{
	post->place.settled = event_number(post->event.id);
	post->place.attempts = 0;
	post->place.next_at = (struct instant){ 0 };
	return store_update(post->settings->app->store, put_place, post);
}

/* What a receiver does not take stays at the head of its queue, so that order is kept, until its time has passed. */
static int postpone(struct post *post, struct span reason)
{
	const struct config_events *config = &post->settings->config->events;

	LOG(LOG_WARN, "webhook.refused", F_SPAN("webhook", post->to->id), F_SPAN("problem", reason), F_INT("attempts", post->place.attempts + 1));
	post->place.last_error = reason;
	if (post->now.ms - post->event.at.ms < config->give_up_after) {
		post->place.attempts++;
		post->place.next_at = instant_add(post->now, webhook_backoff(post->place.attempts));
		return store_update(post->settings->app->store, put_place, post);
	}
	post->place.settled = event_number(post->event.id);
	post->place.attempts = 0;
	post->place.given_up++;
	return store_update(post->settings->app->store, give_up, post);
}

/* True: there may be more for this receiver now. */
static int post_next(struct post *post, bool *ret_more)
{
	struct store *store = post->settings->app->store;
	struct span reason = { NULL, 0 };

	*ret_more = false;
	TRY(store_view(store, look, post));
	if (!post->has_place)
		return store_update(store, begin_here, post);
	if (!post->has_event || instant_before(post->now, post->place.next_at))
		return 0;
	*ret_more = true;
	if (!is_wanted(post))
		return settle(post);
	if (send_event(post, &reason)) {
		*ret_more = false;
		return postpone(post, reason);
	}
	post->place.done_at = post->now;
	post->place.last_error = (struct span){ NULL, 0 };
	return settle(post);
}

/* ---- what is too old */

struct sweep {
	struct arena *arena;
	struct instant until;
	struct id ids[SWEEP_BATCH];
	size_t n;
};

static int note_old(const void *record, void *arg)
{
	const struct event *event = record;
	struct sweep *sweep = arg;

	if (sweep->n == SWEEP_BATCH || !instant_before(event->at, sweep->until))
		return TXN_STOP;
	sweep->ids[sweep->n++] = event->id;
	return 0;
}

static int cut_old(struct txn *txn, void *arg)
{
	struct sweep *sweep = arg;

	sweep->n = 0;
	TRY(record_scan(txn, &KIND_EVENT, (struct id){ { 0 } }, sweep->arena, note_old, sweep));
	for (size_t i = 0; i < sweep->n; i++)
		TRY(record_del(txn, &KIND_EVENT, sweep->ids[i]));
	return 0;
}

static int sweep_events(struct webhook *webhook, const struct settings *settings, struct instant now)
{
	struct sweep sweep = { .arena = webhook->arena, .until = { now.ms - settings->config->events.retention } };

	do {
		arena_reset(webhook->arena); /* one batch at a time is in it: however many events are over */
		TRY(store_update(webhook->app->store, cut_old, &sweep));
	} while (sweep.n == SWEEP_BATCH);
	return 0;
}

/* ---- its own pace */

static void serve(struct webhook *webhook, struct ticker *ticker, const struct settings *settings, const struct config_webhook *to)
{
	bool more = to->enabled;

	for (int i = 0; i < ROUND && more && !ticker_is_stopping(ticker); i++) {
		struct post post = { .settings = settings, .to = to, .arena = webhook->arena, .now = sys_now() };
		int result = post_next(&post, &more);

		arena_reset(webhook->arena);
		if (result) {
			LOG(LOG_WARN, "job.failed", F_STR("job", "webhook"), F_STR("error", error_row(result)->code));
			return;
		}
	}
}

static void tick(struct ticker *ticker, void *arg)
{
	struct webhook *webhook = arg;
	APP_SETTINGS *settings = app_settings(webhook->app);
	const struct config_webhooks *webhooks = &settings->config->webhooks;
	struct instant now = sys_now();

	for (size_t i = 0; i < webhooks->n; i++)
		serve(webhook, ticker, settings, &webhooks->items[i]);
	if (now.ms - webhook->swept.ms < SWEEP_EVERY)
		return;
	webhook->swept = now;
	int result = sweep_events(webhook, settings, now);
	if (result)
		LOG(LOG_WARN, "job.failed", F_STR("job", "events"), F_STR("error", error_row(result)->code));
	arena_reset(webhook->arena);
}

int webhook_start(struct app *app, struct webhook **ret_webhook)
{
	struct webhook *webhook = calloc(1, sizeof *webhook);
	int result = FAULT_MEMORY;

	if (webhook)
		*webhook = (struct webhook){ .app = app, .arena = arena_new(ARENA) };
	if (webhook && webhook->arena)
		result = ticker_start("webhook", TICK_MS, tick, webhook, &webhook->ticker);
	if (result)
		webhook_stop(webhook);
	else
		*ret_webhook = webhook;
	return result;
}

void webhook_stop(struct webhook *webhook)
{
	if (!webhook)
		return;
	ticker_stop(webhook->ticker);
	arena_free(webhook->arena);
	free(webhook);
}
