/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_memory - matches that need no second question: found by a keyed hash of everything that was claimed. Only matches: what did not match may
 * be corrected there at any time, and a person who waits at a counter has it tried again.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "providers/verify.h"

struct config_verifier;

/* ERR_ABSENT: nobody has said so, not lately, or nobody whom the configuration still asks. */
MUST_USE int verify_memory_find(const struct settings *settings, const struct verify_request *request, struct arena *arena, struct verify_answer *ret_answer);
/* Remember the match @answer of @verifier, for as long as it says. */
MUST_USE int verify_memory_keep(const struct settings *settings, const struct config_verifier *verifier, const struct verify_request *request,
				const struct verify_answer *answer, struct arena *arena);
