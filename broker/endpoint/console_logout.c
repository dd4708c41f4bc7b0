/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/console_logout.h"

#include "broker/endpoint/logout_notice.h"
#include "broker/endpoint/page.h"

#define SHOWN 5 /* of each */

struct untold {
	json_t *list;
	struct arena *arena;
	size_t n;
};

static int add(const void *record, void *arg)
{
	const struct logout_notice *notice = record;
	struct untold *u = arg;
	json_t *row = json_object();

	console_set(row, "destination", notice->client.n ? notice->client : notice->provider);
	console_set(row, "fate", span_of(logout_notice_status(notice->status)));
	console_set(row, "problem", notice->last_error);
	page_set_int(row, "attempts", notice->attempts);
	page_set_time(row, "at", notice->created_at);
	int failed = json_array_append_new(u->list, row);
	arena_reset(u->arena);
	return failed ? FAULT_MEMORY : ++u->n < SHOWN ? 0 : TXN_STOP;
}

static int list(struct txn *txn, void *arg)
{
	static const int fates[] = { LOGOUT_NOTICE_GIVEN_UP, LOGOUT_NOTICE_REFUSED, LOGOUT_NOTICE_NEEDS_BROWSER };
	struct untold *u = arg;

	json_array_clear(u->list);
	for (size_t i = 0; i < ARRAY_LEN(fates); i++) {
		struct logout_notice probe = { .status = fates[i] };

		u->n = 0;
		TRY(record_page(txn, &KIND_LOGOUT_NOTICE, LOGOUT_NOTICE_BY_STATUS, &probe, (struct record_from){ .falling = true }, u->arena, add, u));
	}
	return 0;
}

int console_logout_add(struct console *c, struct arena *scratch)
{
	struct untold u = { .list = json_array(), .arena = scratch };

	if (json_object_set_new(c->data, "untold", u.list))
		return FAULT_MEMORY;
	return store_view(app_of(c->rq)->app->store, list, &u);
}
