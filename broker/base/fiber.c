/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/fiber.h"

#include "broker/base/error.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__has_feature) /* clang's way to tell */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define WITH_ASAN 1
#define STACK_SIZE ((size_t)1024 * 1024) /* red zones */
#else
#define WITH_ASAN 0
#define STACK_SIZE ((size_t)256 * 1024) /* virtual: what a handler touches is 16 to 32 KiB */
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define WITH_TSAN 1
#else
#define WITH_TSAN 0
#endif
#define GUARD 4096

struct fiber {
	struct fiber *next; /* in one list at a time */
	struct fiber_owner *owner;
	void (*fn)(void *arg);
	void *arg;
	bool is_done;
	ucontext_t self, back;
	char *stack;
	void *fake_stack, *back_fake; /* AddressSanitizer's */
	const void *back_bottom;
	size_t back_size;
	void *tsan, *tsan_back;
};

static _Thread_local struct fiber *current;
void (*fiber_on_switch)(void *arg);

void fiber_owner_init(struct fiber_owner *owner, unsigned spare_max, void (*wake)(struct fiber_owner *owner))
{
	*owner = (struct fiber_owner){ .spare_max = spare_max, .wake = wake };
	owner->yielded_last = &owner->yielded;
}

static void fiber_free(struct fiber *fiber)
{
#if WITH_TSAN
	__tsan_destroy_fiber(fiber->tsan);
#endif
	munmap(fiber->stack - GUARD, STACK_SIZE + GUARD);
	free(fiber);
}

void fiber_owner_free(struct fiber_owner *owner)
{
	while (owner->spare) {
		struct fiber *fiber = owner->spare;

		owner->spare = fiber->next;
		fiber_free(fiber);
	}
}

unsigned fiber_count(const struct fiber_owner *owner)
{
	return owner->n_running;
}

void *fiber_current_arg(void)
{
	return current ? current->arg : NULL;
}

/* A page that cannot be touched lies below the stack: running over it is a crash and not a corruption. */
static char *stack_new(void)
{
	char *memory = mmap(NULL, STACK_SIZE + GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (mprotect(memory + GUARD, STACK_SIZE, PROT_READ | PROT_WRITE) == 0)
		return memory + GUARD;
	munmap(memory, STACK_SIZE + GUARD);
	return NULL;
}

static struct fiber *fiber_new(void)
{
	char *stack = stack_new();

	if (!stack)
		return NULL;
	struct fiber *fiber = calloc(1, sizeof *fiber);
	if (!fiber) {
		munmap(stack - GUARD, STACK_SIZE + GUARD);
		return NULL;
	}
	fiber->stack = stack;
#if WITH_TSAN
	fiber->tsan = __tsan_create_fiber(0);
#endif
	return fiber;
}

/* ---- switching */

static void switch_in(struct fiber *fiber)
{
	current = fiber;
	if (fiber_on_switch)
		fiber_on_switch(fiber->arg);
#if WITH_ASAN
	__sanitizer_start_switch_fiber(&fiber->back_fake, fiber->stack, STACK_SIZE);
#endif
#if WITH_TSAN
	fiber->tsan_back = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(fiber->tsan, 0);
#endif
	swapcontext(&fiber->back, &fiber->self);
#if WITH_ASAN
	__sanitizer_finish_switch_fiber(fiber->back_fake, NULL, NULL);
#endif
	current = NULL;
	if (fiber_on_switch)
		fiber_on_switch(NULL);
}

static void switch_out(struct fiber *fiber)
{
#if WITH_ASAN
	/* A fiber that ends gives its fake stack up. */
	__sanitizer_start_switch_fiber(fiber->is_done ? NULL : &fiber->fake_stack, fiber->back_bottom, fiber->back_size);
#endif
#if WITH_TSAN
	__tsan_switch_to_fiber(fiber->tsan_back, 0);
#endif
	swapcontext(&fiber->self, &fiber->back);
#if WITH_ASAN
	__sanitizer_finish_switch_fiber(fiber->fake_stack, &fiber->back_bottom, &fiber->back_size);
#endif
}

static void begin(void)
{
	struct fiber *fiber = current;

#if WITH_ASAN
	__sanitizer_finish_switch_fiber(NULL, &fiber->back_bottom, &fiber->back_size);
#endif
	for (;;) { /* one turn for each handler that this stack serves */
		fiber->fn(fiber->arg);
		fiber->is_done = true;
		switch_out(fiber);
	}
}

/* Give a finished fiber back for the next handler, or its memory to the system. */
static void retire(struct fiber *fiber)
{
	struct fiber_owner *owner = fiber->owner;

	owner->n_running--;
	if (owner->n_spare >= owner->spare_max) {
		fiber_free(fiber);
		return;
	}
	fiber->next = owner->spare;
	owner->spare = fiber;
	owner->n_spare++;
}

static void go_on(struct fiber *fiber)
{
	switch_in(fiber);
	if (fiber->is_done)
		retire(fiber);
}

static void set_up(struct fiber *fiber)
{
	getcontext(&fiber->self);
	fiber->self.uc_stack.ss_sp = fiber->stack;
	fiber->self.uc_stack.ss_size = STACK_SIZE;
	fiber->self.uc_link = NULL;
	makecontext(&fiber->self, begin, 0);
}

int fiber_start(struct fiber_owner *owner, void (*fn)(void *arg), void *arg)
{
	struct fiber *fiber = owner->spare;
	bool is_new = !fiber;

	if (fiber) {
		owner->spare = fiber->next;
		owner->n_spare--;
	} else if (!(fiber = fiber_new())) {
		return FAULT_MEMORY;
	}
	fiber->owner = owner;
	fiber->fn = fn;
	fiber->arg = arg;
	fiber->is_done = false;
	owner->n_running++;
	/* AddressSanitizer wants a fresh start each time, since the fake stack went with the end; elsewhere the loop in begin goes on. */
	if (is_new || WITH_ASAN)
		set_up(fiber);
	go_on(fiber);
	return 0;
}

static bool run_list(struct fiber *list)
{
	bool any = list != NULL;

	while (list) {
		struct fiber *next = list->next;

		go_on(list);
		list = next;
	}
	return any;
}

static struct fiber *take_ready(struct fiber_owner *owner)
{
	struct fiber *newest = atomic_exchange_explicit(&owner->ready, NULL, memory_order_acquire), *oldest = NULL;

	while (newest) {
		struct fiber *before = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = before;
	}
	return oldest;
}

static struct fiber *take_yielded(struct fiber_owner *owner)
{
	struct fiber *list = owner->yielded;

	owner->yielded = NULL;
	owner->yielded_last = &owner->yielded;
	return list;
}

bool fiber_run_ready(struct fiber_owner *owner)
{
	bool any = false;

	for (;;) {
		while (run_list(take_ready(owner)))
			any = true;
		if (!run_list(take_yielded(owner)))
			return any;
		any = true;
	}
}

void fiber_yield(void)
{
	struct fiber *fiber = current;

	if (!fiber)
		return;
	fiber->next = NULL;
	*fiber->owner->yielded_last = fiber;
	fiber->owner->yielded_last = &fiber->next;
	switch_out(fiber);
}

/* ---- waiting */

void park_prepare(struct park *park)
{
	atomic_init(&park->woken, 0);
	park->fiber = current;
}

/* A fiber stops in any case, woken or not: its waker puts it on the ready list exactly once, and from there it goes on exactly once. */
void park_wait(struct park *park)
{
	if (park->fiber) {
		switch_out(park->fiber);
		return;
	}
	while (!atomic_load_explicit(&park->woken, memory_order_acquire))
		syscall(SYS_futex, &park->woken, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

void park_wake(struct park *park)
{
	struct fiber *fiber = park->fiber;
	_Atomic uint32_t *word = &park->woken;

	if (!fiber) {
		atomic_store_explicit(word, 1, memory_order_release);
		/* The waiter may have seen it and left; then this wakes nobody, or one who looks at his own word again. */
		syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
		return;
	}
	struct fiber_owner *owner = fiber->owner;
	struct fiber *newest = atomic_load_explicit(&owner->ready, memory_order_relaxed);
	do
		fiber->next = newest;
	while (!atomic_compare_exchange_weak_explicit(&owner->ready, &newest, fiber, memory_order_release, memory_order_relaxed));
	if (!newest)
		owner->wake(owner);
}
