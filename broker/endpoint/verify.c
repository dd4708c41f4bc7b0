/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/verify.h"

#include "broker/base/encode.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/registry_file.h"
#include "broker/identity/document.h"

#define ATTEMPTS 2 /* a connection that broke is no outage yet */

static int nonce(struct arena *arena, struct span *ret_nonce)
{
	unsigned char random[16];
	char *text = arena_alloc(arena, ENCODE_BASE64URL(sizeof random) + 1);

	if (!text)
		return FAULT_MEMORY;
	sys_random(random, sizeof random);
	encode_base64url_text(text, (struct span){ (char *)random, sizeof random });
	*ret_nonce = span_of(text);
	return 0;
}

static int fetch(const struct settings *settings, const struct verify_ask *ask, struct instant now, int64_t timeout_ms, struct arena *arena,
		 struct verify_reply *ret_reply)
{
	struct net_request request = { .method = "POST", .url = ask->url, .content_type = ask->content_type, .body = ask->body,
				       .authorization = ask->authorization, .headers = ask->headers, .n_headers = ask->n_headers,
				       .accept = SPAN("application/json"), .has_timeout = true, .timeout_ms = timeout_ms };
	struct net_reply reply = { 0 };
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

static int ask_once(const struct settings *settings, const struct verifier *verifier, struct verify_request *request, int64_t timeout_ms,
		    struct arena *arena, struct verify_answer *ret_answer)
{
	const void *options = settings->config->realname.verifier.options;
	struct verify_reply reply = { 0 };
	struct verify_ask ask;

	TRY(nonce(arena, &request->nonce));
	TRY(verifier->ask(options, request, arena, &ask));
	switch (ask.type) {
	case VERIFY_CANNOT:
		return verify_answer(ret_answer, VERIFY_NOT_CHECKABLE, "the verifier is not for this");
	case VERIFY_LOOKUP:
		TRY(look_up(&ask, arena, &reply));
		break;
	case VERIFY_FETCH:
		TRY(fetch(settings, &ask, request->now, timeout_ms, arena, &reply));
		break;
	}
	return verifier->read(options, request, &reply, arena, ret_answer);
}

int verify_ask(const struct settings *settings, struct verify_request *request, struct instant now, int64_t timeout_ms, struct arena *arena,
	       struct verify_answer *ret_answer)
{
	const struct config_realname *config = &settings->config->realname;
	const struct document_type *type = document_type_of(request->id_type);
	struct instant end = instant_add(now, timeout_ms);

	if (!config->verifier.variant)
		return verify_answer(ret_answer, VERIFY_NOT_CHECKABLE, "no verifier is configured");
	/* domain.md 2.8: nobody knows the others. A unit's own name and code can be checked whatever its representative shows. */
	if (request->subject == VERIFY_PERSON && !(type && type->is_auto_verifiable))
		return verify_answer(ret_answer, VERIFY_NOT_CHECKABLE, "no interface verifies this document");
	for (int i = 0; i < ATTEMPTS; i++) {
		request->now = i ? sys_now() : now;
		if (i && end.ms - request->now.ms < MS_SECOND)
			break;
		TRY(ask_once(settings, verifier_of(config->verifier.variant), request, end.ms - request->now.ms, arena, ret_answer));
		if (ret_answer->outcome != VERIFY_UNAVAILABLE)
			break;
	}
	if (ret_answer->level <= 0 || ret_answer->level > config->level)
		ret_answer->level = config->level;
	LOG(LOG_INFO, "realname.asked", F_STR("verifier", config->verifier.variant->name), F_STR("subject", verify_subject_name(request->subject)),
	    F_STR("outcome", verify_outcome_name(ret_answer->outcome)), F_STR("reason", ret_answer->reason ? ret_answer->reason : ""),
	    F_SPAN("evidence", ret_answer->evidence));
	return 0;
}
