/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/providers/upstream.h"

#include "broker/base/url.h"
#include "conf/config.h"

#include <pthread.h>
#include <unistd.h>

static const struct config *load(const struct upstream *upstream, struct arena *arena)
{
	char path[] = "/tmp/yimen-upstream-XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct problems problems = { .arena = arena };
	struct config_sources sources = { .path = path, .registries = registry_all };
	const struct config *config = NULL;

	ck_assert_ptr_nonnull(file);
	fprintf(file, "issuer: https://id.example.cn\nproviders:\n  - id: up\n    type: %s\n    title: {zh: 上}\n%s", upstream->type ? upstream->type : upstream->name, upstream->yaml);
	ck_assert_int_eq(fclose(file), 0);
	int result = config_load(&sources, &problems, &config);
	problem_print(&problems, stderr);
	unlink(path);
	ck_assert_int_eq(result, 0);
	return config;
}

void upstream_begin(struct upstream_test *t, const struct upstream *upstream)
{
	arena_fail_at(0);
	*t = (struct upstream_test){ .upstream = upstream, .arena = arena_new(1 << 22) };
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new((size_t)64 << 20);
	t->config = load(upstream, scratch);
	t->run = (struct provider_run){ .options = t->config->providers.items[0].type.options, .arena = t->arena, .now = UPSTREAM_NOW, .id = SPAN("up"),
					.redirect_uri = SPAN("https://id.example.cn/login/up/callback"), .state = SPAN("the-state"), .nonce = SPAN("the-nonce"),
					.code_challenge = SPAN("the-challenge"), .verifier = SPAN("the-verifier"), .random = SPAN("0123456789abcdefghijkl") };
	upstream->set_up(t);
}

void upstream_end(struct upstream_test *t)
{
	arena_fail_at(0);
	t->upstream->tear_down(t);
	config_unref(t->config);
	arena_free(t->arena);
}

void upstream_param(struct upstream_test *t, const char *name, const char *value)
{
	size_t i = 0;

	while (i < t->n_params && !span_is(t->params[i].name, name))
		i++;
	if (value) {
		ck_assert_uint_lt(i, ARRAY_LEN(t->params));
		t->params[i] = (struct provider_pair){ span_of(name), span_of(value) };
		t->n_params += i == t->n_params;
	} else if (i < t->n_params) {
		t->params[i] = t->params[--t->n_params];
	}
}

struct answering {
	struct upstream_test *t;
	const struct provider_fetch *fetch;
	struct provider_event event;
};

static void *answer_in_thread(void *arg)
{
	struct answering *a = arg;

	a->t->upstream->answer(a->t, a->fetch, &a->event);
	if (a->t->spoiled && a->t->spoil_at == a->t->n_fetches - 1)
		a->t->spoiled->spoil(a->t, &a->event);
	return NULL;
}

/* In a thread of its own: arena_fail_at is this thread's, and the world's memory is not what is tested. */
static struct provider_event answer(struct upstream_test *t, const struct provider_fetch *fetch)
{
	struct answering a = { t, fetch, { .type = PROVIDER_FETCHED, .status = 200, .content_type = SPAN("application/json") } };
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, answer_in_thread, &a), 0);
	pthread_join(thread, NULL);
	return a.event;
}

static int drive(struct upstream_test *t, struct provider_event event, struct provider_step *step)
{
	const struct provider *provider = provider_of(t->config->providers.items[0].type.variant);

	t->n_fetches = 0;
	t->run.memory = NULL;
	for (;;) {
		int result = provider_next(provider, &t->run, &event, step);
		if (result || step->type != PROVIDER_FETCH)
			return result;
		ck_assert_msg(t->n_fetches < UPSTREAM_FETCHES, "it fetches without end");
		t->fetches[t->n_fetches++] = step->fetch;
		event = answer(t, &step->fetch);
	}
}

int upstream_start(struct upstream_test *t, struct provider_step *step)
{
	return drive(t, (struct provider_event){ .type = PROVIDER_START }, step);
}

int upstream_ask(struct upstream_test *t, struct provider_event event, struct provider_step *step)
{
	return drive(t, event, step);
}

int upstream_test_event(struct upstream_test *t, struct provider_step *step)
{
	return drive(t, (struct provider_event){ .type = PROVIDER_TEST }, step);
}

int upstream_callback(struct upstream_test *t, struct provider_step *step)
{
	return drive(t, (struct provider_event){ .type = PROVIDER_CALLBACK, .params = t->params, .n_params = t->n_params }, step);
}

void upstream_sends_to(const char *name, const struct upstream *upstream, const char *user_agent, const char *url)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, upstream);
	t.run.user_agent = span_of(user_agent);
	ck_assert_int_eq(upstream_start(&t, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REDIRECT);
	ROW_SPAN(name, step.url, span_of(url));
}

struct span upstream_pairs(struct upstream_test *t, struct span form)
{
	struct buf buf = buf_new(t->arena, 512);
	struct span name, value, text;
	int error = 0;

	while (url_next_pair(&form, t->arena, &name, &value, &error))
		buf_printf(&buf, SPAN_FMT "=" SPAN_FMT "\n", SPAN_ARG(name), SPAN_ARG(value));
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	return text;
}
