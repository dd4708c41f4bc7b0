/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The LMDB engine: one file, one keyspace, a sparse map, snapshot readers on any thread, one writer thread (group_commit.h).
 */
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/store/group_commit.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <limits.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAP_SIZE (UINT64_C(1) << 40)
#define READERS 384 /* threads that look at snapshots at the same time */
#define FORMAT "yimen store 1"

/* A read transaction that is kept and renewed: beginning one anew costs more, and the table of readers is bounded. */
struct reader {
	alignas(64) _Atomic bool busy;
	MDB_txn *mdb;
};

struct lmdb_txn {
	struct txn base;
	MDB_txn *mdb;
};

struct lmdb_store {
	struct store base;
	MDB_env *env;
	MDB_dbi dbi;
	int lock_fd;
	char *dir;
	struct reader *readers;
	struct group_commit group;
	struct lmdb_txn writing, nested; /* the writer's */
	struct store_audit_tail tail;    /* as found when it was opened */
	bool is_scratch;
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

	if (!t->base.fault)
		t->base.fault = fault;
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
	txn->wrote = true;
	if (is_audit && (rc = group_commit_audit(&s->group, key)))
		txn->fault = rc; /* an audit record outside the chain is never kept */
	return rc;
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
	txn->wrote = true;
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

/* The first key past all that begin with @prefix; empty when there is none. */
static struct span past(struct span prefix, char *room)
{
	memcpy(room, prefix.p, prefix.n);
	for (size_t n = prefix.n; n; n--)
		if ((unsigned char)room[n - 1] != 0xff) {
			room[n - 1]++;
			return (struct span){ room, n };
		}
	return (struct span){ NULL, 0 };
}

/* The last key smaller than @end (empty: the last of all). */
static int step_before(MDB_cursor *cursor, struct span end, MDB_val *k, MDB_val *v)
{
	*k = val_of(end);
	int rc = end.n ? mdb_cursor_get(cursor, k, v, MDB_SET_RANGE) : MDB_NOTFOUND;
	return mdb_cursor_get(cursor, k, v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

static int lmdb_scan_back(struct txn *txn, struct span prefix, struct span before, txn_scan_fn *fn, void *arg)
{
	struct lmdb_txn *t = (struct lmdb_txn *)txn;
	char room[STORE_KEY_MAX];
	MDB_cursor *cursor;
	MDB_val k, v;

	if (prefix.n > sizeof room)
		return FAULT(FAULT_BUG, "prefix of %zu bytes", prefix.n);
	int rc = mdb_cursor_open(t->mdb, lmdb_store(txn->store)->dbi, &cursor);
	if (rc)
		return txn_fault(t, rc, "cursor");
	int result = 0;
	for (rc = step_before(cursor, before.n ? before : past(prefix, room), &k, &v); !rc && !result;
	     rc = result ? 0 : mdb_cursor_get(cursor, &k, &v, MDB_PREV)) {
		if (!span_starts(span_of_val(k), prefix))
			break;
		result = fn(span_of_val(k), span_of_val(v), arg);
	}
	mdb_cursor_close(cursor);
	if (rc && rc != MDB_NOTFOUND)
		return txn_fault(t, rc, "scan back");
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

/* ---- what the writer does */

static int lmdb_begin(struct store *store, struct txn *parent, struct txn **ret_txn)
{
	struct lmdb_store *s = lmdb_store(store);
	struct lmdb_txn *t = parent ? &s->nested : &s->writing;

	*t = (struct lmdb_txn){ .base = { .store = store, .writable = true } };
	int rc = mdb_txn_begin(s->env, parent ? s->writing.mdb : NULL, 0, &t->mdb);
	if (rc)
		return engine_fault(store, rc, "begin to write");
	*ret_txn = &t->base;
	return 0;
}

static int lmdb_commit(struct txn *txn)
{
	int rc = mdb_txn_commit(((struct lmdb_txn *)txn)->mdb);

	if (!rc)
		return 0;
	atomic_store_explicit(&txn->store->broken, true, memory_order_release); /* ENOMEM too: what was written is unknown */
	return FAULT(FAULT_STORE, "commit: %s", mdb_strerror(rc));
}

static void lmdb_abort(struct txn *txn)
{
	mdb_txn_abort(((struct lmdb_txn *)txn)->mdb);
}

static const struct group_commit_ops writer = { lmdb_begin, lmdb_commit, lmdb_abort };

static int lmdb_update(struct store *store, store_fn *fn, void *arg)
{
	return group_commit_run(&lmdb_store(store)->group, fn, arg);
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
	group_commit_stats(&s->group, ret_stats);
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

/* A file that was written through its map is as long as the map, and sparse: whoever copies files would copy a terabyte of nothing. */
static void cut_to_used(struct lmdb_store *s, const MDB_envinfo *info, unsigned page)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/data.mdb", s->dir) >= (int)sizeof path || truncate(path, (off_t)(info->me_last_pgno + 1) * page))
		LOG(LOG_WARN, "store.cut", F_STR("error", strerror(errno)));
}

static void close_env(struct lmdb_store *s)
{
	MDB_envinfo info;
	MDB_stat stat;
	bool is_known = !mdb_env_info(s->env, &info) && !mdb_env_stat(s->env, &stat);

	mdb_env_close(s->env);
	if (s->is_scratch && is_known)
		cut_to_used(s, &info, stat.ms_psize);
}

static void lmdb_close(struct store *store)
{
	struct lmdb_store *s = lmdb_store(store);

	group_commit_stop(&s->group);
	for (size_t i = 0; s->readers && i < READERS; i++)
		if (s->readers[i].mdb)
			mdb_txn_abort(s->readers[i].mdb);
	if (s->env)
		close_env(s);
	sys_close_fd(&s->lock_fd); /* last: whoever comes next finds the environment closed */
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
	.scan_back = lmdb_scan_back,
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

static int open_env(struct lmdb_store *s, uint64_t map_size, const struct store_options *options)
{
	unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (options->no_sync ? MDB_NOSYNC : 0) | (options->is_scratch ? MDB_NOSYNC | MDB_WRITEMAP : 0);
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

/* LMDB 0.9 leaves its data file open across exec; no program that we start may hold the store. */
static int close_on_exec(struct lmdb_store *s)
{
	int fd;

	if (mdb_env_get_fd(s->env, &fd) || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return FAULT(FAULT_IO, "close %s on exec", s->dir);
	return 0;
}

/* Address space may be short (a memory checker, ulimit -v), and a scratch file is as long as its map: less room then, but not for an operator who asked for a size. */
static int open_map(struct lmdb_store *s, const struct store_options *options)
{
	uint64_t size = options->map_size ? options->map_size : MAP_SIZE;
	int rc = open_env(s, size, options);

	while ((rc == ENOMEM || rc == EINVAL || rc == EFBIG) && !options->map_size && size > UINT64_C(1) << 32) {
		size >>= 4;
		rc = open_env(s, size, options);
	}
	if (rc)
		return FAULT(FAULT_STORE, "open %s: %s", s->dir, mdb_strerror(rc));
	if (size < MAP_SIZE && !options->map_size)
		LOG(LOG_WARN, "store.map_small", F_INT("bytes", size));
	return close_on_exec(s);
}

static int check_format(struct lmdb_store *s, MDB_txn *mdb)
{
	const char name[] = { STORE_PREFIX_SELF, 'f' };
	MDB_val k = val_of((struct span){ name, sizeof name }), v;
	MDB_stat stat;

	int rc = mdb_get(mdb, s->dbi, &k, &v);
	if (!rc)
		return span_eq(span_of_val(v), SPAN(FORMAT)) ? 0 : FAULT(FAULT_CORRUPT, "%s: another version's store", s->dir);
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

static int open_store(struct lmdb_store *s, const struct store_options *options)
{
	char path[PATH_MAX];

	if (!(s->dir = strdup(options->dir)) ||
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
	return group_commit_start(&s->group, &s->base, &writer, &s->tail);
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
	s->is_scratch = s->group.alone = options->is_scratch; /* LMDB nests none where it writes through the map */
	s->lock_fd = -1;
	int rc = open_store(s, options);
	if (rc) {
		lmdb_close(&s->base);
		return rc;
	}
	*ret_store = &s->base;
	return 0;
}
