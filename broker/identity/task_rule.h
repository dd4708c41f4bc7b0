/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_rule - who may do what to a task, and what becomes of it. Pure: appointments, units and departments are handed in.
 *
 * Who sees which queue (domain.md 1.5, J6, T17; MLPS: the three administrators are separate and none of them reads personal files):
 *   platform      reviewers and support of the whole platform
 *   dept:<id>     the same, and those appointed to <id> or to a department above it
 *   unit:<uuid>   reviewers and support of the whole platform, and the unit's own administrators
 * Reviewers and unit administrators claim and decide; support looks on. Nobody decides on what they asked for themselves. With four eyes two
 * different people approve; one rejection suffices.
 */
#pragma once

#include "broker/store/record.h"

struct appointment;
struct task;

enum task_action {
	TASK_ACT_SEE,    /* the list, the values with personal numbers masked */
	TASK_ACT_REVEAL, /* personal numbers in full, documents */
	TASK_ACT_CLAIM,
	TASK_ACT_RELEASE,
	TASK_ACT_DECIDE,
	TASK_ACTS
};

/* Is department @dept the same as @above, or below it? */
typedef bool task_rule_dept_fn(struct span dept, struct span above, void *arg);

/* Who asks. */
struct task_rule_person {
	struct id account;
	bool is_staff;    /* with both factors */
	const struct appointment *appointments; /* of a staff account */
	size_t n_appointments;
	const struct id *units; /* that the person administers */
	size_t n_units;
	task_rule_dept_fn *is_within;
	void *arg;
};

/* May @person do @action with @task at @now? 0; ERR_ABSENT: not even see it (a guessed id tells nothing); ERR_FORBIDDEN: see, but not that;
 * ERR_TASK_TAKEN: somebody else's claim, or it has been decided; ERR_CONFLICT: they approved it already, the second eyes must be another's. */
MUST_USE int task_rule_check(const struct task_rule_person *person, enum task_action action, const struct task *task, struct instant now);

/* May @person see anything of @queue? For lists. */
bool task_rule_sees_queue(const struct task_rule_person *person, struct span queue);
/* Does @person see every queue? */
bool task_rule_sees_all(const struct task_rule_person *person);

/* Is it @person who asked, or whose own affair it is? */
bool task_rule_is_own(const struct task_rule_person *person, const struct task *task);

/* ---- what becomes of it. @task was read in this transaction and task_rule_check agreed. */

/* Claimed by @account until @now + @life. Claiming one's own claim again prolongs it. */
void task_rule_claim(struct task *task, struct id account, struct instant now, int64_t life);
void task_rule_release(struct task *task);
/* Is it claimed by somebody now? */
bool task_rule_is_claimed(const struct task *task, struct instant now);

/* Decide. False: the first of four eyes has approved, and the task waits for the second. True: final; the caller moves the subject on. */
bool task_rule_decide(struct task *task, struct id account, bool approved, struct span reason, bool four_eyes, struct instant now);

/* ---- roles */

/* Bits that one person may hold together: system, security and audit administrator exclude each other, and none of them reviews or supports.
 * False also for no role or an unknown one. */
bool task_rule_roles_agree(int64_t roles);
/* One of @roles (bits of enum staff_role) in some department or for the whole platform. */
bool task_rule_has_role_anywhere(const struct task_rule_person *person, int64_t roles);
/* One of @roles for the whole platform. */
bool task_rule_has_role(const struct task_rule_person *person, int64_t roles);
