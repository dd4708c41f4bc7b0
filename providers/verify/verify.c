/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/verify.h"

const char *verify_subject_name(enum verify_subject subject)
{
	static const char *const names[] = { [VERIFY_PERSON] = "person", [VERIFY_UNIT] = "unit", [VERIFY_UNIT_FACTS] = "unit_facts" };

	return names[subject];
}

const char *verify_outcome_name(enum verify_outcome outcome)
{
	static const char *const names[] = { [VERIFY_MATCH] = "match", [VERIFY_MISMATCH] = "mismatch", [VERIFY_UNAVAILABLE] = "unavailable",
					     [VERIFY_NOT_CHECKABLE] = "not_checkable" };

	return names[outcome];
}

int verify_answer(struct verify_answer *answer, enum verify_outcome outcome, const char *reason)
{
	*answer = (struct verify_answer){ .outcome = outcome, .reason = reason };
	return 0;
}
