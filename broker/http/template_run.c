/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/http/template_op.h"

#include <stdio.h>

struct run {
	const struct catalogue_set *catalogues;
	const struct template_page *page;
	enum language language;
	struct buf *out;
	const json_t *stack[TEMPLATE_DEPTH_MAX + 1]; /* the data, and what the open sections are about */
	unsigned depth;
};

/* The innermost context that has the name's first part decides; NULL when none has. */
static const json_t *look_up(const struct run *run, const struct template_name *name)
{
	const json_t *value = NULL;

	if (name->n == 0)
		return run->stack[run->depth];
	for (unsigned i = run->depth + 1; i-- > 0 && !value;)
		value = json_object_get(run->stack[i], name->part[0]);
	for (unsigned i = 1; i < name->n && value; i++)
		value = json_object_get(value, name->part[i]);
	return value;
}

/* A value as text; @digits is room for a number. */
static struct span text_of(const struct run *run, const struct template_name *name, char digits[24])
{
	if (name->n == 1 && strcmp(name->part[0], "page") == 0)
		return span_of(run->page->name);
	if (name->n == 1 && strcmp(name->part[0], "lang") == 0)
		return span_of(catalogue_tag(run->language));
	if (name->n == 1 && strcmp(name->part[0], "other_lang") == 0)
		return span_of(catalogue_tag(run->language == LANGUAGE_ZH ? LANGUAGE_EN : LANGUAGE_ZH));

	const json_t *value = look_up(run, name);
	if (json_is_string(value))
		return (struct span){ json_string_value(value), json_string_length(value) };
	if (json_is_integer(value)) {
		int n = snprintf(digits, 24, "%lld", (long long)json_integer_value(value));

		return (struct span){ digits, (size_t)n };
	}
	return (struct span){ NULL, 0 };
}

static bool is_shown(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_INTEGER:
		return json_integer_value(value) != 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	default:
		return true;
	}
}

/* "Wait {wait} seconds": a brace without a name inside stays as it is. */
static void write_message(const struct run *run, struct span text)
{
	while (text.n) {
		char name[48], digits[24];
		struct span literal = span_cut(&text, '{');
		struct span rest = text, hole = span_cut(&rest, '}');

		template_escape(run->out, PLACE_TEXT, literal);
		if (!text.p)
			return;
		if (!rest.p || hole.n >= sizeof name || hole.n == 0) {
			buf_char(run->out, '{');
			continue;
		}
		memcpy(name, hole.p, hole.n);
		name[hole.n] = 0;
		template_escape(run->out, PLACE_TEXT, text_of(run, &(struct template_name){ { name }, 1 }, digits));
		text = rest;
	}
}

static bool write_if_known(const struct run *run, struct span prefix, struct span middle, struct span suffix)
{
	char key[160];
	int n = snprintf(key, sizeof key, SPAN_FMT SPAN_FMT "%s" SPAN_FMT, SPAN_ARG(prefix), SPAN_ARG(middle), suffix.n ? "." : "",
			 SPAN_ARG(suffix));
	struct span text;

	if (n < 0 || (size_t)n >= sizeof key)
		return false;
	text = catalogue_text(run->catalogues, run->language, (struct span){ key, (size_t)n });
	if (text.p)
		write_message(run, text);
	return text.p != NULL;
}

static void write_message_by(const struct run *run, const struct template_op *op)
{
	static const struct span none = { NULL, 0 }, otherwise = { "default", 7 };
	char digits[24];
	struct span middle = text_of(run, &op->name, digits);

	if (op->suffix.n && write_if_known(run, op->text, middle, op->suffix))
		return;
	if (!write_if_known(run, op->text, middle, none) && !write_if_known(run, op->text, otherwise, none))
		template_escape(run->out, PLACE_TEXT, middle);
}

static void run_ops(struct run *run, uint32_t at, uint32_t end);

static void run_with(struct run *run, const json_t *context, uint32_t at, uint32_t end)
{
	run->stack[++run->depth] = context;
	run_ops(run, at, end);
	run->depth--;
}

/* Of the sections that do not change the context. */
static bool is_met(const struct run *run, const struct template_op *op)
{
	char digits[24];

	if (op->kind == OP_EQUAL)
		return span_eq(text_of(run, &op->name, digits), op->suffix);
	return is_shown(look_up(run, &op->name)) == (op->kind == OP_IF);
}

static void run_section(struct run *run, const struct template_op *op, uint32_t at)
{
	const json_t *value = look_up(run, &op->name);

	if (op->kind != OP_SECTION) {
		if (is_met(run, op))
			run_ops(run, at + 1, op->end);
	} else if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			run_with(run, json_array_get(value, i), at + 1, op->end);
	} else if (is_shown(value)) {
		run_with(run, value, at + 1, op->end);
	}
}

/* Depth is bounded by the compiler: at most TEMPLATE_DEPTH_MAX sections inside one another. */
static void run_ops(struct run *run, uint32_t at, uint32_t end)
{
	while (at < end && !run->out->failed) {
		const struct template_op *op = &run->page->ops[at];
		char digits[24];

		switch (op->kind) {
		case OP_LITERAL:
			buf_add(run->out, op->text);
			break;
		case OP_VALUE:
			template_escape(run->out, op->place, text_of(run, &op->name, digits));
			break;
		case OP_MESSAGE:
			write_message(run, op->messages[run->language]);
			break;
		case OP_MESSAGE_BY:
			write_message_by(run, op);
			break;
		case OP_SECTION:
		case OP_INVERTED:
		case OP_IF:
		case OP_EQUAL:
			run_section(run, op, at);
			at = op->end;
			continue;
		}
		at++;
	}
}

void template_run(const struct catalogue_set *catalogues, const struct template_page *page, enum language language,
		const json_t *data,
		  struct buf *out)
{
	struct run run = { .catalogues = catalogues, .page = page, .language = language, .out = out, .stack = { data } };

	run_ops(&run, 0, page->n);
}
