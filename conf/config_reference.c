/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/config_reference.h"

#include "conf/config_rows.h"
#include "conf/option_value.h"
#include "conf/overlay.h"

#include <inttypes.h>

/* A vertical bar ends a table cell. */
static void print_cell(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static bool is_counted(const struct option *row)
{
	return row->type == OPTION_INT || row->type == OPTION_SIZE || row->type == OPTION_DURATION;
}

static void print_type(FILE *out, const struct option *row)
{
	char least[32], most[32];
	int64_t min, max;

	fputs(option_value_type_name(row->type), out);
	for (size_t i = 0; row->values && row->values[i]; i++)
		fprintf(out, "%s `%s`", i ? "," : "", row->values[i]);
	if (!is_counted(row) || !(row->min || row->max))
		return;
	option_value_bounds(row, &min, &max);
	option_value_print(row->type, min, least);
	option_value_print(row->type, max, most);
	fprintf(out, ", %s to %s", least, most);
}

static void print_default(FILE *out, const struct option *row)
{
	if (row->flags & OPTION_REQUIRED)
		fputs("**required**", out);
	else if (row->def)
		fprintf(out, option_value_is_list(row->type) ? "`[%s]`" : "`%s`", row->def);
	else
		fputs("–", out);
}

static bool is_text(const struct option *row)
{
	return row->sub == config_text_rows || row->sub == config_long_text_rows;
}

static void print_rows(FILE *out, const struct option *table, const char *prefix)
{
	char inner[128];

	for (; table->key; table++) {
		snprintf(inner, sizeof inner, "%s%s.", prefix, table->key);
		if (table->type == OPTION_GROUP) {
			if (is_text(table))
				fprintf(out, "| `%s%s` | text: `{zh: …, en: …}` | – | ", prefix, table->key);
			else
				fprintf(out, "| `%s%s` | map | – | ", prefix, table->key);
			print_cell(out, table->doc);
			fputs(" |\n", out);
			if (!is_text(table))
				print_rows(out, table->sub, inner);
			continue;
		}
		fprintf(out, "| `%s%s`%s | ", prefix, table->key,
			table->type == OPTION_SECRET || table->flags & OPTION_FILE ? " (or `_file`)" : "");
		print_type(out, table);
		fputs(" | ", out);
		print_default(out, table);
		fputs(" | ", out);
		print_cell(out, table->doc);
		fputs(table->flags & OPTION_RESTART ? " *Read at start.* |\n" : " |\n", out);
		if (table->type == OPTION_OBJECTS) {
			snprintf(inner, sizeof inner, "%s%s[].", prefix, table->key);
			print_rows(out, table->sub, inner);
		}
	}
}

static void print_table(FILE *out, const struct option *table)
{
	fputs("| key | type | default | |\n|---|---|---|---|\n", out);
	print_rows(out, table, "");
	fputc('\n', out);
}

static void print_variants(FILE *out, const struct option *table, const struct option_registry *registries)
{
	for (; registries && table->key; table++) {
		if (table->type != OPTION_VARIANT)
			continue;
		const struct option_variant *const *variants = registries[table->registry].variants;
		for (; variants && *variants; variants++) {
			fprintf(out, "### `%s: %s`\n\n%s\n\n", table->key, (*variants)->name, (*variants)->doc);
			if ((*variants)->table->key)
				print_table(out, (*variants)->table);
		}
	}
}

static void print_markdown(FILE *out, const struct option_registry *registries)
{
	fputs("# Configuration reference\n\n"
	      "Printed by `yimen config-reference` from the table that the parser uses; do not edit.\n\n"
	      "A configuration is one YAML file. `include: file.yaml` (or a list) at its top takes in files from its directory or\n"
	      "below: maps merge, lists are joined. Aliases, anchors and tags are refused. Lists of maps may also be written as\n"
	      "a map from id to map. Durations are written `500ms`, `60s`, `5m`, `8h`, `30d`; sizes `4096`, `16KiB`, `1MiB`,\n"
	      "`2GiB`; paths are relative to the file that names them. A key marked *(or `_file`)* may be given as `<key>_file`,\n"
	      "the name of a file that holds the value. `yimen check-config` reports every mistake with its place. SIGHUP reads\n"
	      "the file again; what is marked *Read at start* then needs a restart.\n\n"
	      "## Top level\n\n| key | type | default | |\n|---|---|---|---|\n",
	      out);
	for (const struct option *row = config_rows; row->key; row++)
		if (row->type != OPTION_GROUP && row->type != OPTION_OBJECTS)
			print_rows(out, (const struct option[]){ *row, { 0 } }, "");
	fputc('\n', out);
	for (const struct option *row = config_rows; row->key; row++) {
		if (row->type != OPTION_GROUP && row->type != OPTION_OBJECTS)
			continue;
		fprintf(out, "## `%s`%s\n\n%s\n\n", row->key, row->type == OPTION_OBJECTS ? ": list of maps" : "", row->doc);
		print_table(out, row->sub);
		print_variants(out, row->sub, registries);
	}
}

static void json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void schema_values(FILE *out, const struct option *row)
{
	fputs("{\"enum\": [", out);
	for (size_t i = 0; row->values[i]; i++) {
		fputs(i ? ", " : "", out);
		json_text(out, row->values[i]);
	}
	fputs("]}", out);
}

static void schema_map(FILE *out, const struct option *table, const struct option_registry *registries);

static void schema_variant(FILE *out, const struct option *row, const struct option_registry *registries)
{
	const struct option_variant *const *variants = registries ? registries[row->registry].variants : NULL;

	fputs("{\"type\": \"string\"", out);
	for (size_t i = 0; variants && variants[i]; i++) {
		fputs(i ? ", " : ", \"enum\": [", out);
		json_text(out, variants[i]->name);
	}
	fputs(variants && *variants ? "]}" : "}", out);
}

/* The type of @row; the doc follows as its description. */
static void schema_type(FILE *out, const struct option *row, const struct option_registry *registries)
{
	switch (row->type) {
	case OPTION_BOOL:
		fputs("{\"type\": \"boolean\"}", out);
		break;
	case OPTION_INT: {
		int64_t min, max;

		option_value_bounds(row, &min, &max);
		fprintf(out, "{\"type\": \"integer\", \"minimum\": %" PRId64, min);
		if (max != INT64_MAX)
			fprintf(out, ", \"maximum\": %" PRId64, max);
		fputs("}", out);
		break;
	}
	case OPTION_SIZE:
		fputs("{\"type\": [\"string\", \"integer\"], \"pattern\": \"^[0-9]+([kKMGT]|[KMGT]iB)?$\"}", out);
		break;
	case OPTION_DURATION:
		fputs("{\"type\": [\"string\", \"integer\"], \"pattern\": \"^([0-9]+(ms|s|m|h|d)|0)$\"}", out);
		break;
	case OPTION_ENUM:
		schema_values(out, row);
		break;
	case OPTION_SET:
		fputs("{\"type\": \"array\", \"uniqueItems\": true, \"items\": ", out);
		schema_values(out, row);
		fputs("}", out);
		break;
	case OPTION_LIST:
	case OPTION_ADDRESSES:
	case OPTION_BLOCKS:
		fputs("{\"type\": \"array\", \"items\": {\"type\": [\"string\", \"number\"]}}", out);
		break;
	case OPTION_GROUP:
		schema_map(out, row->sub, registries);
		break;
	case OPTION_OBJECTS:
		fputs("{\"anyOf\": [{\"type\": \"array\", \"items\": ", out);
		schema_map(out, row->sub, registries);
		fputs("}, {\"type\": \"object\"}]}", out);
		break;
	case OPTION_VARIANT:
		schema_variant(out, row, registries);
		break;
	default:
		fputs("{\"type\": [\"string\", \"number\"]}", out);
	}
}

static const struct option *row_of(const struct option *table, const char *key)
{
	while (table->key && strcmp(table->key, key) != 0)
		table++;
	return table->key ? table : NULL;
}

static void schema_row(FILE *out, const struct option *row, const struct option_registry *registries, bool is_anything, bool *comma)
{
	fputs(*comma ? ",\n" : "\n", out);
	*comma = true;
	json_text(out, row->key);
	fputs(": {\"description\": ", out);
	json_text(out, row->doc);
	fputs(", \"allOf\": [", out);
	if (is_anything)
		fputs("{}", out);
	else
		schema_type(out, row, registries);
	fputs("]}", out);
	if (row->type == OPTION_SECRET || row->flags & OPTION_FILE)
		fprintf(out, ",\n\"%s_file\": {\"description\": \"A file that holds `%s`.\", \"type\": \"string\"}", row->key, row->key);
}

/* An editor is shown the options of every variant; the parser knows which of them fit. What several have is told once, of the first, and with its type
 * when it is the type of all. */
static void schema_variants(FILE *out, const struct option_variant *const *variants, const struct option_registry *registries, bool *comma)
{
	for (const struct option_variant *const *at = variants; at && *at; at++)
		for (const struct option *row = (*at)->table; row->key; row++) {
			const struct option_variant *const *other = variants;
			bool differs = false;

			while (other < at && !row_of((*other)->table, row->key))
				other++;
			if (other < at)
				continue;
			for (other = at + 1; *other; other++) {
				const struct option *same = row_of((*other)->table, row->key);

				differs |= same && (same->type != row->type || row->type == OPTION_ENUM || row->type == OPTION_GROUP || row->type == OPTION_OBJECTS);
			}
			schema_row(out, row, registries, differs, comma);
		}
}

static void schema_rows(FILE *out, const struct option *table, const struct option_registry *registries, bool *comma)
{
	for (; table->key; table++) {
		schema_row(out, table, registries, false, comma);
		if (table->type == OPTION_VARIANT && registries)
			schema_variants(out, registries[table->registry].variants, registries, comma);
	}
}

static void schema_map(FILE *out, const struct option *table, const struct option_registry *registries)
{
	bool comma = false, is_open = false;

	fputs("{\"type\": \"object\", \"properties\": {", out);
	schema_rows(out, table, registries, &comma);
	for (const struct option *row = table; row->key; row++)
		is_open |= row->type == OPTION_VARIANT && !registries;
	fprintf(out, "},\n\"additionalProperties\": %s}", is_open ? "true" : "false");
}

static void print_schema(FILE *out, const struct option_registry *registries)
{
	bool comma = false;

	fputs("{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"title\": \"Yimen configuration\", \"type\": "
	    "\"object\",\n"
	      "\"additionalProperties\": false, \"properties\": {\n"
	      "\"include\": {\"description\": \"Files of this directory to take in.\", \"type\": [\"string\", \"array\"]},",
	      out);
	schema_rows(out, config_rows, registries, &comma);
	fputs("}}\n", out);
}

void config_reference_print(FILE *out, enum config_reference_format format, const struct option_registry *registries)
{
	if (format == CONFIG_REFERENCE_SCHEMA)
		print_schema(out, registries);
	else
		print_markdown(out, registries);
}

/* ---- what administrators manage */

static void variant_rows(FILE *out, const struct option *row, const struct option_registry *registries, bool *comma);

/* A tree's words: everything is text there, lists are lists, and objects that have ids stand under them. */
static void section_rows(FILE *out, const struct option *table, const struct option_registry *registries, const char *but, bool *comma)
{
	for (; table->key; table++) {
		bool keyed = table->type == OPTION_OBJECTS && table->sub[0].flags & OPTION_UNIQUE;

		if ((but && strcmp(table->key, but) == 0) || table->type == OPTION_PATH || table->flags & OPTION_RESTART)
			continue;
		fputs(*comma ? "," : "", out);
		*comma = true;
		json_text(out, table->key);
		fputs(":{\"description\":", out);
		json_text(out, table->doc);
		if (table->type == OPTION_GROUP || keyed) {
			bool inner = false;

			fputs(keyed ? ",\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\",\"properties\":{" : ",\"type\":\"object\",\"properties\":{", out);
			section_rows(out, table->sub, registries, keyed ? table->sub[0].key : NULL, &inner);
			fputs(keyed ? "}}" : "}", out);
		} else if (table->type == OPTION_OBJECTS) {
			fputs(",\"type\":[\"array\",\"null\"]", out);
		} else if (table->type == OPTION_SECRET) {
			fputs(",\"type\":[\"string\",\"object\",\"null\"],\"writeOnly\":true", out);
		} else if (option_value_is_list(table->type)) {
			fputs(",\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\"}", out);
		} else {
			fputs(",\"type\":[\"string\",\"null\"]", out);
		}
		if (table->type == OPTION_ENUM) {
			fputs(",\"enum\":[null", out);
			for (size_t i = 0; table->values[i]; i++) {
				fputc(',', out);
				json_text(out, table->values[i]);
			}
			fputc(']', out);
		}
		fputc('}', out);
		if (table->type == OPTION_VARIANT && registries)
			variant_rows(out, table, registries, comma);
	}
}

static bool has_row(const struct option *table, const char *key)
{
	for (; table->key; table++)
		if (strcmp(table->key, key) == 0)
			return true;
	return false;
}

/* The options of every variant, a key of several once. */
static void variant_rows(FILE *out, const struct option *row, const struct option_registry *registries, bool *comma)
{
	const struct option_variant *const *variants = registries[row->registry].variants;

	for (size_t i = 0; variants && variants[i]; i++)
		for (const struct option *own = variants[i]->table; own->key; own++) {
			const struct option one[] = { *own, { 0 } };
			bool seen = false;

			for (size_t k = 0; k < i; k++)
				seen |= has_row(variants[k]->table, own->key);
			if (!seen)
				section_rows(out, one, registries, NULL, comma);
		}
}

void config_reference_sections(FILE *out, const struct option_registry *registries)
{
	bool comma = false;

	fputs("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", out);
	for (size_t i = 0; overlay_section_at(i); i++) {
		const struct option one[] = { *overlay_section_row(overlay_section_at(i)), { 0 } };

		section_rows(out, one, registries, NULL, &comma);
	}
	fputs("}}", out);
}
