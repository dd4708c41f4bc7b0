/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_version_probe - gateways and verifiers of a version tried before it holds: a real message to a number, or a person, that the administrator types.
 */
#include "broker/base/sys.h"
#include "broker/endpoint/config_version_keep.h"
#include "broker/endpoint/message_test.h"
#include "broker/endpoint/verify.h"
#include "broker/identity/normal.h"
#include "conf/config.h"
#include "conf/problem_zh.h"

struct probing {
	struct config_version_context *context;
	const struct settings *settings;
	const struct config_version_probe *probe;
	bool good;
	struct span advice, code, message, reason;
};

static void take_answer(struct probing *p, struct span json)
{
	JSON *answer = NULL;

	if (json_read_object(json, &answer))
		return;
	p->advice = arena_dup(p->context->arena, json_get_span(answer, p->probe->english ? "advice_en" : "advice_zh"));
	p->code = arena_dup(p->context->arena, json_get_span(answer, "code"));
	p->message = arena_dup(p->context->arena, json_get_span(answer, "message"));
}

static int send_one(struct probing *p, struct span id)
{
	const struct config_sms_route *route = config_sms_route(p->settings->config, id);
	struct buf buf = buf_new(p->context->arena, 512);
	struct json_writer w = json_writer(&buf);
	struct message_report report;
	struct span phone, json;

	if (!route)
		return ERR_NOT_FOUND;
	TRY(normal_phone(p->probe->phone, p->context->arena, &phone));
	TRY(message_test(p->settings, route, phone, p->probe->english, p->context->arena, &report));
	json_open(&w, '{');
	message_test_write(&report, &w);
	json_close(&w, '}');
	TRY(buf_done(&buf, &json));
	p->good = report.outcome == SMS_ACCEPTED;
	take_answer(p, json);
	if (p->good)
		p->code = (struct span){ NULL, 0 };
	return 0;
}

static int ask_one(struct probing *p, struct span id)
{
	const struct config_verifiers *verifiers = &p->settings->config->realname.verifiers;
	struct verify_request request = { .subject = VERIFY_PERSON, .name = p->probe->name, .id_type = SPAN("111"), .id_number = p->probe->id_number };
	struct buf buf = buf_new(p->context->arena, 512);
	struct json_writer w = json_writer(&buf);
	const struct config_verifier *verifier = NULL;
	struct verify_answer answer;
	struct span json;

	for (size_t i = 0; i < verifiers->n; i++)
		if (span_eq(verifiers->items[i].id, id))
			verifier = &verifiers->items[i];
	if (!verifier)
		return ERR_NOT_FOUND;
	if (!request.name.n || !request.id_number.n)
		return ERR_FIELD_EMPTY;
	TRY(verify_test(p->settings, verifier, &request, p->context->arena, &answer));
	json_open(&w, '{');
	verify_test_write(&answer, &w);
	json_close(&w, '}');
	TRY(buf_done(&buf, &json));
	/* An interface that says no to a person works. */
	p->good = answer.outcome == VERIFY_MATCH || answer.outcome == VERIFY_MISMATCH;
	/* Without advice on a code it is the reason that says more. */
	if (!p->good && !answer.advice && answer.reason)
		p->reason = span_of(p->probe->english ? answer.reason : problem_zh(answer.reason, p->context->arena));
	take_answer(p, json);
	return 0;
}

static int probe_path(struct probing *p, struct span path)
{
	struct span rest = path, section = span_cut(&rest, '.'), list = span_cut(&rest, '.');

	if (span_is(section, "sms"))
		return span_is(list, "routes") && rest.n ? send_one(p, rest) : list.n ? ERR_NOT_FOUND : send_one(p, SPAN("default"));
	if (span_is(section, "realname"))
		return span_is(list, "verifiers") && rest.n ? ask_one(p, rest) : list.n ? ERR_NOT_FOUND : ask_one(p, SPAN("default"));
	return ERR_NOT_FOUND;
}

/* "What to do. (CODE: the vendor's words)" or "What to do. (What happened)" */
static int write_reason(const struct probing *p, struct span *ret_reason)
{
	struct buf buf = buf_new(p->context->arena, 256);
	struct span head = p->code.n ? p->code : p->reason;

	buf_add(&buf, p->advice);
	if (head.n)
		buf_printf(&buf, p->probe->english ? " (" SPAN_FMT "%s" SPAN_FMT ")" : "（" SPAN_FMT "%s" SPAN_FMT "）", SPAN_ARG(head), p->message.n ? ": " : "",
			   SPAN_ARG(p->message));
	return buf_done(&buf, ret_reason);
}

int config_version_test_with(struct config_version_context *context, int64_t number, struct span path, const struct config_version_probe *probe,
			     bool *ret_good, struct span *ret_reason)
{
	struct probing p = { .context = context, .probe = probe };
	struct settings *settings;

	if (!context->app)
		return ERR_ABSENT; /* nothing goes out but from the daemon */
	TRY(config_version_settings(context, number, &settings));
	p.settings = settings;
	int result = probe_path(&p, path);
	if (!result)
		result = write_reason(&p, ret_reason);
	app_settings_release(settings);
	TRY(result);
	*ret_good = p.good;
	return config_version_note(context, "config.test", number, path);
}
