/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/sys.h"
#include "broker/endpoint/files_disk.h"
#include "broker/endpoint/files_list.h"
#include "broker/job/files.h"
#include "broker/store/records_review.h"
#include "conf/config_upload.h"
#include "keys/sealed_file.h"
#include "tests/unit/endpoint/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static struct files_place place_of(struct world *w, struct id owner)
{
	return (struct files_place){ .upload = config_upload(w->config, SPAN("appeal-legal")), .owner = owner };
}

static bool is_on_disk(struct world *w, struct id id)
{
	struct sealed_file *file = NULL;
	int result = files_disk_open(&w->app, id, &file);

	sealed_file_free(file);
	return result == 0;
}

/* A file with its record. */
static struct upload add(struct world *w, struct id owner, const char *slot, struct instant purge_at)
{
	struct upload upload = { .id = sys_new_id(w->now), .owner = owner, .use = SPAN("appeal-legal"), .slot = span_of(slot), .name = SPAN("a.png"),
				 .type = SPAN("image/png"), .created_at = w->now, .purge_at = purge_at };
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = NULL;
	unsigned char hash[32];

	w->app.data_dir = w->dir;
	ck_assert_int_eq(files_disk_create(&w->app, upload.id, &file), 0);
	ck_assert_int_eq(sealed_file_write(file, SPAN("bytes")), 0);
	ck_assert_int_eq(files_disk_keep(&w->app, upload.id, file, hash), 0);
	world_put(w, &KIND_UPLOAD, &upload);
	return upload;
}

struct procedure {
	struct world *w;
	struct files_place place;
	struct id submission;
	struct files_problem problem;
	struct files_list loose, submitted;
};

static int check_it(struct txn *txn, void *arg)
{
	struct procedure *p = arg;

	TRY(files_list_loose(txn, p->w->arena, &p->place, &p->loose));
	TRY(files_list_submitted(txn, p->w->arena, p->submission, &p->submitted));
	return files_check(txn, p->w->arena, &p->place, &p->problem);
}

static int attach(struct txn *txn, void *arg)
{
	struct procedure *p = arg;

	return files_attach(txn, p->w->arena, &p->place, p->submission);
}

static int take_back(struct txn *txn, void *arg)
{
	struct procedure *p = arg;

	return files_take_back(txn, p->w->arena, p->submission, &p->place, p->w->now, MS_DAY);
}

static int end(struct txn *txn, void *arg)
{
	struct procedure *p = arg;

	return files_keep_until(txn, p->w->arena, p->submission, instant_add(p->w->now, 10 * MS_DAY));
}

static size_t run(struct world *w, int64_t days)
{
	struct files_round round = { .part = 0 };
	size_t n;

	ck_assert_int_eq(files_run(&w->app, instant_add(w->now, days * MS_DAY), &round, &n), 0);
	return n;
}

START_TEST(submitted_rejected_and_over)
{
	WORLD w;
	world_make(&w);
	struct id owner = sys_new_id(w.now), other = sys_new_id(w.now);
	struct procedure p = { .w = &w, .place = place_of(&w, owner), .submission = sys_new_id(w.now) };

	ck_assert_int_eq(store_view(w.store, check_it, &p), 0);
	ck_assert_int_eq(p.problem.error, ERR_FILE_MISSING);
	ROW_SPAN("the first slot that lacks a file", p.problem.slot, SPAN("licence"));
	struct upload one = add(&w, owner, "licence", instant_add(w.now, MS_DAY));
	add(&w, owner, "contact_id", instant_add(w.now, MS_DAY));
	struct upload foreign = add(&w, other, "licence", instant_add(w.now, MS_DAY));
	ck_assert_int_eq(store_view(w.store, check_it, &p), 0);
	ck_assert_int_eq(p.problem.error, 0);
	ck_assert_uint_eq(p.loose.n, 2);

	ck_assert_int_eq(store_update(w.store, attach, &p), 0);
	ck_assert_int_eq(store_view(w.store, check_it, &p), 0);
	ck_assert_uint_eq(p.loose.n, 0);
	ck_assert_uint_eq(p.submitted.n, 2);
	ck_assert_uint_eq(run(&w, 2), 1); /* the other person's, which nobody submitted */
	ck_assert(is_on_disk(&w, one.id) && !is_on_disk(&w, foreign.id));

	ck_assert_int_eq(store_update(w.store, take_back, &p), 0);
	ck_assert_int_eq(store_view(w.store, check_it, &p), 0);
	ck_assert_uint_eq(p.loose.n, 2);
	ck_assert_uint_eq(p.submitted.n, 0);
	ck_assert_int_eq(store_update(w.store, attach, &p), 0);
	ck_assert_int_eq(store_update(w.store, end, &p), 0);
	ck_assert_uint_eq(run(&w, 9), 0);
	ck_assert_uint_eq(run(&w, 11), 2);
	ck_assert(!is_on_disk(&w, one.id));
	ck_assert_uint_eq(world_count(&w, &KIND_UPLOAD), 0);
	world_check(&w);
}
END_TEST

START_TEST(files_without_a_record_are_swept)
{
	WORLD w;
	world_make(&w);
	struct upload kept = add(&w, sys_new_id(w.now), "licence", (struct instant){ 0 }), lost = kept;
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = NULL;
	size_t n = 0, all = 0;
	struct instant later = instant_add(sys_now(), MS_DAY); /* ages are those of the disk */
	unsigned char hash[32];

	lost.id.b[14] ^= 1; /* beside it */
	ck_assert_int_eq(files_disk_create(&w.app, lost.id, &file), 0);
	ck_assert_int_eq(files_disk_keep(&w.app, lost.id, file, hash), 0);
	for (unsigned part = 0; part < 256; part++) {
		ck_assert_int_eq(files_disk_sweep(&w.app, part, sys_now(), MS_HOUR, &n), 0);
		ck_assert_msg(n == 0, "what is young is being taken");
		ck_assert_int_eq(files_disk_sweep(&w.app, part, later, MS_HOUR, &n), 0);
		all += n;
	}
	ck_assert_uint_eq(all, 1);
	ck_assert(is_on_disk(&w, kept.id) && !is_on_disk(&w, lost.id));
}
END_TEST

int main(void)
{
	return suite_run("files", (struct suite_test[]){ SUITE_ONCE(submitted_rejected_and_over), SUITE_ONCE(files_without_a_record_are_swept), SUITE_END });
}
