/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers to StartTLS are a yes, how long they are, and that nothing is read past them. RFC 4511 4.14; the whole way: tests/flows/ldap.test.mjs */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/net/start_tls.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define YES "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
#define YES_OF_ACTIVE_DIRECTORY "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"

static const struct {
	const char *name;
	struct span answer;
	int asked; /* what the socket's side makes of it */
} answers[] = {
	{ "yes", SPAN(YES), 0 },
	{ "yes, as Active Directory writes it", SPAN(YES_OF_ACTIVE_DIRECTORY), 0 },
	{ "protocolError: it knows no StartTLS", SPAN("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"), FAULT_UNREACHABLE },
	{ "yes to another question", SPAN("\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00"), FAULT_UNREACHABLE },
	{ "a bind that has worked", SPAN("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"), FAULT_UNREACHABLE },
	{ "a code of two bytes", SPAN("\x30\x0d\x02\x01\x01\x78\x08\x0a\x02\x00\x00\x04\x00\x04\x00"), FAULT_UNREACHABLE },
	{ "a code longer than its answer", SPAN("\x30\x0c\x02\x01\x01\x78\x07\x0a\x7f\x00\x04\x00\x04\x00"), FAULT_UNREACHABLE },
	{ "nothing in it", SPAN("\x30\x00"), FAULT_UNREACHABLE },
	{ "an indefinite length", SPAN("\x30\x80\x02\x01\x01"), FAULT_UNREACHABLE },
	{ "a length of five bytes", SPAN("\x30\x85\x00\x00\x00\x00\x0c"), FAULT_UNREACHABLE },
	{ "gigabytes", SPAN("\x30\x84\x7f\xff\xff\xff"), FAULT_UNREACHABLE },
	{ "another protocol", SPAN("220 smtp.example.cn ESMTP\r\n"), FAULT_UNREACHABLE },
	{ "half of it, and silence", SPAN("\x30\x0c\x02\x01"), FAULT_TIMEOUT },
	{ "silence", SPAN(""), FAULT_TIMEOUT },
};

START_TEST(asked)
{
	char question[64], behind[8];
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ck_assert_int_ge(write(pair[1], answers[_i].answer.p, answers[_i].answer.n), 0);
	ck_assert_int_eq(write(pair[1], "behind", answers[_i].asked ? 0 : 6), answers[_i].asked ? 0 : 6);
	ROW_INT(answers[_i].name, start_tls_ask(pair[0], sys_now().ms + 100), answers[_i].asked);
	/* 1.3.6.1.4.1.1466.20037, RFC 4511 4.14.1 */
	ROW_INT(answers[_i].name, read(pair[1], question, sizeof question), 31);
	ck_assert(memcmp(question, "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037", 31) == 0);
	if (!answers[_i].asked) /* what came in the clear is TLS's to judge */
		ROW_INT(answers[_i].name, read(pair[0], behind, sizeof behind), 6);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(ended)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	close(pair[1]);
	ck_assert_int_eq(start_tls_ask(pair[0], sys_now().ms + 100), FAULT_UNREACHABLE);
	close(pair[0]);
}
END_TEST

START_TEST(piecemeal)
{
	struct span whole = SPAN(YES_OF_ACTIVE_DIRECTORY);
	size_t n;

	for (size_t have = 0; have <= whole.n; have++) {
		ck_assert_int_eq(start_tls_length((struct span){ whole.p, have }, &n), 0);
		ck_assert_uint_eq(n, have < 2 ? 2 : have < 6 ? 6 : whole.n);
		ck_assert_int_eq(start_tls_read((struct span){ whole.p, have }), have == whole.n ? 0 : ERR_MALFORMED);
	}
}
END_TEST

int main(void)
{
	return suite_run("net/start_tls", (struct suite_test[]){ SUITE_LOOP(asked, ARRAY_LEN(answers)), SUITE_ONCE(ended), SUITE_ONCE(piecemeal), SUITE_END });
}
