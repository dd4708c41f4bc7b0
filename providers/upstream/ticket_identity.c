/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_identity - from a platform's last answer to who it is: see ticket.h. Which fields count when is here and not in a configuration. */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "providers/upstream/ticket.h"

#define VALUE_MAX 512
#define SUBJECT_MAX 255
#define ACR_REAL_NAME 2 /* domain.md 3.9 */

enum field_of { ANYBODY, VERIFIED_PERSON, UNIT };

static const struct {
	const char *name;
	size_t offset; /* in struct provider_identity */
	enum field_of of;
} fields[] = {
	{ "subject", offsetof(struct provider_identity, subject), ANYBODY },
	{ "name", offsetof(struct provider_identity, name), ANYBODY },
	{ "phone", offsetof(struct provider_identity, phone), ANYBODY },
	{ "email", offsetof(struct provider_identity, email), ANYBODY },
	{ "login_name", offsetof(struct provider_identity, login_name), ANYBODY },
	{ "level", offsetof(struct provider_identity, level), ANYBODY },
	{ "method", offsetof(struct provider_identity, method), ANYBODY },
	{ "sid", offsetof(struct provider_identity, sid), ANYBODY },
	{ "real_name", offsetof(struct provider_identity, real_name), VERIFIED_PERSON },
	{ "id_type", offsetof(struct provider_identity, id_type), VERIFIED_PERSON },
	{ "id_number", offsetof(struct provider_identity, id_number), VERIFIED_PERSON },
	{ "uscc", offsetof(struct provider_identity, uscc), UNIT },
	{ "unit_name", offsetof(struct provider_identity, unit_name), UNIT },
	{ "unit_type", offsetof(struct provider_identity, unit_type), UNIT },
	{ "region", offsetof(struct provider_identity, region), UNIT },
};
static const char *const others[] = { "acr", "legal", "claims" };

static bool is_other(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (span_is(name, others[i]))
			return true;
	return false;
}

void ticket_check_identity(const struct ticket_options *plan, struct place place, struct problems *problems)
{
	bool has_subject = false;

	for (size_t i = 0; i < plan->identity.n; i++) {
		struct span name, rest;
		size_t field = 0;

		if (!ticket_assignment(plan->identity.items[i], &name, &rest))
			continue; /* reported already */
		while (field < ARRAY_LEN(fields) && !span_is(name, fields[field].name))
			field++;
		if (field == ARRAY_LEN(fields) && !is_other(name))
			problem_add(problems, place, "identity: nobody has a field \"" SPAN_FMT "\"", SPAN_ARG(name));
		has_subject |= span_is(name, "subject");
	}
	if (!has_subject)
		problem_add(problems, place, "identity: a line \"subject = …\" is missing, the platform's lasting id of a person");
}

static bool is_plain(struct span value, size_t max)
{
	if (value.n > max || !encode_is_utf8(value))
		return false;
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return false;
	return true;
}

static int take_claims(struct span text, struct arena *arena, struct provider_identity *identity)
{
	JSON *object = NULL;
	int result = json_read_object(text, &object);

	identity->claims = result ? SPAN("{}") : text;
	return result < 0 ? result : 0;
}

/* One line's value into its field. A field that does not count for this person stays empty. */
static int take(struct provider_identity *identity, struct span name, struct span value)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (!span_is(name, fields[i].name))
			continue;
		if (!is_plain(value, fields[i].offset == offsetof(struct provider_identity, subject) ? SUBJECT_MAX : VALUE_MAX))
			return ERR_INVALID;
		/* "Real-name fields are valid only from level 2" (domain.md 3.8); and a unit is told of legal persons alone. */
		if ((fields[i].of == VERIFIED_PERSON && (identity->acr < ACR_REAL_NAME || identity->is_legal)) || (fields[i].of == UNIT && !identity->is_legal))
			return 0;
		*(struct span *)(void *)((char *)identity + fields[i].offset) = value;
		return 0;
	}
	return 0;
}

int ticket_identify(struct ticket_names *names, const struct ticket_options *plan, struct arena *arena, struct provider_identity *ret_identity,
	const char **ret_why)
{
	struct provider_identity identity = { .issuer = plan->issuer };
	struct span claims = { 0 }, name = { 0 };
	size_t first = names->n;
	uint64_t acr = 0;

	int result = ticket_assign(names, &plan->identity, arena, &name);
	if (result > 0)
		*ret_why = arena_printf(arena, "the answer does not hold what \"" SPAN_FMT "\" of the identity is computed from", SPAN_ARG(name));
	if (result)
		return result > 0 && !*ret_why ? FAULT_MEMORY : result;
	/* What the others depend on goes first. */
	for (size_t i = first; i < names->n; i++) {
		struct span value = names->items[i].value;

		if (span_is(names->items[i].name, "acr") && value.n)
			identity.acr = span_to_u64(value, &acr) && acr <= 3 ? (int64_t)acr : 0;
		else if (span_is(names->items[i].name, "legal"))
			identity.is_legal = value.n && !span_is(value, "0") && !span_is(value, "false");
		else if (span_is(names->items[i].name, "claims"))
			claims = value;
	}
	for (size_t i = first; i < names->n; i++) {
		result = take(&identity, names->items[i].name, names->items[i].value);
		if (result > 0)
			*ret_why = arena_printf(arena, "the answer's value for \"" SPAN_FMT "\" is overlong or holds control characters", SPAN_ARG(names->items[i].name));
		if (result)
			return result > 0 && !*ret_why ? FAULT_MEMORY : result;
	}
	/* A truth value is the same of everybody. */
	if (!identity.subject.n || span_is(identity.subject, "true") || span_is(identity.subject, "false")) {
		*ret_why = "the answer names no subject";
		return ERR_INVALID;
	}
	/* A document without its kind, or the other way round, verifies nothing. */
	if (!identity.id_type.n || !identity.id_number.n)
		identity.id_type = identity.id_number = (struct span){ NULL, 0 };
	for (size_t i = names->n; i-- > 0 && !claims.n;)
		if (span_is(names->items[i].name, "reply"))
			claims = names->items[i].value;
	TRY(take_claims(claims, arena, &identity));
	*ret_identity = identity;
	return 0;
}
