/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ticket platforms are asked, byte for byte (domain.md 3.8), what becomes of their answers, which configurations are refused, and that a new platform
 * needs nothing but the page of text in docs/ticket.md.
 */
#include "broker/base/sys.h"
#include "conf/config.h"
#include "tests/unit/providers/upstream_ticket.h"

#include <unistd.h>

static struct span header(const struct provider_fetch *fetch, const char *name)
{
	for (size_t i = 0; i < fetch->n_headers; i++)
		if (strcmp(fetch->headers[i].name, name) == 0)
			return fetch->headers[i].value;
	return SPAN("(none)");
}

static const struct {
	const struct upstream *upstream;
	const char *user_agent, *url;
} starts[] = {
	{ &upstream_ticket_zhejiang_natural, "", "https://puser.zjzwfw.gov.cn/sso/usp.do?action=ssoLogin&servicecode=testAK&goto=the-state" },
	{ &upstream_ticket_zhejiang_natural, "Mozilla/5.0 (iPhone) Mobile/15E148",
	  "https://puser.zjzwfw.gov.cn/sso/mobile.do?action=oauth&scope=1&servicecode=testAK&goto=the-state" },
	{ &upstream_ticket_zhejiang_legal, "", "https://esso.zjzwfw.gov.cn/opensso/spsaehandler/metaAlias/sp?spappurl=https%3A%2F%2Fid.example.cn%2Flogin%2Fup%2Fcallback"
					       "%3Fgoto%3Dthe-state" },
	{ &upstream_ticket_guangdong, "", "https://tyrz.gd.gov.cn/tif/sso/connect/page/oauth2/authorize?service=initService&client_id=testAK&scope=all&response_type=code"
					  "&redirect_uri=https%3A%2F%2Fid.example.cn%2Flogin%2Fup%2Fcallback&state=the-state" },
	{ &upstream_ticket_jis, "", "https://jis.example.cn/JIS/front/login.do?uuid=demomark&gotourl=https%3A%2F%2Fid.example.cn%2Flogin%2Fup%2Fcallback" },
	{ &upstream_ticket_invented, "", "https://tyrz.example.cn/login?app=yimen&back=https%3A%2F%2Fid.example.cn%2Flogin%2Fup%2Fcallback&sp=the-state" },
};

START_TEST(leaving)
{
	upstream_sends_to("url", starts[_i].upstream, starts[_i].user_agent, starts[_i].url);
}
END_TEST

START_TEST(zhejiang_people)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_ticket_zhejiang_natural);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_uint_eq(t.n_fetches, 2);
	ck_assert_str_eq(t.fetches[0].method, "POST");
	ROW_SPAN("url", t.fetches[0].url, SPAN("https://ibcdsg.zj.gov.cn:8443/restapi/prod/IC33000020220228000002/sso/servlet/simpleauth"));
	ROW_SPAN("form", upstream_pairs(&t, t.fetches[0].body),
		 SPAN("method=ticketValidation\nservicecode=testAK\ntime=20240101080000\nsign=6484b15aa33059137ec094d45a5ec466\ndatatype=json\nst=ST-1\n"));
	ROW_SPAN("key", header(&t.fetches[0], "X-BG-HMAC-ACCESS-KEY"), SPAN("testAK"));
	ROW_SPAN("algorithm", header(&t.fetches[0], "X-BG-HMAC-ALGORITHM"), SPAN("hmac-sha256"));
	ROW_SPAN("date", header(&t.fetches[0], "X-BG-DATE-TIME"), SPAN("Mon, 01 Jan 2024 00:00:00 GMT"));
	ROW_SPAN("signature", header(&t.fetches[0], "X-BG-HMAC-SIGNATURE"), SPAN("E+KaUGk9GSMoyeKbKHNOg57WJfukU6QdLWkc4w938FE="));
	ROW_SPAN("second url", t.fetches[1].url, SPAN("https://ibcdsg.zj.gov.cn:8443/restapi/prod/IC33000020220228000004/sso/servlet/simpleauth"));
	ROW_SPAN("second form", upstream_pairs(&t, t.fetches[1].body),
		 SPAN("method=getUserInfo\nservicecode=testAK\ntime=20240101080000\nsign=6484b15aa33059137ec094d45a5ec466\ndatatype=json\ntoken=t-1\n"));
	ck_assert(!span_eq(header(&t.fetches[1], "X-BG-HMAC-SIGNATURE"), header(&t.fetches[0], "X-BG-HMAC-SIGNATURE")));
	/* without the gateway: the same questions, bare */
	UPSTREAM_TEST direct;
	upstream_begin(&direct, &upstream_ticket_zhejiang_direct);
	ck_assert_int_eq(upstream_callback(&direct, &step), 0);
	ROW_SPAN("direct url", direct.fetches[0].url, SPAN("https://appapi.zjzwfw.gov.cn/sso/servlet/simpleauth"));
	ck_assert_uint_eq(direct.fetches[0].n_headers, 0);
}
END_TEST

START_TEST(zhejiang_legal_persons)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_ticket_zhejiang_legal);
	upstream_param(&t, "ssotoken", "abc");
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ROW_SPAN("url", t.fetches[0].url, SPAN("https://ssoapi.zjzwfw.gov.cn/rest/user/query"));
	ROW_SPAN("body", t.fetches[0].body, SPAN("{\"token\":\"abc\"}"));
	ROW_SPAN("type", t.fetches[0].content_type, SPAN("application/json"));
	ROW_SPAN("project", header(&t.fetches[0], "x-esso-project-id"), SPAN("12345"));
	ROW_SPAN("signature", header(&t.fetches[0], "x-esso-signature"), SPAN("6b96b2810fb6e65c9d512bb6651ec8e76ffa31042e3ca1de5765b8c25a3b0375"));
	/* what a ticket holds cannot end the string it stands in */
	upstream_param(&t, "ssotoken", "a\",\"admin\":\"1");
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ROW_SPAN("escaped", t.fetches[0].body, SPAN("{\"token\":\"a\\\",\\\"admin\\\":\\\"1\"}"));
}
END_TEST

START_TEST(other_platforms)
{
	UPSTREAM_TEST mini, gd, jis, invented;
	struct provider_step step;

	upstream_begin(&mini, &upstream_ticket_zhejiang_mini);
	ck_assert_int_eq(upstream_callback(&mini, &step), 0);
	ROW_SPAN("mini", mini.fetches[0].body, SPAN("{\"ticketId\":\"ST-1\",\"appId\":\"mini\"}"));
	ROW_SPAN("mini", mini.fetches[1].body, SPAN("{\"token\":\"a-1\"}"));
	ROW_SPAN("mini", mini.fetches[1].url, SPAN("https://ibcdsg.zj.gov.cn:8443/restapi/prod/IC33000020220329000008/uc/sso/getUserInfo"));

	upstream_begin(&gd, &upstream_ticket_guangdong);
	upstream_param(&gd, "code", "a&b=c");
	ck_assert_int_eq(upstream_callback(&gd, &step), 0);
	ck_assert_str_eq(gd.fetches[0].method, "GET");
	ROW_SPAN("guangdong", gd.fetches[0].url, SPAN("https://tyrz.gd.gov.cn/tif/sso/connect/page/oauth2/access_token?client_id=testAK&client_secret=testSK&code=a%26b%3Dc&scope=all"
						      "&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fid.example.cn%2Flogin%2Fup%2Fcallback"));
	ROW_SPAN("guangdong", gd.fetches[1].url, SPAN("https://tyrz.gd.gov.cn/tif/sso/connect/page/oauth2/tokeninfo?access_token=a-2"));

	upstream_begin(&jis, &upstream_ticket_jis);
	ck_assert_int_eq(upstream_callback(&jis, &step), 0);
	ROW_SPAN("jis", jis.fetches[0].url, SPAN("https://jis.example.cn/JIS/sso/interface.do"));
	ROW_SPAN("jis", upstream_pairs(&jis, jis.fetches[0].body),
		 SPAN("appmark=demomark\ntime=20240101080000\nsign=8d9360edb88a829fcf93519573481d4b\nservicename=ticketValidate\nparams={\"ticket\":\"ST-1\"}\n"));
	ROW_SPAN("jis", upstream_pairs(&jis, jis.fetches[1].body),
		 SPAN("appmark=demomark\ntime=20240101080000\nsign=8d9360edb88a829fcf93519573481d4b\nservicename=findOutsideUserByToken\nparams={\"token\":\"j-1\"}\n"));

	upstream_begin(&invented, &upstream_ticket_invented);
	ck_assert_int_eq(upstream_callback(&invented, &step), 0);
	ROW_SPAN("invented", invented.fetches[0].body, SPAN("{\"st\":\"ST-1\",\"ts\":1704067200000}"));
	/* printf '{"st":"ST-1","ts":1704067200000}k-0123456789' | openssl dgst -sm3 */
	ROW_SPAN("invented", header(&invented.fetches[0], "X-Sign"), SPAN("92311179AAD326268F1413AD9EED7C894F365FBD4617D698D29942F7A8745826"));
}
END_TEST

/* Who comes out of the good worlds, and of small changes to them. */
static const struct {
	const char *name;
	const struct upstream *upstream;
	int reply; /* replaced by @with, unless NULL */
	const char *with;
	const char *subject, *full_name, *level, *real_name, *id_type, *id_number, *uscc;
	int64_t acr;
	bool is_legal;
} people[] = {
#define ID "110101199003070636"
#define ONE "00000000000000000000000000000001"
	{ "Zhejiang, level 3", &upstream_ticket_zhejiang_natural, 0, NULL, ONE, "李四", "3", "李四", "111", ID, "", 3, false },
	{ "level 2 is a real name", &upstream_ticket_zhejiang_natural, 1, "{\"result\":\"0\",\"userid\":\"" ONE "\",\"authlevel\":\"2\",\"username\":\"李四\",\"idtype\":\"1\",\"idnum\":\"" ID "\"}",
	  ONE, "李四", "2", "李四", "111", ID, "", 2, false },
	{ "at level 1 real-name fields count for nothing (official rules)", &upstream_ticket_zhejiang_natural, 1,
	  "{\"result\":\"0\",\"userid\":\"" ONE "\",\"authlevel\":\"1\",\"username\":\"李四\",\"idtype\":\"1\",\"idnum\":\"" ID "\"}", ONE, "李四", "1", "", "", "", "", 0, false },
	{ "a level nobody knows is the lowest", &upstream_ticket_zhejiang_natural, 1, "{\"result\":\"0\",\"userid\":\"" ONE "\",\"authlevel\":\"9\",\"username\":\"李四\",\"idtype\":\"1\",\"idnum\":\"" ID "\"}",
	  ONE, "李四", "9", "", "", "", "", 0, false },
	{ "of a passport its own field", &upstream_ticket_zhejiang_natural, 1,
	  "{\"result\":\"0\",\"userid\":\"" ONE "\",\"authlevel\":\"2\",\"username\":\"LI SI\",\"idtype\":\"2\",\"idnum\":\"\",\"passport\":\"E12345678\"}", ONE, "LI SI", "2", "LI SI", "414", "E12345678", "",
	  2, false },
	{ "a document of a kind nobody knows verifies nothing", &upstream_ticket_zhejiang_natural, 1,
	  "{\"result\":\"0\",\"userid\":\"" ONE "\",\"authlevel\":\"2\",\"username\":\"李四\",\"idtype\":\"8\",\"idnum\":\"" ID "\"}", ONE, "李四", "2", "李四", "", "", "", 2, false },
	{ "Zhejiang, a legal person with a certificate; its handler's documents are no proof of the account's", &upstream_ticket_zhejiang_legal, 0, NULL, "u-9", "李四", "1", "", "", "",
	  "91350100M000100Y43", 3, true },
	{ "a legal person that is not verified", &upstream_ticket_zhejiang_legal, 0, "{\"errCode\":0,\"info\":\"{\\\"userId\\\":\\\"u-9\\\",\\\"realLevel\\\":\\\"4\\\"}\"}", "u-9", "", "4", "", "", "", "", 0, true },
	{ "online real name", &upstream_ticket_zhejiang_legal, 0, "{\"errCode\":0,\"info\":\"{\\\"userId\\\":\\\"u-9\\\",\\\"realLevel\\\":3}\"}", "u-9", "", "3", "", "", "", "", 2, true },
	{ "a mini-program tells no level", &upstream_ticket_zhejiang_mini, 0, NULL, "p-77", "李四", "", "", "", "", "", 1, false },
	{ "a mini-program's legal person is never a person with its id", &upstream_ticket_zhejiang_mini, 1,
	  "{\"success\":true,\"data\":{\"userType\":\"LEGAL_PERSON\",\"legalPersonInfo\":{\"name\":\"甲公司\",\"unifiedSocialId\":\"91350100M000100Y43\",\"corpId\":\"77\",\"attnName\":\"李四\"}}}", "u-77", "李四", "", "", "",
	  "", "91350100M000100Y43", 1, true },
	{ "Guangdong, L3", &upstream_ticket_guangdong, 0, NULL, "gd-5", "李四", "L3", "李四", "111", ID, "", 3, false },
	{ "Guangdong, L1", &upstream_ticket_guangdong, 1, "{\"userobj\":{\"useridcode\":\"gd-5\",\"cn\":\"李四\",\"usertype\":\"1\",\"creditable_level_of_account\":\"L1\"}}", "gd-5", "李四", "L1", "", "", "", "", 1, false },
	{ "Guangdong, a legal person", &upstream_ticket_guangdong, 1,
	  "{\"userobj\":{\"useridcode\":\"gd-6\",\"cn\":\"甲公司\",\"usertype\":\"2\",\"link_person_name\":\"李四\",\"idcardnumber\":\"91350100M000100Y43\",\"extproperties\":[\"legal_code=-1\"],"
	  "\"creditable_level_of_account\":\"L2\"}}", "gd-6", "李四", "L2", "", "", "", "91350100M000100Y43", 2, true },
	{ "JIS, with a level that the operator vouches for", &upstream_ticket_jis, 0, NULL, "jis-1", "李四", "", "李四", "111", ID, "", 2, false },
	{ "the invented one", &upstream_ticket_invented, 0, NULL, "n-3", "李四", "高", "李四", "111", ID, "", 3, false },
};

START_TEST(identity)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	const char *name = people[_i].name;

	upstream_begin(&t, people[_i].upstream);
	if (people[_i].with)
		((struct ticket_world *)t.world)->replies[people[_i].reply] = people[_i].with;
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_msg(step.type == PROVIDER_IDENTITY, "%s: %s", name, step.reason);
	const struct provider_identity *got = &step.identity;
	ROW_SPAN(name, got->subject, span_of(people[_i].subject));
	ROW_SPAN(name, got->name, span_of(people[_i].full_name));
	ROW_SPAN(name, got->level, span_of(people[_i].level));
	ROW_SPAN(name, got->real_name, span_of(people[_i].real_name));
	ROW_SPAN(name, got->id_type, span_of(people[_i].id_type));
	ROW_SPAN(name, got->id_number, span_of(people[_i].id_number));
	ROW_SPAN(name, got->uscc, span_of(people[_i].uscc));
	ROW_INT(name, got->acr, people[_i].acr);
	ROW_INT(name, got->is_legal, people[_i].is_legal);
	ck_assert(got->claims.n && got->claims.p[0] == '{');
}
END_TEST

START_TEST(urls_of_a_person)
{
	UPSTREAM_TEST t, legal;
	struct provider_step step;
	const struct provider *provider;

	upstream_begin(&t, &upstream_ticket_zhejiang_natural);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ROW_SPAN("level up", step.identity.level_up_url, SPAN("https://puser.zjzwfw.gov.cn/sso/usp.do?action=zfRedirect&servicecode=testAK"));
	ROW_SPAN("issuer", step.identity.issuer, SPAN("https://puser.zjzwfw.gov.cn"));
	/* no logout there: told already */
	provider = provider_of(t.config->providers.items[0].type.variant);
	t.run.memory = NULL;
	ck_assert_int_eq(provider_next(provider, &t.run, &(struct provider_event){ .type = PROVIDER_LOGOUT }, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_DONE);

	upstream_begin(&legal, &upstream_ticket_zhejiang_legal);
	legal.run.return_uri = SPAN("https://id.example.cn/logout/done?x=1");
	ck_assert_int_eq(provider_next(provider, &legal.run, &(struct provider_event){ .type = PROVIDER_LOGOUT }, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_REDIRECT);
	ROW_SPAN("logout", step.url, SPAN("https://esso.zjzwfw.gov.cn/opensso/UI/Logout?goto=https%3A%2F%2Foauth.zjzwfw.gov.cn%2Foauth%2Flogout.do%3Fredirect%3D"
					  "https%3A%2F%2Fid.example.cn%2Flogout%2Fdone%3Fx%3D1"));
}
END_TEST

/* Where our state is among what came back. */
static const struct {
	const char *name;
	const struct upstream *upstream;
	const char *parameter, *value, *want;
} states[] = {
	{ "the echo itself", &upstream_ticket_zhejiang_natural, "sp", "s.t", "s.t" },
	{ "inside an address", &upstream_ticket_zhejiang_natural, "sp", "https://id.example.cn/x?state=s.t&y=1", "s.t" },
	{ "a platform that echoes must do so", &upstream_ticket_zhejiang_natural, "ticket", "ST-1", "missing" },
	{ "an empty echo", &upstream_ticket_zhejiang_natural, "sp", "", "missing" },
	{ "the state of another platform's parameter", &upstream_ticket_zhejiang_legal, "sp", "s.t", "missing" },
	{ "one that returns none", &upstream_ticket_jis, "state", "s.t", "" },
};

START_TEST(state)
{
	UPSTREAM_TEST t;

	upstream_begin(&t, states[_i].upstream);
	const struct provider *provider = provider_of(t.config->providers.items[0].type.variant);
	const struct provider_pair pair = { span_of(states[_i].parameter), span_of(states[_i].value) };
	ROW_SPAN(states[_i].name, provider->state(t.run.options, &(struct provider_event){ .type = PROVIDER_CALLBACK, .params = &pair, .n_params = 1 }, t.arena), span_of(states[_i].want));
}
END_TEST

/* The test button: a ticket that cannot exist tells keys from tickets. */
static const struct {
	const char *name, *reply;
	int status;
	enum provider_step_type want;
	const char *reason; /* holds this */
} tests[] = {
	{ "\"no such ticket\" means that the keys are right", "{\"result\":\"6002\"}", 200, PROVIDER_DONE, NULL },
	{ "a wrong signature", "{\"result\":\"9901\"}", 200, PROVIDER_REJECT, "does not accept app_id, secret" },
	{ "an address that is not registered", "{\"result\":\"9903\"}", 200, PROVIDER_REJECT, "or our address" },
	{ "a code nobody knows", "{\"result\":\"77\"}", 200, PROVIDER_REJECT, "does not know" },
	{ "a good ticket cannot be", "{\"result\":\"0\",\"token\":\"t\",\"userid\":\"u\"}", 200, PROVIDER_REJECT, "never given out" },
	{ "the gateway's own no", "", 401, PROVIDER_REJECT, "gateway_secret" },
	{ "a page", "<html>", 200, PROVIDER_REJECT, "not JSON" },
};

START_TEST(test_event)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	struct provider_event reply = { .type = PROVIDER_FETCHED, .status = tests[_i].status, .body = span_of(tests[_i].reply) };

	upstream_begin(&t, &upstream_ticket_zhejiang_natural);
	const struct provider *provider = provider_of(t.config->providers.items[0].type.variant);
	ck_assert_ptr_nonnull(provider->on[PROVIDER_TEST]);
	ck_assert_int_eq(provider_next(provider, &t.run, &(struct provider_event){ .type = PROVIDER_TEST }, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_FETCH);
	ck_assert_int_eq(provider_next(provider, &t.run, &reply, &step), 0);
	ROW_INT(tests[_i].name, step.type, tests[_i].want);
	if (tests[_i].reason)
		ck_assert_msg(strstr(step.reason, tests[_i].reason), "%s: %s", tests[_i].name, step.reason);
}
END_TEST

/* ---- configurations */

#define OWN "base_url: https://p.example.cn\n    api_url: https://p.example.cn\n    issuer: x\n    app_id: a\n    secret: b\n    login_url: '${base_url|raw}/login'\n    "
#define STEPS(rest) "steps:\n      - name: user\n        url: '${api_url|raw}/u'\n        " rest "\n    "
#define SUBJECT "identity: ['subject = at($reply, \"id\")']\n"

static const struct {
	const char *name, *rows, *problem; /* NULL: it is fine */
} configurations[] = {
	{ "a preset with its keys", "preset: zhejiang-natural\n    app_id: a\n    secret: b\n    gateway_key: c\n    gateway_secret: d\n", NULL },
	{ "a preset without a key it uses", "preset: zhejiang-natural\n    app_id: a\n    secret: b\n    gateway_key: c\n", "\"gateway_secret\" is missing: steps[ticket].sign uses it" },
	{ "a preset whose addresses every city has", "preset: jis\n    app_id: a\n    secret: b\n    issuer: x\n", "\"base_url\" is missing" },
	{ "nothing at all", "app_id: a\n", "\"issuer\" is missing" },
	{ "a platform of its own", OWN STEPS("form: ['t=${ticket}']") SUBJECT, NULL },
	{ "no subject", OWN STEPS("form: ['t=${ticket}']") "identity: ['name = at($reply, \"id\")']\n", "\"subject = …\" is missing" },
	{ "a field nobody has", OWN STEPS("form: ['t=${ticket}']") "identity: ['subject = $reply', 'nick = $reply']\n", "nobody has a field \"nick\"" },
	{ "a name nobody knows in an expression", OWN STEPS("set: ['s = hex(md5($sevret))']") SUBJECT, "steps[user].set: there is no variable \"sevret\"" },
	{ "a name nobody knows in a template", OWN STEPS("form: ['t=${tikcet}']") SUBJECT, "there is no variable \"tikcet\"" },
	{ "a name that is known only later", OWN STEPS("set: ['s = hex(md5($body))']") SUBJECT, "there is no variable \"body\"" },
	{ "no expression", OWN STEPS("set: ['s = hex(md5($secret)']") SUBJECT, "this is no expression" },
	{ "no line", OWN STEPS("set: ['hex(md5($secret))']") SUBJECT, "must be \"name = expression\"" },
	{ "an open variable", OWN STEPS("form: ['t=${ticket']") SUBJECT, "written ${name}" },
	{ "a filter nobody knows", OWN STEPS("form: ['t=${ticket|html}']") SUBJECT, "|raw, |uri or |json" },
	{ "a value inside of JSON in a form", OWN STEPS("form: ['p={\"t\":\"${ticket}\"}']") SUBJECT, "written ${…|json}" },
	{ "one inside of JSON in a header", OWN STEPS("headers: ['P: {\"a\":\"${app_id}\",\"t\":\"${ticket}\"}']") SUBJECT, "written ${…|json}" },
	{ "raw from outside", OWN STEPS("form: ['t=${ticket|raw}']") SUBJECT, "only settings are written |raw" },
	{ "a form and a body", OWN STEPS("form: ['t=${ticket}']\n        body: x") SUBJECT, "not both" },
	{ "a GET with a form", OWN STEPS("form: ['t=${ticket}']\n        method: GET") SUBJECT, "a GET has no body" },
	{ "an address in the clear", OWN "mobile_login_url: 'http://p.example.cn/login'\n    " STEPS("form: ['t=${ticket}']") SUBJECT, "begins with https" },
	{ "an address that the ticket chooses", OWN "level_up_url: 'https://${ticket}/x'\n    " STEPS("form: ['t=${ticket}']") SUBJECT, "begins with https" },
	{ "a constant named like a setting", OWN "constants: [secret=x]\n    " STEPS("form: ['t=${ticket}']") SUBJECT, "a row of its own" },
	{ "no header", OWN STEPS("headers: ['X-Sign ${ticket}']") SUBJECT, "\"Name: value\"" },
};

START_TEST(configuration)
{
	char path[] = "/tmp/yimen-ticket-XXXXXX", *text = NULL;
	size_t n = 0;
	FILE *file = fdopen(mkstemp(path), "w"), *out = open_memstream(&text, &n);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)64 << 20);
	struct problems problems = { .arena = arena };
	const struct config *config = NULL;

	fprintf(file, "issuer: https://id.example.cn\nproviders:\n  - id: up\n    type: ticket\n    title: {zh: 上}\n    %s", configurations[_i].rows);
	ck_assert_int_eq(fclose(file), 0);
	int result = config_load(&(struct config_sources){ .path = path, .registries = registry_all }, &problems, &config);
	problem_print(&problems, out);
	fclose(out);
	unlink(path);
	if (configurations[_i].problem)
		ck_assert_msg(result == ERR_CONFIG && strstr(text, configurations[_i].problem), "%s: %d\n%s", configurations[_i].name, result, text);
	else
		ck_assert_msg(result == 0, "%s: %d\n%s", configurations[_i].name, result, text);
	free(text);
	config_unref(config);
}
END_TEST

/* The page of docs/ticket.md is what the invented platform runs by. */
START_TEST(page)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span text;

	ck_assert_int_eq(sys_read_file(SOURCE_ROOT "/docs/ticket.md", 1 << 18, arena, &text), 0);
	ck_assert_msg(memmem(text.p, text.n, TICKET_INVENTED_YAML, strlen(TICKET_INVENTED_YAML)), "docs/ticket.md does not hold the invented platform as it is tested here");
}
END_TEST

int main(void)
{
	return suite_run("providers/ticket",
			 (struct suite_test[]){ SUITE_LOOP(leaving, ARRAY_LEN(starts)), SUITE_ONCE(zhejiang_people), SUITE_ONCE(zhejiang_legal_persons), SUITE_ONCE(other_platforms),
						SUITE_LOOP(identity, ARRAY_LEN(people)), SUITE_ONCE(urls_of_a_person), SUITE_LOOP(state, ARRAY_LEN(states)),
						SUITE_LOOP(test_event, ARRAY_LEN(tests)), SUITE_LOOP(configuration, ARRAY_LEN(configurations)), SUITE_ONCE(page), SUITE_END });
}
