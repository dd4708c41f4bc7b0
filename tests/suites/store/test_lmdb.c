/* SPDX-License-Identifier: Apache-2.0 */
/* test_lmdb - what only the real engine can show: a full map, a full disk, one writer, quota, copies, the audit chain under
 * attack. */
#include "broker/store/records_system.h"
#include "tests/suites/store/suite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct store *open_lmdb(struct store_options options)
{
	return suite_open_with(0, options);
}

/* Put values until one is refused; returns how many were acknowledged. */
static int put_until_refused(struct store *store, int max, int *ret_rc)
{
	static char value[20000];
	char key[16];
	int n;

	memset(value, 'v', sizeof value);
	for (n = 0; n < max; n++) {
		snprintf(key, sizeof key, "K%05d", n);
		if ((*ret_rc = suite_put(store, span_of(key), (struct span){ value, sizeof value })))
			break;
	}
	return n;
}

static int check_present_fn(struct txn *txn, void *arg)
{
	char key[16];
	struct span value;

	for (int i = 0; i < *(int *)arg; i++) {
		snprintf(key, sizeof key, "K%05d", i);
		TRY(txn_get(txn, span_of(key), &value));
		ROW_INT(key, value.n, 20000);
	}
	return 0;
}

static void check_broken_then_whole(struct store *store, int acknowledged)
{
	int none = 0;

	ROW_TRUE("broken", store_is_broken(store));
	ROW_INT("updates", suite_put(store, SPAN("Kx"), SPAN("x")), FAULT_STORE);
	ROW_INT("even deletes", store_update(store, suite_del_fn, &SPAN("K00000")), FAULT_STORE);
	ROW_INT("views", store_view(store, check_present_fn, &none), FAULT_STORE);
	ROW_INT("copies", store_backup(store, suite_path("copy")), FAULT_STORE);
	store_close(store);
	store = open_lmdb((struct store_options){ 0 });
	ROW_TRUE("whole after a restart", !store_is_broken(store));
	ROW_INT("what was acknowledged is there", store_view(store, check_present_fn, &acknowledged), 0);
	ROW_INT("check", store_check(store), 0);
	ROW_INT("and goes on", suite_put(store, SPAN("Kx"), SPAN("x")), 0);
	store_close(store);
}

START_TEST(a_full_map_breaks_the_store)
{
	int rc = 0;

	suite_setup();
	struct store *store = open_lmdb((struct store_options){ .map_size = 1 << 20 });
	int n = put_until_refused(store, 1000, &rc);
	ROW_TRUE("some fit", n > 10 && n < 100);
	ROW_INT("then", rc, FAULT_STORE);
	check_broken_then_whole(store, n);
	suite_cleanup();
}
END_TEST

/* A limit on file size fails the write as a full disk does: the commit says so after functions have run. */
START_TEST(a_failed_write_breaks_the_store)
{
	int rc = 0;

	suite_setup();
	signal(SIGXFSZ, SIG_IGN);
	struct store *store = open_lmdb((struct store_options){ 0 });
	ROW_INT("limit", setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 1 << 20, RLIM_INFINITY }), 0);
	int n = put_until_refused(store, 1000, &rc);
	ROW_TRUE("some fit", n > 10 && n < 100);
	ROW_INT("then", rc, FAULT_STORE);
	ROW_INT("limit", setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }), 0);
	check_broken_then_whole(store, n);
	suite_cleanup();
}
END_TEST

static void *put_one(void *arg)
{
	struct suite_thread *t = arg;
	static char value[100000];
	char key[16];

	for (int i = 0; !t->rc && i < 20; i++) {
		snprintf(key, sizeof key, "K%03zu.%d", t->i, i);
		t->rc = suite_put(t->store, span_of(key), (struct span){ value, sizeof value });
	}
	return NULL;
}

START_TEST(everybody_who_waits_hears_that_it_broke)
{
	static struct suite_thread threads[32];

	suite_setup();
	struct store *store = open_lmdb((struct store_options){ .map_size = 4 << 20 });
	suite_threads(ARRAY_LEN(threads), put_one, store, NULL, threads);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		ROW_INT("each thread ends with the fault", threads[i].rc, FAULT_STORE);
	store_close(store);
	suite_cleanup();
}
END_TEST

START_TEST(one_writer_at_a_time)
{
	struct store *second;
	int status;

	suite_setup();
	struct store_options options = { .dir = suite_path("db"), .must_exist = true };
	ROW_INT("must exist", store_open(&options, &second), ERR_ABSENT);
	struct store *store = open_lmdb((struct store_options){ 0 });
	ROW_INT("the same process", store_open(&options, &second), ERR_BUSY);
	pid_t pid = fork();
	if (pid == 0)
		_exit(store_open(&options, &second) == ERR_BUSY ? 0 : 1);
	waitpid(pid, &status, 0);
	ROW_INT("another process", status, 0);
	ROW_INT("the first goes on", suite_put(store, SPAN("Ka"), SPAN("1")), 0);
	store_close(store);
	ROW_INT("afterwards", store_open(&options, &second), 0);
	ROW_INT("it is all there", suite_has(second, SPAN("Ka"), SPAN("1")), 1);
	store_close(second);
	suite_cleanup();
}
END_TEST

START_TEST(foreign_files_are_refused)
{
	struct store *store;
	static char rubbish[16384];

	suite_setup();
	struct store_options options = { .dir = suite_path("db") };
	mkdir(options.dir, 0700);
	int fd = open(suite_path("db/data.mdb"), O_WRONLY | O_CREAT, 0600);
	memset(rubbish, 'r', sizeof rubbish);
	ROW_INT("written", write(fd, rubbish, sizeof rubbish), sizeof rubbish);
	close(fd);
	ROW_INT("not a store", store_open(&options, &store), FAULT_STORE);
	options.dir = suite_path("seal.key");
	ROW_INT("a file, not a directory", store_open(&options, &store), FAULT_IO);
	suite_cleanup();
}
END_TEST

static int cut_all_fn(struct txn *txn, void *arg)
{
	size_t n;

	return txn_cut(txn, SPAN("K"), SPAN("L"), 100000, &n);
}

START_TEST(the_quota_says_full_and_cleaning_helps)
{
	int rc = 0;

	suite_setup();
	struct store *store = open_lmdb((struct store_options){ .quota = 1 << 20 });
	ROW_TRUE("empty", !store_is_full(store));
	ROW_INT("put", put_until_refused(store, 100, &rc), 100);
	usleep(1100000);
	ROW_TRUE("full", store_is_full(store));
	ROW_INT("what must go on goes on", suite_put(store, SPAN("Kz"), SPAN("")), 0);
	ROW_INT("clean", store_update(store, cut_all_fn, NULL), 0);
	usleep(1100000);
	ROW_TRUE("room again", !store_is_full(store));
	store_close(store);
	store = open_lmdb((struct store_options){ .free_disk_min = UINT64_MAX });
	ROW_TRUE("a disk without room", store_is_full(store));
	store_close(store);
	suite_cleanup();
}
END_TEST

START_TEST(a_copy_of_a_live_store_is_a_store)
{
	static struct suite_thread threads[4];
	struct stat st;
	int rc = 0, n = 50;

	suite_setup();
	umask(0);
	struct store *store = open_lmdb((struct store_options){ 0 });
	ROW_INT("put", put_until_refused(store, n, &rc), n);
	suite_threads(ARRAY_LEN(threads), put_one, store, NULL, threads);
	const char *dir = suite_path("copy");
	ROW_INT("copy", store_backup(store, dir), 0);
	ROW_INT("not over another", store_backup(store, dir), ERR_EXISTS);
	store_close(store);
	ROW_INT("there", stat(suite_path("copy/data.mdb"), &st), 0);
	ROW_INT("nobody else may read it", st.st_mode & 0777, 0600);
	ROW_INT("nor the store", stat(suite_path("db/data.mdb"), &st), 0);
	ROW_INT("nor the store", st.st_mode & 0777, 0600);
	store = open_lmdb((struct store_options){ .dir = dir, .must_exist = true });
	ROW_INT("all there", store_view(store, check_present_fn, &n), 0);
	ROW_INT("check", store_check(store), 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

START_TEST(a_scratch_file_that_was_closed_is_a_store_of_its_length)
{
	struct stat st;
	int rc = 0, n = 50;

	suite_setup();
	struct store *store = suite_open_with(ARRAY_LEN(suite_engines) - 1, (struct store_options){ 0 });
	ROW_INT("put", put_until_refused(store, n, &rc), n);
	ROW_INT("one commit an update", store_update(store, suite_put_fn, &(struct kv){ SPAN("Kx"), SPAN("x"), ERR_CONFLICT }), ERR_CONFLICT);
	store_close(store);
	ROW_INT("there", stat(suite_path("db/data.mdb"), &st), 0);
	ROW_TRUE("as long as what is in it", st.st_size < 4 << 20);
	store = open_lmdb((struct store_options){ .must_exist = true });
	ROW_INT("all there", store_view(store, check_present_fn, &n), 0);
	ROW_INT("and nothing that was refused", suite_has(store, SPAN("Kx"), SPAN("x")), ERR_ABSENT);
	ROW_INT("check", store_check(store), 0);
	ROW_INT("and goes on", suite_put(store, SPAN("Kx"), SPAN("x")), 0);
	store_close(store);
	suite_cleanup();
}
END_TEST

static _Atomic bool done;

static int pair_fn(struct txn *txn, void *arg)
{
	struct span value = { arg, sizeof(unsigned) };

	TRY(txn_put(txn, SPAN("Kleft"), value));
	return txn_put(txn, SPAN("Kright"), value);
}

static void *keep_writing(void *arg)
{
	struct suite_thread *t = arg;

	for (unsigned n = 0; !t->rc && !done; n++)
		t->rc = store_update(t->store, pair_fn, &n);
	return NULL;
}

static int is_pair_fn(struct txn *txn, void *arg)
{
	struct span left, right;

	TRY(txn_get(txn, SPAN("Kleft"), &left));
	TRY(txn_get(txn, SPAN("Kright"), &right));
	ROW_SPAN("one moment", left, right);
	return 0;
}

START_TEST(a_copy_shows_one_moment_while_others_write)
{
	struct suite_thread t = { 0 };
	int rc = 0;

	suite_setup();
	t.store = open_lmdb((struct store_options){ 0 });
	ROW_INT("put", put_until_refused(t.store, 100, &rc), 100);
	ck_assert_int_eq(pthread_create(&t.thread, NULL, keep_writing, &t), 0);
	usleep(20000);
	const char *dir = suite_path("copy");
	ROW_INT("copy", store_backup(t.store, dir), 0);
	done = true;
	pthread_join(t.thread, NULL);
	ROW_INT("the writer was not disturbed", t.rc, 0);
	store_close(t.store);
	t.store = open_lmdb((struct store_options){ .dir = dir });
	ROW_INT("the copy", store_view(t.store, is_pair_fn, NULL), 0);
	store_close(t.store);
	suite_cleanup();
}
END_TEST

START_TEST(no_program_that_we_start_inherits_the_store)
{
	size_t ours = 0;
	char link[64], path[256];

	suite_setup();
	struct store *store = open_lmdb((struct store_options){ 0 });
	for (int fd = 0; fd < 64; fd++) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, path, sizeof path);

		if (n <= 0 || !memmem(path, (size_t)n, suite_dir, strlen(suite_dir)))
			continue;
		ROW_INT("close on exec", fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		ours++;
	}
	ROW_TRUE("there were some", ours >= 3);
	store_close(store);
	suite_cleanup();
}
END_TEST

/* ---- somebody writes to audit records behind our back */

static struct audit audit_example(unsigned char n)
{
	return (struct audit){ .id = { { 1, n } }, .action = SPAN("login"), .actor = SPAN("zhangsan"), .result = SPAN("denied") };
}

static int audit_fn(struct txn *txn, void *arg)
{
	struct audit audit = audit_example(*(unsigned char *)arg);

	return record_insert(txn, &KIND_AUDIT, &audit);
}

enum attack { ALTER, REMOVE };

static int attack_fn(struct txn *txn, void *arg)
{
	struct audit audit = audit_example(2);

	TRY(record_del(txn, &KIND_AUDIT, audit.id));
	audit.result = SPAN("ok");
	return *(enum attack *)arg == ALTER ? record_put(txn, &KIND_AUDIT, &audit) : 0;
}

START_TEST(an_altered_audit_record_is_seen)
{
	enum attack attack = (enum attack)_i;
	struct store_audit found;

	suite_setup();
	struct store *store = open_lmdb((struct store_options){ 0 });
	for (unsigned char i = 1; i <= 5; i++)
		ROW_INT("put", store_update(store, audit_fn, &i), 0);
	ROW_INT("verify", store_audit_verify(store, &found), 0);
	ROW_INT("five", found.records, 5);
	ROW_INT("attack", store_update(store, attack_fn, &attack), 0);
	ROW_INT("seen", store_audit_verify(store, &found), ERR_CONFLICT);
	ROW_INT("by the check too", store_check(store), ERR_CONFLICT);
	store_close(store);
	suite_cleanup();
}
END_TEST

int main(void)
{
	return suite_run("store/lmdb", (struct suite_test[]){
					       SUITE_ONCE(a_full_map_breaks_the_store),
					       SUITE_ONCE(a_failed_write_breaks_the_store),
					       SUITE_ONCE(everybody_who_waits_hears_that_it_broke),
					       SUITE_ONCE(one_writer_at_a_time),
					       SUITE_ONCE(foreign_files_are_refused),
					       SUITE_ONCE(the_quota_says_full_and_cleaning_helps),
					       SUITE_ONCE(a_copy_of_a_live_store_is_a_store),
					       SUITE_ONCE(a_scratch_file_that_was_closed_is_a_store_of_its_length),
					       SUITE_ONCE(a_copy_shows_one_moment_while_others_write),
					       SUITE_ONCE(no_program_that_we_start_inherits_the_store),
					       SUITE_LOOP(an_altered_audit_record_is_seen, 2),
					       SUITE_END,
				       });
}
