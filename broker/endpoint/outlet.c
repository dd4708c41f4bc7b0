/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/outlet.h"

#include "broker/base/error.h"
#include "broker/base/log.h"
#include "conf/config_base.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define OUTLETS_MAX 64
#define ID_MAX 32

struct outlet {
	enum outlet_kind kind;
	char id[ID_MAX + 1];
	struct breaker breaker;
	int64_t asked, failed, refused, running;
	struct instant last_ok, last_failed;
};

struct outlets {
	pthread_mutex_t lock;
	struct outlet items[OUTLETS_MAX];
	size_t n;
	_Atomic int64_t figures[OUTLET_FIGURES_N];
};

int outlets_new(struct outlets **ret_outlets)
{
	struct outlets *outlets = calloc(1, sizeof *outlets);

	if (!outlets)
		return FAULT_MEMORY;
	pthread_mutex_init(&outlets->lock, NULL);
	*ret_outlets = outlets;
	return 0;
}

void outlets_free(struct outlets *outlets)
{
	if (!outlets)
		return;
	pthread_mutex_destroy(&outlets->lock);
	free(outlets);
}

/* With the lock. NULL: more than anybody has; those have no breaker. */
static struct outlet *find(struct outlets *outlets, enum outlet_kind kind, struct span id, bool add)
{
	for (size_t i = 0; i < outlets->n; i++)
		if (outlets->items[i].kind == kind && span_is(id, outlets->items[i].id))
			return &outlets->items[i];
	if (!add || outlets->n == OUTLETS_MAX || id.n > ID_MAX)
		return NULL;
	struct outlet *outlet = &outlets->items[outlets->n++];
	outlet->kind = kind;
	memcpy(outlet->id, id.p, id.n);
	return outlet;
}

bool outlet_enter_few(struct outlets *outlets, enum outlet_kind kind, struct span id, int64_t most, struct instant now)
{
	if (!outlets)
		return true;
	pthread_mutex_lock(&outlets->lock);
	struct outlet *outlet = find(outlets, kind, id, true);
	bool may = !outlet || (outlet->running < most && breaker_enter(&outlet->breaker, now));
	if (outlet)
		++*(may ? &outlet->running : &outlet->refused);
	pthread_mutex_unlock(&outlets->lock);
	return may;
}

bool outlet_enter(struct outlets *outlets, enum outlet_kind kind, struct span id, struct instant now)
{
	return outlet_enter_few(outlets, kind, id, INT64_MAX, now);
}

void outlet_leave(struct outlets *outlets, enum outlet_kind kind, struct span id, const struct config_breaker *config, enum outlet_end end, struct instant now)
{
	static const char *const names[] = { [OUTLET_SMS] = "sms", [OUTLET_VERIFIER] = "verifier", [OUTLET_PROVIDER] = "provider" };
	const struct breaker_rule rule = { config->failures, config->pause, config->pause_most };

	if (!outlets)
		return;
	pthread_mutex_lock(&outlets->lock);
	struct outlet *outlet = find(outlets, kind, id, true);
	bool was_open = outlet && outlet->breaker.pause_ms, is_open = was_open;
	if (outlet)
		outlet->running--;
	if (outlet && end == OUTLET_NOT_REACHED) {
		breaker_cancel(&outlet->breaker);
	} else if (outlet) {
		outlet->asked++;
		outlet->failed += end == OUTLET_FAILED;
		*(end == OUTLET_OK ? &outlet->last_ok : &outlet->last_failed) = now;
		breaker_leave(&outlet->breaker, &rule, end == OUTLET_OK, now);
		is_open = outlet->breaker.pause_ms;
	}
	pthread_mutex_unlock(&outlets->lock);
	if (is_open != was_open)
		LOG(LOG_WARN, is_open ? "outlet.left_alone" : "outlet.back", F_SPAN("id", id), F_STR("kind", names[kind]));
}

void outlet_count(struct outlets *outlets, enum outlet_figure figure, int64_t n)
{
	if (outlets)
		atomic_fetch_add_explicit(&outlets->figures[figure], n, memory_order_relaxed);
}

int64_t outlet_figure(struct outlets *outlets, enum outlet_figure figure)
{
	return outlets ? atomic_load_explicit(&outlets->figures[figure], memory_order_relaxed) : 0;
}

int64_t outlet_open(struct outlets *outlets, struct instant now)
{
	int64_t n = 0;

	if (!outlets)
		return 0;
	pthread_mutex_lock(&outlets->lock);
	for (size_t i = 0; i < outlets->n; i++)
		n += breaker_is_open(&outlets->items[i].breaker, now);
	pthread_mutex_unlock(&outlets->lock);
	return n;
}

bool outlet_state(struct outlets *outlets, enum outlet_kind kind, struct span id, struct instant now, struct outlet_state *ret_state)
{
	if (!outlets)
		return false;
	pthread_mutex_lock(&outlets->lock);
	const struct outlet *outlet = find(outlets, kind, id, false);
	if (outlet)
		*ret_state = (struct outlet_state){ .asked = outlet->asked, .failed = outlet->failed, .refused = outlet->refused,
						    .running = outlet->running, .is_open = breaker_is_open(&outlet->breaker, now),
						    .open_until = outlet->breaker.open_until, .last_ok = outlet->last_ok, .last_failed = outlet->last_failed };
	pthread_mutex_unlock(&outlets->lock);
	return outlet != NULL;
}
