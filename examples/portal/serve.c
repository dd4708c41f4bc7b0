/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/portal/serve.h"

#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "examples/portal/page.h"
#include "examples/portal/session.h"
#include "web/embed.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>

#define ARENA_CAP ((size_t)4 << 20)
#define CONNECTIONS 64
#define IDLE_SECONDS 30
#define FORM_MAX 8192
#define TAG 8 /* characters of the state in a cookie's name: several tabs may log in at once */

struct serve {
	struct rp *rp;
	uint16_t port;
	struct MHD_Daemon *daemon;
};

struct visit {
	const struct serve *serve;
	struct MHD_Connection *connection;
	struct arena *arena;
	struct instant now;
	enum text_language language;
	struct span form; /* of a POST */
	/* the reply */
	unsigned status;
	const char *type;
	struct span body;
	const char *location;
	const char *cookies[3];
	size_t n_cookies;
};

/* ---- what the browser sends */

static struct span looked_up(struct visit *v, enum MHD_ValueKind kind, const char *key)
{
	return span_of(MHD_lookup_connection_value(v->connection, kind, key));
}

static struct span parameter(struct visit *v, const char *key)
{
	return looked_up(v, MHD_GET_ARGUMENT_KIND, key);
}

static struct span cookie(struct visit *v, const char *name)
{
	return name ? looked_up(v, MHD_COOKIE_KIND, name) : (struct span){ 0 };
}

/* Cookies ignore ports: the port in the name keeps two portals on one machine apart. */
static const char *session_cookie(struct visit *v)
{
	return arena_printf(v->arena, "portal-%u-session", v->serve->port);
}

static const char *login_cookie(struct visit *v, struct span state)
{
	for (size_t i = 0; i < TAG; i++)
		if (i >= state.n || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", state.p[i]) || !state.p[i])
			return NULL;
	return arena_printf(v->arena, "portal-%u-login-%.*s", v->serve->port, TAG, state.p);
}

/* ---- what it is told */

static void set_cookie(struct visit *v, const char *name, const char *value, int64_t seconds, const char *path)
{
	/* Lax: the browser comes back from the broker by a link, and must then still be known. */
	const char *line = name ? arena_printf(v->arena, "%s=%s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=Lax%s", name, value, path,
					       (long long)seconds, span_starts(v->serve->rp->redirect_uri, SPAN("https:")) ? "; Secure" : "") : NULL;

	if (line && v->n_cookies < ARRAY_LEN(v->cookies))
		v->cookies[v->n_cookies++] = line;
}

static int redirect(struct visit *v, struct span url)
{
	v->status = 303;
	v->location = arena_cstr(v->arena, url);
	return v->location ? 0 : FAULT_MEMORY;
}

static int problem(struct visit *v, int error, struct span oauth_error, struct span description)
{
	LOG(LOG_WARN, "portal.problem", F_STR("code", error_row(error)->code), F_SPAN("said", oauth_error));
	v->status = (unsigned)error_row(error)->status;
	if (v->status == 401) /* asks for HTTP authentication (RFC 9110 15.5.2), which there is none of */
		v->status = 400;
	return page_problem(v->arena, v->language, error, oauth_error, description, &v->body);
}

/* ---- the six addresses */

static int home(struct visit *v)
{
	JSON *claims = NULL;
	struct span id_token, wanted = parameter(v, "lang");

	if (wanted.n) {
		enum text_language language = text_choose(wanted, (struct span){ 0 });

		set_cookie(v, "portal-lang", text_tag(language), 365 * 86400, "/");
		return redirect(v, SPAN("/"));
	}
	if (session_find(cookie(v, session_cookie(v)), v->now, v->arena, &id_token, &claims))
		return page_welcome(v->arena, v->language, &v->body);
	return page_person(v->arena, v->language, claims, &v->body);
}

static int login(struct visit *v)
{
	struct rp_attempt attempt;
	struct span url;

	TRY(rp_begin(v->serve->rp, v->now, &attempt));
	TRY(rp_login_url(v->serve->rp, &attempt, span_of(text_tag(v->language)), v->now, v->arena, &url));
	set_cookie(v, login_cookie(v, span_of(attempt.state)), attempt.seed, RP_LOGIN_LIFE / MS_SECOND, "/callback");
	return redirect(v, url);
}

static int callback(struct visit *v)
{
	struct rp_answer answer = { .code = parameter(v, "code"), .state = parameter(v, "state"), .iss = parameter(v, "iss"),
				    .error = parameter(v, "error"), .error_description = parameter(v, "error_description") };
	const char *name = login_cookie(v, answer.state);
	struct span seed = cookie(v, name);
	struct rp_person person = { 0 };
	struct rp_attempt attempt;
	char id[SESSION_ID + 1];

	if (!seed.n)
		return ERR_INTERACTION_EXPIRED;
	set_cookie(v, name, "", 0, "/callback"); /* one attempt, one answer */
	TRY(rp_resume(v->serve->rp, seed, v->now, &attempt));
	int result = rp_finish(v->serve->rp, &attempt, &answer, v->now, v->arena, &person);
	if (result == ERR_ACCESS_DENIED)
		return problem(v, result, answer.error, answer.error_description);
	TRY(result);
	JSON *claims = person.claims;
	session_close(cookie(v, session_cookie(v)));
	TRY(session_open(person.id_token, claims, v->now, id)); /* a fresh id: what the browser had before is worth nothing now */
	set_cookie(v, session_cookie(v), id, SESSION_LIFE / MS_SECOND, "/");
	LOG(LOG_INFO, "portal.login", F_SPAN("sub", json_get_span(claims, "sub")));
	return redirect(v, SPAN("/")); /* so that reloading does not send the code again */
}

static int logout(struct visit *v)
{
	const char *name = session_cookie(v);
	struct span id_token, url;
	JSON *claims = NULL;

	/* A link on somebody else's page must not log people out. */
	if (span_is(looked_up(v, MHD_HEADER_KIND, "Sec-Fetch-Site"), "cross-site"))
		return redirect(v, SPAN("/"));
	int result = session_find(cookie(v, name), v->now, v->arena, &id_token, &claims);
	session_close(cookie(v, name));
	set_cookie(v, name, "", 0, "/");
	/* Logged out here it is in any case; without the broker there is only no word to it. */
	if (result || rp_logout_url(v->serve->rp, id_token, v->now, v->arena, &url))
		return redirect(v, SPAN("/"));
	return redirect(v, url);
}

/* From the broker itself, without a browser: a session has ended, by whomever. Back-Channel Logout 1.0 2.5 and 2.8 */
static int backchannel(struct visit *v)
{
	struct span form = v->form, key, value, token = { 0 }, sid;
	int error = 0;

	while (url_next_pair(&form, v->arena, &key, &value, &error))
		if (span_is(key, "logout_token"))
			token = value;
	TRY(error);
	int result = rp_logged_out(v->serve->rp, token, v->now, v->arena, &sid);
	if (result)
		return result == ERR_INVALID_TOKEN ? ERR_INVALID_REQUEST : result; /* anything but 400 would be told again */
	session_close_all(sid);
	LOG(LOG_INFO, "portal.logged_out");
	return 0;
}

static int stylesheet(struct visit *v)
{
	v->type = "text/css; charset=utf-8";
	v->body = embed_files[0].bytes;
	return 0;
}

static const struct {
	const char *path;
	int (*answer)(struct visit *v);
	bool is_post;
} routes[] = { { "/", home }, { "/login", login }, { "/callback", callback }, { "/logout", logout }, { "/backchannel", backchannel, .is_post = true },
	       { "/portal.css", stylesheet } };

static int dispatch(struct visit *v, const char *path, const char *method)
{
	bool is_post = strcmp(method, "POST") == 0;

	if (!is_post && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return ERR_METHOD;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (strcmp(routes[i].path, path) == 0)
			return routes[i].is_post == is_post ? routes[i].answer(v) : ERR_METHOD;
	return ERR_NOT_FOUND;
}

/* ---- libmicrohttpd */

static enum MHD_Result send_reply(struct visit *v)
{
	static const char *const headers[][2] = {
		{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" }, /* /callback holds the code */
		{ "Cache-Control", "no-store" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
	};
	struct MHD_Response *response = MHD_create_response_from_buffer(v->body.n, (void *)v->body.p, MHD_RESPMEM_MUST_COPY);

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
	MHD_add_response_header(response, "Content-Type", v->type);
	if (v->location)
		MHD_add_response_header(response, "Location", v->location);
	for (size_t i = 0; i < v->n_cookies; i++)
		MHD_add_response_header(response, "Set-Cookie", v->cookies[i]);
	enum MHD_Result result = MHD_queue_response(v->connection, v->status, response);
	MHD_destroy_response(response);
	return result;
}

struct form {
	char text[FORM_MAX];
	size_t n;
};

static void forget_form(void *arg, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	free(*state);
	*state = NULL;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
			      const char *upload, size_t *upload_n, void **state)
{
	struct form *form = *state;

	if (!form) { /* libmicrohttpd calls first with the head alone */
		*state = calloc(1, sizeof *form);
		return *state ? MHD_YES : MHD_NO;
	}
	if (*upload_n) {
		size_t n = *upload_n < sizeof form->text - form->n ? *upload_n : sizeof form->text - form->n;

		memcpy(form->text + form->n, upload, n); /* what is longer is no logout token, and will not verify */
		form->n += n;
		*upload_n = 0;
		return MHD_YES;
	}
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(ARENA_CAP);
	if (!arena)
		return MHD_NO;
	struct visit v = { .serve = arg, .connection = connection, .arena = arena, .now = sys_now(), .form = { form->text, form->n }, .status = 200,
			   .type = "text/html; charset=utf-8" };
	v.language = text_choose(cookie(&v, "portal-lang"), looked_up(&v, MHD_HEADER_KIND, "Accept-Language"));
	int result = dispatch(&v, path, method);
	if (result && problem(&v, result, (struct span){ 0 }, (struct span){ 0 }))
		return MHD_NO;
	return send_reply(&v);
}

int serve_start(struct rp *rp, uint16_t port, struct serve **ret_serve)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct serve *serve = calloc(1, sizeof *serve);

	if (!serve)
		return FAULT_MEMORY;
	*serve = (struct serve){ .rp = rp, .port = port };
	/* A thread a connection: handlers may simply wait for the broker. */
	serve->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL, port, NULL, NULL, answer,
					 serve, MHD_OPTION_NOTIFY_COMPLETED, forget_form, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
					 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
	if (!serve->daemon) {
		free(serve);
		return FAULT_IO;
	}
	*ret_serve = serve;
	return 0;
}

void serve_stop(struct serve *serve)
{
	MHD_stop_daemon(serve->daemon);
	free(serve);
}
