/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure - what the store costs on this machine: durable updates by threads, a look at a snapshot, the codec. Built, not run,
 * by the tests. usage: measure DIR [SECONDS], where DIR is new; NO_SYNC=1 in the environment leaves durability out.
 */
#include "broker/base/sys.h"
#include "broker/store/record_codec.h"
#include "broker/store/records_account.h"
#include "broker/store/records_login.h"
#include "keys/seal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static struct store *store;
static _Atomic bool stop;
static int fail_percent;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static struct family family_example(void)
{
	static struct span scopes[] = { { "openid", 6 }, { "profile", 7 }, { "phone", 5 } };
	struct instant t = sys_now();

	return (struct family){
		.id = record_expiring_id(instant_add(t, MS_HOUR)),
		.created_at = t,
		.client_id = SPAN("demo-portal"),
		.redirect_uri = SPAN("http://127.0.0.1:8401/callback"),
		.code_challenge = SPAN("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
		.nonce = SPAN("n-0S6_WzA2Mj"),
		.code_hash = SPAN("0123456789abcdef0123456789abcdef"),
		.code_expires_at = instant_add(t, MS_MINUTE),
		.account = sys_new_id(t),
		.identity = sys_new_id(t),
		.session = sys_new_id(t),
		.scopes = { scopes, 3 },
		.auth_time = t,
		.acr = 2,
		.amr = { scopes, 1 },
	};
}

struct work {
	struct family family;
	bool fails;
};

static int insert_fn(struct txn *txn, void *arg)
{
	struct work *work = arg;

	TRY(record_put(txn, &KIND_FAMILY, &work->family));
	return work->fails ? ERR_CONFLICT : 0;
}

static void *insert_loop(void *arg)
{
	struct work work = { family_example(), false };
	uint64_t n = 0;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		work.family.id = record_expiring_id(instant_add(sys_now(), MS_HOUR));
		work.fails = work.family.id.b[15] * 100 < fail_percent * 256;
		int rc = store_update(store, insert_fn, &work);
		if (rc && rc != ERR_CONFLICT)
			abort();
		n++;
	}
	*(uint64_t *)arg = n;
	return NULL;
}

static void measure_updates(size_t threads, double seconds)
{
	pthread_t *ids = calloc(threads, sizeof *ids);
	uint64_t *counts = calloc(threads, sizeof *counts), n = 0;
	struct store_stats before, after;
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	store_stats(store, &before);
	atomic_store(&stop, false);
	double start = now(), start_cpu = cpu();
	for (size_t i = 0; i < threads; i++)
		if (pthread_create(&ids[i], &attr, insert_loop, &counts[i]))
			abort();
	struct timespec ts = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
	nanosleep(&ts, NULL);
	atomic_store(&stop, true);
	for (size_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		n += counts[i];
	}
	double took = now() - start, used = cpu() - start_cpu;
	store_stats(store, &after);
	uint64_t commits = after.commits - before.commits;
	printf("%4zu threads, %2d %% fail after writing: %8.0f updates/s, %6.1f us CPU each, %5.1f updates a commit, "
	       "%6.0f us a commit\n", threads, fail_percent, (double)n / took, used * 1e6 / (double)n, (double)n / (double)commits,
	       (double)(after.commit_us_sum - before.commit_us_sum) / (double)commits);
	free(ids);
	free(counts);
}

static int look_fn(struct txn *txn, void *arg)
{
	char key[17] = { (char)KIND_FAMILY.prefix };
	struct span value;

	memcpy(key + 1, arg, 16);
	return txn_get(txn, (struct span){ key, sizeof key }, &value);
}

static struct arena *arena;

static int get_fn(struct txn *txn, void *arg)
{
	struct family family;

	return record_get(txn, &KIND_FAMILY, *(struct id *)arg, arena, &family);
}

static int account_fn(struct txn *txn, void *arg)
{
	struct account account;

	return record_get(txn, &KIND_ACCOUNT, *(struct id *)arg, arena, &account);
}

static int put_account_fn(struct txn *txn, void *arg)
{
	return record_put(txn, &KIND_ACCOUNT, arg);
}

static void time_view(const char *what, store_fn *fn, struct id id)
{
	enum { ROUNDS = 300000 };
	double start = cpu();

	for (int i = 0; i < ROUNDS; i++) {
		if (store_view(store, fn, &id))
			abort();
		arena_reset(arena);
	}
	printf("%-48s %6.0f ns CPU\n", what, (cpu() - start) * 1e9 / ROUNDS);
}

static void measure_reads(void)
{
	struct work work = { family_example(), false };
	struct account account = {
		.id = sys_new_id(sys_now()), .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE, .login_name = SPAN("zhangsan"),
		.login_key = SPAN("zhangsan"), .identity = sys_new_id(sys_now()), .name = SPAN("张三"), .phone = SPAN("13800138000"),
		.email = SPAN("zhangsan@example.cn"), .id_number = SPAN("11010519491231002X"), .password = SPAN("$argon2id$v=19$m=19456,t=2,p=1$"),
	};

	if (!(arena = arena_new(1 << 20)) || store_update(store, insert_fn, &work) || store_update(store, put_account_fn, &account))
		abort();
	time_view("view and get", look_fn, work.family.id);
	time_view("view and record_get of a family", get_fn, work.family.id);
	time_view("view and record_get of an account, 4 sealed", account_fn, account.id);
	arena_free(arena);
}

static void print_memory(const char *when)
{
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "RssAnon", 7) == 0 || strncmp(line, "RssFile", 7) == 0)
			printf("%s %s", when, line);
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	static const size_t threads[] = { 1, 16, 64, 128 };
	double seconds = argc > 2 ? atof(argv[2]) : 2;
	char path[512];
	struct seal_ring *ring;

	if (argc < 2) {
		fprintf(stderr, "usage: measure DIR [SECONDS]\n");
		return 2;
	}
	if (sys_make_dir(argv[1]))
		return 1;
	snprintf(path, sizeof path, "%s/seal.key", argv[1]);
	if (seal_load(path, &ring) ||
	    store_open(&(struct store_options){ .dir = argv[1], .seal = ring, .no_sync = getenv("NO_SYNC") }, &store))
		return 1;
	print_memory("open");
	measure_reads();
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		measure_updates(threads[i], seconds);
	struct store_stats stats;
	store_stats(store, &stats);
	printf("%.0f bytes a family on disk\n", (double)stats.bytes_used / (double)stats.updates);
	fail_percent = 5;
	measure_updates(64, seconds);
	print_memory("at the end");
	store_close(store);
	seal_free(ring);
	return 0;
}
