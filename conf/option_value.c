/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/option_value.h"

#include "broker/base/error.h"

#include <inttypes.h>
#include <stdlib.h>

#define STRING_MAX 4096
#define FILE_MAX (64 * 1024) /* a string that may come from a file: keys, certificates */
#define ITEMS_MAX 10000

struct unit {
	const char *suffix;
	int64_t factor;
};

/* Largest first: printing takes the first that divides. */
static const struct unit durations[] = {
	{ "d", MS_DAY }, { "h", MS_HOUR }, { "m", MS_MINUTE }, { "s", MS_SECOND }, { "ms", 1 }, { NULL, 0 },
};
static const struct unit sizes[] = {
	{ "TiB", INT64_C(1) << 40 }, { "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "", 1 },
	{ "T", INT64_C(1) << 40 },   { "G", 1 << 30 },   { "M", 1 << 20 },   { "K", 1 << 10 },   { "k", 1 << 10 }, { NULL, 0 },
};

const char *option_value_type_name(enum option_type type)
{
	static const char *const names[] = {
		[OPTION_STRING] = "string", [OPTION_SECRET] = "secret", [OPTION_PATH] = "path", [OPTION_BOOL] = "true or false",
		[OPTION_INT] = "number", [OPTION_SIZE] = "size", [OPTION_DURATION] = "duration", [OPTION_ENUM] = "one of",
		[OPTION_LIST] = "list of strings", [OPTION_SET] = "list of", [OPTION_ADDRESSES] = "list of addresses",
		[OPTION_BLOCKS] = "list of address blocks", [OPTION_GROUP] = "map", [OPTION_OBJECTS] = "list of maps",
		[OPTION_VARIANT] = "one of",
	};

	return names[type];
}

bool option_value_is_list(enum option_type type)
{
	return type == OPTION_LIST || type == OPTION_SET || type == OPTION_ADDRESSES || type == OPTION_BLOCKS;
}

static void report(const struct option_value_input *input, const char *what)
{
	problem_add(input->context->problems, input->node->place, "\"%s\" %s", input->name, what);
}

/* At most 60 bytes of what was written, cut between characters. */
static struct span shown(struct span s)
{
	if (s.n > 60)
		for (s.n = 60; s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80; s.n--)
			;
	return s;
}

static void report_value(const struct option_value_input *input, const char *what)
{
	problem_add(input->context->problems, input->node->place, "\"%s\" %s, not \"" SPAN_FMT "\"", input->name, what,
		    SPAN_ARG(shown(input->node->scalar)));
}

static bool no_memory(const struct option_value_input *input)
{
	input->context->problems->no_memory = true;
	return false;
}

void option_value_bounds(const struct option *row, int64_t *ret_min, int64_t *ret_max)
{
	bool is_text = row->type == OPTION_STRING || row->type == OPTION_SECRET || row->type == OPTION_PATH;

	*ret_min = row->min;
	*ret_max = row->max;
	if (row->min || row->max)
		return;
	if (is_text) {
		*ret_min = row->type == OPTION_SECRET;
		*ret_max = row->flags & OPTION_FILE ? FILE_MAX : STRING_MAX;
	} else {
		*ret_max = option_value_is_list(row->type) ? ITEMS_MAX : INT64_MAX;
	}
}

void option_value_print(enum option_type type, int64_t value, char out[32])
{
	const struct unit *unit = type == OPTION_DURATION ? durations : sizes;

	if (type != OPTION_DURATION && type != OPTION_SIZE) {
		snprintf(out, 32, "%" PRId64, value);
		return;
	}
	while (value == 0 || value % unit->factor) {
		if (value == 0) {
			snprintf(out, 32, "0");
			return;
		}
		unit++;
	}
	snprintf(out, 32, "%" PRId64 "%s", value / unit->factor, unit->suffix);
}

static bool parse_scaled(struct span text, const struct unit *units, int64_t *ret)
{
	size_t digits = 0;
	uint64_t number;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!span_to_u64((struct span){ text.p, digits }, &number) || number > INT64_MAX)
		return false;
	struct span suffix = { text.p + digits, text.n - digits };
	for (; units->suffix; units++)
		if (span_is(suffix, units->suffix))
			return !__builtin_mul_overflow((int64_t)number, units->factor, ret);
	*ret = 0;
	return number == 0 && suffix.n == 0;
}

static bool in_range(const struct option_value_input *input, int64_t value, const char *unit)
{
	char least[32], most[32], text[128];
	int64_t min, max;

	option_value_bounds(input->row, &min, &max);
	if (value >= min && value <= max)
		return true;
	option_value_print(input->row->type, min, least);
	option_value_print(input->row->type, max, most);
	if (max == INT64_MAX)
		snprintf(text, sizeof text, "must be at least %s%s", least, unit);
	else if (min == max)
		snprintf(text, sizeof text, "must be %s%s", most, unit);
	else
		snprintf(text, sizeof text, "must be %s to %s%s", least, most, unit);
	if (*unit)
		report(input, text);
	else
		report_value(input, text);
	return false;
}

static bool is_number(const struct option_value_input *input, int64_t *ret)
{
	switch (input->row->type) {
	case OPTION_DURATION:
		if (!parse_scaled(input->node->scalar, durations, ret)) {
			report_value(input, "must be a duration such as 500ms, 60s, 5m, 8h or 30d");
			return false;
		}
		return true;
	case OPTION_SIZE:
		if (!parse_scaled(input->node->scalar, sizes, ret)) {
			report_value(input, "must be a size such as 4096, 16KiB, 1MiB or 2GiB");
			return false;
		}
		return true;
	default: {
		uint64_t number;

		if (!span_to_u64(input->node->scalar, &number) || number > INT64_MAX) {
			report_value(input, "must be a whole number");
			return false;
		}
		*ret = (int64_t)number;
		return true;
	}
	}
}

static bool parse_number(const struct option_value_input *input, void *out)
{
	int64_t value;

	if (!is_number(input, &value) || !in_range(input, value, ""))
		return false;
	*(int64_t *)out = value;
	return true;
}

static bool parse_bool(const struct option_value_input *input, void *out)
{
	bool is_true = span_is(input->node->scalar, "true");

	if (!is_true && !span_is(input->node->scalar, "false")) {
		report_value(input, "must be true or false");
		return false;
	}
	*(bool *)out = is_true;
	return true;
}

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return true;
	return false;
}

static bool parse_string(const struct option_value_input *input, void *out)
{
	struct span text = input->node->scalar;

	if (!(input->row->flags & OPTION_FILE) && has_control(text)) {
		report(input, "must not contain line breaks or other control characters");
		return false;
	}
	if (!in_range(input, (int64_t)text.n, " bytes long"))
		return false;
	text = arena_dup(input->context->arena, text);
	if (!text.p)
		return no_memory(input);
	*(struct span *)out = text; /* struct secret has the same and only member */
	return true;
}

static bool parse_path(const struct option_value_input *input, void *out)
{
	struct span text = input->node->scalar;
	const char *slash = strrchr(input->node->place.file, '/');

	if (text.n == 0 || text.p[0] == '/' || !slash)
		return parse_string(input, out);
	struct yaml_node beside = *input->node;
	struct option_value_input again = *input;
	char *path = arena_printf(input->context->scratch, "%.*s%s", (int)(slash - beside.place.file + 1), beside.place.file,
	    text.p);
	if (!path)
		return no_memory(input);
	beside.scalar = span_of(path);
	again.node = &beside;
	return parse_string(&again, out);
}

static size_t nearest(struct span word, const char *const *values)
{
	size_t best = SIZE_MAX, best_distance = word.n < 5 ? 1 : 2;

	for (size_t i = 0; values[i]; i++) {
		size_t distance = option_distance(word, span_of(values[i]), best_distance);

		if (distance < best_distance || (distance == best_distance && best == SIZE_MAX)) {
			best = i;
			best_distance = distance;
		}
	}
	return best;
}

static bool parse_choice(const struct option_value_input *input, const struct yaml_node *node, int *ret)
{
	const char *const *values = input->row->values;
	char list[256] = "";
	size_t n = 0;

	for (size_t i = 0; values[i]; i++) {
		if (span_is(node->scalar, values[i])) {
			*ret = (int)i;
			return true;
		}
		if (n < sizeof list)
			n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", values[i]);
	}
	size_t near = nearest(node->scalar, values);
	problem_add(input->context->problems, node->place, "\"%s\" must be one of %s, not \"" SPAN_FMT "\"%s%s%s", input->name, list, SPAN_ARG(shown(node->scalar)),
		    near == SIZE_MAX ? "" : " (did you mean \"", near == SIZE_MAX ? "" : values[near],
		    near == SIZE_MAX ? "" : "\"?)");
	return false;
}

static bool parse_enum(const struct option_value_input *input, void *out)
{
	return parse_choice(input, input->node, out);
}

static bool parse_set(const struct option_value_input *input, void *out)
{
	uint32_t set = 0;
	bool ok = true;
	int i;

	for (const struct yaml_node *item = input->node->first; item; item = item->next) {
		if (!parse_choice(input, item, &i)) {
			ok = false;
			continue;
		}
		if (set & 1u << i) {
			problem_add(input->context->problems, item->place, "\"%s\" names \"%s\" twice", input->name,
			    item->scalar.p);
			ok = false;
		}
		set |= 1u << i;
	}
	if (!ok || !in_range(input, (int64_t)input->node->n, " items"))
		return false;
	*(uint32_t *)out = set;
	return true;
}

static int by_bytes(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

static bool parse_list(const struct option_value_input *input, void *out)
{
	struct span *items = arena_array(input->context->arena, struct span, input->node->n);
	struct option_list list = { items, 0, (input->row->flags & OPTION_SORTED) != 0 };

	if (!items)
		return no_memory(input);
	if (!in_range(input, (int64_t)input->node->n, " items"))
		return false;
	for (const struct yaml_node *item = input->node->first; item; item = item->next) {
		if (item->scalar.n == 0 || item->scalar.n > STRING_MAX || has_control(item->scalar)) {
			problem_add(input->context->problems, item->place,
				    "an item of \"%s\" must not be empty, overlong, or contain control characters", input->name);
			return false;
		}
		items[list.n] = arena_dup(input->context->arena, item->scalar);
		if (!items[list.n++].p)
			return no_memory(input);
	}
	if (list.is_sorted)
		qsort(items, list.n, sizeof *items, by_bytes);
	*(struct option_list *)out = list;
	return true;
}

static bool parse_addresses(const struct option_value_input *input, void *out)
{
	struct address *items = arena_array(input->context->arena, struct address, input->node->n);
	size_t n = 0;

	if (!items)
		return no_memory(input);
	for (const struct yaml_node *item = input->node->first; item; item = item->next) {
		int error = address_parse(item->scalar, input->context->arena, &items[n++]);

		if (error < 0)
			return no_memory(input);
		if (error) {
			problem_add(input->context->problems, item->place,
				    "\"%s\" must be an address such as 127.0.0.1:8400, [::1]:8400 or unix:/path, not "
				    "\"" SPAN_FMT "\"",
				    input->name, SPAN_ARG(shown(item->scalar)));
			return false;
		}
	}
	if (!in_range(input, (int64_t)n, " items"))
		return false;
	*(struct address_list *)out = (struct address_list){ items, n };
	return true;
}

static bool parse_blocks(const struct option_value_input *input, void *out)
{
	struct address_block *items = arena_array(input->context->arena, struct address_block, input->node->n);
	size_t n = 0;

	if (!items)
		return no_memory(input);
	for (const struct yaml_node *item = input->node->first; item; item = item->next)
		if (address_block_parse(item->scalar, &items[n++])) {
			problem_add(input->context->problems, item->place,
				    "\"%s\" must be an address block such as 10.0.0.0/8, ::1 or unix, with zeros behind the "
				    "prefix, "
				    "not \"" SPAN_FMT "\"", input->name, SPAN_ARG(shown(item->scalar)));
			return false;
		}
	if (!in_range(input, (int64_t)n, " items"))
		return false;
	*(struct address_blocks *)out = (struct address_blocks){ items, n };
	return true;
}

static bool (*const parsers[])(const struct option_value_input *input, void *out) = {
	[OPTION_STRING] = parse_string, [OPTION_SECRET] = parse_string, [OPTION_PATH] = parse_path, [OPTION_BOOL] = parse_bool,
	[OPTION_INT] = parse_number, [OPTION_SIZE] = parse_number, [OPTION_DURATION] = parse_number, [OPTION_ENUM] = parse_enum,
	[OPTION_LIST] = parse_list, [OPTION_SET] = parse_set, [OPTION_ADDRESSES] = parse_addresses, [OPTION_BLOCKS] = parse_blocks,
};

bool option_value_parse(const struct option_value_input *input, void *out)
{
	const struct yaml_node *node = input->node;

	if (option_value_is_list(input->row->type)) {
		if (node->type != YAML_LIST) {
			report(input, "must be a list, such as [one, two]");
			return false;
		}
		for (const struct yaml_node *item = node->first; item; item = item->next)
			if (item->type != YAML_SCALAR) {
				problem_add(input->context->problems, item->place, "an item of \"%s\" must be plain text",
				    input->name);
				return false;
			}
	} else if (node->type != YAML_SCALAR) {
		report(input, node->type == YAML_LIST ? "must be a single value, not a list" : "must be a single value, not a map");
		return false;
	} else if (node->is_empty) {
		report(input, "has no value");
		return false;
	}
	return parsers[input->row->type](input, out);
}

bool option_value_default(const struct option_value_input *input, void *out)
{
	struct yaml_node node = { .place = { "default", 0, 0 } };
	struct option_value_input with = *input;
	const char *def = input->row->def;

	if (!def)
		return true;
	with.node = &node;
	node.scalar = span_of(def);
	if (!option_value_is_list(input->row->type))
		return option_value_parse(&with, out);
	struct yaml_node items[32] = { 0 };
	node.type = YAML_LIST;
	for (struct span rest = node.scalar; rest.p && node.n < ARRAY_LEN(items);) {
		struct yaml_node *item = &items[node.n];

		item->scalar = span_trim(span_cut(&rest, ','));
		item->place = node.place;
		if (node.n++)
			items[node.n - 2].next = item;
	}
	node.first = node.n ? items : NULL;
	return option_value_parse(&with, out);
}

static bool list_eq(const struct option_list *a, const struct option_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!span_eq(a->items[i], b->items[i]))
			return false;
	return true;
}

static bool addresses_eq(const struct address_list *a, const struct address_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!span_eq(a->items[i].text, b->items[i].text))
			return false;
	return true;
}

bool option_value_eq(const struct option *row, const void *a, const void *b)
{
	switch (row->type) {
	case OPTION_STRING:
	case OPTION_PATH:
		return span_eq(*(const struct span *)a, *(const struct span *)b);
	case OPTION_SECRET:
		return secret_eq(((const struct secret *)a)->bytes, ((const struct secret *)b)->bytes);
	case OPTION_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case OPTION_INT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return *(const int64_t *)a == *(const int64_t *)b;
	case OPTION_ENUM:
		return *(const int *)a == *(const int *)b;
	case OPTION_SET:
		return *(const uint32_t *)a == *(const uint32_t *)b;
	case OPTION_LIST:
		return list_eq(a, b);
	case OPTION_ADDRESSES:
		return addresses_eq(a, b);
	case OPTION_BLOCKS: {
		const struct address_blocks *x = a, *y = b;

		return x->n == y->n && (x->n == 0 || memcmp(x->items, y->items, x->n * sizeof *x->items) == 0);
	}
	default:
		return true;
	}
}
