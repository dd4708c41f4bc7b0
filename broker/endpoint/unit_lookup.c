/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/unit_lookup.h"

#include "broker/endpoint/app.h"
#include "broker/identity/csv.h"
#include "broker/identity/uscc.h"
#include "providers/verify.h"

/* What a register may fill in: public facts of the unit. Nothing of its people, whatever columns the file has. */
static const struct {
	const char *column, *field;
} facts[] = {
	{ "name", "unit_name" }, { "name", "payee" }, { "uscc", "uscc" }, { "type", "unit_type" }, { "unit_nature", "unit_nature" },
	{ "region", "registered_region" }, { "address", "registered_address" }, { "registered_region", "registered_region" },
	{ "registered_address", "registered_address" }, { "location_region", "location_region" }, { "location_address", "location_address" },
	{ "department", "department" },
};

struct filling {
	const struct form *form;
	struct form_value *values;
	struct arena *arena;
};

static int fill(const struct filling *f, struct span column, struct span text)
{
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		struct form_value *value = span_is(column, facts[i].column) ? form_value_of(f->form, f->values, facts[i].field) : NULL;

		if (!value || !text.n)
			continue;
		value->typed = arena_dup(f->arena, text);
		if (!value->typed.p)
			return FAULT_MEMORY;
	}
	return 0;
}

struct table {
	struct csv *csv;
	struct csv_record row;
	struct span columns[CSV_FIELDS_MAX];
	size_t n;
};

static int read_header(struct table *table, struct arena *arena)
{
	int result = csv_next(table->csv, &table->row);

	if (result || table->row.problem != CSV_OK)
		return result < 0 ? result : ERR_ABSENT;
	for (; table->n < table->row.n; table->n++) {
		table->columns[table->n] = arena_dup(arena, span_trim(table->row.field[table->n])); /* the row's own are gone with the next */
		if (!table->columns[table->n].p)
			return FAULT_MEMORY;
	}
	return 0;
}

static bool is_row_of(const struct table *table, struct span uscc)
{
	for (size_t i = 0; i < table->n && i < table->row.n; i++)
		if (span_is(table->columns[i], "uscc"))
			return span_eq(span_trim(table->row.field[i]), uscc);
	return false;
}

static int search(struct table *table, const struct filling *f, struct span uscc, bool *ret_found)
{
	int result = read_header(table, f->arena);

	while (!result && (result = csv_next(table->csv, &table->row)) == 0) {
		if (table->row.problem != CSV_OK || !is_row_of(table, uscc))
			continue;
		for (size_t i = 0; i < table->n && i < table->row.n; i++)
			TRY(fill(f, table->columns[i], span_trim(table->row.field[i])));
		*ret_found = true;
		return 0;
	}
	return result < 0 ? result : 0;
}

static int search_file(const struct filling *f, struct span path, struct span uscc, bool *ret_found)
{
	char *name = arena_cstr(f->arena, path);
	FILE *file = name ? fopen(name, "re") : NULL;
	struct table *table = arena_new_of(f->arena, struct table);
	int result = 0;

	if (!name || !table) {
		result = FAULT_MEMORY;
	} else if (file) { /* a register that is away knows nothing */
		table->csv = csv_open_file(file, f->arena);
		result = table->csv ? search(table, f, uscc, ret_found) : FAULT_MEMORY;
	}
	if (file)
		fclose(file);
	return result;
}

static int search_verifier(struct request *rq, const struct filling *f, struct span uscc, bool *ret_found)
{
	const struct option_variant_value *chosen = &app_of(rq)->config->realname.verifier;
	struct verify_request request = { .subject = VERIFY_UNIT, .uscc = uscc, .now = rq->now };
	struct verify_ask ask;

	if (!chosen->variant)
		return 0;
	TRY(verifier_of(chosen->variant)->ask(chosen->options, &request, rq->arena, &ask));
	return ask.type == VERIFY_LOOKUP ? search_file(f, ask.path, uscc, ret_found) : 0;
}

static int search_config(struct request *rq, const struct filling *f, struct span uscc, bool *ret_found)
{
	static const char *const types[] = { [CONFIG_UNIT_ENTERPRISE] = "enterprise", [CONFIG_UNIT_INSTITUTION] = "institution", [CONFIG_UNIT_SOCIAL] = "society" };
	const struct config_unit *unit = config_unit(app_of(rq)->config, uscc);

	if (!unit)
		return 0;
	*ret_found = true;
	TRY(fill(f, SPAN("name"), unit->name));
	TRY(fill(f, SPAN("uscc"), unit->uscc));
	TRY(fill(f, SPAN("type"), span_of(types[unit->type])));
	TRY(fill(f, SPAN("region"), unit->region));
	return fill(f, SPAN("department"), unit->dept);
}

int unit_lookup(struct request *rq, struct span text, const struct form *form, struct form_value *values, bool *ret_found)
{
	struct filling f = { form, values, rq->arena };
	struct uscc uscc;

	*ret_found = false;
	int result = uscc_check(text, rq->arena, &uscc);
	if (result < 0)
		return result;
	if (result || uscc.problem != USCC_OK)
		return 0;
	TRY(search_verifier(rq, &f, uscc.code, ret_found));
	return *ret_found ? 0 : search_config(rq, &f, uscc.code, ret_found);
}
