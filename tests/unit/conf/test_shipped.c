/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_shipped - the configuration files and the reference that come with Yimen, against the rows of every layer.
 *
 * "test_conf_shipped --write" rewrites docs/config-reference.md and docs/config.schema.json.
 */
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "conf/config.h"
#include "conf/config_reference.h"
#include "conf/config_rows.h"
#include "providers/registry.h"
#include "tests/unit/conf/printed.h"

#include <glob.h>

#define FILE_NAME "c.yaml"

static int load(const char *path, const struct config **ret_config)
{
	return config_load(&(struct config_sources){ .path = path, .registries = registry_all }, &problems, ret_config);
}

/* A file under conf/ with its placeholders filled, as ./dev run does. */
static void fill(const char *from, const char *to)
{
	char command[1024];

	snprintf(command, sizeof command,
	    "sed -e 's#@PORT@#8400#g; s#@PORTAL_PORT@#8401#g; s#@PROVINCE_PORT@#8402#g; s#@PUBLIC_PORT@#8499#g; "
		 "s#@DATA@#data#g; s#@CONF@#%s/conf/demo#g' %s/%s > %s", SOURCE_ROOT, SOURCE_ROOT, from, to);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(demonstration)
{
	CONFIG_HELD *config = NULL;
	static const char *const clients[] = { "demo-portal", "demo-public", "demo-service", "demo-rs", "demo-jwt" };

	printed_begin();
	printed_in_temporary_directory();
	fill("conf/demo/yimen.yaml.in", FILE_NAME);
	int result = load(FILE_NAME, &config);
	ROW_SPAN("the demonstration has no mistakes", printed(), SPAN(""));
	ck_assert_int_eq(result, 0);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		ROW_TRUE(clients[i], config_client(config, span_of(clients[i])));
	ROW_SPAN("redirect of the portal", config_client(config, SPAN("demo-portal"))->redirect_uris.items[0],
	    SPAN("http://127.0.0.1:8401/callback"));
	ROW_SPAN("redirect of scripts", config_client(config, SPAN("demo-public"))->redirect_uris.items[0],
	    SPAN("http://127.0.0.1:8499/cb"));
	ROW_SPAN("redirect of the key client", config_client(config, SPAN("demo-jwt"))->redirect_uris.items[0],
	    SPAN("http://127.0.0.1:8499/cb"));
	ROW_TRUE("the key client may go offline", option_list_has(&config_client(config, SPAN("demo-jwt"))->scopes,
	    SPAN("offline_access")));
	ROW_TRUE("province", span_is(span_of(config_provider(config, SPAN("province"))->type.variant->name), "oidc"));
	ROW_INT("unit", config_unit(config, SPAN("91350100M000100Y43"))->status, CONFIG_UNIT_EFFECTIVE);
	ROW_TRUE("old system", config_legacy_source(config, SPAN("torch")));
	CONFIG_HELD *province = NULL;
	fill("conf/demo/province.yaml.in", "p.yaml");
	ROW_INT("province", load("p.yaml", &province), 0);
	ROW_SPAN("the province sends people back to the broker", config_client(province, SPAN("yimen"))->redirect_uris.items[0],
		 SPAN("http://127.0.0.1:8400/login/province/callback"));
	printed_end();
}
END_TEST

START_TEST(demonstration_needs_demo)
{
	const struct config *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	fill("conf/demo/yimen.yaml.in", FILE_NAME);
	struct config_sources sources = { .path = FILE_NAME, .overrides = (const char *[]){ "demo=false", NULL },
	    .registries = registry_all };
	ROW_INT("refused", config_load(&sources, &problems, &config), ERR_CONFIG);
	/* province, three clients with secrets and one with a key; a short secret is one more */
	ROW_INT("every secret of the demonstration is known as such", problems.errors, 6);
	printed_end();
}
END_TEST

START_TEST(example)
{
	CONFIG_HELD *config = NULL;

	printed_begin();
	int result = load(SOURCE_ROOT "/conf/yimen.example.yaml", &config);
	ROW_SPAN("the example has no mistakes", printed(), SPAN(""));
	ck_assert_int_eq(result, 0);
	printed_end();
}
END_TEST

/* What the example shows commented out must be right too. */
START_TEST(example_uncommented)
{
	CONFIG_HELD *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	ck_assert_int_eq(system("sed -e '/^\\(providers\\|clients\\|legacy_sources\\): \\[\\]$/d; s/^# include/#include/; "
				"s/^# \\([a-z_]*:$\\)/\\1/; s/^#\\(  .*\\)$/\\1/' " SOURCE_ROOT "/conf/yimen.example.yaml > "
				    "" FILE_NAME), 0);
	ck_assert_int_eq(sys_make_dir("secrets"), 0);
	ck_assert_int_eq(sys_make_dir("clients"), 0);
	printed_file("secrets/province", "0123456789abcdef0123456789abcdef\n", 0600);
	printed_file("secrets/portal", "0123456789abcdef0123456789abcdef\n", 0600);
	printed_file("clients/sync.jwks.json", "{\"keys\":[]}\n", 0644);
	int result = load(FILE_NAME, &config);
	ROW_SPAN("the commented-out examples have no mistakes", printed(), SPAN(""));
	ck_assert_int_eq(result, 0);
	ROW_INT("clients", config->clients.n, 3);
	ROW_INT("providers", config->providers.n, 1);
	ROW_INT("old systems", config->legacy_sources.n, 1);
	printed_end();
}
END_TEST

static const struct {
	const char *name, *path;
	enum config_reference_format format;
} documents[] = {
	{ "the reference is what the rows say: run test_conf_shipped --write", SOURCE_ROOT "/docs/config-reference.md",
	  CONFIG_REFERENCE_MARKDOWN },
	{ "the schema is what the rows say: run test_conf_shipped --write", SOURCE_ROOT "/docs/config.schema.json",
	  CONFIG_REFERENCE_SCHEMA },
};

START_TEST(reference)
{
	char *text = NULL;
	size_t n = 0;
	struct span committed;

	printed_begin();
	FILE *out = open_memstream(&text, &n);
	config_reference_print(out, documents[_i].format, registry_all);
	fclose(out);
	ck_assert_int_eq(sys_read_file(documents[_i].path, 4 * 1024 * 1024, arena, &committed), 0);
	ROW_TRUE(documents[_i].name, span_eq(committed, (struct span){ text, n }));
	if (documents[_i].format == CONFIG_REFERENCE_SCHEMA) {
		JSON *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

		ROW_TRUE("the schema is JSON without duplicate keys", schema);
		ROW_TRUE("clients", json_object_get(json_object_get(schema, "properties"), "clients"));
	}
	free(text);
	printed_end();
}
END_TEST

/* ---- profiles speak both languages */

#define PROFILES SOURCE_ROOT "/conf/profiles"

/* Han characters, Chinese punctuation and full-width forms all begin with one of these bytes. */
static bool is_chinese(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c >= 0xe3 && c <= 0xe9) || c == 0xef)
			return true;
	}
	return false;
}

struct texts {
	const char *path;
	size_t n;
};

static void check_text(const struct yaml_node *text, const char *key, struct texts *texts)
{
	const struct yaml_node *zh = yaml_get(text, "zh"), *en = yaml_get(text, "en");
	int line = (int)text->place.line;

	ck_assert_msg(zh && zh->scalar.n, "%s:%d: %s has no Chinese", texts->path, line, key);
	ck_assert_msg(en && en->scalar.n, "%s:%d: %s has no English", texts->path, line, key);
	ck_assert_msg(!is_chinese(en->scalar), "%s:%d: the English of %s is Chinese", texts->path, line, key);
	texts->n++;
}

/* As it is written: what is loaded has filled the one language from the other. */
static void check_row(const struct option *row, void *value, const struct yaml_node *map, void *context)
{
	const struct yaml_node *node = map ? yaml_get(map, row->key) : NULL;

	(void)value;
	if (!node || (row->sub != config_text_rows && row->sub != config_long_text_rows))
		return;
	if (row->type == OPTION_GROUP)
		check_text(node, row->key, context);
	else
		for (const struct yaml_node *item = node->first; item; item = item->next)
			check_text(item, row->key, context);
}

static json_t *messages(const char *profile, const char *language)
{
	struct span text;
	json_t *object;
	const char *path = arena_printf(arena, "%.*s/messages/%s.json", (int)strlen(profile) - (int)strlen(".yaml"), profile, language);

	ck_assert_msg(sys_read_file(path, 1024 * 1024, arena, &text) == 0, "%s", path);
	ck_assert_msg(json_read_object(text, &object) == 0, "%s", path);
	return object;
}

static void check_messages(const char *profile)
{
	JSON *zh = messages(profile, "zh-CN"), *en = messages(profile, "en");
	const char *key;
	json_t *value;

	json_object_foreach(zh, key, value)
		ck_assert_msg(json_object_get(en, key), "%s: the message %s has no English", profile, key);
	json_object_foreach(en, key, value) {
		ck_assert_msg(json_object_get(zh, key), "%s: the message %s has no Chinese", profile, key);
		ck_assert_msg(!is_chinese(json_get_span(en, key)), "%s: the English message %s is Chinese", profile, key);
	}
}

START_TEST(profiles_speak_both_languages)
{
	glob_t found;

	printed_begin();
	ck_assert_int_eq(glob(PROFILES "/*.yaml", 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, 4);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		static struct config config;
		CONFIG_HELD *loaded = NULL;
		struct texts texts = { .path = found.gl_pathv[i] };
		struct option_context context = { .arena = arena, .scratch = arena, .problems = &problems, .registries = registry_all,
						  .registries_n = CONFIG_REGISTRIES };
		struct yaml_node *root;

		int result = load(texts.path, &loaded);
		ROW_SPAN(texts.path, printed(), SPAN(""));
		ck_assert_int_eq(result, 0);
		memset(&config, 0, sizeof config);
		ck_assert_int_eq(yaml_read_file(texts.path, arena, &problems, &root), 0);
		ck_assert_int_eq(option_parse(config_rows, root, &config, &context), 0);
		option_walk(config_rows, &config, root, check_row, &texts);
		ck_assert_uint_gt(texts.n, 5);
		check_messages(texts.path);
	}
	globfree(&found);
	printed_end();
}
END_TEST

static int write_documents(void)
{
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		FILE *out = fopen(documents[i].path, "w");

		if (!out)
			return EXIT_FAILURE;
		config_reference_print(out, documents[i].format, registry_all);
		if (fclose(out))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--write") == 0)
		return write_documents();
	return suite_run("shipped", (struct suite_test[]){
		SUITE_ONCE(demonstration), SUITE_ONCE(demonstration_needs_demo), SUITE_ONCE(example),
		    SUITE_ONCE(example_uncommented),
		SUITE_LOOP(reference, ARRAY_LEN(documents)), SUITE_ONCE(profiles_speak_both_languages), SUITE_END });
}
