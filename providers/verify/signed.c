/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signed - a verifier behind an interface of its own, by configuration alone: bodies, headers and signature are texts with placeholders
 * (signed_http.h), paths say where the answer stands. What a province's data exchange is asked with about the four elements of an enterprise (name,
 * credit code, legal representative's name and number), and the national network identity about a person who shows no number. domain.md 3.7
 */
#include "broker/base/error.h"
#include "broker/base/json_path.h"
#include "broker/base/url.h"
#include "providers/signed_http.h"
#include "providers/verify.h"

struct reply_options {
	struct span path, message, reference, pseudonym;
	struct option_list match, mismatch, no_record;
};

struct signed_options {
	struct signed_http request;
	struct span person, unit, network, unit_url, network_url, method;
	struct reply_options reply;
};

#define REPLY(key_, type_, ...) { .key = #key_, .type = type_, .offset = offsetof(struct reply_options, key_), __VA_ARGS__ }
static const struct option reply_rows[] = {
	REPLY(path, OPTION_STRING, .def = "code", .min = 1, .max = 200, .doc = "Where in the JSON answer the result stands: `code`, `data.0.result`."),
	REPLY(match, OPTION_LIST, .def = "0", .min = 1, .max = 20, .doc = "What stands there when everything belongs together."),
	REPLY(mismatch, OPTION_LIST, .max = 50, .doc = "… when it does not. Final: nobody else is asked."),
	REPLY(no_record, OPTION_LIST, .max = 50,
	      .doc = "… when the register does not know: the next verifier is asked, or a reviewer. Anything else means that it could not be asked."),
	REPLY(message, OPTION_STRING, .max = 200, .doc = "Where words for people stand, for the log and for tests."),
	REPLY(reference, OPTION_STRING, .max = 200, .doc = "Where its own number of the question stands, kept as evidence."),
	REPLY(pseudonym, OPTION_STRING, .max = 200, .doc = "Network identity: where the person's pseudonymous number stands."),
	{ .key = NULL },
};

#define AT(member) offsetof(struct signed_options, member)
static const struct option rows[] = {
	{ .key = "request", .type = OPTION_GROUP, .offset = AT(request), .sub = signed_http_rows, .doc = "The request." },
	{ .key = "person_body", .type = OPTION_STRING, .offset = AT(person), .max = 4000,
	  .doc = "The body that asks about a person: `{name}`, `{id_number}`, `{id_type}`, `{gender}`, `{ethnic_code}`, `{country}`, and those of `request`. Not set: it is "
		 "not asked about people." },
	{ .key = "unit_body", .type = OPTION_STRING, .offset = AT(unit), .max = 4000,
	  .doc = "The body that asks about a unit, the four elements: `{unit_name}`, `{uscc}`, `{name}` and `{id_number}` (of its legal representative), `{id_type}`. Not set: it "
		 "is not asked about units." },
	{ .key = "network_body", .type = OPTION_STRING, .offset = AT(network), .max = 4000,
	  .doc = "The body that asks about a network identity: `{network_auth}`, `{network_pin}`, `{network_photo}` as the person's app sealed them. Not set: it is not asked "
		 "about any." },
	{ .key = "unit_url", .type = OPTION_STRING, .offset = AT(unit_url), .max = 2048, .doc = "Where it is asked about units, when not at `request.url`." },
	{ .key = "network_url", .type = OPTION_STRING, .offset = AT(network_url), .max = 2048, .doc = "… and about network identities." },
	{ .key = "method", .type = OPTION_STRING, .offset = AT(method), .def = "register", .min = 1, .max = 32,
	  .doc = "A word for the kind of source, kept with the verification." },
	{ .key = "reply", .type = OPTION_GROUP, .offset = AT(reply), .sub = reply_rows, .doc = "Its answer." },
	{ .key = NULL },
};

static const char *const names[] = { "name", "id_number", "id_type", "gender", "ethnic_code", "country", "unit_name", "uscc", "network_auth", "network_pin",
				     "network_photo", NULL };

static void check_url(struct span text, const char *key, const struct yaml_node *map, struct problems *problems)
{
	struct url url;

	if (text.n && url_parse_secure(text, &url))
		problem_add(problems, yaml_place(map, key), "\"%s\" must begin with https:// (http only on loopback)", key);
}

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct signed_options *o = options;
	const struct yaml_node *request = yaml_get(map, "request");

	signed_http_check_template(o->person, names, "person_body", map, problems);
	signed_http_check_template(o->unit, names, "unit_body", map, problems);
	signed_http_check_template(o->network, names, "network_body", map, problems);
	check_url(o->unit_url, "unit_url", map, problems);
	check_url(o->network_url, "network_url", map, problems);
	if (!o->person.n && !o->unit.n && !o->network.n)
		problem_add(problems, map->place, "one of \"person_body\", \"unit_body\" and \"network_body\" is needed");
	if (o->network.n && !o->reply.pseudonym.n)
		problem_add(problems, yaml_place(map, "network_body"), "\"network_body\" needs \"reply.pseudonym\": where it says who that is");
	if (!request)
		problem_add(problems, map->place, "\"request\" is missing: \"url\" and how it is signed");
	else
		signed_http_check(&o->request, names, request, problems);
}

static int ask(const void *options, const struct verify_request *request, struct arena *arena, struct verify_ask *ret_ask)
{
	const struct signed_options *o = options;
	const struct {
		struct span body, url;
	} ways[] = { [VERIFY_PERSON] = { o->person, o->request.url }, [VERIFY_UNIT] = { o->unit, o->unit_url.n ? o->unit_url : o->request.url },
		     [VERIFY_UNIT_FACTS] = { { NULL, 0 }, { NULL, 0 } }, [VERIFY_NETWORK] = { o->network, o->network_url.n ? o->network_url : o->request.url } };
	const struct signed_http_field fields[] = {
		{ "name", request->name, false }, { "id_number", request->id_number, false }, { "id_type", request->id_type, false },
		{ "gender", request->gender, false }, { "ethnic_code", request->ethnic_code, false }, { "country", request->country, false },
		{ "unit_name", request->unit_name, false }, { "uscc", request->uscc, false }, { "network_auth", request->network_auth, false },
		{ "network_pin", request->network_pin, false }, { "network_photo", request->network_photo, false },
	};

	*ret_ask = (struct verify_ask){ .type = VERIFY_CANNOT };
	if (!ways[request->subject].body.n)
		return 0;
	ret_ask->type = VERIFY_FETCH;
	return signed_http_fill(&o->request, ways[request->subject].url, ways[request->subject].body, fields, ARRAY_LEN(fields), request->nonce, request->now,
				arena, &ret_ask->fetch);
}

static int word_at(const json_t *json, struct span path, struct arena *arena, struct span *ret_word)
{
	*ret_word = (struct span){ NULL, 0 };
	if (path.n)
		TRY(json_path_text(json, path, arena, ret_word));
	*ret_word = verify_word(*ret_word);
	return 0;
}

static int read_answer(const void *options, const struct verify_request *request, const struct verify_reply *reply, struct arena *arena,
		       struct verify_answer *ret_answer)
{
	const struct signed_options *o = options;
	enum verify_outcome outcome = VERIFY_UNAVAILABLE;
	struct span message = { NULL, 0 };
	JSON *json = NULL;
	struct span code;

	if (reply->error || reply->status != 200)
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, reply->error ? "no answer" : "a status that is not 200");
	if (json_read(reply->body, &json))
		return verify_answer(ret_answer, VERIFY_UNAVAILABLE, "an answer that is no JSON");
	TRY(json_path_text(json, o->reply.path, arena, &code));
	if (o->reply.message.n)
		TRY(json_path_text(json, o->reply.message, arena, &message));
	if (code.n)
		outcome = option_list_has(&o->reply.match, code) ? VERIFY_MATCH :
			  option_list_has(&o->reply.mismatch, code) ? VERIFY_MISMATCH :
			  option_list_has(&o->reply.no_record, code) ? VERIFY_NOT_CHECKABLE : VERIFY_UNAVAILABLE;
	verify_answer(ret_answer, outcome, code.n ? "the verifier said so" : "an answer without a result");
	ret_answer->code = code;
	ret_answer->message = message;
	ret_answer->method = request->subject == VERIFY_NETWORK ? SPAN("network-id") : o->method;
	TRY(word_at(json, o->reply.reference, arena, &ret_answer->evidence));
	if (request->subject != VERIFY_NETWORK || outcome != VERIFY_MATCH)
		return 0;
	TRY(word_at(json, o->reply.pseudonym, arena, &ret_answer->pseudonym));
	/* Somebody, but nobody knows who: the same person could verify any number of accounts. */
	return ret_answer->pseudonym.n ? 0 : verify_answer(ret_answer, VERIFY_UNAVAILABLE, "a match without a pseudonym");
}

extern const struct verifier verify_signed;
const struct verifier verify_signed = {
	.variant = { .name = "signed", .doc = "Any interface over HTTP, described here: people, the four elements of units, network identities.", .table = rows,
		     .size = sizeof(struct signed_options), .check = check },
	.ask = ask,
	.read = read_answer,
};
