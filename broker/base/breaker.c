/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/breaker.h"

#define PROBE_MS MS_MINUTE /* longer than any call may take */

bool breaker_is_open(const struct breaker *breaker, struct instant now)
{
	return breaker->pause_ms && instant_before(now, breaker->open_until);
}

bool breaker_enter(struct breaker *breaker, struct instant now)
{
	if (!breaker->pause_ms)
		return true;
	if (instant_before(now, breaker->open_until) || instant_before(now, breaker->probe_until))
		return false;
	breaker->probe_until = instant_add(now, PROBE_MS);
	return true;
}

void breaker_cancel(struct breaker *breaker)
{
	breaker->probe_until = (struct instant){ 0 };
}

void breaker_leave(struct breaker *breaker, const struct breaker_rule *rule, bool ok, struct instant now)
{
	if (ok) {
		*breaker = (struct breaker){ 0 };
		return;
	}
	breaker->failed++;
	breaker_cancel(breaker);
	if (breaker->failed < rule->failures || breaker_is_open(breaker, now)) /* those that were under way when it opened say nothing new */
		return;
	int64_t pause = breaker->pause_ms ? 2 * breaker->pause_ms : rule->pause_ms;
	breaker->pause_ms = pause < rule->pause_most_ms ? pause : rule->pause_most_ms;
	breaker->open_until = instant_add(now, breaker->pause_ms);
}
