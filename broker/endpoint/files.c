/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/files.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/files_disk.h"
#include "broker/endpoint/files_list.h"
#include "broker/endpoint/image_process.h"
#include "broker/http/part.h"
#include "broker/store/records_review.h"
#include "conf/config.h"
#include "keys/sealed_file.h"

#include <assert.h>

static_assert((int)MEDIA_PNG == CONFIG_FILE_PNG && (int)MEDIA_JPEG == CONFIG_FILE_JPEG && (int)MEDIA_PDF == CONFIG_FILE_PDF && (int)MEDIA_DOC == CONFIG_FILE_DOC &&
		      (int)MEDIA_DOCX == CONFIG_FILE_DOCX,
	      "kinds of files have the same order everywhere");

#define PIECE ((size_t)32 * 1024)

enum work_class files_work(const struct request *rq)
{
	return rq->method == METHOD_GET ? WORK_COMMIT : WORK_FILES;
}

bool files_posted(const struct request *rq)
{
	return request_param(rq, "remove").n || span_is(request_param(rq, "do"), "upload");
}

/* ---- one file: judged, written */

struct taking {
	struct request *rq;
	const struct files_place *place;
	const struct config_slot *slot;
	const struct http_part *parts;
	struct upload *uploads; /* one a part; id set: it is on disk */
	size_t n, done;
};

static int read_part(void *arg, uint64_t offset, char *out, size_t n, size_t *ret_n)
{
	return http_part_read(arg, offset, out, n, ret_n);
}

static int judge(const struct config_slot *slot, const struct http_part *part, enum media *ret_media)
{
	struct media_source source = { read_part, (void *)(uintptr_t)part, part->size };
	enum media media;

	if (part->size > (uint64_t)slot->max_size)
		return ERR_FILE_SIZE;
	if (!part->size)
		return ERR_FILE_BROKEN;
	TRY(media_recognise(&source, &media));
	if (!(slot->kinds & 1u << media) || !media_fits_name(media, part->file_name)) /* ASVS 5.2.2: name and content agree */
		return ERR_FILE_TYPE;
	*ret_media = media;
	return 0;
}

static int copy_part(const struct http_part *part, struct sealed_file *into)
{
	char piece[PIECE];
	size_t n;

	for (uint64_t at = 0; at < part->size; at += n) {
		TRY(http_part_read(part, at, piece, sizeof piece, &n));
		TRY(sealed_file_write(into, (struct span){ piece, n }));
	}
	explicit_bzero(piece, sizeof piece);
	return 0;
}

/* What was decoded and written anew is what it is, whatever it was called. */
static struct span name_of(struct arena *arena, struct span name, enum media media)
{
	const char *dot = memrchr(name.p, '.', name.n);
	size_t n = dot ? (size_t)(dot - name.p) : name.n;

	if (!media_rows[media].is_image)
		return name;
	return span_of(arena_printf(arena, SPAN_FMT ".%s", SPAN_ARG(((struct span){ name.p, n })), media_rows[media].extensions[0]));
}

static int write_file(struct taking *taking, const struct http_part *part, enum media media, struct upload *upload)
{
	struct request *rq = taking->rq;
	const struct settings *settings = app_of(rq);
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = NULL;
	unsigned char *hash = arena_alloc(rq->arena, 32);

	if (!hash)
		return FAULT_MEMORY;
	TRY(files_disk_create(settings->app, upload->id, &file));
	taking->done++; /* from here on there is something to remove */
	if (media_rows[media].is_image)
		TRY(image_process(settings->app, (unsigned)settings->config->files.image_processes, rq->deadline, part, media, file));
	else
		TRY(copy_part(part, file));
	TRY(files_disk_keep(settings->app, upload->id, file, hash));
	upload->size = (int64_t)sealed_file_size(file);
	upload->sha256 = (struct span){ (char *)hash, 32 };
	return 0;
}

static int take_one(struct taking *taking, const struct http_part *part)
{
	struct request *rq = taking->rq;
	enum media media;

	TRY(judge(taking->slot, part, &media));
	struct upload *upload = &taking->uploads[taking->done];
	/* files of one POST stay in their order: ids are time first */
	*upload = (struct upload){ .id = sys_new_id(instant_add(rq->now, (int64_t)taking->done)),
				   .owner = taking->place->owner,
				   .interaction = id_is_set(taking->place->owner) ? (struct id){ { 0 } } : taking->place->interaction,
				   .use = taking->place->upload->id,
				   .slot = taking->slot->id,
				   .name = name_of(rq->arena, part->file_name, media),
				   .type = span_of(media_rows[media].type),
				   .created_at = rq->now,
				   .purge_at = instant_add(rq->now, app_of(rq)->config->files.loose_life) };
	return upload->name.p ? write_file(taking, part, media, upload) : FAULT_MEMORY;
}

/* ---- kept */

static size_t count_in_slot(const struct files_list *list, struct span slot)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += span_eq(list->items[i].slot, slot);
	return n;
}

static int check_room(struct txn *txn, void *arg)
{
	struct taking *taking = arg;
	struct files_list list;

	TRY(files_list_loose(txn, taking->rq->arena, taking->place, &list));
	return count_in_slot(&list, taking->slot->id) + taking->n > (size_t)taking->slot->max_count ? ERR_FILE_COUNT : 0;
}

static int write_audit(struct txn *txn, struct request *rq, const char *action, const struct upload *upload)
{
	char id[37];
	char *what = arena_printf(rq->arena, SPAN_FMT "/" SPAN_FMT, SPAN_ARG(upload->use), SPAN_ARG(upload->slot));

	encode_id(id, upload->id);
	return audit_write(txn, rq, &(struct audit_event){ .action = action, .actor = upload->owner, .subject = span_of(id), .detail = span_of(what) });
}

static int keep(struct txn *txn, void *arg)
{
	struct taking *taking = arg;

	TRY(check_room(txn, taking)); /* two tabs */
	for (size_t i = 0; i < taking->n; i++) {
		TRY(record_insert(txn, &KIND_UPLOAD, &taking->uploads[i]));
		TRY(write_audit(txn, taking->rq, "file.upload", &taking->uploads[i]));
	}
	return 0;
}

static bool is_problem(int result)
{
	return result == ERR_FILE_TYPE || result == ERR_FILE_SIZE || result == ERR_FILE_COUNT || result == ERR_FILE_BROKEN || result == ERR_FILE_MISSING;
}

static int take_all(struct taking *taking, struct files_problem *ret_problem)
{
	struct store *store = app_of(taking->rq)->app->store;
	int result = store_view(store, check_room, taking); /* before the work */

	for (size_t i = 0; i < taking->n && !result; i++) {
		result = take_one(taking, &taking->parts[i]);
		if (result)
			ret_problem->file = taking->parts[i].file_name;
	}
	if (!result)
		result = store_update(store, keep, taking);
	for (size_t i = 0; i < taking->done && result; i++)
		files_disk_remove(app_of(taking->rq)->app, taking->uploads[i].id);
	return result;
}

/* The slot of this POST. */
static const struct config_slot *slot_of(struct request *rq, const struct files_place *place)
{
	struct span id = request_param(rq, "slot");

	return !id.n && place->upload->slots.n == 1 ? place->upload->slots.items : config_slot(place->upload, id);
}

/* ---- removed */

struct removing {
	struct request *rq;
	const struct files_place *place;
	struct id id;
	bool is_done;
};

static int drop(struct txn *txn, void *arg)
{
	struct removing *removing = arg;
	struct files_list list;

	removing->is_done = false;
	TRY(files_list_loose(txn, removing->rq->arena, removing->place, &list)); /* of this place only: another's id finds nothing */
	for (size_t i = 0; i < list.n; i++)
		if (id_eq(list.items[i].id, removing->id)) {
			TRY(record_del(txn, &KIND_UPLOAD, removing->id));
			removing->is_done = true;
			return write_audit(txn, removing->rq, "file.remove", &list.items[i]);
		}
	return 0; /* pressed twice */
}

static int remove_file(struct request *rq, const struct files_place *place, struct span text)
{
	struct removing removing = { .rq = rq, .place = place };
	struct app *app = app_of(rq)->app;

	if (encode_id_decode(text, &removing.id))
		return ERR_INVALID_REQUEST;
	TRY(store_update(app->store, drop, &removing));
	if (removing.is_done)
		files_disk_remove(app, removing.id);
	return 0;
}

int files_post(struct request *rq, const struct files_place *place, struct files_problem *ret_problem)
{
	struct taking taking = { .rq = rq, .place = place };
	struct span remove = request_param(rq, "remove");

	*ret_problem = (struct files_problem){ 0 };
	if (remove.n)
		return remove_file(rq, place, remove);
	taking.n = request_files(rq, "file", &taking.parts);
	taking.slot = slot_of(rq, place);
	if (!taking.n && files_posted(rq))
		*ret_problem = (struct files_problem){ ERR_FILE_MISSING, request_param(rq, "slot"), { 0 } };
	if (!taking.n)
		return 0;
	if (!taking.slot)
		return ERR_INVALID_REQUEST;
	if (store_is_full(app_of(rq)->app->store))
		return ERR_FULL;
	taking.uploads = arena_array(rq->arena, struct upload, taking.n);
	if (!taking.uploads)
		return FAULT_MEMORY;
	int result = take_all(&taking, ret_problem);
	if (!is_problem(result))
		return result;
	ret_problem->error = result;
	ret_problem->slot = taking.slot->id;
	return 0;
}
