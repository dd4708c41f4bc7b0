/* SPDX-License-Identifier: Apache-2.0 */
/* What the CAS provider asks, what it makes of the answers, notices of single logout, and the test button. */
#include "conf/config.h"
#include "tests/unit/providers/upstream.h"

#define SERVICE "https%3A%2F%2Fid.example.cn%2Flogin%2Fup%2Fcallback%3Fstate%3Dthe-state"

START_TEST(leaving)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_cas);
	ck_assert_int_eq(upstream_start(&t, &step), 0);
	ROW_SPAN("url", step.url, SPAN("https://cas.example.cn/cas/login?service=" SERVICE));
	t.run.prompt = SPAN("login");
	ck_assert_int_eq(upstream_start(&t, &step), 0);
	ROW_SPAN("seen anew", step.url, SPAN("https://cas.example.cn/cas/login?service=" SERVICE "&renew=true"));
}
END_TEST

START_TEST(identity)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_cas);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	/* the same service address, byte for byte (2.5.1) */
	ROW_SPAN("question", t.fetches[0].url, SPAN("https://cas.example.cn/cas/p3/serviceValidate?service=" SERVICE "&ticket=ST-1-x"));
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	ROW_SPAN("issuer", step.identity.issuer, SPAN("https://cas.example.cn/cas"));
	ROW_SPAN("subject", step.identity.subject, SPAN("lisi"));
	ROW_SPAN("name", step.identity.name, SPAN("李四"));
	ROW_SPAN("phone", step.identity.phone, SPAN("13700137001"));
	ROW_SPAN("email", step.identity.email, SPAN("l&s@example.cn"));
	ROW_SPAN("session", step.identity.sid, SPAN("ST-1-x"));
	ROW_INT("level", step.identity.acr, 1);
	ROW_INT("seen at", step.identity.auth_time.ms, INT64_C(1799999940000)); /* 2027-01-15T07:59:00Z */
	ROW_SPAN("claims", step.identity.claims,
		 SPAN("{\"attributes\":[[\"displayName\",\"李四\"],[\"mobile\",\"13700137001\"],[\"mail\",\"l&s@example.cn\"],[\"memberOf\",\"a\"],[\"memberOf\",\"b\"],"
		      "[\"authenticationDate\",\"2027-01-15T15:59:00.123+08:00[Asia/Shanghai]\"]],\"user\":\"lisi\"}"));
}
END_TEST

static int ask(struct upstream_test *t, const struct provider_event *event, struct provider_step *step)
{
	return provider_next(provider_of(t->config->providers.items[0].type.variant), &t->run, event, step);
}

static const struct {
	const char *name, *request, *session; /* NULL: no notice */
} notices[] = {
	{ "as the protocol shows it (2.3.3)",
	  "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"LR-1\" Version=\"2.0\" IssueInstant=\"2027-01-15T08:00:00Z\">"
	  "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">@NOT_USED@</saml:NameID><samlp:SessionIndex>ST-1-x</samlp:SessionIndex></samlp:LogoutRequest>", "ST-1-x" },
	{ "with white space", "<LogoutRequest>\n <SessionIndex>\n ST-1-x\n </SessionIndex>\n</LogoutRequest>", "ST-1-x" },
	{ "two sessions", "<LogoutRequest><SessionIndex>ST-1</SessionIndex><SessionIndex>ST-2</SessionIndex></LogoutRequest>", NULL },
	{ "an index further in", "<LogoutRequest><a><SessionIndex>ST-1</SessionIndex></a></LogoutRequest>", NULL },
	{ "no index", "<LogoutRequest/>", NULL },
	{ "another notice", "<Response><SessionIndex>ST-1</SessionIndex></Response>", NULL },
	{ "a document type", "<!DOCTYPE x><LogoutRequest><SessionIndex>ST-1</SessionIndex></LogoutRequest>", NULL },
	{ "nothing", "", NULL },
};

START_TEST(notice)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	const struct provider_pair pair = { SPAN("logoutRequest"), span_of(notices[_i].request) };

	upstream_begin(&t, &upstream_cas);
	ck_assert_int_eq(ask(&t, &(struct provider_event){ .type = PROVIDER_NOTIFIED, .params = &pair, .n_params = 1 }, &step), 0);
	ROW_INT(notices[_i].name, step.type, notices[_i].session ? PROVIDER_ENDED : PROVIDER_REJECT);
	if (notices[_i].session) {
		ROW_SPAN(notices[_i].name, step.identity.sid, span_of(notices[_i].session));
		ROW_SPAN(notices[_i].name, step.identity.issuer, SPAN("https://cas.example.cn/cas"));
	}
}
END_TEST

START_TEST(logout)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_cas);
	t.run.return_uri = SPAN("https://id.example.cn/logged-out");
	ck_assert_int_eq(ask(&t, &(struct provider_event){ .type = PROVIDER_LOGOUT }, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REDIRECT);
	ROW_SPAN("url", step.url, SPAN("https://cas.example.cn/cas/logout?service=https%3A%2F%2Fid.example.cn%2Flogged-out"));
}
END_TEST

static const struct {
	const char *code;
	enum provider_step_type want;
	const char *reason;
} tests[] = { { "INVALID_TICKET", PROVIDER_DONE, "as it should" }, { "UNAUTHORIZED_SERVICE", PROVIDER_REJECT, "not registered" },
	      { "INTERNAL_ERROR", PROVIDER_REJECT, "INTERNAL_ERROR" } };

START_TEST(test_event)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_cas);
	ck_assert_int_eq(ask(&t, &(struct provider_event){ .type = PROVIDER_TEST }, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_FETCH);
	char *body = arena_printf(t.arena, "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationFailure code='%s'/></cas:serviceResponse>", tests[_i].code);
	ck_assert_int_eq(ask(&t, &(struct provider_event){ .type = PROVIDER_FETCHED, .status = 200, .body = span_of(body) }, &step), 0);
	ROW_INT(tests[_i].code, step.type, tests[_i].want);
	ck_assert_msg(strstr(step.reason, tests[_i].reason), "%s: %s", tests[_i].code, step.reason);
}
END_TEST

int main(void)
{
	return suite_run("providers/cas", (struct suite_test[]){ SUITE_ONCE(leaving), SUITE_ONCE(identity), SUITE_LOOP(notice, ARRAY_LEN(notices)), SUITE_ONCE(logout),
								 SUITE_LOOP(test_event, ARRAY_LEN(tests)), SUITE_END });
}
