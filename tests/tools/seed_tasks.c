/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seed_tasks - tasks put straight into the store of a daemon that does not run: for tests of the review desk that need many of them, of any age.
 *
 *   seed_tasks DATA_DIR <lines
 *
 * A line is a JSON object: kind (1 …), queue ("unit:USCC" names the unit by its code), title, subject and account (ids, may be left out),
 * age_ms, before and now (objects of texts: submissions), form (of these; not set: appeal-natural), repeat. Prints the id of each line's last task.
 */
#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/task.h"
#include "broker/store/records_review.h"
#include "keys/seal.h"

#include <stdio.h>
#include <stdlib.h>

struct line {
	struct arena *arena;
	json_t *object;
	struct id id;
};

static struct id id_at(const json_t *object, const char *key)
{
	struct id id = { { 0 } };

	return encode_id_decode(json_get_span(object, key), &id) ? (struct id){ { 0 } } : id;
}

static int submit(struct txn *txn, struct line *line, const char *key, int status, struct id subject, struct instant now, struct id *ret_id)
{
	const json_t *values = json_object_get(line->object, key);
	char *text = values ? json_dumps(values, 0) : NULL;
	struct span form = json_get_span(line->object, "form");
	struct submission submission = { .id = sys_new_id(now), .subject = subject, .form = form.n ? form : SPAN("appeal-natural"), .status = status,
					 .created_at = now, .changed_at = now };

	if (!text)
		return 0;
	submission.values = arena_dup(line->arena, span_of(text));
	free(text);
	*ret_id = submission.id;
	return record_insert(txn, &KIND_SUBMISSION, &submission);
}

static int queue_of(struct txn *txn, struct line *line, struct span *ret_queue)
{
	struct span queue = json_get_span(line->object, "queue");
	struct unit probe = { .uscc = { queue.p + 5, queue.n - 5 } }, unit;

	*ret_queue = queue;
	if (!span_starts(queue, SPAN("unit:")))
		return 0;
	TRY(record_find(txn, &KIND_UNIT, UNIT_BY_USCC, &probe, line->arena, &unit));
	return task_queue_unit(unit.id, line->arena, ret_queue);
}

static int seed(struct txn *txn, void *arg)
{
	struct line *line = arg;
	struct task_new new = { .title = json_get_span(line->object, "title"), .account = id_at(line->object, "account") };
	int64_t kind = TASK_UNIT, age = 0, repeat = 1;

	json_get_i64(line->object, "kind", &kind);
	json_get_i64(line->object, "age_ms", &age);
	json_get_i64(line->object, "repeat", &repeat);
	new.kind = (int)kind;
	struct instant now = instant_add(sys_now(), -age);
	TRY(queue_of(txn, line, &new.queue));
	for (int64_t i = 0; i < repeat; i++) {
		new.subject = id_at(line->object, "subject");
		if (!id_is_set(new.subject))
			new.subject = sys_new_id(now);
		TRY(submit(txn, line, "before", SUBMISSION_ACCEPTED, new.subject, instant_add(now, -1), &new.submission));
		TRY(submit(txn, line, "now", SUBMISSION_SUBMITTED, new.subject, now, &new.submission));
		TRY(task_open(txn, &new, now, line->arena, &line->id));
	}
	return 0;
}

static int seed_line(struct store *store, const char *text)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)512 * 1024 * 1024);
	JSON *object = NULL;
	char id[37];

	if (!arena)
		return FAULT_MEMORY;
	TRY(json_read_object(span_trim(span_of(text)), &object));
	struct line line = { .arena = arena, .object = object };
	TRY(store_update(store, seed, &line));
	encode_id(id, line.id);
	puts(id);
	return 0;
}

int main(int argc, char **argv)
{
	char path[4096], text[16384];
	CLEANUP(seal_cleanup) struct seal_ring *seal = NULL;
	CLEANUP(store_cleanup) struct store *store = NULL;
	int result = EXIT_SUCCESS;

	if (argc != 2)
		return EXIT_FAILURE;
	snprintf(path, sizeof path, "%s/store.key", argv[1]);
	if (seal_load(path, &seal))
		return EXIT_FAILURE;
	snprintf(path, sizeof path, "%s/store", argv[1]);
	if (store_open(&(struct store_options){ .dir = path, .seal = seal, .must_exist = true }, &store))
		return EXIT_FAILURE;
	while (result == EXIT_SUCCESS && fgets(text, sizeof text, stdin))
		if (seed_line(store, text))
			result = EXIT_FAILURE;
	return result;
}
