/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_schema - what the resources of the directory consist of, and the OpenAPI 3.1 description of the rows that serve them.
 */
#include "broker/endpoint/api.h"
#include "broker/endpoint/endpoint.h"
#include "broker/http/reply.h"

static const struct api_field unit_fields[] = {
	{ "id", "string", "UUID; never reused." },
	{ "uscc", "string", "Unified social credit code (GB 32100)." },
	{ "name", "string", "Registered name." },
	{ "type", "string", "enterprise, institution or society." },
	{ "status", "string", "registered, needs_supplement, pending_dept, effective, suspended or dissolved." },
	{ "effective", "boolean", "Admitted: also while a change of its data is under review." },
	{ "dept_id", "string", "Supervising department." },
	{ "region", "string", "GB/T 2260." },
	{ "since", "date-time", "In this status." },
	{ 0 },
};
static const struct api_field department_fields[] = {
	{ "id", "string", NULL },
	{ "name", "string", NULL },
	{ "parent", "string", "The department above; absent at the top." },
	{ "region", "string", "GB/T 2260." },
	{ "chosen", "boolean", "Units may choose it; it is not only there to stand above others." },
	{ 0 },
};
static const struct api_field member_fields[] = {
	{ "sub", "string", "As in this client's tokens." },
	{ "name", "string", "With the scope profile only." },
	{ "role", "string", "member or admin." },
	{ "status", "string", "pending_admin, active or ended." },
	{ "since", "date-time", NULL },
	{ "subsystems", "[string]", "What the unit's administrator has granted." },
	{ 0 },
};
static const struct api_field user_fields[] = {
	{ "sub", "string", "As in this client's tokens." },
	{ "accounts", "[object]", "One object for each account: the claims that this client's scopes release, as at the userinfo endpoint." },
	{ 0 },
};
static const struct api_field grant_fields[] = {
	{ "subsystem", "string", NULL },
	{ "unit", "string", "Id of the unit for which it holds; absent: for the person." },
	{ "status", "string", "pre_granted, active or revoked." },
	{ "since", "date-time", NULL },
	{ 0 },
};
static const struct api_field legacy_fields[] = {
	{ "account_id", "string", "In the old system." },
	{ "account_type", "string", "Its user type there." },
	{ "sub", "string", "Who owns it now." },
	{ "method", "string", "How that was proved: import (the account was made of it), phone, password, document, review …" },
	{ "level", "integer", "Of the proof, as `acr`; 0: the import's own word." },
	{ "since", "date-time", NULL },
	{ 0 },
};

static const struct api_field lookup_fields[] = {
	{ "case", "string", "E0a, E0b, E1 to E4 (enterprises), P0 to P4 (individuals), or not_migrated: nothing can be said yet." },
	{ "state", "string", "original; reset: there is no password, recovery sets one; moved: the account is closed, its owner goes on with another." },
	{ "window", "string", "natural or legal: where to log in or register." },
	{ "login_name", "string", "The key itself, or HJ_ before it; absent where none may be told." },
	{ "contact_name", "string", "E4: who runs the unit's legal account, masked." },
	{ "contact_phone", "string", "The same, masked." },
	{ "source", "string", "The old system that has the account." },
	{ 0 },
};

static const struct api_schema schemas[] = {
	{ "Unit", "An organisation.", unit_fields },
	{ "Department", "A supervising department.", department_fields },
	{ "Member", "A natural person in a unit.", member_fields },
	{ "User", "A person or a unit's account.", user_fields },
	{ "Grant", "The right to use a subsystem.", grant_fields },
	{ "LegacyBinding", "An old account and its owner.", legacy_fields },
	{ "Lookup", "What became of an old account.", lookup_fields },
};

const struct api_schema *api_schema_at(size_t i)
{
	return i < ARRAY_LEN(schemas) ? &schemas[i] : NULL;
}

/* ---- printed */

static void open_member(struct json_writer *w, const char *key, char bracket)
{
	json_key(w, key);
	json_open(w, bracket);
}

static void write_type(struct json_writer *w, struct span type, const char *doc)
{
	json_open(w, '{');
	if (type.p[0] == '[') {
		json_member_str(w, "type", SPAN("array"));
		json_key(w, "items");
		write_type(w, (struct span){ type.p + 1, type.n - 2 }, NULL);
	} else if (span_is(type, "date-time")) {
		json_member_str(w, "type", SPAN("string"));
		json_member_str(w, "format", type);
	} else if (type.p[0] >= 'A' && type.p[0] <= 'Z') {
		char ref[96];

		snprintf(ref, sizeof ref, "#/components/schemas/" SPAN_FMT, SPAN_ARG(type));
		json_member_str(w, "$ref", span_of(ref));
	} else {
		json_member_str(w, "type", type);
	}
	json_member_str(w, "description", span_of(doc));
	json_close(w, '}');
}

static void write_schema(struct json_writer *w, const struct api_schema *schema)
{
	open_member(w, schema->name, '{');
	json_member_str(w, "type", SPAN("object"));
	json_member_str(w, "description", span_of(schema->doc));
	open_member(w, "properties", '{');
	for (const struct api_field *field = schema->fields; field->name; field++) {
		json_key(w, field->name);
		write_type(w, span_of(field->type), field->doc);
	}
	json_close(w, '}');
	json_close(w, '}');
}

static void write_param(struct json_writer *w, struct span name, const char *in)
{
	json_open(w, '{');
	json_member_str(w, "name", name);
	json_member_str(w, "in", span_of(in));
	json_member_bool(w, "required", in[0] == 'p');
	json_key(w, "schema");
	write_type(w, span_is(name, "limit") ? SPAN("integer") : SPAN("string"), NULL);
	json_close(w, '}');
}

static void write_params(struct json_writer *w, const struct route *route)
{
	open_member(w, "parameters", '[');
	for (const char *at = strchr(route->path, '{'); at; at = strchr(at + 1, '{'))
		write_param(w, (struct span){ at + 1, strcspn(at + 1, "}") }, "path");
	for (const struct param_spec *spec = route->params; spec && spec->name; spec++)
		if (spec->flags & PARAM_QUERY)
			write_param(w, span_of(spec->name), "query");
	json_close(w, ']');
}

/* What is asked in a body, since it is nobody's to read in a log of addresses. */
static void write_body(struct json_writer *w, const struct route *route)
{
	open_member(w, "requestBody", '{');
	open_member(w, "content", '{');
	open_member(w, "application/x-www-form-urlencoded", '{');
	open_member(w, "schema", '{');
	json_member_str(w, "type", SPAN("object"));
	open_member(w, "properties", '{');
	for (const struct param_spec *spec = route->params; spec && spec->name; spec++)
		if (spec->flags & PARAM_FORM) {
			json_key(w, spec->name);
			write_type(w, SPAN("string"), NULL);
		}
	for (int i = 0; i < 5; i++)
		json_close(w, '}');
}

static void write_answer(struct json_writer *w, const struct route_doc *doc)
{
	static const struct {
		const char *status, *text;
	} errors[] = { { "400", "A parameter is wrong." }, { "401", "No token, or one that is not valid." }, { "403", "The token lacks the scope." },
		       { "404", "There is no such thing, or this client may not know of it." }, { "429", "Too often; Retry-After says how long to wait." } };

	open_member(w, "responses", '{');
	open_member(w, "200", '{');
	json_member_str(w, "description", span_of(doc->summary));
	open_member(w, "content", '{');
	open_member(w, "application/json", '{');
	json_key(w, "schema");
	if (doc->answer[0] == '[') {
		json_open(w, '{');
		json_member_str(w, "type", SPAN("object"));
		open_member(w, "properties", '{');
		json_key(w, "items");
		write_type(w, span_of(doc->answer), NULL);
		json_key(w, "next");
		write_type(w, SPAN("string"), NULL);
		json_close(w, '}');
		json_close(w, '}');
	} else {
		write_type(w, span_of(doc->answer), NULL);
	}
	json_close(w, '}');
	json_close(w, '}');
	json_close(w, '}');
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		open_member(w, errors[i].status, '{');
		json_member_str(w, "description", span_of(errors[i].text));
		json_close(w, '}');
	}
	json_close(w, '}');
}

static void write_route(struct json_writer *w, const struct route *route)
{
	open_member(w, route->path, '{');
	open_member(w, route->methods & METHOD_POST ? "post" : "get", '{');
	json_member_str(w, "operationId", span_of(route->metric));
	json_member_str(w, "summary", span_of(route->doc->summary));
	write_params(w, route);
	if (route->methods & METHOD_POST)
		write_body(w, route);
	open_member(w, "security", '[');
	json_open(w, '{');
	open_member(w, "client", '[');
	json_str(w, span_of(route->doc->scope));
	json_close(w, ']');
	json_close(w, '}');
	json_close(w, ']');
	write_answer(w, route->doc);
	json_close(w, '}');
	json_close(w, '}');
}

static bool is_told_before(const struct route *routes, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (routes[k].doc && strcmp(routes[k].doc->scope, routes[i].doc->scope) == 0)
			return true;
	return false;
}

static void write_security(struct json_writer *w, struct span issuer, const struct route *routes, size_t n)
{
	char *token = arena_printf(w->buf->arena, SPAN_FMT "/token", SPAN_ARG(issuer));

	open_member(w, "securitySchemes", '{');
	open_member(w, "client", '{');
	json_member_str(w, "type", SPAN("oauth2"));
	open_member(w, "flows", '{');
	open_member(w, "clientCredentials", '{');
	json_member_str(w, "tokenUrl", span_of(token));
	open_member(w, "scopes", '{');
	for (size_t i = 0; i < n; i++)
		if (routes[i].doc && !is_told_before(routes, i))
			json_member_str(w, routes[i].doc->scope, span_of(routes[i].doc->summary));
	for (int i = 0; i < 5; i++)
		json_close(w, '}');
}

int endpoint_openapi(struct request *rq)
{
	struct buf buf = buf_new(rq->arena, 16384);
	struct span json;

	TRY(api_describe(&buf, app_of(rq)->config->issuer, endpoint_routes, endpoint_routes_n));
	TRY(buf_done(&buf, &json));
	return reply_json(rq, 200, json);
}

int api_describe(struct buf *buf, struct span issuer, const struct route *routes, size_t n)
{
	struct json_writer w = json_writer(buf);

	json_open(&w, '{');
	json_member_str(&w, "openapi", SPAN("3.1.0"));
	json_key(&w, "info");
	json_raw(&w, SPAN("{\"title\":\"Yimen directory\",\"version\":\"1\",\"description\":\"Units, members, grants and people for business systems.\"}"));
	open_member(&w, "servers", '[');
	json_open(&w, '{');
	json_member_str(&w, "url", issuer);
	json_close(&w, '}');
	json_close(&w, ']');
	open_member(&w, "paths", '{');
	for (size_t i = 0; i < n; i++)
		if (routes[i].doc)
			write_route(&w, &routes[i]);
	json_close(&w, '}');
	open_member(&w, "components", '{');
	open_member(&w, "schemas", '{');
	for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
		write_schema(&w, &schemas[i]);
	json_close(&w, '}');
	write_security(&w, issuer, routes, n);
	json_close(&w, '}');
	json_close(&w, '}');
	return buf->failed ? FAULT_MEMORY : 0;
}
