/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/trace.h"

#include "broker/base/json.h"
#include "broker/base/log.h"
#include "broker/identity/mask_answer.h"
#include "conf/config.h"

#define STEPS_MAX ((size_t)16 * 1024) /* bytes of one request's steps */

struct gathering {
	struct arena *arena;
	struct buf buf; /* "[{…},{…": closed by trace_keep */
	struct json_writer w;
	bool open, full;
	const char *last; /* the step that is open, */
	struct buf before; /* and how it was before that */
	struct json_writer w_before;
};

struct gathering *trace_of(struct request *rq)
{
	struct gathering *trace = rq->notes;

	if (trace || !app_of(rq)->config->audit.explain)
		return trace;
	trace = arena_new_of(rq->arena, struct gathering);
	if (!trace)
		return NULL;
	trace->arena = rq->arena;
	trace->buf = buf_new(rq->arena, 512);
	trace->w = json_writer(&trace->buf);
	json_open(&trace->w, '[');
	rq->notes = trace;
	return trace;
}

void trace_step(struct gathering *trace, const char *what)
{
	if (!trace)
		return;
	trace->full = trace->full || trace->buf.n > STEPS_MAX;
	if (trace->full)
		return;
	if (trace->open)
		json_close(&trace->w, '}');
	trace->last = what;
	trace->before = trace->buf;
	trace->w_before = trace->w;
	json_open(&trace->w, '{');
	trace->open = true;
	json_member_str(&trace->w, "what", span_of(what));
}

void trace_step_again(struct gathering *trace, const char *what)
{
	if (trace && trace->open && !trace->full && strcmp(trace->last, what) == 0) {
		trace->buf.n = trace->before.n; /* what it holds may have moved since */
		trace->w = trace->w_before;
		trace->open = false;
	}
	trace_step(trace, what);
}

static bool takes(const struct gathering *trace, size_t n)
{
	return trace && trace->open && !trace->full && trace->buf.n + n < STEPS_MAX + 1024;
}

void trace_str(struct gathering *trace, const char *key, struct span value)
{
	if (takes(trace, value.n))
		json_member_str(&trace->w, key, value);
}

void trace_int(struct gathering *trace, const char *key, int64_t value)
{
	if (takes(trace, 24))
		json_member_int(&trace->w, key, value);
}

void trace_text(struct gathering *trace, const char *key, struct span value)
{
	struct span masked;

	if (trace && value.n && mask_text(value, trace->arena, &masked) == 0)
		trace_str(trace, key, masked);
}

void trace_answer(struct gathering *trace, const char *key, struct span answer)
{
	struct span json;

	if (!trace || !answer.n || mask_answer(answer, trace->arena, &json) || !takes(trace, json.n))
		return;
	json_key(&trace->w, key);
	json_raw(&trace->w, json);
}

int trace_keep(struct txn *txn, struct request *rq, const struct interaction *interaction, struct id account, int error)
{
	struct gathering *gathered = rq->notes;
	int64_t life = app_of(rq)->config->audit.explain;

	if (!gathered || !gathered->open || gathered->buf.failed)
		return 0;
	struct buf steps = buf_new(rq->arena, gathered->buf.n + 2);
	struct trace trace = { .id = record_expiring_id(instant_add(rq->now, life)), .interaction = interaction->id, .reference = span_of(rq->reference),
			       .at = rq->now, .account = account, .client = interaction->client_id,
			       .result = error ? span_of(error_row(error)->code) : (struct span){ NULL, 0 } };
	buf_add(&steps, buf_span(&gathered->buf));
	buf_str(&steps, "}]");
	TRY(buf_done(&steps, &trace.steps));
	return record_insert(txn, &KIND_TRACE, &trace);
}

struct keeping {
	struct request *rq;
	const struct interaction *interaction;
	struct id account;
	int error;
};

static int keep(struct txn *txn, void *arg)
{
	const struct keeping *k = arg;

	return trace_keep(txn, k->rq, k->interaction, k->account, k->error);
}

void trace_keep_now(struct request *rq, const struct interaction *interaction, struct id account, int error)
{
	int result = rq->notes ? store_update(app_of(rq)->app->store, keep, &(struct keeping){ rq, interaction, account, error }) : 0;

	if (result)
		LOG(LOG_WARN, "trace.lost", F_STR("error", error_row(result)->code));
}
