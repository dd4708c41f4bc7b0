/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace - what happens in one request of a login, gathered on the way and kept in a transaction that happens anyway (explain.h tells it).
 *
 * Best effort: what does not fit or finds no memory is left out, and nothing fails for it. Values are masked by whoever adds them; trace_text masks what
 * may be anything.
 */
#pragma once

#include "broker/endpoint/interaction.h"

struct gathering;

/* The trace of @rq, begun now if there is none. NULL where none are kept (audit.explain is 0): all functions take that. */
struct gathering *trace_of(struct request *rq);
/* One more step, "asked", "identity" … (explain.c has a sentence for each); what follows belongs to it. */
void trace_step(struct gathering *trace, const char *what);
/* The same inside a transaction, which may run twice: the last step, where it is this one, begins anew. */
void trace_step_again(struct gathering *trace, const char *what);
void trace_str(struct gathering *trace, const char *key, struct span value);
void trace_int(struct gathering *trace, const char *key, int64_t value);
/* @value may hold personal data, or a token. */
void trace_text(struct gathering *trace, const char *key, struct span value);
/* JSON that another system sent, or that goes to a client: masked here. */
void trace_answer(struct gathering *trace, const char *key, struct span answer);

/* Write what was gathered, with how it ended (0: it goes on). Nothing gathered: nothing written. In a transaction that may run twice. */
MUST_USE int trace_keep(struct txn *txn, struct request *rq, const struct interaction *interaction, struct id account, int error);
/* The same in a transaction of its own, for ends that have none. Its failure is nobody's: a login fails or not without it. */
void trace_keep_now(struct request *rq, const struct interaction *interaction, struct id account, int error);
