/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_count.h"

#include "broker/base/hours.h"

static int64_t *number(struct legacy_day *day, enum legacy_count_what what)
{
	static const size_t offsets[] = {
#define X(name) offsetof(struct legacy_day, name),
		LEGACY_DAY_COUNTS(X)
#undef X
	};

	return (int64_t *)((char *)day + offsets[what]);
}

int64_t legacy_count_of(const struct legacy_day *day, enum legacy_count_what what)
{
	struct legacy_day copy = *day;

	return *number(&copy, what);
}

struct instant legacy_count_day(struct instant now)
{
	return (struct instant){ (now.ms + CHINA_MS) / MS_DAY * MS_DAY - CHINA_MS };
}

int legacy_count_add(struct txn *txn, struct arena *arena, struct instant now, struct span source, enum legacy_count_what what)
{
	struct instant at = legacy_count_day(now);
	struct id id = record_named_id(at, SPAN("legacy_day"), source);
	struct legacy_day day;
	int result = record_get(txn, &KIND_LEGACY_DAY, id, arena, &day);

	if (result == ERR_ABSENT)
		day = (struct legacy_day){ .id = id, .at = at, .source = source };
	else
		TRY(result);
	++*number(&day, what);
	return record_put(txn, &KIND_LEGACY_DAY, &day);
}

int legacy_count_note(struct txn *txn, struct arena *arena, struct instant now, struct span source, struct span what)
{
	static const struct {
		const char *what;
		enum legacy_count_what column;
	} counted[] = { { "disputed", LEGACY_COUNT_disputed }, { "refused", LEGACY_COUNT_refused }, { "hash_destroyed", LEGACY_COUNT_expired } };

	for (size_t i = 0; i < ARRAY_LEN(counted); i++)
		if (span_is(what, counted[i].what))
			return legacy_count_add(txn, arena, now, source, counted[i].column);
	return 0;
}
