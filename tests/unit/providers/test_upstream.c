/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every provider against every upstream that lies, breaks off or answers nonsense, at every fetch of a run: an identity comes out of the
 * good world and of no other. And for every k, the k-th allocation fails: never a crash, never a wrong identity. design.md 7
 */
#include "tests/unit/providers/upstream_ticket.h"

static const struct upstream *const upstreams[] = { &upstream_oidc, &upstream_oauth2, &upstream_wechat, &upstream_wecom, &upstream_dingtalk, &upstream_sns,
	&upstream_qq, &upstream_alipay, &upstream_alipay_cert, &upstream_ticket_zhejiang_natural, &upstream_ticket_zhejiang_direct,
	&upstream_ticket_zhejiang_legal, &upstream_ticket_zhejiang_mini, &upstream_ticket_guangdong, &upstream_ticket_jis, &upstream_ticket_invented,
	&upstream_cas };

/* ---- what any upstream may answer to any fetch */

static void timeout(struct upstream_test *t, struct provider_event *event) { *event = (struct provider_event){ .type = PROVIDER_FETCHED, .error = FAULT_TIMEOUT }; }
static void unreachable(struct upstream_test *t, struct provider_event *event)
{
	*event = (struct provider_event){ .type = PROVIDER_FETCHED, .error = FAULT_UNREACHABLE };
}
static void refused(struct upstream_test *t, struct provider_event *event)
{
	*event = (struct provider_event){ .type = PROVIDER_FETCHED, .error = ERR_ACCESS_DENIED };
}
static void too_large(struct upstream_test *t, struct provider_event *event)
{
	*event = (struct provider_event){ .type = PROVIDER_FETCHED, .error = ERR_TOO_LARGE };
}
static void status_204(struct upstream_test *t, struct provider_event *event) { event->status = 204; }
static void status_302(struct upstream_test *t, struct provider_event *event) { event->status = 302; }
static void status_400(struct upstream_test *t, struct provider_event *event) { event->status = 400; }
static void status_401(struct upstream_test *t, struct provider_event *event) { event->status = 401; }
static void status_500(struct upstream_test *t, struct provider_event *event) { event->status = 500; }
static void nothing(struct upstream_test *t, struct provider_event *event) { event->body = SPAN(""); }
static void html(struct upstream_test *t, struct provider_event *event) { event->body = SPAN("<html><body>maintenance</body></html>"); }
static void null(struct upstream_test *t, struct provider_event *event) { event->body = SPAN("null"); }
static void list(struct upstream_test *t, struct provider_event *event) { event->body = SPAN("[]"); }
static void empty_object(struct upstream_test *t, struct provider_event *event) { event->body = SPAN("{}"); }
static void wrong_types(struct upstream_test *t, struct provider_event *event)
{
	event->body = SPAN("{\"issuer\":1,\"keys\":{},\"id_token\":[],\"access_token\":{},\"sub\":7,\"token_endpoint\":true}");
}
static void nul(struct upstream_test *t, struct provider_event *event) { event->body = SPAN("{\"issuer\":\"https://up.example.cn\\u0000\"}"); }
static void deep(struct upstream_test *t, struct provider_event *event)
{
	static char text[4096];

	memset(text, '[', sizeof text);
	event->body = (struct span){ text, sizeof text };
}
static void broken_off(struct upstream_test *t, struct provider_event *event) { event->body.n /= 2; }
static void picture(struct upstream_test *t, struct provider_event *event) { event->content_type = SPAN("image/png"); }
static void said_twice(struct upstream_test *t, struct provider_event *event)
{
	char *text = arena_printf(t->arena, "%.*s,\"x\":1,\"x\":2}", (int)event->body.n - 1, event->body.p);

	event->body = span_of(text);
}
static void trailed(struct upstream_test *t, struct provider_event *event)
{
	event->body = span_of(arena_printf(t->arena, SPAN_FMT "{}", SPAN_ARG(event->body)));
}

static const struct upstream_spoiled spoiled[] = {
	{ "no answer in time", timeout },	   { "nobody there", unreachable },	  { "an address that the guard refuses", refused },
	{ "more than is read", too_large },	   { "204", status_204 },		  { "a redirect", status_302 },
	{ "400", status_400 },			   { "401", status_401 },		  { "500", status_500 },
	{ "an empty body", nothing },		   { "HTML", html },			  { "null", null },
	{ "a list", list },			   { "an empty object", empty_object },	  { "members of other types", wrong_types },
	{ "a NUL in a string", nul },		   { "thousands of brackets", deep },	  { "half of it", broken_off },
	{ "a member said twice", said_twice },	   { "something after the end", trailed },
	{ "the truth, as a picture", picture },
};

static void must_reject(const char *name, int result, const struct provider_step *step, int error)
{
	ROW_INT(name, result, 0);
	ROW_INT(name, step->type, PROVIDER_REJECT);
	ROW_INT(name, step->error, error);
	ck_assert_msg(step->reason && *step->reason, "%s: no reason for the log", name);
}

START_TEST(spoilt_answers)
{
	for (size_t u = 0; u < ARRAY_LEN(upstreams); u++)
		for (size_t i = 0; i < upstreams[u]->start_fetches + upstreams[u]->callback_fetches; i++) {
			UPSTREAM_TEST t;
			struct provider_step step;
			bool start = i < upstreams[u]->start_fetches;

			upstream_begin(&t, upstreams[u]);
			t.spoiled = &spoiled[_i];
			t.spoil_at = start ? i : i - upstreams[u]->start_fetches;
			int result = start ? upstream_start(&t, &step) : upstream_callback(&t, &step);
			unsigned twice = start ? upstreams[u]->twice_at_start : upstreams[u]->twice_at_callback;
			if (twice >> t.spoil_at & 1 && step.type == (start ? PROVIDER_REDIRECT : PROVIDER_IDENTITY))
				ck_assert_uint_eq(t.n_fetches, (start ? upstreams[u]->start_fetches : upstreams[u]->callback_fetches) + 1);
			else
				must_reject(spoiled[_i].name, result, &step, ERR_PROVIDER_FAILED);
		}
}
END_TEST

START_TEST(good_world)
{
	for (size_t u = 0; u < ARRAY_LEN(upstreams); u++) {
		UPSTREAM_TEST t;
		struct provider_step step;

		upstream_begin(&t, upstreams[u]);
		ck_assert_int_eq(upstream_start(&t, &step), 0);
		ck_assert_int_eq(step.type, PROVIDER_REDIRECT);
		ck_assert_uint_eq(t.n_fetches, upstreams[u]->start_fetches);
		ck_assert_int_eq(upstream_callback(&t, &step), 0);
		ck_assert_msg(step.type == PROVIDER_IDENTITY, "%s: %s", upstreams[u]->name, step.reason);
		ck_assert_uint_eq(t.n_fetches, upstreams[u]->callback_fetches);
		ck_assert(step.identity.issuer.n && step.identity.subject.n);
	}
}
END_TEST

/* Each lie of each provider is a row of its own. */
START_TEST(lies)
{
	for (size_t u = 0; u < ARRAY_LEN(upstreams); u++)
		for (size_t i = 0; i < upstreams[u]->n_lies; i++) {
			const struct upstream_lie *lie = &upstreams[u]->lies[i];
			UPSTREAM_TEST t;
			struct provider_step step;

			upstream_begin(&t, upstreams[u]);
			lie->tell(&t, lie);
			int result = lie->at_start ? upstream_start(&t, &step) : upstream_callback(&t, &step);
			if (lie->error) {
				must_reject(lie->name, result, &step, lie->error);
			} else {
				ROW_INT(lie->name, result, 0);
				ck_assert_msg(step.type == (lie->at_start ? PROVIDER_REDIRECT : PROVIDER_IDENTITY), "%s: %s", lie->name, step.reason);
			}
			if (lie->fetches)
				ROW_INT(lie->name, t.n_fetches, lie->fetches);
		}
}
END_TEST

/* What stands in memory when an allocation fails is never taken for an answer. */
static bool fails_at(const struct upstream *upstream, unsigned long k, bool start)
{
	UPSTREAM_TEST t;
	struct provider_step step = { 0 };

	upstream_begin(&t, upstream);
	arena_fail_at(k);
	int result = start ? upstream_start(&t, &step) : upstream_callback(&t, &step);
	arena_fail_at(0);
	if (result == 0 && step.type == (start ? PROVIDER_REDIRECT : PROVIDER_IDENTITY)) {
		if (!start)
			ck_assert(step.identity.issuer.n && step.identity.subject.n);
		return false;
	}
	ck_assert_msg(result == FAULT_MEMORY || (result == 0 && step.type == PROVIDER_REJECT), "allocation %lu: %d, step %d", k, result, step.type);
	return true;
}

START_TEST(allocations)
{
	for (size_t u = 0; u < ARRAY_LEN(upstreams); u++)
		for (int start = 0; start < 2; start++) {
			unsigned long failed = 0, k;

			for (k = 1; k < 2000 && k - failed < 20; k++) /* the end: twenty that made no difference */
				if (fails_at(upstreams[u], k, start))
					failed = k;
			ck_assert_msg(failed >= 2 && k < 2000, "%s: the last allocation that failed is %lu", upstreams[u]->name, failed);
		}
}
END_TEST

START_TEST(upstream_says_no)
{
	static const struct {
		const char *code;
		int error;
	} rows[] = { { "access_denied", ERR_PROVIDER_DENIED }, { "server_error", ERR_PROVIDER_FAILED }, { "temporarily_unavailable", ERR_PROVIDER_FAILED },
		     { "login_required", ERR_PROVIDER_FAILED } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		UPSTREAM_TEST t;
		struct provider_step step;

		upstream_begin(&t, &upstream_oidc);
		upstream_param(&t, "error", rows[i].code); /* beside a code: the error counts */
		must_reject(rows[i].code, upstream_callback(&t, &step), &step, rows[i].error);
		ROW_SPAN(rows[i].code, step.upstream_error, span_of(rows[i].code));
		ck_assert_uint_eq(t.n_fetches, 0);
	}
}
END_TEST

int main(void)
{
	return suite_run("providers/upstream",
			 (struct suite_test[]){ SUITE_ONCE(good_world), SUITE_LOOP(spoilt_answers, ARRAY_LEN(spoiled)), SUITE_ONCE(lies), SUITE_ONCE(allocations),
						SUITE_ONCE(upstream_says_no), SUITE_END });
}
