/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_schema - what the resources of the directory consist of, and the OpenAPI 3.1 description of the rows that serve them.
 */
#include "broker/endpoint/api.h"
#include "broker/endpoint/endpoint.h"
#include "broker/http/reply.h"
#include "conf/config.h"
#include "conf/config_reference.h"

#include <stdlib.h>

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

/* ---- configuration */

static const struct api_field config_status_fields[] = {
	{ "active", "integer", "Number of the version that holds; 0: the file alone." },
	{ "four_eyes", "boolean", "Who proposes does not activate." },
	{ "sections", "[string]", "Top-level keys that are managed here." },
	{ 0 },
};
#define CONFIG_VERSION_FIELDS                                                                                        \
	{ "version", "integer", "Its number." },                                                                      \
	{ "state", "string", "draft, proposed, active, superseded or rejected." },                                    \
	{ "parent", "integer", "The version that held when it was begun." },                                          \
	{ "revision", "integer", "Counts edits: say it with the next one, so that nobody's work is overwritten." },   \
	{ "reason", "string", NULL }, { "answer", "string", "Why it was rejected." },                                 \
	{ "author", "string", "A login name, client:ID, or operator (the command line)." },                           \
	{ "created_at", "date-time", NULL }, { "changed_at", "date-time", NULL },                                     \
	{ "proposer", "string", NULL }, { "proposed_at", "date-time", NULL },                                         \
	{ "activator", "string", NULL }, { "activated_at", "date-time", NULL },                                       \
	{ "restores", "integer", "Of a rollback: the version whose content this is." }
static const struct api_field config_version_fields[] = { CONFIG_VERSION_FIELDS, { 0 } };
static const struct api_field config_tree_fields[] = {
	CONFIG_VERSION_FIELDS,
	{ "tree", "ConfigTree", "What it says." },
	{ 0 },
};
static const struct api_field config_export_fields[] = { { "version", "integer", NULL }, { "yaml", "string", "Secrets are references." }, { 0 } };
static const struct api_field config_change_fields[] = {
	{ "path", "string", "providers.alipay.app_id" },
	{ "change", "string", "added, removed or changed." },
	{ "before", "string", "Never of a secret." },
	{ "after", "string", "Never of a secret." },
	{ "secret", "boolean", NULL },
	{ 0 },
};
static const struct api_field config_diff_fields[] = {
	{ "from", "integer", NULL }, { "version", "integer", NULL }, { "changes", "[ConfigChange]", NULL }, { 0 },
};
static const struct api_field config_problem_fields[] = {
	{ "path", "string", "Where; absent: the whole, or the file." },
	{ "message", "string", NULL },
	{ "message_zh", "string", NULL },
	{ "warning", "boolean", "No reason to refuse." },
	{ 0 },
};
static const struct api_field config_validity_fields[] = {
	{ "version", "integer", NULL }, { "valid", "boolean", NULL }, { "problems", "[ConfigProblem]", NULL }, { 0 },
};
static const struct api_field config_field_fields[] = {
	{ "path", "string", NULL }, { "type", "string", NULL }, { "doc", "string", NULL }, { "required", "boolean", NULL },
	{ "secret", "boolean", "Its value is never told." },
	{ "locked", "boolean", "Only the file can say it." },
	{ "set", "boolean", NULL },
	{ "origin", "string", "default, file or version." },
	{ "default", "string", NULL },
	{ "value", "string", "As one types it; lists one item a line." },
	{ "values", "[string]", "The values that there are." },
	{ 0 },
};
static const struct api_field config_object_fields[] = {
	{ "id", "string", NULL }, { "type", "string", NULL }, { "in_file", "boolean", NULL }, { "in_version", "boolean", "This version says something of it." },
	{ "removed", "boolean", "The file has it, and this version takes it away." },
	{ 0 },
};
static const struct api_field config_fields_fields[] = { { "objects", "[ConfigObject]", NULL }, { "fields", "[ConfigField]", NULL }, { 0 } };
static const struct api_field config_nothing_fields[] = { { 0 } };
static const struct api_field config_seen_fields[] = { { "revision", "integer", "As it was looked at: conflict when it is another by now." }, { 0 } };
static const struct api_field config_reason_fields[] = { { "reason", "string", NULL }, { 0 } };
static const struct api_field config_draft_fields[] = {
	{ "reason", "string", NULL },
	{ "rollback", "integer", "With the content of that version." },
	{ "yaml", "string", "With this content (YAML or JSON, as exported)." },
	{ 0 },
};
static const struct api_field config_import_fields[] = { { "revision", "integer", NULL }, { "yaml", "string", NULL }, { 0 } };
static const struct api_field config_edit_fields[] = {
	{ "path", "string", "sms.signature.zh, providers.alipay, clients[a.b].name" },
	{ "value", "any", "Text, number, boolean, list or object; null: not set, also where the file says something." },
	{ "remove", "boolean", "Take the object away." },
	{ "forget", "boolean", "Say nothing of it: the file's word holds." },
	{ 0 },
};
static const struct api_field config_edits_fields[] = {
	{ "revision", "integer", "As last shown; 409 when somebody has edited it meanwhile." }, { "edits", "[ConfigEdit]", NULL }, { 0 },
};
static const struct api_field config_test_of_fields[] = {
	{ "path", "string", "providers.ID, sms, sms.routes.ID, realname or realname.verifiers.ID" }, { "phone", "string", "Of sms: who gets the message." },
	{ "name", "string", "Of realname: about whom it is asked." }, { "id_number", "string", NULL },
	{ 0 },
};
static const struct api_field config_test_fields[] = {
	{ "good", "boolean", NULL }, { "reason", "string", "Why not." },
	{ "outcome", "string", "Of sms, as the rest." }, { "route", "string", NULL }, { "code", "string", "The vendor's own." }, { "message", "string", "The vendor's own." },
	{ "advice_zh", "string", NULL }, { "advice_en", "string", NULL }, { "vendor_id", "string", NULL }, { "took_ms", "integer", NULL },
	{ 0 },
};
static const struct api_field config_trial_of_fields[] = {
	{ "login_name", "string", NULL }, { "namespace", "string", "natural, legal or staff." }, { "unit", "string", "Credit code of the unit acted for." },
	{ "client", "string", NULL }, { "scope", "string", "As the client would ask; absent: its default." },
	{ 0 },
};
static const struct api_field config_missing_fields[] = { { "rule", "string", NULL }, { "error", "string", NULL }, { 0 } };
static const struct api_field config_trial_fields[] = {
	{ "admitted", "boolean", "The client would get its code." },
	{ "held_by", "string", "The first rule that holds the person back." },
	{ "page", "string", "Where that is resolved." },
	{ "missing", "[ConfigMissing]", "All of them." },
	{ "second_factor", "boolean", "The login asks for one." },
	{ "consent", "boolean", "The person is asked." },
	{ "chooses_unit", "boolean", "The person is asked for whom they act." },
	{ "scope", "string", "What would be granted." },
	{ "claims", "[string]", "Names of what the client would be told." },
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
	{ "ConfigStatus", "What administrators manage.", config_status_fields },
	{ "ConfigVersion", "A version of what administrators put on top of the configuration file.", config_version_fields },
	{ "ConfigVersionTree", "A version with what it says.", config_tree_fields },
	{ "ConfigExport", "A version for people who keep it in git.", config_export_fields },
	{ "ConfigChange", "A value that two versions say differently.", config_change_fields },
	{ "ConfigDiff", "What two versions say differently.", config_diff_fields },
	{ "ConfigProblem", "What is wrong.", config_problem_fields },
	{ "ConfigValidity", "May it be activated?", config_validity_fields },
	{ "ConfigField", "A value as a form shows it.", config_field_fields },
	{ "ConfigObject", "An object of a section.", config_object_fields },
	{ "ConfigFields", "Either objects or fields.", config_fields_fields },
	{ "ConfigNothing", "Nothing needs to be said.", config_nothing_fields },
	{ "ConfigSeen", "What was looked at; may be left out.", config_seen_fields },
	{ "ConfigReason", "Why.", config_reason_fields },
	{ "ConfigDraft", "What the draft begins with.", config_draft_fields },
	{ "ConfigImport", "What the draft says from now on.", config_import_fields },
	{ "ConfigEdit", "One of value, remove and forget.", config_edit_fields },
	{ "ConfigEdits", "Edits of one draft, all of them or none.", config_edits_fields },
	{ "ConfigTestOf", "What is asked.", config_test_of_fields },
	{ "ConfigTest", "What it said.", config_test_fields },
	{ "ConfigTrialOf", "Whose way to which client.", config_trial_of_fields },
	{ "ConfigMissing", "A rule that holds the person back.", config_missing_fields },
	{ "ConfigTrial", "What would become of it.", config_trial_fields },
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
	} else if (span_is(type, "any")) {
		/* nothing is said of it */
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
	if (route->doc->body) {
		open_member(w, "application/json", '{');
		json_key(w, "schema");
		write_type(w, span_of(route->doc->body), NULL);
		for (int i = 0; i < 3; i++)
			json_close(w, '}');
		return;
	}
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

static void free_text(char **text)
{
	free(*text);
}

static int write_tree_schema(struct json_writer *w, const struct option_registry *registries);

int endpoint_openapi(struct request *rq)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4 * 1024 * 1024);
	struct span json;

	if (!arena)
		return FAULT_MEMORY;
	struct buf buf = buf_new(arena, 256 * 1024);
	TRY(api_describe(&buf, app_of(rq)->config->issuer, endpoint_routes, endpoint_routes_n, app_of(rq)->app->sources->registries));
	TRY(buf_done(&buf, &json));
	json = arena_dup(rq->arena, json);
	return json.p ? reply_json(rq, 200, json) : FAULT_MEMORY;
}

/* The tree of a version: the managed sections by the rows of the configuration itself. */
static int write_tree_schema(struct json_writer *w, const struct option_registry *registries)
{
	CLEANUP(free_text) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return FAULT_MEMORY;
	config_reference_sections(out, registries);
	if (fclose(out))
		return FAULT_MEMORY;
	open_member(w, "ConfigTree", '{');
	json_member_str(w, "type", SPAN("object"));
	open_member(w, "properties", '{');
	json_key(w, "set");
	json_raw(w, (struct span){ text, size });
	json_key(w, "removed");
	write_type(w, SPAN("[string]"), "Paths of objects of the file that are taken away.");
	json_close(w, '}');
	json_close(w, '}');
	return 0;
}

int api_describe(struct buf *buf, struct span issuer, const struct route *routes, size_t n, const struct option_registry *registries)
{
	struct json_writer w = json_writer(buf);

	json_open(&w, '{');
	json_member_str(&w, "openapi", SPAN("3.1.0"));
	json_key(&w, "info");
	json_raw(&w, SPAN("{\"title\":\"Yimen\",\"version\":\"1\",\"description\":\"Units, members, grants and people for business systems; configuration for administrators.\"}"));
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
	TRY(write_tree_schema(&w, registries));
	json_close(&w, '}');
	write_security(&w, issuer, routes, n);
	json_close(&w, '}');
	json_close(&w, '}');
	return buf->failed ? FAULT_MEMORY : 0;
}
