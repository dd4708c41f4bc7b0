/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "keys/crypto.h"
#include "keys/sandbox.h"
#include "keys/seal.h"
#include "keys/signer_claims.h"
#include "keys/signer_keys.h"
#include "keys/signer_wire.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define STACK (512 * 1024)
#define SCRATCH (256 * 1024)

struct process {
	const struct signer_policy *policy;
	struct signer_keys *keys;
	uint64_t boot;
	struct span begin; /* of every token's claims */
	pthread_barrier_t ready;
};

/* One thread, one channel. */
struct channel {
	struct process *process;
	int fd, cpu;
	bool failed;
	struct arena *arena;
	double tokens; /* of the rate limit */
	int64_t refilled_ms;
	unsigned char in[SIGNER_WIRE_MAX], out[SIGNER_WIRE_MAX];
};

/* ---- requests ---- */

/* A bucket that holds two seconds' worth. */
static bool spend(struct channel *c, double cost, struct instant now)
{
	const double rate = c->process->policy->per_second;

	if (rate <= 0)
		return true;
	c->tokens += rate * (double)(now.ms - c->refilled_ms) / 1000;
	if (c->tokens > 2 * rate)
		c->tokens = 2 * rate;
	c->refilled_ms = now.ms;
	if (c->tokens < cost)
		return false;
	c->tokens -= cost;
	return true;
}

static int generate(struct channel *c, enum alg alg, struct instant now, struct signer_writer *answer)
{
	const struct span nothing = { NULL, 0 };
	struct signer_made made;

	if (!spend(c, c->process->policy->per_second, now)) /* a second's worth: it is the work of many signatures */
		return ERR_TOO_MANY;
	TRY(signer_keys_generate(c->process->keys, alg, c->arena, &made));
	signer_wire_add(answer, 0, nothing, made.kid);
	signer_wire_add(answer, 0, nothing, made.public_jwk);
	signer_wire_add(answer, 0, nothing, made.sealed);
	LOG(LOG_INFO, "signer.generated", F_SPAN("kid", made.kid), F_STR("alg", alg_row(alg)->name));
	return 0;
}

static int load(struct channel *c, struct span sealed, struct signer_writer *answer)
{
	struct span kid;

	TRY(signer_keys_load(c->process->keys, sealed, c->arena, &kid));
	signer_wire_add(answer, 0, (struct span){ NULL, 0 }, kid);
	return 0;
}

static int check(struct channel *c, const struct signer_item *item, struct instant now)
{
	const struct signer_policy *policy = c->process->policy;

	if (item->number < 0 || item->number >= SIGNER_TYP_COUNT)
		return ERR_INVALID;
	enum signer_typ typ = (enum signer_typ)item->number;
	struct signer_rule rule = {
		.begin = c->process->begin,
		.now = now.ms / 1000,
		.max_life = policy->max_life[typ] ? policy->max_life[typ] : signer_claims_max_life(typ),
	};
	return signer_claims_check(item->bytes, &rule);
}

static int sign(struct channel *c, const struct signer_item *item, struct instant now, struct signer_writer *answer)
{
	size_t n;

	TRY(check(c, item, now));
	if (!spend(c, 1, now))
		return ERR_TOO_MANY;
	char *room = signer_wire_room(answer, SIGNER_WIRE_TOKEN(item->bytes.n));
	if (!room)
		return FAULT(FAULT_BUG, "answer too large");
	TRY(signer_keys_sign(c->process->keys, item->name, (enum signer_typ)item->number, item->bytes, room, &n));
	signer_wire_close(answer, 0, n);
	return 0;
}

/* ---- channels ---- */

static struct span answer_to(struct channel *c, const struct signer_message *m, int malformed)
{
	struct signer_writer answer = signer_wire_begin(c->out, m->op, m->seq, c->process->boot);
	const struct span nothing = { NULL, 0 };
	struct instant now = sys_now();
	int error = malformed;
	size_t payloads = 0;

	for (size_t i = 0; i < m->n; i++)
		payloads += m->items[i].bytes.n;
	if (!error && payloads > SIGNER_WIRE_PAYLOADS)
		error = ERR_TOO_LARGE;
	if (!error && m->op == SIGNER_OP_SIGN) {
		for (size_t i = 0; i < m->n; i++)
			if ((error = sign(c, &m->items[i], now, &answer)))
				signer_wire_add(&answer, error, nothing, nothing);
		return signer_wire_end(&answer);
	}
	if (!error && m->op == SIGNER_OP_GENERATE && m->n == 1 && m->items[0].number > ALG_UNKNOWN &&
	    m->items[0].number < ALG_COUNT)
		error = generate(c, (enum alg)m->items[0].number, now, &answer);
	else if (!error && m->op == SIGNER_OP_LOAD && m->n == 1)
		error = load(c, m->items[0].bytes, &answer);
	else if (!error && m->op == SIGNER_OP_UNLOAD && m->n == 1)
		error = signer_keys_unload(c->process->keys, m->items[0].bytes);
	else if (!error && m->op != SIGNER_OP_PING)
		error = ERR_INVALID;
	if (error || m->op == SIGNER_OP_UNLOAD || m->op == SIGNER_OP_PING)
		signer_wire_add(&answer, error, nothing, nothing);
	return signer_wire_end(&answer);
}

static void serve(struct channel *c)
{
	struct signer_message message;

	for (;;) {
		ssize_t n = recv(c->fd, c->in, sizeof c->in, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* every other end is closed */
		int error = signer_wire_read((struct span){ (char *)c->in, (size_t)n }, &message);
		struct span answer = answer_to(c, &message, error);
		while (answer.n && send(c->fd, answer.p, answer.n, MSG_NOSIGNAL) < 0 && errno == EINTR)
			;
		if (message.op != SIGNER_OP_SIGN)
			arena_reset(c->arena); /* wipes: there was a private key in it */
	}
}

static void *run_channel(void *argument)
{
	struct channel *c = argument;
	cpu_set_t cpus;

	if (c->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET(c->cpu, &cpus);
		/* A machine with fewer CPUs than configured is slower, not broken. */
		if (pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus))
			LOG(LOG_WARN, "signer.pin_failed", F_INT("cpu", c->cpu));
	}
	/* Everything that may need a system call outside the filter happens before the barrier. */
	c->failed = !crypto_md_ctx(0) || !(c->arena = arena_new(SCRATCH));
	pthread_barrier_wait(&c->process->ready);
	pthread_barrier_wait(&c->process->ready); /* sandboxed now */
	if (!c->failed)
		serve(c);
	arena_free(c->arena);
	return NULL;
}

/* Keys must not reach the swap. Allowed to root and where RLIMIT_MEMLOCK is large; else the operator's encrypted swap has to do. */
static void lock_memory(void)
{
	struct rlimit limit;
	int later = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY ? MCL_FUTURE : 0;

	if (mlockall(MCL_CURRENT | MCL_ONFAULT | later) < 0)
		LOG(LOG_DEBUG, "signer.not_locked", F_STR("reason", strerror(errno)));
}

static int run(struct process *p, struct channel *channels, const int fds[], size_t n)
{
	pthread_t threads[SIGNER_CHANNELS];
	pthread_attr_t attr;
	int error = 0;

	if (pthread_barrier_init(&p->ready, NULL, (unsigned)n + 1) || pthread_attr_init(&attr) ||
	    pthread_attr_setstacksize(&attr, STACK))
		return FAULT_MEMORY;
	for (size_t i = 0; i < n; i++) {
		channels[i].process = p; /* one by one: assigning the whole would touch the pages of its buffers */
		channels[i].fd = fds[i];
		channels[i].cpu = p->policy->cpus ? p->policy->cpus[i] : -1;
		channels[i].refilled_ms = sys_now().ms;
		channels[i].tokens = p->policy->per_second * 2.0;
		if (pthread_create(&threads[i], &attr, run_channel, &channels[i]))
			abort(); /* the others wait at the barrier: there is no way back, the supervisor starts us again */
	}
	pthread_attr_destroy(&attr);
	pthread_barrier_wait(&p->ready);
	for (size_t i = 0; i < n; i++)
		if (channels[i].failed)
			error = FAULT_MEMORY;
	if (!error && !p->policy->no_sandbox)
		error = sandbox_enter(SANDBOX_SIGNER);
	for (size_t i = 0; i < n && error; i++)
		channels[i].failed = true; /* not one request without the sandbox */
	pthread_barrier_wait(&p->ready);
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&p->ready);
	return error;
}

int signer_main(const int channel_fds[], size_t n, const struct signer_policy *policy)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(SCRATCH);
	CLEANUP(seal_cleanup) struct seal_ring *ring = NULL;
	CLEANUP(signer_keys_cleanup) struct signer_keys *keys = NULL;
	struct process p = { .policy = policy };

	if (!arena || n == 0 || n > SIGNER_CHANNELS || crypto_init() || seal_load(policy->key_file, &ring) ||
	    signer_keys_new(ring, &keys))
		return EXIT_FAILURE;
	struct buf begin = buf_new(arena, 256);
	signer_claims_begin(&begin, span_of(policy->issuer));
	struct channel *channels = calloc(n, sizeof *channels);
	if (begin.failed || !channels) {
		free(channels);
		return EXIT_FAILURE;
	}
	p.begin = buf_span(&begin);
	p.keys = keys;
	sys_random(&p.boot, sizeof p.boot);
	if (!policy->no_sandbox)
		lock_memory();
	int error = run(&p, channels, channel_fds, n);
	explicit_bzero(channels, n * sizeof *channels);
	free(channels);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
