/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/store/group_commit.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define BATCH_UPDATES 512
#define BATCH_NS 5000000
#define SCRATCH_CAP (64 * 1024 * 1024)
#define STACK (512 * 1024)

struct batch {
	struct group_commit *group;
	struct commit_request *first, *rest; /* [first, rest) ran */
	struct txn *parent;
	bool nested, wrote, start_over;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int begin_parent(struct batch *b)
{
	b->wrote = false;
	b->group->n_audited = 0;
	return b->group->ops->begin(b->group->store, NULL, &b->parent);
}

static void abort_parent(struct batch *b)
{
	if (b->parent)
		b->group->ops->abort(b->parent);
	b->parent = NULL;
}

static void run_function(struct batch *b, struct commit_request *request, struct txn *txn)
{
	txn->scratch = b->group->scratch;
	txn->wrote = false;
	txn->fault = 0;
	int rc = request->fn(txn, request->arg);
	arena_reset(txn->scratch);
	request->result = rc ? rc : txn->fault;
}

/* Of the two that follow: a fault of the batch as a whole is returned, the function's own answer is left in the request. */
static int run_straight(struct batch *b, struct commit_request *request)
{
	run_function(b, request, b->parent);
	if (request->result && (b->parent->wrote || b->parent->fault)) {
		if (b->wrote) {
			b->start_over = true;
			return 0;
		}
		abort_parent(b); /* nothing but its own writes is in there */
		return begin_parent(b);
	}
	b->wrote |= b->parent->wrote;
	return 0;
}

static int run_nested(struct batch *b, struct commit_request *request)
{
	const struct group_commit_ops *ops = b->group->ops;
	size_t audited = b->group->n_audited;
	struct txn *child;

	TRY(ops->begin(b->group->store, b->parent, &child));
	run_function(b, request, child);
	if (request->result || !child->wrote) {
		ops->abort(child);
		b->group->n_audited = audited;
		return 0;
	}
	b->wrote = true;
	return ops->commit(child);
}

static int run_batch(struct batch *b)
{
	uint64_t start = now_ns();
	size_t n = 0;

	b->start_over = false;
	TRY(begin_parent(b));
	for (b->rest = b->first; b->rest;) {
		struct commit_request *request = b->rest;

		TRY(b->nested ? run_nested(b, request) : run_straight(b, request));
		if (b->start_over)
			return 0;
		bool is_over = ++n == BATCH_UPDATES || now_ns() - start > BATCH_NS || b->group->alone;
		if (!request->next && !is_over)
			request->next = commit_queue_take(&b->group->queue); /* who came meanwhile rides along */
		b->rest = request->next;
		if (is_over)
			break;
	}
	atomic_fetch_add_explicit(&b->group->updates, n, memory_order_relaxed);
	return 0;
}

static int chain_audit(struct batch *b, struct store_audit_tail *ret_tail)
{
	struct group_commit *group = b->group;
	unsigned char key[STORE_AUDIT_KEY], *link;

	if (!group->n_audited)
		return 0;
	if (!(link = malloc(STORE_AUDIT_LINK(group->n_audited))))
		return FAULT_MEMORY;
	int rc = store_audit_link(b->parent, &group->tail, group->audited, group->n_audited, link, ret_tail);
	if (!rc) {
		store_audit_key(ret_tail->sequence, key);
		rc = group->store->engine->put(b->parent, (struct span){ (const char *)key, sizeof key },
					       (struct span){ (const char *)link, STORE_AUDIT_LINK(group->n_audited) });
	}
	free(link);
	return rc;
}

static int commit_batch(struct batch *b)
{
	struct group_commit *group = b->group;
	struct store_audit_tail tail = group->tail;

	if (!b->wrote)
		return 0; /* nothing to make durable */
	TRY(chain_audit(b, &tail));
	if (store_is_broken(group->store))
		return FAULT_STORE;
	uint64_t start = now_ns();
	struct txn *parent = b->parent;
	b->parent = NULL;
	TRY(group->ops->commit(parent));
	group->tail = tail;
	atomic_fetch_add_explicit(&group->commits, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&group->commit_us, (now_ns() - start) / 1000, memory_order_relaxed);
	return 0;
}

static int run_and_commit(struct batch *b)
{
	if (store_is_broken(b->group->store))
		return FAULT_STORE;
	TRY(run_batch(b));
	if (b->start_over) {
		abort_parent(b);
		b->nested = true;
		TRY(run_batch(b));
	}
	return commit_batch(b);
}

/* Run what begins at @first, commit, answer; returns what is left for the next commit. */
static struct commit_request *serve(struct group_commit *group, struct commit_request *first)
{
	struct batch b = { .group = group, .first = first, .rest = first };
	int rc = run_and_commit(&b);

	abort_parent(&b);
	if (b.rest == first)
		b.rest = first->next; /* it did not come past the first, who must not wait for ever */
	for (struct commit_request *request = first, *next; request != b.rest; request = next) {
		next = request->next;
		commit_queue_answer(request, rc ? rc : request->result);
	}
	return b.rest;
}

static void *writer_main(void *arg)
{
	struct group_commit *group = arg;
	struct commit_request *waiting;

	/* Never in front of a thread that still has requests to add: fewer and larger commits on a machine with work to do, and no
	 * later ones where a processor is free. What the kernel refuses here costs nothing but that. */
	(void)pthread_setschedparam(pthread_self(), SCHED_BATCH, &(struct sched_param){ 0 });
	pthread_setname_np(pthread_self(), "store");
	while ((waiting = commit_queue_wait(&group->queue)))
		while (waiting)
			waiting = serve(group, waiting);
	return NULL;
}

int group_commit_run(struct group_commit *group, store_fn *fn, void *arg)
{
	if (pthread_equal(pthread_self(), group->writer))
		return FAULT(FAULT_BUG, "update inside an update");
	return commit_queue_run(&group->queue, fn, arg);
}

int group_commit_audit(struct group_commit *group, struct span key)
{
	if (key.n != 1 + sizeof(struct id))
		return FAULT(FAULT_BUG, "audit key of %zu bytes", key.n);
	if (group->n_audited == group->audited_cap) {
		size_t cap = group->audited_cap ? group->audited_cap * 2 : 64;
		struct id *more = realloc(group->audited, cap * sizeof *more);

		if (!more)
			return FAULT_MEMORY;
		group->audited = more;
		group->audited_cap = cap;
	}
	memcpy(group->audited[group->n_audited++].b, key.p + 1, sizeof(struct id));
	return 0;
}

void group_commit_stats(struct group_commit *group, struct store_stats *ret_stats)
{
	ret_stats->commits = atomic_load_explicit(&group->commits, memory_order_relaxed);
	ret_stats->updates = atomic_load_explicit(&group->updates, memory_order_relaxed);
	ret_stats->commit_us_sum = atomic_load_explicit(&group->commit_us, memory_order_relaxed);
}

int group_commit_start(struct group_commit *group, struct store *store, const struct group_commit_ops *ops,
		       const struct store_audit_tail *tail)
{
	pthread_attr_t attr;
	sigset_t all, before;

	group->store = store;
	group->ops = ops;
	group->tail = *tail;
	if (!(group->scratch = arena_new(SCRATCH_CAP)) || pthread_attr_init(&attr))
		return FAULT_MEMORY;
	/* Signals are for the threads that expect them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_attr_setstacksize(&attr, STACK);
	if (!rc)
		rc = pthread_create(&group->writer, &attr, writer_main, group);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	group->is_running = !rc;
	return rc ? FAULT(FAULT_MEMORY, "writer thread: %s", strerror(rc)) : 0;
}

void group_commit_stop(struct group_commit *group)
{
	if (group->is_running) {
		commit_queue_close(&group->queue);
		pthread_join(group->writer, NULL);
	}
	group->is_running = false;
	arena_free(group->scratch);
	free(group->audited);
	group->scratch = NULL;
	group->audited = NULL;
}
