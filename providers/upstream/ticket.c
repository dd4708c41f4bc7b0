/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket - the machine behind ticket.h: login address, ticket, steps, identity. It knows no platform.
 */
#include "providers/upstream/ticket.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "providers/exchange.h"

#define TICKET_MAX 2048
/* A ticket that no platform has given out: what it answers to this one tells whether name and key are right. */
#define TEST_TICKET "yimen-test-0000000000000000000000"

struct run {
	struct ticket_options plan;
	struct ticket_names names;
	size_t at; /* the step that was asked */
};

static const struct ticket_step *step_at(const struct run *memory)
{
	return (const struct ticket_step *)memory->plan.steps.items + memory->at;
}

static int reject(struct provider_run *run, const struct run *memory, struct provider_step *step, const char *what)
{
	char *reason = arena_printf(run->arena, "step \"" SPAN_FMT "\": %s", SPAN_ARG(step_at(memory)->name), what);

	return reason ? provider_reject(step, ERR_PROVIDER_FAILED, reason) : FAULT_MEMORY;
}

/* ERR_INVALID of a computation becomes a rejection; faults are faults. */
static int cannot(struct provider_run *run, const struct run *memory, struct provider_step *step, int result, const char *what, struct span name)
{
	char *text;

	if (result < 0)
		return result;
	text = arena_printf(run->arena, "%s \"" SPAN_FMT "\" cannot be computed", what, SPAN_ARG(name));
	return text ? reject(run, memory, step, text) : FAULT_MEMORY;
}

/* ---- a question */

static int write_body(const struct run *memory, struct arena *arena, struct provider_fetch *fetch)
{
	const struct ticket_step *step = step_at(memory);
	struct buf form = buf_new(arena, 512);
	bool first = true;

	if (step->body.n) {
		fetch->content_type = step->content_type.n ? step->content_type : SPAN("application/json");
		return ticket_fill(&memory->names, step->body, TICKET_IN_JSON, arena, &fetch->body);
	}
	for (size_t i = 0; i < step->form.n; i++) {
		struct span rest = step->form.items[i], name = span_trim(span_cut(&rest, '=')), value;

		TRY(ticket_fill(&memory->names, rest, TICKET_AS_IS, arena, &value));
		url_add_pair(&form, &first, name, value);
	}
	if (fetch->method[0] == 'P')
		fetch->content_type = SPAN("application/x-www-form-urlencoded");
	return buf_done(&form, &fetch->body);
}

static int write_headers(const struct run *memory, struct arena *arena, struct provider_fetch *fetch)
{
	const struct ticket_step *step = step_at(memory);

	for (size_t i = 0; i < step->headers.n && i < FETCH_HEADERS_MAX; i++) {
		struct span rest = step->headers.items[i], name = span_trim(span_cut(&rest, ':')), value;
		char *text = arena_cstr(arena, name);

		if (!text)
			return FAULT_MEMORY;
		TRY(ticket_fill(&memory->names, span_trim(rest), TICKET_AS_IS, arena, &value));
		for (size_t j = 0; j < value.n; j++)
			if (value.p[j] < ' ' || value.p[j] > '~')
				return ERR_INVALID;
		fetch->headers[fetch->n_headers++] = (struct fetch_header){ text, value };
	}
	return 0;
}

static int ask(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const struct ticket_step *now = step_at(memory);
	struct provider_fetch fetch = { .method = now->method == TICKET_GET ? "GET" : "POST", .accept = SPAN("application/json") };
	struct span name = { 0 };
	struct url url;

	int result = ticket_assign(&memory->names, &now->set, run->arena, &name);
	if (result)
		return cannot(run, memory, step, result, "the variable", name);
	result = ticket_fill(&memory->names, now->url, TICKET_IN_URL, run->arena, &fetch.url);
	if (!result && url_parse(fetch.url, &url))
		result = ERR_INVALID;
	if (result)
		return cannot(run, memory, step, result, "the address", SPAN("url"));
	result = write_body(memory, run->arena, &fetch);
	if (result)
		return cannot(run, memory, step, result, "the question's", SPAN("body"));
	TRY(ticket_names_set(&memory->names, SPAN("body"), fetch.body));
	TRY(ticket_names_set(&memory->names, SPAN("url_path"), url.path));
	TRY(ticket_names_set(&memory->names, SPAN("url_query"), url.query));
	result = ticket_assign(&memory->names, &now->sign, run->arena, &name);
	if (result)
		return cannot(run, memory, step, result, "the variable", name);
	result = write_headers(memory, run->arena, &fetch);
	if (result)
		return cannot(run, memory, step, result, "the question's", SPAN("headers"));
	step->type = PROVIDER_FETCH;
	step->fetch = fetch;
	return 0;
}

/* ---- its answer */

static bool is_among(struct span value, const struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (span_eq(value, list->items[i]))
			return true;
	return false;
}

/* For log and explanation: the platform's word, without anything that could be more than a word. */
static struct span word_of(struct span outcome)
{
	return outcome.n > 64 || !span_is_visible(outcome) ? SPAN("?") : outcome;
}

/* The test's answer: what the first step said to a ticket that cannot exist. */
static int judge_test(struct provider_run *run, const struct run *memory, struct span outcome, bool is_good, struct provider_step *step)
{
	const struct ticket_step *now = step_at(memory);

	if (is_among(outcome, &now->ticket_errors))
		return exchange_passed(step, "The platform knows the name and accepts the signature; it only refused the ticket of this test, as it should.");
	if (is_among(outcome, &now->key_errors))
		return reject(run, memory, step, "the platform does not accept app_id, secret or our address; compare them with its registration page");
	if (is_good)
		return reject(run, memory, step, "the platform accepts a ticket that it has never given out: this is not the address of the platform");
	return reject(run, memory, step, "the platform answers with a code that this configuration does not know; look it up in its documents");
}

static int judge(struct provider_run *run, const struct run *memory, struct span outcome, struct provider_step *step, bool *ret_good)
{
	const struct ticket_step *now = step_at(memory);

	*ret_good = !now->outcome.n || (now->good.n ? is_among(outcome, &now->good) : outcome.n > 0);
	if (!*ret_good || run->purpose == PROVIDER_TEST)
		step->upstream_error = word_of(outcome);
	if (run->purpose == PROVIDER_TEST) {
		bool good = *ret_good;

		*ret_good = false;
		return judge_test(run, memory, outcome, good, step);
	}
	if (*ret_good)
		return 0;
	return reject(run, memory, step, is_among(outcome, &now->ticket_errors) ? "the platform does not accept the ticket" :
					 is_among(outcome, &now->key_errors) ? "the platform does not accept app_id, secret or our address" :
									       "the platform answers with an error");
}

static int compare(const struct run *memory, struct arena *arena, bool *ret_same)
{
	const struct ticket_step *now = step_at(memory);

	*ret_same = true;
	for (size_t i = 0; i < now->same.n && *ret_same; i++) {
		struct span name, expression, said, value = { 0 };

		if (!ticket_assignment(now->same.items[i], &name, &expression))
			return FAULT(FAULT_BUG, "a line that the check has passed");
		TRY(ticket_compute(&memory->names, expression, arena, &said));
		for (size_t j = memory->names.n; j-- > 0 && !value.p;)
			if (span_eq(memory->names.items[j].name, name))
				value = memory->names.items[j].value;
		*ret_same = value.n && span_eq(said, value);
	}
	return 0;
}

static int identify(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	const char *why = NULL;
	int result = ticket_identify(&memory->names, &memory->plan, run->arena, &step->identity, &why);

	if (result > 0)
		return provider_reject(step, ERR_PROVIDER_FAILED, why);
	TRY(result);
	if (memory->plan.level_up_url.n)
		TRY(ticket_fill(&memory->names, memory->plan.level_up_url, TICKET_IN_URL, run->arena, &step->identity.level_up_url));
	step->type = PROVIDER_IDENTITY;
	return 0;
}

/* Is there an answer to read at all? Platforms of the field serve JSON as text/html, too. */
static int look_at(struct provider_run *run, const struct run *memory, const struct provider_event *event, struct provider_step *step)
{
	if (!event->error && (event->status == 401 || event->status == 403))
		return reject(run, memory, step, "the platform's gateway refuses us: check gateway_key, gateway_secret, and this machine's clock and address");
	if (!exchange_has_reply(event, EXCHANGE_ALSO_HTML, step))
		return reject(run, memory, step, step->reason);
	if (event->status != 200)
		return reject(run, memory, step, "the platform answers with an error status");
	return 0;
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	const struct ticket_step *now = step_at(memory);
	struct span outcome = { 0 }, name = { 0 }, reply;
	JSON *document = NULL;
	bool good, same;

	int result = look_at(run, memory, event, step);
	if (result || step->type == PROVIDER_REJECT)
		return result;
	result = json_read(event->body, &document);
	if (result)
		return result < 0 ? result : reject(run, memory, step, "the platform's answer is not JSON");
	reply = arena_dup(run->arena, event->body);
	if (!reply.p)
		return FAULT_MEMORY;
	TRY(ticket_names_set(&memory->names, SPAN("reply"), reply));
	result = now->outcome.n ? ticket_compute(&memory->names, now->outcome, run->arena, &outcome) : 0;
	if (result)
		return cannot(run, memory, step, result, "the answer's", SPAN("outcome"));
	result = judge(run, memory, outcome, step, &good);
	if (result || !good)
		return result;
	result = ticket_assign(&memory->names, &now->take, run->arena, &name);
	if (result)
		return cannot(run, memory, step, result, "the answer's", name);
	result = compare(memory, run->arena, &same);
	if (result || !same)
		return result < 0 ? result : reject(run, memory, step, "the answer speaks of somebody else than the one before");
	if (memory->at + 1 == memory->plan.steps.n)
		return identify(run, memory, step);
	memory->at++;
	return ask(run, memory, step);
}

/* ---- beginning */

static bool is_ticket(struct span ticket)
{
	return ticket.n > 0 && ticket.n <= TICKET_MAX && span_is_visible(ticket);
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	struct span ticket = { 0 }, error = provider_param(event, "error");

	for (size_t i = 0; i < memory->plan.ticket_parameters.n && !ticket.n; i++) {
		const char *name = arena_cstr(run->arena, memory->plan.ticket_parameters.items[i]);

		if (!name)
			return FAULT_MEMORY;
		ticket = provider_param(event, name);
	}
	if (error.n) { /* also beside a ticket */
		step->upstream_error = word_of(error);
		return provider_reject(step, span_is(error, "access_denied") ? ERR_PROVIDER_DENIED : ERR_PROVIDER_FAILED, "the platform sent the person back with an error");
	}
	if (!ticket.n)
		return provider_reject(step, ERR_PROVIDER_FAILED, "the person came back without a ticket");
	if (!is_ticket(ticket))
		return provider_reject(step, ERR_PROVIDER_FAILED, "what came back is no ticket");
	TRY(ticket_names_set(&memory->names, SPAN("ticket"), ticket));
	return ask(run, memory, step);
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(ticket_names_set(&memory->names, SPAN("ticket"), SPAN(TEST_TICKET)));
	return ask(run, memory, step);
}

static int redirect(struct provider_run *run, const struct run *memory, struct span template, struct provider_step *step)
{
	step->type = PROVIDER_REDIRECT;
	return ticket_fill(&memory->names, template, TICKET_IN_URL, run->arena, &step->url);
}

static bool is_phone(struct span user_agent)
{
	return user_agent.n && memmem(user_agent.p, user_agent.n, "Mobile", 6);
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct run *memory = run->memory;
	bool mobile = memory->plan.mobile_login_url.n && is_phone(run->user_agent);

	return redirect(run, memory, mobile ? memory->plan.mobile_login_url : memory->plan.login_url, step);
}

static int begin(struct provider_run *run)
{
	struct run *memory = run->memory;

	memory->plan = ticket_plan(run->options);
	return ticket_names_begin(&memory->names, run, run->options, &memory->plan);
}

/* Where the platform echoes it: plainly, or inside an address of ours that it calls back. A platform that echoes must do so, or whoever leaves the
 * parameter out would get by with the cookie alone. */
static struct span ticket_state(const void *options, const struct provider_event *event, struct arena *arena)
{
	const struct ticket_options plan = ticket_plan(options);
	struct span value = { 0 };

	if (span_is(plan.state_parameter, "cookie"))
		return value;
	for (size_t i = 0; i < event->n_params; i++)
		if (span_eq(event->params[i].name, plan.state_parameter))
			value = event->params[i].value;
	const char *inside = value.n ? memmem(value.p, value.n, "state=", 6) : NULL;
	if (inside) {
		struct span rest = { inside + 6, value.n - (size_t)(inside + 6 - value.p) };

		value = span_cut(&rest, '&');
	}
	return value.n ? value : SPAN("missing");
}

static int logout(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct run *memory = run->memory;

	if (memory->plan.logout_url.n)
		return redirect(run, memory, memory->plan.logout_url, step);
	step->type = PROVIDER_DONE;
	return 0;
}

extern const struct provider provider_ticket;
const struct provider provider_ticket = {
	.variant = { .name = "ticket", .doc = "A government platform that sends people back with a ticket: by preset, or described by configuration alone.",
		     .table = ticket_rows, .size = sizeof(struct ticket_options), .check = ticket_check },
	.memory = sizeof(struct run),
	.begin = begin,
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_LOGOUT] = logout, [PROVIDER_TEST] = test },
	.state = ticket_state,
};
