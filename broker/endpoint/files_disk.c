/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/files_disk.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/store/records_review.h"
#include "keys/sealed_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The last byte of an id is random; the first ones are time. */
static void dir_of(const struct app *app, unsigned part, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/files/%02x", app->data_dir, part);
}

static void path_of(const struct app *app, struct id id, char path[PATH_MAX])
{
	char name[37];

	encode_id(name, id);
	snprintf(path, PATH_MAX, "%s/files/%02x/%s", app->data_dir, id.b[15], name);
}

/* Bound to its record: a file put in another's place does not open. */
static struct span aad_of(struct id id, char text[44])
{
	memcpy(text, "upload/", 7);
	encode_id(text + 7, id);
	return (struct span){ text, 43 };
}

int files_disk_create(const struct app *app, struct id id, struct sealed_file **ret_file)
{
	char path[PATH_MAX], aad[44];

	dir_of(app, id.b[15], path);
	TRY(sys_make_dir(path));
	path_of(app, id, path);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return FAULT(FAULT_IO, "create %s: %s", path, strerror(errno));
	int result = sealed_file_create(app->seal, aad_of(id, aad), fd, ret_file);
	if (result)
		unlink(path);
	return result;
}

int files_disk_keep(const struct app *app, struct id id, struct sealed_file *file, unsigned char *ret_sha256)
{
	char path[PATH_MAX];

	TRY(sealed_file_finish(file, ret_sha256));
	dir_of(app, id.b[15], path);
	CLOSE_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return FAULT(FAULT_IO, "sync %s: %s", path, strerror(errno));
	return 0;
}

int files_disk_open(const struct app *app, struct id id, struct sealed_file **ret_file)
{
	char path[PATH_MAX], aad[44];

	path_of(app, id, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT : FAULT(FAULT_IO, "open %s: %s", path, strerror(errno));
	return sealed_file_open(app->seal, aad_of(id, aad), fd, ret_file);
}

void files_disk_remove(const struct app *app, struct id id)
{
	char path[PATH_MAX];

	path_of(app, id, path);
	if (unlink(path) < 0 && errno != ENOENT)
		LOG(LOG_WARN, "files.remove", F_STR("problem", strerror(errno)));
}

struct look {
	struct id id;
	bool is_there;
	struct arena *arena;
};

static int look_up(struct txn *txn, void *arg)
{
	struct look *look = arg;
	struct upload upload;
	int result = record_get(txn, &KIND_UPLOAD, look->id, look->arena, &upload);

	look->is_there = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

/* What is no name of ours was put there by somebody else, and is left alone. */
static int sweep_one(const struct app *app, int dir, const char *name, struct instant now, int64_t age_ms, struct arena *arena, size_t *n)
{
	struct look look = { .arena = arena };
	struct stat st;

	if (encode_id_decode(span_of(name), &look.id) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    now.ms - (int64_t)st.st_mtime * 1000 < age_ms)
		return 0;
	arena_reset(arena);
	TRY(store_view(app->store, look_up, &look));
	if (look.is_there || unlinkat(dir, name, 0) < 0)
		return 0;
	(*n)++;
	return 0;
}

int files_disk_sweep(const struct app *app, unsigned part, struct instant now, int64_t age_ms, size_t *ret_n)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	char path[PATH_MAX];
	struct dirent *entry;
	int result = 0;

	*ret_n = 0;
	dir_of(app, part, path);
	DIR *dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : FAULT(FAULT_IO, "%s: %s", path, strerror(errno));
	while (arena && !result && (entry = readdir(dir)))
		result = sweep_one(app, dirfd(dir), entry->d_name, now, age_ms, arena, ret_n);
	closedir(dir);
	return arena ? result : FAULT_MEMORY;
}
