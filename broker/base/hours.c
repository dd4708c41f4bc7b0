/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/hours.h"

bool hours_time(struct span text, int *ret_minutes)
{
	if (text.n != 5 || text.p[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (text.p[i] < '0' || text.p[i] > '9'))
			return false;
	int hour = (text.p[0] - '0') * 10 + text.p[1] - '0', minute = (text.p[3] - '0') * 10 + text.p[4] - '0';
	if (hour > 24 || minute > 59 || (hour == 24 && minute))
		return false;
	*ret_minutes = hour * 60 + minute;
	return true;
}

bool hours_parse(struct span from, struct span to, struct hours *ret_hours)
{
	struct hours hours = { 0, 0 };

	if ((from.n || to.n) && (!hours_time(from, &hours.from) || !hours_time(to, &hours.to)))
		return false;
	*ret_hours = hours;
	return true;
}

static int64_t of_day(struct instant now)
{
	int64_t ms = (now.ms + CHINA_MS) % MS_DAY;

	return ms < 0 ? ms + MS_DAY : ms;
}

bool hours_is_open(const struct hours *hours, struct instant now)
{
	int64_t minute = of_day(now) / MS_MINUTE;

	if (hours->from == hours->to)
		return true;
	if (hours->from < hours->to)
		return minute >= hours->from && minute < hours->to;
	return minute >= hours->from || minute < hours->to;
}

struct instant hours_opens(const struct hours *hours, struct instant now)
{
	if (hours_is_open(hours, now))
		return now;
	int64_t wait = hours->from * MS_MINUTE - of_day(now);
	return instant_add(now, wait < 0 ? wait + MS_DAY : wait);
}
