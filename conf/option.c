/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/option.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "conf/option_value.h"

#include <stdlib.h>
#include <sys/stat.h>

#define SECRET_FILE_MAX (64 * 1024)
#define WORD_MAX 64 /* longer words are not guessed at */

/* Where the parser stands: for names in messages, "clients[demo-portal].redirect_uris". */
struct trail {
	const struct trail *up;
	struct span key;
	bool is_item;
};

struct map {
	const struct option *table;
	const struct yaml_node *node; /* NULL: nothing was written, everything is at its default */
	char *out;
	struct option_context *context;
	const struct trail *trail;
};

static void parse_map(const struct map *map);

size_t option_distance(struct span a, struct span b, size_t limit)
{
	unsigned char rows[3][WORD_MAX + 1];

	if (a.n > WORD_MAX || b.n > WORD_MAX || (a.n > b.n ? a.n - b.n : b.n - a.n) > limit)
		return limit + 1;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned char *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = (unsigned char)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned best = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);

			best = best < last[j] + 1u ? best : last[j] + 1u;
			best = best < now[j - 1] + 1u ? best : now[j - 1] + 1u;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1u < best)
				best = before[j - 2] + 1u;
			now[j] = (unsigned char)best;
		}
	}
	size_t distance = rows[a.n % 3][b.n];
	return distance > limit ? limit + 1 : distance;
}

/* Append the dotted name; cut when it is overlong, it is only for messages. */
static size_t write_name(const struct trail *trail, char *out, size_t room)
{
	size_t n = 0;

	if (!trail)
		return 0;
	n = write_name(trail->up, out, room);
	int added = snprintf(out + n, room - n, trail->is_item ? "[" SPAN_FMT "]" : n ? "." SPAN_FMT : SPAN_FMT,
	    SPAN_ARG(trail->key));
	if (added < 0)
		return n;
	return n + (size_t)added < room ? n + (size_t)added : room - 1;
}

static void name_of(const struct map *map, const char *key, char out[256])
{
	struct trail trail = { map->trail, span_of(key), false };

	out[0] = '\0';
	write_name(key ? &trail : map->trail, out, 256);
}

static const struct yaml_node *child_of(const struct map *map, const char *key)
{
	return map->node ? yaml_get(map->node, key) : NULL;
}

static bool has_file_form(const struct option *row)
{
	return row->type == OPTION_SECRET || (row->type == OPTION_STRING && row->flags & OPTION_FILE);
}

/* The text of the file that @node names, as a node with the same place. Reports and returns false when it cannot be read. */
static bool read_beside(const struct map *map, const struct option *row, const char *name, const struct yaml_node *node,
			struct yaml_node *ret_value)
{
	const char *slash = strrchr(node->place.file, '/');
	struct problems *problems = map->context->problems;
	struct span text;
	struct stat st;

	if (node->type != YAML_SCALAR || node->scalar.n == 0) {
		problem_add(problems, node->place, "\"%s_file\" must be the name of a file", name);
		return false;
	}
	int dir = node->scalar.p[0] != '/' && slash ? (int)(slash - node->place.file + 1) : 0;
	char *path = arena_printf(map->context->scratch, "%.*s%s", dir, node->place.file, node->scalar.p);
	int error = path ? sys_read_file(path, SECRET_FILE_MAX, map->context->scratch, &text) : FAULT_MEMORY;
	if (error == FAULT_MEMORY)
		problems->no_memory = true;
	else if (error)
		problem_add(problems, node->place, "\"%s_file\": cannot read %s: %s", name, path,
			    error == ERR_ABSENT ? "no such file" : error == ERR_TOO_LARGE ? "larger than 64 KiB" : "see the log");
	if (error)
		return false;
	if (row->type == OPTION_SECRET) {
		if (stat(path, &st) == 0 && st.st_mode & S_IRWXO)
			problem_warn(problems, node->place, "\"%s_file\": %s can be read by everyone", name, path);
		if (text.n && text.p[text.n - 1] == '\n')
			text.n--; /* what an editor or echo leaves at the end */
		if (text.n && text.p[text.n - 1] == '\r')
			text.n--;
	}
	if (memchr(text.p, '\0', text.n)) {
		problem_add(problems, node->place, "\"%s_file\": %s is not text", name, path);
		return false;
	}
	*ret_value = (struct yaml_node){ .place = node->place, .scalar = text };
	return true;
}

/* "<key>_file" when the row has one and it is written. *@ret_done: the value was taken or refused here. */
static bool parse_file_form(const struct map *map, const struct option *row, const struct option_value_input *input, bool *ret_done)
{
	char key[80];
	struct yaml_node value;

	snprintf(key, sizeof key, "%s_file", row->key);
	const struct yaml_node *file = child_of(map, key);
	*ret_done = file != NULL;
	if (!file)
		return false;
	if (input->node) {
		problem_add(map->context->problems, file->key_place, "\"%s\" and \"%s_file\" exclude each other", input->name,
		    input->name);
		return false;
	}
	struct option_value_input with = *input;
	with.node = &value;
	return read_beside(map, row, input->name, file, &value) && option_value_parse(&with, map->out + row->offset);
}

static void parse_plain(const struct map *map, const struct option *row, const struct yaml_node *node)
{
	char name[256];
	struct option_value_input input = { row, node, name, map->context };
	bool done = false, ok = false;

	name_of(map, row->key, name);
	if (has_file_form(row))
		ok = parse_file_form(map, row, &input, &done);
	if (!done && node && node->is_empty && option_value_is_list(row->type))
		node = NULL; /* everything below it is commented out */
	if (!done && node)
		ok = option_value_parse(&input, map->out + row->offset);
	if (!done && !node && row->flags & OPTION_REQUIRED && map->node)
		problem_add(map->context->problems, map->node->place, "\"%s\" is missing", name);
	if (!ok && !option_value_default(&input, map->out + row->offset))
		problem_add(map->context->problems, (struct place){ "default", 0, 0 }, "the default of \"%s\" is not valid", name);
}

static void parse_group(const struct map *map, const struct option *row, const struct yaml_node *node)
{
	struct trail trail = { map->trail, span_of(row->key), false };
	struct map inner = { row->sub, node, map->out + row->offset, map->context, &trail };
	char name[256];

	if (node && node->type != YAML_MAP) {
		if (!node->is_empty) {
			name_of(map, row->key, name);
			problem_add(map->context->problems, node->place, "\"%s\" must be a map: \"key: value\" lines below it",
			    name);
		}
		inner.node = NULL;
	}
	parse_map(&inner);
}

struct unique {
	struct span value;
	struct place place;
};

static int by_value(const void *a, const void *b)
{
	const struct unique *x = a, *y = b;
	int order = memcmp(x->value.p, y->value.p, x->value.n < y->value.n ? x->value.n : y->value.n);

	if (!order)
		order = (x->value.n > y->value.n) - (x->value.n < y->value.n);
	if (!order)
		order = (x->place.line > y->place.line) - (x->place.line < y->place.line);
	return order;
}

static void check_unique(const struct map *map, const struct option *row, const struct option *field, const struct yaml_node *node,
			 const struct option_objects *objects)
{
	struct unique *seen = arena_array(map->context->scratch, struct unique, objects->n);
	size_t n = 0;
	char name[256];

	if (!seen) {
		map->context->problems->no_memory = true;
		return;
	}
	const char *at = objects->items;
	for (const struct yaml_node *item = node->first; item; item = item->next, at += row->size) {
		struct span value = *(const struct span *)(const void *)(at + field->offset);

		if (value.n)
			seen[n++] = (struct unique){ value, yaml_place(item, field->key) };
	}
	qsort(seen, n, sizeof *seen, by_value);
	name_of(map, row->key, name);
	for (size_t i = 1; i < n; i++)
		if (span_eq(seen[i].value, seen[i - 1].value))
			problem_add(map->context->problems, seen[i].place,
			    "\"%s\" has two entries with %s \"%s\" (the other at %s:%u:%u)",
				    name, field->key, seen[i].value.p, seen[i - 1].place.file, seen[i - 1].place.line,
				    seen[i - 1].place.column);
}

/* The entry's own name for messages: what its first row says, else its number. */
static struct span item_name(const struct option *table, const struct yaml_node *list, const struct yaml_node *item, size_t i,
			     char number[24])
{
	const struct yaml_node *id = list->type == YAML_MAP ? NULL : yaml_get(item, table->key);

	if (list->type == YAML_MAP)
		return item->key;
	if (id && id->type == YAML_SCALAR && id->scalar.n)
		return id->scalar;
	snprintf(number, 24, "%zu", i + 1);
	return span_of(number);
}

/* In a map of objects the key is the first row's value: give the object that child. */
static struct yaml_node *with_key_as_id(const struct map *map, const struct option *row, const struct yaml_node *item)
{
	struct yaml_node *copy = arena_new_of(map->context->scratch, struct yaml_node);
	struct yaml_node *id = arena_new_of(map->context->scratch, struct yaml_node);

	if (!copy || !id) {
		map->context->problems->no_memory = true;
		return NULL;
	}
	if (yaml_get(item, row->sub->key))
		problem_add(map->context->problems, yaml_place(item, row->sub->key), "\"%s\" is already said by the key \"%s\"",
			    row->sub->key, item->key.p);
	*copy = *item;
	*id = (struct yaml_node){ .place = item->key_place, .key = span_of(row->sub->key), .key_place = item->key_place,
				  .scalar = item->key, .next = item->first };
	copy->first = id;
	copy->n++;
	return copy;
}

static void parse_objects(const struct map *map, const struct option *row, const struct yaml_node *node)
{
	struct option_objects objects = { NULL, 0 };
	struct trail list = { map->trail, span_of(row->key), false };
	char name[256], number[24];

	if (!node || node->is_empty)
		return;
	name_of(map, row->key, name);
	if (node->type == YAML_SCALAR) {
		problem_add(map->context->problems, node->place, "\"%s\" must be a list of maps", name);
		return;
	}
	objects.items = arena_alloc_array(map->context->arena, row->size, node->n);
	if (!objects.items) {
		map->context->problems->no_memory = true;
		return;
	}
	char *out = objects.items;
	for (const struct yaml_node *item = node->first; item; item = item->next, out += row->size, objects.n++) {
		struct trail entry = { &list, item_name(row->sub, node, item, objects.n, number), true };
		struct map inner = { row->sub, item, out, map->context, &entry };

		if (item->type != YAML_MAP) {
			problem_add(map->context->problems, item->place, "an entry of \"%s\" must be a map: \"key: value\" lines",
			    name);
			inner.node = NULL;
		} else if (node->type == YAML_MAP) {
			inner.node = with_key_as_id(map, row, item);
		}
		parse_map(&inner);
	}
	for (const struct option *field = row->sub; field->key; field++)
		if (field->flags & OPTION_UNIQUE)
			check_unique(map, row, field, node, &objects);
	memcpy(map->out + row->offset, &objects, sizeof objects);
}

static void parse_row(const struct map *map, const struct option *row)
{
	const struct yaml_node *node = child_of(map, row->key);

	if (row->type == OPTION_GROUP)
		parse_group(map, row, node);
	else if (row->type == OPTION_OBJECTS)
		parse_objects(map, row, node);
	else
		parse_plain(map, row, node);
}

static const struct option_variant *find_variant(const struct map *map, const struct option *row, const struct yaml_node *node)
{
	const struct option_variant *const *variants = map->context->registries[row->registry].variants;
	char known[256] = "", name[256];
	size_t n = 0;

	for (; variants && *variants; variants++) {
		if (span_is(node->scalar, (*variants)->name))
			return *variants;
		if (n < sizeof known)
			n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", (*variants)->name);
	}
	name_of(map, row->key, name);
	problem_add(map->context->problems, node->place, "\"%s\" must be one of %s, not \"" SPAN_FMT "\"", name, known,
		    SPAN_ARG(node->scalar));
	return NULL;
}

/* Select and parse the variant. False: it is not known, so the map's other keys cannot be judged. */
static bool parse_variant(const struct map *map, const struct option *row, struct option_variant_value *ret_value)
{
	struct option_value_input input = { row, child_of(map, row->key), row->key, map->context };
	struct yaml_node by_default = { .scalar = span_of(row->def) };
	char name[256];

	name_of(map, row->key, name);
	if (input.node && (input.node->type != YAML_SCALAR || input.node->is_empty)) {
		problem_add(map->context->problems, input.node->place, "\"%s\" must be a single value", name);
		return false;
	}
	if (!input.node && !row->def) {
		if (row->flags & OPTION_REQUIRED && map->node)
			problem_add(map->context->problems, map->node->place, "\"%s\" is missing", name);
		return !(row->flags & OPTION_REQUIRED);
	}
	if (!map->context->registries || row->registry >= map->context->registries_n)
		return false;
	by_default.place = map->node ? map->node->place : (struct place){ "default", 0, 0 };
	const struct option_variant *variant = find_variant(map, row, input.node ? input.node : &by_default);
	if (!variant)
		return false;
	void *options = arena_alloc(map->context->arena, variant->size);
	if (!options) {
		map->context->problems->no_memory = true;
		return false;
	}
	struct map inner = { variant->table, map->node, options, map->context, map->trail };
	size_t before = map->context->problems->errors;
	for (const struct option *field = variant->table; field->key; field++)
		parse_row(&inner, field);
	*ret_value = (struct option_variant_value){ variant, options };
	if (variant->check && map->node && map->context->problems->errors == before)
		variant->check(options, map->node, map->context->problems);
	return true;
}

static bool knows(const struct option *table, struct span key)
{
	char file_key[80];

	for (; table->key; table++) {
		if (span_is(key, table->key))
			return true;
		snprintf(file_key, sizeof file_key, "%s_file", table->key);
		if (has_file_form(table) && span_is(key, file_key))
			return true;
	}
	return false;
}

static void guess(const struct option *table, struct span key, size_t *best, const char **ret_guess)
{
	for (; table->key; table++) {
		size_t distance = option_distance(key, span_of(table->key), *best);

		if (distance < *best || (distance == *best && !*ret_guess)) {
			*best = distance;
			*ret_guess = table->key;
		}
	}
}

static void check_keys(const struct map *map, const struct option_variant *variant)
{
	char where[256];

	name_of(map, NULL, where);
	for (const struct yaml_node *child = map->node->first; child; child = child->next) {
		const char *near = NULL;
		size_t best = child->key.n < 5 ? 1 : child->key.n < 9 ? 2 : 3;

		if (knows(map->table, child->key) || (variant && knows(variant->table, child->key)))
			continue;
		guess(map->table, child->key, &best, &near);
		if (variant)
			guess(variant->table, child->key, &best, &near);
		problem_add(map->context->problems, child->key_place, "unknown key \"%.60s\"%s%s%s%s%s%s", child->key.p,
			    *where ? " in \"" : "", where, *where ? "\"" : "", near ? " (did you mean \"" : "", near ? near : "",
			    near ? "\"?)" : "");
	}
}

static void parse_map(const struct map *map)
{
	const struct option_variant *variant = NULL;
	bool is_known = true;

	for (const struct option *row = map->table; row->key; row++) {
		struct option_variant_value value = { NULL, NULL };

		if (row->type != OPTION_VARIANT) {
			parse_row(map, row);
			continue;
		}
		is_known = parse_variant(map, row, &value);
		variant = value.variant;
		memcpy(map->out + row->offset, &value, sizeof value);
	}
	if (map->node && is_known)
		check_keys(map, variant);
}

int option_parse(const struct option *table, const struct yaml_node *map, void *out, struct option_context *context)
{
	if (map && map->type != YAML_MAP)
		problem_add(context->problems, map->place, "a map was expected: \"key: value\" lines");
	else
		parse_map(&(struct map){ table, map, out, context, NULL });
	return problem_result(context->problems);
}

static int by_bytes(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

bool option_list_has(const struct option_list *list, struct span s)
{
	if (list->is_sorted)
		return list->n && s.p && bsearch(&s, list->items, list->n, sizeof *list->items, by_bytes);
	for (size_t i = 0; i < list->n; i++)
		if (span_eq(list->items[i], s))
			return true;
	return false;
}

static size_t changes(const struct option *table, const char *a, const char *b, const char *prefix, struct arena *arena,
		      const char **ret_names, size_t cap, size_t n)
{
	for (; table->key; table++) {
		const char *x = a + table->offset, *y = b + table->offset;

		if (table->type == OPTION_GROUP) {
			char *inner = arena_printf(arena, "%s%s.", prefix, table->key);

			n = changes(table->sub, x, y, inner ? inner : "", arena, ret_names, cap, n);
		} else if (table->flags & OPTION_RESTART && !option_value_eq(table, x, y)) {
			if (n < cap) {
				char *name = arena_printf(arena, "%s%s", prefix, table->key);

				ret_names[n] = name ? name : table->key;
			}
			n++;
		}
	}
	return n;
}

size_t option_restart_changes(const struct option *table, const void *a, const void *b, struct arena *arena,
			      const char **ret_names, size_t cap)
{
	return changes(table, a, b, "", arena, ret_names, cap, 0);
}

void option_walk(const struct option *table, void *out, const struct yaml_node *map, option_visit *visit, void *context)
{
	for (; table->key; table++) {
		char *value = (char *)out + table->offset;
		const struct yaml_node *node = map ? yaml_get(map, table->key) : NULL;

		visit(table, value, map, context);
		if (table->type == OPTION_GROUP) {
			option_walk(table->sub, value, node, visit, context);
		} else if (table->type == OPTION_VARIANT) {
			struct option_variant_value *variant = (void *)value;

			if (variant->variant)
				option_walk(variant->variant->table, (void *)(uintptr_t)variant->options, map, visit, context);
		} else if (table->type == OPTION_OBJECTS) {
			struct option_objects *objects = (void *)value;
			const struct yaml_node *item = node ? node->first : NULL;

			for (size_t i = 0; i < objects->n; i++, item = item ? item->next : NULL)
				option_walk(table->sub, (char *)objects->items + i * table->size, item, visit, context);
		}
	}
}
