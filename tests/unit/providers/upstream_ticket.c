/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The good worlds of providers/upstream/ticket*.c: one platform for each preset, and one that nobody has ever heard of, described by configuration alone.
 * The names and keys are those of the vectors of domain.md 3.8, so that what is sent can be compared with them.
 */
#include "tests/unit/providers/upstream_ticket.h"

#define FAILED ERR_PROVIDER_FAILED

const struct ticket_world ticket_worlds[] = {
	[TICKET_ZHEJIANG_NATURAL] = { "ticket", { "{\"result\":\"0\",\"errmsg\":\"\",\"token\":\"t-1\",\"userid\":\"00000000000000000000000000000001\",\"loginname\":\"lisi\",\"username\":\"李四\"}",
		"{\"result\":\"0\",\"userid\":\"00000000000000000000000000000001\",\"authlevel\":\"3\",\"username\":\"李四\",\"idtype\":\"1\",\"idnum\":\"110101199003070636\",\"passport\":\"\","
		"\"sex\":\"1\",\"nation\":\"01\",\"loginname\":\"lisi\",\"email\":\"lisi@example.cn\",\"mobile\":\"13700137001\",\"useable\":\"1\"}" } },
	[TICKET_ZHEJIANG_LEGAL] = { "ssotoken", { "{\"errCode\":0,\"msg\":\"\",\"info\":\"{\\\"userId\\\":\\\"u-9\\\",\\\"username\\\":\\\"acme\\\",\\\"CompanyName\\\":\\\"甲公司\\\","
		"\\\"uniscid\\\":\\\"91350100M000100Y43\\\",\\\"OrgType\\\":\\\"1\\\",\\\"xzqh\\\":\\\"330400\\\",\\\"loginType\\\":\\\"cert\\\",\\\"realLevel\\\":\\\"1\\\","
		"\\\"attnName\\\":\\\"李四\\\",\\\"attnPhone\\\":\\\"13700137001\\\",\\\"attnIDType\\\":\\\"111\\\",\\\"attnIDNo\\\":\\\"110101199003070636\\\"}\"}" } },
	[TICKET_ZHEJIANG_MINI] = { "ticketId", { "{\"success\":true,\"data\":{\"accessToken\":\"a-1\"},\"errorCode\":null,\"errorMsg\":null}",
		"{\"success\":true,\"data\":{\"userType\":\"PERSON\",\"personInfo\":{\"userId\":\"77\",\"userName\":\"李四\",\"idType\":\"ID_CARD\",\"idNo\":\"110101199003070636\",\"phone\":\"13700137001\"}}}" } },
	[TICKET_GUANGDONG] = { "code", { "{\"access_token\":\"a-2\",\"expires_in\":7200}",
		"{\"userobj\":{\"uid\":\"lisi\",\"cn\":\"李四\",\"usertype\":\"1\",\"useridcode\":\"gd-5\",\"telephonenumber\":\"13700137001\",\"mail\":\"l@example.cn\",\"idcardtype\":\"10\","
		"\"idcardnumber\":\"110101199003070636\",\"extproperties\":[\"legal_person=-1\",\"legal_code=-1\",\"area=440100\"],\"creditable_level_of_account\":\"L3\","
		"\"creditable_level_of_account_way\":\"L3@YSS@2024||L2@PLV@2023\"}}" } },
	[TICKET_JIS] = { "ticket", { "{\"retcode\":\"000000\",\"data\":\"{\\\"token\\\":\\\"j-1\\\"}\"}",
		"{\"retcode\":\"000000\",\"data\":\"ddc54c3293a439cfe5d3019ba5ecdeb40c0d09ce56927d15b2a591ab5682adc3d4026be8a0fd2f2c9344c69444d606326ffdfc56e51cf4e41cdf8e7c0454598b7668aa87883be98778929fe5176e78e5ea8a1d9fb6072792c68e9f4d4f36bfda2a5a0921c612b69f14327fdf2ed393ed06f7568e43f378b837377ef8bf4401d7d7660ab040cf9497931b72485ba870e1890f68b63ee5d7c36444eb21904c9ef4\"}" } },
	[TICKET_INVENTED] = { "st", { "{\"head\":{\"code\":\"S\"},\"user\":{\"key\":\"n-3\",\"info\":{\"xm\":\"李四\",\"lx\":\"sfz\",\"hm\":\"110101199003070636\",\"dj\":\"高\"}}}" } },
};

static const char *reply(const struct upstream_test *t, size_t i)
{
	const struct ticket_world *w = t->world;

	return w->replies[i];
}

static void set_up(struct upstream_test *t, enum ticket_platform platform)
{
	struct ticket_world *w = malloc(sizeof *w);

	ck_assert_ptr_nonnull(w);
	*w = ticket_worlds[platform];
	t->world = w;
	t->run.now = (struct instant){ INT64_C(1704067200000) }; /* 2024-01-01 08:00:00 in Beijing, as in the vectors */
	upstream_param(t, w->parameter, "ST-1");
}

#define SET_UP(name, platform) static void name(struct upstream_test *t) { set_up(t, platform); }
SET_UP(zhejiang_natural, TICKET_ZHEJIANG_NATURAL)
SET_UP(zhejiang_legal, TICKET_ZHEJIANG_LEGAL)
SET_UP(zhejiang_mini, TICKET_ZHEJIANG_MINI)
SET_UP(guangdong, TICKET_GUANGDONG)
SET_UP(jis, TICKET_JIS)
SET_UP(invented, TICKET_INVENTED)

static void tear_down(struct upstream_test *t)
{
	free(t->world);
}

static void answer(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event)
{
	event->body = span_of(reply(t, t->n_fetches - 1));
}

/* ---- lies: another answer to the first or second question, or another ticket */

static void first(struct upstream_test *t, const struct upstream_lie *lie) { ((struct ticket_world *)t->world)->replies[0] = lie->what; }
static void second(struct upstream_test *t, const struct upstream_lie *lie) { ((struct ticket_world *)t->world)->replies[1] = lie->what; }
static void param(struct upstream_test *t, const struct upstream_lie *lie) { upstream_param(t, lie->where, lie->what); }

#define USER(id, rest) "{\"result\":\"0\",\"userid\":\"" id "\",\"authlevel\":\"3\"" rest "}"
#define ONE "00000000000000000000000000000001"

static const struct upstream_lie natural_lies[] = {
	{ "no ticket", param, "ticket", NULL, FAILED, 0 },
	{ "an empty ticket", param, "ticket", "", FAILED, 0 },
	{ "a ticket with a line end", param, "ticket", "ST\r\nX: y", FAILED, 0 },
	{ "a refusal beside a ticket", param, "error", "access_denied", ERR_PROVIDER_DENIED, 0 },
	{ "an expired ticket inside HTTP 200", first, NULL, "{\"result\":\"6001\",\"errmsg\":\"expired\"}", FAILED, 1 },
	{ "a wrong signature inside HTTP 200", first, NULL, "{\"result\":\"9901\",\"errmsg\":\"sign\"}", FAILED, 1 },
	{ "success as a number is success", first, NULL, "{\"result\":0,\"token\":\"t\",\"userid\":\"" ONE "\"}", 0, 2 },
	{ "success without an id, so the next speaks of somebody else", first, NULL, "{\"result\":\"0\",\"token\":\"t\"}", FAILED, 2 },
	{ "user info of another person", second, NULL, USER("00000000000000000000000000000002", ""), FAILED, 2 },
	{ "user info of nobody", second, NULL, "{\"result\":\"0\",\"authlevel\":\"3\"}", FAILED, 2 },
	{ "an id that is a list", second, NULL, "{\"result\":\"0\",\"userid\":[\"" ONE "\"]}", FAILED, 2 },
	{ "a line end in a name", second, NULL, USER(ONE, ",\"username\":\"a\\nb\""), FAILED, 2 },
	{ "few attributes are fine", second, NULL, "{\"result\":\"0\",\"userid\":\"" ONE "\"}", 0, 2 },
};

static const struct upstream_lie legal_lies[] = {
	{ "info that is no JSON", first, NULL, "{\"errCode\":0,\"info\":\"<user/>\"}", FAILED, 1 },
	{ "info that is an object", first, NULL, "{\"errCode\":0,\"info\":{\"userId\":\"u-9\"}}", 0, 1 },
	{ "info with a member twice", first, NULL, "{\"errCode\":0,\"info\":\"{\\\"userId\\\":\\\"a\\\",\\\"userId\\\":\\\"b\\\"}\"}", FAILED, 1 },
	{ "no info", first, NULL, "{\"errCode\":0}", FAILED, 1 },
	{ "an error code beside info", first, NULL, "{\"errCode\":14001,\"info\":\"{\\\"userId\\\":\\\"u-9\\\"}\"}", FAILED, 1 },
};

static const struct upstream_lie mini_lies[] = {
	{ "no success", first, NULL, "{\"success\":false,\"data\":{\"accessToken\":\"a\"}}", FAILED, 1 },
	{ "an error beside success", first, NULL, "{\"success\":true,\"errorCode\":\"E1\",\"data\":{\"accessToken\":\"a\"}}", FAILED, 1 },
	{ "an error that is an object, beside success", first, NULL, "{\"success\":true,\"errorCode\":{},\"data\":{\"accessToken\":\"a\"}}", FAILED, 1 },
	{ "nobody", second, NULL, "{\"success\":true,\"data\":{}}", FAILED, 2 },
};

static const struct upstream_lie guangdong_lies[] = {
	{ "an error beside the token", first, NULL, "{\"access_token\":\"a\",\"error\":\"invalid_grant\"}", FAILED, 1 },
	{ "an error that is an object, beside the token", first, NULL, "{\"access_token\":\"a\",\"error\":{\"x\":1}}", FAILED, 1 },
	{ "an empty token", first, NULL, "{\"access_token\":\"\"}", FAILED, 1 },
	{ "an error beside the person", second, NULL, "{\"error\":\"invalid_token\",\"userobj\":{\"useridcode\":\"x\"}}", FAILED, 2 },
	{ "a token that is an object", first, NULL, "{\"access_token\":{}}", FAILED, 1 },
	{ "an id that is true", second, NULL, "{\"userobj\":{\"useridcode\":true}}", FAILED, 2 },
	{ "extproperties that are no list", second, NULL, "{\"userobj\":{\"useridcode\":\"x\",\"usertype\":\"1\",\"extproperties\":\"area=1\"}}", 0, 2 },
};

static const struct upstream_lie jis_lies[] = {
	{ "data that is not encrypted", second, NULL, "{\"retcode\":\"000000\",\"data\":\"{\\\"uuid\\\":\\\"x\\\"}\"}", FAILED, 2 },
	{ "data under another key", second, NULL, "{\"retcode\":\"000000\",\"data\":\"00112233445566778899aabbccddeeff\"}", FAILED, 2 },
	{ "data without an id", second, NULL, "{\"retcode\":\"000000\",\"data\":\"a246aef2f11fdef0f91274a7639af746\"}", FAILED, 2 },
};

static const struct upstream_lie invented_lies[] = {
	{ "another word than success", first, NULL, "{\"head\":{\"code\":\"F\"},\"user\":{\"key\":\"n-3\"}}", FAILED, 1 },
};

#define KEYS "    app_id: testAK\n    secret: testSK\n"
#define IRS "    gateway_key: testAK\n    gateway_secret: testSK\n"
#define PLATFORM(name_, set_up_, fetches, lies_, ...) \
	const struct upstream upstream_ticket_##name_ = { .name = "ticket", .yaml = __VA_ARGS__, .set_up = set_up_, .tear_down = tear_down, .answer = answer, \
							  .callback_fetches = fetches, .lies = lies_, .n_lies = ARRAY_LEN(lies_) }

PLATFORM(zhejiang_natural, zhejiang_natural, 2, natural_lies, "    preset: zhejiang-natural\n" KEYS IRS);
PLATFORM(zhejiang_direct, zhejiang_natural, 2, natural_lies, "    preset: zhejiang-natural-direct\n" KEYS);
PLATFORM(zhejiang_legal, zhejiang_legal, 1, legal_lies, "    preset: zhejiang-legal\n    app_id: '12345'\n    secret: projsecret\n");
PLATFORM(zhejiang_mini, zhejiang_mini, 2, mini_lies, "    preset: zhejiang-mini\n    app_id: mini\n" IRS);
PLATFORM(guangdong, guangdong, 2, guangdong_lies, "    preset: guangdong\n" KEYS);
PLATFORM(jis, jis, 2, jis_lies, "    preset: jis\n    base_url: https://jis.example.cn/JIS\n    api_url: https://jis.example.cn/JIS\n    issuer: https://jis.example.cn\n"
				"    app_id: demomark\n    secret: 0123456789abcdef\n    constants: [level=2]\n");

/* The platform of a province that nobody knows: what docs/ticket.md shows, from one page of text. test_ticket.c compares the two. */
PLATFORM(invented, invented, 1, invented_lies, TICKET_INVENTED_YAML);
