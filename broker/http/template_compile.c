/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/http/template_op.h"
#include "web/embed.h"

#include <stdarg.h>
#include <stdio.h>

#define INCLUDE_DEPTH_MAX 8
#define OPS_MAX 20000

struct source {
	char file[64];
	struct span text;
	size_t at;                    /* how far it is read */
	const struct source *content; /* in a layout: the page that goes into it */
	unsigned depth;
};

struct open_section {
	struct span name;
	uint32_t op;
	size_t at;
	struct template_html html;
};

struct compiler {
	const struct template_sources *from;
	struct template_html html;
	struct template_op *ops;
	uint32_t n, cap;
	struct open_section open[TEMPLATE_DEPTH_MAX];
	unsigned n_open;
};

static int fail(struct compiler *c, const struct source *s, size_t at, const char *fmt, ...) PRINTF_LIKE(4, 5);
static int fail(struct compiler *c, const struct source *s, size_t at, const char *fmt, ...)
{
	char *text = c->from->problem->text;
	size_t size = sizeof c->from->problem->text;
	unsigned line = 1;
	va_list arguments;

	for (size_t i = 0; i < at && i < s->text.n; i++)
		line += s->text.p[i] == '\n';
	int n = snprintf(text, size, "%s:%u: ", s->file, line);
	va_start(arguments, fmt);
	vsnprintf(text + n, size - (size_t)n, fmt, arguments);
	va_end(arguments);
	return ERR_CONFIG;
}

static int add_op(struct compiler *c, struct template_op op)
{
	if (c->n == c->cap) {
		uint32_t cap = c->cap ? 2 * c->cap : 64;
		struct template_op *ops = c->n < OPS_MAX ? arena_array(c->from->arena, struct template_op, cap) : NULL;

		if (!ops)
			return FAULT_MEMORY;
		if (c->n)
			memcpy(ops, c->ops, c->n * sizeof *ops);
		c->ops = ops;
		c->cap = cap;
	}
	c->ops[c->n++] = op;
	return 0;
}

static int add_literal(struct compiler *c, const struct source *s, size_t at, struct span text)
{
	size_t offset = 0;
	const char *why = template_html_feed(&c->html, text, &offset);

	if (why)
		return fail(c, s, at + offset, "%s", why);
	return text.n ? add_op(c, (struct template_op){ .kind = OP_LITERAL, .text = text }) : 0;
}

static bool is_name_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '-';
}

static int parse_name(struct compiler *c, const struct source *s, struct span text, struct template_name *ret_name)
{
	struct template_name name = { .n = 0 };

	if (span_is(text, ".")) {
		*ret_name = name;
		return 0;
	}
	while (text.p) {
		struct span part = span_cut(&text, '.');

		if (part.n == 0 || name.n == TEMPLATE_NAME_MAX)
			return fail(c, s, s->at, "not a name");
		for (size_t i = 0; i < part.n; i++)
			if (!is_name_char(part.p[i]))
				return fail(c, s, s->at, "not a name: \"" SPAN_FMT "\"", SPAN_ARG(part));
		name.part[name.n] = arena_cstr(c->from->arena, part);
		if (!name.part[name.n++])
			return FAULT_MEMORY;
	}
	*ret_name = name;
	return 0;
}

static int add_hole(struct compiler *c, const struct source *s, struct template_op *op)
{
	const char *why = template_html_hole(&c->html, &op->place);

	if (why)
		return fail(c, s, s->at, "%s", why);
	if (op->kind != OP_VALUE && op->place != PLACE_TEXT)
		return fail(c, s, s->at, "a text where a URL belongs");
	return add_op(c, *op);
}

static int add_value(struct compiler *c, const struct source *s, struct span text)
{
	struct template_op op = { .kind = OP_VALUE };

	TRY(parse_name(c, s, text, &op.name));
	return add_hole(c, s, &op);
}

/* {{t:key}}, {{t:error.@code.phone}} */
static int add_message(struct compiler *c, const struct source *s, struct span key)
{
	struct template_op op = { .kind = OP_MESSAGE, .text = key };
	struct span rest = key, prefix = span_cut(&rest, '@');

	if (rest.p) {
		char fallback[96];
		struct span name = span_cut(&rest, '.');

		op = (struct template_op){ .kind = OP_MESSAGE_BY, .text = prefix, .suffix = rest };
		TRY(parse_name(c, s, name, &op.name));
		snprintf(fallback, sizeof fallback, SPAN_FMT "default", SPAN_ARG(prefix));
		if (!catalogue_text(c->from->catalogues, 0, span_of(fallback)).p)
			return fail(c, s, s->at, "no text \"%s\"", fallback);
		return add_hole(c, s, &op);
	}
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		op.messages[language] = catalogue_text(c->from->catalogues, language, key);
		if (!op.messages[language].p)
			return fail(c, s, s->at, "no text \"" SPAN_FMT "\"", SPAN_ARG(key));
	}
	return add_hole(c, s, &op);
}

static int open_section(struct compiler *c, const struct source *s, enum template_op_kind kind, struct span name)
{
	struct template_op op = { .kind = kind, .suffix = name };
	struct span subject = span_cut(&op.suffix, '=');

	if (c->n_open == TEMPLATE_DEPTH_MAX)
		return fail(c, s, s->at, "too many sections inside one another");
	if (op.suffix.p && kind == OP_INVERTED)
		return fail(c, s, s->at, "only {{#name=text}} compares");
	if (op.suffix.p)
		op.kind = OP_EQUAL;
	if (op.kind == OP_SECTION && subject.n && subject.p[0] == '?') {
		op.kind = OP_IF;
		subject = (struct span){ subject.p + 1, subject.n - 1 };
	}
	TRY(parse_name(c, s, subject, &op.name));
	template_html_settle(&c->html);
	c->open[c->n_open++] = (struct open_section){ name, c->n, s->at, c->html };
	return add_op(c, op);
}

static int close_section(struct compiler *c, const struct source *s, unsigned base, struct span name)
{
	if (c->n_open == base)
		return fail(c, s, s->at, "\"" SPAN_FMT "\" ends here but did not begin", SPAN_ARG(name));
	struct open_section *open = &c->open[--c->n_open];

	if (!span_eq(open->name, name))
		return fail(c, s, s->at, "\"" SPAN_FMT "\" ends here where \"" SPAN_FMT "\" should", SPAN_ARG(name),
				SPAN_ARG(open->name));
	template_html_settle(&c->html);
	if (!template_html_same(&open->html, &c->html))
		return fail(c, s, s->at, "\"" SPAN_FMT "\" ends in another place of the HTML than it began", SPAN_ARG(name));
	c->ops[open->op].end = c->n;
	return 0;
}

static int read_source(struct compiler *c, const struct source *by, struct span name, struct source *ret_source)
{
	char path[96];
	int result;

	*ret_source = (struct source){ .depth = by ? by->depth + 1 : 0 };
	snprintf(ret_source->file, sizeof ret_source->file, SPAN_FMT ".html", SPAN_ARG(name));
	snprintf(path, sizeof path, "templates/%s", ret_source->file);
	if (by && ret_source->depth > INCLUDE_DEPTH_MAX)
		return fail(c, by, by->at, "partials go round in a circle");
	if (c->from->find) {
		ret_source->text = span_of(c->from->find(ret_source->file));
		result = ret_source->text.p ? 0 : ERR_ABSENT;
	} else {
		result = embed_read(c->from->override_dir, path, c->from->arena, &ret_source->text);
	}
	if (result != ERR_ABSENT)
		return result;
	return by ? fail(c, by, by->at, "no template %s", ret_source->file) : fail(c, ret_source, 0, "no such template");
}

static int compile_source(struct compiler *c, struct source *s);

static int add_partial(struct compiler *c, const struct source *s, struct span text)
{
	struct span name = span_cut(&text, ' '), missing;
	char file[48];
	struct source partial;

	snprintf(file, sizeof file, "_" SPAN_FMT, SPAN_ARG(name));
	TRY(read_source(c, s, span_of(file), &partial));
	partial.content = s->content;
	TRY(template_fill(c->from->arena, partial.text, text, &missing, &partial.text));
	if (missing.n)
		return fail(c, s, s->at, "%s wants " SPAN_FMT "=\"…\"", partial.file, SPAN_ARG(missing));
	return compile_source(c, &partial);
}

static int add_layout(struct compiler *c, struct source *s, size_t end, struct span name)
{
	struct source layout;
	char file[48];

	if (c->n || s->content || span_trim((struct span){ s->text.p, s->at }).n)
		return fail(c, s, s->at, "a layout must come first");
	snprintf(file, sizeof file, "_" SPAN_FMT, SPAN_ARG(name));
	TRY(read_source(c, s, span_of(file), &layout));
	s->at = end;
	layout.content = s;
	TRY(compile_source(c, &layout));
	s->at = s->text.n;
	return 0;
}

static int add_content(struct compiler *c, const struct source *s)
{
	if (!s->content)
		return fail(c, s, s->at, "{{$content}} outside a layout");
	struct source content = *s->content;

	content.depth = s->depth + 1;
	return compile_source(c, &content);
}

static int add_asset(struct compiler *c, const struct source *s, struct span name)
{
	const struct asset *asset = asset_named(c->from->assets, name);

	if (!asset)
		return fail(c, s, s->at, "no asset \"" SPAN_FMT "\"", SPAN_ARG(name));
	return add_literal(c, s, s->at, span_of(asset->path));
}

/* The tag whose inside is @tag and that ends at @end. */
static int add_tag(struct compiler *c, struct source *s, unsigned base, struct span tag, size_t end)
{
	struct span rest = span_trim((struct span){ tag.p + 1, tag.n ? tag.n - 1 : 0 });

	switch (tag.n ? tag.p[0] : 0) {
	case '!':
		return 0;
	case '#':
		return open_section(c, s, OP_SECTION, rest);
	case '^':
		return open_section(c, s, OP_INVERTED, rest);
	case '/':
		return close_section(c, s, base, rest);
	case '>':
		return add_partial(c, s, rest);
	case '<':
		return add_layout(c, s, end, rest);
	case '$':
		return span_is(rest, "content") ? add_content(c, s) : fail(c, s, s->at, "unknown block");
	case '{':
	case '&':
		return fail(c, s, s->at, "nothing is written without escaping");
	}
	if (span_starts(tag, SPAN("t:")))
		return add_message(c, s, (struct span){ tag.p + 2, tag.n - 2 });
	if (span_starts(tag, SPAN("asset:")))
		return add_asset(c, s, (struct span){ tag.p + 6, tag.n - 6 });
	return add_value(c, s, tag);
}

/* A tag that writes nothing and stands alone on its line takes the line with it: shorten @literal, move *@end. */
static void drop_line(const struct source *s, char kind, struct span *literal, size_t *end)
{
	size_t n = literal->n, after = *end;

	if (!kind || !strchr("!#^/><$", kind))
		return;
	while (n && (literal->p[n - 1] == ' ' || literal->p[n - 1] == '\t'))
		n--;
	while (after < s->text.n && (s->text.p[after] == ' ' || s->text.p[after] == '\t'))
		after++;
	bool starts_line = n ? literal->p[n - 1] == '\n' : s->at == 0 || s->text.p[s->at - 1] == '\n';
	if (!starts_line || (after < s->text.n && s->text.p[after] != '\n'))
		return;
	literal->n = n;
	*end = after < s->text.n ? after + 1 : after;
}

static int compile_source(struct compiler *c, struct source *s)
{
	unsigned base = c->n_open;

	while (s->at < s->text.n) {
		struct span rest = { s->text.p + s->at, s->text.n - s->at };
		const char *open = memmem(rest.p, rest.n, "{{", 2);
		struct span literal = { rest.p, open ? (size_t)(open - rest.p) : rest.n };

		if (!open) {
			TRY(add_literal(c, s, s->at, literal));
			break;
		}
		size_t tag_at = s->at + literal.n;
		const char *close = memmem(open, rest.n - literal.n, "}}", 2);
		if (!close)
			return fail(c, s, tag_at, "a tag that does not end");
		struct span tag = span_trim((struct span){ open + 2, (size_t)(close - open - 2) });
		size_t end = (size_t)(close + 2 - s->text.p);

		drop_line(s, tag.n ? tag.p[0] : 0, &literal, &end);
		TRY(add_literal(c, s, s->at, literal));
		s->at = tag_at;
		TRY(add_tag(c, s, base, tag, end));
		if (s->at == tag_at)
			s->at = end;
	}
	if (c->n_open > base)
		return fail(c, s, c->open[c->n_open - 1].at, "\"" SPAN_FMT "\" does not end",
				SPAN_ARG(c->open[c->n_open - 1].name));
	return 0;
}

int template_compile(const struct template_sources *sources, struct template_page *page)
{
	struct compiler c = { .from = sources };
	struct source source;

	TRY(read_source(&c, NULL, span_of(page->name), &source));
	TRY(compile_source(&c, &source));
	if (c.html.state != HTML_TEXT)
		return fail(&c, &source, source.text.n, "the template ends inside a tag or comment");
	page->ops = c.ops;
	page->n = c.n;
	return 0;
}
