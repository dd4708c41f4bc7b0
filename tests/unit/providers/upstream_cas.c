/* SPDX-License-Identifier: Apache-2.0 */
/* The good world of providers/upstream/cas.c and its lies: CAS Protocol 3.0.3, appendix A. */
#include "tests/unit/providers/upstream.h"

#define FAILED ERR_PROVIDER_FAILED
#define NS "xmlns:cas='http://www.yale.edu/tp/cas'"
#define RESPONSE(inner) "<cas:serviceResponse " NS ">" inner "</cas:serviceResponse>"
#define SUCCESS(inner) RESPONSE("<cas:authenticationSuccess>" inner "</cas:authenticationSuccess>")
#define GOOD                                                                                                                                   \
	SUCCESS("\n  <cas:user>lisi</cas:user>\n  <cas:attributes><cas:displayName>李四</cas:displayName><cas:mobile>13700137001</cas:mobile>"   \
		"<cas:mail>l&amp;s@example.cn</cas:mail><cas:memberOf>a</cas:memberOf><cas:memberOf>b</cas:memberOf>"                          \
		"<cas:authenticationDate>2027-01-15T15:59:00.123+08:00[Asia/Shanghai]</cas:authenticationDate></cas:attributes>"               \
		"<cas:proxyGrantingTicket>PGTIOU-1</cas:proxyGrantingTicket>")

static void set_up(struct upstream_test *t)
{
	t->world = (void *)(uintptr_t)GOOD;
	upstream_param(t, "ticket", "ST-1-x");
	upstream_param(t, "state", "the-state");
}

static void tear_down(struct upstream_test *t) {}

static void answer(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event)
{
	event->content_type = SPAN("text/xml;charset=UTF-8");
	event->body = span_of(t->world);
}

static void says(struct upstream_test *t, const struct upstream_lie *lie) { t->world = (void *)(uintptr_t)lie->what; }
static void param(struct upstream_test *t, const struct upstream_lie *lie) { upstream_param(t, lie->where, lie->what); }

static const struct upstream_lie lies[] = {
	{ "no ticket", param, "ticket", NULL, FAILED, 0 },
	{ "a ticket with a space", param, "ticket", "ST 1", FAILED, 0 },
	{ "a refusal", says, NULL, RESPONSE("<cas:authenticationFailure code=\"INVALID_TICKET\">no &lt;ticket&gt;</cas:authenticationFailure>"), FAILED, 1 },
	{ "neither yes nor no", says, NULL, RESPONSE(""), FAILED, 1 },
	{ "yes and no", says, NULL, RESPONSE("<cas:authenticationFailure code=\"X\"/><cas:authenticationSuccess><cas:user>a</cas:user></cas:authenticationSuccess>"), FAILED, 1 },
	{ "two answers", says, NULL, RESPONSE("<cas:authenticationSuccess><cas:user>a</cas:user></cas:authenticationSuccess><cas:authenticationSuccess><cas:user>b</cas:user>"
					      "</cas:authenticationSuccess>"), FAILED, 1 },
	{ "nobody", says, NULL, SUCCESS(""), FAILED, 1 },
	{ "an empty user", says, NULL, SUCCESS("<cas:user> </cas:user>"), FAILED, 1 },
	{ "two users", says, NULL, SUCCESS("<cas:user>a</cas:user><cas:user>b</cas:user>"), FAILED, 1 },
	{ "a user with an element in it", says, NULL, SUCCESS("<cas:user>a<cas:b/></cas:user>"), FAILED, 1 },
	{ "a user of no name space", says, NULL, "<serviceResponse xmlns='http://www.yale.edu/tp/cas'><authenticationSuccess><user xmlns=''>a</user></authenticationSuccess></serviceResponse>", FAILED, 1 },
	{ "a user with a line end in it", says, NULL, SUCCESS("<cas:user>a&#10;b</cas:user>"), FAILED, 1 },
	{ "a user of a direction of their own", says, NULL, SUCCESS("<cas:user>a&#x202E;b</cas:user>"), FAILED, 1 },
	{ "a user of another name space", says, NULL, SUCCESS("<x:user xmlns:x='urn:x'>a</x:user>"), FAILED, 1 },
	{ "attributes twice", says, NULL, SUCCESS("<cas:user>a</cas:user><cas:attributes/><cas:attributes/>"), FAILED, 1 },
	{ "a proxy's ticket", says, NULL, SUCCESS("<cas:user>a</cas:user><cas:proxies><cas:proxy>https://p</cas:proxy></cas:proxies>"), FAILED, 1 },
	{ "a user outside of the success", says, NULL, RESPONSE("<cas:user>a</cas:user>"), FAILED, 1 },
	{ "another name space", says, NULL, "<cas:serviceResponse xmlns:cas='urn:x'><cas:authenticationSuccess><cas:user>a</cas:user></cas:authenticationSuccess></cas:serviceResponse>", FAILED, 1 },
	{ "a document type", says, NULL, "<!DOCTYPE x [<!ENTITY a 'admin'>]>" SUCCESS("<cas:user>&a;</cas:user>"), FAILED, 1 },
	{ "JSON", says, NULL, "{\"serviceResponse\":{\"authenticationSuccess\":{\"user\":\"a\"}}}", FAILED, 1 },
	{ "something after the end", says, NULL, SUCCESS("<cas:user>a</cas:user>") "<x/>", FAILED, 1 },
	{ "no attributes are fine", says, NULL, SUCCESS("<cas:user>a</cas:user>"), 0, 1 },
	{ "a comment inside a name is no cut", says, NULL, SUCCESS("<cas:user>a<!-- x -->b</cas:user>"), 0, 1 },
};

const struct upstream upstream_cas = {
	.name = "cas",
	.yaml = "    base_url: https://cas.example.cn/cas\n",
	.set_up = set_up,
	.tear_down = tear_down,
	.answer = answer,
	.callback_fetches = 1,
	.lies = lies,
	.n_lies = ARRAY_LEN(lies),
};
