/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of the console without memory: whichever allocation fails, a page is a whole page or none, nothing leaks, and what was kept is kept whole. What a
 * page shows when there is memory is the matter of tests/flows/console.test.mjs.
 */
#include "broker/base/sys.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/expiry.h"
#include "broker/endpoint/link_history.h"
#include "broker/endpoint/session.h"
#include "broker/endpoint/tally.h"
#include "broker/store/records_account.h"
#include "broker/store/records_config.h"
#include "broker/store/records_message.h"
#include "broker/store/records_staff.h"
#include "broker/store/records_system.h"
#include "broker/store/records_upstream.h"
#include "conf/config.h"
#include "providers/registry.h"
#include "tests/unit/endpoint/fixture.h"

#define MANY 4000000UL      /* more allocations than a page makes */

struct logging_in {
	struct request *rq;
	struct session_start start;
};

static int keep_session(struct txn *txn, void *arg)
{
	struct logging_in *l = arg;

	return session_keep(txn, l->rq, &l->start);
}

/* A browser in which an operator has come with both factors. */
static struct visit *operator_visit(struct world *w)
{
	struct account account = { .id = sys_new_id(w->now), .namespace_ = NAMESPACE_STAFF, .status = ACCOUNT_ACTIVE, .login_name = SPAN("op"), .login_key = SPAN("op"),
				   .name = SPAN("王五"), .created_at = w->now };
	struct appointment appointment = { .id = sys_new_id(w->now), .account = account.id, .roles = STAFF_OPERATOR, .since = w->now };
	struct factor factor = { .id = sys_new_id(w->now), .account = account.id, .type = SPAN("totp"), .secret = SPAN("12345678901234567890"), .created_at = w->now,
				 .confirmed_at = w->now };
	struct visit *visit = world_visit(w, "");
	struct logging_in l = { .rq = visit_request(visit) };
	struct visitor nobody = { 0 };

	account.identity = account.id;
	world_put(w, &KIND_ACCOUNT, &account);
	world_put(w, &KIND_APPOINTMENT, &appointment);
	world_put(w, &KIND_FACTOR, &factor);
	ck_assert_int_eq(session_prepare(l.rq, &nobody, &(struct session_proof){ .account = account.id, .amr = { "pwd", "otp", "mfa" }, .method = SPAN("password") }, &l.start), 0);
	ck_assert_int_eq(store_update(w->store, keep_session, &l), 0);
	session_send(l.rq, &l.start);
	return visit;
}

static struct config_sources sources = { .registries = registry_all };

static void make(struct world *w, enum language language)
{
	struct template_problem problem = { "" };

	world_make(w);
	sources.path = arena_printf(w->arena, "%s/yimen.yaml", w->dir);
	w->app.sources = &sources;
	ck_assert_int_eq(expiry_new(w->config, &w->settings.expiry), 0);
	w->settings.expiry->items[w->settings.expiry->n++] = (struct expiry_item){ "providers.x.app_cert", SPAN("x"), instant_add(w->now, 3 * MS_DAY) };
	ck_assert_msg(!template_set_load(NULL, &problem, &w->settings.templates), "%s", problem.text);
	visit_use_templates(w->settings.templates, language);
	world_put(w, &KIND_SMS_DAY, &(struct sms_day){ .id = record_named_id(w->now, SPAN("sms_day"), SPAN("main")), .at = w->now, .route = SPAN("main"), .accepted = 3, .cost = 135 });
	world_put(w, &KIND_AUDIT, &(struct audit){ .id = sys_new_id(w->now), .at = w->now, .actor = SPAN("x"), .action = SPAN("login"), .result = SPAN("credentials"),
						  .detail = SPAN("password"), .reference = SPAN("r") });
	tally_note(TALLY_CALL, SPAN("alipay"), true, 120);
	ck_assert_int_eq(tally_keep(w->store, w->now), 0);
}

static void drop(struct world *w)
{
	visit_use_templates(NULL, LANGUAGE_EN);
	template_set_free(w->settings.templates);
	expiry_free(w->settings.expiry);
}

/* What is answered, with the @k-th allocation failing; FAULT_MEMORY, or 0 and *@ret_status. */
static int ask(struct world *w, const struct visit *browser, const char *target, const char *form, bool in_update, unsigned long k, int *ret_status)
{
	VISIT *visit = visit_go(browser, w->now, endpoint_routes, endpoint_routes_n, target, form);
	int result = world_fail_once(w, visit_request(visit)->route->handler, visit, in_update, k);

	*ret_status = visit_status(visit);
	return result;
}

/* Allocations of this thread that answering @target takes: the one that would have failed is so many nearer. */
static unsigned long allocations(struct world *w, const struct visit *browser, const char *target)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	VISIT *visit = visit_go(browser, w->now, endpoint_routes, endpoint_routes_n, target, NULL);
	unsigned long left = 0;

	arena_fail_at(MANY);
	ck_assert_int_eq(visit_request(visit)->route->handler(visit_request(visit)), 0);
	for (; arena_alloc(arena, 1); left++)
		if (left % 10000 == 0)
			arena_reset(arena);
	arena_fail_at(0);
	ck_assert_int_eq(visit_status(visit), 200);
	return MANY - left;
}

static const char *const pages[] = {
	"/console", "/console?time=month", "/console/settings", "/console/providers", "/console/providers/a?type=alipay", "/console/clients/web", "/console/sms?type=aliyun",
	"/console/branding", "/console/legacy_sources/torch/user_types/x", "/console/versions", "/console/versions/1", "/console/versions?from=0&to=1", "/console/try",
	"/console/transfer", "/console/export", "/console/explain", "/console/explain?q=nobody",
};

START_TEST(pages_without_memory)
{
	const char *page = pages[_i];
	unsigned long failed = 0;
	int status;
	WORLD w;

	make(&w, _i % 2 ? LANGUAGE_EN : LANGUAGE_ZH);
	VISIT *browser = operator_visit(&w);
	ck_assert_int_eq(ask(&w, browser, "/console/branding", "o.name.zh=%E4%B8%80&revision=0.0&do=save", false, 0, &status), 0);
	ck_assert_int_eq(status, 303);
	unsigned long n = allocations(&w, browser, page);
	size_t versions = world_count(&w, &KIND_CONFIG_VERSION);
	for (unsigned long k = 1; k <= n; k++) {
		int result = ask(&w, browser, page, NULL, false, k, &status);

		failed += result != 0;
		ck_assert_msg(result ? status == 0 : status == 200, "%s, allocation %lu: %d, status %d", page, k, result, status);
	}
	/* The rest has another way on: a buffer that does not grow, a problem in English. */
	ck_assert_msg(failed * 10 >= n * 9 && n > 20, "%s: %lu of %lu allocations failed", page, failed, n);
	ck_assert_uint_eq(world_count(&w, &KIND_CONFIG_VERSION), versions);
	world_check(&w);
	drop(&w);
}
END_TEST

static int newest(const void *record, void *arg)
{
	const struct config_version *version = record;
	struct config_version *newest = arg;

	if (version->number > newest->number) {
		newest->number = version->number;
		newest->revision = version->revision;
	}
	return 0;
}

static int find_newest(struct txn *txn, void *arg)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);

	return record_scan(txn, &KIND_CONFIG_VERSION, (struct id){ { 0 } }, arena, newest, arg);
}

/* A draft is begun, and edited once for each form that was taken; what a failure leaves can be edited on. */
static void fail_saving(bool in_update)
{
	unsigned long failed = 0, k;
	int status;
	WORLD w;

	make(&w, LANGUAGE_ZH);
	VISIT *browser = operator_visit(&w);
	for (k = 1; k < 20000 && k - failed < 100; k++) {
		struct config_version before = { 0 }, after = { 0 };

		ck_assert_int_eq(store_view(w.store, find_newest, &before), 0);
		int result = ask(&w, browser, "/console/otp",
				 arena_printf(w.arena, "o.digits=%d&revision=%lld.%lld&do=save", before.revision & 1 ? 7 : 8, (long long)before.number, (long long)before.revision), in_update, k,
				 &status);
		ck_assert_int_eq(store_view(w.store, find_newest, &after), 0);
		failed = result ? k : failed;
		ck_assert_msg(result ? status == 0 : status == 303, "allocation %lu: %d, status %d", k, result, status);
		ck_assert_int_le(after.number, 1);
		ck_assert_int_le(after.revision, before.revision + 1);
		ck_assert_msg(result || after.revision > before.revision, "allocation %lu: told that it is saved, and is not", k);
	}
	ck_assert_msg(failed > (in_update ? 3 : 100) && k < 20000, "the last allocation that failed is %lu", failed);
	world_check(&w);
	drop(&w);
}

START_TEST(saving_without_memory)
{
	fail_saving(_i);
}
END_TEST

/* ---- what happened to somebody's third-party logins */

struct history {
	struct world *w;
	struct visit *visit;
	struct id account;
	json_t *data;
};

static int list(struct txn *txn, void *arg)
{
	struct history *h = arg;

	return link_history_add(txn, visit_request(h->visit), h->account, true, h->data);
}

START_TEST(link_history)
{
	struct id account, staff;
	size_t i;
	json_t *item;
	WORLD w;

	make(&w, LANGUAGE_ZH);
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"lisi\"}}");
	struct account found;
	ck_assert(world_account(&w, NAMESPACE_NATURAL, "lisi", &found));
	account = found.id;
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"reviewer\"}}");
	ck_assert(world_account(&w, NAMESPACE_NATURAL, "reviewer", &found));
	staff = found.id;
	const struct link_event events[] = {
		{ .what = SPAN("created"), .actor = account },
		{ .what = SPAN("level"), .evidence = SPAN("{\"from\":\"1 L1\",\"to\":\"2 L2\"}") },
		{ .what = SPAN("ended"), .actor = staff, .evidence = SPAN("{\"from\":\"冒用\"}") },
		{ .what = SPAN("created"), .account = staff, .actor = staff },
	};
	for (i = 0; i < ARRAY_LEN(events); i++) {
		struct link_event event = events[i];

		event.id = sys_new_id(instant_add(w.now, (int64_t)i));
		event.link = event.id;
		event.account = id_is_set(event.account) ? event.account : account;
		event.provider = SPAN("alipay");
		event.at = instant_add(w.now, (int64_t)i * MS_DAY);
		world_put(&w, &KIND_LINK_EVENT, &event);
	}
	static const char *const want[][4] = { { "ended", "staff", "冒用", "" }, { "level", "provider", "1 L1", "2 L2" }, { "created", "self", "", "" } };
	unsigned long k;
	for (k = 0; k < 100; k++) {
		VISIT *visit = world_visit(&w, "");
		JSON *data = json_object();

		arena_fail_at(k);
		int result = store_view(w.store, list, &(struct history){ &w, visit, account, data });
		arena_fail_at(0);
		ck_assert_int_eq(result, result ? FAULT_MEMORY : 0);
		if (result)
			continue;
		ck_assert_uint_eq(json_array_size(json_object_get(data, "link_events")), ARRAY_LEN(want));
		json_array_foreach(json_object_get(data, "link_events"), i, item) {
			ROW_SPAN("newest first", json_get_span(item, "link_what"), span_of(want[i][0]));
			ROW_SPAN("by whom", json_get_span(item, "link_by"), span_of(want[i][1]));
			ROW_SPAN("from", json_get_span(item, "link_from"), span_of(want[i][2]));
			ROW_SPAN("to", json_get_span(item, "link_to"), span_of(want[i][3]));
		}
		if (k)
			break;
	}
	ck_assert_uint_gt(k, 5);
	drop(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/console", (struct suite_test[]){ SUITE_LOOP(pages_without_memory, ARRAY_LEN(pages)), SUITE_LOOP(saving_without_memory, 2),
								    SUITE_ONCE(link_history), SUITE_END });
}
