/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/script.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX ((size_t)512 << 20)

/* What the parser knows while it walks the lines. */
struct parser {
	struct arena *arena;
	struct script *script;
	struct step *step;
	const char *problem;
};

static int problem(struct parser *parser, const char *text)
{
	parser->problem = text;
	return ERR_INVALID;
}

static int var_of(struct parser *parser, struct span name, int *ret_var)
{
	struct script *s = parser->script;

	for (size_t i = 0; i < s->vars_n; i++) {
		if (span_eq(s->vars[i], name)) {
			*ret_var = (int)i;
			return 0;
		}
	}
	if (s->vars_n == SCRIPT_VARS_MAX)
		return problem(parser, "too many names");
	s->vars[s->vars_n] = name;
	*ret_var = (int)s->vars_n++;
	return 0;
}

static int template_compile(struct parser *parser, struct span text, struct template *ret)
{
	struct template t = { .n = 0 };
	size_t holes = 0;

	for (size_t i = 0; i + 1 < text.n; i++)
		holes += text.p[i] == '$' && text.p[i + 1] == '{';
	t.pieces = arena_array(parser->arena, struct piece, holes + 1);
	if (!t.pieces)
		return FAULT_MEMORY;
	while (text.n) {
		const char *hole = memmem(text.p, text.n, "${", 2);
		struct piece *piece = &t.pieces[t.n++];

		*piece = (struct piece){ { text.p, hole ? (size_t)(hole - text.p) : text.n }, -1 };
		if (!hole)
			break;
		struct span rest = { hole + 2, (size_t)(text.p + text.n - hole - 2) };
		const char *end = memchr(rest.p, '}', rest.n);
		if (!end)
			return problem(parser, "a ${ without }");
		TRY(var_of(parser, (struct span){ rest.p, (size_t)(end - rest.p) }, &piece->var));
		text = (struct span){ end + 1, (size_t)(rest.p + rest.n - end - 1) };
	}
	*ret = t;
	return 0;
}

void script_expand(const struct template *template, const struct span *values, struct buf *buf)
{
	for (size_t i = 0; i < template->n; i++) {
		buf_add(buf, template->pieces[i].text);
		if (template->pieces[i].var >= 0)
			buf_add(buf, values[template->pieces[i].var]);
	}
}

static struct span word(struct span *rest)
{
	struct span w = span_cut(rest, ' ');

	*rest = span_trim(*rest);
	return w;
}

static int rows_read(struct parser *parser, struct span args)
{
	static const char *const modes[] = { [ROWS_ONCE] = "once", [ROWS_CYCLE] = "cycle", [ROWS_CONNECTION] = "connection" };
	struct script *s = parser->script;
	struct span mode = word(&args), text;
	char *path = arena_cstr(parser->arena, word(&args));
	size_t lines = 0;

	for (size_t i = ROWS_ONCE; i < ARRAY_LEN(modes); i++)
		if (span_is(mode, modes[i]))
			s->rows_mode = (enum rows_mode)i;
	if (!s->rows_mode || !path)
		return problem(parser, "rows wants once, cycle or connection, and a file");
	while (args.n)
		TRY(var_of(parser, word(&args), &s->rows_vars[s->rows_vars_n++]));
	if (sys_read_file(path, FILE_MAX, parser->arena, &text))
		return problem(parser, "cannot read the rows");
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	s->rows = arena_array(parser->arena, struct span, lines + 1);
	if (!s->rows)
		return FAULT_MEMORY;
	while (text.n) {
		struct span line = span_cut(&text, '\n');
		if (line.n)
			s->rows[s->rows_n++] = line;
	}
	return s->rows_n ? 0 : problem(parser, "no rows");
}

static int step_begin(struct parser *parser, struct span args)
{
	struct script *s = parser->script;

	if (s->steps_n == SCRIPT_STEPS_MAX)
		return problem(parser, "too many steps");
	parser->step = &s->steps[s->steps_n++];
	parser->step->method = word(&args);
	return template_compile(parser, args, &parser->step->target);
}

static int status_read(struct parser *parser, struct span args)
{
	while (args.n) {
		uint64_t code;

		if (parser->step->status_n == SCRIPT_STATUS_MAX || !span_to_u64(word(&args), &code))
			return problem(parser, "status wants at most four numbers");
		parser->step->status[parser->step->status_n++] = (int)code;
	}
	return 0;
}

/* All headers of a step are one template. */
static int header_add(struct parser *parser, struct span args)
{
	struct template line, *head = &parser->step->head;
	struct piece *pieces;

	TRY(template_compile(parser, args, &line));
	pieces = arena_array(parser->arena, struct piece, head->n + line.n + 1);
	if (!pieces)
		return FAULT_MEMORY;
	if (head->n)
		memcpy(pieces, head->pieces, head->n * sizeof *pieces);
	memcpy(pieces + head->n, line.pieces, line.n * sizeof *pieces);
	pieces[head->n + line.n] = (struct piece){ SPAN("\r\n"), -1 };
	*head = (struct template){ pieces, head->n + line.n + 1 };
	return 0;
}

static int rule_add(struct parser *parser, struct rule rule)
{
	if (parser->step->rules_n == SCRIPT_RULES_MAX)
		return problem(parser, "too many captures and checks in a step");
	rule.key = arena_dup(parser->arena, rule.key); /* terminated: jansson wants that */
	parser->step->rules[parser->step->rules_n++] = rule;
	return rule.key.p ? 0 : FAULT_MEMORY;
}

static int capture_read(struct parser *parser, struct span args)
{
	static const struct {
		const char *name;
		enum rule_kind kind;
	} kinds[] = {
		{ "json", CAPTURE_JSON }, { "query", CAPTURE_QUERY }, { "location", CAPTURE_LOCATION },
		{ "field", CAPTURE_FIELD }, { "action", CAPTURE_ACTION },
	};
	struct rule rule = { .value = { 0 } };

	TRY(var_of(parser, word(&args), &rule.var));
	struct span kind = word(&args);
	rule.key = args;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (span_is(kind, kinds[i].name)) {
			rule.kind = kinds[i].kind;
			return rule_add(parser, rule);
		}
	}
	return problem(parser, "unknown kind of capture");
}

static int step_line(struct parser *parser, struct span name, struct span args)
{
	struct step *step = parser->step;

	if (span_is(name, "header"))
		return header_add(parser, args);
	if (span_is(name, "body")) {
		step->has_body = true;
		return template_compile(parser, args, &step->body);
	}
	if (span_is(name, "status"))
		return status_read(parser, args);
	if (span_is(name, "capture"))
		return capture_read(parser, args);
	if (span_is(name, "json")) {
		struct span key = word(&args);
		return rule_add(parser, (struct rule){ .kind = CHECK_JSON, .key = key, .value = args });
	}
	if (span_is(name, "jwt"))
		return rule_add(parser, (struct rule){ .kind = CHECK_JWT, .key = args });
	if (span_is(name, "contains"))
		return rule_add(parser, (struct rule){ .kind = CHECK_CONTAINS, .key = args });
	if (span_is(name, "set-cookie"))
		return rule_add(parser, (struct rule){ .kind = CHECK_COOKIE, .key = args });
	return problem(parser, "unknown directive");
}

static int line_read(struct parser *parser, struct span line)
{
	struct script *s = parser->script;
	struct span name = word(&line);

	if (span_is(name, "step"))
		return step_begin(parser, line);
	if (span_is(name, "rows"))
		return rows_read(parser, line);
	if (span_is(name, "jwks")) {
		s->jwks = line;
		return 0;
	}
	if (span_is(name, "jar")) {
		s->has_jar = true;
		return 0;
	}
	if (span_is(name, "emit")) {
		s->has_emit = true;
		return template_compile(parser, line, &s->emit);
	}
	return parser->step ? step_line(parser, name, line) : problem(parser, "a directive before the first step");
}

int script_read(const char *path, struct arena *arena, struct script *ret_script)
{
	struct parser parser = { arena, ret_script, NULL, "no memory" };
	struct span text;
	int r = sys_read_file(path, 1 << 20, arena, &text);

	if (r) {
		fprintf(stderr, "load: cannot read %s\n", path);
		return r;
	}
	for (int number = 1; text.n; number++) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (!line.n || line.p[0] == '#')
			continue;
		r = line_read(&parser, line);
		if (r) {
			fprintf(stderr, "load: %s:%d: %s\n", path, number, parser.problem);
			return r;
		}
	}
	if (!ret_script->steps_n) {
		fprintf(stderr, "load: %s: no step\n", path);
		return ERR_INVALID;
	}
	return 0;
}
