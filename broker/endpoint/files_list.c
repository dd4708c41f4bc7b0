/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/files_list.h"

#include "broker/store/records_review.h"
#include "conf/config_upload.h"

#define LIST_MAX 512 /* of one place or submission: slots times files is far below */

struct collecting {
	struct arena *arena;
	struct span use; /* loose files of this use only; NULL pointer: all that come */
	struct files_list *list;
};

static int collect(const void *record, void *arg)
{
	const struct upload *upload = record;
	struct collecting *c = arg;

	if (c->use.p && (id_is_set(upload->submission) || !span_eq(upload->use, c->use)))
		return 0;
	if (c->list->n == LIST_MAX)
		return TXN_STOP;
	if ((c->list->n & (c->list->n - 1)) == 0) { /* full at every power of two */
		struct upload *more = arena_array(c->arena, struct upload, c->list->n ? c->list->n * 2 : 1);

		if (!more)
			return FAULT_MEMORY;
		if (c->list->n)
			memcpy(more, c->list->items, c->list->n * sizeof *more);
		c->list->items = more;
	}
	c->list->items[c->list->n++] = *upload;
	return 0;
}

int files_list_loose(struct txn *txn, struct arena *arena, const struct files_place *place, struct files_list *ret_list)
{
	struct upload probe = { .owner = place->owner, .interaction = place->interaction };
	struct collecting c = { arena, place->upload->id, ret_list };
	uint8_t index = id_is_set(place->owner) ? UPLOAD_BY_OWNER : UPLOAD_BY_INTERACTION;

	*ret_list = (struct files_list){ 0 };
	return record_each(txn, &KIND_UPLOAD, index, &probe, arena, collect, &c);
}

int files_list_submitted(struct txn *txn, struct arena *arena, struct id submission, struct files_list *ret_list)
{
	struct upload probe = { .submission = submission };
	struct collecting c = { .arena = arena, .list = ret_list };

	*ret_list = (struct files_list){ 0 };
	return record_each(txn, &KIND_UPLOAD, UPLOAD_BY_SUBMISSION, &probe, arena, collect, &c);
}

int files_check(struct txn *txn, struct arena *arena, const struct files_place *place, struct files_problem *ret_problem)
{
	struct files_list list;

	*ret_problem = (struct files_problem){ 0 };
	TRY(files_list_loose(txn, arena, place, &list));
	for (size_t i = 0; i < place->upload->slots.n && !ret_problem->error; i++) {
		const struct config_slot *slot = &place->upload->slots.items[i];
		bool is_there = !slot->required;

		for (size_t k = 0; k < list.n; k++)
			is_there |= span_eq(list.items[k].slot, slot->id);
		if (!is_there)
			*ret_problem = (struct files_problem){ ERR_FILE_MISSING, slot->id, { 0 } };
	}
	return 0;
}

int files_attach(struct txn *txn, struct arena *arena, const struct files_place *place, struct id submission)
{
	struct files_list list;

	TRY(files_list_loose(txn, arena, place, &list));
	for (size_t i = 0; i < list.n; i++) {
		list.items[i].submission = submission;
		list.items[i].purge_at = (struct instant){ 0 };
		TRY(record_put(txn, &KIND_UPLOAD, &list.items[i]));
	}
	return 0;
}

int files_take_back(struct txn *txn, struct arena *arena, struct id submission, const struct files_place *place, struct instant now, int64_t life)
{
	struct files_list list;

	TRY(files_list_submitted(txn, arena, submission, &list));
	for (size_t i = 0; i < list.n; i++) {
		list.items[i].submission = (struct id){ { 0 } };
		list.items[i].owner = place->owner;
		list.items[i].interaction = id_is_set(place->owner) ? (struct id){ { 0 } } : place->interaction;
		list.items[i].purge_at = instant_add(now, life);
		TRY(record_put(txn, &KIND_UPLOAD, &list.items[i]));
	}
	return 0;
}

int files_keep_until(struct txn *txn, struct arena *arena, struct id submission, struct instant when)
{
	struct files_list list;

	TRY(files_list_submitted(txn, arena, submission, &list));
	for (size_t i = 0; i < list.n; i++) {
		list.items[i].purge_at = when;
		TRY(record_put(txn, &KIND_UPLOAD, &list.items[i]));
	}
	return 0;
}
