/* SPDX-License-Identifier: Apache-2.0 */
/* What verifiers ask and what they make of the answers. The HMAC values were computed with Python's hmac and with OpenSSL's SM3. */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "conf/config.h"
#include "providers/registry.h"
#include "tests/unit/suite.h"

#define NOW INT64_C(1767542400000)

/* The options of both verifiers, as their rows fill them. */
static const struct {
	struct span people, units;
} csv_options = { { "/p.csv", 6 }, { "/u.csv", 6 } }, csv_nothing = { { NULL, 0 }, { NULL, 0 } };
struct http_options {
	struct span url, key_id;
	struct secret secret;
	int algorithm;
	bool units, facts;
};
#define HTTP(alg, units_) \
	{ .url = { "https://v.example/check", 23 }, .key_id = { "yimen", 5 }, .secret = { { "0123456789abcdef", 16 } }, .algorithm = alg, .units = units_, .facts = units_ }
static const struct http_options http_sha256 = HTTP(0, true), http_sm3 = HTTP(1, true), http_people = HTTP(0, false);

static const struct verify_request person = { .subject = VERIFY_PERSON, .name = { "张三", 6 }, .id_type = { "111", 3 }, .id_number = { "11010519491231002X", 18 },
					      .gender = { "2", 1 }, .ethnic_code = { "01", 2 }, .nonce = { "AAAAAAAAAAAAAAAAAAAAAA", 22 }, .now = { NOW } };
static const struct verify_request unit = { .subject = VERIFY_UNIT, .name = { "李四", 6 }, .id_type = { "111", 3 }, .id_number = { "110101197810270029", 18 },
					    .unit_name = { "某公司", 9 }, .uscc = { "91350100M000100Y43", 18 }, .nonce = { "AAAAAAAAAAAAAAAAAAAAAA", 22 },
					    .now = { NOW } };

static const struct verify_request unit_facts = { .subject = VERIFY_UNIT_FACTS, .uscc = { "91350100M000100Y43", 18 },
						  .nonce = { "AAAAAAAAAAAAAAAAAAAAAA", 22 }, .now = { NOW } };

static const struct verifier *named(const char *name)
{
	const struct option_variant *const *all = registry_all[CONFIG_VERIFIERS].variants;

	while (*all && strcmp((*all)->name, name))
		all++;
	ck_assert_ptr_nonnull(*all);
	return verifier_of(*all);
}

START_TEST(csv_asks)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	const struct verifier *csv = named("registry_csv");
	struct verify_ask ask;

	ck_assert_int_eq(csv->ask(&csv_options, &person, arena, &ask), 0);
	ck_assert_int_eq(ask.type, VERIFY_LOOKUP);
	ROW_SPAN("people", ask.path, SPAN("/p.csv"));
	ck_assert_uint_eq(ask.n_columns, 2);
	ROW_SPAN("number", ask.values[0], person.id_number);
	ROW_SPAN("type", ask.values[1], SPAN("111"));
	ck_assert_int_eq(csv->ask(&csv_options, &unit, arena, &ask), 0);
	ROW_SPAN("units", ask.path, SPAN("/u.csv"));
	ck_assert_str_eq(ask.columns[0], "uscc");
	ROW_SPAN("credit code", ask.values[0], unit.uscc);
	ck_assert_int_eq(csv->ask(&csv_options, &unit_facts, arena, &ask), 0);
	ROW_SPAN("units", ask.path, SPAN("/u.csv"));
	ROW_SPAN("credit code", ask.values[0], unit_facts.uscc);
	ck_assert(csv->ask(&csv_nothing, &unit, arena, &ask) == 0 && ask.type == VERIFY_CANNOT);
	ck_assert(csv->ask(&csv_nothing, &person, arena, &ask) == 0 && ask.type == VERIFY_CANNOT);
}
END_TEST

/* A row as "column=value" pairs; NULL: not found. */
static const struct {
	const char *name;
	bool unit;
	const char *row;
	enum verify_outcome outcome;
	int64_t level;
} csv_rows[] = {
	{ "everything agrees", false, "name=张三;gender=2;ethnic_code=01;level=2", VERIFY_MATCH, 2 },
	{ "white space around a value does not count", false, "name= 张三 ;gender=2", VERIFY_MATCH },
	{ "what the register does not say is not compared", false, "name=张三;gender=;ethnic_code=", VERIFY_MATCH },
	{ "a level that is none is left to the configuration", false, "name=张三;level=9", VERIFY_MATCH },
	{ "another name", false, "name=张三丰", VERIFY_MISMATCH },
	{ "a register without the name says nothing", false, "name=;gender=2", VERIFY_MISMATCH },
	{ "another sex", false, "name=张三;gender=1", VERIFY_MISMATCH },
	{ "another ethnic group", false, "name=张三;ethnic_code=05", VERIFY_MISMATCH },
	{ "nobody has the number", false, NULL, VERIFY_MISMATCH },
	{ "a unit with its representative", true, "name=某公司;rep_name=李四;rep_id_type=111;rep_id_number=110101197810270029;level=3", VERIFY_MATCH, 3 },
	{ "a unit of another name", true, "name=某某公司;rep_name=李四", VERIFY_MISMATCH },
	{ "another representative", true, "name=某公司;rep_name=王五", VERIFY_MISMATCH },
	{ "a representative of the same name with another number", true, "name=某公司;rep_name=李四;rep_id_number=11010519491231002X", VERIFY_MISMATCH },
	{ "no such credit code", true, NULL, VERIFY_MISMATCH },
};

START_TEST(csv_reads)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct verify_cell cells[8];
	struct verify_reply reply = { .found = csv_rows[_i].row, .cells = cells };
	struct span rest = span_of(csv_rows[_i].row);
	struct verify_answer answer;

	while (rest.p) {
		struct span value = span_cut(&rest, ';'), column = span_cut(&value, '=');

		cells[reply.n_cells++] = (struct verify_cell){ column, value };
	}
	ck_assert_int_eq(named("registry_csv")->read(&csv_options, csv_rows[_i].unit ? &unit : &person, &reply, arena, &answer), 0);
	ROW_INT(csv_rows[_i].name, answer.outcome, csv_rows[_i].outcome);
	ROW_INT(csv_rows[_i].name, answer.level, csv_rows[_i].level);
}
END_TEST

START_TEST(csv_tells_facts)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	const struct verify_cell cells[] = { { SPAN("name"), SPAN("某公司") }, { SPAN("rep_name"), SPAN("李四") } };
	struct verify_answer answer;

	ck_assert_int_eq(named("registry_csv")->read(&csv_options, &unit_facts, &(struct verify_reply){ .found = true, .cells = cells, .n_cells = 2 }, arena, &answer), 0);
	ck_assert_int_eq(answer.outcome, VERIFY_MATCH);
	ck_assert_uint_eq(answer.n_facts, 2);
	ROW_SPAN("name", answer.facts[0].value, SPAN("某公司"));
	ck_assert_int_eq(named("registry_csv")->read(&csv_options, &unit_facts, &(struct verify_reply){ 0 }, arena, &answer), 0);
	ck_assert(answer.outcome == VERIFY_MISMATCH && answer.n_facts == 0);
}
END_TEST

START_TEST(csv_is_not_there)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct verify_answer answer;

	ck_assert_int_eq(named("registry_csv")->read(&csv_options, &person, &(struct verify_reply){ .error = FAULT_IO }, arena, &answer), 0);
	ck_assert_int_eq(answer.outcome, VERIFY_UNAVAILABLE);
}
END_TEST

START_TEST(http_asks)
{
	static const struct {
		const struct http_options *options;
		const struct verify_request *request;
		const char *body, *authorization;
	} rows[] = {
		{ &http_sha256, &person,
		  "{\"version\":1,\"subject\":\"person\",\"name\":\"张三\",\"id_type\":\"111\",\"id_number\":\"11010519491231002X\",\"gender\":\"2\",\"ethnic_code\":\"01\"}",
		  "YIMEN-HMAC-SHA256 key_id=\"yimen\", timestamp=\"1767542400\", nonce=\"AAAAAAAAAAAAAAAAAAAAAA\", signature=\"4VJLH75saJOF75HnBGHo1i-4cp6MSula4jv8-d2VVTw\"" },
		{ &http_sha256, &unit_facts, "{\"version\":1,\"subject\":\"unit_facts\",\"uscc\":\"91350100M000100Y43\"}",
		  "YIMEN-HMAC-SHA256 key_id=\"yimen\", timestamp=\"1767542400\", nonce=\"AAAAAAAAAAAAAAAAAAAAAA\", signature=\"lRm-5xVreDgGMlS82oEFSBHe9v90JDJDNFNAB3OH1b0\"" },
		{ &http_sm3, &unit,
		  "{\"version\":1,\"subject\":\"unit\",\"unit_name\":\"某公司\",\"uscc\":\"91350100M000100Y43\",\"name\":\"李四\",\"id_type\":\"111\",\"id_number\":\"110101197810270029\"}",
		  "YIMEN-HMAC-SM3 key_id=\"yimen\", timestamp=\"1767542400\", nonce=\"AAAAAAAAAAAAAAAAAAAAAA\", signature=\"o9Ch-j_Yy_5X4E0C3UcCn3nvTP7zDZWr-ZCRlWyNHp4\"" },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(8192);
	struct verify_ask ask;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_int_eq(named("http")->ask(rows[i].options, rows[i].request, arena, &ask), 0);
		ck_assert_int_eq(ask.type, VERIFY_FETCH);
		ROW_SPAN("url", ask.fetch.url, SPAN("https://v.example/check"));
		ROW_SPAN("body", ask.fetch.body, span_of(rows[i].body));
		ROW_SPAN("authorization", ask.fetch.authorization, span_of(rows[i].authorization));
	}
	ck_assert(named("http")->ask(&http_people, &unit, arena, &ask) == 0 && ask.type == VERIFY_CANNOT);
	ck_assert(named("http")->ask(&http_people, &unit_facts, arena, &ask) == 0 && ask.type == VERIFY_CANNOT);
}
END_TEST

/* Payloads and signatures as Python computed them. */
static const struct {
	const char *name;
	const struct http_options *options;
	int status;
	const char *body;
	enum verify_outcome outcome;
	int64_t level;
} http_rows[] = {
	{ "a match", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"kHOhDM4aHu3Yj_yHTU9x9F-6JwiRa2p5XFOZ6rmhpvE\"}", VERIFY_MATCH, 3 },
	{ "a match, signed with SM3", &http_sm3, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"Iznt1mzT-cdoj-VUskz4kQFN7AIwamA-cdz2zcVc1eg\"}", VERIFY_MATCH, 3 },
	{ "no match", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1pc21hdGNoIiwibWV0aG9kIjoicG9wdWxhdGlvbiIsInJlZmVyZW5jZSI6IlItMSJ9\",\"signature\":\"OsaLCtWr3aQC_yulFFHyInKNN3IalX_ZJVgvVZozyOE\"}", VERIFY_MISMATCH, 0 },
	{ "the verifier says it cannot now", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6InVuYXZhaWxhYmxlIiwibWV0aG9kIjoicG9wdWxhdGlvbiIsInJlZmVyZW5jZSI6IlItMSJ9\",\"signature\":\"xGhSNLk5Bakk79AIXSla66VcbiQ1C_7KGaU-7qqUPvs\"}", VERIFY_UNAVAILABLE, 0 },
	{ "the verifier does not know this document", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im5vdF9jaGVja2FibGUiLCJtZXRob2QiOiJwb3B1bGF0aW9uIiwicmVmZXJlbmNlIjoiUi0xIn0\",\"signature\":\"rgrheNkFNlWwluqWya7Vp4tNU9AoOCSlzMnIHS7WUpw\"}", VERIFY_NOT_CHECKABLE, 0 },
	{ "a match that says no level", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibWV0aG9kIjoicG9wdWxhdGlvbiIsInJlZmVyZW5jZSI6IlItMSJ9\",\"signature\":\"81bETOeSWe1IWRKXtQTKGN1isvySFkv4KnYvXMK5MDc\"}", VERIFY_MATCH, 0 },
	{ "a level that is none", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjcsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"HRpJLUAogozg0oyB5vlMRETsLhUf_mrm-vv302OGVhQ\"}", VERIFY_MATCH, 0 },
	{ "signed with another digest", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"Iznt1mzT-cdoj-VUskz4kQFN7AIwamA-cdz2zcVc1eg\"}", VERIFY_UNAVAILABLE, 0 },
	{ "a wrong signature", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", VERIFY_UNAVAILABLE, 0 },
	{ "no signature", &http_sha256, 200,
	  "{\"payload\": \"eyJub25jZSI6ICJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwgInRpbWVzdGFtcCI6IDE3Njc1NDI0MDEsICJyZXN1bHQiOiAibWF0Y2giLCAibGV2ZWwiOiAzLCAibWV0aG9kIjogInBvcHVsYXRpb24iLCAicmVmZXJlbmNlIjogIlItMSJ9\"}", VERIFY_UNAVAILABLE, 0 },
	{ "an answer to another question", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkJCQkJCQkJCQkJCQkJCQkJCQkJCQkIiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"cqJuPFyoQjbjjY0uSgxi9rh-Zp1bLvOiC92lSiPiKmM\"}", VERIFY_UNAVAILABLE, 0 },
	{ "an answer without a nonce", &http_sha256, 200,
	  "{\"payload\":\"eyJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"sJW1X1aG6kFGhK1mYRNwossN7qfY8PpwA7a1RmnUBrE\"}", VERIFY_UNAVAILABLE, 0 },
	{ "an answer of ten minutes ago", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDE4MDAsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"eXlO8fQjKebiLtaeN4LYXMoS2eLNsy9fgoCd-iSyx4I\"}", VERIFY_UNAVAILABLE, 0 },
	{ "an answer of ten minutes ahead", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDMwMDAsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"hRsO6GF_dW2UYnWgcF79c-LICD5V4LWnvYUgI_bTM5o\"}", VERIFY_UNAVAILABLE, 0 },
	{ "an answer without a time", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJyZXN1bHQiOiJtYXRjaCIsImxldmVsIjozLCJtZXRob2QiOiJwb3B1bGF0aW9uIiwicmVmZXJlbmNlIjoiUi0xIn0\",\"signature\":\"miPVaNRXo_fcREVZV8t5Nw0LM9tseDCRLGhMI1I8UeE\"}", VERIFY_UNAVAILABLE, 0 },
	{ "a result that means nothing", &http_sha256, 200,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6InBlcmhhcHMiLCJsZXZlbCI6MywibWV0aG9kIjoicG9wdWxhdGlvbiIsInJlZmVyZW5jZSI6IlItMSJ9\",\"signature\":\"CofsZNFuN89NKDwkQeWmThy5EACAPHCzw6KrzULDib8\"}", VERIFY_UNAVAILABLE, 0 },
	{ "a status that is not 200", &http_sha256, 500,
	  "{\"payload\":\"eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwibGV2ZWwiOjMsIm1ldGhvZCI6InBvcHVsYXRpb24iLCJyZWZlcmVuY2UiOiJSLTEifQ\",\"signature\":\"kHOhDM4aHu3Yj_yHTU9x9F-6JwiRa2p5XFOZ6rmhpvE\"}", VERIFY_UNAVAILABLE, 0 },
	{ "no JSON", &http_sha256, 200,
	  "<html>", VERIFY_UNAVAILABLE, 0 },
	{ "an empty body", &http_sha256, 200,
	  "", VERIFY_UNAVAILABLE, 0 },
	{ "a payload that is no base64url", &http_sha256, 200,
	  "{\"payload\":\"a+b=\",\"signature\":\"k7BnesAZKcKGUqOFy5ZNXQsx1lDgCdprwJOokZGb7Ls\"}", VERIFY_UNAVAILABLE, 0 },
	{ "a payload that is no JSON", &http_sha256, 200,
	  "{\"payload\":\"eA\",\"signature\":\"oWOyPY11Lv_EQD1jvtaEIWzUt0PTzRVmLRcBtYDi6u4\"}", VERIFY_UNAVAILABLE, 0 },
	{ "a payload with the same key twice", &http_sha256, 200,
	  "{\"payload\":\"eyJyZXN1bHQiOiJtaXNtYXRjaCIsIm5vbmNlIjogIkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCAidGltZXN0YW1wIjogMTc2NzU0MjQwMSwgInJlc3VsdCI6ICJtYXRjaCIsICJsZXZlbCI6IDMsICJtZXRob2QiOiAicG9wdWxhdGlvbiIsICJyZWZlcmVuY2UiOiAiUi0xIn0\",\"signature\":\"jzRmaI4rlc0BWAMq7tBU6J6NPJb69vdytr8HWhUnUpg\"}", VERIFY_UNAVAILABLE, 0 },
};

START_TEST(http_reads)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(8192);
	struct verify_reply reply = { .status = http_rows[_i].status, .body = span_of(http_rows[_i].body) };
	struct verify_answer answer;

	ck_assert_int_eq(named("http")->read(http_rows[_i].options, &person, &reply, arena, &answer), 0);
	ROW_INT(http_rows[_i].name, answer.outcome, http_rows[_i].outcome);
	ROW_INT(http_rows[_i].name, answer.level, http_rows[_i].level);
	if (answer.outcome == VERIFY_MATCH && answer.level) {
		ROW_SPAN(http_rows[_i].name, answer.method, SPAN("population"));
		ROW_SPAN(http_rows[_i].name, answer.evidence, SPAN("R-1"));
	}
}
END_TEST

/* What is told of a unit. Payloads and signatures as Python computed them. */
static const struct {
	const char *name, *payload, *signature;
	enum verify_outcome outcome;
	size_t n;
} fact_rows[] = {
	{ "what is registered",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsibmFtZSI6IuafkOWFrOWPuCIsInVzY2MiOiI5MTM1MDEwME0wMDAxMDBZNDMiLCJhZGRyZXNzIjoiIn19",
	  "_dyfyDBf5z1u862JO4tqDz7CbFLynaxVU5zwa0kkhYc", VERIFY_MATCH, 3 },
	{ "of another unit",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsibmFtZSI6IuafkOWFrOWPuCIsInVzY2MiOiI5MTExMDEwOE1BMDFFVDg4WEwifX0",
	  "dH_I6pe8ZOGcnQ5ec-1DkfY47Pkm5c6AP2sgbAZV8CU", VERIFY_UNAVAILABLE, 0 },
	{ "a match without facts",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIn0",
	  "I1p6srzg1rgEC4U9HZHWNceX9WfZOnkut8aWyREctqY", VERIFY_UNAVAILABLE, 0 },
	{ "a match with an empty object",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnt9fQ",
	  "QS3fNQ55U5HY_LWkDvW_bUPfWOnpLLbkIpPK3-hPTIU", VERIFY_UNAVAILABLE, 0 },
	{ "facts in a list",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOlsibmFtZSJdfQ",
	  "MC-Q1NaVyB9zOgemsOrri-Eza2Zs4IMm77tdEMp6RzU", VERIFY_UNAVAILABLE, 0 },
	{ "a fact that is a number",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsibmFtZSI6MX19",
	  "cCW8oXN4Vp1lDNCMyqSvS_TR6VAQz6oCAP_RiddlZ1M", VERIFY_UNAVAILABLE, 0 },
	{ "one good fact and one that is none",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsibmFtZSI6ImEiLCJ0eXBlIjpudWxsfX0",
	  "w-H5JcSmk6C3H4LsBPVIWXiB974noxmLbuXLliX6-Os", VERIFY_UNAVAILABLE, 0 },
	{ "a fact of several lines",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsibmFtZSI6ImFcbmIifX0",
	  "iFOhDL-D_gTSkqhpkNHaBnLD8so3yGo3Kl37R_ynGfM", VERIFY_UNAVAILABLE, 0 },
	{ "a fact without a name",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsiIjoieCJ9fQ",
	  "k-Nbugtklv72RIlqw6npgqnHH8BEqeraal_e_e8J82A", VERIFY_UNAVAILABLE, 0 },
	{ "a code that is not known, with facts all the same",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1pc21hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsibmFtZSI6ImEifX0",
	  "78-4r_7OEqOCR9CL66ODHUTiJR5Xq13AxKY4_v0ISL0", VERIFY_MISMATCH, 0 },
	{ "thirty-two facts",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsiYTAiOiJ4IiwiYTEiOiJ4IiwiYTIiOiJ4IiwiYTMiOiJ4IiwiYTQiOiJ4IiwiYTUiOiJ4IiwiYTYiOiJ4IiwiYTciOiJ4IiwiYTgiOiJ4IiwiYTkiOiJ4IiwiYTEwIjoieCIsImExMSI6IngiLCJhMTIiOiJ4IiwiYTEzIjoieCIsImExNCI6IngiLCJhMTUiOiJ4IiwiYTE2IjoieCIsImExNyI6IngiLCJhMTgiOiJ4IiwiYTE5IjoieCIsImEyMCI6IngiLCJhMjEiOiJ4IiwiYTIyIjoieCIsImEyMyI6IngiLCJhMjQiOiJ4IiwiYTI1IjoieCIsImEyNiI6IngiLCJhMjciOiJ4IiwiYTI4IjoieCIsImEyOSI6IngiLCJhMzAiOiJ4IiwiYTMxIjoieCJ9fQ",
	  "D2-CUY-CwlqnRoZYSNYs7X_2Q490Xz_LrLkle8RgixI", VERIFY_MATCH, 32 },
	{ "thirty-three facts",
	  "eyJub25jZSI6IkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJ0aW1lc3RhbXAiOjE3Njc1NDI0MDEsInJlc3VsdCI6Im1hdGNoIiwicmVmZXJlbmNlIjoiUi0xIiwiZmFjdHMiOnsiYTAiOiJ4IiwiYTEiOiJ4IiwiYTIiOiJ4IiwiYTMiOiJ4IiwiYTQiOiJ4IiwiYTUiOiJ4IiwiYTYiOiJ4IiwiYTciOiJ4IiwiYTgiOiJ4IiwiYTkiOiJ4IiwiYTEwIjoieCIsImExMSI6IngiLCJhMTIiOiJ4IiwiYTEzIjoieCIsImExNCI6IngiLCJhMTUiOiJ4IiwiYTE2IjoieCIsImExNyI6IngiLCJhMTgiOiJ4IiwiYTE5IjoieCIsImEyMCI6IngiLCJhMjEiOiJ4IiwiYTIyIjoieCIsImEyMyI6IngiLCJhMjQiOiJ4IiwiYTI1IjoieCIsImEyNiI6IngiLCJhMjciOiJ4IiwiYTI4IjoieCIsImEyOSI6IngiLCJhMzAiOiJ4IiwiYTMxIjoieCIsImEzMiI6IngifX0",
	  "Cxt_spnu-trkhirPdZDASq7C6Ur3yZoxXdsZ7xCzccs", VERIFY_UNAVAILABLE, 0 },
};

static struct verify_reply fact_reply(int i, struct arena *arena)
{
	char *body = arena_printf(arena, "{\"payload\":\"%s\",\"signature\":\"%s\"}", fact_rows[i].payload, fact_rows[i].signature);

	return (struct verify_reply){ .status = 200, .body = span_of(body) };
}

START_TEST(http_tells_facts)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
	struct verify_reply reply = fact_reply(_i, arena);
	struct verify_answer answer;

	ck_assert_int_eq(named("http")->read(&http_sha256, &unit_facts, &reply, arena, &answer), 0);
	ROW_INT(fact_rows[_i].name, answer.outcome, fact_rows[_i].outcome);
	ROW_INT(fact_rows[_i].name, answer.n_facts, fact_rows[_i].n);
	if (_i == 0) {
		ROW_SPAN("column", answer.facts[0].column, SPAN("name"));
		ROW_SPAN("value", answer.facts[0].value, SPAN("某公司"));
	}
	ck_assert_int_eq(named("http")->read(&http_sha256, &unit, &reply, arena, &answer), 0);
	ROW_INT("who is asked for a match is told no facts", answer.n_facts, 0);
}
END_TEST

START_TEST(memory_fails_while_facts_are_read)
{
	for (unsigned long k = 1;; k++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(16384);
		struct verify_reply reply = fact_reply(0, arena);
		struct verify_answer answer;

		arena_fail_at(k);
		int read = named("http")->read(&http_sha256, &unit_facts, &reply, arena, &answer);
		arena_fail_at(0);
		ck_assert(read == 0 || read == FAULT_MEMORY);
		if (!read)
			break;
	}
}
END_TEST

START_TEST(http_without_an_answer)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct verify_answer answer;

	ck_assert_int_eq(named("http")->read(&http_sha256, &person, &(struct verify_reply){ .error = FAULT_TIMEOUT }, arena, &answer), 0);
	ck_assert_int_eq(answer.outcome, VERIFY_UNAVAILABLE);
}
END_TEST

START_TEST(memory_fails_anywhere)
{
	for (size_t i = 0; i < ARRAY_LEN(http_rows); i++)
		for (unsigned long k = 1;; k++) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(8192);
			struct verify_reply reply = { .status = http_rows[i].status, .body = span_of(http_rows[i].body) };
			struct verify_answer answer;
			struct verify_ask ask;

			arena_fail_at(k);
			int asked = named("http")->ask(http_rows[i].options, &person, arena, &ask);
			int read = named("http")->read(http_rows[i].options, &person, &reply, arena, &answer);
			arena_fail_at(0);
			ck_assert((asked == 0 || asked == FAULT_MEMORY) && (read == 0 || read == FAULT_MEMORY));
			if (!asked && !read)
				break;
		}
}
END_TEST

int main(void)
{
	return suite_run("providers/verify",
			 (struct suite_test[]){ SUITE_ONCE(csv_asks), SUITE_LOOP(csv_reads, ARRAY_LEN(csv_rows)), SUITE_ONCE(csv_is_not_there), SUITE_ONCE(csv_tells_facts), SUITE_ONCE(http_asks),
						SUITE_LOOP(http_reads, ARRAY_LEN(http_rows)), SUITE_LOOP(http_tells_facts, ARRAY_LEN(fact_rows)), SUITE_ONCE(memory_fails_while_facts_are_read),
						SUITE_ONCE(http_without_an_answer), SUITE_ONCE(memory_fails_anywhere),
						SUITE_END });
}
