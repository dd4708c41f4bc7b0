/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_live.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/admin.h"
#include "conf/config.h"
#include "providers/signed_json.h"

#include <pthread.h>
#include <stdlib.h>

#define SOURCES 32
#define NONCE_BYTES 16

struct source {
	char id[33];
	int64_t counts[LEGACY_LIVE_KINDS];
	int64_t failures; /* in a row */
	struct instant closed_until; /* the breaker */
	int64_t usual_ms;
};

struct legacy_live {
	pthread_mutex_t lock;
	struct source sources[SOURCES];
	size_t n;
};

static const char *const names[] = { "both", "neither", "only_here", "only_there", "unknown_there", "no_answer", "not_asked", "migrated" };

const char *legacy_live_kind_name(enum legacy_live_kind kind)
{
	return names[kind];
}

int legacy_live_new(struct legacy_live **ret_live)
{
	struct legacy_live *live = calloc(1, sizeof *live);

	if (!live)
		return FAULT_MEMORY;
	pthread_mutex_init(&live->lock, NULL);
	*ret_live = live;
	return 0;
}

void legacy_live_free(struct legacy_live *live)
{
	if (!live)
		return;
	pthread_mutex_destroy(&live->lock);
	free(live);
}

/* With the lock. NULL: more sources than anybody has. */
static struct source *source_of(struct legacy_live *live, struct span id)
{
	for (size_t i = 0; i < live->n; i++)
		if (span_is(id, live->sources[i].id))
			return &live->sources[i];
	if (live->n == SOURCES || id.n >= sizeof live->sources[0].id)
		return NULL;
	struct source *source = &live->sources[live->n++];
	memcpy(source->id, id.p, id.n);
	return source;
}

void legacy_live_count(struct legacy_live *live, struct span id, enum legacy_live_kind kind)
{
	if (!live)
		return;
	pthread_mutex_lock(&live->lock);
	struct source *source = source_of(live, id);
	if (source)
		source->counts[kind]++;
	pthread_mutex_unlock(&live->lock);
}

int64_t legacy_live_total(struct legacy_live *live, enum legacy_live_kind kind)
{
	int64_t total = 0;

	pthread_mutex_lock(&live->lock);
	for (size_t i = 0; i < live->n; i++)
		total += live->sources[i].counts[kind];
	pthread_mutex_unlock(&live->lock);
	return total;
}

int64_t legacy_live_usual_ms(struct legacy_live *live)
{
	int64_t most = 0;

	pthread_mutex_lock(&live->lock);
	for (size_t i = 0; i < live->n; i++)
		if (live->sources[i].usual_ms > most)
			most = live->sources[i].usual_ms;
	pthread_mutex_unlock(&live->lock);
	return most;
}

unsigned legacy_live_wait(struct legacy_live *live, struct span id, struct instant now)
{
	int64_t left = 0;

	pthread_mutex_lock(&live->lock);
	const struct source *source = source_of(live, id);
	if (source)
		left = source->closed_until.ms - now.ms;
	pthread_mutex_unlock(&live->lock);
	return left > 0 ? (unsigned)((left + MS_SECOND - 1) / MS_SECOND) : 0;
}

/* When the breaker's pause is over one question is let through, and the others wait for what comes of it. */
static bool may_ask(struct legacy_live *live, const struct legacy_live_who *who, struct instant now)
{
	bool may = true;

	pthread_mutex_lock(&live->lock);
	struct source *source = source_of(live, who->legacy.source);
	if (source && source->failures >= who->config->breaker) {
		may = !instant_before(now, source->closed_until);
		if (may)
			source->closed_until = instant_add(now, who->config->pause);
	}
	pthread_mutex_unlock(&live->lock);
	return may;
}

static void settle(struct legacy_live *live, const struct legacy_live_who *who, bool answered, struct instant began)
{
	struct instant now = sys_now();
	bool opens = false;

	pthread_mutex_lock(&live->lock);
	struct source *source = source_of(live, who->legacy.source);
	if (source && answered) {
		source->failures = 0;
		source->closed_until = (struct instant){ 0 };
		source->usual_ms = source->usual_ms ? (source->usual_ms * 7 + now.ms - began.ms) / 8 : now.ms - began.ms;
	} else if (source) {
		opens = ++source->failures == who->config->breaker;
		if (source->failures >= who->config->breaker)
			source->closed_until = instant_add(now, who->config->pause);
	}
	pthread_mutex_unlock(&live->lock);
	if (opens)
		LOG(LOG_WARN, "legacy.live.away", F_SPAN("source", who->legacy.source), F_INT("pause_ms", who->config->pause));
}

/* ---- whom, and what */

struct search {
	const struct config *config;
	const struct account *account;
	struct legacy_live_who *who;
};

static int take_row(const void *record, void *arg)
{
	const struct legacy *legacy = record;
	const struct search *search = arg;
	const struct config_legacy_source *source = config_legacy_source(search->config, legacy->source);

	if (!source || (source->live.mode != CONFIG_LIVE_SHADOW && source->live.mode != CONFIG_LIVE_MIGRATE))
		return 0;
	if (!span_eq(account_new_import(search->account), legacy->source))
		return 0;
	*search->who = (struct legacy_live_who){ &source->live, *legacy, search->account->id };
	return TXN_STOP;
}

int legacy_live_find(struct txn *txn, const struct config *config, const struct account *account, struct arena *arena, struct legacy_live_who *ret_who)
{
	struct legacy probe = { .account = account->id };
	struct legacy_live_who who = { 0 };
	struct search search = { config, account, &who };

	/* Changed here: the old system's word is over, and the new password is none of its business. */
	if (!instant_is_set(account->password_changed_at))
		TRY(record_each(txn, &KIND_LEGACY, LEGACY_BY_ACCOUNT, &probe, arena, take_row, &search));
	*ret_who = who;
	return 0;
}

bool legacy_live_has(const struct config *config, enum config_live_mode mode)
{
	for (size_t i = 0; i < config->legacy_sources.n; i++)
		if (config->legacy_sources.items[i].live.mode == (int)mode)
			return true;
	return false;
}

static int write_question(const struct legacy_live_who *who, struct span password, struct arena *arena, struct span *ret_body)
{
	struct buf buf = buf_new(arena, 512);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_int(&w, "version", 1);
	json_member_str(&w, "source", who->legacy.source);
	json_member_str(&w, "legacy_id", who->legacy.legacy_id);
	json_member_str(&w, "login_name", who->legacy.login_name);
	json_member_str(&w, "user_type", who->legacy.user_type);
	json_member_str(&w, "password", password);
	json_close(&w, '}');
	return buf_done(&buf, ret_body);
}

static const struct {
	const char *text;
	enum legacy_live_answer answer;
} answers[] = { { "match", LEGACY_LIVE_YES }, { "mismatch", LEGACY_LIVE_NO }, { "unknown", LEGACY_LIVE_NOT_KNOWN } };

static int read_answer(const struct signed_json *with, const struct net_reply *reply, struct arena *arena, enum legacy_live_answer *ret_answer,
		       const char **ret_why)
{
	JSON *payload = NULL;

	*ret_why = "a status that is not 200";
	if (reply->status != 200)
		return 0;
	int result = signed_json_open(with, reply->body, arena, &payload, ret_why);
	if (result)
		return result == ERR_SIGNATURE ? 0 : result;
	*ret_why = "a result that means nothing";
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (span_is(json_get_span(payload, "result"), answers[i].text))
			*ret_answer = answers[i].answer;
	return 0;
}

static int ask(const struct settings *settings, const struct legacy_live_who *who, struct span password, struct arena *arena, struct instant now,
	       enum legacy_live_answer *ret_answer, const char **ret_why)
{
	const struct config_live *config = who->config;
	unsigned char random[NONCE_BYTES];
	char nonce[ENCODE_BASE64URL(NONCE_BYTES) + 1];
	struct net_request request = { .method = "POST", .url = config->url, .content_type = SPAN("application/json"), .has_timeout = true,
				       .timeout_ms = config->timeout };
	struct net_reply reply;

	sys_random(random, sizeof random);
	encode_base64url_text(nonce, (struct span){ (char *)random, sizeof random });
	struct signed_json with = { .key_id = config->key_id, .secret = config->secret.bytes, .digest = DIGEST_SHA256, .nonce = span_of(nonce), .now = now };
	TRY(write_question(who, password, arena, &request.body));
	TRY(signed_json_authorization(&with, request.body, arena, &request.authorization));
	int result = net_fetch(settings->net, &request, now, arena, &reply);
	if (result == FAULT_MEMORY)
		return result;
	*ret_why = error_row(result)->code;
	return result ? 0 : read_answer(&with, &reply, arena, ret_answer, ret_why);
}

int legacy_live_ask(const struct settings *settings, const struct legacy_live_who *who, struct span password, struct arena *arena,
		    enum legacy_live_answer *ret_answer)
{
	struct legacy_live *live = settings->app->live;
	struct instant now = sys_now();
	const char *why = NULL;

	*ret_answer = LEGACY_LIVE_NO_ANSWER;
	if (!live || !may_ask(live, who, now)) {
		legacy_live_count(live, who->legacy.source, LEGACY_LIVE_SKIPPED);
		return 0;
	}
	int result = ask(settings, who, password, arena, now, ret_answer, &why);
	settle(live, who, *ret_answer != LEGACY_LIVE_NO_ANSWER, now);
	if (*ret_answer == LEGACY_LIVE_NO_ANSWER) {
		legacy_live_count(live, who->legacy.source, LEGACY_LIVE_AWAY);
		LOG(LOG_WARN, "legacy.live.no_answer", F_SPAN("source", who->legacy.source), F_STR("problem", why ? why : "memory"));
	}
	return result;
}

/* ---- the command: every source, in which mode it is and what came of asking since the start */

int admin_legacy_live(struct admin *admin, const json_t *args, struct json_writer *out)
{
	static const char *const modes[] = { "off", "shadow", "migrate", "cut" };
	const struct config_legacy_sources *sources = &admin->config->legacy_sources;
	struct legacy_live *live = admin->app->live;

	json_key(out, "sources");
	json_open(out, '[');
	for (size_t i = 0; i < sources->n; i++) {
		struct source source = { 0 };

		pthread_mutex_lock(&live->lock);
		const struct source *found = source_of(live, sources->items[i].id);
		if (found)
			source = *found;
		pthread_mutex_unlock(&live->lock);
		json_open(out, '{');
		json_member_str(out, "id", sources->items[i].id);
		json_member_str(out, "mode", span_of(modes[sources->items[i].live.mode]));
		for (int kind = 0; kind < LEGACY_LIVE_KINDS; kind++)
			json_member_int(out, names[kind], source.counts[kind]);
		json_member_int(out, "usual_ms", source.usual_ms);
		json_member_int(out, "failures_in_a_row", source.failures);
		json_member_time(out, "not_asked_until", source.closed_until);
		json_close(out, '}');
	}
	json_close(out, ']');
	return 0;
}
