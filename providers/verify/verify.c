/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/verify.h"

#include "broker/base/error.h"

#define WORD_MAX 128

const char *verify_subject_name(enum verify_subject subject)
{
	static const char *const names[] = { [VERIFY_PERSON] = "person", [VERIFY_UNIT] = "unit", [VERIFY_UNIT_FACTS] = "unit_facts",
					     [VERIFY_NETWORK] = "network" };

	return names[subject];
}

const char *verify_outcome_name(enum verify_outcome outcome)
{
	static const char *const names[] = { [VERIFY_MATCH] = "match", [VERIFY_MISMATCH] = "mismatch", [VERIFY_UNAVAILABLE] = "unavailable",
					     [VERIFY_NOT_CHECKABLE] = "not_checkable" };

	return names[outcome];
}

struct span verify_word(struct span text)
{
	return text.n <= WORD_MAX && span_is_visible(text) ? text : (struct span){ NULL, 0 };
}

int verify_answer(struct verify_answer *answer, enum verify_outcome outcome, const char *reason)
{
	*answer = (struct verify_answer){ .outcome = outcome, .reason = reason };
	return 0;
}

int verify_answer_code(struct verify_answer *answer, const struct advice *table, struct span code, struct span message, enum verify_outcome otherwise,
		       struct arena *arena)
{
	const struct advice *advice = advice_find(table, code);

	verify_answer(answer, advice ? (enum verify_outcome)advice->outcome : otherwise, advice ? advice->en : "a code that is not in our list");
	answer->advice = advice;
	answer->code = arena_dup(arena, code);
	answer->message = arena_dup(arena, message);
	return answer->code.p && answer->message.p ? 0 : FAULT_MEMORY;
}
