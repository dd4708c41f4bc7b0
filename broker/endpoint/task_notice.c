/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/task_notice.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/endpoint/message.h"
#include "broker/endpoint/page.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

/* What was asked for, in both languages. Reasons stay on the pages: a message may be read by others. */
static const struct config_text subjects[] = {
	[TASK_ACCOUNT] = { { "账号审核", 12 }, { "account", 7 } },
	[TASK_REALNAME] = { { "实名认证", 12 }, { "real-name verification", 22 } },
	[TASK_UNIT] = { { "单位信息审核", 18 }, { "unit", 4 } },
	[TASK_MEMBERSHIP] = { { "加入单位申请", 18 }, { "membership of a unit", 20 } },
	[TASK_APPEAL] = { { "申诉", 6 }, { "appeal", 6 } },
	[TASK_LEGACY] = { { "旧账户核查", 15 }, { "old account", 11 } },
	[TASK_LINK] = { { "第三方登录核查", 21 }, { "third-party login", 17 } },
};

struct lookup {
	struct request *rq;
	struct id account;
	struct span phone;
};

static int find_phone(struct txn *txn, void *arg)
{
	struct lookup *lookup = arg;
	struct account account;

	TRY(record_get(txn, &KIND_ACCOUNT, lookup->account, lookup->rq->arena, &account));
	lookup->phone = account.phone;
	return 0;
}

void task_notice_send(struct request *rq, const struct task *task)
{
	const struct config *config = app_of(rq)->config;
	struct lookup lookup = { .rq = rq, .account = task->account };
	bool approved = task->status == TASK_APPROVED;
	char key[37];

	if (!(config->review.notify & 1u << (task->kind - 1)) || !id_is_set(task->account))
		return;
	if (store_view(app_of(rq)->app->store, find_phone, &lookup) || !lookup.phone.n)
		return;
	struct span subject = config_text(&subjects[task->kind], config->language);
	char *text = config->language == CONFIG_EN ?
			     arena_printf(rq->arena, "Your application (" SPAN_FMT ") was %s. Log in to see the details.", SPAN_ARG(subject), approved ? "approved" : "rejected") :
			     arena_printf(rq->arena, "您提交的" SPAN_FMT "%s，详情请登录查看。", SPAN_ARG(subject), approved ? "已通过" : "未通过");
	encode_id(key, task->id);
	if (text && message_notify(rq, lookup.phone, SPAN("decision"), span_of(text), span_of(key)))
		LOG(LOG_WARN, "notice.unsent", F_STR("task", key));
}
