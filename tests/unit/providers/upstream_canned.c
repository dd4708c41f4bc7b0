/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/providers/upstream.h"

#define CANNED_MAX 6

struct world {
	struct upstream_canned answers[CANNED_MAX];
};

void canned_set_up(struct upstream_test *t)
{
	struct world *w = arena_new_of(t->arena, struct world);

	for (size_t i = 0; t->upstream->canned[i].at; i++) {
		ck_assert_uint_lt(i, CANNED_MAX - 1);
		w->answers[i] = t->upstream->canned[i];
	}
	t->world = w;
	upstream_param(t, t->upstream->code, "the-code");
	upstream_param(t, "state", "the-state");
}

void canned_tear_down(struct upstream_test *t)
{
}

static struct upstream_canned *find(struct upstream_test *t, struct span url)
{
	struct world *w = t->world;

	for (size_t i = 0; w->answers[i].at; i++)
		if (span_starts(url, span_of(w->answers[i].at)))
			return &w->answers[i];
	ck_abort_msg("nobody lives at " SPAN_FMT, SPAN_ARG(url));
	return NULL;
}

void canned_answer(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event)
{
	event->body = span_of(find(t, fetch->url)->body);
}

void canned_lie(struct upstream_test *t, const struct upstream_lie *lie)
{
	find(t, span_of(lie->where))->body = lie->what;
}

void canned_param(struct upstream_test *t, const struct upstream_lie *lie)
{
	upstream_param(t, lie->where, lie->what);
}
