/* SPDX-License-Identifier: Apache-2.0 */
/* What the directory is asked (RFC 4515, RFC 4516), which of its answers name somebody, and what the test button says. The wire: tests/flows/ldap.test.mjs. */
#include "broker/base/encode.h"
#include "conf/config.h"
#include "tests/unit/providers/upstream.h"

#define GOOD "DN: uid=lisi,ou=people,dc=example\n\tentryUUID: uuid-1\n\n\tcn:: 5p2O5Zub\n\n\tmail: lisi@example.cn\n\tmail: l@example.cn\n\n\n"

/* What the directory says to the search and to the bind. */
struct world {
	const char *entries;
	int search, bind;
	int error; /* of the search */
	const char *const *groups; /* to what follows the bind */
};

static void set_up(struct upstream_test *t)
{
	struct world *w = malloc(sizeof *w);

	ck_assert_ptr_nonnull(w);
	*w = (struct world){ GOOD, 200, 200, 0 };
	t->world = w;
	upstream_param(t, "login_name", "lisi");
	upstream_param(t, "password", "se cret");
}

static void tear_down(struct upstream_test *t)
{
	free(t->world);
}

static void answer(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event)
{
	const struct world *w = t->world;
	bool first = t->n_fetches == 1;
	const char *body = first ? w->entries : t->n_fetches > 2 && w->groups ? w->groups[t->n_fetches - 3] : "";

	ck_assert_str_eq(fetch->method, "LDAP");
	ck_assert(fetch->bind_name.n && fetch->bind_password.n);
	*event = (struct provider_event){ .type = PROVIDER_FETCHED, .error = first ? w->error : 0, .status = first ? w->search : t->n_fetches == 2 ? w->bind : body ? 200 : 400,
					  .content_type = SPAN("text/plain"), .body = span_of(body ? body : "") };
}

#define YAML "    url: ldaps://ldap.example.cn\n    bind_dn: cn=yimen,dc=example\n    bind_password: service\n    base_dn: ou=people,dc=example\n"
#define DIRECTORY(more) { .name = "ldap", .yaml = YAML more, .set_up = set_up, .tear_down = tear_down, .answer = answer }

static const struct upstream upstream_ldap = DIRECTORY("");

START_TEST(good)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_ldap);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_uint_eq(t.n_fetches, 2);
	ROW_SPAN("search", t.fetches[0].url, SPAN("ldaps://ldap.example.cn/ou%3Dpeople%2Cdc%3Dexample?entryUUID,cn,mobile,mail?sub?%28uid%3Dlisi%29"));
	ROW_SPAN("as", t.fetches[0].bind_name, SPAN("cn=yimen,dc=example"));
	ROW_SPAN("with", t.fetches[0].bind_password, SPAN("service"));
	ROW_SPAN("bind", t.fetches[1].url, SPAN("ldaps://ldap.example.cn/uid%3Dlisi%2Cou%3Dpeople%2Cdc%3Dexample?1.1?base?%28objectClass%3D%2A%29"));
	ROW_SPAN("as", t.fetches[1].bind_name, SPAN("uid=lisi,ou=people,dc=example"));
	ROW_SPAN("with", t.fetches[1].bind_password, SPAN("se cret"));
	ck_assert_int_eq(step.type, PROVIDER_IDENTITY);
	ROW_SPAN("issuer", step.identity.issuer, SPAN("ldaps://ldap.example.cn"));
	ROW_SPAN("subject", step.identity.subject, SPAN("uuid-1"));
	ROW_SPAN("name", step.identity.name, SPAN("李四"));
	ROW_SPAN("email", step.identity.email, SPAN("lisi@example.cn"));
	ROW_INT("level", step.identity.acr, 1);
}
END_TEST

/* RFC 4515 4: the same values as there. */
static const struct {
	const char *typed, *filter;
} filters[] = {
	{ "Parens R Us (for all your parenthetical needs)", "(uid=Parens R Us \\28for all your parenthetical needs\\29)" },
	{ "*", "(uid=\\2a)" },
	{ "C:\\MyFile", "(uid=C:\\5cMyFile)" },
	{ "Lu\xc4\x8di\xc4\x87", "(uid=Lu\\c4\\8di\\c4\\87)" },
	{ "a)(uid=*", "(uid=a\\29\\28uid\\3d\\2a)" },
	{ "a|b&c!d", "(uid=a\\7cb\\26c\\21d)" },
};

START_TEST(filter)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	struct span text;

	upstream_begin(&t, &upstream_ldap);
	upstream_param(&t, "login_name", filters[_i].typed);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	const char *at = strstr(arena_cstr(t.arena, t.fetches[0].url), "?sub?");
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(encode_percent_decode(span_of(at + 5), false, t.arena, &text), 0);
	ROW_SPAN(filters[_i].typed, text, span_of(filters[_i].filter));
}
END_TEST

static const struct {
	const char *name, *login_name, *password;
	struct world world;
	int error; /* 0: somebody */
	size_t fetches;
} rows[] = {
	{ "an empty password never leaves", "lisi", "", { GOOD, 200, 200, 0 }, ERR_CREDENTIALS, 0 },
	{ "nor an empty name", " ", "x", { GOOD, 200, 200, 0 }, ERR_CREDENTIALS, 0 },
	{ "a wrong password", "lisi", "x", { GOOD, 200, 401, 0 }, ERR_CREDENTIALS, 2 },
	{ "nobody, asked all the same", "x", "x", { "", 200, 401, 0 }, ERR_CREDENTIALS, 2 },
	{ "nobody, whatever the bind says", "x", "x", { "", 200, 200, 0 }, ERR_CREDENTIALS, 2 },
	{ "two entries", "lisi", "x", { GOOD GOOD, 200, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "no id", "lisi", "x", { "DN: uid=lisi\n\tcn: a\n", 200, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "two ids", "lisi", "x", { "DN: uid=lisi\n\tentryUUID: a\n\tentryUUID: b\n", 200, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "a name that goes on in another line", "lisi", "x", { "DN: uid=li\nsi\n\tentryUUID: a\n", 200, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "an id that is no base64", "lisi", "x", { "DN: uid=lisi\n\tentryUUID:: %%%\n", 200, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "no entry name", "lisi", "x", { "\tentryUUID: a\n", 200, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "the application is refused", "lisi", "x", { "", 401, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "no such base", "lisi", "x", { "", 404, 200, 0 }, ERR_PROVIDER_FAILED, 1 },
	{ "out of reach", "lisi", "x", { "", 0, 200, FAULT_UNREACHABLE }, ERR_PROVIDER_FAILED, 1 },
	{ "the person may not bind", "lisi", "x", { GOOD, 200, 403, 0 }, ERR_PROVIDER_FAILED, 2 },
	{ "the person may bind and read nothing", "lisi", "x", { GOOD, 200, 404, 0 }, 0, 2 },
	{ "an id of bytes", "lisi", "x", { "DN: uid=lisi\n\tentryUUID:: Af8ADQpB\n", 200, 200, 0 }, 0, 2 },
};

START_TEST(answers)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_ldap);
	*(struct world *)t.world = rows[_i].world;
	upstream_param(&t, "login_name", rows[_i].login_name);
	upstream_param(&t, "password", rows[_i].password);
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ROW_INT(rows[_i].name, step.type, rows[_i].error ? PROVIDER_REJECT : PROVIDER_IDENTITY);
	if (rows[_i].error)
		ROW_INT(rows[_i].name, step.error, rows[_i].error);
	ROW_INT(rows[_i].name, t.n_fetches, rows[_i].fetches);
	if (span_is(span_of(rows[_i].name), "an id of bytes"))
		ROW_SPAN(rows[_i].name, step.identity.subject, SPAN("01ff000d0a41"));
}
END_TEST

/* ---- groups */

#define GROUP "    group: 'cn=staff (all), ou=groups,dc=example'\n"
#define PERSON "DN: uid=lisi,ou=people,dc=example\n\n"
#define STAFF "DN: CN=staff (all),ou=groups,dc=example\n\n"

static const struct upstream of_group = DIRECTORY(GROUP), in_chain = DIRECTORY(GROUP "    group_rule: in_chain\n"),
			     by_search = DIRECTORY(GROUP "    group_rule: search\n    group_base: ou=groups,dc=example\n");

static const struct {
	const char *name;
	const struct upstream *upstream;
	const char *const *answers;
	int error; /* 0: comes in */
	size_t fetches;
	const char *last; /* the filter of the last question; NULL: not looked at */
} groups[] = {
	{ "a member, by memberOf", &of_group, (const char *const[]){ PERSON }, 0, 3, "(memberOf=cn\\3dstaff \\28all\\29, ou\\3dgroups,dc\\3dexample)" },
	{ "none, by memberOf", &of_group, (const char *const[]){ "" }, ERR_PROVIDER_REJECTED, 3, NULL },
	{ "somebody else's entry is no yes", &of_group, (const char *const[]){ "DN: uid=wangwu,ou=people,dc=example\n" }, ERR_PROVIDER_REJECTED, 3, NULL },
	{ "a member of a member, by Active Directory's rule", &in_chain, (const char *const[]){ PERSON }, 0, 3,
	  "(memberOf:1.2.840.113556.1.4.1941:=cn\\3dstaff \\28all\\29, ou\\3dgroups,dc\\3dexample)" },
	{ "a rule that the directory does not know", &in_chain, (const char *const[]){ NULL }, ERR_PROVIDER_FAILED, 3, NULL },
	{ "a member, by search", &by_search, (const char *const[]){ "DN: cn=a,dc=example\n\n" STAFF }, 0, 3,
	  "(|(member=uid\\3dlisi,ou\\3dpeople,dc\\3dexample)(uniqueMember=uid\\3dlisi,ou\\3dpeople,dc\\3dexample))" },
	{ "a member of a member, by search", &by_search, (const char *const[]){ "DN: cn=a,dc=example\n", STAFF }, 0, 4, "(|(member=cn\\3da,dc\\3dexample)(uniqueMember=cn\\3da,dc\\3dexample))" },
	{ "a group whose name says what a filter says", &by_search, (const char *const[]){ "DN: cn=a)(uid=*,dc=example\n", STAFF }, 0, 4,
	  "(|(member=cn\\3da\\29\\28uid\\3d\\2a,dc\\3dexample)(uniqueMember=cn\\3da\\29\\28uid\\3d\\2a,dc\\3dexample))" },
	{ "no group at all", &by_search, (const char *const[]){ "" }, ERR_PROVIDER_REJECTED, 3, NULL },
	{ "groups that hold each other are asked about once", &by_search,
	  (const char *const[]){ "DN: cn=a,dc=example\n", "DN: cn=b,dc=example\n", "DN: cn=A, dc=example\n" }, ERR_PROVIDER_REJECTED, 5, NULL },
	{ "not for ever", &by_search,
	  (const char *const[]){ "DN: cn=1,dc=x\n", "DN: cn=2,dc=x\n", "DN: cn=3,dc=x\n", "DN: cn=4,dc=x\n", "DN: cn=5,dc=x\n", STAFF }, ERR_PROVIDER_REJECTED, 7, NULL },
	{ "a comma in a name is no end of it", &by_search, (const char *const[]){ "DN: cn=staff (all)\\, ou=groups,dc=example\n", "" }, ERR_PROVIDER_REJECTED, 4, NULL },
};

START_TEST(members)
{
	UPSTREAM_TEST t;
	struct provider_step step;
	struct span text;

	upstream_begin(&t, groups[_i].upstream);
	((struct world *)t.world)->groups = groups[_i].answers;
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ROW_INT(groups[_i].name, step.type, groups[_i].error ? PROVIDER_REJECT : PROVIDER_IDENTITY);
	if (groups[_i].error)
		ROW_INT(groups[_i].name, step.error, groups[_i].error);
	ROW_INT(groups[_i].name, t.n_fetches, groups[_i].fetches);
	const struct provider_fetch *last = &t.fetches[t.n_fetches - 1];
	ROW_SPAN(groups[_i].name, last->bind_name, SPAN("cn=yimen,dc=example"));
	if (!groups[_i].last)
		return;
	const char *at = memrchr(last->url.p, '?', last->url.n);
	ck_assert_int_eq(encode_percent_decode((struct span){ at + 1, (size_t)(last->url.p + last->url.n - at - 1) }, false, t.arena, &text), 0);
	ROW_SPAN(groups[_i].name, text, span_of(groups[_i].last));
}
END_TEST

START_TEST(wrong_passwords_of_members)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &of_group);
	*(struct world *)t.world = (struct world){ GOOD, 200, 401, 0, (const char *const[]){ PERSON } };
	ck_assert_int_eq(upstream_callback(&t, &step), 0);
	ck_assert_int_eq(step.error, ERR_CREDENTIALS);
	ck_assert_uint_eq(t.n_fetches, 2); /* nobody learns who is in which group */
}
END_TEST

START_TEST(allocations)
{
	unsigned long failed = 0;

	for (unsigned long k = 1; k < 200 && k - failed < 20; k++) {
		UPSTREAM_TEST t;
		struct provider_step step = { 0 };

		upstream_begin(&t, &by_search);
		((struct world *)t.world)->groups = (const char *const[]){ "DN: cn=a,dc=example\n", STAFF };
		arena_fail_at(k);
		int result = upstream_callback(&t, &step);
		arena_fail_at(0);
		if (result == 0 && step.type == PROVIDER_IDENTITY) {
			ROW_SPAN("subject", step.identity.subject, SPAN("uuid-1"));
			continue;
		}
		ck_assert_msg(result == FAULT_MEMORY || (result == 0 && step.type == PROVIDER_REJECT), "allocation %lu: %d, step %d", k, result, step.type);
		failed = k;
	}
	ck_assert_uint_gt(failed, 3);
}
END_TEST

static const struct {
	int status;
	enum provider_step_type want;
	const char *reason;
} tests[] = { { 200, PROVIDER_DONE, "accepts bind_dn" }, { 401, PROVIDER_REJECT, "bind_password" }, { 404, PROVIDER_REJECT, "base_dn" } };

START_TEST(test_event)
{
	UPSTREAM_TEST t;
	struct provider_step step;

	upstream_begin(&t, &upstream_ldap);
	const struct provider *provider = provider_of(t.config->providers.items[0].type.variant);
	ck_assert_int_eq(provider_next(provider, &t.run, &(struct provider_event){ .type = PROVIDER_TEST }, &step), 0);
	ck_assert_int_eq(step.type, PROVIDER_FETCH);
	ck_assert_int_eq(provider_next(provider, &t.run, &(struct provider_event){ .type = PROVIDER_FETCHED, .status = tests[_i].status }, &step), 0);
	ck_assert_int_eq(step.type, tests[_i].want);
	ck_assert_msg(strstr(step.reason, tests[_i].reason), "%s", step.reason);
}
END_TEST

int main(void)
{
	return suite_run("providers/ldap", (struct suite_test[]){ SUITE_ONCE(good), SUITE_LOOP(filter, ARRAY_LEN(filters)), SUITE_LOOP(answers, ARRAY_LEN(rows)), SUITE_LOOP(members, ARRAY_LEN(groups)), SUITE_ONCE(wrong_passwords_of_members),
								  SUITE_ONCE(allocations),
								  SUITE_LOOP(test_event, ARRAY_LEN(tests)), SUITE_END });
}
