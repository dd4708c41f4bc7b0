/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_supplement - a unit completes its information: T16, J2. Saved at any time, found again on another device, submitted to the department that
 * it chose, corrected when that says no. What changes later applies at once, unless the department has to look again (name, credit code,
 * department): then both stand side by side, and what was accepted before holds until it is decided (unit.in_force_during_review).
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/files.h"
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/unit_admin.h"
#include "broker/endpoint/unit_lookup.h"
#include "broker/endpoint/unit_task.h"
#include "broker/endpoint/visit.h"
#include "broker/http/reply.h"
#include "broker/identity/unit_gram.h"
#include "broker/store/records_review.h"
#include "conf/config.h"

struct supplement {
	struct request *rq;
	struct interaction interaction;
	struct visitor visitor;
	const struct unit *unit;
	struct form form;
	struct form_value *values;
	struct submission newest; /* zero id: none yet */
	struct span json;         /* to be kept */
	struct files_place place; /* upload NULL: nothing is asked for */
	struct files_problem problem;
	int error;
	bool submits, saved, filled;
};

/* ---- the form */

static int set_departments(struct supplement *s)
{
	const struct config_departments *departments = &app_of(s->rq)->config->departments;
	struct config_form_choice *choices = arena_array(s->rq->arena, struct config_form_choice, departments->n ? departments->n : 1);
	const struct config_form_row *row = form_row(&s->form, "department");
	size_t n = 0;

	if (!row || row->choices.n)
		return 0; /* the form does not ask, or the operator names a few */
	if (!choices)
		return FAULT_MEMORY;
	for (size_t i = 0; i < departments->n; i++)
		if (departments->items[i].chosen)
			choices[n++] = (struct config_form_choice){ .value = departments->items[i].id, .text = departments->items[i].name };
	return form_set_choices(&s->form, "department", (struct config_form_choices){ choices, n }, s->rq->arena);
}

/* Without departments there is none to choose. */
static int drop_department(struct supplement *s)
{
	struct config_form_row *rows = arena_array(s->rq->arena, struct config_form_row, s->form.n ? s->form.n : 1);
	size_t n = 0;

	if (app_of(s->rq)->config->departments.n)
		return set_departments(s);
	if (!rows)
		return FAULT_MEMORY;
	for (size_t i = 0; i < s->form.n; i++)
		if (!span_is(s->form.rows[i].name, "department"))
			rows[n++] = s->form.rows[i];
	s->form.rows = rows;
	s->form.n = n;
	return 0;
}

static int load_newest(struct txn *txn, void *arg)
{
	struct supplement *s = arg;
	int result = unit_task_newest(txn, s->rq->arena, s->unit->id, &s->newest);

	if (result == ERR_ABSENT)
		s->newest = (struct submission){ 0 };
	return result == ERR_ABSENT ? 0 : result;
}

static void prefill(struct supplement *s, const char *name, struct span text)
{
	struct form_value *value = form_value_of(&s->form, s->values, name);

	if (value && !value->typed.n)
		value->typed = text;
}

static int begin_values(struct supplement *s)
{
	TRY(form_page_begin(s->rq, &s->form, s->newest.values, &s->values));
	prefill(s, "unit_name", s->unit->name);
	prefill(s, "uscc", s->unit->uscc);
	prefill(s, "unit_type", s->unit->type);
	prefill(s, "payee", s->unit->name);
	prefill(s, "department", s->unit->dept_id);
	return 0;
}

static int read_values(struct supplement *s)
{
	struct form_context context = form_page_context(s->rq);
	struct span name = request_param(s->rq, "unit_name");

	context.unit_name = form_row(&s->form, "unit_name") && name.n ? name : s->unit->name; /* “账户（收款单位）必须与单位名称相同。” */
	return form_page_read(s->rq, &s->form, &context, &s->values);
}

/* ---- shown */

static bool is_editable(const struct unit *unit)
{
	return unit->status == UNIT_REGISTERED || unit->status == UNIT_NEEDS_SUPPLEMENT || unit->status == UNIT_EFFECTIVE;
}

static struct span department_of(struct supplement *s)
{
	const struct config_department *department;
	struct span id = form_text(&s->form, s->values, "department");

	department = config_department(&app_of(s->rq)->config->departments, id.n ? id : s->unit->dept_id);
	return department ? page_text(s->rq, &department->name) : SPAN("");
}

static int add_lines(struct supplement *s, json_t *data)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < s->form.n; i++) {
		const struct form_value *value = &s->values[i];
		struct span label = form_page_message(s->rq, "form.label." SPAN_FMT, SPAN_ARG(value->row->name)), text = value->typed;

		for (size_t k = 0; k < value->row->choices.n; k++)
			if (span_eq(value->row->choices.items[k].value, text))
				text = page_text(s->rq, &value->row->choices.items[k].text);
		if (!text.n)
			continue;
		json_t *line = json_object();
		page_set(line, "label", value->row->label.zh.n ? page_text(s->rq, &value->row->label) : label.n ? label : value->row->name);
		page_set(line, "text", text);
		json_array_append_new(lines, line);
	}
	json_object_set_new(data, "lines", lines);
	return 0;
}

static int show(struct supplement *s)
{
	struct request *rq = s->rq;
	JSON *data = visit_page(rq, &s->interaction, &s->visitor);
	struct span realname;

	page_set(data, "unit_name", s->unit->name);
	page_set(data, "uscc", s->unit->uscc);
	page_set(data, "status", span_of(unit_state_name(s->unit->status)));
	bool rejected = s->newest.status == SUBMISSION_REJECTED && is_editable(s->unit);
	page_set(data, "reason", rejected ? s->newest.reason : s->unit->reason);
	if (rejected)
		page_set_true(data, "rejected");
	if (s->saved)
		page_set_true(data, "saved");
	if (s->filled)
		page_set_true(data, "filled");
	page_set(data, "department_name", department_of(s));
	if (s->unit->status == UNIT_REGISTERED) {
		TRY(visit_url(rq, &s->interaction, "/realname", &realname));
		page_set(data, "realname_url", realname);
	}
	if (is_editable(s->unit)) {
		page_set_true(data, "editable");
		if (form_row(&s->form, "uscc") || form_row(&s->form, "unit_name"))
			page_set_true(data, "can_lookup");
		TRY(form_page_add(rq, &s->form, s->values, NULL, data));
		if (s->place.upload)
			TRY(files_page(rq, &s->place, &s->problem, data));
	} else {
		TRY(add_lines(s, data));
	}
	if (s->error)
		page_set_error(data, s->error, 0);
	return reply_page(rq, page_status(s->error ? s->error : s->problem.error), "unit-supplement", data);
}

/* ---- kept */

/* The record that the form's content goes into: the draft or rejected one that is there, else a new one. What was submitted or accepted stays. */
static int put_submission(struct txn *txn, struct supplement *s, int status, struct submission *ret)
{
	struct submission submission;
	int result = unit_task_newest(txn, s->rq->arena, s->unit->id, &submission);

	if (result && result != ERR_ABSENT)
		return result;
	if (result || submission.status != SUBMISSION_DRAFT) /* a rejected one is kept as it was judged */
		submission = (struct submission){ .id = sys_new_id(s->rq->now), .subject = s->unit->id, .form = SPAN(UNIT_FORM), .created_at = s->rq->now };
	submission.owner = s->visitor.facts.account.id;
	submission.values = s->json;
	submission.status = status;
	submission.changed_at = s->rq->now;
	submission.reason = (struct span){ NULL, 0 };
	*ret = submission;
	return record_put(txn, &KIND_SUBMISSION, &submission);
}

/* Loaded anew where it is changed. ERR_CONFLICT: another tab, or a reviewer, was faster. */
static int load_unit(struct txn *txn, struct supplement *s, struct unit *ret_unit)
{
	TRY(record_get(txn, &KIND_UNIT, s->unit->id, s->rq->arena, ret_unit));
	return ret_unit->status == s->unit->status ? 0 : ERR_CONFLICT;
}

static int keep_draft(struct txn *txn, void *arg)
{
	struct supplement *s = arg;
	struct submission submission;
	struct unit unit;

	TRY(load_unit(txn, s, &unit));
	return put_submission(txn, s, SUBMISSION_DRAFT, &submission);
}

static int differs(struct supplement *s, const char *name, struct span held, bool *ret_differs)
{
	struct span given = form_text(&s->form, s->values, name), a, b;

	if (!given.n)
		return 0;
	if (strcmp(name, "unit_name") != 0) {
		*ret_differs |= !span_eq(given, held);
		return 0;
	}
	int result = unit_gram_key(given, s->rq->arena, &a);
	if (!result)
		result = unit_gram_key(held, s->rq->arena, &b);
	if (result < 0)
		return result;
	*ret_differs |= result > 0 || !span_eq(a, b);
	return 0;
}

static int is_critical(struct supplement *s, const struct unit *unit, bool *ret_critical)
{
	*ret_critical = false;
	TRY(differs(s, "unit_name", unit->name, ret_critical));
	TRY(differs(s, "uscc", unit->uscc, ret_critical));
	return differs(s, "department", unit->dept_id, ret_critical);
}

static int check_uscc(struct txn *txn, struct supplement *s, const struct unit *unit)
{
	struct unit probe = { .uscc = form_text(&s->form, s->values, "uscc") }, other;
	int result = probe.uscc.n && !span_eq(probe.uscc, unit->uscc) ? record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &probe, s->rq->arena, &other) : ERR_ABSENT;

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	return ERR_UNIT_TAKEN;
}

static int ask_department(struct txn *txn, struct supplement *s, const struct unit *unit, const struct submission *submission)
{
	struct span dept = form_text(&s->form, s->values, "department");
	struct task_new task = { .kind = TASK_UNIT, .queue = TASK_QUEUE_PLATFORM, .subject = unit->id, .account = submission->owner,
				 .submission = submission->id, .title = unit->name };
	struct id id;

	if (!dept.n)
		dept = unit->dept_id;
	if (dept.n)
		TRY(task_queue_dept(dept, s->rq->arena, &task.queue));
	return task_open(txn, &task, s->rq->now, s->rq->arena, &id);
}

/* What was accepted with an earlier submission is not asked for again (T16: licence, account opening permit …). */
static int take_files(struct txn *txn, struct supplement *s, const struct unit *unit, const struct submission *submission)
{
	s->problem.error = 0;
	if (!s->place.upload)
		return 0;
	if (!id_is_set(unit->submission))
		TRY(files_check(txn, s->rq->arena, &s->place, &s->problem));
	return s->problem.error ? ERR_FILE_MISSING : files_attach(txn, s->rq->arena, &s->place, submission->id);
}

static int keep_submission(struct txn *txn, void *arg)
{
	struct supplement *s = arg;
	struct unit_actor actor = unit_change_actor(s->rq, s->visitor.facts.account.id);
	struct submission submission;
	struct unit unit;
	bool critical = true, automatic = actor.config->unit.admission == CONFIG_ADMISSION_AUTOMATIC;

	TRY(load_unit(txn, s, &unit));
	if (unit.status == UNIT_REGISTERED)
		return ERR_REALNAME_REQUIRED;
	TRY(check_uscc(txn, s, &unit));
	if (unit.status == UNIT_EFFECTIVE)
		TRY(is_critical(s, &unit, &critical));
	TRY(put_submission(txn, s, SUBMISSION_SUBMITTED, &submission));
	TRY(take_files(txn, s, &unit, &submission));
	if (!critical || (automatic && unit.status == UNIT_EFFECTIVE)) {
		TRY(unit_task_accept(txn, &actor, &unit, &submission));
		return unit_change_save(txn, &actor, &unit);
	}
	TRY(unit_change(txn, &actor, &unit, unit.status == UNIT_EFFECTIVE ? UNIT_ON_CRITICAL_CHANGE : UNIT_ON_SUBMIT, (struct span){ NULL, 0 }));
	if (!automatic)
		return ask_department(txn, s, &unit, &submission);
	TRY(unit_task_accept(txn, &actor, &unit, &submission));
	return unit_change(txn, &actor, &unit, UNIT_ON_APPROVE, (struct span){ NULL, 0 });
}

/* What was typed is never lost: wrong or half of it rests as a draft. */
static int save(struct supplement *s)
{
	if (s->unit->status == UNIT_EFFECTIVE && s->newest.status != SUBMISSION_DRAFT && s->submits)
		return 0; /* a change that is wrong begins no draft of its own */
	TRY(form_draft(&s->form, s->values, s->rq->arena, &s->json));
	return store_update(app_of(s->rq)->app->store, keep_draft, s);
}

static int submit(struct supplement *s)
{
	TRY(form_json(&s->form, s->values, s->rq->arena, &s->json));
	int result = store_update(app_of(s->rq)->app->store, keep_submission, s);
	if (result == ERR_UNIT_TAKEN) {
		form_set_error(&s->form, s->values, "uscc", ERR_UNIT_TAKEN, NULL);
		return show(s);
	}
	if (result == ERR_FILE_MISSING) { /* the form is right: keep it */
		TRY(save(s));
		return show(s);
	}
	if (result == ERR_REALNAME_REQUIRED || result == ERR_CONFLICT) {
		s->error = result;
		return show(s);
	}
	TRY(result);
	return visit_done(s->rq, &s->interaction, SPAN("/unit/supplement"));
}

/* Whatever comes of it, the form is as it was typed, but for what was found. */
static int look_up(struct supplement *s)
{
	const struct unit_lookup lookup = { s->rq, s->visitor.facts.account.id };
	struct span typed = request_param(s->rq, "uscc");
	int result = unit_lookup(&lookup, typed.n ? typed : s->unit->uscc, &s->form, s->values);

	if (result < 0)
		return result;
	s->filled = !result;
	s->error = result == ERR_ABSENT ? ERR_UNIT_CHOICE : result;
	form_forget_errors(&s->form, s->values, NULL);
	return show(s);
}

static int act(struct supplement *s)
{
	struct span verb = request_param(s->rq, "do");

	if (!is_editable(s->unit)) { /* submitted in another tab: what became of it */
		TRY(begin_values(s));
		return show(s);
	}
	int result = read_values(s);
	if (result < 0)
		return result;
	s->submits = !verb.n;
	if (files_posted(s->rq)) { /* with what else was typed */
		if (s->place.upload)
			TRY(files_post(s->rq, &s->place, &s->problem));
		s->submits = false;
		TRY(save(s));
		form_forget_errors(&s->form, s->values, NULL);
		return show(s);
	}
	if (span_is(verb, "lookup")) {
		return look_up(s);
	}
	if (s->submits && !result)
		return submit(s);
	TRY(save(s));
	s->saved = !s->submits;
	if (!s->submits)
		form_forget_errors(&s->form, s->values, NULL);
	return show(s);
}

/* Looking up asks somebody else, or reads a file. */
enum work_class endpoint_unit_supplement_work(const struct request *rq)
{
	return rq->method != METHOD_GET && span_is(request_param(rq, "do"), "lookup") ? WORK_UPSTREAM : files_work(rq);
}

int endpoint_unit_supplement(struct request *rq)
{
	struct supplement s = { .rq = rq, .form = form_find(app_of(rq)->config, UNIT_FORM) };

	TRY(visit_open(rq, &s.interaction, &s.visitor));
	if (!s.visitor.has_session)
		return 0;
	s.unit = unit_admin_of(&s.visitor);
	if (!s.unit)
		return ERR_FORBIDDEN;
	s.place = (struct files_place){ .upload = config_upload(app_of(rq)->config, SPAN(UNIT_FORM)), .owner = s.visitor.facts.account.id };
	TRY(drop_department(&s));
	TRY(store_view(app_of(rq)->app->store, load_newest, &s));
	if (rq->method != METHOD_GET)
		return act(&s);
	TRY(begin_values(&s));
	return show(&s);
}
