/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/helpers.h"

#include "broker/base/log.h"
#include "broker/endpoint/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int helpers_open(struct helpers *helpers)
{
	*helpers = (struct helpers){ .self = getpid() };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, helpers->channel) < 0)
		return FAULT(FAULT_IO, "socketpair: %s", strerror(errno));
	return 0;
}

/* The two descriptors of a request; false when there is none, or not exactly these. */
static bool receive(int channel, char *ret_kind, int fds[2])
{
	union {
		char space[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { ret_kind, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space };

	if (recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int got[2];

		memcpy(got, CMSG_DATA(c), (n < 2 ? n : 2) * sizeof(int));
		if (n == 2) {
			fds[0] = got[0];
			fds[1] = got[1];
			return true;
		}
		if (n == 1)
			close(got[0]);
	}
	return false;
}

/* Between fork and exec: only async-signal-safe calls. Everything but the socket and the log closes itself. */
static void become(const struct helpers *helpers, char kind, int data)
{
	const char *const argv[] = { "yimen", kind == HELPER_HASH ? "hash" : "image", NULL };
	static const char *const environment[] = { NULL };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != helpers->self || dup2(data, STDIN_FILENO) < 0 || dup2(data, STDOUT_FILENO) < 0)
		_exit(126);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve("/proc/self/exe", (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	_exit(127);
}

void helpers_take(struct helpers *helpers)
{
	char kind;
	int fds[2];

	if (!receive(helpers->channel[1], &kind, fds))
		return;
	pid_t pid = helpers->n < HELPERS_MAX ? fork() : -1;
	if (pid == 0)
		become(helpers, kind, fds[0]);
	close(fds[0]);
	if (pid < 0) {
		LOG(LOG_WARN, "helper.refused", F_INT("running", helpers->n));
		close(fds[1]); /* the front reads that there is no status */
		return;
	}
	helpers->running[helpers->n++] = (struct helper){ pid, fds[1] };
}

bool helpers_ended(struct helpers *helpers, pid_t pid, int status)
{
	for (size_t i = 0; i < helpers->n; i++) {
		struct helper *helper = &helpers->running[i];

		if (helper->pid != pid)
			continue;
		if (status)
			LOG(LOG_WARN, "helper.failed", F_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)));
		/* it is empty, and takes four bytes; who has closed it does not care, and must not end us by a signal */
		if (send(helper->status_fd, &status, sizeof status, MSG_NOSIGNAL) < 0)
			LOG(LOG_DEBUG, "helper.status", F_INT("errno", errno));
		close(helper->status_fd);
		*helper = helpers->running[--helpers->n];
		return true;
	}
	return false;
}

void helpers_stop(struct helpers *helpers)
{
	for (size_t i = 0; i < helpers->n; i++)
		kill(helpers->running[i].pid, SIGKILL);
}
