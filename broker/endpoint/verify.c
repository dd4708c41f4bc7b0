/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/verify.h"

#include "broker/base/encode.h"
#include "broker/base/hours.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/outlet.h"
#include "broker/endpoint/registry_file.h"
#include "broker/endpoint/throttle.h"
#include "broker/endpoint/verify_memory.h"
#include "broker/identity/document.h"
#include "conf/config.h"

#define ATTEMPTS 2 /* a connection that broke is no outage yet */

static int fetch(const struct settings *settings, const struct verify_ask *ask, struct instant now, int64_t timeout_ms, struct arena *arena,
		 struct verify_reply *ret_reply)
{
	struct net_request request = net_request_of(&ask->fetch);
	struct net_reply reply = { 0 };

	request.accept = SPAN("application/json");
	request.has_timeout = true;
	request.timeout_ms = timeout_ms;
	int result = net_fetch(settings->net, &request, now, arena, &reply);
	if (result == FAULT_MEMORY)
		return result;
	*ret_reply = (struct verify_reply){ .error = result, .status = reply.status, .body = reply.body };
	return 0;
}

static int look_up(const struct verify_ask *ask, struct arena *arena, struct verify_reply *ret_reply)
{
	struct registry_row row;
	int result = registry_file_find(ask->path, ask->columns, ask->values, ask->n_columns, arena, &row);

	if (result == FAULT_MEMORY)
		return result;
	*ret_reply = (struct verify_reply){ .found = result == 0, .error = result == ERR_ABSENT ? 0 : result };
	if (result)
		return 0;
	struct verify_cell *cells = arena_array(arena, struct verify_cell, row.n);
	if (!cells)
		return FAULT_MEMORY;
	for (size_t i = 0; i < row.n; i++)
		cells[i] = (struct verify_cell){ row.cells[i].column, row.cells[i].value };
	ret_reply->cells = cells;
	ret_reply->n_cells = row.n;
	return 0;
}

struct asking {
	const struct settings *settings;
	const struct config_verifier *verifier;
	struct verify_request *request;
	int64_t ahead_ms; /* of the clock: who asks has read it before */
	struct instant end;
	struct arena *arena;
	struct verify_answer *answer;
	bool is_counted, over;
};

/* ---- one of them */

static struct instant now_of(const struct asking *asking)
{
	return instant_add(sys_now(), asking->ahead_ms);
}

static int count(struct txn *txn, void *arg)
{
	struct asking *asking = arg;
	const struct throttle quota = { "verify.day", MS_DAY, asking->verifier->per_day };
	int result = throttle_add(txn, &quota, asking->verifier->id, asking->request->now);

	asking->over = result == ERR_TOO_MANY;
	return asking->over ? 0 : result;
}

/* A question costs money: it is counted before it is asked, once however often the connection breaks. */
static int spend(struct asking *asking)
{
	if (!asking->verifier->per_day || asking->is_counted)
		return 0;
	asking->is_counted = true;
	return store_update(asking->settings->app->store, count, asking);
}

static int write_question(struct asking *asking, struct verify_ask *ret_ask)
{
	const struct config_verifier *verifier = asking->verifier;

	asking->request->now = now_of(asking);
	TRY(encode_random_text(16, asking->arena, &asking->request->nonce));
	return verifier_of(verifier->verifier.variant)->ask(verifier->verifier.options, asking->request, asking->arena, ret_ask);
}

static int ask_once(struct asking *asking)
{
	const struct verifier *verifier = verifier_of(asking->verifier->verifier.variant);
	struct verify_request *request = asking->request;
	struct verify_reply reply = { 0 };
	struct verify_ask ask;

	TRY(write_question(asking, &ask));
	TRY(spend(asking));
	if (asking->over)
		return verify_answer(asking->answer, VERIFY_UNAVAILABLE, "its questions of the day are used up");
	if (ask.type == VERIFY_LOOKUP)
		TRY(look_up(&ask, asking->arena, &reply));
	else
		TRY(fetch(asking->settings, &ask, request->now, asking->end.ms - request->now.ms, asking->arena, &reply));
	return verifier->read(asking->verifier->verifier.options, request, &reply, asking->arena, asking->answer);
}

static int ask_again(struct asking *asking)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		if (i && asking->end.ms - now_of(asking).ms < MS_SECOND)
			break;
		TRY(ask_once(asking));
		/* What answered has answered: only silence is asked again. */
		if (asking->answer->outcome != VERIFY_UNAVAILABLE || asking->over || asking->answer->code.n)
			break;
	}
	return 0;
}

static void count_outcome(const struct asking *asking)
{
	static const enum outlet_figure figures[] = { [VERIFY_MATCH] = FIGURE_VERIFY_MATCH, [VERIFY_MISMATCH] = FIGURE_VERIFY_MISMATCH,
						      [VERIFY_UNAVAILABLE] = FIGURE_VERIFY_UNAVAILABLE, [VERIFY_NOT_CHECKABLE] = FIGURE_VERIFY_NOT_CHECKABLE };
	const struct verify_answer *answer = asking->answer;

	outlet_count(asking->settings->app->outlets, figures[answer->outcome], 1);
	LOG(LOG_INFO, "realname.asked", F_SPAN("id", asking->verifier->id), F_STR("verifier", asking->verifier->verifier.variant->name),
	    F_STR("subject", verify_subject_name(asking->request->subject)), F_STR("outcome", verify_outcome_name(answer->outcome)),
	    F_SPAN("code", answer->code), F_STR("reason", answer->reason ? answer->reason : ""), F_SPAN("evidence", answer->evidence));
}

static bool is_open(const struct config_verifier *verifier, struct instant now)
{
	struct hours hours;

	return !hours_parse(verifier->from, verifier->to, &hours) || hours_is_open(&hours, now); /* checked when the configuration was read */
}

/* Its own hours and its breaker are looked at, unless it @is_test: then it is nobody's way yet, and leaves no trace in the breaker. Neither is looked at where it
 * would not be asked anyway: who cannot say is not away. */
static int ask_one(struct asking *asking, bool is_test)
{
	struct outlets *outlets = is_test ? NULL : asking->settings->app->outlets;
	const struct config_breaker *breaker = &asking->settings->config->realname.breaker;
	const struct config_verifier *verifier = asking->verifier;
	struct verify_ask ask;

	asking->is_counted = asking->over = false;
	TRY(write_question(asking, &ask));
	if (ask.type == VERIFY_CANNOT)
		return verify_answer(asking->answer, VERIFY_NOT_CHECKABLE, "the verifier is not for this");
	if (!is_test && !is_open(verifier, now_of(asking)))
		return verify_answer(asking->answer, VERIFY_UNAVAILABLE, "outside its hours");
	if (!outlet_enter(outlets, OUTLET_VERIFIER, verifier->id, now_of(asking)))
		return verify_answer(asking->answer, VERIFY_UNAVAILABLE, "it is left alone for now, since it failed");
	int result = ask_again(asking);
	bool asked = !result && !asking->over && asking->answer->outcome != VERIFY_NOT_CHECKABLE;
	outlet_leave(outlets, OUTLET_VERIFIER, verifier->id, breaker,
		     !asked ? OUTLET_NOT_REACHED : asking->answer->outcome == VERIFY_UNAVAILABLE ? OUTLET_FAILED : OUTLET_OK, now_of(asking));
	if (!result)
		count_outcome(asking);
	return result;
}

/* ---- all of them */

static void limit_level(const struct config_realname *config, const struct config_verifier *verifier, struct verify_answer *answer)
{
	int64_t most = verifier && verifier->level && verifier->level < config->level ? verifier->level : config->level;

	if (answer->level <= 0 || answer->level > most)
		answer->level = most;
}

static int ask_in_order(struct asking *asking)
{
	const struct config_realname *config = &asking->settings->config->realname;
	struct verify_answer best = { .outcome = VERIFY_NOT_CHECKABLE, .reason = "no verifier is for this" };

	for (size_t i = 0; i < config->verifiers.n; i++) {
		asking->verifier = &config->verifiers.items[i];
		if (!asking->verifier->enabled)
			continue;
		TRY(ask_one(asking, false));
		if (asking->answer->outcome == VERIFY_MATCH || asking->answer->outcome == VERIFY_MISMATCH) {
			limit_level(config, asking->verifier, asking->answer);
			return asking->answer->outcome == VERIFY_MATCH ? verify_memory_keep(asking->settings, asking->verifier, asking->request, asking->answer, asking->arena) : 0;
		}
		/* Somebody who may know later is worth waiting for. */
		if (asking->answer->outcome == VERIFY_UNAVAILABLE || best.outcome == VERIFY_NOT_CHECKABLE)
			best = *asking->answer;
		if (asking->end.ms - now_of(asking).ms < MS_SECOND)
			break;
	}
	*asking->answer = best;
	limit_level(config, NULL, asking->answer);
	return 0;
}

int verify_ask(const struct settings *settings, struct verify_request *request, struct instant now, int64_t timeout_ms, struct arena *arena,
	       struct verify_answer *ret_answer)
{
	const struct config_realname *config = &settings->config->realname;
	const struct document_type *type = document_type_of(request->id_type);
	struct asking asking = { .settings = settings, .request = request, .ahead_ms = now.ms - sys_now().ms, .end = instant_add(now, timeout_ms),
				 .arena = arena, .answer = ret_answer };

	request->now = now;
	if (!config->verifiers.n)
		return verify_answer(ret_answer, VERIFY_NOT_CHECKABLE, "no verifier is configured");
	/* domain.md 2.8: nobody knows the others. A unit's own name and code can be checked whatever its representative shows. */
	if (request->subject == VERIFY_PERSON && !(type && type->is_auto_verifiable))
		return verify_answer(ret_answer, VERIFY_NOT_CHECKABLE, "no interface verifies this document");
	int result = verify_memory_find(settings, request, arena, ret_answer);
	if (result == ERR_ABSENT)
		return ask_in_order(&asking);
	if (!result)
		limit_level(config, NULL, ret_answer);
	return result;
}

/* ---- hours */

static struct instant opens(struct span from, struct span to, struct instant now)
{
	struct hours hours;

	return hours_parse(from, to, &hours) ? hours_opens(&hours, now) : now;
}

struct instant verify_opens(const struct config *config, struct instant from)
{
	const struct config_realname *realname = &config->realname;

	/* Hours that never meet would lead round and round: a day's worth of looking is enough. */
	for (int i = 0; i < 4; i++) {
		struct instant all = opens(realname->from, realname->to, from), first = { INT64_MAX };

		for (size_t k = 0; k < realname->verifiers.n; k++) {
			const struct config_verifier *verifier = &realname->verifiers.items[k];
			struct instant at = opens(verifier->from, verifier->to, all);

			if (verifier->enabled && instant_before(at, first))
				first = at;
		}
		if (first.ms == INT64_MAX || first.ms == all.ms)
			return all;
		from = first;
	}
	return from;
}

void verify_hours(const struct config *config, struct span *ret_from, struct span *ret_to)
{
	const struct config_realname *realname = &config->realname;

	*ret_from = realname->from;
	*ret_to = realname->to;
	for (size_t i = 0; !ret_from->n && i < realname->verifiers.n; i++) {
		*ret_from = realname->verifiers.items[i].from;
		*ret_to = realname->verifiers.items[i].to;
	}
}

/* ---- tests */

int verify_test(const struct settings *settings, const struct config_verifier *verifier, struct verify_request *request, struct arena *arena,
		struct verify_answer *ret_answer)
{
	struct asking asking = { .settings = settings, .verifier = verifier, .request = request, .end = instant_add(sys_now(), settings->config->net.timeout),
				 .arena = arena, .answer = ret_answer };

	return ask_one(&asking, true);
}

void verify_test_write(const struct verify_answer *answer, struct json_writer *out)
{
	static const struct {
		const char *zh, *en;
	} otherwise[] = {
		[VERIFY_MATCH] = { "一致。", "It matches." },
		[VERIFY_MISMATCH] = { "不一致：接口工作正常，所填信息与登记不符。", "It does not match: the interface works, and what was typed is not what is registered." },
		[VERIFY_UNAVAILABLE] = { "无法核验：请检查地址、密钥、网络与 net.allow，详见日志 realname.asked。",
					 "It could not be asked: look at address, keys, network and net.allow, and at realname.asked in the log." },
		[VERIFY_NOT_CHECKABLE] = { "该核验源不受理此类信息，或查无记录。", "It is not for this kind of question, or knows nothing of it." },
	};

	json_member_str(out, "outcome", span_of(verify_outcome_name(answer->outcome)));
	json_member_str(out, "code", answer->code);
	json_member_str(out, "message", answer->message);
	json_member_str(out, "advice_zh", span_of(answer->advice ? answer->advice->zh : otherwise[answer->outcome].zh));
	json_member_str(out, "advice_en", span_of(answer->advice ? answer->advice->en : otherwise[answer->outcome].en));
	json_member_str(out, "reason", span_of(answer->reason));
	json_member_str(out, "evidence", answer->evidence);
}
