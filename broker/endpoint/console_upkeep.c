/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/console_upkeep.h"

#include "broker/base/hours.h"
#include "broker/endpoint/expiry.h"
#include "broker/endpoint/message_state.h"
#include "broker/endpoint/page.h"
#include "broker/identity/date.h"
#include "broker/store/records_message.h"

#define ROUTES_MAX 40
#define MILS_A_YUAN 1000 /* sms.price */
#define MILS_A_FEN 10

static int add_certificates(struct console *c)
{
	const struct expiry *expiry = app_of(c->rq)->expiry;
	json_t *list = json_array();

	json_object_set_new(c->data, "certificates", list);
	for (size_t i = 0; i < expiry->n; i++) {
		const struct expiry_item *item = &expiry->items[i];
		int64_t days = expiry_days(item->until, c->rq->now);
		json_t *row = json_object();

		console_set(row, "certificate_option", span_of(item->option));
		console_set(row, "certificate_name", item->name);
		page_set_time(row, "until", item->until);
		page_set_int(row, "days_left", days < 0 ? 0 : days);
		json_object_set_new(row, "has_ended", json_boolean(days < 0));
		json_object_set_new(row, "is_soon", json_boolean(days >= 0 && item->until.ms - c->rq->now.ms < EXPIRY_SOON));
		if (json_array_append_new(list, row))
			return FAULT_MEMORY;
	}
	return 0;
}

/* ---- months of messages */

enum { THIS_MONTH, LAST_MONTH, MONTHS };

struct months {
	struct arena *arena, *scratch;
	struct instant from[MONTHS];
	struct month_of_route {
		struct span id;
		int64_t accepted[MONTHS], pieces[MONTHS], cost[MONTHS];
	} routes[ROUTES_MAX];
	size_t n;
};

static int add_day(const struct sms_day *day, void *arg)
{
	struct months *months = arg;
	int month = instant_before(day->at, months->from[THIS_MONTH]) ? LAST_MONTH : THIS_MONTH;
	size_t i = 0;

	while (i < months->n && !span_eq(months->routes[i].id, day->route))
		i++;
	if (i == ROUTES_MAX)
		return 0;
	if (i == months->n) {
		months->routes[i] = (struct month_of_route){ .id = arena_dup(months->arena, day->route) };
		if (!months->routes[i].id.p)
			return FAULT_MEMORY;
		months->n++;
	}
	months->routes[i].accepted[month] += day->accepted;
	months->routes[i].pieces[month] += day->pieces;
	months->routes[i].cost[month] += day->cost;
	arena_reset(months->scratch);
	return 0;
}

static int read_days(struct txn *txn, void *arg)
{
	struct months *months = arg;

	months->n = 0;
	return message_state_days(txn, months->from[LAST_MONTH], months->scratch, add_day, months);
}

static struct instant first_of(struct date month)
{
	month.day = 1;
	return (struct instant){ date_days(month) * MS_DAY - CHINA_MS };
}

/* To the fen, as bills are; empty where no price is configured. */
static void set_money(json_t *row, const char *key, int64_t mils)
{
	int64_t fen = (mils + MILS_A_FEN / 2) / MILS_A_FEN, yuan = MILS_A_YUAN / MILS_A_FEN;
	char text[40];

	snprintf(text, sizeof text, "%lld.%02lld", (long long)(fen / yuan), (long long)(fen % yuan));
	console_set(row, key, mils > 0 ? span_of(text) : (struct span){ NULL, 0 });
}

static int add_months(struct console *c, struct arena *scratch)
{
	struct months *months = arena_new_of(c->arena, struct months);
	json_t *list = json_array();

	json_object_set_new(c->data, "sms_months", list);
	if (!months)
		return FAULT_MEMORY;
	months->arena = c->arena;
	months->scratch = scratch;
	months->from[THIS_MONTH] = first_of(date_of(c->rq->now, CHINA_MS));
	months->from[LAST_MONTH] = first_of(date_of(instant_add(months->from[THIS_MONTH], -1), CHINA_MS));
	TRY(store_view(app_of(c->rq)->app->store, read_days, months));
	for (size_t i = 0; i < months->n; i++) {
		const struct month_of_route *route = &months->routes[i];
		json_t *row = json_object();

		console_set(row, "route", route->id);
		page_set_int(row, "n", route->accepted[THIS_MONTH]);
		page_set_int(row, "pieces", route->pieces[THIS_MONTH]);
		set_money(row, "cost", route->cost[THIS_MONTH]);
		page_set_int(row, "last_n", route->accepted[LAST_MONTH]);
		set_money(row, "last_cost", route->cost[LAST_MONTH]);
		if (json_array_append_new(list, row))
			return FAULT_MEMORY;
	}
	return 0;
}

int console_upkeep_add(struct console *c, struct arena *scratch)
{
	TRY(add_certificates(c));
	return add_months(c, scratch);
}
