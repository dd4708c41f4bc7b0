/* SPDX-License-Identifier: Apache-2.0 */
/*
 * date - a calendar day of the proleptic Gregorian calendar.
 */
#pragma once

#include "broker/base/base.h"

struct date {
	int year, month, day; /* 1, 1 is the first of January; all zero: none */
};

/* YYYYMMDD. False for anything that is no day; *@ret untouched. */
MUST_USE bool date_parse(struct span text, struct date *ret);
bool date_is_valid(struct date date);
static inline bool date_is_set(struct date date)
{
	return date.day != 0;
}
/* Negative, 0, positive as a stands before, at, after b. */
int date_compare(struct date a, struct date b);
/* The day it is at @t in the zone @offset_ms east of UTC (China: 8 * MS_HOUR). */
struct date date_of(struct instant t, int64_t offset_ms);
/* Days since 1970-01-01. */
int64_t date_days(struct date date);
/* YYYY-MM-DD; @out has room for 11. */
void date_print(struct date date, char out[11]);
