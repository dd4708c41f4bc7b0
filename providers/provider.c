/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/provider.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#define SUBJECT_MAX 255 /* bytes, OpenID Connect Core 2: "sub" */
#define TEXT_MAX 512
#define SESSION_MAX 1024 /* CAS: the ticket is the name of the session */

struct span provider_param(const struct provider_event *event, const char *name)
{
	for (size_t i = 0; i < event->n_params; i++)
		if (span_is(event->params[i].name, name))
			return event->params[i].value;
	return (struct span){ NULL, 0 };
}

int provider_identify(struct provider_step *step, const struct provider_identity *identity)
{
	step->type = PROVIDER_IDENTITY;
	step->identity = *identity;
	return 0;
}

int provider_reject(struct provider_step *step, int error, const char *reason)
{
	step->type = PROVIDER_REJECT;
	step->error = error;
	step->reason = reason;
	return 0;
}

#define TEXT(member, max) { offsetof(struct provider_identity, member), max, false }
#define SUGGESTION(member) { offsetof(struct provider_identity, member), TEXT_MAX, true }
static const struct {
	size_t offset, max;
	bool is_suggestion;
} texts[] = {
	TEXT(issuer, TEXT_MAX), TEXT(subject, SUBJECT_MAX), TEXT(level, TEXT_MAX), TEXT(method, TEXT_MAX), TEXT(real_name, TEXT_MAX), TEXT(id_type, TEXT_MAX),
	TEXT(id_number, TEXT_MAX), TEXT(uscc, TEXT_MAX), TEXT(unit_name, TEXT_MAX), TEXT(unit_type, TEXT_MAX), TEXT(region, TEXT_MAX), TEXT(sid, SESSION_MAX),
	SUGGESTION(name), SUGGESTION(phone), SUGGESTION(email), SUGGESTION(login_name), SUGGESTION(earlier_subjects[0]), SUGGESTION(earlier_subjects[1]),
};

/* Control characters, ends of lines, and marks that turn the direction of what stands around them: nothing that a page, a record or a log should repeat. */
static bool is_troublesome(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_line(struct span text, size_t max)
{
	if (text.n > max || !encode_is_utf8(text))
		return false;
	while (text.n)
		if (is_troublesome(encode_utf8_next(&text)))
			return false;
	return true;
}

/* Whatever upstream it is and whoever wrote its adapter. */
static int look_at_identity(struct provider_step *step)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct span *text = (struct span *)(void *)((char *)&step->identity + texts[i].offset);

		if (is_line(*text, texts[i].max))
			continue;
		if (!texts[i].is_suggestion)
			return provider_reject(step, ERR_PROVIDER_FAILED, "The upstream's answer names somebody by what is too long, or no line of text.");
		*text = (struct span){ NULL, 0 };
	}
	return step->identity.subject.n ? 0 : provider_reject(step, ERR_PROVIDER_FAILED, "The upstream's answer names nobody.");
}

int provider_next(const struct provider *provider, struct provider_run *run, const struct provider_event *event, struct provider_step *ret_step)
{
	provider_fn *on = provider->on[event->type];

	if (!on)
		return FAULT_BUG;
	if (!run->memory) {
		run->purpose = event->type;
		run->memory = arena_alloc(run->arena, provider->memory);
		if (!run->memory)
			return FAULT_MEMORY;
		if (provider->begin)
			TRY(provider->begin(run));
	}
	*ret_step = (struct provider_step){ 0 };
	TRY(on(run, event, ret_step));
	return ret_step->type == PROVIDER_IDENTITY ? look_at_identity(ret_step) : 0;
}
