/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/hash_process.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "keys/crypto.h"
#include "keys/sandbox.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define LOWEST 19
#define ARENA ((size_t)64 * 1024)

/* ---- the process */

static uint64_t cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void answer(const struct hash_process_request *request, struct arena *arena, struct hash_process_reply *reply)
{
	struct password_cost cost = { request->passes, request->memory_kib };
	uint64_t before = cpu_us();
	struct span phc = { NULL, 0 };

	reply->error = request->n <= sizeof request->text ? password_hash((struct span){ request->text, request->n }, cost, arena, &phc) : ERR_INVALID;
	if (!reply->error && phc.n > sizeof reply->phc)
		reply->error = ERR_TOO_LARGE;
	if (!reply->error) {
		memcpy(reply->phc, phc.p, phc.n);
		reply->n = (uint32_t)phc.n;
	}
	reply->cpu_us = cpu_us() - before;
}

int hash_process_main(int fd)
{
	struct arena *arena = arena_new(ARENA);
	struct hash_process_request request;

	(void)setpriority(PRIO_PROCESS, 0, LOWEST); /* where that is refused it works as well */
	if (!arena || crypto_init() || sandbox_enter(SANDBOX_HASH))
		return EXIT_FAILURE;
	while (sys_read_all(fd, &request, sizeof request)) {
		struct hash_process_reply reply = { 0 };

		answer(&request, arena, &reply);
		explicit_bzero(&request, sizeof request);
		arena_reset(arena);
		if (!sys_write_all(fd, &reply, sizeof reply))
			break;
	}
	return EXIT_SUCCESS;
}

/* ---- who asks */

int hash_process_run(struct hash_process *process, struct span text, struct password_cost cost, struct arena *arena, struct span *ret_phc)
{
	struct hash_process_request request = { cost.passes, cost.memory_kib, (uint32_t)text.n, { 0 } };
	struct hash_process_reply reply;
	struct span phc;

	if (text.n > sizeof request.text)
		return ERR_TOO_LARGE;
	if (text.n)
		memcpy(request.text, text.p, text.n);
	bool is_sent = sys_send_all(process->fd, &request, sizeof request);
	explicit_bzero(&request, sizeof request);
	if (!is_sent || !sys_read_all(process->fd, &reply, sizeof reply) || reply.n > sizeof reply.phc)
		return FAULT_IO;
	if (reply.error)
		return reply.error;
	phc = arena_dup(arena, (struct span){ reply.phc, reply.n });
	if (!phc.p)
		return FAULT_MEMORY;
	if (!password_is_phc(phc))
		return FAULT_IO;
	process->cpu_us += reply.cpu_us;
	*ret_phc = phc;
	return 0;
}
