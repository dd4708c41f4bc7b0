/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/sys.h"

#include "broker/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct instant sys_now(void)
{
	static _Atomic int64_t latest;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	int64_t now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	int64_t seen = atomic_load_explicit(&latest, memory_order_relaxed);

	while (now > seen)
		if (atomic_compare_exchange_weak_explicit(&latest, &seen, now, memory_order_relaxed, memory_order_relaxed))
			return (struct instant){ now };
	return (struct instant){ seen };
}

static void draw(void *p, size_t n)
{
	unsigned char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno != EINTR)
			abort(); /* no randomness: nothing may be issued */
		if (got > 0)
			at += got, n -= (size_t)got;
	}
}

/* A request asks for three to five small secrets: drawn together, since a call costs more than the bytes. What was handed out is wiped
 * here at once. A child of ours executes another program before it asks, so no two processes have the same bytes. */
void sys_random(void *p, size_t n)
{
	static _Thread_local unsigned char drawn[256];
	static _Thread_local size_t left;

	if (n > sizeof drawn / 4) {
		draw(p, n);
		return;
	}
	if (left < n) {
		draw(drawn, sizeof drawn);
		left = sizeof drawn;
	}
	left -= n;
	memcpy(p, drawn + left, n);
	explicit_bzero(drawn + left, n);
}

/* A counter follows the time (RFC 9562 6.2, method 1): what one request does in one millisecond keeps its order. */
struct id sys_new_id(struct instant now)
{
	static atomic_uint counter;
	unsigned n = atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
	struct id id;

	sys_random(id.b, sizeof id.b);
	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)((uint64_t)now.ms >> (40 - 8 * i));
	id.b[6] = (unsigned char)(0x70 | (n >> 8 & 0x0f));
	id.b[7] = (unsigned char)n;
	id.b[8] = (id.b[8] & 0x3f) | 0x80;
	return id;
}

size_t sys_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(getpid(), sizeof set, &set) || CPU_COUNT(&set) == 0 ? 1 : (size_t)CPU_COUNT(&set);
}

int sys_cpu_at(size_t i)
{
	cpu_set_t set;

	if (sched_getaffinity(getpid(), sizeof set, &set) || CPU_COUNT(&set) == 0)
		return -1;
	i %= (size_t)CPU_COUNT(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && i-- == 0)
			return cpu;
	return -1;
}

void sys_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int sys_read_fd(int fd, const char *name, size_t cap, struct arena *arena, struct span *ret_text)
{
	struct stat st;
	size_t n = 0;

	if (fstat(fd, &st) < 0)
		return FAULT(FAULT_IO, "stat %s: %s", name, strerror(errno));
	if (st.st_size < 0 || (uint64_t)st.st_size > cap)
		return ERR_TOO_LARGE;
	/* A pipe or a /proc file says size 0: read up to the cap, and one byte more to see that it was all. */
	size_t room = st.st_size ? (size_t)st.st_size : cap + 1;
	char *p = arena_alloc(arena, room + 1);
	if (!p)
		return FAULT_MEMORY;
	while (n < room) {
		ssize_t got = read(fd, p + n, room - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FAULT(FAULT_IO, "read %s: %s", name, strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	if (n > cap)
		return ERR_TOO_LARGE;
	p[n] = '\0';
	*ret_text = (struct span){ p, n };
	return 0;
}

int sys_read_file(const char *path, size_t cap, struct arena *arena, struct span *ret_text)
{
	CLOSE_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT : FAULT(FAULT_IO, "open %s: %s", path, strerror(errno));
	return sys_read_fd(fd, path, cap, arena, ret_text);
}

bool sys_read_all(int fd, void *p, size_t n)
{
	for (char *at = p; n;) {
		ssize_t got = read(fd, at, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = 0;
		if (got <= 0)
			return false;
		at += got, n -= (size_t)got;
	}
	return true;
}

/* In a sandbox that leaves write alone, send is none. */
static bool put_all(int fd, const char *at, size_t n, bool is_socket)
{
	while (n) {
		ssize_t put = is_socket ? send(fd, at, n, MSG_NOSIGNAL) : write(fd, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put, n -= (size_t)put;
	}
	return true;
}

bool sys_write_all(int fd, const void *p, size_t n)
{
	return put_all(fd, p, n, false);
}

bool sys_send_all(int fd, const void *p, size_t n)
{
	return put_all(fd, p, n, true);
}

static int sync_parent(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
	CLOSE_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return FAULT(FAULT_IO, "sync %s: %s", dir, strerror(errno));
	return 0;
}

int sys_write_file(const char *path, unsigned mode, struct span text)
{
	char tmp[PATH_MAX];

	if (snprintf(tmp, sizeof tmp, "%s.new", path) >= (int)sizeof tmp)
		return ERR_TOO_LARGE;
	CLOSE_FD int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return FAULT(FAULT_IO, "create %s: %s", tmp, strerror(errno));
	if (!sys_write_all(fd, text.p, text.n) || fsync(fd) < 0 || rename(tmp, path) < 0) {
		int error = errno;

		unlink(tmp);
		return FAULT(FAULT_IO, "write %s: %s", path, strerror(error));
	}
	return sync_parent(path);
}

int sys_make_dir(const char *path)
{
	char at[PATH_MAX];

	if (snprintf(at, sizeof at, "%s", path) >= (int)sizeof at)
		return ERR_TOO_LARGE;
	for (char *slash = strchr(at + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(at, 0700) < 0 && errno != EEXIST)
			return FAULT(FAULT_IO, "mkdir %s: %s", at, strerror(errno));
		if (!slash)
			return 0;
		*slash = '/';
	}
}
