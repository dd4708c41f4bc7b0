/* SPDX-License-Identifier: Apache-2.0 */
/* The event log's own housekeeping: however many events are over, they go. */
#include "broker/base/sys.h"
#include "broker/job/webhook.h"
#include "broker/store/records_event.h"
#include "tests/unit/endpoint/fixture.h"

#include <unistd.h>

#define MANY 60000 /* more than the job's arena holds at once */
#define PATIENCE_MS 8000

struct log {
	struct instant at;
	uint64_t from, until;
};

static int fill(struct txn *txn, void *arg)
{
	struct log *log = arg;

	for (uint64_t i = log->from; i < log->until; i++) {
		struct event event = { .at = log->at, .type = SPAN("membership.active"),
					.data = SPAN("\"unit\":\"0196c0de-0000-7000-8000-000000000000\",\"role\":\"member\"") };

		for (int k = 0; k < 8; k++)
			event.id.b[k] = (unsigned char)((i + 1) >> (56 - 8 * k));
		TRY(record_insert(txn, &KIND_EVENT, &event));
	}
	return 0;
}

START_TEST(all_that_is_over_goes_in_one_sweep)
{
	WORLD w;
	struct webhook *webhook;
	struct instant now = sys_now();

	world_make(&w);
	for (uint64_t i = 0; i < MANY; i += 2000) {
		struct log old = { instant_add(now, -40 * MS_DAY), i, i + 2000 };

		ck_assert_int_eq(store_update(w.store, fill, &old), 0);
	}
	struct log fresh = { now, MANY, MANY + 3 };
	ck_assert_int_eq(store_update(w.store, fill, &fresh), 0);
	ck_assert_int_eq(webhook_start(&w.app, &webhook), 0);
	while (world_count(&w, &KIND_EVENT) > 3 && sys_now().ms - now.ms < PATIENCE_MS)
		usleep(400000);
	webhook_stop(webhook);
	ck_assert_uint_eq(world_count(&w, &KIND_EVENT), 3);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/webhook", (struct suite_test[]){ SUITE_ONCE(all_that_is_over_goes_in_one_sweep), SUITE_END });
}
