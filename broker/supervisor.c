/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/supervisor.h"

#include "broker/base/buf.h"
#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/daemon.h"
#include "broker/helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS 64
#define PROBLEMS_ARENA ((size_t)64 * 1024 * 1024)
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 5000
#define STOP_MARGIN_MS 10000 /* on top of http.stop_timeout: what the front does after its last answer */
#define STEADY_MS 10000 /* a child that lived so long starts again at once */

enum child { SIGNER, FRONT, CHILDREN };

struct process {
	const char *name;
	pid_t pid; /* 0: not running */
	int64_t started_ms, start_at_ms, backoff_ms;
	const char *argv[ARGUMENTS];
};

struct supervisor {
	struct arena *arena;
	int listen_fds[DAEMON_LISTENERS][DAEMON_THREADS];
	size_t listen_n[DAEMON_LISTENERS], n_listeners;
	int channels[DAEMON_THREADS + 2][2]; /* [0] the front's end, [1] the signer's */
	size_t n_channels;
	struct process children[CHILDREN];
	struct helpers helpers;
	int signal_fd;
	pid_t self;
	int64_t stop_ms;
	const struct supervisor_options *options;
	int64_t life_s; /* the longest token that the running signer grants */
	char life[24];  /* the same, on its command line */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- sockets */

/* A socket file that nobody answers on is left over from a crash; one that somebody answers on is not ours to take. */
static int clear_stale_socket(const struct address *address)
{
	CLOSE_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return FAULT(FAULT_IO, "socket: %s", strerror(errno));
	if (connect(fd, &address->sa, address->len) == 0)
		return FAULT(FAULT_IO, "%s is in use", address->text.p);
	unlink(address->un.sun_path);
	return 0;
}

static int open_listener(const struct address *address, int *ret_fd)
{
	int on = 1, fd = socket(address->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool is_unix = address->sa.sa_family == AF_UNIX;

	if (fd < 0)
		return FAULT(FAULT_IO, "socket: %s", strerror(errno));
	if (!is_unix && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on)))
		goto failed;
	mode_t before = umask(0117); /* a unix socket: owner and group, the proxy's */
	int bound = bind(fd, &address->sa, address->len);
	umask(before);
	if (bound == 0 && listen(fd, 1024) == 0) {
		*ret_fd = fd;
		return 0;
	}
failed:
	FAULT(FAULT_IO, "listen on %s: %s", address->text.p, strerror(errno));
	close(fd);
	return FAULT_IO;
}

/* SO_REUSEPORT would let a second daemon share the port without a word: ask first, without it. */
static int refuse_shared_port(const struct address *address)
{
	CLOSE_FD int fd = socket(address->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) || bind(fd, &address->sa, address->len))
		return FAULT(FAULT_IO, "listen on %s: %s", address->text.p, strerror(errno));
	return 0;
}

static int open_listeners(struct supervisor *s, const struct config *config, size_t threads)
{
	const struct address_list *list = &config->http.listen;

	if (list->n > DAEMON_LISTENERS)
		return FAULT(FAULT_IO, "more than %d listen addresses", DAEMON_LISTENERS);
	for (size_t i = 0; i < list->n; i++) {
		bool is_unix = list->items[i].sa.sa_family == AF_UNIX;
		size_t n = is_unix ? 1 : threads;

		TRY(is_unix ? clear_stale_socket(&list->items[i]) : refuse_shared_port(&list->items[i]));
		for (size_t k = 0; k < n; k++)
			TRY(open_listener(&list->items[i], &s->listen_fds[i][k]));
		s->listen_n[i] = n;
	}
	s->n_listeners = list->n;
	return 0;
}

static int open_channels(struct supervisor *s, size_t threads)
{
	s->n_channels = threads + 2;
	for (size_t i = 0; i < s->n_channels; i++)
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->channels[i]) < 0)
			return FAULT(FAULT_IO, "socketpair: %s", strerror(errno));
	return 0;
}

/* ---- children */

static const char *print_channels(struct supervisor *s, int end)
{
	struct buf buf = buf_new(s->arena, 64);
	struct span text;

	for (size_t i = 0; i < s->n_channels; i++)
		buf_printf(&buf, "%s%d", i ? "," : "", s->channels[i][end]);
	return buf_done(&buf, &text) ? NULL : text.p;
}

static const char *print_listeners(struct supervisor *s)
{
	struct buf buf = buf_new(s->arena, 64);
	struct span text;

	for (size_t i = 0; i < s->n_listeners; i++)
		for (size_t k = 0; k < s->listen_n[i]; k++)
			buf_printf(&buf, "%s%d", k ? "," : i ? ";" : "", s->listen_fds[i][k]);
	return buf_done(&buf, &text) ? NULL : text.p;
}

/* Seconds, with some to spare. */
static int64_t longest_life(const struct config *config)
{
	return config_longest_life(config) / MS_SECOND + 60;
}

static void set_life(struct supervisor *s, int64_t seconds)
{
	s->life_s = seconds;
	snprintf(s->life, sizeof s->life, "%lld", (long long)seconds);
}

/* Signer thread i beside loop i (design.md 6); the channels after those serve threads that move. Empty: nothing is pinned. */
static char *print_cpus(struct supervisor *s)
{
	struct buf buf = buf_new(s->arena, 64);
	struct span text;
	size_t loops = s->n_channels - 2;

	for (size_t i = 0; loops > 1 && i < loops && sys_cpu_at(i) >= 0; i++)
		buf_printf(&buf, "%s%d", i ? "," : "", sys_cpu_at(i));
	return buf_done(&buf, &text) ? NULL : arena_cstr(s->arena, text);
}

static int write_arguments(struct supervisor *s, const struct supervisor_options *options, const struct config *config)
{
	const char **signer = s->children[SIGNER].argv, **front = s->children[FRONT].argv;
	char *key_file = arena_printf(s->arena, SPAN_FMT "/signer.key", SPAN_ARG(config->data_dir));
	char *issuer = arena_cstr(s->arena, config->issuer), *cpus = print_cpus(s);
	const char *signer_fds = print_channels(s, 1), *front_fds = print_channels(s, 0), *listeners = print_listeners(s);
	char *level = arena_printf(s->arena, "%d", (int)config->log.level);
	size_t n = 0;

	set_life(s, longest_life(config));
	if (!level || !key_file || !issuer || !cpus || !signer_fds || !front_fds || !listeners)
		return FAULT_MEMORY;
	const char *const signer_argv[] = { "yimen", "signer", "--key-file", key_file, "--issuer", issuer, "--max-life", s->life, "--fds", signer_fds, "--cpus", cpus, "--log-level", level, NULL };
	memcpy(signer, signer_argv, sizeof signer_argv);
	const char *helper_fd = arena_printf(s->arena, "%d", s->helpers.channel[0]);
	if (!helper_fd)
		return FAULT_MEMORY;
	const char *const front_argv[] = { "yimen", "front", "--listen-fds", listeners, "--signer-fds", front_fds, "--helper-fd", helper_fd };
	memcpy(front, front_argv, sizeof front_argv);
	n = ARRAY_LEN(front_argv);
	for (size_t i = 0; options->arguments[i]; i++) {
		if (n == ARGUMENTS - 1)
			return ERR_TOO_LARGE;
		front[n++] = options->arguments[i];
	}
	return 0;
}

static void keep_open(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

/* In the child, between fork and exec: only async-signal-safe calls. */
static void become(struct supervisor *s, enum child which)
{
	sigset_t none;

	/* Without its supervisor a child serves nobody; whatever it was doing is safe to cut (the store is, and so is the signer). */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->self)
		_exit(1);
	for (size_t i = 0; i < s->n_channels; i++)
		keep_open(s->channels[i][which == SIGNER]);
	if (which == FRONT)
		keep_open(s->helpers.channel[0]);
	for (size_t i = 0; which == FRONT && i < s->n_listeners; i++)
		for (size_t k = 0; k < s->listen_n[i]; k++)
			keep_open(s->listen_fds[i][k]);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", (char *const *)(uintptr_t)s->children[which].argv);
	_exit(127);
}

static void start(struct supervisor *s, enum child which)
{
	struct process *child = &s->children[which];
	pid_t pid = fork();

	if (pid == 0)
		become(s, which);
	child->started_ms = now_ms();
	if (pid < 0) {
		LOG(LOG_ERROR, "fork", F_STR("child", child->name), F_STR("problem", strerror(errno)));
		child->start_at_ms = child->started_ms + BACKOFF_MAX_MS;
		return;
	}
	child->pid = pid;
	LOG(LOG_INFO, "child.started", F_STR("child", child->name), F_INT("pid", pid));
}

static void plan_restart(struct process *child, int status)
{
	int64_t now = now_ms();

	child->pid = 0;
	child->backoff_ms = now - child->started_ms >= STEADY_MS || child->backoff_ms == 0 ? BACKOFF_MIN_MS : child->backoff_ms * 2;
	if (child->backoff_ms > BACKOFF_MAX_MS)
		child->backoff_ms = BACKOFF_MAX_MS;
	child->start_at_ms = now + child->backoff_ms;
	LOG(LOG_WARN, "child.ended", F_STR("child", child->name), F_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)),
	    F_INT("restart_in_ms", child->backoff_ms));
}

/* Reap what ended. Returns an exit code when the front says that starting again will not help, else -1. */
static int reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < CHILDREN && !helpers_ended(&s->helpers, pid, status); i++) {
			if (s->children[i].pid != pid)
				continue;
			plan_restart(&s->children[i], status);
			if (WIFEXITED(status) && WEXITSTATUS(status) == DAEMON_EXIT_CONFIG)
				return DAEMON_EXIT_CONFIG;
		}
	return -1;
}

static int start_due(struct supervisor *s)
{
	int64_t now = now_ms(), next = 60000;

	for (int i = 0; i < CHILDREN; i++) {
		struct process *child = &s->children[i];

		if (child->pid)
			continue;
		if (child->start_at_ms <= now)
			start(s, (enum child)i);
		else if (child->start_at_ms - now < next)
			next = child->start_at_ms - now;
	}
	return (int)next;
}

/* Told to end, and made to when @grace_ms have passed. */
static void end(struct process *child, int signal_number, int64_t grace_ms)
{
	int64_t until = now_ms() + grace_ms;
	int status;

	if (!child->pid)
		return;
	kill(child->pid, signal_number);
	while (signal_number != SIGKILL && now_ms() < until) {
		if (waitpid(child->pid, &status, WNOHANG) != 0) {
			child->pid = 0;
			return;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000 * 1000 }, NULL);
	}
	if (signal_number != SIGKILL) {
		LOG(LOG_WARN, "child.killed", F_STR("child", child->name), F_INT("after_ms", grace_ms));
		kill(child->pid, SIGKILL);
	}
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
}

/* The front first: it needs signatures until its last answer is out. */
static void stop(struct supervisor *s)
{
	helpers_stop(&s->helpers);
	end(&s->children[FRONT], SIGTERM, s->stop_ms + STOP_MARGIN_MS);
	end(&s->children[SIGNER], SIGKILL, 0); /* holds no state */
}

/* What the signer grants is fixed at its start: longer tokens need a new one. A configuration with a mistake changes nothing, and the
 * front says what is wrong with it. */
static void reload(struct supervisor *s)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(PROBLEMS_ARENA);
	struct problems problems = { .arena = arena };
	CONFIG_HELD *config = NULL;

	if (s->children[FRONT].pid)
		kill(s->children[FRONT].pid, SIGHUP);
	if (!arena || config_load(&s->options->sources, &problems, &config))
		return;
	log_configure((enum log_level)config->log.level, "supervisor");
	s->stop_ms = config->http.stop_timeout;
	if (longest_life(config) <= s->life_s)
		return;
	set_life(s, longest_life(config));
	if (s->children[SIGNER].pid)
		kill(s->children[SIGNER].pid, SIGKILL); /* holds no state; the front gives the next one its keys */
}

static int run(struct supervisor *s)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = s->signal_fd, .events = POLLIN }, { .fd = s->helpers.channel[1], .events = POLLIN } };
		struct signalfd_siginfo info;
		int code;

		poll(fds, ARRAY_LEN(fds), start_due(s));
		if (fds[1].revents & POLLIN)
			helpers_take(&s->helpers);
		if ((code = reap(s)) >= 0)
			return code;
		if (!(fds[0].revents & POLLIN) || read(s->signal_fd, &info, sizeof info) != sizeof info || info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo != SIGHUP)
			return 0;
		reload(s);
	}
}

static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int prepare(struct supervisor *s, const struct supervisor_options *options)
{
	s->options = options;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(PROBLEMS_ARENA);
	struct problems problems = { .arena = arena };
	CONFIG_HELD *config = NULL;

	if (!arena)
		return FAULT_MEMORY;
	int result = config_load(&options->sources, &problems, &config);
	problem_print(&problems, stderr);
	TRY(result);
	log_configure((enum log_level)config->log.level, "supervisor");
	size_t threads = config->http.threads > DAEMON_THREADS ? DAEMON_THREADS : (size_t)config->http.threads;
	s->stop_ms = config->http.stop_timeout;
	TRY(sys_make_dir(config->data_dir.p));
	TRY(open_listeners(s, config, threads));
	TRY(open_channels(s, threads));
	TRY(helpers_open(&s->helpers));
	return write_arguments(s, options, config);
}

int supervisor_run(const struct supervisor_options *options)
{
	struct supervisor s = { .arena = arena_new(64 * 1024), .signal_fd = take_signals(), .self = getpid(),
				.children = { [SIGNER] = { .name = "signer" }, [FRONT] = { .name = "front" } } };

	if (!s.arena)
		return 1;
	int result = prepare(&s, options);
	int code = result == ERR_CONFIG ? DAEMON_EXIT_CONFIG : result ? 1 : run(&s);
	stop(&s);
	arena_free(s.arena);
	return code;
}

bool supervisor_parse_fds(const char *text, int *fds, size_t cap, size_t *ret_n)
{
	struct span rest = span_of(text);
	size_t n = 0;

	while (rest.p) {
		uint64_t fd;

		if (n == cap || !span_to_u64(span_cut(&rest, ','), &fd) || fd > INT32_MAX)
			return false;
		fds[n++] = (int)fd;
	}
	*ret_n = n;
	return true;
}
