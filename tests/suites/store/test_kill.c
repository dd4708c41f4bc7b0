/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kill - kill -9 in the middle of work, many lives of one store.
 *
 * A child inserts, takes and links from several threads and reports each acknowledged step over a pipe; the parent kills it at
 * a random moment, opens the store and checks: what was acknowledged is there, what was taken stays away and was taken at most
 * once over all lives, a unique value has one holder, indexes agree, the audit chain verifies. KILLS in the environment sets
 * how often.
 */
#include "broker/base/sys.h"
#include "broker/store/records_login.h"
#include "broker/store/records_system.h"
#include "broker/store/records_upstream.h"
#include "tests/suites/store/suite_store.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define THREADS 8
#define IDS_MAX 400000

enum step { INSERTED = 'i', TAKEN = 't' };

struct report {
	struct id id;
	char step;
};

/* ---- the child */

static int out_fd;

static void tell(struct id id, char step)
{
	struct report report = { id, step };

	if (write(out_fd, &report, sizeof report) != sizeof report) /* atomic: shorter than PIPE_BUF */
		_exit(3);
}

static int insert_fn(struct txn *txn, void *arg)
{
	struct id *id = arg;
	struct session session = { .id = *id, .account = { { id->b[14], 1 } }, .method = SPAN("password") };
	struct audit audit = { .id = *id, .action = SPAN("session.start") };

	TRY(record_insert(txn, &KIND_SESSION, &session));
	return record_insert(txn, &KIND_AUDIT, &audit);
}

static int take_fn(struct txn *txn, void *arg)
{
	struct id *id = arg;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	struct session session;
	struct audit audit = { .id = *id, .action = SPAN("session.end") };

	if (!arena)
		return FAULT_MEMORY;
	TRY(record_take(txn, &KIND_SESSION, *id, (struct instant){ 0 }, arena, &session));
	audit.id.b[0] ^= 0x80; /* one end for one session: a second would be refused */
	return record_insert(txn, &KIND_AUDIT, &audit);
}

/* A name that moves from holder to holder: unique at any time, and every second attempt fails after it wrote. */
static int link_fn(struct txn *txn, void *arg)
{
	struct id *id = arg;
	struct external_link link = { .id = *id, .provider = SPAN("p"), .issuer = SPAN("i"), .subject = { (char *)&id->b[15], 1 } };
	struct audit audit = { .id = *id, .action = SPAN("link") };

	audit.id.b[0] ^= 0x40;
	TRY(record_insert(txn, &KIND_AUDIT, &audit));
	return record_insert(txn, &KIND_EXTERNAL_LINK, &link);
}

struct left {
	struct id ids[4096];
	size_t n;
};

static int gather(const void *record, void *arg)
{
	struct left *left = arg;

	left->ids[left->n++] = *(const struct id *)record;
	return left->n == ARRAY_LEN(left->ids) ? TXN_STOP : 0;
}

static int left_fn(struct txn *txn, void *arg)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16 << 20);

	return record_scan(txn, &KIND_SESSION, (struct id){ 0 }, arena, gather, arg);
}

static void *work(void *arg)
{
	struct suite_thread *t = arg;
	struct left *left = t->shared;
	struct instant expiry = instant_add(sys_now(), MS_DAY);

	/* First what an earlier life left: all threads race for the same ones. */
	for (size_t i = 0; i < left->n; i += 2) {
		int rc = store_update(t->store, take_fn, &left->ids[i]);

		if (!rc)
			tell(left->ids[i], TAKEN);
		else if (rc != ERR_ABSENT)
			_exit(4);
	}
	for (unsigned n = 0;; n++) {
		struct id id = record_expiring_id(expiry);
		int rc = store_update(t->store, insert_fn, &id);

		if (rc)
			_exit(5);
		tell(id, INSERTED);
		if (n % 2 && (rc = store_update(t->store, take_fn, &id)))
			_exit(6);
		if (n % 2)
			tell(id, TAKEN);
		if (n % 3 == 0 && (rc = store_update(t->store, link_fn, &id)) && rc != ERR_CONFLICT)
			_exit(7);
	}
	return NULL;
}

static void live(void)
{
	static struct suite_thread threads[THREADS];
	static struct left left;
	struct store *store;

	if (store_open(&(struct store_options){ .dir = suite_path("db"), .seal = suite_seal }, &store))
		_exit(1);
	if (store_view(store, left_fn, &left))
		_exit(2);
	suite_threads(THREADS, work, store, &left, threads);
}

/* ---- the parent */

static struct known {
	struct id id;
	bool inserted, taken, gone; /* gone: taken, but the acknowledgement died with the child */
} *known;
static size_t n_known;
static uint32_t *table; /* open addressing: place in known + 1 */
#define TABLE (1u << 20)

static struct known *know(struct id id)
{
	uint32_t at;

	memcpy(&at, id.b + 8, sizeof at); /* random bytes */
	for (at %= TABLE; table[at]; at = (at + 1) % TABLE)
		if (id_eq(known[table[at] - 1].id, id))
			return &known[table[at] - 1];
	ck_assert_uint_lt(n_known, IDS_MAX);
	known[n_known].id = id;
	table[at] = (uint32_t)++n_known;
	return &known[n_known - 1];
}

static void hear(int fd)
{
	struct report reports[256];
	ssize_t n;

	while ((n = read(fd, reports, sizeof reports)) > 0) {
		ck_assert_int_eq(n % (ssize_t)sizeof *reports, 0);
		for (struct report *report = reports; report < reports + (size_t)n / sizeof *reports; report++) {
			struct known *k = know(report->id);

			if (report->step == INSERTED) {
				ROW_TRUE("an id is inserted once", !k->inserted);
				k->inserted = true;
			} else {
				ROW_TRUE("taken at most once over all lives", !k->taken && !k->gone);
				k->taken = true;
			}
		}
	}
}

static int compare_fn(struct txn *txn, void *arg)
{
	size_t lost_answers = 0;
	struct span value;
	char key[17] = { (char)KIND_SESSION.prefix };

	for (struct known *k = known; k < known + n_known; k++) {
		memcpy(key + 1, k->id.b, 16);
		int rc = txn_get(txn, (struct span){ key, sizeof key }, &value);

		ROW_TRUE("readable", rc == 0 || rc == ERR_ABSENT);
		if (k->taken || k->gone) {
			ROW_INT("what was taken stays away", rc, ERR_ABSENT);
		} else if (rc == ERR_ABSENT) {
			/* Only a take that was committed and not yet told may explain it: one for each thread. */
			k->gone = true;
			lost_answers++;
		}
	}
	ROW_TRUE("nothing acknowledged is lost", lost_answers <= THREADS);
	return 0;
}

START_TEST(nothing_acknowledged_is_lost_and_nothing_is_taken_twice)
{
	int kills = getenv("KILLS") ? atoi(getenv("KILLS")) : 60;
	struct store *store;
	struct store_audit audit;
	time_t end = time(NULL) + (getenv("KILLS") ? 36000 : 25);
	int n;

	suite_setup();
	known = calloc(IDS_MAX, sizeof *known);
	table = calloc(TABLE, sizeof *table);
	for (n = 0; n < kills && time(NULL) < end; n++) {
		int fds[2], status;
		uint16_t random;

		ck_assert_int_eq(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0) {
			close(fds[0]);
			out_fd = fds[1];
			live();
			_exit(9);
		}
		close(fds[1]);
		sys_random(&random, sizeof random);
		/* Hear meanwhile, so that the pipe does not hold the child up. */
		struct timespec wait = { 0, (20 + random % 180) * 1000000 };
		pid_t killer = fork();
		if (killer == 0) {
			close(fds[0]);
			nanosleep(&wait, NULL);
			kill(pid, SIGKILL);
			_exit(0);
		}
		hear(fds[0]);
		close(fds[0]);
		ck_assert_int_eq(waitpid(killer, &status, 0), killer);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFSIGNALED(status), "the child ended by itself: %d", WEXITSTATUS(status));

		ck_assert_int_eq(store_open(&(struct store_options){ .dir = suite_path("db"), .seal = suite_seal }, &store), 0);
		ROW_INT("compare", store_view(store, compare_fn, NULL), 0);
		if (n % 5 == 4 || n == kills - 1)
			ROW_INT("indexes agree and the audit chain verifies", store_check(store), 0);
		store_close(store);
	}
	ck_assert_int_eq(store_open(&(struct store_options){ .dir = suite_path("db"), .seal = suite_seal }, &store), 0);
	ROW_INT("indexes agree and the audit chain verifies", store_check(store), 0);
	ROW_INT("audit", store_audit_verify(store, &audit), 0);
	fprintf(stderr, "%d kills, %zu acknowledged, %llu audit records in %llu links\n", n, n_known, (unsigned long long)audit.records,
		(unsigned long long)audit.commits);
	store_close(store);
	ROW_TRUE("enough was done to mean something", n >= kills / 4 && n_known > 100);
	free(known);
	free(table);
	suite_cleanup();
}
END_TEST

int main(void)
{
	return suite_run("store/kill", (struct suite_test[]){
		SUITE_ONCE(nothing_acknowledged_is_lost_and_nothing_is_taken_twice),
		SUITE_END,
	});
}
