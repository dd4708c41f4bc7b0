/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/catalogue.h"

#include "broker/base/error.h"
#include "broker/base/json.h"
#include "web/embed.h"

#include <stdio.h>
#include <stdlib.h>

struct catalogue_set {
	size_t n;
	const char **keys; /* sorted */
	struct span *texts[LANGUAGE_COUNT];
};

static const struct {
	const char *tag, *file;
	struct span primary;
} languages[LANGUAGE_COUNT] = {
	[LANGUAGE_ZH] = { "zh-CN", "messages/zh-CN.json", { "zh", 2 } },
	[LANGUAGE_EN] = { "en", "messages/en.json", { "en", 2 } },
};

struct problem {
	char *text;
	size_t size;
};

/* Read one file and lay its texts over @texts. */
static int merge(const char *dir, enum language language, struct arena *arena, struct problem problem, json_t *texts)
{
	JSON *object = NULL;
	struct span bytes;
	const char *key;
	json_t *value;
	int result = embed_read(dir, languages[language].file, arena, &bytes);

	if (!result)
		result = json_read_object(bytes, &object);
	if (result == ERR_MALFORMED) {
		snprintf(problem.text, problem.size, "%s: not one JSON object with each key once", languages[language].file);
		return ERR_CONFIG;
	}
	TRY(result);
	json_object_foreach(object, key, value) {
		if (!json_is_string(value)) {
			snprintf(problem.text, problem.size, "%s: \"%s\" is not a text", languages[language].file, key);
			return ERR_CONFIG;
		}
	}
	return json_object_update(texts, object) == 0 ? 0 : FAULT_MEMORY;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int copy_keys(json_t *texts, struct arena *arena, struct catalogue_set *set)
{
	const char *key;
	json_t *value;

	set->keys = arena_array(arena, const char *, json_object_size(texts) + 1);
	if (!set->keys)
		return FAULT_MEMORY;
	json_object_foreach(texts, key, value) {
		set->keys[set->n] = arena_cstr(arena, span_of(key));
		if (!set->keys[set->n++])
			return FAULT_MEMORY;
	}
	qsort(set->keys, set->n, sizeof *set->keys, by_text);
	return 0;
}

/* The texts of @language in the order of the keys, which are those of the first language. */
static int copy_texts(json_t *texts, enum language language, struct arena *arena, struct problem problem, struct catalogue_set *set)
{
	struct span *copies = arena_array(arena, struct span, set->n + 1);
	const char *key;
	json_t *value;

	if (!copies)
		return FAULT_MEMORY;
	for (size_t i = 0; i < set->n; i++) {
		struct span text = json_get_span(texts, set->keys[i]);

		if (!text.p) {
			snprintf(problem.text, problem.size, "%s: \"%s\" is missing", languages[language].file, set->keys[i]);
			return ERR_CONFIG;
		}
		copies[i] = arena_dup(arena, text);
		if (!copies[i].p)
			return FAULT_MEMORY;
	}
	set->texts[language] = copies;
	json_object_foreach(texts, key, value) {
		if (!catalogue_text(set, language, span_of(key)).p) {
			snprintf(problem.text, problem.size, "%s: \"%s\" is not in %s", languages[language].file, key,
					languages[0].file);
			return ERR_CONFIG;
		}
	}
	return 0;
}

int catalogue_set_load(const char *override_dir, struct arena *arena, char *problem_text, size_t problem_size,
		       const struct catalogue_set **ret_set)
{
	struct problem problem = { problem_text, problem_size };
	struct catalogue_set *set = arena_new_of(arena, struct catalogue_set);

	if (!set)
		return FAULT_MEMORY;
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		JSON *texts = json_object();

		if (!texts)
			return FAULT_MEMORY;
		TRY(merge(NULL, language, arena, problem, texts));
		if (override_dir)
			TRY(merge(override_dir, language, arena, problem, texts));
		if (language == 0)
			TRY(copy_keys(texts, arena, set));
		TRY(copy_texts(texts, language, arena, problem, set));
	}
	*ret_set = set;
	return 0;
}

struct span catalogue_text(const struct catalogue_set *set, enum language language, struct span key)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct span here = span_of(set->keys[middle]);
		size_t common = here.n < key.n ? here.n : key.n;
		int order = common ? memcmp(key.p, here.p, common) : 0;

		if (!order && here.n == key.n)
			return set->texts[language][middle];
		if (order < 0 || (!order && key.n < here.n))
			high = middle;
		else
			low = middle + 1;
	}
	return (struct span){ NULL, 0 };
}

const char *catalogue_key_at(const struct catalogue_set *set, size_t i)
{
	return i < set->n ? set->keys[i] : NULL;
}

const char *catalogue_tag(enum language language)
{
	return languages[language].tag;
}

/* "q=0.7" in thousandths (RFC 9110 12.4.2: at most three digits); what is not a weight counts as none. */
static int weight_of(struct span parameters)
{
	struct span p = span_trim(parameters);
	int weight = 0, unit = 1000;

	if (p.n < 3 || (p.p[0] != 'q' && p.p[0] != 'Q') || p.p[1] != '=')
		return 1000;
	for (size_t i = 2; i < p.n && unit; i++) {
		if (p.p[i] == '.' && i == 3)
			continue;
		if (p.p[i] < '0' || p.p[i] > '9')
			return 0;
		weight += (p.p[i] - '0') * unit;
		unit /= 10;
	}
	return weight > 1000 ? 1000 : weight;
}

bool catalogue_negotiate(struct span list, enum language *ret_language)
{
	int best = 0;

	for (size_t i = 0; i < list.n;) {
		size_t start = i;

		while (i < list.n && list.p[i] != ',' && !(list.p[i] == ' ' && i > start && list.p[i - 1] != ';'))
			i++;
		struct span rest = { list.p + start, i++ - start };
		struct span tag = span_trim(span_cut(&rest, ';'));
		int weight = weight_of(rest);
		struct span primary = span_cut(&tag, '-');

		for (int language = 0; language < LANGUAGE_COUNT; language++) {
			if (weight > best && span_eq_nocase(primary, languages[language].primary)) {
				best = weight;
				*ret_language = language;
			}
		}
	}
	return best > 0;
}
