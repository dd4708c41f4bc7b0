/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The LMDB engine: one file, one keyspace, a sparse map, snapshot readers on any thread, one writer thread with group commit.
 *
 * The writer runs queued functions one after the other in one transaction and commits once. While functions succeed, or fail before
 * they wrote anything, they run straight in that transaction. When one fails after writing, the batch starts over with a nested
 * transaction for each function, so that only the failing one is undone: nesting copies every page it touches, and nearly no
 * function fails after its first write. (Functions may run more than once; that is their contract.)
 */
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/store/commit_queue.h"
#include "broker/store/store_audit.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define MAP_SIZE (UINT64_C(1) << 40)
#define READERS 384 /* threads that look at snapshots at the same time */
#define BATCH_UPDATES 512
#define BATCH_NS 5000000
#define SCRATCH_CAP (64 * 1024 * 1024)
#define WRITER_STACK (512 * 1024)
#define FORMAT "yimen store 1"

/* A read transaction that is kept and renewed: beginning one anew costs more, and the table of readers is bounded. */
struct reader {
	alignas(64) _Atomic bool busy;
	MDB_txn *mdb;
};

struct lmdb_store {
	struct store base;
	MDB_env *env;
	MDB_dbi dbi;
	int lock_fd;
	char *dir;
	pthread_t writer;
	bool has_writer;
	struct commit_queue queue;
	struct reader *readers;
	/* the writer's */
	struct arena *scratch;
	struct store_audit_tail tail;
	struct id *audited; /* records put in the running batch, in order */
	size_t n_audited, audited_cap;
	_Atomic uint64_t commits, updates, commit_us;
};

struct lmdb_txn {
	struct txn base;
	MDB_txn *mdb;
	bool wrote;
	int fault; /* the engine's first: such a function cannot succeed */
};

static struct lmdb_store *lmdb_store(struct store *store)
{
	return (struct lmdb_store *)store;
}

static MDB_val val_of(struct span s)
{
	return (MDB_val){ s.n, (void *)(uintptr_t)s.p };
}

static struct span span_of_val(MDB_val v)
{
	return (struct span){ v.mv_data, v.mv_size };
}

/* Out of memory is one request's bad luck. Anything else means that nothing more may be acknowledged by this process: a full map
 * refuses deletes as well (E5), and after a failed sync later commits would seem to succeed (E6, E7). */
static int engine_fault(struct store *store, int rc, const char *what)
{
	if (rc == ENOMEM)
		return FAULT_MEMORY;
	atomic_store_explicit(&store->broken, true, memory_order_release);
	return FAULT(FAULT_STORE, "%s: %s", what, mdb_strerror(rc));
}

/* ---- inside a transaction */

static int txn_fault(struct lmdb_txn *t, int rc, const char *what)
{
	int fault = engine_fault(t->base.store, rc, what);

	if (!t->fault)
		t->fault = fault;
	return fault;
}

static int lmdb_get(struct txn *txn, struct span key, struct span *ret_value)
{
	struct lmdb_txn *t = (struct lmdb_txn *)txn;
	MDB_val k = val_of(key), v;
	int rc = mdb_get(t->mdb, lmdb_store(txn->store)->dbi, &k, &v);

	if (rc == MDB_NOTFOUND)
		return ERR_ABSENT;
	if (rc)
		return txn_fault(t, rc, "get");
	*ret_value = span_of_val(v);
	return 0;
}

static int remember_audit(struct lmdb_store *s, struct span key)
{
	if (key.n != 1 + sizeof(struct id))
		return FAULT(FAULT_BUG, "audit key of %zu bytes", key.n);
	if (s->n_audited == s->audited_cap) {
		size_t cap = s->audited_cap ? s->audited_cap * 2 : 64;
		struct id *more = realloc(s->audited, cap * sizeof *more);

		if (!more)
			return FAULT_MEMORY;
		s->audited = more;
		s->audited_cap = cap;
	}
	memcpy(s->audited[s->n_audited++].b, key.p + 1, sizeof(struct id));
	return 0;
}

static int lmdb_put(struct txn *txn, struct span key, struct span value)
{
	struct lmdb_txn *t = (struct lmdb_txn *)txn;
	struct lmdb_store *s = lmdb_store(txn->store);
	bool is_audit = key.p[0] == STORE_PREFIX_AUDIT;
	MDB_val k = val_of(key), v = val_of(value);

	int rc = mdb_put(t->mdb, s->dbi, &k, &v, is_audit ? MDB_NOOVERWRITE : 0);
	if (rc == MDB_KEYEXIST)
		return ERR_EXISTS;
	if (rc)
		return txn_fault(t, rc, "put");
	t->wrote = true;
	if (is_audit && (rc = remember_audit(s, key)) && !t->fault)
		t->fault = rc; /* an audit record outside the chain is never kept */
	return t->fault;
}

static int lmdb_del(struct txn *txn, struct span key)
{
	struct lmdb_txn *t = (struct lmdb_txn *)txn;
	MDB_val k = val_of(key);
	int rc = mdb_del(t->mdb, lmdb_store(txn->store)->dbi, &k, NULL);

	if (rc == MDB_NOTFOUND)
		return ERR_ABSENT;
	if (rc)
		return txn_fault(t, rc, "delete");
	t->wrote = true;
	return 0;
}

static int lmdb_scan(struct txn *txn, struct span prefix, struct span from, txn_scan_fn *fn, void *arg)
{
	struct lmdb_txn *t = (struct lmdb_txn *)txn;
	struct span start = from.n ? from : prefix;
	MDB_val k = val_of(start), v;
	MDB_cursor *cursor;

	int rc = mdb_cursor_open(t->mdb, lmdb_store(txn->store)->dbi, &cursor);
	if (rc)
		return txn_fault(t, rc, "cursor");
	int result = 0;
	for (rc = mdb_cursor_get(cursor, &k, &v, start.n ? MDB_SET_RANGE : MDB_FIRST); !rc && !result;
	     rc = result ? 0 : mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
		if (!span_starts(span_of_val(k), prefix))
			break;
		result = fn(span_of_val(k), span_of_val(v), arg);
	}
	mdb_cursor_close(cursor);
	if (rc && rc != MDB_NOTFOUND)
		return txn_fault(t, rc, "scan");
	return result == TXN_STOP ? 0 : result;
}

/* ---- snapshots */

static struct reader *reader_take(struct lmdb_store *s)
{
	static _Atomic unsigned threads;
	static _Thread_local unsigned mine;

	if (!mine)
		mine = 1 + atomic_fetch_add(&threads, 1) % READERS;
	/* Nearly always the slot of last time; another when a view runs inside a view or threads share a number. */
	for (unsigned i = 0; i < READERS; i++) {
		struct reader *reader = &s->readers[(mine - 1 + i) % READERS];

		if (!atomic_load_explicit(&reader->busy, memory_order_relaxed) &&
		    !atomic_exchange_explicit(&reader->busy, true, memory_order_acquire))
			return reader;
	}
	return NULL;
}

static int lmdb_view(struct store *store, store_fn *fn, void *arg)
{
	struct lmdb_store *s = lmdb_store(store);
	struct reader *reader = reader_take(s);

	if (!reader)
		return ERR_BUSY;
	int rc = reader->mdb ? mdb_txn_renew(reader->mdb) : mdb_txn_begin(s->env, NULL, MDB_RDONLY, &reader->mdb);
	if (rc) {
		rc = engine_fault(store, rc, "begin to read");
	} else {
		struct lmdb_txn t = { .base = { .store = store }, .mdb = reader->mdb };

		rc = fn(&t.base, arg);
		mdb_txn_reset(reader->mdb);
	}
	atomic_store_explicit(&reader->busy, false, memory_order_release);
	return rc;
}

/* ---- group commit */

struct batch {
	struct lmdb_store *s;
	struct commit_request *first, *rest; /* [first, rest) ran */
	struct lmdb_txn parent;
	bool nested, wrote, start_over;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int begin_parent(struct batch *b)
{
	struct lmdb_store *s = b->s;
	int rc = mdb_txn_begin(s->env, NULL, 0, &b->parent.mdb);

	b->wrote = false;
	s->n_audited = 0;
	if (rc)
		b->parent.mdb = NULL;
	return rc ? engine_fault(&s->base, rc, "begin to write") : 0;
}

static void abort_parent(struct batch *b)
{
	if (b->parent.mdb)
		mdb_txn_abort(b->parent.mdb);
	b->parent.mdb = NULL;
}

static int run_function(struct commit_request *request, struct lmdb_txn *t)
{
	int rc = request->fn(&t->base, request->arg);

	arena_reset(t->base.scratch);
	return rc ? rc : t->fault;
}

/* A fault of the batch as a whole is returned; the function's own answer is left in the request. */
static int run_straight(struct batch *b, struct commit_request *request)
{
	struct lmdb_txn t = b->parent;

	request->result = run_function(request, &t);
	if (request->result && (t.wrote || t.fault)) {
		if (b->wrote) {
			b->start_over = true;
			return 0;
		}
		abort_parent(b); /* nothing but its own writes is in there */
		return begin_parent(b);
	}
	b->wrote |= t.wrote;
	return 0;
}

static int run_nested(struct batch *b, struct commit_request *request)
{
	struct lmdb_txn t = b->parent;
	size_t audited = b->s->n_audited;
	int rc = mdb_txn_begin(b->s->env, b->parent.mdb, 0, &t.mdb);

	if (rc)
		return engine_fault(&b->s->base, rc, "begin nested");
	request->result = run_function(request, &t);
	if (request->result || !t.wrote) {
		mdb_txn_abort(t.mdb);
		b->s->n_audited = audited;
		return 0;
	}
	b->wrote = true;
	rc = mdb_txn_commit(t.mdb);
	return rc ? engine_fault(&b->s->base, rc, "commit nested") : 0;
}

static int run_batch(struct batch *b)
{
	uint64_t start = now_ns();
	size_t n = 0;

	b->start_over = false;
	TRY(begin_parent(b));
	for (b->rest = b->first; b->rest;) {
		struct commit_request *request = b->rest;

		TRY(b->nested ? run_nested(b, request) : run_straight(b, request));
		if (b->start_over)
			return 0;
		bool is_over = ++n == BATCH_UPDATES || now_ns() - start > BATCH_NS;
		if (!request->next && !is_over)
			request->next = commit_queue_take(&b->s->queue); /* who came meanwhile rides along */
		b->rest = request->next;
		if (is_over)
			break;
	}
	atomic_fetch_add_explicit(&b->s->updates, n, memory_order_relaxed);
	return 0;
}

static int chain_audit(struct batch *b, struct store_audit_tail *ret_tail)
{
	struct lmdb_store *s = b->s;
	struct lmdb_txn t = b->parent;
	unsigned char key[STORE_AUDIT_KEY], *link;

	if (!s->n_audited)
		return 0;
	if (!(link = malloc(STORE_AUDIT_LINK(s->n_audited))))
		return FAULT_MEMORY;
	int rc = store_audit_link(&t.base, &s->tail, s->audited, s->n_audited, link, ret_tail);
	if (!rc) {
		store_audit_key(ret_tail->sequence, key);
		rc = lmdb_put(&t.base, (struct span){ (const char *)key, sizeof key },
			      (struct span){ (const char *)link, STORE_AUDIT_LINK(s->n_audited) });
	}
	free(link);
	return rc;
}

static int commit_batch(struct batch *b)
{
	struct lmdb_store *s = b->s;
	struct store_audit_tail tail = s->tail;

	if (!b->wrote) {
		abort_parent(b);
		return 0;
	}
	TRY(chain_audit(b, &tail));
	uint64_t start = now_ns();
	int rc = mdb_txn_commit(b->parent.mdb);
	b->parent.mdb = NULL;
	if (rc) {
		atomic_store_explicit(&s->base.broken, true, memory_order_release); /* ENOMEM too: what was written is unknown */
		return FAULT(FAULT_STORE, "commit: %s", mdb_strerror(rc));
	}
	s->tail = tail;
	atomic_fetch_add_explicit(&s->commits, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->commit_us, (now_ns() - start) / 1000, memory_order_relaxed);
	return 0;
}

/* Run what begins at @first, commit, answer; returns what is left for the next commit. */
static struct commit_request *serve(struct lmdb_store *s, struct commit_request *first)
{
	struct batch b = { .s = s, .first = first, .rest = first->next };
	int rc = FAULT_STORE;

	b.parent.base = (struct txn){ .store = &s->base, .writable = true, .scratch = s->scratch };
	if (!store_is_broken(&s->base)) {
		rc = run_batch(&b);
		if (!rc && b.start_over) {
			abort_parent(&b);
			b.nested = true;
			rc = run_batch(&b);
		}
		if (!rc)
			rc = store_is_broken(&s->base) ? FAULT_STORE : commit_batch(&b);
		if (rc)
			b.rest = b.rest == first ? first->next : b.rest;
		abort_parent(&b);
	}
	for (struct commit_request *request = first, *next; request != b.rest; request = next) {
		next = request->next;
		commit_queue_answer(request, rc ? rc : request->result);
	}
	return b.rest;
}

static void *writer_main(void *arg)
{
	struct lmdb_store *s = arg;
	struct commit_request *waiting;

	while ((waiting = commit_queue_wait(&s->queue)))
		while (waiting)
			waiting = serve(s, waiting);
	return NULL;
}

static int lmdb_update(struct store *store, store_fn *fn, void *arg)
{
	struct lmdb_store *s = lmdb_store(store);

	if (pthread_equal(pthread_self(), s->writer))
		return FAULT(FAULT_BUG, "update inside an update");
	return commit_queue_run(&s->queue, fn, arg);
}

/* ---- figures, copies */

static void lmdb_stats(struct store *store, struct store_stats *ret_stats)
{
	struct lmdb_store *s = lmdb_store(store);
	struct statvfs disk;
	MDB_envinfo info;
	MDB_stat stat;

	/* Pages in use, not the file's size: the file never shrinks, freed pages are used again. */
	if (!mdb_env_stat(s->env, &stat))
		ret_stats->bytes_used = (uint64_t)stat.ms_psize * (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages);
	if (!mdb_env_info(s->env, &info))
		ret_stats->readers = info.me_numreaders;
	if (!statvfs(s->dir, &disk))
		ret_stats->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
	ret_stats->commits = atomic_load_explicit(&s->commits, memory_order_relaxed);
	ret_stats->updates = atomic_load_explicit(&s->updates, memory_order_relaxed);
	ret_stats->commit_us_sum = atomic_load_explicit(&s->commit_us, memory_order_relaxed);
}

static int sync_dir(const char *dir)
{
	CLOSE_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? FAULT(FAULT_IO, "sync %s: %s", dir, strerror(errno)) : 0;
}

static int lmdb_backup(struct store *store, const char *dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/data.mdb", dir) >= (int)sizeof path)
		return ERR_TOO_LARGE;
	TRY(sys_make_dir(dir));
	/* mdb_env_copy2 would make the file readable by others. */
	CLOSE_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? ERR_EXISTS : FAULT(FAULT_IO, "create %s: %s", path, strerror(errno));
	int rc = mdb_env_copyfd2(lmdb_store(store)->env, fd, MDB_CP_COMPACT);
	if (!rc && fsync(fd) < 0)
		rc = errno;
	if (rc) {
		unlink(path);
		return FAULT(FAULT_IO, "copy to %s: %s", path, mdb_strerror(rc));
	}
	return sync_dir(dir);
}

/* ---- opening and closing */

static void lmdb_close(struct store *store)
{
	struct lmdb_store *s = lmdb_store(store);

	if (s->has_writer) {
		commit_queue_close(&s->queue);
		pthread_join(s->writer, NULL);
	}
	for (size_t i = 0; s->readers && i < READERS; i++)
		if (s->readers[i].mdb)
			mdb_txn_abort(s->readers[i].mdb);
	if (s->env)
		mdb_env_close(s->env);
	sys_close_fd(&s->lock_fd); /* last: whoever comes next finds the environment closed */
	arena_free(s->scratch);
	free(s->audited);
	free(s->readers);
	free(s->dir);
	free(s);
}

static const struct engine engine = {
	.name = "lmdb",
	.view = lmdb_view,
	.update = lmdb_update,
	.get = lmdb_get,
	.put = lmdb_put,
	.del = lmdb_del,
	.scan = lmdb_scan,
	.stats = lmdb_stats,
	.backup = lmdb_backup,
	.close = lmdb_close,
};

static int take_lock(struct lmdb_store *s)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/writer.lock", s->dir) >= (int)sizeof path)
		return ERR_TOO_LARGE;
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return FAULT(FAULT_IO, "create %s: %s", path, strerror(errno));
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? ERR_BUSY : FAULT(FAULT_IO, "lock %s: %s", path, strerror(errno));
	return 0;
}

static int open_env(struct lmdb_store *s, uint64_t map_size, bool no_sync)
{
	unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (no_sync ? MDB_NOSYNC : 0);
	int rc = mdb_env_create(&s->env);

	if (rc)
		return rc;
	if ((rc = mdb_env_set_maxreaders(s->env, READERS + 16)) || (rc = mdb_env_set_mapsize(s->env, map_size)) ||
	    (rc = mdb_env_open(s->env, s->dir, flags, 0600))) {
		mdb_env_close(s->env);
		s->env = NULL;
	}
	return rc;
}

/* Address space may be short (a memory checker, ulimit -v): less room then, but not for an operator who asked for a size. */
static int open_map(struct lmdb_store *s, const struct store_options *options)
{
	uint64_t size = options->map_size ? options->map_size : MAP_SIZE;
	int rc = open_env(s, size, options->no_sync);

	while ((rc == ENOMEM || rc == EINVAL) && !options->map_size && size > UINT64_C(1) << 32) {
		size >>= 4;
		rc = open_env(s, size, options->no_sync);
	}
	if (rc)
		return FAULT(FAULT_STORE, "open %s: %s", s->dir, mdb_strerror(rc));
	if (size < MAP_SIZE && !options->map_size)
		LOG(LOG_WARN, "store.map_small", F_INT("bytes", size));
	return 0;
}

static int check_format(struct lmdb_store *s, MDB_txn *mdb)
{
	const char name[] = { STORE_PREFIX_SELF, 'f' };
	MDB_val k = val_of((struct span){ name, sizeof name }), v;
	MDB_stat stat;

	int rc = mdb_get(mdb, s->dbi, &k, &v);
	if (!rc)
		return span_eq(span_of_val(v), SPAN(FORMAT)) ? 0 : FAULT(FAULT_CORRUPT, "%s: not a store that this version reads", s->dir);
	if (rc == MDB_NOTFOUND && !(rc = mdb_stat(mdb, s->dbi, &stat)) && stat.ms_entries)
		return FAULT(FAULT_CORRUPT, "%s: not a store", s->dir);
	v = val_of(SPAN(FORMAT));
	if (rc || (rc = mdb_put(mdb, s->dbi, &k, &v, 0)))
		return FAULT(FAULT_STORE, "format of %s: %s", s->dir, mdb_strerror(rc));
	return 0;
}

static int find_tail(struct lmdb_store *s, MDB_txn *mdb)
{
	const char past[] = { STORE_PREFIX_SELF, 'c' + 1 };
	MDB_val k = val_of((struct span){ past, sizeof past }), v;
	MDB_cursor *cursor;

	int rc = mdb_cursor_open(mdb, s->dbi, &cursor);
	if (rc)
		return FAULT(FAULT_STORE, "cursor: %s", mdb_strerror(rc));
	rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); /* the format's key lies past the chain: there is one */
	if (!rc)
		rc = mdb_cursor_get(cursor, &k, &v, MDB_PREV);
	mdb_cursor_close(cursor);
	if (rc == MDB_NOTFOUND || (!rc && !span_starts(span_of_val(k), (struct span){ "\x01" "c", 2 })))
		return 0;
	return rc ? FAULT(FAULT_STORE, "audit chain: %s", mdb_strerror(rc)) : store_audit_tail(span_of_val(k), span_of_val(v), &s->tail);
}

static int prepare(struct lmdb_store *s)
{
	int dead;
	MDB_txn *mdb;

	int rc = mdb_reader_check(s->env, &dead);
	if (!rc)
		rc = mdb_txn_begin(s->env, NULL, 0, &mdb);
	if (rc)
		return FAULT(FAULT_STORE, "begin: %s", mdb_strerror(rc));
	if ((rc = mdb_dbi_open(mdb, NULL, 0, &s->dbi)))
		rc = FAULT(FAULT_STORE, "keyspace: %s", mdb_strerror(rc));
	if (!rc)
		rc = check_format(s, mdb);
	if (!rc)
		rc = find_tail(s, mdb);
	if (rc) {
		mdb_txn_abort(mdb);
		return rc;
	}
	if ((rc = mdb_txn_commit(mdb)))
		return FAULT(FAULT_STORE, "commit: %s", mdb_strerror(rc));
	return sync_dir(s->dir);
}

static int start_writer(struct lmdb_store *s)
{
	pthread_attr_t attr;
	sigset_t all, before;

	if (pthread_attr_init(&attr))
		return FAULT_MEMORY;
	/* Signals are for the threads that expect them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_attr_setstacksize(&attr, WRITER_STACK);
	if (!rc)
		rc = pthread_create(&s->writer, &attr, writer_main, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	s->has_writer = !rc;
	return rc ? FAULT(FAULT_MEMORY, "writer thread: %s", strerror(rc)) : 0;
}

static int open_store(struct lmdb_store *s, const struct store_options *options)
{
	char path[PATH_MAX];

	if (!(s->dir = strdup(options->dir)) || !(s->scratch = arena_new(SCRATCH_CAP)) ||
	    !(s->readers = aligned_alloc(alignof(struct reader), READERS * sizeof *s->readers)))
		return FAULT_MEMORY;
	memset(s->readers, 0, READERS * sizeof *s->readers);
	if (snprintf(path, sizeof path, "%s/data.mdb", s->dir) >= (int)sizeof path)
		return ERR_TOO_LARGE;
	if (options->must_exist && access(path, F_OK) < 0)
		return ERR_ABSENT;
	TRY(sys_make_dir(s->dir));
	TRY(take_lock(s));
	TRY(open_map(s, options));
	TRY(prepare(s));
	return start_writer(s);
}

int store_open(const struct store_options *options, struct store **ret_store)
{
	struct lmdb_store *s = calloc(1, sizeof *s);

	if (!s)
		return FAULT_MEMORY;
	s->base.engine = &engine;
	s->base.seal = options->seal;
	s->base.quota = options->quota;
	s->base.free_disk_min = options->free_disk_min;
	s->lock_fd = -1;
	int rc = open_store(s, options);
	if (rc) {
		lmdb_close(&s->base);
		return rc;
	}
	*ret_store = &s->base;
	return 0;
}
