/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/control.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/admin.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define STACK (512 * 1024)
#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct control {
	struct app *app;
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
	int listen_fd, stop_fd;
	pthread_t thread;
};

/* ---- lines */

static int address_of(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address->sun_path)
		return FAULT(FAULT_IO, "control socket: the path %s is too long", path);
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}

static int send_all(int fd, struct span text)
{
	while (text.n) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_ABSENT;
		text.p += n;
		text.n -= (size_t)n;
	}
	return 0;
}

/* Up to a newline, which is not counted. ERR_ABSENT when the other side is gone, or @stop_fd became readable. */
static int read_line(int fd, int stop_fd, struct arena *arena, struct span *ret_line)
{
	struct buf buf = buf_new(arena, 64 * 1024);
	struct pollfd fds[2] = { { .fd = fd, .events = POLLIN }, { .fd = stop_fd, .events = POLLIN } };

	for (;;) {
		if (poll(fds, stop_fd >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
			return FAULT(FAULT_IO, "control: poll: %s", strerror(errno));
		if (stop_fd >= 0 && fds[1].revents)
			return ERR_ABSENT;
		if (!fds[0].revents)
			continue;
		char *room = buf_room(&buf, 64 * 1024);
		if (!room)
			return FAULT_MEMORY;
		ssize_t n = recv(fd, room, 64 * 1024, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_ABSENT;
		buf.n += (size_t)n;
		if (buf.n > CONTROL_LINE_MAX)
			return ERR_TOO_LARGE;
		if (room[n - 1] == '\n') { /* one question at a time: the newline ends what was sent */
			buf.n--;
			return buf_done(&buf, ret_line);
		}
	}
}

/* ---- the daemon's end */

static int answer(struct control *control, int fd, struct arena *arena)
{
	struct span request, reply;

	TRY(read_line(fd, control->stop_fd, arena, &request));
	struct settings *settings = app_settings(control->app);
	struct admin admin = { .store = control->app->store, .seal = control->app->seal, .config = settings->config, .app = control->app,
			       .now = sys_now(), .arena = arena };
	int result = admin_run(&admin, request, &reply);
	app_settings_release(settings);
	return result ? result : send_all(fd, reply);
}

static void serve(struct control *control, int fd)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_MAX);

	while (arena && answer(control, fd, arena) == 0)
		arena_reset(arena);
}

static void *run(void *arg)
{
	struct control *control = arg;
	struct pollfd fds[2] = { { .fd = control->listen_fd, .events = POLLIN }, { .fd = control->stop_fd, .events = POLLIN } };

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		CLOSE_FD int fd = fds[0].revents ? accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (fd >= 0)
			serve(control, fd);
	}
}

/* The store's lock is ours by now, so a socket that lies here belongs to nobody alive. */
static int open_socket(struct control *control)
{
	struct sockaddr_un address;

	TRY(address_of(control->path, &address));
	unlink(control->path);
	control->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t before = umask(0177);
	int failed = control->listen_fd < 0 || bind(control->listen_fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(control->listen_fd, 8) < 0;
	umask(before);
	return failed ? FAULT(FAULT_IO, "control socket %s: %s", control->path, strerror(errno)) : 0;
}

int control_start(struct app *app, const char *path, struct control **ret_control)
{
	struct control *control = calloc(1, sizeof *control);
	pthread_attr_t attr;

	if (!control)
		return FAULT_MEMORY;
	*control = (struct control){ .app = app, .listen_fd = -1 };
	snprintf(control->path, sizeof control->path, "%s", path);
	control->stop_fd = eventfd(0, EFD_CLOEXEC);
	int result = control->stop_fd < 0 ? FAULT(FAULT_IO, "eventfd: %s", strerror(errno)) : open_socket(control);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (!result && pthread_create(&control->thread, &attr, run, control))
		result = FAULT(FAULT_IO, "control thread");
	pthread_attr_destroy(&attr);
	if (result) {
		sys_close_fd(&control->listen_fd);
		sys_close_fd(&control->stop_fd);
		free(control);
		return result;
	}
	pthread_setname_np(control->thread, "control");
	*ret_control = control;
	return 0;
}

void control_stop(struct control *control)
{
	if (!control)
		return;
	eventfd_write(control->stop_fd, 1);
	pthread_join(control->thread, NULL);
	unlink(control->path);
	sys_close_fd(&control->listen_fd);
	sys_close_fd(&control->stop_fd);
	free(control);
}

/* ---- the caller's end */

int control_connect(const char *path, int *ret_fd)
{
	struct sockaddr_un address;

	TRY(address_of(path, &address));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return FAULT(FAULT_IO, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		int error = errno;

		close(fd);
		return error == ENOENT || error == ECONNREFUSED ? ERR_ABSENT : FAULT(FAULT_IO, "%s: %s", path, strerror(error));
	}
	*ret_fd = fd;
	return 0;
}

int control_call(int fd, struct span request, struct arena *arena, struct span *ret_answer)
{
	TRY(send_all(fd, request));
	TRY(send_all(fd, SPAN("\n")));
	return read_line(fd, -1, arena, ret_answer);
}
