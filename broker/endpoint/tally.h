/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally - figures by the hour for the console: logins by way in, calls to upstreams, messages. One record an hour, kept for TALLY_DAYS.
 *
 * Logins are counted from the audit, which has them anyway: nothing is written for one, and nothing is lost by a restart. What is in no
 * record (calls, messages) is noted in memory and kept with them by the job, at most a minute later.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/store/record.h"

#define TALLY_EVERY MS_MINUTE
#define TALLY_DAYS 40

/* Series of the figures. Their members are named by a way in ("password", "provider:alipay"), a provider, a route. */
#define TALLY_LOGIN "login" /* [good, bad] */
#define TALLY_CALL "call"   /* [good, bad, milliseconds in all, of the slowest] */
#define TALLY_SMS "sms"     /* [good, bad] */
#define TALLY_NUMBERS 4
#define TALLY_NAME_MAX 63

/* Any thread, at any time. Further names than there is room for are counted as "other". */
void tally_note(const char *series, struct span name, bool good, int64_t ms);

/* Keep what happened since the last time. One at a time; the job does it, and who is about to look. */
MUST_USE int tally_keep(struct store *store, struct instant now);

/* The beginning of the hour. */
struct instant tally_hour(struct instant at);

/* @fn gets each hour from @from on that has figures, in order: {series: {name: [numbers]}}. */
typedef int tally_fn(struct instant hour, const json_t *figures, void *arg);
MUST_USE int tally_each(struct txn *txn, struct instant from, struct arena *arena, tally_fn *fn, void *arg);
/* The numbers of a member, zeros where there are none. */
void tally_numbers(const json_t *member, int64_t ret_numbers[TALLY_NUMBERS]);
