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
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STACK (512 * 1024)
#define ARENA_MAX ((size_t)64 * 1024 * 1024)
#define READ_MAX (64 * 1024)
#define CALLERS 8
#define IDLE_MS (60 * 1000)
#define SEND_S 5

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
	return sys_send_all(fd, text.p, text.n) ? 0 : ERR_ABSENT;
}

/* ---- the daemon's end: one thread, several callers, a line at a time from each: a long import keeps nobody waiting */

struct caller {
	int fd; /* -1: free */
	struct arena *arena;
	struct buf line;
	int64_t until_ms; /* says nothing whole until then: hung up */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void hang_up(struct caller *caller)
{
	sys_close_fd(&caller->fd);
	arena_free(caller->arena);
	caller->arena = NULL;
}

static void listen_to(struct caller *caller)
{
	arena_reset(caller->arena);
	caller->line = buf_new(caller->arena, 4096);
	caller->until_ms = now_ms() + IDLE_MS;
}

static void take_caller(struct control *control, struct caller *callers)
{
	CLOSE_FD int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	size_t i = 0;

	while (i < CALLERS && callers[i].fd >= 0)
		i++;
	if (fd < 0 || i == CALLERS)
		return; /* hung up at once: the caller says that the daemon does not answer */
	/* Nobody makes the daemon wait by not reading. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ .tv_sec = SEND_S }, sizeof(struct timeval)) < 0)
		return;
	callers[i].arena = arena_new(ARENA_MAX);
	if (!callers[i].arena)
		return;
	callers[i].fd = fd;
	fd = -1;
	listen_to(&callers[i]);
}

static int answer(struct control *control, struct caller *caller)
{
	struct span request, reply;

	caller->line.n--; /* the newline */
	TRY(buf_done(&caller->line, &request));
	struct settings *settings = app_settings(control->app);
	struct admin admin = { .store = control->app->store, .seal = control->app->seal, .config = settings->config,
			       .sources = control->app->sources, .app = control->app,
			       .now = sys_now(), .arena = caller->arena };
	int result = admin_run(&admin, request, &reply);
	app_settings_release(settings);
	return result ? result : send_all(caller->fd, reply);
}

/* What is there now; an answer when it ends a line. False: hang up. */
static bool hear(struct control *control, struct caller *caller)
{
	char *room = buf_room(&caller->line, READ_MAX);
	ssize_t n = room ? recv(caller->fd, room, READ_MAX, MSG_DONTWAIT) : -1;

	if (room && n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	caller->line.n += (size_t)n;
	if (caller->line.n > CONTROL_LINE_MAX)
		return false;
	if (room[n - 1] != '\n') /* one question at a time: the newline ends what was sent */
		return true;
	if (answer(control, caller))
		return false;
	listen_to(caller);
	return true;
}

static void *run(void *arg)
{
	struct control *control = arg;
	struct caller callers[CALLERS];
	struct pollfd fds[CALLERS + 2];

	for (size_t i = 0; i < CALLERS; i++)
		callers[i] = (struct caller){ .fd = -1 };
	for (;;) {
		for (size_t i = 0; i < CALLERS; i++)
			fds[i] = (struct pollfd){ .fd = callers[i].fd, .events = POLLIN }; /* poll ignores -1 */
		fds[CALLERS] = (struct pollfd){ .fd = control->listen_fd, .events = POLLIN };
		fds[CALLERS + 1] = (struct pollfd){ .fd = control->stop_fd, .events = POLLIN };
		if (poll(fds, ARRAY_LEN(fds), 1000) < 0)
			continue;
		if (fds[CALLERS + 1].revents)
			break;
		for (size_t i = 0; i < CALLERS; i++)
			if (callers[i].fd >= 0 && (fds[i].revents ? !hear(control, &callers[i]) : now_ms() >= callers[i].until_ms))
				hang_up(&callers[i]);
		if (fds[CALLERS].revents)
			take_caller(control, callers);
	}
	for (size_t i = 0; i < CALLERS; i++)
		hang_up(&callers[i]);
	return NULL;
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

/* Up to a newline, which is not counted. ERR_ABSENT when the daemon is gone. */
static int read_line(int fd, struct arena *arena, struct span *ret_line)
{
	struct buf buf = buf_new(arena, READ_MAX);

	for (;;) {
		char *room = buf_room(&buf, READ_MAX);
		if (!room)
			return FAULT_MEMORY;
		ssize_t n = recv(fd, room, READ_MAX, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_ABSENT;
		buf.n += (size_t)n;
		if (buf.n > CONTROL_LINE_MAX)
			return ERR_TOO_LARGE;
		if (room[n - 1] == '\n') {
			buf.n--;
			return buf_done(&buf, ret_line);
		}
	}
}

int control_call(int fd, struct span request, struct arena *arena, struct span *ret_answer)
{
	TRY(send_all(fd, request));
	TRY(send_all(fd, SPAN("\n")));
	return read_line(fd, arena, ret_answer);
}
