/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes from a process of their own: they verify, and whatever that process does, nothing else is taken for one. */
#include "broker/base/error.h"
#include "keys/crypto.h"
#include "keys/hash_process.h"
#include "tests/unit/suite.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define COST PASSWORD_COST_TEST

enum other { HASHES, CLOSES, STOPS_IN_THE_MIDDLE, SAYS_NONSENSE, IS_TOO_LONG, REFUSES };

static _Noreturn void be(enum other other, int fd)
{
	struct hash_process_request request;
	struct hash_process_reply reply = { 0 };

	if (other == HASHES)
		_exit(hash_process_main(fd));
	if (other == CLOSES || read(fd, &request, sizeof request) != sizeof request)
		_exit(1);
	memset(reply.phc, 'x', sizeof reply.phc);
	reply.n = other == IS_TOO_LONG ? sizeof reply.phc + 1 : 20;
	reply.error = other == REFUSES ? ERR_INVALID : 0;
	_exit(write(fd, &reply, other == STOPS_IN_THE_MIDDLE ? 9 : sizeof reply) < 0);
}

static pid_t begin(enum other other, struct hash_process *process)
{
	int fds[2];

	ck_assert_int_eq(crypto_init(), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		be(other, fds[1]);
	}
	close(fds[1]);
	*process = (struct hash_process){ .fd = fds[0] };
	return pid;
}

static int end(pid_t pid, struct hash_process *process)
{
	int status;

	close(process->fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(hashes)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	struct hash_process process;
	pid_t pid = begin(HASHES, &process);
	static char text[HASH_PROCESS_TEXT + 1];
	struct span phc, all = { text, HASH_PROCESS_TEXT };

	memset(text, 'd', sizeof text);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hash_process_run(&process, SPAN("e10adc3949ba59abbe56e057f20f883e"), COST, arena, &phc), 0);
		ck_assert_int_eq(password_verify(phc, SPAN("e10adc3949ba59abbe56e057f20f883e")), 0);
		ck_assert_int_eq(password_verify(phc, SPAN("e10adc3949ba59abbe56e057f20f883f")), ERR_CREDENTIALS);
	}
	ck_assert_uint_gt(process.cpu_us, 0);
	ck_assert_int_eq(hash_process_run(&process, SPAN(""), COST, arena, &phc), 0);
	ck_assert_int_eq(hash_process_run(&process, all, COST, arena, &phc), 0);
	ck_assert_int_eq(password_verify(phc, all), 0);
	all.n++;
	ck_assert_int_eq(hash_process_run(&process, all, COST, arena, &phc), ERR_TOO_LARGE); /* nothing is sent */
	ck_assert_int_eq(hash_process_run(&process, SPAN("x"), (struct password_cost){ 1000, 8 }, arena, &phc), ERR_INVALID);
	arena_fail_at(1);
	int result = hash_process_run(&process, SPAN("x"), COST, arena, &phc);
	arena_fail_at(0);
	ck_assert_int_eq(result, FAULT_MEMORY);
	ck_assert_int_eq(hash_process_run(&process, SPAN("y"), COST, arena, &phc), 0); /* and answers go with their questions */
	ck_assert_int_eq(password_verify(phc, SPAN("y")), 0);
	ck_assert_int_eq(end(pid, &process), 0);
}
END_TEST

static const struct {
	const char *name;
	enum other other;
	int want;
} others[] = {
	{ "it is gone", CLOSES, FAULT_IO },
	{ "it stops in the middle", STOPS_IN_THE_MIDDLE, FAULT_IO },
	{ "what it says is no hash", SAYS_NONSENSE, FAULT_IO },
	{ "it says more than it may", IS_TOO_LONG, FAULT_IO },
	{ "it refuses", REFUSES, ERR_INVALID },
};

START_TEST(does_not)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(65536);
	struct hash_process process;
	pid_t pid = begin(others[_i].other, &process);
	struct span phc = { NULL, 0 };

	ROW_INT(others[_i].name, hash_process_run(&process, SPAN("x"), COST, arena, &phc), others[_i].want);
	ck_assert_ptr_null(phc.p);
	(void)end(pid, &process);
}
END_TEST

int main(void)
{
	return suite_run("hash_process", (struct suite_test[]){ SUITE_ONCE(hashes), SUITE_LOOP(does_not, ARRAY_LEN(others)), SUITE_END });
}
