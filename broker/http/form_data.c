/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/form_data.h"

#include "keys/sealed_file.h"

#include <stdatomic.h>

static int begin_file(struct form_data *form, const struct multipart_head *head, size_t param)
{
	struct arena *arena = form->rq->arena;
	struct form_file *file = arena_new_of(arena, struct form_file);

	if (!file)
		return FAULT_MEMORY;
	if (!form->spool)
		TRY(sealed_file_scratch(form->spool_dir, &form->spool));
	file->param = param;
	file->part = (struct http_part){ arena_dup(arena, head->file_name), arena_dup(arena, head->type), 0, sealed_file_size(form->spool), form->spool };
	if (!file->part.file_name.p)
		return FAULT_MEMORY;
	form->file = file;
	return 0;
}

static int begin(void *arg, const struct multipart_head *head)
{
	struct form_data *form = arg;
	size_t param = params_index(form->specs, head->name);
	bool wants_file = param != PARAMS_NONE && form->specs[param].flags & PARAM_FILE;

	form->file = NULL;
	form->field = NULL;
	if (head->file_name.p && wants_file)
		return begin_file(form, head, param);
	if (head->file_name.p && param != PARAMS_NONE)
		return ERR_INVALID_REQUEST; /* a file where a text belongs */
	if (head->file_name.p || wants_file)
		return 0; /* unknown, or a text where files belong: as if absent */
	form->field = arena_new_of(form->rq->arena, struct form_field);
	form->text = buf_new(form->rq->arena, 64);
	if (!form->field)
		return FAULT_MEMORY;
	form->field->name = arena_dup(form->rq->arena, head->name);
	return form->field->name.p ? 0 : FAULT_MEMORY;
}

/* Everybody's files together may take so much of the disk. */
static int take_space(struct form_data *form, size_t n)
{
	uint64_t before = atomic_fetch_add_explicit(form->spooled, n, memory_order_relaxed);

	form->own_spooled += n;
	return before + n > form->spool_max ? ERR_BUSY : 0;
}

static int add(void *arg, struct span bytes)
{
	struct form_data *form = arg;

	if (form->file) {
		TRY(take_space(form, bytes.n));
		TRY(sealed_file_write(form->spool, bytes));
		form->file->part.size += bytes.n;
	} else if (form->field) {
		form->text_n += bytes.n;
		if (form->text_n > form->text_max)
			return ERR_TOO_LARGE;
		buf_add(&form->text, bytes);
	}
	return 0;
}

static int end(void *arg)
{
	struct form_data *form = arg;

	if (form->file && (form->file->part.size || form->file->part.file_name.n)) { /* an input without a file sends an empty part without a name */
		*form->files_end = form->file;
		form->files_end = &form->file->next;
	} else if (form->field) {
		TRY(buf_done(&form->text, &form->field->value));
		*form->fields_end = form->field;
		form->fields_end = &form->field->next;
	}
	return 0;
}

int form_data_new(struct request *rq, struct span content_type, const struct form_limits *limits, struct form_data **ret_form)
{
	struct form_data *form = arena_new_of(rq->arena, struct form_data);

	if (!form)
		return FAULT_MEMORY;
	*form = (struct form_data){ .rq = rq, .specs = rq->route->params, .spool_dir = limits->spool_dir, .spooled = limits->spooled,
				    .spool_max = limits->spool_max, .text_max = limits->text_max };
	form->files_end = &form->files;
	form->fields_end = &form->fields;
	TRY(multipart_init(&form->multipart, content_type, &(struct multipart_sink){ begin, add, end, form }));
	*ret_form = form;
	return 0;
}

void form_data_feed(struct form_data *form, struct span bytes)
{
	if (!form->error)
		form->error = multipart_feed(&form->multipart, bytes);
}

int form_data_collect(struct form_data *form, struct params *params)
{
	TRY(form->error);
	TRY(multipart_finish(&form->multipart));
	for (const struct form_field *field = form->fields; field; field = field->next)
		TRY(params_add(params, field->name, field->value, form->rq->arena));
	return 0;
}

void form_data_free(struct form_data *form)
{
	if (!form)
		return;
	sealed_file_free(form->spool);
	form->spool = NULL;
	atomic_fetch_sub_explicit(form->spooled, form->own_spooled, memory_order_relaxed);
}

int http_part_read(const struct http_part *part, uint64_t offset, char *out, size_t n, size_t *ret_n)
{
	if (offset >= part->size) {
		*ret_n = 0;
		return 0;
	}
	if (n > part->size - offset)
		n = (size_t)(part->size - offset);
	return sealed_file_read(part->spool, part->offset + offset, out, n, ret_n);
}
