/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_kind - what can be decided on: one row per kind, the two functions of each supplied by the owner of its subject.
 */
#include "broker/endpoint/appeal.h"
#include "broker/endpoint/complete.h"
#include "broker/endpoint/legacy_task.h"
#include "broker/endpoint/link_task.h"
#include "broker/endpoint/realname_task.h"
#include "broker/endpoint/unit_task.h"
#include "broker/store/records_review.h"

static const struct task_kind_row rows[] = {
	{ TASK_ACCOUNT, "account", complete_task_decided, complete_task_show },
	{ TASK_REALNAME, "realname", realname_task_decided, realname_task_show },
	{ TASK_UNIT, "unit", unit_task_unit_decided, unit_task_unit_show },
	{ TASK_MEMBERSHIP, "membership", unit_task_member_decided, unit_task_member_show },
	{ TASK_APPEAL, "appeal", appeal_decided, appeal_show, appeal_agreed, appeal_settled },
	{ TASK_LEGACY, "legacy", legacy_task_decided, legacy_task_show, legacy_task_agreed, legacy_task_settled },
	{ TASK_LINK, "link", link_task_decided, link_task_show },
};

const struct task_kind_row *task_kind_at(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}

const struct task_kind_row *task_kind_row(int kind)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == kind)
			return &rows[i];
	return NULL;
}
