/* SPDX-License-Identifier: Apache-2.0 */
/* overlays: edits by path, what becomes of the file under them, differences, rebasing, secrets that are never shown */
#include "broker/base/error.h"
#include "conf/config.h"
#include "conf/overlay.h"
#include "tests/unit/conf/printed.h"

#define FILE_NAME "c.yaml"

/* Two kinds of providers with secrets, one gateway with a file. */
struct upstream {
	struct span url, app_id, ca;
	struct secret key, token;
};
static const struct option alpha_rows[] = {
	{ "url", OPTION_STRING, offsetof(struct upstream, url), .def = "https://alpha.example", .doc = "." },
	{ "app_id", OPTION_STRING, offsetof(struct upstream, app_id), .flags = OPTION_REQUIRED, .doc = "." },
	{ "key", OPTION_SECRET, offsetof(struct upstream, key), .flags = OPTION_REQUIRED, .doc = "." },
	{ "ca", OPTION_PATH, offsetof(struct upstream, ca), .doc = "." },
	{ 0 },
};
static const struct option beta_rows[] = {
	{ "url", OPTION_STRING, offsetof(struct upstream, url), .flags = OPTION_REQUIRED, .doc = "." },
	{ "key", OPTION_SECRET, offsetof(struct upstream, key), .doc = "." },
	{ "token", OPTION_SECRET, offsetof(struct upstream, token), .doc = "." },
	{ 0 },
};
static const struct option_variant alpha = { "alpha", ".", alpha_rows, sizeof(struct upstream), NULL };
static const struct option_variant beta = { "beta", ".", beta_rows, sizeof(struct upstream), NULL };
static const struct option_variant *const kinds[] = { &alpha, &beta, NULL };
static const struct option_registry registries[CONFIG_REGISTRIES] = {
	[CONFIG_PROVIDERS] = { kinds }, [CONFIG_SMS_GATEWAYS] = { kinds }, [CONFIG_VERIFIERS] = { kinds },
};

#define HEAD "issuer: https://id.example.cn\n"
#define LIST HEAD "providers:\n- {id: a, type: alpha, app_id: '1', key: file-secret-of-a, title: {zh: 甲}}\n- {id: b, type: beta, url: 'https://b.example'}\n"
#define SMS HEAD "sms: {gateway: alpha, app_id: s, key: file-secret-of-sms, signature: {zh: 一门}}\n"

static json_t *tree_of(const char *text)
{
	json_t *tree;

	ck_assert_int_eq(overlay_read(span_of(text), &tree), 0);
	return tree;
}

static json_t *file_of(const char *text)
{
	json_t *file, *whole;

	printed_file(FILE_NAME, text, 0600);
	struct config_sources sources = { .path = FILE_NAME, .registries = registries };
	ck_assert_int_eq(config_sections(&sources, &problems, &file, &whole), 0);
	json_decref(whole);
	return file;
}

static char *dump(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* "S path value", "T path typed", "F path", "R path"; edits are divided by '|'. */
static int edit(json_t *tree, const json_t *file, const char *text)
{
	struct span rest = span_of(text);

	while (rest.p) {
		struct span one = span_cut(&rest, '|'), what = span_cut(&one, ' '), path = span_cut(&one, ' ');
		enum overlay_do kind = what.p[0] == 'S' ? OVERLAY_SET : what.p[0] == 'T' ? OVERLAY_TYPED : what.p[0] == 'F' ? OVERLAY_FORGET : OVERLAY_REMOVE;

		TRY(overlay_apply(tree, file, &(struct overlay_edit){ kind, path, one.p ? one : SPAN("") }, registries));
	}
	return 0;
}

#define EMPTY "{\"set\":{},\"removed\":[]}"
static const struct {
	const char *name, *file, *tree, *edits;
	int want;
	const char *tree_after;
} edits[] = {
	{ "a value of a group", HEAD, EMPTY, "S branding.name.zh \"一\"", 0, "{\"set\":{\"branding\":{\"name\":{\"zh\":\"一\"}}},\"removed\":[]}" },
	{ "numbers and truth become text", HEAD, EMPTY, "S otp.digits 8|S login.phone_otp false", 0, "{\"set\":{\"otp\":{\"digits\":\"8\"},\"login\":{\"phone_otp\":\"false\"}},\"removed\":[]}" },
	{ "a list", HEAD, EMPTY, "S login.namespaces [\"natural\"]", 0, "{\"set\":{\"login\":{\"namespaces\":[\"natural\"]}},\"removed\":[]}" },
	{ "a list as typed, one a line", HEAD, EMPTY, "T login.namespaces natural\nlegal\n\n", 0, "{\"set\":{\"login\":{\"namespaces\":[\"natural\",\"legal\"]}},\"removed\":[]}" },
	{ "nothing typed forgets", HEAD, "{\"set\":{\"otp\":{\"digits\":\"8\"}},\"removed\":[]}", "T otp.digits ", 0, EMPTY },
	{ "nothing typed for a secret keeps it", HEAD, "{\"set\":{\"mail\":{\"password\":\"x\"}},\"removed\":[]}", "T mail.password ", 0,
	  "{\"set\":{\"mail\":{\"password\":\"x\"}},\"removed\":[]}" },
	{ "an object that is new", HEAD, EMPTY, "S providers.n {\"type\":\"beta\",\"url\":\"https://n.example\",\"key\":\"k\"}", 0,
	  "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"url\":\"https://n.example\",\"key\":\"k\"}}},\"removed\":[]}" },
	{ "an object's id may be said, if it is the same", HEAD, EMPTY, "S providers.n {\"id\":\"n\",\"type\":\"beta\"}", 0,
	  "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\"}}},\"removed\":[]}" },
	{ "another id is refused", HEAD, EMPTY, "S providers.n {\"id\":\"m\",\"type\":\"beta\"}", ERR_MALFORMED, NULL },
	{ "a file's object is copied before its first value changes, without its secrets", LIST, EMPTY, "S providers.a.app_id \"2\"", 0,
	  "{\"set\":{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\",\"title\":{\"zh\":\"甲\"}}}},\"removed\":[]}" },
	{ "an object set whole keeps the secret that it does not name", HEAD, "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"key\":\"k\"}}},\"removed\":[]}",
	  "S providers.n {\"type\":\"beta\",\"url\":\"https://m.example\"}", 0,
	  "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"url\":\"https://m.example\",\"key\":\"k\"}}},\"removed\":[]}" },
	{ "… and the one that it refers to", HEAD, "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"key\":\"k\"}}},\"removed\":[]}",
	  "S providers.n {\"type\":\"beta\",\"key\":{\"secret_ref\":\"providers.n.key\"}}", 0, "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"key\":\"k\"}}},\"removed\":[]}" },
	{ "a secret of another kind of service is not kept", HEAD, "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"key\":\"k\"}}},\"removed\":[]}",
	  "S providers.n {\"type\":\"alpha\",\"app_id\":\"1\"}", 0, "{\"set\":{\"providers\":{\"n\":{\"type\":\"alpha\",\"app_id\":\"1\"}}},\"removed\":[]}" },
	{ "another type drops what only the old one knew", HEAD, "{\"set\":{\"providers\":{\"n\":{\"type\":\"alpha\",\"app_id\":\"1\",\"key\":\"k\",\"enabled\":\"false\"}}},\"removed\":[]}",
	  "S providers.n.type \"beta\"", 0, "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"enabled\":\"false\"}}},\"removed\":[]}" },
	{ "an object of the file is taken away", LIST, EMPTY, "R providers.a", 0, "{\"set\":{},\"removed\":[\"providers.a\"]}" },
	{ "… once", LIST, EMPTY, "R providers.a|R providers.a", 0, "{\"set\":{},\"removed\":[\"providers.a\"]}" },
	{ "… and comes back when it is set", LIST, "{\"set\":{},\"removed\":[\"providers.a\"]}", "S providers.a.app_id \"3\"", 0,
	  "{\"set\":{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"3\",\"title\":{\"zh\":\"甲\"}}}},\"removed\":[]}" },
	{ "… or forgotten", LIST, "{\"set\":{},\"removed\":[\"providers.a\"]}", "F providers.a", 0, EMPTY },
	{ "an object of the overlay goes for good", HEAD, "{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\"}}},\"removed\":[]}", "R providers.n", 0, EMPTY },
	{ "what is not there cannot be taken away", HEAD, EMPTY, "R providers.n", ERR_NOT_FOUND, NULL },
	{ "forgetting a value of an object restores the file's", LIST, EMPTY, "S providers.a.app_id \"2\"|F providers.a.app_id", 0,
	  "{\"set\":{\"providers\":{\"a\":{\"type\":\"alpha\",\"title\":{\"zh\":\"甲\"},\"app_id\":\"1\"}}},\"removed\":[]}" },
	{ "forgetting what was never said is fine", LIST, EMPTY, "F providers.a.app_id|F otp.digits|F providers.zz", 0, EMPTY },
	{ "an id with a dot stands in brackets", HEAD, EMPTY, "S clients[a.b].name.zh \"x\"", 0, "{\"set\":{\"clients\":{\"a.b\":{\"name\":{\"zh\":\"x\"}}}},\"removed\":[]}" },
	{ "what is not managed is not found", HEAD, EMPTY, "S store.quota \"1GiB\"", ERR_NOT_FOUND, NULL },
	{ "… nor the issuer", HEAD, EMPTY, "S issuer \"https://x\"", ERR_NOT_FOUND, NULL },
	{ "… nor who has to look", HEAD, EMPTY, "S review.four_eyes []", ERR_NOT_FOUND, NULL },
	{ "names of files are the file's", HEAD, EMPTY, "S branding.templates_dir \"/etc\"", ERR_FORBIDDEN, NULL },
	{ "… in objects, too", HEAD, EMPTY, "S providers.n {\"type\":\"alpha\",\"ca\":\"/etc/shadow\"}", ERR_FORBIDDEN, NULL },
	{ "… and of secrets", HEAD, EMPTY, "S mail.password_file \"/etc/shadow\"", ERR_FORBIDDEN, NULL },
	{ "… inside of objects", HEAD, EMPTY, "S clients.c {\"secret_file\":\"/etc/shadow\"}", ERR_FORBIDDEN, NULL },
	{ "a path that leads nowhere", HEAD, EMPTY, "S otp.nothing \"1\"", ERR_NOT_FOUND, NULL },
	{ "a path through a value", HEAD, EMPTY, "S otp.digits.more \"1\"", ERR_NOT_FOUND, NULL },
	{ "no path", HEAD, EMPTY, "S . \"1\"", ERR_NOT_FOUND, NULL },
	{ "a bracket that does not end", HEAD, EMPTY, "S clients[a \"1\"", ERR_NOT_FOUND, NULL },
	{ "no JSON", HEAD, EMPTY, "S otp.digits 8x", ERR_MALFORMED, NULL },
	{ "a number with a point is no value", HEAD, EMPTY, "S otp.digits 8.5", ERR_MALFORMED, NULL },
	{ "a map where text belongs", HEAD, EMPTY, "S otp.digits {}", ERR_MALFORMED, NULL },
	{ "text where a map belongs", HEAD, EMPTY, "S branding.name \"x\"", ERR_MALFORMED, NULL },
	{ "null says nothing again", HEAD, "{\"set\":{\"otp\":{\"digits\":\"8\"}},\"removed\":[]}", "S otp.digits null", 0, EMPTY },
	{ "null of a secret means none, in spite of the file", SMS, EMPTY, "S sms.key null", 0, "{\"set\":{\"sms\":{\"key\":null}},\"removed\":[]}" },
	{ "a group's variant is the file's where the overlay names none", SMS, EMPTY, "S sms.app_id \"t\"", 0, "{\"set\":{\"sms\":{\"app_id\":\"t\"}},\"removed\":[]}" },
	{ "a list of objects with ids becomes objects", HEAD, EMPTY, "S uploads.u.slots [{\"id\":\"s\",\"max_count\":2}]", 0,
	  "{\"set\":{\"uploads\":{\"u\":{\"slots\":{\"s\":{\"max_count\":\"2\"}}}}},\"removed\":[]}" },
	{ "a template of a slot is a file", HEAD, EMPTY, "S uploads.u.slots [{\"id\":\"s\",\"template\":\"/etc/shadow\"}]", ERR_FORBIDDEN, NULL },
};

START_TEST(edited)
{
	JSON *tree = tree_of(edits[_i].tree), *file = NULL;

	printed_begin();
	printed_in_temporary_directory();
	file = file_of(edits[_i].file);
	ROW_INT(edits[_i].name, edit(tree, file, edits[_i].edits), edits[_i].want);
	if (edits[_i].tree_after) {
		char *got = dump(tree);

		ROW_SPAN(edits[_i].name, span_of(got), span_of(edits[_i].tree_after));
		free(got);
	}
	printed_end();
}
END_TEST

/* ---- what becomes of the file */

static const struct {
	const char *name, *file, *tree;
	const char *whole;    /* sections that are looked at, as JSON; NULL: refused */
	const char *problems;
} merges[] = {
	{ "an empty overlay changes nothing", LIST, EMPTY,
	  "{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"1\",\"key\":\"file-secret-of-a\",\"title\":{\"zh\":\"甲\"}},\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"}}}", "" },
	{ "an object takes the file's place and keeps its secret", LIST, "{\"set\":{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\"}}},\"removed\":[]}",
	  "{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\",\"key\":\"file-secret-of-a\"},\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"}}}", "" },
	{ "… but not one of another kind", LIST, "{\"set\":{\"providers\":{\"a\":{\"type\":\"beta\",\"url\":\"https://evil.example\"}}},\"removed\":[]}",
	  "{\"providers\":{\"a\":{\"type\":\"beta\",\"url\":\"https://evil.example\"},\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"}}}", "" },
	{ "null takes the file's secret away", LIST, "{\"set\":{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\",\"key\":null}}},\"removed\":[]}", NULL,
	  "console version 7, providers.a: \"providers[a].key\" is missing\n" },
	{ "an object is taken away", LIST, "{\"set\":{},\"removed\":[\"providers.a\"]}", "{\"providers\":{\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"}}}", "" },
	{ "what is gone from the file need not be taken away", HEAD, "{\"set\":{},\"removed\":[\"providers.a\"]}", "{}", "" },
	{ "a new object stands at the end", LIST, "{\"set\":{\"providers\":{\"c\":{\"type\":\"beta\",\"url\":\"https://c.example\"}}},\"removed\":[\"providers.a\"]}",
	  "{\"providers\":{\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"},\"c\":{\"type\":\"beta\",\"url\":\"https://c.example\"}}}", "" },
	{ "a group's keys replace the file's one by one", SMS, "{\"set\":{\"sms\":{\"app_id\":\"t\"}},\"removed\":[]}",
	  "{\"sms\":{\"gateway\":\"alpha\",\"key\":\"file-secret-of-sms\",\"signature\":{\"zh\":\"一门\"},\"app_id\":\"t\"}}", "" },
	{ "another gateway drops the file's options", SMS, "{\"set\":{\"sms\":{\"gateway\":\"beta\",\"url\":\"https://g.example\"}},\"removed\":[]}",
	  "{\"sms\":{\"signature\":{\"zh\":\"一门\"},\"gateway\":\"beta\",\"url\":\"https://g.example\"}}", "" },
	{ "a mistake is named by its path", HEAD, "{\"set\":{\"otp\":{\"digits\":\"99\"}},\"removed\":[]}", NULL,
	  "console version 7, otp.digits: \"otp.digits\" must be 6 to 8, not \"99\"\n" },
	{ "an unknown key, too", HEAD, "{\"set\":{\"otp\":{\"digit\":\"6\"}},\"removed\":[]}", NULL,
	  "console version 7, otp.digit: unknown key \"digit\" in \"otp\" (did you mean \"digits\"?)\n" },
	{ "what is not managed is refused, whoever wrote the tree", HEAD, "{\"set\":{\"issuer\":\"https://x.example\"},\"removed\":[]}", NULL,
	  "console version 7, issuer: \"issuer\" is not managed here: it belongs to the configuration file\n" },
	{ "a path of the machine is refused, whoever wrote the tree", HEAD, "{\"set\":{\"branding\":{\"templates_dir\":\"/etc\"}},\"removed\":[]}", NULL,
	  "console version 7, branding.templates_dir: \"templates_dir\" is set in the configuration file only\n" },
	{ "a secret's file is refused, whoever wrote the tree", HEAD, "{\"set\":{\"mail\":{\"password_file\":\"/etc/shadow\"}},\"removed\":[]}", NULL,
	  "console version 7, mail.password_file: \"password_file\" is set in the configuration file only\n" },
	{ "… also where nobody knows of what kind it is", HEAD, "{\"set\":{\"providers\":{\"x\":{\"type\":\"gamma\",\"key_file\":\"/etc/shadow\"}}},\"removed\":[]}", NULL,
	  "console version 7, providers.x.key_file: \"key_file\" is set in the configuration file only\n"
	  "console version 7, providers.x.type: \"providers[x].type\" must be one of alpha, beta, not \"gamma\"\n" },
};

START_TEST(merged)
{
	JSON *tree = tree_of(merges[_i].tree), *file = NULL, *whole = NULL;
	struct overlay overlay = { 7, tree };
	struct config_sources sources = { .path = FILE_NAME, .registries = registries, .overlay = &overlay };
	const struct config *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, merges[_i].file, 0600);
	ROW_INT(merges[_i].name, config_load(&sources, &problems, &config), merges[_i].whole ? 0 : ERR_CONFIG);
	ROW_SPAN(merges[_i].name, printed(), span_of(merges[_i].problems));
	config_unref(config);
	if (merges[_i].whole) {
		ck_assert_int_eq(config_sections(&sources, &problems, &file, &whole), 0);
		char *got = dump(whole);
		ROW_SPAN(merges[_i].name, span_of(got), span_of(merges[_i].whole));
		free(got);
	}
	printed_end();
}
END_TEST

/* ---- differences and rebasing */

static json_t *whole_of(const json_t *tree)
{
	struct overlay overlay = { 7, tree };
	struct config_sources sources = { .path = FILE_NAME, .registries = registries, .overlay = &overlay };
	json_t *file, *whole;

	ck_assert_int_eq(config_sections(&sources, &problems, &file, &whole), 0);
	json_decref(file);
	return whole;
}

static struct span changes_text(const struct overlay_changes *changes)
{
	struct buf buf = buf_new(arena, 256);
	struct span text;

	for (size_t i = 0; i < changes->n; i++) {
		const struct overlay_change *c = &changes->items[i];

		buf_printf(&buf, "%s%s %s%s%s%s" SPAN_FMT ">" SPAN_FMT, i ? "|" : "", c->path, c->had ? "h" : "", c->has ? "s" : "", c->is_secret ? "!" : "", c->is_object ? "o" : "", SPAN_ARG(c->before),
			   SPAN_ARG(c->after));
	}
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	return text;
}

static const struct {
	const char *name, *file, *mine, *theirs;
	const char *diff;      /* of file and mine */
	const char *conflicts; /* rebasing mine on theirs; "" for none */
	const char *both;      /* the whole after it, where there is no conflict */
} diffs[] = {
	{ "a value", LIST, "S providers.a.app_id \"2\"", "S otp.digits 8", "providers.a.app_id hs1>2", "",
	  "{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\",\"title\":{\"zh\":\"甲\"},\"key\":\"file-secret-of-a\"},\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"}},"
	  "\"otp\":{\"digits\":\"8\"}}" },
	{ "a secret's value is never shown", LIST, "S providers.a.key \"new\"", "S providers.a.title.zh \"乙\"", "providers.a.key hs!>", "",
	  "{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"1\",\"title\":{\"zh\":\"乙\"},\"key\":\"new\"},\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"}}}" },
	{ "both change one value", LIST, "S providers.a.app_id \"2\"", "S providers.a.app_id \"3\"", "providers.a.app_id hs1>2", "providers.a.app_id hs1>2", NULL },
	{ "both say the same", LIST, "S providers.a.app_id \"2\"", "S providers.a.app_id \"2\"", "providers.a.app_id hs1>2", "",
	  "{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\",\"title\":{\"zh\":\"甲\"},\"key\":\"file-secret-of-a\"},\"b\":{\"type\":\"beta\",\"url\":\"https://b.example\"}}}" },
	{ "one takes away what the other changes", LIST, "R providers.a", "S providers.a.app_id \"3\"", "providers.a ho>", "providers.a ho>", NULL },
	{ "one changes what the other takes away", LIST, "S providers.a.app_id \"3\"", "R providers.a", "providers.a.app_id hs1>3", "providers.a.app_id hs1>3", NULL },
	{ "a new object beside another's", HEAD, "S providers.n {\"type\":\"beta\",\"url\":\"https://n.example\",\"key\":\"k\"}", "S providers.m {\"type\":\"beta\",\"url\":\"https://m.example\"}",
	  "providers.n so>|providers.n.type s>beta|providers.n.url s>https://n.example|providers.n.key s!>", "",
	  "{\"providers\":{\"m\":{\"type\":\"beta\",\"url\":\"https://m.example\"},\"n\":{\"type\":\"beta\",\"url\":\"https://n.example\",\"key\":\"k\"}}}" },
	{ "two new ones of the same name that differ", HEAD, "S providers.n {\"type\":\"beta\",\"url\":\"https://n.example\"}", "S providers.n {\"type\":\"beta\",\"url\":\"https://m.example\"}",
	  "providers.n so>|providers.n.type s>beta|providers.n.url s>https://n.example", "providers.n.url s>https://n.example", NULL },
	{ "a list", HEAD, "S login.namespaces [\"natural\",\"staff\"]", "S otp.digits 7", "login.namespaces s>natural, staff", "",
	  "{\"otp\":{\"digits\":\"7\"},\"login\":{\"namespaces\":[\"natural\",\"staff\"]}}" },
};

START_TEST(differences)
{
	JSON *mine = tree_of(EMPTY), *theirs = tree_of(EMPTY), *none = tree_of(EMPTY), *file = NULL;
	struct overlay_changes changes;

	printed_begin();
	printed_in_temporary_directory();
	file = file_of(diffs[_i].file);
	ROW_INT(diffs[_i].name, edit(mine, file, diffs[_i].mine), 0);
	ROW_INT(diffs[_i].name, edit(theirs, file, diffs[_i].theirs), 0);
	JSON *base = whole_of(none), *my_whole = whole_of(mine), *their_whole = whole_of(theirs);
	ROW_INT(diffs[_i].name, overlay_diff(base, my_whole, registries, arena, &changes), 0);
	ROW_SPAN(diffs[_i].name, changes_text(&changes), span_of(diffs[_i].diff));
	struct overlay_three three = { base, my_whole, their_whole, file };
	ROW_INT(diffs[_i].name, overlay_rebase(&three, theirs, registries, arena, &changes), diffs[_i].both ? 0 : ERR_CONFLICT);
	ROW_SPAN(diffs[_i].name, changes_text(&changes), span_of(diffs[_i].conflicts));
	if (diffs[_i].both) {
		JSON *after = whole_of(theirs);
		char *got = dump(after);

		ROW_SPAN(diffs[_i].name, span_of(got), span_of(diffs[_i].both));
		free(got);
	}
	printed_end();
}
END_TEST

/* ---- secrets, YAML */

#define FULL                                                                                                                                             \
	"{\"set\":{\"providers\":{\"n\":{\"type\":\"beta\",\"url\":\"https://n.example\",\"key\":\"s3cr3t\",\"title\":{\"zh\":\"一: \\\"门\\\"\\n\"}}},"         \
	"\"login\":{\"namespaces\":[\"natural\",\"legal\"]},\"support\":{\"phones\":[{\"number\":\"1\"}]},\"mail\":{\"password\":null,\"user\":\"no\"}},\"removed\":[\"providers.a\"]}"

START_TEST(exported_and_imported)
{
	JSON *tree = tree_of(FULL), *masked = NULL, *back = NULL, *file = NULL, *foreign = tree_of(EMPTY);
	struct span yaml;

	printed_begin();
	printed_in_temporary_directory();
	file = file_of(LIST);
	ck_assert_int_eq(overlay_mask(tree, registries, &masked), 0);
	ck_assert_int_eq(overlay_write_yaml(masked, arena, &yaml), 0);
	ck_assert_ptr_null(strstr(yaml.p, "s3cr3t"));
	ck_assert_ptr_nonnull(strstr(yaml.p, "key: {secret_ref: providers.n.key}"));
	ck_assert_int_eq(overlay_read_yaml(yaml, registries, arena, &problems, &back), 0);
	JSON *again = json_deep_copy(back);
	ck_assert_int_eq(overlay_unmask(back, tree, file, registries, &problems), 0);
	char *got = dump(back), *want = dump(tree);
	ck_assert_str_eq(got, want);
	free(got);
	free(want);
	/* elsewhere there is no such secret */
	ck_assert_int_eq(overlay_unmask(again, foreign, file, registries, &problems), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(printed().p, "\"providers.n.key\": there is no secret of that name here to refer to"));
	printed_end();
}
END_TEST

static const struct {
	const char *name, *yaml, *problems;
} imports[] = {
	{ "what is not managed", "store:\n  quota: 1GiB\n", "import:1:1: \"store\" is not managed here: it belongs to the configuration file\n" },
	{ "a list at the top", "- a\n", "import:1:1: a configuration is a map: \"key: value\" lines\n" },
	{ "no YAML", "a: [\n", NULL },
	{ "removed is a list of paths", "removed: [issuer]\n", "import:1:11: \"removed\" is a list of objects such as providers.qq\n" },
	{ "files are not included", "include: /etc/passwd\n", NULL },
};

START_TEST(imports_refused)
{
	json_t *tree;

	printed_begin();
	ROW_INT(imports[_i].name, overlay_read_yaml(span_of(imports[_i].yaml), registries, arena, &problems, &tree), ERR_CONFIG);
	if (imports[_i].problems)
		ROW_SPAN(imports[_i].name, printed(), span_of(imports[_i].problems));
	printed_end();
}
END_TEST

START_TEST(as_a_form)
{
	JSON *tree = tree_of("{\"set\":{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\",\"title\":{\"zh\":\"甲\"}}}},\"removed\":[\"providers.b\"]}"), *file = NULL;
	struct overlay_objects objects;
	struct overlay_fields fields;
	struct buf buf;
	struct span text;

	printed_begin();
	printed_in_temporary_directory();
	file = file_of(LIST);
	JSON *whole = whole_of(tree);
	buf = buf_new(arena, 256);
	ck_assert_int_eq(overlay_objects(file, whole, SPAN("providers"), registries, arena, &objects), 0);
	for (size_t i = 0; i < objects.n; i++)
		buf_printf(&buf, SPAN_FMT ":" SPAN_FMT "%s%s%s ", SPAN_ARG(objects.items[i].id), SPAN_ARG(objects.items[i].type), objects.items[i].in_file ? "f" : "",
			   objects.items[i].in_version ? "v" : "", objects.items[i].is_removed ? "-" : "");
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	ck_assert_str_eq(text.p, "a:alphafv b:betaf- ");
	buf = buf_new(arena, 256);
	ck_assert_int_eq(overlay_fields(file, whole, SPAN("providers.a"), SPAN(""), registries, arena, &fields), 0);
	for (size_t i = 0; i < fields.n; i++)
		if (fields.items[i].is_set || fields.items[i].variant)
			buf_printf(&buf, "%s=" SPAN_FMT "%s%d ", fields.items[i].path, SPAN_ARG(fields.items[i].text), fields.items[i].is_locked ? "L" : "", fields.items[i].origin);
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	ck_assert_str_eq(text.p, "providers.a.type=alpha1 providers.a.url=https://alpha.example0 providers.a.app_id=22 providers.a.key=1 providers.a.ca=L0 "
				 "providers.a.title=1 providers.a.title.zh=甲1 ");
	ck_assert_int_eq(overlay_fields(file, whole, SPAN("providers.new"), SPAN("beta"), registries, arena, &fields), 0);
	ck_assert_int_eq(overlay_fields(file, whole, SPAN("providers"), SPAN(""), registries, arena, &fields), ERR_NOT_FOUND);
	ck_assert_int_eq(overlay_fields(file, whole, SPAN("store"), SPAN(""), registries, arena, &fields), ERR_NOT_FOUND);
	printed_end();
}
END_TEST

/* Everything once; whatever the result, nothing is half done in a way that could be used. */
static int all_of_it(const json_t *tree)
{
	struct overlay overlay = { 7, tree };
	struct config_sources sources = { .path = FILE_NAME, .registries = registries, .overlay = &overlay };
	JSON *file = NULL, *whole = NULL, *masked = NULL, *back = NULL, *copy = json_deep_copy(tree);
	struct overlay_objects objects;
	struct overlay_changes changes;
	struct overlay_fields fields;
	struct span yaml;

	TRY(config_sections(&sources, &problems, &file, &whole));
	TRY(overlay_diff(file, whole, registries, arena, &changes));
	struct overlay_three three = { file, whole, file, file };
	TRY(overlay_rebase(&three, copy, registries, arena, &changes));
	TRY(overlay_fields(file, whole, SPAN("providers.a"), SPAN(""), registries, arena, &fields));
	TRY(overlay_objects(file, whole, SPAN("providers"), registries, arena, &objects));
	TRY(edit(copy, file, "S providers.a.title.en \"A\"|T login.namespaces natural\nlegal|R providers.b"));
	TRY(overlay_mask(copy, registries, &masked));
	TRY(overlay_write_yaml(masked, arena, &yaml));
	TRY(overlay_read_yaml(yaml, registries, arena, &problems, &back));
	return overlay_unmask(back, copy, file, registries, &problems);
}

START_TEST(without_memory)
{
	JSON *tree = tree_of("{\"set\":{\"providers\":{\"a\":{\"type\":\"alpha\",\"app_id\":\"2\",\"key\":\"k\"},\"n\":{\"type\":\"beta\",\"url\":\"https://n.example\"}},"
			     "\"otp\":{\"digits\":\"7\"}},\"removed\":[]}");
	int result = FAULT_MEMORY;

	printed_begin();
	printed_in_temporary_directory();
	printed_file(FILE_NAME, LIST, 0600);
	ck_assert_int_eq(all_of_it(tree), 0);
	for (unsigned long k = 1; result == FAULT_MEMORY; k++) {
		ck_assert_uint_lt(k, 100000);
		arena_reset(arena);
		problems = (struct problems){ .arena = arena };
		arena_fail_at(k);
		result = all_of_it(tree);
		arena_fail_at(0);
		ck_assert_msg(result <= 0, "allocation %lu: %d " SPAN_FMT, k, result, SPAN_ARG(printed()));
	}
	ck_assert_int_eq(result, 0);
	printed_end();
}
END_TEST

/* Every section of the table is one of the file's. */
START_TEST(sections)
{
	for (size_t i = 0; overlay_section_at(i); i++)
		ck_assert_ptr_nonnull(overlay_section_row(overlay_section_at(i)));
	ck_assert_ptr_null(overlay_section(SPAN("review")));
	ck_assert_ptr_null(overlay_section(SPAN("staff")));
	ck_assert_ptr_null(overlay_section(SPAN("net")));
}
END_TEST

int main(void)
{
	return suite_run("overlay", (struct suite_test[]){
		SUITE_LOOP(edited, ARRAY_LEN(edits)), SUITE_LOOP(merged, ARRAY_LEN(merges)), SUITE_LOOP(differences, ARRAY_LEN(diffs)),
		SUITE_ONCE(exported_and_imported), SUITE_LOOP(imports_refused, ARRAY_LEN(imports)), SUITE_ONCE(as_a_form), SUITE_ONCE(without_memory), SUITE_ONCE(sections), SUITE_END });
}
