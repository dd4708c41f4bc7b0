/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/loop.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)1024 * 1024)

_Thread_local int loop_index = -1;

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void loop_wake(struct loop *loop)
{
	if (loop_index == (int)loop->index)
		loop->has_resumed = true; /* this thread does not sleep */
	else if (!atomic_exchange(&loop->is_woken, true) && write(loop->wake_fd, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
		LOG(LOG_WARN, "loop.wake", F_INT("errno", errno));
}

static void take_settings(struct loop *loop)
{
	unsigned generation = atomic_load_explicit(&loop->server->generation, memory_order_acquire);

	if (generation == loop->generation)
		return;
	loop->generation = generation;
	settings_drop(loop->settings);
	loop->settings = settings_take_current(loop->server);
}

/* How long to sleep: until the next deadline or what libmicrohttpd asks for; 0 when it has work already. */
static int sleep_time(struct loop *loop, bool *ret_work)
{
	int64_t sleep = peer_sweep(loop);

	*ret_work = false;
	if (turns_is_due(&loop->turns) || loop->has_resumed)
		sleep = 0;
	for (size_t i = 0; i < loop->server->options.n_listeners; i++) {
		MHD_UNSIGNED_LONG_LONG wanted;

		if (microhttpd.get_timeout(loop->ports[i].daemon, &wanted) != MHD_YES)
			continue;
		*ret_work |= wanted == 0;
		if (sleep < 0 || (int64_t)wanted < sleep)
			sleep = (int64_t)wanted;
	}
	if (loop->is_quiet && (sleep < 0 || sleep > 20))
		sleep = 20; /* the end of draining is looked for */
	return sleep > 60000 ? 60000 : (int)sleep;
}

/* Draining: accept no more, close who has no request, wait for the others. True when the loop may end. */
static bool drain(struct loop *loop)
{
	struct server *server = loop->server;

	if (!loop->is_quiet) {
		loop->is_quiet = true;
		for (size_t i = 0; i < server->options.n_listeners; i++)
			(void)microhttpd.quiesce_daemon(loop->ports[i].daemon);
		peer_close_idle(loop);
	}
	if (loop->peers == 0)
		return true;
	if (loop->now_ms < atomic_load(&server->drain_until))
		return false;
	/* time is up; but libmicrohttpd cannot stop with suspended requests: those that wait are answered, those that run finish */
	for (struct peer *peer; (peer = loop->phases[PHASE_QUEUED].first);) {
		peer_move(loop, peer, PHASE_RUN);
		(void)serve_expire(peer->exchange);
	}
	return loop->suspended == 0;
}

/* Reset before MHD_run looks: what is resumed after that wakes again. */
static bool take_wake(struct loop *loop)
{
	uint64_t count;

	if (read(loop->wake_fd, &count, sizeof count) < 0 && errno != EAGAIN)
		LOG(LOG_WARN, "loop.wake", F_INT("errno", errno));
	atomic_store(&loop->is_woken, false);
	return true;
}

static void run_daemons(struct loop *loop)
{
	loop->has_resumed = false;
	for (size_t i = 0; i < loop->server->options.n_listeners; i++)
		(void)microhttpd.run(loop->ports[i].daemon);
}

/* What a round of handlers answered is sent, and what came meanwhile takes its turn, a few times before new events are looked for. */
static void take_turns(struct loop *loop)
{
	for (int i = 0; i < 4 && (turns_run(&loop->turns) || loop->has_resumed); i++)
		if (loop->has_resumed)
			run_daemons(loop);
}

static void wake_for_fiber(struct fiber_owner *owner)
{
	loop_wake((struct loop *)(void *)((char *)owner - offsetof(struct loop, turns.fibers)));
}

static void *run(void *arg)
{
	struct loop *loop = arg;
	struct epoll_event events[16];

	loop_index = (int)loop->index;
	for (;;) {
		bool has_work;

		loop->now_ms = now_ms();
		int n = epoll_wait(loop->epoll_fd, events, ARRAY_LEN(events), sleep_time(loop, &has_work));
		loop->now_ms = now_ms();
		take_settings(loop);
		for (int i = 0; i < n; i++) {
			struct port *port = events[i].data.ptr;

			if (!port)
				has_work |= take_wake(loop);
			else if (!has_work)
				(void)microhttpd.run(port->daemon);
		}
		if (has_work || n == 0 || loop->has_resumed) /* what was resumed or held back is not in libmicrohttpd's epoll */
			run_daemons(loop);
		take_turns(loop);
		if (atomic_load_explicit(&loop->server->is_draining, memory_order_relaxed) && drain(loop))
			return NULL;
	}
}

static int watch(struct loop *loop, int fd, struct port *port)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = port };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? FAULT(FAULT_IO, "epoll: errno %d", errno) : 0;
}

static int start_ports(struct loop *loop)
{
	const struct server_options *options = &loop->server->options;

	for (size_t i = 0; i < options->n_listeners; i++) {
		const struct server_listener *listener = &options->listeners[i];
		struct port *port = &loop->ports[i];
		int fd = listener->fds[loop->index % listener->n];
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
			return FAULT(FAULT_IO, "listening socket %d: errno %d", fd, errno);
		port->loop = loop;
		TRY(serve_start_port(port, listener, fd));
		const union MHD_DaemonInfo *info = microhttpd.get_daemon_info(port->daemon, MHD_DAEMON_INFO_EPOLL_FD);
		if (!info)
			return FAULT(FAULT_IO, "libmicrohttpd without epoll");
		TRY(watch(loop, info->epoll_fd, port));
	}
	return 0;
}

static int start_thread(struct loop *loop)
{
	pthread_attr_t attr;
	sigset_t all, before;
	char name[16];

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&loop->thread, &attr, run, loop);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (error)
		return FAULT(FAULT_IO, "thread: errno %d", error);
	loop->is_started = true;
	snprintf(name, sizeof name, "http-%u", loop->index);
	pthread_setname_np(loop->thread, name);
	if (loop->server->options.pin) {
		int cpu = sys_cpu_at(loop->index);
		cpu_set_t set;

		CPU_ZERO(&set);
		if (cpu >= 0)
			CPU_SET(cpu, &set);
		if (cpu < 0 || pthread_setaffinity_np(loop->thread, sizeof set, &set))
			LOG(LOG_WARN, "loop.pin", F_INT("loop", loop->index));
	}
	return 0;
}

int loop_start(struct server *server, unsigned index, struct loop *loop)
{
	loop->server = server;
	loop->index = index;
	loop->now_ms = now_ms();
	turns_init(&loop->turns, server->options.pools[WORK_COMMIT].threads, server->options.pools[WORK_COMMIT].queue, wake_for_fiber);
	loop->settings = settings_take_current(server);
	loop->generation = atomic_load(&server->generation);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->ports = calloc(server->options.n_listeners, sizeof *loop->ports);
	if (loop->wake_fd < 0 || loop->epoll_fd < 0)
		return FAULT(FAULT_IO, "epoll: errno %d", errno);
	if (!loop->ports)
		return FAULT_MEMORY;
	TRY(watch(loop, loop->wake_fd, NULL));
	TRY(start_ports(loop));
	return start_thread(loop);
}

void loop_stop(struct loop *loop)
{
	if (loop->is_started) {
		loop_wake(loop);
		pthread_join(loop->thread, NULL);
	}
	for (size_t i = 0; loop->ports && i < loop->server->options.n_listeners; i++)
		if (loop->ports[i].daemon)
			microhttpd.stop_daemon(loop->ports[i].daemon);
	free(loop->ports);
	loop->ports = NULL;
	serve_free_exchanges(loop);
	turns_free(&loop->turns);
	settings_drop(loop->settings);
}

void loop_free(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
}
