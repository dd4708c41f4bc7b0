/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files_page - what pages show of files: the slots of a procedure with what is in them, and the documents of a submission.
 */
#include "broker/base/encode.h"
#include "broker/endpoint/files_list.h"
#include "broker/endpoint/page.h"
#include "broker/media/media.h"
#include "broker/store/records_review.h"
#include "conf/config_upload.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)

/* "1.2 MB", "340 KB". */
static struct span size_text(struct request *rq, int64_t size)
{
	char *text;

	if (size >= MIB && size % MIB)
		text = arena_printf(rq->arena, "%lld.%lld MB", (long long)(size / MIB), (long long)(size % MIB * 10 / MIB));
	else if (size >= MIB)
		text = arena_printf(rq->arena, "%lld MB", (long long)(size / MIB));
	else
		text = arena_printf(rq->arena, "%lld KB", (long long)((size + KIB - 1) / KIB));
	return span_of(text);
}

/* "png, jpeg" for people, ".png,.jpg,.jpeg" for the browser's dialogue. */
static void set_kinds(struct request *rq, const struct config_slot *slot, json_t *item)
{
	struct buf names = buf_new(rq->arena, 64), accept = buf_new(rq->arena, 64);

	for (enum media media = 0; media < MEDIA_COUNT; media++) {
		if (!(slot->kinds & 1u << media))
			continue;
		buf_printf(&names, "%s%s", names.n ? ", " : "", config_file_kind_name((enum config_file_kind)media));
		for (size_t i = 0; media_rows[media].extensions[i]; i++)
			buf_printf(&accept, "%s.%s", accept.n ? "," : "", media_rows[media].extensions[i]);
	}
	page_set(item, "kinds", buf_span(&names));
	page_set(item, "accept", buf_span(&accept));
}

static void add_file(struct request *rq, json_t *files, const struct files_place *place, const struct upload *upload)
{
	json_t *item = json_object();
	struct buf url = buf_new(rq->arena, 96);
	char id[37];

	encode_id(id, upload->id);
	buf_printf(&url, "/files/%s", id);
	if (!id_is_set(place->owner)) {
		buf_str(&url, "?interaction=");
		encode_base64url(&url, (struct span){ (const char *)place->interaction.b, sizeof place->interaction.b });
	}
	page_set(item, "file_id", span_of(id));
	page_set(item, "file_name", upload->name);
	page_set(item, "file_size", size_text(rq, upload->size));
	page_set(item, "file_url", buf_span(&url));
	json_array_append_new(files, item);
}

/* Every member is there in each: what is absent would be looked for further out. */
static void add_slot(struct request *rq, json_t *slots, const struct files_place *place, const struct config_slot *slot,
		     const struct files_list *list, const struct files_problem *problem)
{
	bool is_wrong = problem && problem->error && span_eq(problem->slot, slot->id);
	bool is_chosen = is_wrong || span_eq(request_param(rq, "slot"), slot->id);
	json_t *files = json_array();
	json_t *item = json_pack("{s:b,s:b,s:s,s:s,s:s,s:o}", "slot_required", slot->required, "slot_chosen", is_chosen, "slot_hint", "", "template_url", "",
				 "code", "", "slot_files", files);

	page_set(item, "slot_id", slot->id);
	page_set(item, "slot_title", page_text(rq, &slot->title));
	page_set(item, "slot_hint", page_text(rq, &slot->hint));
	page_set(item, "slot_size", size_text(rq, slot->max_size));
	page_set_int(item, "slot_count", slot->max_count);
	set_kinds(rq, slot, item);
	if (slot->template.n)
		page_set(item, "template_url", span_of(arena_printf(rq->arena, "/uploads/" SPAN_FMT "/" SPAN_FMT "/template", SPAN_ARG(place->upload->id), SPAN_ARG(slot->id))));
	if (is_wrong)
		page_set(item, "code", span_of(error_row(problem->error)->code));
	page_set(item, "wrong_file", is_wrong ? problem->file : (struct span){ 0 });
	for (size_t i = 0; i < list->n; i++)
		if (span_eq(list->items[i].slot, slot->id))
			add_file(rq, files, place, &list->items[i]);
	json_array_append_new(slots, item);
}

struct showing {
	struct request *rq;
	const struct files_place *place;
	struct files_list list;
};

static int load(struct txn *txn, void *arg)
{
	struct showing *showing = arg;

	return files_list_loose(txn, showing->rq->arena, showing->place, &showing->list);
}

int files_page(struct request *rq, const struct files_place *place, const struct files_problem *problem, json_t *data)
{
	struct showing showing = { .rq = rq, .place = place };
	json_t *slots = json_array();
	uint32_t kinds = 0;

	TRY(store_view(app_of(rq)->app->store, load, &showing));
	for (size_t i = 0; i < place->upload->slots.n; i++) {
		add_slot(rq, slots, place, &place->upload->slots.items[i], &showing.list, problem);
		kinds |= place->upload->slots.items[i].kinds;
	}
	json_object_set_new(data, "slots", slots);
	set_kinds(rq, &(struct config_slot){ .kinds = kinds }, data);
	if (place->upload->slots.n > 1)
		page_set_true(data, "several_slots");
	else if (place->upload->slots.n)
		page_set(data, "only_slot", place->upload->slots.items[0].id);
	if (problem && problem->error)
		page_set_error(data, problem->error, 0);
	return 0;
}

/* ---- documents of a submission */

static struct span document_url(struct request *rq, const struct upload *upload, struct id task, const char *suffix)
{
	char id[37], of[37];

	encode_id(id, upload->id);
	encode_id(of, task);
	return span_of(id_is_set(task) ? arena_printf(rq->arena, "/files/%s%s?task=%s", id, suffix, of) : arena_printf(rq->arena, "/files/%s%s", id, suffix));
}

/* The title of the slot as it is configured now; its id where that has gone. */
static struct span slot_title(struct request *rq, const struct upload *upload)
{
	const struct config_upload *use = config_upload(app_of(rq)->config, upload->use);
	const struct config_slot *slot = use ? config_slot(use, upload->slot) : NULL;

	return slot ? page_text(rq, &slot->title) : upload->slot;
}

int files_documents(struct txn *txn, struct request *rq, struct id submission, struct id task, json_t *data)
{
	struct files_list list;
	json_t *documents = json_array();

	TRY(files_list_submitted(txn, rq->arena, submission, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct upload *upload = &list.items[i];
		enum media media = media_of_type(upload->type);
		json_t *item = json_pack("{s:s}", "preview_url", "");

		page_set(item, "name", upload->name);
		page_set(item, "slot_title", slot_title(rq, upload));
		page_set(item, "type", upload->type);
		page_set(item, "size", size_text(rq, upload->size));
		page_set(item, "url", document_url(rq, upload, task, ""));
		if (media < MEDIA_COUNT && media_rows[media].is_image)
			page_set(item, "preview_url", document_url(rq, upload, task, "/preview"));
		json_array_append_new(documents, item);
	}
	return json_object_set_new(data, "documents", documents) ? FAULT_MEMORY : 0;
}
