/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox of ended sessions: who gets a notice at which end, all or nothing whatever fails; queues of one destination, where only silence holds up those
 * behind; what waits for nobody is given up, however much it is.
 */
#include "broker/base/sys.h"
#include "broker/endpoint/session_end.h"
#include "broker/store/records_account.h"
#include "conf/config.h"
#include "tests/unit/endpoint/fixture.h"

static const struct id SESSION = { { 9, 9, 9, 9, 9, 9, 1 } }, FIRST = { { 9, 9, 9, 9, 9, 9, 2 } }, ACCOUNT = { { 1 } }, IDENTITY = { { 2 } }, LINK = { { 3 } };

struct ending {
	struct world *w;
	struct session session;
	struct logout_way way;
	struct id upstream;
	/* what is there afterwards */
	size_t n;
	struct logout_notice notices[8];
};

static int end(struct txn *txn, void *arg)
{
	struct ending *e = arg;
	const struct unit_actor actor = { .config = e->w->config, .now = e->w->now, .arena = e->w->arena };

	return session_end_by(txn, &actor, &e->session, &e->way, &e->upstream);
}

static int take(const void *record, void *arg)
{
	struct ending *e = arg;

	e->notices[e->n++] = *(const struct logout_notice *)record;
	return 0;
}

static int look(struct txn *txn, void *arg)
{
	struct ending *e = arg;

	e->n = 0;
	return record_scan(txn, &KIND_LOGOUT_NOTICE, (struct id){ { 0 } }, e->w->arena, take, e);
}

static struct span clients[] = { SPAN("web"), SPAN("deaf"), SPAN("gone"), SPAN("app") };

static void prepare(struct world *w, struct ending *e)
{
	struct account account = { .id = ACCOUNT, .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE, .login_name = SPAN("anna"), .login_key = SPAN("anna"), .identity = IDENTITY };
	struct external_link link = { .id = LINK, .provider = SPAN("province"), .issuer = SPAN("https://up.example.cn"), .subject = SPAN("S"), .account = ACCOUNT };

	world_make(w);
	world_put(w, &KIND_ACCOUNT, &account);
	world_put(w, &KIND_EXTERNAL_LINK, &link);
	*e = (struct ending){ .w = w, .session = { .id = SESSION, .account = ACCOUNT, .created_at = NOW, .first = FIRST, .clients = { clients, ARRAY_LEN(clients) },
						   .provider = SPAN("province"), .link = LINK, .upstream_sid = SPAN("there"), .upstream_token = SPAN("a.b.c") } };
	world_put(w, &KIND_SESSION, &e->session);
}

static const struct {
	const char *name;
	bool knows, browser, unlinked, signpost;
	size_t upstream, clients;
} rows[] = {
	{ "the upstream and each client that wants to know; one without an address and one that is gone get nothing", .upstream = 1, .clients = 2 },
	{ "the upstream that said so itself is not told", .knows = true, .clients = 2 },
	{ "a browser that logs out has a minute to tell the upstream itself", .browser = true, .upstream = 1, .clients = 2 },
	{ "whose link was taken away is nobody there any more", .unlinked = true, .clients = 2 },
	{ "a signpost of a session that goes on is no end", .signpost = true },
};

START_TEST(who_is_told)
{
	WORLD w;
	struct ending e;
	struct span onward = SPAN("https://rp.example.cn/bye");
	size_t upstream = 0, told = 0;

	prepare(&w, &e);
	if (rows[_i].unlinked)
		e.session.link = (struct id){ { 7 } };
	if (rows[_i].signpost)
		e.session = (struct session){ .id = SESSION, .account = ACCOUNT, .continued_by = FIRST };
	e.way = (struct logout_way){ .upstream_knows = rows[_i].knows, .onward = rows[_i].browser ? &onward : NULL };
	ck_assert_int_eq(store_update(w.store, end, &e), 0);
	ck_assert_int_eq(store_view(w.store, look, &e), 0);
	for (size_t i = 0; i < e.n; i++) {
		const struct logout_notice *notice = &e.notices[i];

		ROW_INT(rows[_i].name, notice->status, LOGOUT_NOTICE_WAITING);
		ROW_TRUE(rows[_i].name, id_eq(notice->account, ACCOUNT));
		if (notice->provider.n) {
			upstream++;
			ROW_TRUE(rows[_i].name, id_eq(notice->id, e.upstream));
			ROW_SPAN(rows[_i].name, notice->subject, SPAN("S"));
			ROW_SPAN(rows[_i].name, notice->token, SPAN("a.b.c"));
			ROW_INT(rows[_i].name, notice->next_at.ms - NOW.ms, rows[_i].browser ? MS_MINUTE : 0);
		} else {
			told++;
			ROW_TRUE(rows[_i].name, id_eq(notice->session, FIRST) && id_eq(notice->identity, IDENTITY));
			ROW_TRUE(rows[_i].name, !notice->token.n);
		}
	}
	ROW_INT(rows[_i].name, upstream, rows[_i].upstream);
	ROW_INT(rows[_i].name, told, rows[_i].clients);
	ROW_INT(rows[_i].name, id_is_set(e.upstream), rows[_i].upstream);
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION), 0);
	world_check(&w);
}
END_TEST

START_TEST(all_or_nothing)
{
	WORLD w;
	struct ending e;

	prepare(&w, &e);
	world_fail_each(&w, end, &e, 3);
	ck_assert_uint_eq(world_count(&w, &KIND_LOGOUT_NOTICE), 3);
}
END_TEST

static int sweep(struct txn *txn, void *arg)
{
	struct ending *e = arg;

	return record_sweep(txn, &KIND_SESSION, instant_add(e->w->now, 400 * 365 * MS_DAY), 10, &e->n);
}

START_TEST(expiry_tells_nobody)
{
	WORLD w;
	struct ending e;

	prepare(&w, &e);
	e.session.id = record_expiring_id(NOW);
	world_put(&w, &KIND_SESSION, &e.session);
	ck_assert_int_eq(store_update(w.store, sweep, &e), 0);
	ck_assert_uint_ge(e.n, 1);
	ck_assert_uint_eq(world_count(&w, &KIND_LOGOUT_NOTICE), 0);
}
END_TEST

/* ---- what comes of it */

static const struct {
	const char *name;
	struct logout_answer answer;
	int64_t age, attempts_before;
	int status;
	int64_t wait;
} answers[] = {
	{ "a yes", { .status = LOGOUT_NOTICE_DONE }, 0, 0, LOGOUT_NOTICE_DONE, 5 * MS_SECOND },
	{ "not yet: again in five seconds", { .status = LOGOUT_NOTICE_WAITING }, 0, 0, LOGOUT_NOTICE_WAITING, 5 * MS_SECOND },
	{ "not yet, for the fourth time", { .status = LOGOUT_NOTICE_WAITING }, 0, 3, LOGOUT_NOTICE_WAITING, 40 * MS_SECOND },
	{ "never longer than ten minutes", { .status = LOGOUT_NOTICE_WAITING }, 0, 500, LOGOUT_NOTICE_WAITING, 10 * MS_MINUTE },
	{ "not yet, and for a day", { .status = LOGOUT_NOTICE_WAITING }, MS_DAY + 1, 30, LOGOUT_NOTICE_GIVEN_UP, 10 * MS_MINUTE },
	{ "a yes after a day is a yes", { .status = LOGOUT_NOTICE_DONE }, MS_DAY + 1, 30, LOGOUT_NOTICE_DONE, 10 * MS_MINUTE },
	{ "a no", { .status = LOGOUT_NOTICE_REFUSED }, 0, 0, LOGOUT_NOTICE_REFUSED, 5 * MS_SECOND },
};

START_TEST(settled)
{
	struct logout_notice notice = { .status = LOGOUT_NOTICE_WAITING, .created_at = { NOW.ms - answers[_i].age }, .attempts = answers[_i].attempts_before };

	logout_notice_settle(&notice, &answers[_i].answer, NOW);
	ROW_INT(answers[_i].name, notice.status, answers[_i].status);
	ROW_INT(answers[_i].name, notice.attempts, answers[_i].attempts_before + 1);
	ROW_INT(answers[_i].name, notice.next_at.ms - NOW.ms, answers[_i].wait);
	ROW_INT(answers[_i].name, instant_is_set(notice.done_at), answers[_i].status != LOGOUT_NOTICE_WAITING);
}
END_TEST

/* Browser and job meet: the first one counts. */
START_TEST(kept_once)
{
	WORLD w;
	struct ending e;

	prepare(&w, &e);
	ck_assert_int_eq(store_update(w.store, end, &e), 0);
	ck_assert_int_eq(store_view(w.store, look, &e), 0);
	struct logout_notice browser = e.notices[0], job = e.notices[0];
	logout_notice_settle(&browser, &(struct logout_answer){ .status = LOGOUT_NOTICE_BROWSER }, NOW);
	logout_notice_settle(&job, &(struct logout_answer){ .status = LOGOUT_NOTICE_NEEDS_BROWSER }, NOW);
	ck_assert_int_eq(logout_notice_keep(&w.settings, &browser, 1), 0);
	ck_assert_int_eq(logout_notice_keep(&w.settings, &job, 1), 0);
	ck_assert_int_eq(world_get(&w, &KIND_LOGOUT_NOTICE, browser.id, &job), 0);
	ck_assert_int_eq(job.status, LOGOUT_NOTICE_BROWSER);
	ck_assert_uint_eq(job.token.n, 0); /* the ID token stays no longer than somebody needs it */
}
END_TEST

struct counting {
	int status;
	size_t n;
	struct arena *arena;
};

static int count_one(const void *record, void *arg)
{
	struct counting *c = arg;

	c->n++;
	arena_reset(c->arena);
	return 0;
}

static int count_status(struct txn *txn, void *arg)
{
	struct counting *c = arg;
	struct logout_notice probe = { .status = c->status };

	c->n = 0;
	return record_each(txn, &KIND_LOGOUT_NOTICE, LOGOUT_NOTICE_BY_STATUS, &probe, c->arena, count_one, c);
}

#define MANY 20000 /* more than the job's arena holds at once */

static int fill(struct txn *txn, void *arg)
{
	const struct logout_notice *like = arg;
	struct logout_notice notice = *like;

	for (int i = 0; i < 2000; i++) {
		notice.id = record_expiring_id(instant_add(notice.created_at, 7 * MS_DAY));
		TRY(record_insert(txn, &KIND_LOGOUT_NOTICE, &notice));
	}
	return 0;
}

START_TEST(waits_in_vain)
{
	static const struct {
		const char *client;
		int64_t age;
	} heaps[] = { { "web", 0 }, { "web", MS_DAY + MS_MINUTE }, { "gone", 0 } };
	static char token[600];
	WORLD w;

	world_make(&w);
	memset(token, 'x', sizeof token);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(heaps); i++)
		for (int k = 0; k < MANY / 2000; k++) {
			struct logout_notice notice = { .client = span_of(heaps[i].client), .status = LOGOUT_NOTICE_WAITING, .created_at = { NOW.ms - heaps[i].age },
							.next_at = { NOW.ms - heaps[i].age }, .token = { token, sizeof token } };

			ck_assert_int_eq(store_update(w.store, fill, &notice), 0);
		}
	ck_assert_int_eq(logout_notice_tidy(&w.settings, NOW, arena), 0);
	struct counting c = { .status = LOGOUT_NOTICE_WAITING, .arena = arena };
	ck_assert_int_eq(store_view(w.store, count_status, &c), 0);
	ck_assert_uint_eq(c.n, MANY);
	c.status = LOGOUT_NOTICE_GIVEN_UP;
	ck_assert_int_eq(store_view(w.store, count_status, &c), 0);
	ck_assert_uint_eq(c.n, 2 * MANY);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/logout", (struct suite_test[]){ SUITE_LOOP(who_is_told, ARRAY_LEN(rows)), SUITE_ONCE(all_or_nothing), SUITE_ONCE(expiry_tells_nobody), SUITE_LOOP(settled, ARRAY_LEN(answers)),
								   SUITE_ONCE(kept_once), SUITE_ONCE(waits_in_vain), SUITE_END });
}
