/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/dial.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/net/net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

static int wait_connected(int fd, int64_t until_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0, n;

	do {
		int64_t left = until_ms - sys_now().ms;

		n = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return FAULT_TIMEOUT;
	return n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) || error ? FAULT_UNREACHABLE : 0;
}

int dial_address(const struct sockaddr *address, socklen_t size, int64_t until_ms, int *ret_fd)
{
	CLOSE_FD int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return FAULT_UNREACHABLE;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (connect(fd, address, size) && errno != EINPROGRESS)
		return FAULT_UNREACHABLE;
	TRY(wait_connected(fd, until_ms));
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int dial_tcp(const char *host, uint16_t port, const struct address_blocks *allow, int64_t timeout_ms, int *ret_fd)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG }, *found;
	int64_t until_ms = sys_now().ms + timeout_ms;
	int result = ERR_ACCESS_DENIED;
	char service[8];

	snprintf(service, sizeof service, "%u", port);
	if (getaddrinfo(host, service, &hints, &found))
		return FAULT_UNREACHABLE;
	for (const struct addrinfo *a = found; a; a = a->ai_next) {
		if (!net_guard_allows(a->ai_addr, allow))
			continue;
		result = dial_address(a->ai_addr, a->ai_addrlen, until_ms, ret_fd);
		if (!result)
			break;
	}
	freeaddrinfo(found);
	return result;
}
