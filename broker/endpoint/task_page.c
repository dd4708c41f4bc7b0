/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/form_page.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/task.h"
#include "broker/identity/mask.h"
#include "broker/store/records_review.h"

static int mask_number(struct span number, struct arena *arena, struct span *ret_masked)
{
	return mask_id_number(number, MASK_COMMON, arena, ret_masked);
}

static int (*const masks[])(struct span, struct arena *, struct span *) = {
	[TASK_MASK_ID_NUMBER] = mask_number, [TASK_MASK_DOCUMENT] = mask_document, [TASK_MASK_PHONE] = mask_phone,
	[TASK_MASK_EMAIL] = mask_email,	     [TASK_MASK_BANK] = mask_bank_card,
};

static int shown(struct task_page *page, struct span value, enum task_mask mask, struct span *ret_shown)
{
	*ret_shown = value;
	if (mask == TASK_PLAIN || page->reveal || !value.n)
		return 0;
	page->is_masked = true;
	return masks[mask](value, page->rq->arena, ret_shown);
}

static int add_row(struct task_page *page, const char *name, struct span label, struct span before, struct span now, enum task_mask mask)
{
	struct span left, right;

	if (!before.n && !now.n)
		return 0;
	TRY(shown(page, before, mask, &left));
	TRY(shown(page, now, mask, &right));
	json_t *row = json_object();
	page_set(row, "name", span_of(name));
	page_set(row, "label", label.n ? label : span_of(name));
	page_set(row, "before", left);
	page_set(row, "now", right);
	if (before.n && !span_eq(before, now)) /* compared as they are, also where masked they look alike */
		page_set_true(row, "changed");
	return row && !json_array_append_new(page->rows, row) ? 0 : FAULT_MEMORY;
}

int task_page_add(struct task_page *page, const char *name, struct span before, struct span now, enum task_mask mask)
{
	struct span label = form_page_message(page->rq, "form.label.%s", name);

	return add_row(page, name, label.n ? label : form_page_message(page->rq, "field.%s", name), before, now, mask);
}

/* Fields of ui-contract.md whose values are personal. */
static const struct {
	const char *field;
	enum task_mask mask;
} personal[] = {
	{ "id_number", TASK_MASK_ID_NUMBER }, { "rep_id_number", TASK_MASK_ID_NUMBER }, { "contact_id_number", TASK_MASK_ID_NUMBER },
	{ "phone", TASK_MASK_PHONE },	      { "rep_phone", TASK_MASK_PHONE },	      { "contact_phone", TASK_MASK_PHONE },
	{ "email", TASK_MASK_EMAIL },	      { "bank_account", TASK_MASK_BANK },
};

static enum task_mask mask_of(const char *field)
{
	for (size_t i = 0; i < ARRAY_LEN(personal); i++)
		if (strcmp(personal[i].field, field) == 0)
			return personal[i].mask;
	return TASK_PLAIN;
}

static int read_values(const struct submission *submission, json_t **ret_values)
{
	if (submission && submission->values.n)
		return json_read_object(submission->values, ret_values);
	*ret_values = json_object();
	return *ret_values ? 0 : FAULT_MEMORY;
}

/* A code is shown by what it means on the form that it was chosen on. */
static struct span text_of(struct request *rq, const struct form *form, const json_t *values, const char *name)
{
	struct span value = json_get_span(values, name), text = SPAN("");
	const struct form_field *field = form_field_of(span_of(name));

	if (field)
		text = form_page_choice(rq, form_row(form, name), field, value);
	return text.n ? text : value;
}

static int add_value(struct task_page *page, const struct form *form, const char *name, const json_t *old, const json_t *new)
{
	return add_row(page, name, form_page_label(page->rq, form, name), text_of(page->rq, form, old, name), text_of(page->rq, form, new, name), mask_of(name));
}

int task_page_add_submission(struct task_page *page, const struct submission *before, const struct submission *now)
{
	struct span form_name = now && now->form.n ? now->form : before ? before->form : SPAN("");
	const char *terminated = arena_printf(page->rq->arena, SPAN_FMT, SPAN_ARG(form_name));
	JSON *old = NULL, *new = NULL;
	const char *name;
	json_t *value;

	if (!terminated)
		return FAULT_MEMORY;
	struct form form = form_find(app_of(page->rq)->config, terminated);
	TRY(read_values(before, &old));
	TRY(read_values(now, &new));
	json_object_foreach(new, name, value)
		TRY(add_value(page, &form, name, old, new));
	json_object_foreach(old, name, value)
		if (!json_object_get(new, name)) /* what was taken away */
			TRY(add_value(page, &form, name, old, new));
	return 0;
}

struct search {
	struct span form;
	struct id but;
	struct submission found;
};

static int take_accepted(const void *record, void *arg)
{
	const struct submission *submission = record;
	struct search *search = arg;

	/* in the order of their ids: the newest stays */
	if (submission->status == SUBMISSION_ACCEPTED && span_eq(submission->form, search->form) && !id_eq(submission->id, search->but))
		search->found = *submission;
	return 0;
}

int task_page_default(struct txn *txn, struct request *rq, const struct task *task, struct task_page *page)
{
	struct submission now;
	int result = id_is_set(task->submission) ? record_get(txn, &KIND_SUBMISSION, task->submission, rq->arena, &now) : ERR_ABSENT;

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	struct search search = { .form = now.form, .but = now.id };
	if (id_is_set(now.subject) && now.form.n)
		TRY(record_each(txn, &KIND_SUBMISSION, SUBMISSION_BY_SUBJECT, &now, rq->arena, take_accepted, &search));
	return task_page_add_submission(page, id_is_set(search.found.id) ? &search.found : NULL, &now);
}
