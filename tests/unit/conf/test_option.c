/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "conf/option_value.h"
#include "tests/unit/conf/printed.h"

struct inner {
	int64_t number;
};

struct item {
	struct span id;
	int64_t number;
};

struct variant_a {
	struct span where;
};

struct all {
	struct span string, path, pem;
	struct secret secret;
	bool flag;
	int64_t number, size, duration;
	int choice;
	struct option_list list, sorted;
	uint32_t set;
	struct address_list listen;
	struct address_blocks blocks;
	struct inner group;
	struct option_objects objects;
	struct option_variant_value kind;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

static const struct option inner_rows[] = {
	{ "number", OPTION_INT, offsetof(struct inner, number), .def = "7", .min = 1, .max = 9, .doc = "",
	  .flags = OPTION_RESTART },
	{ 0 },
};

static const struct option item_rows[] = {
	{ "id", OPTION_STRING, offsetof(struct item, id), .min = 1, .max = 10, .doc = "",
	  .flags = OPTION_REQUIRED | OPTION_UNIQUE },
	{ "number", OPTION_INT, offsetof(struct item, number), .def = "3", .doc = "" },
	{ 0 },
};

static const struct option a_rows[] = {
	{ "where", OPTION_STRING, offsetof(struct variant_a, where), .min = 1, .max = 10, .doc = "", .flags = OPTION_REQUIRED },
	{ 0 },
};

static void check_a(const void *options, const struct yaml_node *map, struct problems *to)
{
	if (span_is(((const struct variant_a *)options)->where, "nowhere"))
		problem_add(to, yaml_place(map, "where"), "nowhere is no place");
}

static const struct option_variant variant_a = { "a", "", a_rows, sizeof(struct variant_a), check_a };
static const struct option_variant variant_b = { "b", "", (const struct option[]){ { 0 } }, 0, NULL };
static const struct option_variant *const variants[] = { &variant_a, &variant_b, NULL };
static const struct option_registry registries[] = { { variants } };

#define ROW(type, name, ...) { #name, type, offsetof(struct all, name), .doc = "", __VA_ARGS__ }
static const struct option rows[] = {
	ROW(OPTION_STRING, string, .def = "hello", .max = 10, .flags = OPTION_RESTART),
	ROW(OPTION_PATH, path),
	ROW(OPTION_STRING, pem, .flags = OPTION_FILE),
	ROW(OPTION_SECRET, secret, .min = 4, .max = 40),
	ROW(OPTION_BOOL, flag, .def = "true"),
	ROW(OPTION_INT, number, .def = "5", .min = 1, .max = 64),
	ROW(OPTION_SIZE, size, .def = "16KiB", .min = 1024, .max = 1048576),
	ROW(OPTION_DURATION, duration, .def = "60s", .max = 30 * MS_DAY),
	ROW(OPTION_ENUM, choice, .def = "green", .values = colours),
	ROW(OPTION_LIST, list, .max = 3),
	ROW(OPTION_LIST, sorted, .def = "c, a, b", .flags = OPTION_SORTED),
	ROW(OPTION_SET, set, .def = "red, blue", .values = colours, .min = 1, .max = 3),
	ROW(OPTION_ADDRESSES, listen, .def = "127.0.0.1:1"),
	ROW(OPTION_BLOCKS, blocks, .def = "unix, 10.0.0.0/8"),
	ROW(OPTION_GROUP, group, .sub = inner_rows),
	ROW(OPTION_OBJECTS, objects, .sub = item_rows, .size = sizeof(struct item)),
	ROW(OPTION_VARIANT, kind, .registry = 0),
	{ 0 },
};

static int parse(const char *text, struct all *all)
{
	struct yaml_node *root = NULL;
	struct option_context context = { arena, arena, &problems, registries, 1 };

	TRY(yaml_read(span_of(text), "t", arena, &problems, &root));
	return option_parse(rows, root, all, &context);
}

static const struct {
	const char *name, *text, *want;
} bad[] = {
	{ "an unknown key is named with what is near", "nmuber: 1\n",
	  "t:1:1: unknown key \"nmuber\" (did you mean \"number\"?)\n" },
	{ "nothing is guessed where nothing is near", "elephant: 1\n", "t:1:1: unknown key \"elephant\"\n" },
	{ "an unknown key in a group names the group", "group:\n  numbr: 1\n",
	  "t:2:3: unknown key \"numbr\" in \"group\" (did you mean \"number\"?)\n" },
	{ "a number out of range", "number: 65\n", "t:1:9: \"number\" must be 1 to 64, not \"65\"\n" },
	{ "a negative number", "number: -1\n", "t:1:9: \"number\" must be a whole number, not \"-1\"\n" },
	{ "a number that overflows", "number: 99999999999999999999\n",
	  "t:1:9: \"number\" must be a whole number, not \"99999999999999999999\"\n" },
	{ "a fraction", "number: 1.5\n", "t:1:9: \"number\" must be a whole number, not \"1.5\"\n" },
	{ "yes is no boolean", "flag: yes\n", "t:1:7: \"flag\" must be true or false, not \"yes\"\n" },
	{ "True is no boolean", "flag: True\n", "t:1:7: \"flag\" must be true or false, not \"True\"\n" },
	{ "a duration without a unit", "duration: 60\n",
	  "t:1:11: \"duration\" must be a duration such as 500ms, 60s, 5m, 8h or 30d, not \"60\"\n" },
	{ "a duration with a foreign unit", "duration: 5min\n",
	  "t:1:11: \"duration\" must be a duration such as 500ms, 60s, 5m, 8h or 30d, not \"5min\"\n" },
	{ "a duration that overflows", "duration: 9223372036854775807d\n",
	  "t:1:11: \"duration\" must be a duration such as 500ms, 60s, 5m, 8h or 30d, not \"9223372036854775807d\"\n" },
	{ "a duration past its limit", "duration: 31d\n", "t:1:11: \"duration\" must be 0 to 30d, not \"31d\"\n" },
	{ "a size below its limit", "size: 1023\n", "t:1:7: \"size\" must be 1KiB to 1MiB, not \"1023\"\n" },
	{ "a size with a foreign unit", "size: 5KB\n",
	  "t:1:7: \"size\" must be a size such as 4096, 16KiB, 1MiB or 2GiB, not \"5KB\"\n" },
	{ "a word that is none of the choices", "choice: gren\n",
	  "t:1:9: \"choice\" must be one of red, green, blue, not \"gren\" (did you mean \"green\"?)\n" },
	{ "each wrong word of a set", "set: [rde, pink, red]\n",
	  "t:1:7: \"set\" must be one of red, green, blue, not \"rde\" (did you mean \"red\"?)\n"
	  "t:1:12: \"set\" must be one of red, green, blue, not \"pink\"\n" },
	{ "a word twice in a set", "set: [red, red]\n", "t:1:12: \"set\" names \"red\" twice\n" },
	{ "an empty set where one is needed", "set: []\n", "t:1:6: \"set\" must be 1 to 3 items\n" },
	{ "a scalar for a list", "list: a\n", "t:1:7: \"list\" must be a list, such as [one, two]\n" },
	{ "a list for a scalar", "string: [a]\n", "t:1:9: \"string\" must be a single value, not a list\n" },
	{ "a map for a scalar", "string: {a: b}\n", "t:1:9: \"string\" must be a single value, not a map\n" },
	{ "a map in a list of strings", "list: [{a: b}]\n", "t:1:8: an item of \"list\" must be plain text\n" },
	{ "a list too long", "list: [a, b, c, d]\n", "t:1:7: \"list\" must be 0 to 3 items\n" },
	{ "an empty item", "list: ['']\n",
	  "t:1:8: an item of \"list\" must not be empty, overlong, or contain control characters\n" },
	{ "a key without a value", "string:\n", "t:1:8: \"string\" has no value\n" },
	{ "a string too long", "string: 01234567890\n", "t:1:9: \"string\" must be 0 to 10 bytes long\n" },
	{ "a line break in a string", "string: \"a\\nb\"\n",
	  "t:1:9: \"string\" must not contain line breaks or other control characters\n" },
	{ "a secret is never printed", "secret: abc\n", "t:1:9: \"secret\" must be 4 to 40 bytes long\n" },
	{ "a host name to listen on", "listen: [localhost:80]\n",
	  "t:1:10: \"listen\" must be an address such as 127.0.0.1:8400, [::1]:8400 or unix:/path, not \"localhost:80\"\n" },
	{ "a block with bits behind its prefix", "blocks: [unix, 10.1.0.0/8]\n",
	  "t:1:16: \"blocks\" must be an address block such as 10.0.0.0/8, ::1 or unix, with zeros behind the prefix, not "
	  "\"10.1.0.0/8\"\n" },
	{ "a list for a group", "group: [1]\n", "t:1:8: \"group\" must be a map: \"key: value\" lines below it\n" },
	{ "an object names itself by its id", "objects:\n  - id: one\n    number: x\n",
	  "t:3:13: \"objects[one].number\" must be a whole number, not \"x\"\n" },
	{ "an object without an id has a number", "objects:\n  - number: 1\n  - id: a\n",
	  "t:2:5: \"objects[1].id\" is missing\n" },
	{ "two objects with one id", "objects:\n  - id: one\n  - id: two\n  - id: one\n",
	  "t:4:9: \"objects\" has two entries with id \"one\" (the other at t:2:9)\n" },
	{ "a scalar among objects", "objects: [a, {id: b}]\n",
	  "t:1:11: an entry of \"objects\" must be a map: \"key: value\" lines\n" },
	{ "a scalar for objects", "objects: a\n", "t:1:10: \"objects\" must be a list of maps\n" },
	{ "an id said twice", "objects:\n  one: {id: two}\n", "t:2:13: \"id\" is already said by the key \"one\"\n" },
	{ "a variant that is not known", "kind: c\nwhere: x\n", "t:1:7: \"kind\" must be one of a, b, not \"c\"\n" },
	{ "a variant without what it requires", "kind: a\n", "t:1:1: \"where\" is missing\n" },
	{ "a key of another variant", "kind: b\nwhere: x\n", "t:2:1: unknown key \"where\"\n" },
	{ "a variant's own check", "kind: a\nwhere: nowhere\n", "t:2:8: nowhere is no place\n" },
	{ "a near key of a variant", "kind: a\nwhere: x\nwhre: y\n", "t:3:1: unknown key \"whre\" (did you mean \"where\"?)\n" },
	{ "several mistakes at once, in order", "flag: 1\nnumber: 0\nzzzzzz: 1\n",
	  "t:1:7: \"flag\" must be true or false, not \"1\"\nt:2:9: \"number\" must be 1 to 64, not \"0\"\nt:3:1: unknown key "
	  "\"zzzzzz\"\n" },
	{ "an escape sequence does not reach the terminal", "choice: \"\\e[31m\"\n",
	  "t:1:9: \"choice\" must be one of red, green, blue, not \"?[31m\"\n" },
	{ "a file form only where the row has one", "string_file: x\n", "t:1:1: unknown key \"string_file\"\n" },
};

START_TEST(refuses)
{
	struct all all = { 0 };

	printed_begin();
	int result = parse(bad[_i].text, &all);
	ROW_SPAN(bad[_i].name, printed(), span_of(bad[_i].want));
	ROW_INT(bad[_i].name, result, ERR_CONFIG);
	ROW_TRUE("what is wrong stays at its default", all.number == 5 && all.flag && all.duration == 60000 && all.size == 16384 &&
		 all.choice == 1 && span_is(all.string, "hello") && all.set == 5);
	printed_end();
}
END_TEST

START_TEST(defaults)
{
	struct all all = { 0 };

	printed_begin();
	ck_assert_int_eq(parse("{}", &all), 0);
	ROW_SPAN("string", all.string, SPAN("hello"));
	ROW_TRUE("bool", all.flag);
	ROW_INT("int", all.number, 5);
	ROW_INT("size", all.size, 16384);
	ROW_INT("duration", all.duration, 60000);
	ROW_INT("enum", all.choice, 1);
	ROW_INT("set", all.set, 5);
	ROW_INT("list", all.list.n, 0);
	ROW_SPAN("sorted list", all.sorted.items[0], SPAN("a"));
	ROW_INT("addresses", all.listen.n, 1);
	ROW_INT("blocks", all.blocks.n, 2);
	ROW_TRUE("first block", all.blocks.items[0].is_unix);
	ROW_INT("group", all.group.number, 7);
	ROW_TRUE("variant", !all.kind.variant);
	printed_end();
}
END_TEST

START_TEST(values)
{
	struct all all = { 0 };

	printed_begin();
	ck_assert_int_eq(parse("string: ''\npath: a/b\npem: \"x\\ny\"\nsecret: geheim\nflag: false\nnumber: 64\nsize: "
	    "1MiB\nduration: 2h\n"
			       "choice: blue\nlist: [b, a]\nsorted: [zz, a, m]\nset: [green]\nlisten: ['[::1]:9', "
			       "'unix:/x']\nblocks: []\n"
			       "group: {number: 9}\nobjects: [{id: one}, {id: two, number: 4}]\nkind: a\nwhere: here\n", &all), 0);
	ROW_SPAN("an empty string is a value", all.string, SPAN(""));
	ROW_SPAN("a path beside a file without a directory", all.path, SPAN("a/b"));
	ROW_SPAN("text that may come from a file has lines", all.pem, SPAN("x\ny"));
	ROW_SPAN("secret", all.secret.bytes, SPAN("geheim"));
	ROW_TRUE("bool", !all.flag);
	ROW_INT("int", all.number, 64);
	ROW_INT("size", all.size, 1048576);
	ROW_INT("duration", all.duration, 2 * MS_HOUR);
	ROW_INT("enum", all.choice, 2);
	ROW_SPAN("a list keeps its order", all.list.items[0], SPAN("b"));
	ROW_TRUE("found in a sorted list", option_list_has(&all.sorted, SPAN("m")) && option_list_has(&all.sorted, SPAN("zz")));
	ROW_TRUE("not found", !option_list_has(&all.sorted, SPAN("z")) && !option_list_has(&all.list, SPAN("c")));
	ROW_TRUE("found in an unsorted list", option_list_has(&all.list, SPAN("a")));
	ROW_INT("set", all.set, 2);
	ROW_INT("addresses", all.listen.items[1].sa.sa_family, AF_UNIX);
	ROW_INT("no blocks", all.blocks.n, 0);
	ROW_INT("group", all.group.number, 9);
	const struct item *items = all.objects.items;
	ROW_INT("objects", all.objects.n, 2);
	ROW_INT("default in an object", items[0].number, 3);
	ROW_INT("value in an object", items[1].number, 4);
	ROW_TRUE("variant", all.kind.variant == &variant_a);
	ROW_SPAN("option of a variant", ((const struct variant_a *)all.kind.options)->where, SPAN("here"));
	printed_end();
}
END_TEST

START_TEST(map_of_objects)
{
	struct all all = { 0 };

	printed_begin();
	ck_assert_int_eq(parse("objects:\n  one:\n    number: 4\n  two: {}\n", &all), 0);
	const struct item *items = all.objects.items;
	ROW_INT("objects", all.objects.n, 2);
	ROW_SPAN("the key is the id", items[0].id, SPAN("one"));
	ROW_INT("value", items[0].number, 4);
	ROW_SPAN("second", items[1].id, SPAN("two"));
	printed_end();
}
END_TEST

START_TEST(commented_out)
{
	struct all all = { 0 };

	printed_begin();
	ck_assert_int_eq(parse("list:\nset:\ngroup:\nobjects:\nlisten:\n", &all), 0);
	ROW_INT("a list without items below it is as if it were not there", all.set, 5);
	ROW_INT("group", all.group.number, 7);
	printed_end();
}
END_TEST

static const struct {
	const char *name, *text, *secret, *want; /* want: problems */
} files[] = {
	{ "a secret file without its line end", "secret_file: s\n", "geheim", "" },
	{ "a missing file", "secret_file: none\n", NULL, "c.yaml:1:14: \"secret_file\": cannot read ./none: no such file\n" },
	{ "both forms", "secret: geheim\nsecret_file: s\n", NULL,
	  "c.yaml:2:1: \"secret\" and \"secret_file\" exclude each other\n" },
	{ "a file that everyone can read", "secret_file: open\n", "geheim",
	  "c.yaml:1:14: warning: \"secret_file\": ./open can be read by everyone\n" },
	{ "an empty file is no secret", "secret_file: empty\n", NULL, "c.yaml:1:14: \"secret\" must be 4 to 40 bytes long\n" },
	{ "a directory", "secret_file: .\n", NULL, "c.yaml:1:14: \"secret_file\": cannot read ./.: see the log\n" },
	{ "no name", "secret_file: ''\n", NULL, "c.yaml:1:14: \"secret_file\" must be the name of a file\n" },
};

START_TEST(secret_files)
{
	struct all all = { 0 };
	struct yaml_node *root;
	struct option_context context = { .problems = &problems };

	printed_begin();
	printed_in_temporary_directory();
	context.arena = context.scratch = arena;
	printed_file("s", "geheim\n", 0600);
	printed_file("open", "geheim\r\n", 0644);
	printed_file("empty", "\n", 0600);
	printed_file("c.yaml", files[_i].text, 0600);
	ck_assert_int_eq(yaml_read_file("./c.yaml", arena, &problems, &root), 0);
	int result = option_parse(rows, root, &all, &context);
	struct span got = printed();
	if (got.n)
		got = (struct span){ got.p + 2, got.n - 2 }; /* ./ */
	ROW_SPAN(files[_i].name, got, span_of(files[_i].want));
	ROW_INT(files[_i].name, result, files[_i].secret ? 0 : ERR_CONFIG);
	if (files[_i].secret)
		ROW_SPAN(files[_i].name, all.secret.bytes, span_of(files[_i].secret));
	printed_end();
}
END_TEST

START_TEST(restart)
{
	struct all a = { 0 }, b = { 0 };
	const char *names[2];

	printed_begin();
	ck_assert_int_eq(parse("number: 1\n", &a), 0);
	ck_assert_int_eq(parse("number: 2\n", &b), 0);
	ROW_INT("a reload may change the number", option_restart_changes(rows, &a, &b, arena, names, 2), 0);
	ck_assert_int_eq(parse("string: x\ngroup: {number: 2}\n", &b), 0);
	ROW_INT("two rows are read at start", option_restart_changes(rows, &a, &b, arena, names, 2), 2);
	ROW_SPAN("top level", span_of(names[0]), SPAN("string"));
	ROW_SPAN("in a group", span_of(names[1]), SPAN("group.number"));
	printed_end();
}
END_TEST

static const struct {
	const char *a, *b;
	size_t limit, want;
} distances[] = {
	{ "kitten", "sitting", 5, 3 }, { "abc", "abc", 2, 0 }, { "abc", "acb", 2, 1 }, { "", "ab", 3, 2 }, { "abcdef", "a", 3, 4 },
	{ "ab", "cd", 1, 2 },
};

START_TEST(distance)
{
	ROW_INT(distances[_i].a, option_distance(span_of(distances[_i].a), span_of(distances[_i].b), distances[_i].limit),
		distances[_i].want);
}
END_TEST

static const struct {
	enum option_type type;
	int64_t value;
	const char *want;
} prints[] = {
	{ OPTION_DURATION, 0, "0" }, { OPTION_DURATION, 1500, "1500ms" }, { OPTION_DURATION, 90000, "90s" }, { OPTION_DURATION,
	  2 * MS_DAY, "2d" },
	{ OPTION_SIZE, 0, "0" }, { OPTION_SIZE, 1000, "1000" }, { OPTION_SIZE, 65536, "64KiB" }, { OPTION_SIZE, INT64_C(1) << 40,
	  "1TiB" },
	{ OPTION_INT, 1024, "1024" },
};

START_TEST(print)
{
	char text[32];

	option_value_print(prints[_i].type, prints[_i].value, text);
	ROW_SPAN("as one would write it", span_of(text), span_of(prints[_i].want));
}
END_TEST

START_TEST(memory)
{
	int result = FAULT_MEMORY;

	for (unsigned long k = 1; result; k++) {
		struct all all = { 0 };

		ck_assert_uint_lt(k, 2000);
		printed_begin();
		arena_fail_at(k);
		result = parse("string: a\npath: b\nlist: [a]\nsorted: [b, a]\nlisten: ['unix:/x']\nblocks: [unix]\nobjects: "
		    "[{id: one}]\nkind: a\n"
			       "where: x\n", &all);
		arena_fail_at(0);
		ROW_TRUE("a failed allocation is a fault", result == FAULT_MEMORY || result == 0);
		printed_end();
	}
}
END_TEST

int main(void)
{
	return suite_run("option", (struct suite_test[]){
		SUITE_LOOP(refuses, ARRAY_LEN(bad)), SUITE_ONCE(defaults), SUITE_ONCE(values), SUITE_ONCE(map_of_objects),
		SUITE_ONCE(commented_out), SUITE_LOOP(secret_files, ARRAY_LEN(files)), SUITE_ONCE(restart),
		SUITE_LOOP(distance, ARRAY_LEN(distances)), SUITE_LOOP(print, ARRAY_LEN(prints)), SUITE_ONCE(memory), SUITE_END });
}
