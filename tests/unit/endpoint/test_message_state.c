/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a message: that it goes out once, what became of it, and what is counted. */
#include "broker/base/error.h"
#include "broker/endpoint/message_state.h"
#include "conf/config.h"
#include "tests/unit/endpoint/fixture.h"

struct play {
	struct world *w;
	struct config config;
	struct sms_message message;
	struct message_reserved reserved;
	struct message_try tries[3];
	size_t n;
	struct sms_result result;
	struct sms_receipt receipt;
	struct text_message found;
	struct sms_day days[4];
	size_t n_days;
};

static const struct config_sms_route first = { .id = { "first", 5 }, .price = 45 }, second = { .id = { "second", 6 }, .price = 30 };

static struct play play(struct world *w)
{
	struct play p = { .w = w, .config = *w->config,
			  .message = { .phone = SPAN("13800138000"), .purpose = SPAN("login"), .key = SPAN("login:1"), .text = SPAN("x"), .now = NOW } };

	p.config.sms.budget = (struct config_sms_budget){ .per_phone_day = 2, .total_hour = 3, .alarm_minute = 2 };
	p.config.sms.retention = MS_DAY;
	return p;
}

static int reserve(struct txn *txn, void *arg)
{
	struct play *p = arg;

	return message_state_reserve(txn, &p->config, &p->message, p->w->arena, &p->reserved);
}

static int settle(struct txn *txn, void *arg)
{
	struct play *p = arg;

	return message_state_settle(txn, p->reserved.sms.id, p->tries, p->n, &p->result, 2, NOW, p->w->arena);
}

static int receive(struct txn *txn, void *arg)
{
	struct play *p = arg;

	return message_state_receive(txn, &first, &p->receipt, NOW, p->w->arena);
}

static int find(struct txn *txn, void *arg)
{
	struct play *p = arg;

	return message_state_find(txn, p->message.key, p->w->arena, &p->found);
}

static int take_day(const struct sms_day *day, void *arg)
{
	struct play *p = arg;

	p->days[p->n_days++] = *day;
	return 0;
}

static int list(struct txn *txn, void *arg)
{
	struct play *p = arg;

	p->n_days = 0;
	return message_state_days(txn, instant_add(NOW, -2 * MS_DAY), p->w->arena, take_day, p);
}

START_TEST(once)
{
	WORLD w;

	world_make(&w);
	struct play p = play(&w);
	ck_assert_int_eq(store_update(w.store, reserve, &p), 0);
	ck_assert(p.reserved.is_new && !p.reserved.over);
	ck_assert_int_eq(store_update(w.store, reserve, &p), 0);
	ck_assert(!p.reserved.is_new);
	ck_assert_int_eq(p.reserved.sms.status, SMS_STATUS_SENDING);
	ck_assert_uint_eq(world_count(&w, &KIND_TEXT_MESSAGE), 1);
}
END_TEST

START_TEST(budgets)
{
	static const struct {
		const char *key, *phone, *over, *alarm;
	} rows[] = { { "1", "13800138000", NULL, NULL }, { "2", "13800138000", NULL, NULL }, { "3", "13800138000", "sms.phone.day", NULL },
		     { "4", "13800138001", NULL, "sms.total.minute" }, { "5", "13800138002", "sms.total.hour", "sms.total.hour" }, { "6", "13800138003", "sms.total.hour", NULL } };
	WORLD w;

	world_make(&w);
	struct play p = play(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		p.message.key = span_of(rows[i].key);
		p.message.phone = span_of(rows[i].phone);
		ck_assert_int_eq(store_update(w.store, reserve, &p), 0);
		ROW_SPAN(rows[i].key, span_of(p.reserved.over), span_of(rows[i].over));
		ROW_SPAN(rows[i].key, span_of(p.reserved.alarm), span_of(rows[i].alarm));
		ROW_INT(rows[i].key, p.reserved.is_new, !rows[i].over);
	}
	ck_assert_uint_eq(world_count(&w, &KIND_TEXT_MESSAGE), 3);
}
END_TEST

START_TEST(what_it_came_to)
{
	static const struct {
		const char *name;
		enum sms_outcome outcomes[2];
		size_t n;
		int status;
		const char *tried;
		int64_t cost;
	} rows[] = {
		{ "taken", { SMS_ACCEPTED }, 1, SMS_STATUS_ACCEPTED, "first:accepted", 90 },
		{ "taken by the second", { SMS_UNAVAILABLE, SMS_ACCEPTED }, 2, SMS_STATUS_ACCEPTED, "first:unavailable second:accepted", 60 },
		{ "by nobody", { SMS_UNAVAILABLE, SMS_UNAVAILABLE }, 2, SMS_STATUS_FAILED, "first:unavailable second:unavailable", 0 },
		{ "perhaps by the first", { SMS_UNKNOWN, SMS_UNAVAILABLE }, 2, SMS_STATUS_UNKNOWN, "first:unknown second:unavailable", 0 },
		{ "refused", { SMS_REFUSED }, 1, SMS_STATUS_FAILED, "first:refused", 0 },
		{ "nobody was asked", { 0 }, 0, SMS_STATUS_FAILED, "", 0 },
	};
	WORLD w;

	world_make(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct play p = play(&w);

		p.config.sms.budget = (struct config_sms_budget){ 0 };
		p.message.key = span_of(rows[i].name);
		ck_assert_int_eq(store_update(w.store, reserve, &p), 0);
		p.n = rows[i].n;
		p.tries[0] = (struct message_try){ &first, rows[i].outcomes[0] };
		p.tries[1] = (struct message_try){ &second, rows[i].outcomes[1] };
		ck_assert_int_eq(store_update(w.store, settle, &p), 0);
		ck_assert_int_eq(store_view(w.store, find, &p), 0);
		ROW_INT(rows[i].name, p.found.status, rows[i].status);
		ROW_SPAN(rows[i].name, p.found.tried, span_of(rows[i].tried));
		ROW_INT(rows[i].name, p.found.cost, rows[i].cost);
	}
	struct play p = play(&w);
	ck_assert_int_eq(store_view(w.store, list, &p), 0);
	ck_assert_uint_eq(p.n_days, 2);
	const struct sms_day *day = span_is(p.days[0].route, "first") ? &p.days[0] : &p.days[1];
	ck_assert(day->accepted == 1 && day->failed == 2 && day->unknown == 1 && day->refused == 1 && day->pieces == 2 && day->cost == 90);
	world_check(&w);
}
END_TEST

/* By the carrier's number, or ours where the sending got no answer; once, and for the right phone. */
START_TEST(receipts)
{
	static const struct {
		const char *name, *id, *key, *phone;
		bool delivered;
		int result, status;
	} rows[] = {
		{ "of nobody's message", "B9", "", "13800138000", true, ERR_ABSENT, SMS_STATUS_UNKNOWN },
		{ "for another phone", "B1", "login:1", "13800138001", true, ERR_INVALID, SMS_STATUS_UNKNOWN },
		{ "by our key", "B1", "login:1", "+8613800138000", true, 0, SMS_STATUS_DELIVERED },
		{ "again", "B1", "login:1", "13800138000", false, ERR_ABSENT, SMS_STATUS_DELIVERED },
		{ "by the number that is known now", "B1", "", "13800138000", false, ERR_ABSENT, SMS_STATUS_DELIVERED },
	};
	WORLD w;

	world_make(&w);
	struct play p = play(&w);
	ck_assert_int_eq(store_update(w.store, reserve, &p), 0);
	p.n = 1;
	p.tries[0] = (struct message_try){ &first, SMS_UNKNOWN };
	ck_assert_int_eq(store_update(w.store, settle, &p), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		p.receipt = (struct sms_receipt){ .id = span_of(rows[i].id), .key = span_of(rows[i].key), .phone = span_of(rows[i].phone), .delivered = rows[i].delivered,
						  .code = SPAN("DELIVRD"), .pieces = 3 };
		ROW_INT(rows[i].name, store_update(w.store, receive, &p), rows[i].result);
		ck_assert_int_eq(store_view(w.store, find, &p), 0);
		ROW_INT(rows[i].name, p.found.status, rows[i].status);
	}
	ck_assert_int_eq(p.found.cost, 3 * 45);
	world_check(&w);
}
END_TEST

START_TEST(memory_fails_anywhere)
{
	WORLD w;

	world_make(&w);
	struct play p = play(&w);
	world_fail_each(&w, reserve, &p, 1);
	p.n = 1;
	p.tries[0] = (struct message_try){ &first, SMS_ACCEPTED };
	p.result.id = SPAN("B1");
	world_fail_each(&w, settle, &p, 1);
	p.receipt = (struct sms_receipt){ .id = SPAN("B1"), .phone = SPAN("13800138000"), .delivered = true };
	world_fail_each(&w, receive, &p, 1);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/message_state", (struct suite_test[]){ SUITE_ONCE(once), SUITE_ONCE(budgets), SUITE_ONCE(what_it_came_to), SUITE_ONCE(receipts),
									  SUITE_ONCE(memory_fails_anywhere), SUITE_END });
}
