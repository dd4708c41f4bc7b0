/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask_answer - what another system answered, as it may be kept and shown to whoever finds out why a login went as it did: names of members and short
 * codes stay, secrets, tokens, document numbers, phones, addresses and people's names do not.
 */
#pragma once

#include "broker/base/arena.h"
#include "broker/base/json.h"

#define MASK_ANSWER_MAX ((size_t)4096) /* of what comes out */

/* One JSON value that stands for @text: of JSON (also within callback( … )) its masked form, of a form an object, of anything else a masked text.
 * Longer answers are cut at a member. FAULT_MEMORY. */
MUST_USE int mask_answer(struct span text, struct arena *arena, struct span *ret_json);
/* Text that may hold anything: long runs of digits, addresses of mail and what looks like a token are masked. */
MUST_USE int mask_text(struct span text, struct arena *arena, struct span *ret_masked);
