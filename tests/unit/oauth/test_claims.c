/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/json.h"
#include "broker/oauth/claims.h"
#include "broker/store/records_unit.h"
#include "tests/unit/oauth/fixture.h"

static struct account verified(void)
{
	struct account account = fixture_account();

	account.email = SPAN("zs@example.cn");
	account.id_type = SPAN("111");
	account.id_number = SPAN("11010519491231002X"); /* the standard's example */
	account.gender = SPAN("2");
	account.ethnic_code = SPAN("01");
	account.realname_status = REALNAME_VERIFIED;
	account.realname_level = 2;
	account.realname_method = SPAN("registry");
	account.realname_at = NOW;
	return account;
}

#define BASE "{\"sub\":\"S\",\"acr\":\"2\",\"amr\":[\"pwd\"],\"auth_time\":1800000000,\"user_type\":\"natural\"," \
	     "\"preferred_username\":\"zhangsan\"," \
	"\"account_status\":\"active\",\"real_name\":{\"status\":\"verified\",\"level\":2,\"method\":\"registry\"," \
	"\"at\":1800000000}"
#define ORG "\"org\":{\"id\":\"00000000-0005-0505-0505-050505050505\",\"uscc\":\"91350100M000100Y43\",\"name\":\"示例\"," \
	    "\"type\":\"enterprise\"," \
	"\"status\":\"effective\",\"dept_id\":\"d1\",\"region\":\"350100\"}"

static const struct {
	const char *name, *scopes;
	struct span want;
} rows[] = {
	{ "openid alone", "openid", SPAN(BASE "}") },
	{ "no openid releases the subject only", "api.read", SPAN("{\"sub\":\"S\"}") },
	{ "profile", "openid profile", SPAN(BASE ",\"name\":\"张三\"}") },
	{ "email", "openid email", SPAN(BASE ",\"email\":\"zs@example.cn\",\"email_verified\":true}") },
	{ "phone", "openid phone", SPAN(BASE ",\"phone_number\":\"13800138000\",\"phone_number_verified\":true}") },
	{ "realname gives the masked number (domain.md 4.4)", "openid realname",
	  SPAN(BASE ",\"name\":\"张三\",\"id_type\":\"111\",\"id_number_masked\":\"1****************X\",\"gender\":\"2\","
		    "\"ethnic_code\":\"01\"}") },
	{ "org", "openid org", SPAN(BASE "," ORG ",\"org_role\":\"member\",\"membership_status\":\"active\",\"act\":{\"sub\":\"S\"}}") },
	{ "grants", "openid grants", SPAN(BASE ",\"subsystems\":[\"gaoqi\"]}") },
	{ "legacy", "openid legacy",
	  SPAN(BASE ",\"legacy\":[{\"system\":\"torch\",\"account_id\":\"18711111111\",\"account_type\":\"natural\"}]}") },
	{ "the hash for matching", "openid idhash", SPAN(BASE ",\"id_hash\":\"H\"}") },
	{ "the number itself is never in plain JSON", "openid idno", SPAN(BASE "}") },
};

START_TEST(releases)
{
	FIXTURE f = fixture_make();
	struct account account = verified();
	struct unit unit = { .id = fixture_id((struct instant){ 5 }, 5), .uscc = SPAN("91350100M000100Y43"), .name = SPAN("示例"),
			     .type = SPAN("enterprise"), .status = UNIT_EFFECTIVE, .dept_id = SPAN("d1"),
			     .region = SPAN("350100") };
	struct membership membership = { .role = MEMBERSHIP_ROLE_MEMBER, .status = MEMBERSHIP_ACTIVE };
	struct span subsystem = SPAN("gaoqi");
	struct claims_legacy legacy = { SPAN("torch"), SPAN("18711111111"), SPAN("natural") };
	struct claims_person person = { .sub = SPAN("S"), .account = &account, .unit = &unit, .membership = &membership,
	    .subsystems = &subsystem,
					.n_subsystems = 1, .legacy = &legacy, .n_legacy = 1, .auth_time = NOW, .acr = 2,
					.amr = fixture_list(&f, "pwd"), .id_hash = SPAN("H") };
	struct text_list scopes = fixture_list(&f, rows[_i].scopes);
	struct buf buf = buf_new(f.arena, 1024);

	memset(unit.id.b, 0, 5);
	claims_write(&buf, &person, &scopes);
	ROW_SPAN(rows[_i].name, buf_span(&buf), rows[_i].want);
}
END_TEST

START_TEST(leaves_out_what_is_not_there)
{
	FIXTURE f = fixture_make();
	struct account account = { .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE };
	struct claims_person person = { .sub = SPAN("S"), .account = &account };
	struct text_list scopes = fixture_list(&f, "openid profile email phone realname org grants legacy idhash");
	struct buf buf = buf_new(f.arena, 1024);

	claims_write(&buf, &person, &scopes);
	ROW_SPAN("no claim is null or empty", buf_span(&buf),
		 SPAN("{\"sub\":\"S\",\"acr\":\"0\",\"user_type\":\"natural\",\"account_status\":\"active\","
		      "\"real_name\":{\"status\":\"none\"},"
		      "\"subsystems\":[],\"legacy\":[]}"));
	ck_assert_uint_eq(claims_needs(&scopes), CLAIMS_UNIT | CLAIMS_GRANTS | CLAIMS_LEGACY | CLAIMS_ID_HASH);
	scopes = fixture_list(&f, "openid profile");
	ck_assert_uint_eq(claims_needs(&scopes), 0);
}
END_TEST

START_TEST(legal_accounts_are_their_units)
{
	FIXTURE f = fixture_make();
	struct account account = fixture_account();
	struct unit unit = { .id = fixture_id(NOW, 5), .uscc = SPAN("91350100M000100Y43"), .status = UNIT_PENDING_DEPT };
	struct claims_person person = { .sub = SPAN("S"), .account = &account, .unit = &unit };
	struct text_list scopes = fixture_list(&f, "openid org");
	struct buf buf = buf_new(f.arena, 1024);

	account.namespace_ = NAMESPACE_LEGAL;
	claims_write(&buf, &person, &scopes);
	JSON *claims = NULL;
	ck_assert_int_eq(json_read_object(buf_span(&buf), &claims), 0);
	ROW_SPAN("user_type", json_get_span(claims, "user_type"), SPAN("legal"));
	ROW_SPAN("org_role", json_get_span(claims, "org_role"), SPAN("admin"));
	ROW_SPAN("status", json_get_span(json_object_get(claims, "org"), "status"), SPAN("pending_dept"));

	account.namespace_ = NAMESPACE_STAFF;
	ck_assert_str_eq(claims_user_type(&account), "staff");
	account.namespace_ = NAMESPACE_NATURAL;
	account.roles = ACCOUNT_ROLE_EXPERT;
	ck_assert_str_eq(claims_user_type(&account), "expert");
	account.roles |= ACCOUNT_ROLE_DECLARER;
	ck_assert_str_eq(claims_user_type(&account), "natural");
}
END_TEST

START_TEST(subjects)
{
	FIXTURE f = fixture_make();
	struct config_client web = fixture_client(&f, "web"), pair = fixture_client(&f, "pair");
	struct id id = fixture_account().identity, other = fixture_id(NOW, 9);
	char a[CLAIMS_SUB + 1], b[CLAIMS_SUB + 1];

	ck_assert_int_eq(claims_subject(f.ring, &web, id, a), 0);
	ck_assert_str_eq(a, "00000000-0004-0404-0404-040404040404");
	ck_assert_int_eq(claims_subject(f.ring, &pair, id, a), 0);
	ck_assert_uint_eq(strlen(a), 22);
	ck_assert_int_eq(claims_subject(f.ring, &pair, id, b), 0);
	ck_assert_str_eq(a, b);
	ck_assert_int_eq(claims_subject(f.ring, &pair, other, b), 0);
	ck_assert_str_ne(a, b);
	struct id back;
	ck_assert_int_eq(claims_subject_read(f.ring, &pair, span_of(a), &back), 0);
	ck_assert_msg(id_eq(back, id), "a pairwise subject leads back");
	ck_assert_int_eq(claims_subject_read(f.ring, &pair, SPAN("00000000-0004-0404-0404-040404040404"), &back), ERR_INVALID);
	ck_assert_int_eq(claims_subject_read(f.ring, &web, span_of(a), &back), ERR_INVALID);
	pair.sector = SPAN("other.example.cn");
	ck_assert_int_eq(claims_subject(f.ring, &pair, id, b), 0);
	ck_assert_str_ne(a, b); /* OpenID Connect Core 8.1: another sector, another subject */
}
END_TEST

START_TEST(id_hashes)
{
	FIXTURE f = fixture_make();
	struct config_client web = fixture_client(&f, "web"), post = fixture_client(&f, "post");
	struct account account = verified();
	char hash[CLAIMS_SUB + 1];

	ck_assert_int_eq(claims_id_hash(&web, &account, hash), 0);
	ck_assert_uint_eq(strlen(hash), 43);
	ck_assert_int_eq(claims_id_hash(&post, &account, hash), ERR_ABSENT); /* only the hash of its secret is here */
	account.realname_status = REALNAME_MANUAL_PENDING;
	ck_assert_int_eq(claims_id_hash(&web, &account, hash), ERR_ABSENT);
}
END_TEST

int main(void)
{
	return suite_run("oauth/claims", (struct suite_test[]){ SUITE_LOOP(releases, ARRAY_LEN(rows)),
	    SUITE_ONCE(leaves_out_what_is_not_there),
								SUITE_ONCE(legal_accounts_are_their_units), SUITE_ONCE(subjects),
								SUITE_ONCE(id_hashes), SUITE_END });
}
