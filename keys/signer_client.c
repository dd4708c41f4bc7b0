/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/fiber.h"
#include "broker/base/sys.h"
#include "keys/signer_wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/* How long an answer may take, and when a question is asked again: the signer may have died with it (its successor reads on from
 * the same channel). Signing twice harms nothing; the second answer is dropped. */
#define ANSWER_MS 2000
#define GENERATE_MS 15000
#define AGAIN_MS 250

/* What one thread wants done: some signatures, or one other operation. On its stack while it waits. */
struct wish {
	struct wish *next;
	struct park park; /* woken once: done, or to lead */
	bool is_done;
	/* signatures */
	struct signer_request *requests;
	char **rooms; /* where each token goes */
	size_t n, payloads;
	/* or another operation */
	uint32_t op;
	struct signer_item item;
	unsigned char *copy; /* the answer, SIGNER_WIRE_MAX */
	struct signer_message answer;
	/* both */
	uint64_t boot;
	int error;
};

struct signer {
	int fd;
	signer_reload_fn *reload;
	void *context;
	pthread_mutex_t lock; /* queue, is_led */
	struct wish *first, **last;
	bool is_led;
	/* the leader's alone */
	uint64_t seq;
	unsigned char out[SIGNER_WIRE_MAX], in[SIGNER_WIRE_MAX];
	/* after a restart of the signer */
	struct waiter *waiters; /* for the reload that is under way; under lock, like the two that follow */
	bool is_reloading;
	uint64_t reloaded; /* the life of the signer that has our keys */
};

int signer_open(int fd, signer_reload_fn *reload, void *context, struct signer **ret_signer)
{
	struct timeval again = { .tv_usec = AGAIN_MS * 1000 };
	struct signer *signer = calloc(1, sizeof *signer);

	if (!signer)
		return FAULT_MEMORY;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &again, sizeof again) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &again, sizeof again) < 0) {
		free(signer);
		return FAULT(FAULT_SIGNER, "channel: %s", strerror(errno));
	}
	signer->fd = fd;
	signer->reload = reload;
	signer->context = context;
	signer->last = &signer->first;
	/* Random, so that no answer to an earlier client of this channel can pass for one of ours. */
	sys_random(&signer->seq, sizeof signer->seq);
	pthread_mutex_init(&signer->lock, NULL);
	*ret_signer = signer;
	return 0;
}

void signer_close(struct signer *signer)
{
	if (!signer)
		return;
	pthread_mutex_destroy(&signer->lock);
	free(signer);
}

/* ---- the leader: one message there and back ---- */

static int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool is_transient(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ENOBUFS;
}

/* Send @request until it is answered; answers to anything else are left over from an earlier life and dropped. */
static int ask(struct signer *signer, struct span request, uint32_t op, struct signer_message *ret_answer)
{
	const bool once = op == SIGNER_OP_GENERATE; /* a second key would be made */
	const int64_t end = clock_ms() + (once ? GENERATE_MS : ANSWER_MS);
	bool is_sent = false;

	do {
		if (!is_sent) {
			if (send(signer->fd, request.p, request.n, MSG_NOSIGNAL) >= 0)
				is_sent = true;
			else if (!is_transient(errno))
				return FAULT(FAULT_SIGNER, "send: %s", strerror(errno));
		}
		/* Also when the channel is full: what fills it may be answers that nobody has read. */
		ssize_t n = recv(signer->fd, signer->in, sizeof signer->in, is_sent ? 0 : MSG_DONTWAIT);
		if (n < 0 && !is_transient(errno))
			return FAULT(FAULT_SIGNER, "receive: %s", strerror(errno));
		if (n == 0)
			return FAULT(FAULT_SIGNER, "the signer's end is closed");
		if (n > 0 && signer_wire_read((struct span){ (char *)signer->in, (size_t)n }, ret_answer) == 0 &&
		    ret_answer->seq == signer->seq)
			return 0;
		if (n < 0 && errno != EINTR && !once)
			is_sent = false;
	} while (clock_ms() < end);
	return FAULT(FAULT_SIGNER, "no answer");
}

static void finish_signatures(struct wish *wish, const struct signer_message *answer, size_t *at, int error)
{
	for (size_t i = 0; i < wish->n; i++, (*at)++) {
		struct signer_request *request = &wish->requests[i];
		int result = error;

		if (!error && *at >= answer->n)
			result = FAULT(FAULT_SIGNER, "the answer has too few items");
		else if (!error)
			result = answer->items[*at].number;
		if (!result && answer->items[*at].bytes.n > SIGNER_WIRE_TOKEN(request->payload.n))
			result = FAULT(FAULT_SIGNER, "a token too large");
		request->result = result;
		if (result)
			continue;
		memcpy(wish->rooms[i], answer->items[*at].bytes.p, answer->items[*at].bytes.n);
		request->token = (struct span){ wish->rooms[i], answer->items[*at].bytes.n };
	}
}

/* Carry out @wishes, taken off the queue: as many signatures as fit one message, or one operation. */
static void carry_out(struct signer *signer, struct wish *wishes)
{
	struct signer_message answer = { 0 };
	uint32_t op = wishes->requests ? SIGNER_OP_SIGN : wishes->op;
	struct signer_writer w = signer_wire_begin(signer->out, op, ++signer->seq, 0);
	size_t at = 0;
	int error = 0;

	for (struct wish *wish = wishes; wish; wish = wish->next) {
		for (size_t i = 0; i < wish->n; i++)
			signer_wire_add(&w, (int32_t)wish->requests[i].typ, wish->requests[i].kid, wish->requests[i].payload);
		if (!wish->requests && op != SIGNER_OP_PING)
			signer_wire_add(&w, wish->item.number, wish->item.name, wish->item.bytes);
	}
	struct span request = signer_wire_end(&w);
	error = request.n ? ask(signer, request, op, &answer) : ERR_TOO_LARGE;
	for (struct wish *wish = wishes; wish; wish = wish->next) {
		wish->error = error;
		wish->boot = answer.boot;
		if (wish->requests) {
			finish_signatures(wish, &answer, &at, error);
		} else if (!error && !answer.n) {
			wish->error = FAULT(FAULT_SIGNER, "an empty answer");
		} else if (!error) {
			/* The spans point into our buffer, which the next leader overwrites. */
			memcpy(wish->copy, signer->in, sizeof signer->in);
			wish->answer = answer;
			for (size_t i = 0; i < answer.n; i++)
				wish->answer.items[i].bytes.p = (char *)wish->copy + (answer.items[i].bytes.p - (char *)signer->in);
			wish->error = answer.items[0].number;
		}
	}
}

/* Under the lock: cut off the head of the queue what goes into one message. */
static struct wish *take_batch(struct signer *signer)
{
	struct wish *first = signer->first, *last = first;
	size_t n = first->n, payloads = first->payloads;

	while (first->requests && last->next && last->next->requests && n + last->next->n <= SIGNER_BATCH &&
	       payloads + last->next->payloads <= SIGNER_WIRE_PAYLOADS) {
		last = last->next;
		n += last->n;
		payloads += last->payloads;
	}
	signer->first = last->next;
	if (!signer->first)
		signer->last = &signer->first;
	last->next = NULL;
	return first;
}

/*
 * Flat combining: every thread queues its wish; one of them leads, and carries out what has gathered while the last message was
 * under way. The head of the queue leads next, so a leader serves one batch, which holds its own wish, and nobody waits longer than
 * the queue.
 */
static void submit(struct signer *signer, struct wish *mine)
{
	park_prepare(&mine->park);
	pthread_mutex_lock(&signer->lock);
	*signer->last = mine;
	signer->last = &mine->next;
	bool must_wait = signer->is_led;
	signer->is_led = true;
	pthread_mutex_unlock(&signer->lock);
	if (must_wait)
		park_wait(&mine->park);
	else
		fiber_yield(); /* handlers that run on this thread add their wishes first */
	if (mine->is_done)
		return;

	pthread_mutex_lock(&signer->lock);
	struct wish *batch = take_batch(signer);
	pthread_mutex_unlock(&signer->lock);
	carry_out(signer, batch);
	pthread_mutex_lock(&signer->lock);
	struct wish *heir = signer->first;
	signer->is_led = heir != NULL;
	pthread_mutex_unlock(&signer->lock);
	if (heir)
		park_wake(&heir->park);
	while (batch) {
		struct wish *next = batch->next;

		batch->is_done = true;
		if (batch != mine)
			park_wake(&batch->park); /* it may be gone from here on */
		batch = next;
	}
}

/* ---- what callers see ---- */

/* Somebody who found the keys gone while another was loading them already; on its stack. */
struct waiter {
	struct waiter *next;
	struct park park;
};

/* True: the caller loads the keys of the life @boot. False: they are there, or somebody else has just tried. No lock is held while
 * anybody waits: he who loads may be a fiber of the same thread. */
static bool begin_reload(struct signer *signer, uint64_t boot)
{
	struct waiter self;

	pthread_mutex_lock(&signer->lock);
	bool is_mine = signer->reloaded != boot && !signer->is_reloading;
	bool must_wait = signer->reloaded != boot && signer->is_reloading;
	if (is_mine)
		signer->is_reloading = true;
	if (must_wait) {
		park_prepare(&self.park);
		self.next = signer->waiters;
		/* end_reload takes it off the list before park_wait returns */
		/* cppcheck-suppress autoVariables */
		signer->waiters = &self;
	}
	pthread_mutex_unlock(&signer->lock);
	if (must_wait)
		park_wait(&self.park);
	return is_mine;
}

static void end_reload(struct signer *signer, uint64_t boot, int error)
{
	pthread_mutex_lock(&signer->lock);
	struct waiter *waiters = signer->waiters;
	signer->waiters = NULL;
	signer->is_reloading = false;
	if (!error)
		signer->reloaded = boot;
	pthread_mutex_unlock(&signer->lock);
	while (waiters) {
		struct waiter *next = waiters->next;

		park_wake(&waiters->park); /* it may be gone from here on */
		waiters = next;
	}
}

/* The keys of the life @boot are loaded, by us or by another. Who waited for another's try signs again and sees. */
static int reload(struct signer *signer, uint64_t boot)
{
	if (!signer->reload)
		return ERR_ABSENT;
	if (!begin_reload(signer, boot))
		return 0;
	int error = signer->reload(signer, signer->context);
	end_reload(signer, boot, error);
	return error;
}

/* A key is unknown only to a life that has been given all of ours; one that has not says nothing about the key. */
static bool has_keys(struct signer *signer, uint64_t boot)
{
	pthread_mutex_lock(&signer->lock);
	bool has = !signer->reload || signer->reloaded == boot;
	pthread_mutex_unlock(&signer->lock);
	return has;
}

static int sign_batch(struct signer *signer, struct signer_request *requests, char **rooms, size_t n, bool may_reload)
{
	struct wish wish = { .requests = requests, .rooms = rooms, .n = n };
	bool is_unknown = false;

	for (size_t i = 0; i < n; i++)
		wish.payloads += requests[i].payload.n;
	submit(signer, &wish);
	for (size_t i = 0; i < n; i++)
		is_unknown |= requests[i].result == ERR_ABSENT;
	if (is_unknown && may_reload && reload(signer, wish.boot) == 0) {
		for (size_t i = 0; i < n; i++)
			if (requests[i].result == ERR_ABSENT && sign_batch(signer, &requests[i], &rooms[i], 1, false))
				break;
	} else if (is_unknown && !has_keys(signer, wish.boot)) {
		int fault = FAULT(FAULT_SIGNER, may_reload ? "its keys cannot be loaded" : "it died again after its keys were loaded");

		for (size_t i = 0; i < n; i++)
			if (requests[i].result == ERR_ABSENT)
				requests[i].result = fault;
	}
	for (size_t i = 0; i < n; i++)
		if (requests[i].result)
			return requests[i].result;
	return 0;
}

int signer_sign(struct signer *signer, struct signer_request *requests, size_t n, struct arena *arena)
{
	char *rooms[SIGNER_BATCH];
	int first = 0;

	for (size_t i = 0; i < n; i++)
		requests[i].result = FAULT_SIGNER; /* until it is answered */
	for (size_t at = 0, count; at < n; at += count) {
		size_t payloads = 0;

		for (count = 0; count < SIGNER_BATCH && at + count < n; count++) {
			struct signer_request *request = &requests[at + count];

			request->token = (struct span){ NULL, 0 };
			if (request->payload.n > SIGNER_PAYLOAD_MAX || request->kid.n > SIGNER_KID_MAX)
				return request->result = ERR_INVALID;
			payloads += request->payload.n;
			if (payloads > SIGNER_WIRE_PAYLOADS)
				break;
			rooms[count] = arena_alloc(arena, SIGNER_WIRE_TOKEN(request->payload.n));
			if (!rooms[count])
				return request->result = FAULT_MEMORY;
		}
		int error = sign_batch(signer, requests + at, rooms, count, true);
		if (!first)
			first = error;
	}
	return first;
}

/* Any operation but signing; the answer's spans live until @copy is freed. */
static int operate(struct signer *signer, uint32_t op, struct signer_item item, unsigned char *copy, struct wish *ret_wish)
{
	struct wish wish = { .op = op, .item = item, .copy = copy };

	submit(signer, &wish);
	*ret_wish = wish;
	return wish.error;
}

static void free_copy(unsigned char **copy)
{
	if (*copy)
		explicit_bzero(*copy, SIGNER_WIRE_MAX);
	free(*copy);
}

int signer_generate(struct signer *signer, enum alg alg, struct arena *arena, struct signer_made *ret_made)
{
	CLEANUP(free_copy) unsigned char *copy = malloc(SIGNER_WIRE_MAX);
	struct signer_made made;
	struct wish wish;

	if (!copy)
		return FAULT_MEMORY;
	TRY(operate(signer, SIGNER_OP_GENERATE, (struct signer_item){ .number = (int32_t)alg }, copy, &wish));
	if (wish.answer.n != 3)
		return FAULT(FAULT_SIGNER, "a strange answer");
	made.kid = arena_dup(arena, wish.answer.items[0].bytes);
	made.public_jwk = arena_dup(arena, wish.answer.items[1].bytes);
	made.sealed = arena_dup(arena, wish.answer.items[2].bytes);
	if (!made.kid.p || !made.public_jwk.p || !made.sealed.p)
		return FAULT_MEMORY;
	*ret_made = made;
	return 0;
}

int signer_load(struct signer *signer, struct span sealed, char *ret_kid)
{
	CLEANUP(free_copy) unsigned char *copy = malloc(SIGNER_WIRE_MAX);
	struct wish wish;

	if (!copy)
		return FAULT_MEMORY;
	TRY(operate(signer, SIGNER_OP_LOAD, (struct signer_item){ .bytes = sealed }, copy, &wish));
	struct span kid = wish.answer.items[0].bytes;
	if (kid.n == 0 || kid.n > SIGNER_KID_MAX)
		return FAULT(FAULT_SIGNER, "a strange answer");
	memcpy(ret_kid, kid.p, kid.n);
	ret_kid[kid.n] = '\0';
	return 0;
}

int signer_unload(struct signer *signer, struct span kid)
{
	CLEANUP(free_copy) unsigned char *copy = malloc(SIGNER_WIRE_MAX);
	struct wish wish;

	return copy ? operate(signer, SIGNER_OP_UNLOAD, (struct signer_item){ .bytes = kid }, copy, &wish) : FAULT_MEMORY;
}

int signer_ping(struct signer *signer)
{
	CLEANUP(free_copy) unsigned char *copy = malloc(SIGNER_WIRE_MAX);
	struct wish wish;

	return copy ? operate(signer, SIGNER_OP_PING, (struct signer_item){ 0 }, copy, &wish) : FAULT_MEMORY;
}
