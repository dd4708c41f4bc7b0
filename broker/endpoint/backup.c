/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/backup.h"

#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/event.h"
#include "broker/store/records_login.h"
#include "broker/store/records_review.h"
#include "broker/store/records_upstream.h"
#include "conf/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define PARTS 256
#define CHUNK ((size_t)64 * 1024)
#define BATCH 200
#define EVENTS_SKIPPED 1000000

/* ---- files */

static int copy_bytes(int from, int to, const char *name)
{
	char buffer[CHUNK / 2];
	ssize_t n;

	while ((n = read(from, buffer, sizeof buffer)) > 0)
		for (ssize_t done = 0, m; done < n; done += m)
			if ((m = write(to, buffer + done, (size_t)(n - done))) < 0)
				return FAULT(FAULT_IO, "write %s: %s", name, strerror(errno));
	if (n < 0 || fsync(to))
		return FAULT(FAULT_IO, "copy %s: %s", name, strerror(errno));
	return 0;
}

/* ERR_ABSENT: there is no such file (any more). */
static int copy_file(const char *from, const char *to)
{
	CLOSE_FD int in = open(from, O_RDONLY | O_CLOEXEC);

	if (in < 0)
		return errno == ENOENT ? ERR_ABSENT : FAULT(FAULT_IO, "open %s: %s", from, strerror(errno));
	CLOSE_FD int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return errno == EEXIST ? ERR_EXISTS : FAULT(FAULT_IO, "create %s: %s", to, strerror(errno));
	return copy_bytes(in, out, to);
}

static int join(char out[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	return n < 0 || n >= PATH_MAX ? FAULT(FAULT_IO, "the path %s is too long", dir) : 0;
}

static int copy_entry(const char *from, const char *to, const char *name)
{
	char source[PATH_MAX], target[PATH_MAX];

	TRY(join(source, from, name));
	TRY(join(target, to, name));
	TRY(sys_make_dir(to));
	int result = copy_file(source, target);
	return result == ERR_ABSENT ? 0 : result; /* purged just now */
}

static int copy_part(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	int result = 0;

	if (!dir)
		return errno == ENOENT ? 0 : FAULT(FAULT_IO, "open %s: %s", from, strerror(errno));
	for (const struct dirent *entry; !result && (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			result = copy_entry(from, to, entry->d_name);
	closedir(dir);
	return result;
}

static int copy_files(const char *from, const char *to)
{
	char source[PATH_MAX], target[PATH_MAX];

	for (unsigned part = 0; part < PARTS; part++) {
		snprintf(source, sizeof source, "%s/files/%02x", from, part);
		snprintf(target, sizeof target, "%s/files/%02x", to, part);
		TRY(copy_part(source, target));
	}
	return 0;
}

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	bool empty = true;

	if (!dir)
		return errno == ENOENT;
	for (const struct dirent *entry; (entry = readdir(dir));)
		empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	closedir(dir);
	return empty;
}

int backup_write(struct store *store, const char *data_dir, const char *dir)
{
	char path[PATH_MAX];

	if (!is_empty(dir))
		return ERR_EXISTS;
	snprintf(path, sizeof path, "%s/store", dir);
	TRY(sys_make_dir(path));
	TRY(store_backup(store, path));
	return copy_files(data_dir, dir);
}

int backup_read(const char *dir, const char *data_dir)
{
	char from[PATH_MAX], to[PATH_MAX];

	/* Before anything is copied: a half of each would be neither. */
	snprintf(from, sizeof from, "%s/store/data.mdb", dir);
	snprintf(to, sizeof to, "%s/store/data.mdb", data_dir);
	if (access(from, R_OK))
		return ERR_ABSENT;
	if (access(to, F_OK) == 0)
		return ERR_EXISTS;
	snprintf(to, sizeof to, "%s/files", data_dir);
	if (!is_empty(to))
		return ERR_EXISTS;
	snprintf(to, sizeof to, "%s/store", data_dir);
	TRY(sys_make_dir(to));
	snprintf(to, sizeof to, "%s/store/data.mdb", data_dir);
	TRY(copy_file(from, to));
	return copy_files(dir, data_dir);
}

/* ---- the epoch */

static const struct kind *const given[] = { &KIND_SESSION, &KIND_FAMILY, &KIND_INTERACTION, &KIND_OTP, &KIND_TICKET, &KIND_UPSTREAM_STATE, &KIND_PENDING_LINK };

struct drop {
	const struct kind *kind;
	struct arena *arena;
	struct id ids[BATCH];
	size_t n;
};

static int take_id(const void *record, void *arg)
{
	struct drop *drop = arg;

	drop->ids[drop->n++] = *(const struct id *)record;
	return drop->n < BATCH ? 0 : TXN_STOP;
}

static int drop_some(struct txn *txn, void *arg)
{
	struct drop *drop = arg;

	drop->n = 0;
	TRY(record_scan(txn, drop->kind, (struct id){ { 0 } }, drop->arena, take_id, drop));
	for (size_t i = 0; i < drop->n; i++)
		TRY(record_del(txn, drop->kind, drop->ids[i]));
	return 0;
}

struct epoch {
	struct arena *arena;
	struct instant now;
};

static int begin(struct txn *txn, void *arg)
{
	struct epoch *epoch = arg;

	TRY(event_skip(txn, epoch->arena, EVENTS_SKIPPED));
	return audit_write_operator(txn, epoch->now, &(struct audit_event){ .action = "store.restore" });
}

int backup_begin_epoch(struct store *store, struct instant now, size_t *ret_n)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16 * 1024 * 1024);
	struct epoch epoch = { arena, now };
	size_t n = 0;

	if (!arena)
		return FAULT_MEMORY;
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		struct drop drop = { .kind = given[i], .arena = arena };

		do {
			arena_reset(arena);
			TRY(store_update(store, drop_some, &drop));
			n += drop.n;
		} while (drop.n == BATCH);
	}
	TRY(store_update(store, begin, &epoch));
	*ret_n = n;
	return 0;
}

/* ---- commands */

static int note_backup(struct txn *txn, void *arg)
{
	struct admin *admin = arg;

	return audit_write_operator(txn, admin->now, &(struct audit_event){ .action = "store.backup" });
}

/* args: dir, absolute. The audit record is in the copy too: it says of itself of when it is. */
int admin_backup(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct span dir = json_get_span(args, "dir");
	struct store_stats stats;
	char *path = arena_cstr(admin->arena, dir);

	if (!path)
		return FAULT_MEMORY;
	if (!dir.n || dir.p[0] != '/') {
		json_member_str(out, "field", SPAN("dir"));
		return ERR_INVALID;
	}
	TRY(store_update(admin->store, note_backup, admin));
	TRY(backup_write(admin->store, admin->config->data_dir.p, path));
	store_stats(admin->store, &stats);
	json_member_str(out, "dir", dir);
	json_member_time(out, "at", admin->now);
	json_member_int(out, "bytes_used", (int64_t)stats.bytes_used);
	return 0;
}

int admin_epoch(struct admin *admin, const json_t *args, struct json_writer *out)
{
	size_t n;

	if (admin->app) /* under a daemon that hands out new ones meanwhile it would mean nothing */
		return ERR_CONFLICT;
	TRY(backup_begin_epoch(admin->store, admin->now, &n));
	json_member_int(out, "ended", (int64_t)n);
	return 0;
}
