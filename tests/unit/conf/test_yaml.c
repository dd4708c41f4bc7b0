/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "conf/yaml.h"
#include "tests/unit/conf/printed.h"

static const struct {
	const char *name, *text, *want;
} bad[] = {
	{ "a scalar may not be an alias, and the rest is still read", "a: &x 1\nb: *x\n",
	  "t:1:4: anchors (&name) are not allowed\nt:2:4: aliases (*name) are not allowed\n" },
	{ "an anchor on a map is refused", "a: &x {b: 1}\n", "t:1:4: anchors (&name) are not allowed\n" },
	{ "a tag is refused, also the harmless one", "a: !!str 1\nb: !x [1]\n",
	  "t:1:4: tags (!name) are not allowed\nt:2:4: tags (!name) are not allowed\n" },
	{ "a second document is refused", "a: 1\n---\nb: 2\n", "t:2:1: a second document (---) is not allowed\n" },
	{ "a duplicate key is refused where it stands again", "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n",
	  "t:4:3: the key \"c\" stands here twice\nt:5:1: the key \"a\" stands here twice\n" },
	{ "a key must be plain text", "? [a]\n: 1\n", "t:1:3: a key must be plain text\n" },
	{ "an alias as a key ends the file", "*x : 1\n", "t:1:1: aliases (*name) are not allowed\n" },
	{ "a NUL in an escape is refused", "a: \"x\\0y\"\n", "t:1:4: the text is not UTF-8, or holds a NUL\n" },
	{ "a tab as indentation is a syntax error with its place", "a:\n\tb: 1\n",
	  "t:2:1: while scanning for the next token: found character that cannot start any token\n" },
	{ "an unclosed quote names where it was found", "a: \"x\n",
	  "t:2:1: while scanning a quoted scalar: found unexpected end of stream\n" },
	{ "nesting has a limit", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", "t:1:17: nested too deeply\n" },
	{ "include is only for files", "include: x\n", "t:1:1: \"include\" is only for files\n" },
	{ "bytes that are no UTF-8 are refused", "a: \xff\n", "t:1:4: invalid leading UTF-8 octet\n" },
	{ "UTF-16 is not understood", "\xff\xfe" "a", "t:1:1: invalid leading UTF-8 octet\n" },
};

START_TEST(refuses)
{
	struct yaml_node *root;

	printed_begin();
	ROW_INT(bad[_i].name, yaml_read(span_of(bad[_i].text), "t", arena, &problems, &root), ERR_CONFIG);
	ROW_SPAN(bad[_i].name, printed(), span_of(bad[_i].want));
	printed_end();
}
END_TEST

START_TEST(reads)
{
	struct yaml_node *root;

	printed_begin();
	ck_assert_int_eq(yaml_read(SPAN("norway: no\nempty:\nquoted: ''\nlist:\n  - a\n  - {b: 1.0}\n"), "t", arena, &problems,
	    &root), 0);
	ROW_INT("children", root->n, 4);
	ROW_SPAN("no stays no", yaml_get(root, "norway")->scalar, SPAN("no"));
	ROW_INT("line of a value", yaml_get(root, "norway")->place.line, 1);
	ROW_INT("column of a value", yaml_get(root, "norway")->place.column, 9);
	ROW_TRUE("no value", yaml_get(root, "empty")->is_empty);
	ROW_TRUE("an empty value is a value", !yaml_get(root, "quoted")->is_empty);
	ROW_SPAN("1.0 stays 1.0", yaml_get(yaml_get(root, "list")->last, "b")->scalar, SPAN("1.0"));
	ROW_TRUE("absent", !yaml_get(root, "nothing"));
	ROW_INT("place of what is absent is the map's", yaml_place(root, "nothing").line, 1);
	printed_end();
}
END_TEST

static const struct {
	const char *name, *key, *value, *want;
} sets[] = {
	{ "a scalar is replaced", "a.b", "2", "" },
	{ "maps on the way are made", "x.y.z", "2", "" },
	{ "an id picks the map of a list", "l.one.v", "2", "" },
	{ "a list in brackets is YAML", "a.b", "[1, 2]", "" },
	{ "an id that is not there is an error", "l.two.v", "2", "--set: there is nothing of that name to set\n" },
	{ "a path through a scalar is an error", "s.t", "2", "--set: there is nothing of that name to set\n" },
	{ "an empty step is an error", "a..b", "2", "--set: there is nothing of that name to set\n" },
	{ "bad YAML in brackets is an error", "a.b", "[1",
	  "--set:2:1: while parsing a flow sequence: did not find expected ',' or ']'\n" },
};

START_TEST(overrides)
{
	struct yaml_node *root;

	printed_begin();
	ck_assert_int_eq(yaml_read(SPAN("a: {b: 1}\ns: 1\nl: [{id: one, v: 1}]\n"), "t", arena, &problems, &root), 0);
	int result = yaml_set(root, span_of(sets[_i].key), span_of(sets[_i].value), "--set", arena, &problems);
	ROW_INT(sets[_i].name, result, *sets[_i].want ? ERR_CONFIG : 0);
	ROW_SPAN(sets[_i].name, printed(), span_of(sets[_i].want));
	if (_i == 0)
		ROW_SPAN(sets[_i].name, yaml_get(yaml_get(root, "a"), "b")->scalar, SPAN("2"));
	if (_i == 1)
		ROW_SPAN(sets[_i].name, yaml_get(yaml_get(yaml_get(root, "x"), "y"), "z")->scalar, SPAN("2"));
	if (_i == 2)
		ROW_SPAN(sets[_i].name, yaml_get(yaml_get(root, "l")->first, "v")->scalar, SPAN("2"));
	if (_i == 3)
		ROW_INT(sets[_i].name, yaml_get(yaml_get(root, "a"), "b")->n, 2);
	printed_end();
}
END_TEST

static const struct {
	const char *name, *main_text, *other, *want;
} includes[] = {
	{ "maps merge, lists are joined", "include: sub/o.yaml\na: {x: 1}\nl: [1]\n", "a: {y: 2}\nl: [2]\nz: 3\n", "" },
	{ "a list of files", "include: [sub/o.yaml]\n", "z: 3\n", "" },
	{ "the same scalar twice names both places", "z: 1\ninclude: sub/o.yaml\n", "z: 3\n",
	  "sub/o.yaml:1:1: \"z\" is already set at main.yaml:1:1\n" },
	{ "a list over a map is no merge", "a: {x: 1}\ninclude: sub/o.yaml\n", "a: [1]\n",
	  "sub/o.yaml:1:1: \"a\" is already set at main.yaml:1:1\n" },
	{ "an absolute name is refused", "include: /etc/hostname\n", "",
	  "main.yaml:1:10: an included file is named relative to this one\n" },
	{ "a way out by dots is refused", "include: ../outside.yaml\n", "",
	  "main.yaml:1:10: cannot include \"../outside.yaml\": it lies outside the directory of this file\n" },
	{ "a way out by a symbolic link is refused", "include: link.yaml\n", "",
	  "main.yaml:1:10: cannot include \"link.yaml\": it lies outside the directory of this file\n" },
	{ "an included file is held to its own directory", "include: sub/o.yaml\n", "include: ../z.yaml\n",
	  "sub/o.yaml:1:10: cannot include \"../z.yaml\": it lies outside the directory of this file\n" },
	{ "a missing file is named", "include: [none.yaml]\n", "", "main.yaml:1:11: cannot include \"none.yaml\": no such file\n" },
	{ "a directory is no file", "include: {a: b}\n", "",
	  "main.yaml:1:10: \"include\" takes a file name or a list of file names\n" },
	{ "a file that includes itself stops", "include: main.yaml\n", "",
	  "main.yaml:1:10: too many includes, or too deep (at most 4 deep, 256 in all)\n" },
	{ "an included list is no configuration", "include: sub/o.yaml\n", "- a\n",
	  "sub/o.yaml:1:1: a configuration is a map: \"key: value\" lines\n" },
	{ "an error in an included file bears its name", "include: sub/o.yaml\n", "a: *b\n",
	  "sub/o.yaml:1:4: aliases (*name) are not allowed\n" },
	{ "an empty included file is fine", "include: sub/o.yaml\nz: 3\n", "# nothing\n", "" },
};

START_TEST(include)
{
	struct yaml_node *root;
	struct span got;

	printed_begin();
	printed_in_temporary_directory();
	printed_file("outside.yaml", "z: 1\n", 0600);
	ck_assert_int_eq(sys_make_dir("work/sub"), 0);
	ck_assert_int_eq(chdir("work"), 0);
	ck_assert_int_eq(symlink("../outside.yaml", "link.yaml"), 0);
	printed_file("z.yaml", "z: 1\n", 0600);
	printed_file("main.yaml", includes[_i].main_text, 0600);
	printed_file("sub/o.yaml", includes[_i].other, 0600);
	int result = yaml_read_file("main.yaml", arena, &problems, &root);
	got = printed();
	ROW_SPAN(includes[_i].name, got, span_of(includes[_i].want));
	ROW_INT(includes[_i].name, result, *includes[_i].want ? ERR_CONFIG : 0);
	if (_i == 0) {
		ROW_INT("merged", yaml_get(root, "a")->n, 2);
		ROW_INT("joined", yaml_get(root, "l")->n, 2);
		ROW_SPAN("taken over", yaml_get(root, "z")->scalar, SPAN("3"));
		ROW_TRUE("include itself is gone", !yaml_get(root, "include"));
	}
	printed_end();
}
END_TEST

START_TEST(bounds)
{
	struct yaml_node *root;

	printed_begin();
	/* 1025 keys in one map, and more values than any configuration has */
	char *text = malloc(4 * 1024 * 1024), *at = text;
	for (int i = 0; i < 1025; i++)
		at += sprintf(at, "k%d: 1\n", i);
	ck_assert_int_eq(yaml_read((struct span){ text, (size_t)(at - text) }, "t", arena, &problems, &root), ERR_CONFIG);
	ROW_SPAN("keys of one map", printed(), SPAN("t:1025:1: more than 1024 keys in one map\n"));
	problems = (struct problems){ .arena = arena };
	at = text;
	for (int i = 0; i <= YAML_NODES_MAX; i++)
		at += sprintf(at, "- 1\n");
	ck_assert_int_eq(yaml_read((struct span){ text, (size_t)(at - text) }, "t", arena, &problems, &root), ERR_CONFIG);
	ROW_SPAN("values in all", printed(), SPAN("t:200000:3: more than 200000 values\n"));
	free(text);
	printed_end();
}
END_TEST

START_TEST(memory)
{
	int result = FAULT_MEMORY;
	struct yaml_node *root = NULL;

	for (unsigned long k = 1; result; k++) {
		ck_assert_uint_lt(k, 1000);
		printed_begin();
		arena_fail_at(k);
		result = yaml_read(SPAN("a: {b: [1, 2], c: x}\nd: e\n"), "t", arena, &problems, &root);
		arena_fail_at(0);
		ROW_TRUE("a failed allocation is a fault, never a smaller tree", result == FAULT_MEMORY || (result == 0 &&
		    root->n == 2));
		printed_end();
	}
}
END_TEST

int main(void)
{
	return suite_run("yaml", (struct suite_test[]){
		SUITE_LOOP(refuses, ARRAY_LEN(bad)), SUITE_ONCE(reads), SUITE_LOOP(overrides, ARRAY_LEN(sets)),
		SUITE_LOOP(include, ARRAY_LEN(includes)), SUITE_ONCE(bounds), SUITE_ONCE(memory), SUITE_END });
}
