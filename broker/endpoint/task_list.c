/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task_list - /tasks: what waits for a decision, page by page. A page costs what it shows, whether there are ten tasks or a hundred thousand:
 * every filter is the beginning of an index, and several queues are merged from their first records.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/desk.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/page.h"
#include "broker/http/reply.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

#define PAGE 20
#define SOURCES 320 /* queues times kinds */
#define SCRATCH_MAX ((size_t)8 * 1024 * 1024)

enum state { STATE_OPEN, STATE_MINE, STATE_APPROVED, STATE_REJECTED };

static const struct {
	const char *name;
	int status;
	bool falling; /* what is decided: the newest first */
} states[] = {
	[STATE_OPEN] = { "open", TASK_OPEN, false },
	[STATE_MINE] = { "mine", TASK_OPEN, false },
	[STATE_APPROVED] = { "approved", TASK_APPROVED, true },
	[STATE_REJECTED] = { "rejected", TASK_REJECTED, true },
};

/* One stretch of an index. */
struct source {
	uint8_t index;
	struct task probe;
	struct instant until; /* only what was opened before; zero: all */
};

struct list {
	struct desk desk;
	enum state state;
	int kind;         /* 0: all */
	struct span queue; /* empty: all that are theirs */
	bool overdue;
	struct id after;
	struct source sources[SOURCES];
	size_t n_sources;
	/* the page and one more, in order */
	struct task rows[PAGE + 1];
	size_t n;
	const struct source *current;
	size_t taken; /* of the current source */
	json_t *tasks;
	struct arena *arena; /* for what is read and mostly put aside again */
};

/* ---- what is asked for */

static void read_filter(struct list *list)
{
	struct request *rq = list->desk.rq;
	struct span state = request_param(rq, "state"), kind = request_param(rq, "kind");
	const struct task_kind_row *row;

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (span_is(state, states[i].name))
			list->state = (enum state)i;
	for (size_t i = 0; (row = task_kind_at(i)); i++)
		if (span_is(kind, row->name))
			list->kind = row->kind;
	list->queue = request_param(rq, "queue");
	list->overdue = span_is(request_param(rq, "age"), "overdue") && !states[list->state].falling;
	if (encode_id_decode(request_param(rq, "after"), &list->after))
		list->after = (struct id){ { 0 } };
}

static int64_t due_of(const struct list *list, int kind)
{
	return app_of(list->desk.rq)->config->review.due[kind - 1];
}

static void add_source(struct list *list, struct span queue, int kind)
{
	struct source source = { .probe = { .queue = queue, .kind = kind, .status = states[list->state].status } };

	if (list->n_sources == SOURCES)
		return;
	if (list->overdue) {
		if (!due_of(list, kind))
			return;
		source.until = instant_add(list->desk.rq->now, -due_of(list, kind));
	}
	source.index = queue.n ? (kind ? TASK_BY_QUEUE_KIND : TASK_BY_QUEUE) : kind ? TASK_BY_KIND : TASK_BY_STATUS;
	list->sources[list->n_sources++] = source;
}

/* Which kinds: only what is overdue needs one stretch for each, since each has its own term. */
static void add_queue(struct list *list, struct span queue)
{
	if (list->kind || !list->overdue) {
		add_source(list, queue, list->kind);
		return;
	}
	for (size_t i = 0; task_kind_at(i); i++)
		add_source(list, queue, task_kind_at(i)->kind);
}

static int plan(struct list *list)
{
	const struct task_rule_person *person = &list->desk.person.rule;
	struct span queues[TASK_PERSON_QUEUES];
	size_t n;

	list->n_sources = 0;
	if (list->state == STATE_MINE) {
		list->sources[list->n_sources++] = (struct source){ .index = TASK_BY_CLAIM, .probe = { .claimed_by = person->account } };
		return 0;
	}
	if (list->queue.n) {
		if (!task_rule_sees_queue(person, list->queue))
			return ERR_FORBIDDEN;
		add_queue(list, list->queue);
		return 0;
	}
	if (task_rule_sees_all(person)) {
		add_queue(list, (struct span){ NULL, 0 });
		return 0;
	}
	TRY(task_person_queues(&list->desk.person, list->desk.rq, queues, &n));
	for (size_t i = 0; i < n; i++)
		add_queue(list, queues[i]);
	return 0;
}

/* ---- the first records of each stretch, merged */

static bool is_before(const struct list *list, const struct task *a, const struct task *b)
{
	int order = memcmp(a->id.b, b->id.b, sizeof a->id.b);

	return states[list->state].falling ? order > 0 : order < 0;
}

static int merge(const void *record, void *arg)
{
	const struct task *task = record;
	struct list *list = arg;
	size_t at = list->n;

	if (instant_is_set(list->current->until) && !instant_before(task->created_at, list->current->until))
		return TXN_STOP;
	if (list->state == STATE_MINE && (task->status != TASK_OPEN || !task_rule_is_claimed(task, list->desk.rq->now) ||
					  !task_rule_sees_queue(&list->desk.person.rule, task->queue)))
		return 0;
	if (list->n == PAGE + 1) {
		if (!is_before(list, task, &list->rows[PAGE]))
			return TXN_STOP; /* and so does everything that follows in this stretch */
		at = PAGE;
	}
	while (at && is_before(list, task, &list->rows[at - 1])) {
		if (at <= PAGE)
			list->rows[at] = list->rows[at - 1];
		at--;
	}
	list->rows[at] = *task;
	if (list->n < PAGE + 1)
		list->n++;
	return ++list->taken > PAGE ? TXN_STOP : 0;
}

/* ---- the page */

static int add_row(struct txn *txn, struct list *list, const struct task *task)
{
	struct request *rq = list->desk.rq;
	const struct task_kind_row *kind = task_kind_row(task->kind);
	json_t *row = json_object();
	int64_t age = rq->now.ms - task->created_at.ms;

	if (!row || json_array_append_new(list->tasks, row))
		return FAULT_MEMORY;
	page_set_id(row, "id", task->id);
	page_set(row, "kind", span_of(kind ? kind->name : ""));
	page_set(row, "title", task->title.n ? task->title : SPAN("–"));
	page_set(row, "state", span_of(task->status == TASK_OPEN ? "open" : task->status == TASK_APPROVED ? "approved" : "rejected"));
	page_set_time(row, "since", task->created_at);
	page_set_int(row, "days", age > 0 ? age / MS_DAY : 0);
	json_object_set_new(row, "overdue", json_boolean(task->status == TASK_OPEN && kind && due_of(list, task->kind) && age >= due_of(list, task->kind)));
	json_object_set_new(row, "half", json_boolean(task->status == TASK_OPEN && id_is_set(task->first_by)));
	json_object_set_new(row, "claimed", json_false());
	if (task->status == TASK_OPEN && task_rule_is_claimed(task, rq->now))
		TRY(desk_set_account(txn, rq, row, "claimed", task->claimed_by));
	return 0;
}

static int load(struct txn *txn, void *arg)
{
	struct list *list = arg;

	TRY(desk_load(txn, &list->desk));
	TRY(plan(list));
	for (size_t i = 0; i < list->n_sources; i++) {
		list->current = &list->sources[i];
		list->taken = 0;
		TRY(record_page(txn, &KIND_TASK, list->current->index, &list->current->probe,
				(struct record_from){ list->after, states[list->state].falling }, list->arena, merge, list));
	}
	size_t shown = list->n < PAGE ? list->n : PAGE;
	for (size_t i = 0; i < shown; i++)
		TRY(add_row(txn, list, &list->rows[i]));
	return 0;
}

static void add_option(json_t *options, struct span value, struct span chosen)
{
	json_t *option = json_object();

	page_set(option, "value", value);
	json_object_set_new(option, "chosen", json_boolean(span_eq(value, chosen)));
	json_array_append_new(options, option);
}

static int add_filter(struct list *list, json_t *data)
{
	struct request *rq = list->desk.rq;
	JSON *kinds = json_array(), *all = json_array(), *queues = json_array();
	const struct task_kind_row *row = list->kind ? task_kind_row(list->kind) : NULL;
	struct span mine[TASK_PERSON_QUEUES], kind = span_of(row ? row->name : "");
	size_t n;

	for (size_t i = 0; task_kind_at(i); i++)
		add_option(kinds, span_of(task_kind_at(i)->name), kind);
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		add_option(all, span_of(states[i].name), span_of(states[list->state].name));
	TRY(task_person_queues(&list->desk.person, rq, mine, &n));
	for (size_t i = 0; i < n && n > 1; i++) {
		add_option(queues, mine[i], list->queue);
		page_set(json_array_get(queues, i), "name", task_person_queue_name(&list->desk.person, rq, mine[i]));
	}
	json_object_set(data, "kinds", kinds);
	json_object_set(data, "states", all);
	if (json_array_size(queues))
		json_object_set(data, "queues", queues);
	page_set(data, "state", span_of(states[list->state].name));
	if (list->overdue)
		page_set_true(data, "only_overdue");
	if (list->n <= PAGE)
		return 0;
	char last[37];
	struct span url;
	encode_id(last, list->rows[PAGE - 1].id);
	struct form_pair pairs[] = { { SPAN("state"), span_of(states[list->state].name) }, { SPAN("kind"), kind }, { SPAN("queue"), list->queue },
				     { SPAN("age"), list->overdue ? SPAN("overdue") : SPAN("") }, { SPAN("after"), span_of(last) } };
	TRY(desk_query(rq, "/tasks", pairs, ARRAY_LEN(pairs), &url));
	page_set(data, "next_url", url);
	return 0;
}

int endpoint_tasks(struct request *rq)
{
	struct list *list = arena_new_of(rq->arena, struct list);
	JSON *data = json_object(), *tasks = json_array();

	if (!list || !data || !tasks)
		return FAULT_MEMORY;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(SCRATCH_MAX);
	if (!arena)
		return FAULT_MEMORY;
	*list = (struct list){ .desk = { .rq = rq }, .tasks = tasks, .arena = arena };
	read_filter(list);
	int result = store_view(app_of(rq)->app->store, load, list);
	if (result)
		return desk_answer(rq, result, SPAN("/tasks"));
	TRY(session_touch(rq, &list->desk.visitor));
	desk_add(&list->desk, data);
	if (!json_object_get(data, "tasks_url")) /* an administrator of the system: nothing here is theirs */
		return ERR_FORBIDDEN;
	page_set(data, "action", SPAN("/tasks"));
	json_object_set(data, "tasks", tasks);
	TRY(add_filter(list, data));
	return reply_page(rq, 200, "tasks", data);
}
