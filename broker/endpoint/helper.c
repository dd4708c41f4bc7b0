/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/helper.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int helper_ask(int helper_fd, char kind, int wait_s, int *ret_data, int *ret_status)
{
	union {
		char space[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	int data[2] = { -1, -1 }, status[2] = { -1, -1 };
	struct iovec part = { &kind, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, data) < 0)
		return FAULT(FAULT_IO, "socketpair: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, status) < 0) {
		close(data[0]);
		close(data[1]);
		return FAULT(FAULT_IO, "socketpair: %s", strerror(errno));
	}
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(2 * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(c), (int[]){ data[1], status[1] }, 2 * sizeof(int));
	bool is_sent = sendmsg(helper_fd, &message, MSG_NOSIGNAL) == 1;
	int error = errno;
	close(data[1]);
	close(status[1]);
	if (!is_sent) {
		close(data[0]);
		close(status[0]);
		return FAULT(FAULT_IO, "helper: %s", strerror(error));
	}
	struct timeval wait = { .tv_sec = wait_s };
	setsockopt(data[0], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	setsockopt(data[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	*ret_data = data[0];
	*ret_status = status[0];
	return 0;
}
