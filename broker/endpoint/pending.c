/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pending - logged in, but the gate holds: what is awaited, and from whom (Z8, domain.md 1.6).
 */
#include "broker/base/encode.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

struct awaited {
	struct request *rq;
	const struct facts *facts;
	int error, kind; /* kind: of the task that is looked for */
	struct span from; /* empty: nobody has been asked */
	struct instant since;
	struct task task;
	bool found;
};

static int take_open(const void *record, void *arg)
{
	const struct task *task = record;
	struct awaited *awaited = arg;

	if (task->kind != awaited->kind || task->status != TASK_OPEN)
		return 0;
	awaited->task = *task; /* ids rise with time: the newest stays */
	awaited->found = true;
	return 0;
}

static int find_task(struct txn *txn, struct awaited *awaited, uint8_t index, const struct task *probe, int kind)
{
	awaited->kind = kind;
	return awaited->found ? 0 : record_each(txn, &KIND_TASK, index, probe, awaited->rq->arena, take_open, awaited);
}

/* The task that decides what the gate holds for. */
static int find(struct txn *txn, struct awaited *awaited)
{
	const struct facts *facts = awaited->facts;
	const struct task mine = { .account = facts->account.id }, unit = { .subject = facts->unit.id };

	awaited->found = false;
	if (awaited->error == ERR_PENDING_REVIEW)
		return find_task(txn, awaited, TASK_BY_ACCOUNT, &mine, TASK_ACCOUNT);
	if (awaited->error == ERR_REALNAME_REQUIRED)
		return find_task(txn, awaited, TASK_BY_ACCOUNT, &mine, TASK_REALNAME);
	if (facts->has_unit && awaited->error == ERR_UNIT_NOT_EFFECTIVE)
		TRY(find_task(txn, awaited, TASK_BY_SUBJECT, &unit, TASK_UNIT));
	return facts->account.namespace_ == NAMESPACE_NATURAL ? find_task(txn, awaited, TASK_BY_ACCOUNT, &mine, TASK_MEMBERSHIP) : 0;
}

static int name_queue(struct txn *txn, struct awaited *awaited, struct span queue)
{
	struct request *rq = awaited->rq;
	const struct config_departments *departments = &app_of(rq)->config->departments;
	const struct config_department *department;
	struct unit unit;
	struct id id;

	if (span_starts(queue, SPAN("dept:"))) {
		struct span dept = { queue.p + 5, queue.n - 5 };

		department = config_department(departments, dept);
		awaited->from = department ? page_text(rq, &department->name) : dept;
		return 0;
	}
	if (!span_starts(queue, SPAN("unit:")) || encode_id_decode((struct span){ queue.p + 5, queue.n - 5 }, &id)) {
		awaited->from = form_page_message(rq, "pending.by.platform");
		return 0;
	}
	int result = record_get(txn, &KIND_UNIT, id, rq->arena, &unit);
	awaited->from = result ? SPAN("") : unit.name;
	return result == ERR_ABSENT ? 0 : result;
}

static int load_awaited(struct txn *txn, void *arg)
{
	struct awaited *awaited = arg;
	const struct facts *facts = awaited->facts;

	TRY(find(txn, awaited));
	if (awaited->found) {
		awaited->since = awaited->task.created_at;
		return name_queue(txn, awaited, awaited->task.queue);
	}
	if (awaited->error == ERR_GRANT_REQUIRED && facts->has_membership) { /* T19: admitted, and nothing granted */
		awaited->from = facts->unit.name;
		awaited->since = facts->membership.since;
	}
	return 0;
}

int endpoint_pending(struct request *rq)
{
	struct interaction interaction;
	struct visitor visitor;

	TRY(interaction_open(rq, &interaction, &visitor));
	const struct config_client *client = config_client(app_of(rq)->config, interaction.client_id);
	if (!visitor.has_session || !client)
		return interaction_advance(rq, &interaction, true);
	struct gate_facts facts = session_gate(&visitor, client, rq->now);
	int error = gate_check(GATE_CODE, &facts);
	if (!error) /* resolved meanwhile: on without a second login */
		return interaction_advance(rq, &interaction, true);
	JSON *data = page_new(rq, &interaction);
	struct span url;
	TRY(interaction_url(rq, "/continue", &interaction, &url));
	visit_show(data, &visitor);
	page_set(data, "reason", span_of(error_row(error)->code));
	page_set(data, "continue_url", url);
	struct awaited awaited = { .rq = rq, .facts = &visitor.facts, .error = error };
	TRY(store_view(app_of(rq)->app->store, load_awaited, &awaited));
	page_set(data, "awaited_from", awaited.from);
	page_set_time(data, "since", awaited.since);
	page_set_int(data, "reload", 20); /* it may be decided while the person looks at it */
	page_set(data, "return_url", client->home);
	return reply_page(rq, 200, "pending", data);
}
