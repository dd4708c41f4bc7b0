/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/start_tls.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* LDAPMessage: messageID 1, ExtendedRequest with the name of StartTLS */
static const char question[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
			       "1.3.6.1.4.1.1466.20037";

#define SEQUENCE 0x30
#define INTEGER 0x02
#define ENUMERATED 0x0a
#define EXTENDED_RESPONSE 0x78
#define LENGTH_BYTES_MAX 4 /* Active Directory writes every length in so many */

int start_tls_length(struct span bytes, size_t *ret_n)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	size_t head = 2, n = 0;

	*ret_n = head;
	if (bytes.n < head)
		return 0;
	if (p[0] != SEQUENCE)
		return ERR_MALFORMED;
	if (p[1] & 0x80) {
		head += p[1] & 0x7f;
		if (head == 2 || head > 2 + LENGTH_BYTES_MAX)
			return ERR_MALFORMED;
		*ret_n = head;
		if (bytes.n < head)
			return 0;
		for (size_t i = 2; i < head; i++)
			n = n << 8 | p[i];
	} else {
		n = p[1];
	}
	if (n > START_TLS_MAX - head)
		return ERR_MALFORMED;
	*ret_n = head + n;
	return 0;
}

/* What stands in the element of type @tag that *@rest begins with, which is passed. */
static bool take(struct span *rest, unsigned char tag, struct span *ret_inside)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	size_t head = 2, n = 0;

	if (rest->n < head || p[0] != tag)
		return false;
	if (p[1] & 0x80)
		head += p[1] & 0x7f;
	else
		n = p[1];
	if (head > 2 + LENGTH_BYTES_MAX || head > rest->n)
		return false;
	for (size_t i = 2; i < head; i++)
		n = n << 8 | p[i];
	if (n > rest->n - head)
		return false;
	*ret_inside = (struct span){ rest->p + head, n };
	*rest = (struct span){ rest->p + head + n, rest->n - head - n };
	return true;
}

int start_tls_read(struct span bytes)
{
	struct span rest = bytes, message, id, response, code;

	if (!take(&rest, SEQUENCE, &message) || rest.n || !take(&message, INTEGER, &id) || !span_eq(id, SPAN("\1")) || !take(&message, EXTENDED_RESPONSE, &response) ||
	    !take(&response, ENUMERATED, &code) || code.n != 1)
		return ERR_MALFORMED;
	return code.p[0] == 0 ? 0 : ERR_ACCESS_DENIED;
}

/* ---- the socket */

static int wait_for(int fd, short events, int64_t until_ms)
{
	struct pollfd ready = { .fd = fd, .events = events };
	int64_t left = until_ms - sys_now().ms;
	int n = left > 0 ? poll(&ready, 1, (int)left) : 0;

	return n > 0 || (n < 0 && errno == EINTR) ? 0 : n ? FAULT_UNREACHABLE : FAULT_TIMEOUT;
}

static int write_all(int fd, struct span bytes, int64_t until_ms)
{
	while (bytes.n) {
		TRY(wait_for(fd, POLLOUT, until_ms));
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return FAULT_UNREACHABLE;
		if (n > 0)
			bytes = (struct span){ bytes.p + n, bytes.n - (size_t)n };
	}
	return 0;
}

static int read_all(int fd, char *to, size_t n, int64_t until_ms)
{
	while (n) {
		TRY(wait_for(fd, POLLIN, until_ms));
		ssize_t got = recv(fd, to, n, MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return FAULT_UNREACHABLE;
		if (got > 0) {
			to += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

int start_tls_ask(int fd, int64_t until_ms)
{
	char answer[START_TLS_MAX];
	size_t have = 0, needed;

	TRY(write_all(fd, (struct span){ question, sizeof question - 1 }, until_ms));
	for (;; have = needed) {
		if (start_tls_length((struct span){ answer, have }, &needed))
			return FAULT(FAULT_UNREACHABLE, "what should be a directory answers something else");
		if (needed == have)
			break;
		TRY(read_all(fd, answer + have, needed - have, until_ms));
	}
	return start_tls_read((struct span){ answer, have }) ? FAULT(FAULT_UNREACHABLE, "the directory does not begin TLS: use ldaps://") : 0;
}
