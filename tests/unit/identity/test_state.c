/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "broker/identity/acr.h"
#include "broker/identity/codelist.h"
#include "broker/identity/realname.h"
#include "broker/store/records_account.h"
#include "tests/unit/suite.h"

#define STATES (REALNAME_EXPIRED + 1)

/* domain.md 1.5 as stories: states and events in turn, "from event to event to …"; a state "-" means the event is refused */
static const char *const realname_stories[] = {
	"none submit checking match verified",
	"none submit checking mismatch failed edit checking match verified",
	"checking unavailable deferred retry checking match verified",
	"failed upload manual_pending approve verified",
	"failed upload manual_pending reject failed edit checking",
	"checking not_checkable manual_pending upload manual_pending approve verified",
	"verified edit none submit checking",
	"verified expire expired submit checking",
	"deferred edit checking match verified",
	"manual_pending edit checking mismatch failed",
	"none match -",
	"none approve -",
	"failed match -",
	"failed approve -",
	"deferred match -",
	"checking approve -",
	"manual_pending match -",
	"verified match -",
	"verified submit -",
	"expired match -",
};

static struct span word(struct span *text)
{
	return span_cut(text, ' ');
}

START_TEST(real_name)
{
	struct span story = span_of(realname_stories[_i]);
	int state, next = STATES;

	ck_assert_msg(realname_state_of(word(&story), &state), "%s", realname_stories[_i]);
	while (story.p) {
		struct span name = word(&story), to = word(&story);
		int event = 0;

		while (event < REALNAME_EVENT_COUNT && !span_is(name, realname_event_name((enum realname_event)event)))
			event++;
		ck_assert_msg(event < REALNAME_EVENT_COUNT, "%s", realname_stories[_i]);
		int result = realname_next(state, (enum realname_event)event, &next);
		if (span_is(to, "-")) {
			ROW_INT(realname_stories[_i], result, ERR_CONFLICT);
			ROW_INT(realname_stories[_i], next, STATES);
			return;
		}
		ROW_INT(realname_stories[_i], result, 0);
		ROW_SPAN(realname_stories[_i], span_of(realname_state_name(next)), to);
		state = next;
	}
}
END_TEST

START_TEST(only_a_match_or_an_approval_verifies)
{
	for (int s = 0; s < STATES; s++)
		for (int e = 0; e < REALNAME_EVENT_COUNT; e++) {
			int to;

			if (realname_next(s, (enum realname_event)e, &to) == 0 && to == REALNAME_VERIFIED)
				ck_assert((s == REALNAME_CHECKING && e == REALNAME_ON_MATCH) ||
					  (s == REALNAME_MANUAL_PENDING && e == REALNAME_ON_APPROVE));
		}
}
END_TEST

START_TEST(state_names_go_both_ways)
{
	int r;

	for (int i = 0; i < STATES; i++)
		ck_assert(realname_state_of(span_of(realname_state_name(i)), &r) && r == i);
	ck_assert(!realname_state_of(SPAN("x"), &r));
}
END_TEST

/* domain.md 3.9 */
static const struct {
	const char *platform, *level;
	int want; /* -1: unknown */
} levels[] = {
	{ "zhejiang-person", "1", 0 }, { "zhejiang-person", "2", 2 }, { "zhejiang-person", "3", 3 }, { "zhejiang-person", "4", -1 },
	{ "zhejiang-legal", "4", 0 },  { "zhejiang-legal", "3", 2 },  { "zhejiang-legal", "2", 3 },  { "zhejiang-legal", "1", 3 },
	{ "guangdong", "L0", 0 },      { "guangdong", "L1", 1 },      { "guangdong", "L2", 2 },      { "guangdong", "L3", 3 },
	{ "guangdong", "L4", -1 },     { "guangdong", "", -1 },	      { "hunan", "1", -1 },
};

START_TEST(upstream_levels)
{
	enum acr acr = ACR_PHONE;
	bool known = acr_of_upstream(span_of(levels[_i].platform), span_of(levels[_i].level), &acr);

	ROW_INT(levels[_i].platform, known ? (int)acr : -1, levels[_i].want);
}
END_TEST

START_TEST(code_lists)
{
	static const char *const han[] = { "汉", "汉族", "1", "01", "HA", "ha", " 汉族 " };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(han); i++) {
		ROW_TRUE(han[i], codelist_ethnic_of(span_of(han[i])) != NULL);
		ck_assert_str_eq(codelist_ethnic_of(span_of(han[i]))->code, "01");
	}
	ck_assert_str_eq(codelist_ethnic_of(SPAN("维吾尔族"))->code, "05");
	ck_assert_str_eq(codelist_ethnic_of(SPAN("基诺"))->code, "56");
	ck_assert_str_eq(codelist_ethnic_of(SPAN("97"))->zh, "其他");
	ck_assert_ptr_null(codelist_ethnic_of(SPAN("57")));
	ck_assert_ptr_null(codelist_ethnic_of(SPAN("")));
	ck_assert_ptr_null(codelist_ethnic_of(SPAN("族")));
	while (codelist_ethnic_at(n))
		n++;
	ck_assert_int_eq(n, 58);
	ck_assert_int_eq(codelist_sex_of(SPAN("男")), SEX_MALE);
	ck_assert_int_eq(codelist_sex_of(SPAN("F")), SEX_FEMALE);
	ck_assert_int_eq(codelist_sex_of(SPAN("0")), SEX_UNKNOWN);
	ck_assert_int_eq(codelist_sex_of(SPAN("9")), SEX_UNSTATED);
	ck_assert(codelist_is_country_alpha3(SPAN("CHN")) && codelist_is_country_alpha3(SPAN("ZWE")) &&
		codelist_is_country_alpha3(SPAN("ABW")));
	ck_assert(!codelist_is_country_alpha3(SPAN("XYZ")) && !codelist_is_country_alpha3(SPAN("156")) &&
		!codelist_is_country_alpha3(SPAN("CN")));
	ck_assert(codelist_is_country_numeric(SPAN("156")) && codelist_is_country_numeric(SPAN("398")));
	ck_assert(!codelist_is_country_numeric(SPAN("999")) && !codelist_is_country_numeric(SPAN("CHN")));
	ck_assert(codelist_is_province(SPAN("41")) && codelist_is_province(SPAN("83")) && !codelist_is_province(SPAN("88")));
	ck_assert(!codelist_is_province(SPAN(" 4")) && !codelist_is_province(SPAN("4")));
}
END_TEST

/* Hours of a day in China; 2026-01-05 is a Monday, T its midnight in China. */
#define T INT64_C(1767542400000)
#define AT(h, m) (T + (h) * MS_HOUR + (m) * MS_MINUTE)

static const struct {
	const char *name;
	struct hours hours;
	int64_t now, opens;
} windows[] = {
	{ "in the middle of [08:00, 18:00)", { 480, 1080 }, AT(12, 0), AT(12, 0) },
	{ "T7: 08:00 is inside", { 480, 1080 }, AT(8, 0), AT(8, 0) },
	{ "a millisecond before is not", { 480, 1080 }, AT(8, 0) - 1, AT(8, 0) },
	{ "17:59:59.999 is the last", { 480, 1080 }, AT(18, 0) - 1, AT(18, 0) - 1 },
	{ "T7: 18:00 is outside, until tomorrow", { 480, 1080 }, AT(18, 0), AT(32, 0) },
	{ "after midnight: the same day", { 480, 1080 }, AT(0, 0), AT(8, 0) },
	{ "over midnight: late in the evening", { 1320, 360 }, AT(23, 0), AT(23, 0) },
	{ "over midnight: early in the morning", { 1320, 360 }, AT(5, 59), AT(5, 59) },
	{ "over midnight: closed at 06:00", { 1320, 360 }, AT(6, 0), AT(22, 0) },
	{ "no window is all day", { 0, 0 }, AT(3, 33), AT(3, 33) },
	{ "equal ends are all day", { 480, 480 }, AT(3, 33), AT(3, 33) },
	{ "to midnight", { 480, 1440 }, AT(24, 0) - 1, AT(24, 0) - 1 },
};

START_TEST(hours_of_service)
{
	struct instant now = { windows[_i].now };

	ROW_INT(windows[_i].name, hours_opens(&windows[_i].hours, now).ms, windows[_i].opens);
	ROW_INT(windows[_i].name, hours_is_open(&windows[_i].hours, now), windows[_i].opens == windows[_i].now);
}
END_TEST

START_TEST(pauses_double)
{
	static const int64_t want[] = { 60, 120, 240, 480, 600, 600 };

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_int_eq(realname_pause((int64_t)i + 1, 60, 600), want[i]);
	ck_assert_int_eq(realname_pause(INT64_MAX, 60, 600), 600);
}
END_TEST

int main(void)
{
	return suite_run("state", (struct suite_test[]){ SUITE_LOOP(real_name, ARRAY_LEN(realname_stories)),
							 SUITE_ONCE(only_a_match_or_an_approval_verifies),
							 SUITE_LOOP(hours_of_service, ARRAY_LEN(windows)), SUITE_ONCE(pauses_double), SUITE_ONCE(state_names_go_both_ways),
							 SUITE_LOOP(upstream_levels, ARRAY_LEN(levels)),
							 SUITE_ONCE(code_lists), SUITE_END });
}
