/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's commands: good and bad JSON as a table, what they change, that every change is audited, and that concurrent changes stay. */
#include "broker/endpoint/admin.h"

#include "broker/store/records_system.h"
#include "keys/password.h"
#include "tests/unit/endpoint/fixture.h"

#define U "91110108MA01ET88XL"

static const struct {
	const char *name, *request, *want; /* want: how the answer begins */
} rows[] = {
	{ "not JSON", "hello", "{\"ok\":false,\"error\":\"malformed\"}" },
	{ "nothing", "", "{\"ok\":false,\"error\":\"malformed\"}" },
	{ "a list", "[]", "{\"ok\":false,\"error\":\"malformed\"}" },
	{ "a member twice", "{\"command\":\"store.stats\",\"command\":\"store.check\"}", "{\"ok\":false,\"error\":\"malformed\"}" },
	{ "no command", "{}", "{\"ok\":false,\"error\":\"not_found\"}" },
	{ "a command that is a number", "{\"command\":1}", "{\"ok\":false,\"error\":\"not_found\"}" },
	{ "an unknown command", "{\"command\":\"account.steal\",\"args\":{}}", "{\"ok\":false,\"error\":\"not_found\"}" },
	{ "a command that needs the daemon", "{\"command\":\"keys.rotate\",\"args\":{}}", "{\"ok\":false,\"error\":\"absent\"}" },

	{ "an account without name and phone", "{\"command\":\"account.add\",\"args\":{}}", "{\"ok\":false,\"error\":\"field_empty\",\"field\":\"login_name\"}" },
	{ "args missing altogether", "{\"command\":\"account.add\"}", "{\"ok\":false,\"error\":\"field_empty\",\"field\":\"login_name\"}" },
	{ "args of another type", "{\"command\":\"account.add\",\"args\":[1]}", "{\"ok\":false,\"error\":\"field_empty\",\"field\":\"login_name\"}" },
	{ "a login name that is a number", "{\"command\":\"account.add\",\"args\":{\"login_name\":7}}", "{\"ok\":false,\"error\":\"field_empty\",\"field\":\"login_name\"}" },
	{ "a login name with a space", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"a b\"}}",
	  "{\"ok\":false,\"error\":\"login_name_rule\",\"field\":\"login_name\"}" },
	{ "an unknown namespace", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"namespace\":\"root\"}}",
	  "{\"ok\":false,\"error\":\"invalid\",\"field\":\"namespace\"}" },
	{ "an unknown status", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"status\":\"super\"}}",
	  "{\"ok\":false,\"error\":\"invalid\",\"field\":\"status\"}" },
	{ "a phone that is none", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"phone\":\"123\"}}", "{\"ok\":false,\"error\":\"phone\",\"field\":\"phone\"}" },
	{ "an e-mail that is none", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"email\":\"x@\"}}", "{\"ok\":false,\"error\":\"invalid\",\"field\":\"email\"}" },
	{ "a level that does not exist", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"realname_level\":4}}",
	  "{\"ok\":false,\"error\":\"invalid\",\"field\":\"realname_level\"}" },
	{ "a level that is no number", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"realname_level\":\"high\"}}",
	  "{\"ok\":false,\"error\":\"invalid\",\"field\":\"realname_level\"}" },
	{ "a negative level", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"realname_level\":-1}}",
	  "{\"ok\":false,\"error\":\"invalid\",\"field\":\"realname_level\"}" },
	{ "a legal account without unit", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"namespace\":\"legal\"}}",
	  "{\"ok\":false,\"error\":\"field_empty\",\"field\":\"unit\"}" },
	{ "a legal account of an unknown unit", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"namespace\":\"legal\",\"unit\":\"" U "\"}}",
	  "{\"ok\":false,\"error\":\"absent\",\"field\":\"unit\"}" },
	{ "a person with a unit", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"unit\":\"" U "\"}}", "{\"ok\":false,\"error\":\"invalid\",\"field\":\"unit\"}" },
	{ "a name that is taken", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"ANNA\"}}", "{\"ok\":false,\"error\":\"exists\",\"field\":\"login_name\"}" },
	{ "the same name among the staff", "{\"command\":\"account.add\",\"args\":{\"login_name\":\"anna\",\"namespace\":\"staff\"}}", "{\"ok\":true,\"id\":\"" },
	{ "an account with a phone alone", "{\"command\":\"account.add\",\"args\":{\"phone\":\"13900139000\"}}", "{\"ok\":true,\"id\":\"" },

	{ "to show nobody", "{\"command\":\"account.show\",\"args\":{\"login_name\":\"nobody\"}}", "{\"ok\":false,\"error\":\"absent\"}" },
	{ "to show without a name", "{\"command\":\"account.show\",\"args\":{}}", "{\"ok\":false,\"error\":\"invalid\",\"field\":\"login_name\"}" },
	{ "to change nobody", "{\"command\":\"account.set\",\"args\":{\"login_name\":\"nobody\",\"name\":\"x\"}}", "{\"ok\":false,\"error\":\"absent\"}" },
	{ "to change to a bad status", "{\"command\":\"account.set\",\"args\":{\"login_name\":\"anna\",\"status\":\"x\"}}",
	  "{\"ok\":false,\"error\":\"invalid\",\"field\":\"status\"}" },
	{ "to end nobody's sessions", "{\"command\":\"session.end\",\"args\":{\"login_name\":\"nobody\"}}", "{\"ok\":false,\"error\":\"absent\"}" },

	{ "a unit with a wrong check character", "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"91350100M000100Y4Y\"}}", "{\"ok\":false,\"error\":\"invalid\",\"field\":\"uscc\"}" },
	{ "a unit without a code", "{\"command\":\"unit.add\",\"args\":{\"name\":\"x\"}}", "{\"ok\":false,\"error\":\"invalid\",\"field\":\"uscc\"}" },
	{ "a unit with a bad status", "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" U "\",\"status\":\"x\"}}", "{\"ok\":false,\"error\":\"invalid\",\"field\":\"status\"}" },
	{ "a unit", "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" U "\",\"name\":\"甲\"}}", "{\"ok\":true}" },

	{ "an import from an unknown source", "{\"command\":\"legacy.import\",\"args\":{\"source\":\"x\",\"header\":[],\"rows\":[]}}",
	  "{\"ok\":false,\"error\":\"absent\",\"field\":\"source\"}" },
	{ "an import without rows", "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"header\":[\"kind\",\"legacy_id\"],\"rows\":[]}}",
	  "{\"ok\":true,\"updates\":2,\"results\":[]}" },
	{ "an import without header", "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"rows\":[[\"individual\",\"1\"]]}}",
	  "{\"ok\":false,\"error\":\"invalid\"}" },
	{ "an import with an unknown column", "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"header\":[\"kind\",\"legacy_id\",\"salary\"],\"rows\":[[\"\",\"\",\"\"]]}}",
	  "{\"ok\":false,\"error\":\"invalid\",\"field\":\"salary\"}" },
	{ "an import with a row that is no list", "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"header\":[\"kind\",\"legacy_id\"],\"rows\":[7]}}",
	  "{\"ok\":false,\"error\":\"invalid\"}" },
	{ "an import with a field that is no text", "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"header\":[\"kind\",\"legacy_id\"],\"rows\":[[1,2]]}}",
	  "{\"ok\":false,\"error\":\"invalid\"}" },

	{ "the store's figures", "{\"command\":\"store.stats\"}", "{\"ok\":true,\"bytes_used\":" },
	{ "the store's check", "{\"command\":\"store.check\"}", "{\"ok\":true}" },
	{ "the audit's check", "{\"command\":\"audit.verify\"}", "{\"ok\":true,\"records\":1," },
	{ "no keys", "{\"command\":\"keys.list\"}", "{\"ok\":true,\"keys\":[]}" },
};

START_TEST(commands)
{
	JSON *parsed = NULL;
	WORLD w;

	world_make(&w);
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"anna\"}}");
	size_t accounts = world_count(&w, &KIND_ACCOUNT), audits = world_count(&w, &KIND_AUDIT);
	struct span answer = world_admin(&w, rows[_i].request), want = span_of(rows[_i].want);
	ck_assert_msg(span_starts(answer, want), "%s: " SPAN_FMT, rows[_i].name, SPAN_ARG(answer));
	ck_assert_msg(memchr(answer.p, '\n', answer.n) == answer.p + answer.n - 1, "%s: not one line", rows[_i].name);
	answer.n--;
	ROW_INT(rows[_i].name, json_read_object(answer, &parsed), 0);
	if (!json_get_bool(parsed, "ok", false)) { /* a refusal changes nothing */
		ROW_INT(rows[_i].name, world_count(&w, &KIND_ACCOUNT), accounts);
		ROW_INT(rows[_i].name, world_count(&w, &KIND_AUDIT), audits);
	}
}
END_TEST

/* Every row of the table answers to its name. */
START_TEST(every_command)
{
	const struct admin_command *command;
	WORLD w;

	world_make(&w);
	for (size_t i = 0; (command = admin_command_at(i)); i++) {
		struct span answer = world_admin(&w, arena_printf(w.arena, "{\"command\":\"%s\"}", command->name));

		ck_assert_msg(!strstr(answer.p, "not_found"), "%s", command->name);
		ck_assert_int_eq(command->run != NULL, 1);
	}
}
END_TEST

START_TEST(add_and_change)
{
	struct account account;
	WORLD w;

	world_make(&w);
	store_fault_run_twice(w.store, true);
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" U "\",\"name\":\"甲\",\"region\":\"120000\"}}");
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"Boss\",\"namespace\":\"legal\",\"unit\":\"" U "\",\"name\":\"李四\",\"password\":\"one two three\","
		     "\"realname_level\":2}}");
	ck_assert(world_account(&w, NAMESPACE_LEGAL, "boss", &account));
	ck_assert(id_is_set(account.unit) && id_is_set(account.identity));
	struct identity identity;
	ck_assert_int_eq(world_get(&w, &KIND_IDENTITY, account.identity, &identity), 0);
	ck_assert_int_eq(account.realname_status, REALNAME_VERIFIED);
	ck_assert_int_eq(password_verify(account.password, SPAN("one two three")), 0);
	ck_assert_int_eq(account.not_before.ms, 0);

	w.now = instant_add(w.now, MS_SECOND);
	world_do(&w, "{\"command\":\"account.set\",\"args\":{\"login_name\":\"boss\",\"namespace\":\"legal\",\"name\":\"王五\"}}");
	ck_assert(world_account(&w, NAMESPACE_LEGAL, "boss", &account));
	ROW_SPAN("name", account.name, SPAN("王五"));
	ck_assert_int_eq(account.not_before.ms, 0); /* a name ends no session */
	ck_assert_int_eq(password_verify(account.password, SPAN("one two three")), 0);

	world_do(&w, "{\"command\":\"account.set\",\"args\":{\"login_name\":\"boss\",\"namespace\":\"legal\",\"status\":\"disabled\"}}");
	ck_assert(world_account(&w, NAMESPACE_LEGAL, "boss", &account));
	ck_assert_int_eq(account.status, ACCOUNT_DISABLED);
	ck_assert_int_eq(account.not_before.ms, w.now.ms);

	w.now = instant_add(w.now, MS_SECOND);
	world_do(&w, "{\"command\":\"account.set\",\"args\":{\"login_name\":\"boss\",\"namespace\":\"legal\",\"password\":\"four five six\",\"realname_level\":0}}");
	ck_assert(world_account(&w, NAMESPACE_LEGAL, "boss", &account));
	ck_assert_int_eq(account.status, ACCOUNT_DISABLED);
	ck_assert_int_eq(account.not_before.ms, w.now.ms);
	ck_assert_int_eq(account.realname_status, REALNAME_NONE);
	ck_assert_int_eq(password_verify(account.password, SPAN("four five six")), 0);
	ck_assert_uint_eq(world_count(&w, &KIND_AUDIT), 7); /* the real name, vouched for and taken back, is told by itself */
	world_check(&w);
}
END_TEST

START_TEST(unit_keeps_what_is_not_said)
{
	struct span show = SPAN("{\"command\":\"account.add\",\"args\":{\"login_name\":\"x\",\"namespace\":\"legal\",\"unit\":\"" U "\"}}");
	struct account account;
	struct unit unit;
	WORLD w;

	world_make(&w);
	store_fault_run_twice(w.store, true);
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" U "\",\"name\":\"甲\",\"type\":\"enterprise\",\"region\":\"120000\",\"dept\":\"d1\"}}");
	world_do(&w, show.p);
	ck_assert(world_account(&w, NAMESPACE_LEGAL, "x", &account));
	ck_assert_int_eq(world_get(&w, &KIND_UNIT, account.unit, &unit), 0);
	ck_assert_int_eq(unit.status, UNIT_EFFECTIVE);
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" U "\",\"status\":\"dissolved\"}}");
	world_do(&w, "{\"command\":\"unit.add\",\"args\":{\"uscc\":\"" U "\",\"name\":\"乙\"}}");
	ck_assert_int_eq(world_get(&w, &KIND_UNIT, account.unit, &unit), 0);
	ck_assert_int_eq(unit.status, UNIT_DISSOLVED);
	ROW_SPAN("name", unit.name, SPAN("乙"));
	ROW_SPAN("type", unit.type, SPAN("enterprise"));
	ROW_SPAN("region", unit.region, SPAN("120000"));
	ROW_SPAN("dept", unit.dept_id, SPAN("d1"));
	ck_assert_uint_eq(world_count(&w, &KIND_UNIT), 1);
}
END_TEST

/* All or nothing, whichever call to the store or allocation fails. */
START_TEST(faults)
{
	static const char set[] = "{\"command\":\"account.set\",\"args\":{\"login_name\":\"anna\",\"status\":\"disabled\",\"password\":\"four five six\",\"phone\":\"13900139000\"}}";
	struct account account;
	WORLD w;

	world_make(&w);
	world_do(&w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"anna\"}}");
	size_t audits = world_count(&w, &KIND_AUDIT);
	for (unsigned long k = 1; k < 400; k++) {
		bool store = k < 100;
		struct span answer = { NULL, 0 };
		struct admin admin = { .store = w.store, .seal = w.seal, .config = w.config, .now = w.now, .arena = w.arena };

		if (store)
			store_fault_arm(w.store, STORE_FAULT_ANY & ~(unsigned)STORE_FAULT_LOST, k, FAULT_STORE);
		else
			arena_fail_at(k - 99);
		int result = admin_run(&admin, span_of(set), &answer);
		bool did = store && store_fault_fired(w.store);
		arena_fail_at(0);
		store_fault_arm(w.store, 0, 0, 0);
		bool ok = result == 0 && span_starts(answer, SPAN("{\"ok\":true"));
		ck_assert(world_account(&w, NAMESPACE_NATURAL, "anna", &account));
		bool done = account.status == ACCOUNT_DISABLED;
		ck_assert_msg(done == !!account.password.n && done == !!account.phone.n && world_count(&w, &KIND_AUDIT) == audits + done, "half of it after %lu", k);
		ck_assert(!ok || done);
		if (store && did)
			ck_assert(!done);
		if (done) { /* back to the beginning; a store that no more fails ends its half */
			account = (struct account){ .id = account.id, .created_at = account.created_at, .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE,
						    .login_name = account.login_name, .login_key = account.login_key, .identity = account.identity };
			world_put(&w, &KIND_ACCOUNT, &account);
			audits++;
			if (!store && ok)
				break;
			if (store)
				k = 99;
		}
	}
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/admin", (struct suite_test[]){ SUITE_LOOP(commands, ARRAY_LEN(rows)), SUITE_ONCE(every_command), SUITE_ONCE(add_and_change),
								  SUITE_ONCE(unit_keeps_what_is_not_said), SUITE_ONCE(faults), SUITE_END });
}
