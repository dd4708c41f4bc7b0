/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/logout_notice.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/logout_client.h"
#include "broker/endpoint/logout_provider.h"
#include "broker/endpoint/upstream_run.h"
#include "broker/oauth/token.h"
#include "broker/store/records_account.h"
#include "conf/config.h"

#define KEPT (7 * MS_DAY)
#define GIVE_UP_AFTER MS_DAY
#define BACKOFF_FIRST (5 * MS_SECOND)
#define BACKOFF_MOST (10 * MS_MINUTE) /* who is up again should not go on for long with sessions that are over */
#define BROWSER_FIRST MS_MINUTE
#define BATCH 20
#define LOOK_AT 1000 /* records of one destination in one round, due or not */
#define ROUND_MS (2 * MS_SECOND) /* who takes longer has the next turn after all others */
#define PAGE 200

const char *logout_notice_status(int status)
{
	static const char *const names[] = { "", "waiting", "done", "browser", "given_up", "needs_browser", "refused" };

	return (size_t)status < ARRAY_LEN(names) ? names[status] : "";
}

bool logout_notice_wants_provider(const struct config_provider *provider)
{
	return provider && provider->enabled && provider->send_logout && upstream_run_answers(provider, PROVIDER_LOGOUT);
}

bool logout_notice_wants_client(const struct config_client *client)
{
	return client && client->enabled && client->backchannel_logout_uri.n;
}

/* ---- a session ends */

static struct logout_notice make(const struct unit_actor *actor, const struct session *session)
{
	return (struct logout_notice){ .id = record_expiring_id(instant_add(actor->now, KEPT)), .account = session->account, .status = LOGOUT_NOTICE_WAITING,
				       .created_at = actor->now, .next_at = actor->now };
}

static int add_upstream(struct txn *txn, const struct unit_actor *actor, const struct session *session, const struct span *onward, struct id *ret_id)
{
	struct logout_notice notice = make(actor, session);
	struct external_link link;

	if (!session->provider.n || !logout_notice_wants_provider(config_provider(actor->config, session->provider)))
		return 0;
	int result = record_get(txn, &KIND_EXTERNAL_LINK, session->link, actor->arena, &link);
	if (result)
		return result == ERR_ABSENT ? 0 : result; /* taken away meanwhile: nobody there is ours any more */
	notice.provider = session->provider;
	notice.subject = link.subject;
	notice.sid = session->upstream_sid;
	notice.token = session->upstream_token;
	if (onward) {
		notice.onward = *onward;
		notice.next_at = instant_add(actor->now, BROWSER_FIRST);
	}
	*ret_id = notice.id;
	return record_insert(txn, &KIND_LOGOUT_NOTICE, &notice);
}

static int add_client(struct txn *txn, const struct unit_actor *actor, const struct session *session, struct span client)
{
	struct logout_notice notice = make(actor, session);
	struct account account = { 0 };

	int result = record_get(txn, &KIND_ACCOUNT, session->account, actor->arena, &account);
	if (result && result != ERR_ABSENT) /* of somebody who is gone the session still says enough */
		return result;
	notice.client = client;
	notice.identity = account.identity;
	notice.session = token_first_session(session);
	return record_insert(txn, &KIND_LOGOUT_NOTICE, &notice);
}

int logout_notice_add(struct txn *txn, const struct unit_actor *actor, const struct session *session, const struct logout_way *way, struct id *ret_upstream)
{
	*ret_upstream = (struct id){ { 0 } };
	if (!way->upstream_knows)
		TRY(add_upstream(txn, actor, session, way->onward, ret_upstream));
	for (size_t i = 0; i < session->clients.n; i++)
		if (logout_notice_wants_client(config_client(actor->config, session->clients.items[i])))
			TRY(add_client(txn, actor, session, session->clients.items[i]));
	return 0;
}

/* ---- what came of it */

/* Twice as long each time. */
static int64_t backoff(int64_t attempts)
{
	int64_t wait = BACKOFF_FIRST;

	while (attempts-- > 1 && wait < BACKOFF_MOST)
		wait *= 2;
	return wait < BACKOFF_MOST ? wait : BACKOFF_MOST;
}

void logout_notice_settle(struct logout_notice *notice, const struct logout_answer *answer, struct instant now)
{
	bool over = now.ms - notice->created_at.ms > GIVE_UP_AFTER;

	notice->attempts++;
	notice->last_error = answer->reason;
	notice->away = answer->away;
	notice->status = answer->status == LOGOUT_NOTICE_WAITING && over ? LOGOUT_NOTICE_GIVEN_UP : answer->status;
	notice->next_at = instant_add(now, backoff(notice->attempts));
	if (notice->status != LOGOUT_NOTICE_WAITING)
		notice->done_at = now;
	if (answer->status == LOGOUT_NOTICE_WAITING || answer->status == LOGOUT_NOTICE_REFUSED)
		LOG(LOG_WARN, "logout.notice", F_SPAN("provider", notice->provider), F_SPAN("client", notice->client), F_SPAN("problem", answer->reason),
		    F_INT("attempts", notice->attempts));
}

struct keeping {
	struct logout_notice *notices;
	size_t n;
};

static int put(struct txn *txn, void *arg)
{
	struct keeping *keeping = arg;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 20);
	struct logout_notice now;

	if (!arena)
		return FAULT_MEMORY;
	for (size_t i = 0; i < keeping->n; i++) {
		struct logout_notice *notice = &keeping->notices[i];
		int result = record_get(txn, &KIND_LOGOUT_NOTICE, notice->id, arena, &now);

		if (notice->status != LOGOUT_NOTICE_WAITING)
			notice->token = (struct span){ NULL, 0 }; /* nobody needs it any more */
		if (!result && now.status == LOGOUT_NOTICE_WAITING)
			result = record_put(txn, &KIND_LOGOUT_NOTICE, notice);
		if (result && result != ERR_ABSENT)
			return result;
		arena_reset(arena);
	}
	return 0;
}

int logout_notice_keep(const struct settings *settings, struct logout_notice *notices, size_t n)
{
	struct keeping keeping = { notices, n };

	return n ? store_update(settings->app->store, put, &keeping) : 0;
}

/* ---- one destination's turn */

struct due {
	struct logout_notice items[BATCH];
	size_t n, seen;
	struct logout_notice probe;
	struct instant now;
	struct arena *arena;
};

static int take_due(const void *record, void *arg)
{
	const struct logout_notice *notice = record;
	struct due *due = arg;

	due->seen++;
	if (!instant_before(due->now, notice->next_at))
		due->items[due->n++] = *notice;
	else if (notice->away) /* its own wait is everybody's */
		return TXN_STOP;
	return due->n < BATCH && due->seen < LOOK_AT ? 0 : TXN_STOP;
}

static int find_due(struct txn *txn, void *arg)
{
	struct due *due = arg;

	due->n = due->seen = 0;
	return record_each(txn, &KIND_LOGOUT_NOTICE, due->probe.client.n ? LOGOUT_NOTICE_BY_CLIENT : LOGOUT_NOTICE_BY_PROVIDER, &due->probe, due->arena, take_due, due);
}

int logout_notice_serve(const struct settings *settings, const struct logout_destination *to, struct arena *arena)
{
	struct due *due = arena_new_of(arena, struct due);
	struct logout_answer answer = { 0 };
	size_t done = 0;

	if (!due)
		return FAULT_MEMORY;
	due->now = sys_now();
	due->arena = arena;
	due->probe = (struct logout_notice){ .status = LOGOUT_NOTICE_WAITING, .provider = to->provider ? to->provider->id : SPAN(""),
					     .client = to->client ? to->client->id : SPAN("") };
	TRY(store_view(settings->app->store, find_due, due));
	while (done < due->n && !answer.away && sys_now().ms - due->now.ms < ROUND_MS) {
		struct logout_notice *notice = &due->items[done];

		int result = to->client ? logout_client_tell(settings, to->client, notice, arena, &answer) : logout_provider_tell(settings, to->provider, notice, arena, &answer);
		if (result) /* it was not asked: the signer is away, memory is short */
			answer = (struct logout_answer){ .status = LOGOUT_NOTICE_WAITING, .reason = span_of(error_row(result)->code), .away = true };
		logout_notice_settle(notice, &answer, sys_now());
		done++;
	}
	return logout_notice_keep(settings, due->items, done);
}

/* ---- what waits in vain */

struct tidy {
	const struct settings *settings;
	struct instant now;
	struct arena *arena;
	struct id at, ids[PAGE];
	size_t n, seen;
};

static bool is_told(const struct config *config, const struct logout_notice *notice)
{
	return notice->client.n ? logout_notice_wants_client(config_client(config, notice->client)) : logout_notice_wants_provider(config_provider(config, notice->provider));
}

static int note_vain(const void *record, void *arg)
{
	const struct logout_notice *notice = record;
	struct tidy *tidy = arg;

	tidy->at = notice->id;
	if (tidy->now.ms - notice->created_at.ms > GIVE_UP_AFTER || !is_told(tidy->settings->config, notice))
		tidy->ids[tidy->n++] = notice->id;
	return ++tidy->seen < PAGE ? 0 : TXN_STOP;
}

static int find_vain(struct txn *txn, void *arg)
{
	struct tidy *tidy = arg;
	struct logout_notice probe = { .status = LOGOUT_NOTICE_WAITING };

	tidy->n = tidy->seen = 0;
	return record_page(txn, &KIND_LOGOUT_NOTICE, LOGOUT_NOTICE_BY_STATUS, &probe, (struct record_from){ .at = tidy->at }, tidy->arena, note_vain, tidy);
}

static int give_up(struct txn *txn, void *arg)
{
	struct tidy *tidy = arg;
	struct logout_notice notice;

	for (size_t i = 0; i < tidy->n; i++) {
		int result = record_get(txn, &KIND_LOGOUT_NOTICE, tidy->ids[i], tidy->arena, &notice);

		if (result == ERR_ABSENT || (!result && notice.status != LOGOUT_NOTICE_WAITING))
			continue;
		TRY(result);
		notice.status = LOGOUT_NOTICE_GIVEN_UP;
		notice.done_at = tidy->now;
		notice.token = (struct span){ NULL, 0 };
		if (!is_told(tidy->settings->config, &notice))
			notice.last_error = SPAN("not_configured");
		else if (!notice.last_error.n)
			notice.last_error = SPAN("never_its_turn");
		TRY(record_put(txn, &KIND_LOGOUT_NOTICE, &notice));
	}
	return 0;
}

int logout_notice_tidy(const struct settings *settings, struct instant now, struct arena *arena)
{
	struct tidy tidy = { .settings = settings, .now = now, .arena = arena };
	size_t total = 0;

	do {
		arena_reset(arena); /* one page at a time is in it */
		TRY(store_view(settings->app->store, find_vain, &tidy));
		if (tidy.n)
			TRY(store_update(settings->app->store, give_up, &tidy));
		total += tidy.n;
	} while (tidy.seen == PAGE);
	if (total)
		LOG(LOG_WARN, "logout.given_up", F_INT("notices", (int64_t)total));
	return 0;
}
