/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of everything, what stands in its way, and the epoch that begins where it takes the place of what was there. */
#include "broker/base/sys.h"
#include "broker/endpoint/backup.h"
#include "broker/store/records_review.h"
#include "tests/unit/endpoint/fixture.h"

#include <sys/stat.h>

#define FILE_NAME "files/ab/abcdef.sealed"

static char *at(struct world *w, const char *name)
{
	return arena_printf(w->arena, "%s/%s", w->dir, name);
}

static void write_file(struct world *w, const char *name, const char *text)
{
	char *path = at(w, name);

	for (char *slash = path + strlen(w->dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	FILE *file = fopen(path, "we");
	ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static const char *read_file(struct world *w, const char *name)
{
	char text[64] = "";
	FILE *file = fopen(at(w, name), "re");

	if (!file)
		return NULL;
	size_t n = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	return arena_cstr(w->arena, (struct span){ text, n });
}

static void add_account(struct world *w, const char *login)
{
	world_do(w, arena_printf(w->arena, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"%s\",\"password\":\"Demo@1234\"}}", login));
}

static struct store *open_copy(struct world *w, const char *name)
{
	struct store_options options = { .dir = at(w, name), .seal = w->seal, .map_size = 256 << 20, .must_exist = true };
	struct store *store = NULL;

	ck_assert_int_eq(store_open(&options, &store), 0);
	return store;
}

static int count_account(const void *record, void *arg)
{
	++*(size_t *)arg;
	return 0;
}

struct counting {
	struct world *w;
	size_t n;
};

static int count_accounts(struct txn *txn, void *arg)
{
	struct counting *c = arg;

	c->n = 0;
	return record_scan(txn, &KIND_ACCOUNT, (struct id){ { 0 } }, c->w->arena, count_account, &c->n);
}

START_TEST(there_and_back)
{
	WORLD w;
	struct counting c = { .w = &w };
	struct stat st;

	world_make(&w);
	add_account(&w, "zhangsan");
	write_file(&w, FILE_NAME, "sealed");
	write_file(&w, "files/00/.half", "being written");
	ck_assert_int_eq(backup_write(w.store, w.dir, at(&w, "copy")), 0);
	add_account(&w, "lisi"); /* later than the copy */
	ck_assert_str_eq(read_file(&w, "copy/" FILE_NAME), "sealed");
	ck_assert_ptr_null(read_file(&w, "copy/files/00/.half"));
	ck_assert_int_eq(stat(at(&w, "copy/" FILE_NAME), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(backup_read(at(&w, "copy"), at(&w, "new")), 0);
	ck_assert_str_eq(read_file(&w, "new/" FILE_NAME), "sealed");
	struct store *store = open_copy(&w, "new/store");
	ck_assert_int_eq(store_view(store, count_accounts, &c), 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_int_eq(store_check(store), 0);
	store_close(store);
}
END_TEST

static const struct {
	const char *name;
	bool is_read;
	const char *there;
	int want;
} hindrances[] = {
	{ "a backup goes over no other", false, "copy/store/data.mdb", ERR_EXISTS },
	{ "nor over anything else", false, "copy/note.txt", ERR_EXISTS },
	{ "of a directory without a store nothing is made", true, "copy/note.txt", ERR_ABSENT },
	{ "no store is replaced", true, "new/store/data.mdb", ERR_EXISTS },
	{ "no files are mixed", true, "new/" FILE_NAME, ERR_EXISTS },
};

START_TEST(in_the_way)
{
	WORLD w;

	world_make(&w);
	if (hindrances[_i].is_read && hindrances[_i].want == ERR_EXISTS)
		ck_assert_int_eq(backup_write(w.store, w.dir, at(&w, "copy")), 0);
	write_file(&w, hindrances[_i].there, "mine");
	int result = hindrances[_i].is_read ? backup_read(at(&w, "copy"), at(&w, "new")) : backup_write(w.store, w.dir, at(&w, "copy"));
	ROW_INT(hindrances[_i].name, result, hindrances[_i].want);
	ck_assert_str_eq(read_file(&w, hindrances[_i].there), "mine");
	if (hindrances[_i].is_read && hindrances[_i].want == ERR_EXISTS && strstr(hindrances[_i].there, "files"))
		ck_assert_ptr_null(read_file(&w, "new/store/data.mdb")); /* nothing of it */
}
END_TEST

/* ---- the epoch */

static void give(struct world *w, size_t sessions)
{
	static const char hash[32] = "hash";

	for (size_t i = 0; i < sessions; i++)
		world_put(w, &KIND_SESSION, &(struct session){ .id = record_expiring_id(instant_add(w->now, MS_DAY)), .secret_hash = { hash, sizeof hash },
							       .account = sys_new_id(w->now), .created_at = w->now });
	world_put(w, &KIND_FAMILY, &(struct family){ .id = record_expiring_id(instant_add(w->now, MS_DAY)), .client_id = SPAN("web") });
	world_put(w, &KIND_TICKET, &(struct ticket){ .id = record_expiring_id(instant_add(w->now, MS_DAY)) });
}

START_TEST(an_epoch_begins)
{
	WORLD w;
	size_t n = 0;

	world_make(&w);
	add_account(&w, "zhangsan");
	give(&w, 450); /* more than one batch */
	ck_assert_int_eq(backup_begin_epoch(w.store, w.now, &n), 0);
	ck_assert_uint_eq(n, 452);
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION) + world_count(&w, &KIND_FAMILY) + world_count(&w, &KIND_TICKET), 0);
	ck_assert_uint_eq(world_count(&w, &KIND_ACCOUNT), 1);
	ck_assert_int_eq(backup_begin_epoch(w.store, w.now, &n), 0);
	ck_assert_uint_eq(n, 0);
	world_check(&w);
}
END_TEST

/* Cut off anywhere it is begun again, and ends with nothing that a login gave. */
START_TEST(allocations_of_the_epoch)
{
	unsigned long k;
	size_t n = 0;
	WORLD w;

	world_make(&w);
	for (k = 1; k < 400; k++) {
		if (!world_count(&w, &KIND_SESSION))
			give(&w, 3);
		world_fail_updates(&w, k);
		int result = backup_begin_epoch(w.store, w.now, &n);
		world_fail_updates(&w, 0);
		if (!result)
			break;
		ck_assert_int_eq(result, FAULT_MEMORY);
		world_check(&w);
	}
	ck_assert_msg(k > 1 && k < 400, "it succeeds when allocation %lu fails", k);
	ck_assert_uint_eq(world_count(&w, &KIND_SESSION) + world_count(&w, &KIND_FAMILY) + world_count(&w, &KIND_TICKET), 0);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/backup", (struct suite_test[]){
						    SUITE_ONCE(there_and_back),
						    SUITE_LOOP(in_the_way, ARRAY_LEN(hindrances)),
						    SUITE_ONCE(an_epoch_begins),
						    SUITE_ONCE(allocations_of_the_epoch),
						    SUITE_END,
					    });
}
