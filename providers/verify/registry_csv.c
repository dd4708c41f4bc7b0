/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_csv - the verifier that needs nobody else: people and units in two CSV files that the operator keeps. For deployments with a register
 * of their own, for demos and tests.
 *
 * People: name, id_type, id_number, and optionally gender, ethnic_code, level. Units: name, uscc, rep_name, rep_id_type, rep_id_number, level;
 * further columns are what unit_lookup fills forms in with.
 * Values are normalised codes (GA/T 2000.156, GB/T 2261.1, GB/T 3304). An empty cell is not compared.
 */
#include "providers/verify.h"

struct csv_options {
	struct span people, units;
};

static const struct option rows[] = {
	{ .key = "people", .type = OPTION_PATH, .offset = offsetof(struct csv_options, people),
	  .doc = "CSV file of people: `name,id_type,id_number,gender,ethnic_code,level`, normalised. Read again when it changes. Not set: people are reviewed by hand." },
	{ .key = "units", .type = OPTION_PATH, .offset = offsetof(struct csv_options, units),
	  .doc = "CSV file of units: `name,uscc,rep_name,rep_id_type,rep_id_number,level`, and what else forms are filled in with: `type`, `unit_nature`, "
		 "`region`, `address`, `department`. Not set: units are reviewed by hand." },
	{ .key = NULL },
};

static int csv_ask(const void *options, const struct verify_request *request, struct arena *arena, struct verify_ask *ret_ask)
{
	const struct csv_options *csv = options;
	bool unit = request->subject != VERIFY_PERSON;

	*ret_ask = (struct verify_ask){ .type = VERIFY_LOOKUP, .path = unit ? csv->units : csv->people };
	if (!ret_ask->path.n || request->subject == VERIFY_NETWORK)
		ret_ask->type = VERIFY_CANNOT;
	if (unit) {
		ret_ask->columns[0] = "uscc";
		ret_ask->values[0] = request->uscc;
		ret_ask->n_columns = 1;
	} else {
		ret_ask->columns[0] = "id_number";
		ret_ask->values[0] = request->id_number;
		ret_ask->columns[1] = "id_type";
		ret_ask->values[1] = request->id_type;
		ret_ask->n_columns = 2;
	}
	return 0;
}

static struct span cell(const struct verify_reply *reply, const char *column)
{
	for (size_t i = 0; i < reply->n_cells; i++)
		if (span_is(reply->cells[i].column, column))
			return span_trim(reply->cells[i].value);
	return (struct span){ NULL, 0 };
}

struct comparison {
	const char *column;
	struct span said;
	bool must; /* an empty cell is no match */
};

static bool agrees(const struct verify_reply *reply, const struct comparison *rows_, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct span known = cell(reply, rows_[i].column);

		if ((!known.n || !rows_[i].said.n) && !rows_[i].must)
			continue;
		if (!known.n || !span_eq(known, rows_[i].said))
			return false;
	}
	return true;
}

static int csv_read(const void *options, const struct verify_request *request, const struct verify_reply *reply, struct arena *arena,
		    struct verify_answer *ret_answer)
{
	const struct comparison person[] = { { "name", request->name, true }, { "gender", request->gender }, { "ethnic_code", request->ethnic_code } };
	const struct comparison unit[] = { { "name", request->unit_name, true }, { "rep_name", request->name, true }, { "rep_id_type", request->id_type },
					   { "rep_id_number", request->id_number } };
	uint64_t level = 0;

	if (reply->error)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "the register cannot be read");
	if (!reply->found)
		return verify_answer(ret_answer, VERIFY_MISMATCH, "not in the register");
	if (request->subject == VERIFY_UNIT_FACTS) {
		verify_answer(ret_answer, VERIFY_MATCH, NULL);
		ret_answer->facts = reply->cells;
		ret_answer->n_facts = reply->n_cells;
		return 0;
	}
	if (!(request->subject == VERIFY_UNIT ? agrees(reply, unit, ARRAY_LEN(unit)) : agrees(reply, person, ARRAY_LEN(person))))
		return verify_answer(ret_answer, VERIFY_MISMATCH, "the register says otherwise");
	verify_answer(ret_answer, VERIFY_MATCH, NULL);
	if (span_to_u64(cell(reply, "level"), &level) && level <= 3)
		ret_answer->level = (int64_t)level;
	ret_answer->method = SPAN("registry");
	return 0;
}

extern const struct verifier verify_registry_csv;
const struct verifier verify_registry_csv = {
	.variant = { .name = "registry_csv", .doc = "Two CSV files instead of a population database.", .table = rows, .size = sizeof(struct csv_options) },
	.ask = csv_ask,
	.read = csv_read,
};
