/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_review_rows - the rows of "review" and "staff": how decisions are taken at the review desk, and how those who take them log in.
 */
#include "conf/config_review.h"
#include "conf/config_rows.h"

/* In the order of enum config_task. */
static const char *const tasks[] = { "account", "realname", "unit", "membership", "appeal", "legacy", "link", NULL };
static const char *const decisions[] = { "account", "realname", "unit", "membership", "appeal", "legacy", "link", "config", NULL };

#define DUE(name, row, time, text) \
	{ name, OPTION_DURATION, offsetof(struct config_review, due) + (row) * sizeof(int64_t), time, .max = 365 * MS_DAY, .doc = text }
static const struct option due_rows[] = {
	DUE("account", CONFIG_TASK_ACCOUNT, "3d", "Newcomers who wait to be let in."),
	DUE("realname", CONFIG_TASK_REALNAME, "3d", "Documents that wait to be looked at."),
	DUE("unit", CONFIG_TASK_UNIT, "5d", "Units that wait for their department."),
	DUE("membership", CONFIG_TASK_MEMBERSHIP, "5d", "People who wait for their unit."),
	DUE("appeal", CONFIG_TASK_APPEAL, "3d", "Appeals for a lost account."),
	DUE("legacy", CONFIG_TASK_LEGACY, "5d", "Old accounts that somebody claims or disputes."),
	DUE("link", CONFIG_TASK_LINK, "3d", "Third-party logins that contradict what is verified here."),
	{ 0 },
};
#undef DUE

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }
const struct option config_review_rows[] = {
	ROW(config_review, OPTION_DURATION, claim, .def = "30m", .min = MS_SECOND, .max = 30 * MS_DAY,
	    .doc = "How long a task that somebody has taken on stays theirs without a decision."),
	{ "due", OPTION_GROUP, 0, .sub = due_rows, .doc = "By when a decision is due, counted from the submission; 0: never overdue." },
	ROW(config_review, OPTION_SET, four_eyes, .values = decisions, .max = CONFIG_TASKS + 1,
	    .doc = "Kinds of decisions for which two different people must approve. One rejection suffices. `legacy` holds for a binding that "
		   "the desk ends and for joined accounts that it takes apart, too. `config`: who proposes a version of the configuration does not activate it."),
	ROW(config_review, OPTION_SET, notify, .values = tasks, .max = CONFIG_TASKS,
	    .doc = "Kinds of decisions of which the person is told by text message, through `sms.gateway`."),
	{ 0 },
};

const struct option config_staff_rows[] = {
	ROW(config_staff, OPTION_INT, factor_tries, .def = "5", .min = 1, .max = 100,
	    .doc = "Wrong codes of the second factor that one account may enter in `factor_window`."),
	ROW(config_staff, OPTION_DURATION, factor_window, .def = "15m", .min = MS_MINUTE, .max = MS_DAY, .doc = "The window of `factor_tries`."),
	ROW(config_staff, OPTION_DURATION, proof_life, .def = "10m", .min = MS_MINUTE, .max = MS_HOUR,
	    .doc = "How long after the password the second factor is taken."),
	ROW(config_staff, OPTION_DURATION, first_password_life, .def = "3d", .min = MS_SECOND, .max = 30 * MS_DAY,
	    .doc = "How long the password works that `yimen admin create` gave; the first login replaces it."),
	{ 0 },
};
