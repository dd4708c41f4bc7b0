/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what to a task: every role × every queue × every action, said here a second time and independently of the rules. */
#include "broker/base/error.h"
#include "broker/identity/task_rule.h"
#include "broker/store/records_review.h"
#include "broker/store/records_staff.h"
#include "tests/unit/suite.h"

static const struct id me = { { 1 } }, other = { { 2 } }, my_unit = { { 3 } }, asker = { { 4 } };
static const struct instant now = { 1000000 };

#define UNIT_TEXT "03000000-0000-0000-0000-000000000000"
#define OTHER_UNIT_TEXT "09000000-0000-0000-0000-000000000000"

/* Departments of the test: "city" is above "district". */
static bool is_within(struct span dept, struct span above, void *arg)
{
	return span_eq(dept, above) || (span_is(dept, "district") && span_is(above, "city"));
}

/* ---- the matrix */

enum queue { PLATFORM, CITY, DISTRICT, VILLAGE, UNIT, OTHER_UNIT, UNKNOWN, QUEUES };
static const char *const queues[] = { "platform", "dept:city", "dept:district", "dept:village", "unit:" UNIT_TEXT, "unit:" OTHER_UNIT_TEXT, "dept:" };

/* What a cell says: nothing, looks on, works (sees, reveals, claims, decides). */
enum { NO, LOOKS, WORKS };

static const struct {
	const char *name;
	bool is_staff;
	int64_t roles;
	const char *dept;
	bool has_unit;
	int cells[QUEUES];
} people[] = {
	/*                                                               platform city   district village unit   other  unknown */
	{ "the platform's reviewer", true, STAFF_REVIEWER, "", false, { WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS } },
	{ "a reviewer without the second factor", false, STAFF_REVIEWER, "", false, { NO, NO, NO, NO, NO, NO, NO } },
	{ "the city's reviewer", true, STAFF_REVIEWER, "city", false, { NO, WORKS, WORKS, NO, NO, NO, NO } },
	{ "the district's reviewer", true, STAFF_REVIEWER, "district", false, { NO, NO, WORKS, NO, NO, NO, NO } },
	{ "the platform's support", true, STAFF_SUPPORT, "", false, { LOOKS, LOOKS, LOOKS, LOOKS, LOOKS, LOOKS, LOOKS } },
	{ "the city's support", true, STAFF_SUPPORT, "city", false, { NO, LOOKS, LOOKS, NO, NO, NO, NO } },
	{ "reviewer and support in one", true, STAFF_REVIEWER | STAFF_SUPPORT, "district", false, { NO, NO, WORKS, NO, NO, NO, NO } },
	{ "the system administrator", true, STAFF_SYSTEM, "", false, { NO, NO, NO, NO, NO, NO, NO } },
	{ "the security administrator", true, STAFF_SECURITY, "", false, { NO, NO, NO, NO, NO, NO, NO } },
	{ "the audit administrator", true, STAFF_AUDIT, "", false, { NO, NO, NO, NO, NO, NO, NO } },
	{ "staff without an appointment", true, 0, "", false, { NO, NO, NO, NO, NO, NO, NO } },
	{ "a unit's administrator", false, 0, "", true, { NO, NO, NO, NO, WORKS, NO, NO } },
	{ "anybody else", false, 0, "", false, { NO, NO, NO, NO, NO, NO, NO } },
};

static struct task_rule_person person_of(size_t i, struct appointment *appointment)
{
	*appointment = (struct appointment){ .account = me, .roles = people[i].roles, .dept = span_of(people[i].dept) };
	return (struct task_rule_person){ .account = me, .is_staff = people[i].is_staff, .appointments = appointment, .n_appointments = people[i].roles != 0,
					  .units = &my_unit, .n_units = people[i].has_unit, .is_within = is_within };
}

static struct task open_task(const char *queue)
{
	return (struct task){ .id = { { 7 } }, .kind = TASK_UNIT, .status = TASK_OPEN, .queue = span_of(queue), .subject = { { 8 } }, .account = asker };
}

START_TEST(matrix)
{
	struct appointment appointment;
	struct task_rule_person person = person_of((size_t)_i, &appointment);

	for (int q = 0; q < QUEUES; q++) {
		struct task task = open_task(queues[q]);
		int cell = people[_i].cells[q];
		static const int want[][TASK_ACTS] = {
			[NO] = { ERR_ABSENT, ERR_ABSENT, ERR_ABSENT, ERR_ABSENT, ERR_ABSENT },
			[LOOKS] = { 0, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN },
			[WORKS] = { 0, 0, 0, ERR_FORBIDDEN /* nothing is claimed */, 0 },
		};

		for (int action = 0; action < TASK_ACTS; action++)
			ck_assert_msg(task_rule_check(&person, (enum task_action)action, &task, now) == want[cell][action], "%s, queue %s, action %d: got %d, want %d",
				      people[_i].name, queues[q], action, task_rule_check(&person, (enum task_action)action, &task, now), want[cell][action]);
		ck_assert_msg(task_rule_sees_queue(&person, task.queue) == (cell != NO), "%s sees %s", people[_i].name, queues[q]);
	}
}
END_TEST

/* ---- what is claimed, approved or decided */

static const struct {
	const char *name;
	struct task task;
	int want[TASK_ACTS]; /* SEE, REVEAL, CLAIM, RELEASE, DECIDE */
} states[] = {
	{ "mine", { .status = TASK_OPEN, .claimed_by = me, .claimed_until = { 1000001 } }, { 0, 0, 0, 0, 0 } },
	{ "somebody else's", { .status = TASK_OPEN, .claimed_by = other, .claimed_until = { 1000001 } }, { 0, 0, ERR_TASK_TAKEN, ERR_FORBIDDEN, ERR_TASK_TAKEN } },
	{ "somebody else's, run out", { .status = TASK_OPEN, .claimed_by = other, .claimed_until = { 1000000 } }, { 0, 0, 0, ERR_FORBIDDEN, 0 } },
	{ "mine, run out", { .status = TASK_OPEN, .claimed_by = me, .claimed_until = { 999999 } }, { 0, 0, 0, 0, 0 } },
	{ "approved by me, waits for another", { .status = TASK_OPEN, .first_by = me }, { 0, 0, ERR_CONFLICT, ERR_FORBIDDEN, ERR_CONFLICT } },
	{ "approved by another, waits for me", { .status = TASK_OPEN, .first_by = other }, { 0, 0, 0, ERR_FORBIDDEN, 0 } },
	{ "approved", { .status = TASK_APPROVED }, { 0, 0, ERR_TASK_TAKEN, ERR_TASK_TAKEN, ERR_TASK_TAKEN } },
	{ "rejected", { .status = TASK_REJECTED }, { 0, 0, ERR_TASK_TAKEN, ERR_TASK_TAKEN, ERR_TASK_TAKEN } },
	{ "withdrawn", { .status = TASK_WITHDRAWN }, { 0, 0, ERR_TASK_TAKEN, ERR_TASK_TAKEN, ERR_TASK_TAKEN } },
	{ "what I asked for", { .status = TASK_OPEN, .account = me }, { 0, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN } },
	{ "about myself", { .status = TASK_OPEN, .subject = me }, { 0, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN } },
	{ "nobody asked (an appeal)", { .status = TASK_OPEN }, { 0, 0, 0, ERR_FORBIDDEN, 0 } },
};

START_TEST(state)
{
	struct appointment appointment;
	struct task_rule_person person = person_of(0, &appointment);
	struct task task = states[_i].task;

	task.queue = SPAN("platform");
	for (int action = 0; action < TASK_ACTS; action++)
		ck_assert_msg(task_rule_check(&person, (enum task_action)action, &task, now) == states[_i].want[action], "%s, action %d: got %d", states[_i].name, action,
			      task_rule_check(&person, (enum task_action)action, &task, now));
}
END_TEST

START_TEST(claim)
{
	struct task task = open_task("platform");

	task_rule_claim(&task, me, now, 60);
	ck_assert(task_rule_is_claimed(&task, (struct instant){ now.ms + 59 }));
	ck_assert(!task_rule_is_claimed(&task, (struct instant){ now.ms + 60 }));
	task_rule_claim(&task, me, (struct instant){ now.ms + 50 }, 60);
	ck_assert(task_rule_is_claimed(&task, (struct instant){ now.ms + 109 }));
	task_rule_release(&task);
	ck_assert(!task_rule_is_claimed(&task, now));
}
END_TEST

static const struct {
	const char *name;
	bool four_eyes, first, approved, final;
	int status;
} decisions[] = {
	{ "an approval", false, false, true, true, TASK_APPROVED },
	{ "a rejection", false, false, false, true, TASK_REJECTED },
	{ "the first of four eyes approves", true, false, true, false, TASK_OPEN },
	{ "the second approves", true, true, true, true, TASK_APPROVED },
	{ "the first rejects: that is final", true, false, false, true, TASK_REJECTED },
	{ "the second rejects what the first approved", true, true, false, true, TASK_REJECTED },
	{ "four eyes were switched off meanwhile", false, true, true, true, TASK_APPROVED },
};

START_TEST(decide)
{
	const char *name = decisions[_i].name;
	struct task task = open_task("platform");

	if (decisions[_i].first)
		task.first_by = other;
	task_rule_claim(&task, me, now, 60);
	ROW_INT(name, task_rule_decide(&task, me, decisions[_i].approved, SPAN("why"), decisions[_i].four_eyes, now), decisions[_i].final);
	ROW_INT(name, task.status, decisions[_i].status);
	ROW_TRUE(name, !id_is_set(task.claimed_by));
	ROW_TRUE(name, id_eq(task.decided_by, me) == decisions[_i].final);
	ROW_TRUE(name, id_eq(task.first_by, decisions[_i].first ? other : decisions[_i].final ? (struct id){ { 0 } } : me));
	ROW_SPAN(name, task.reason, decisions[_i].final ? SPAN("why") : SPAN(""));
}
END_TEST

/* ---- roles */

START_TEST(roles)
{
	for (int64_t bits = -1; bits < 128; bits++) {
		int administrators = (bits & STAFF_SYSTEM ? 1 : 0) + (bits & STAFF_SECURITY ? 1 : 0) + (bits & STAFF_AUDIT ? 1 : 0);
		bool works = bits & (STAFF_REVIEWER | STAFF_SUPPORT | STAFF_OPERATOR);
		bool want = bits > 0 && bits < 64 && (administrators == 0 || (administrators == 1 && !works));

		ck_assert_msg(task_rule_roles_agree(bits) == want, "roles %d", (int)bits);
	}
}
END_TEST

int main(void)
{
	return suite_run("task_rule", (struct suite_test[]){ SUITE_LOOP(matrix, ARRAY_LEN(people)), SUITE_LOOP(state, ARRAY_LEN(states)), SUITE_ONCE(claim),
							     SUITE_LOOP(decide, ARRAY_LEN(decisions)), SUITE_ONCE(roles), SUITE_END });
}
