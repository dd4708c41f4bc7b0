/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/net.h"

#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "broker/net/dial.h"
#include "broker/net/libcurl.h"
#include "broker/net/start_tls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define POOL 16
#define CACHE 64

struct cached {
	char *url;
	struct span body, content_type; /* one allocation, owned by body.p */
	struct instant fetched_at, until;
};

struct net {
	const struct net_options *options;
	pthread_mutex_t lock;
	CURL *idle[POOL]; /* handles keep their connections; the guard saw each of those when it was opened */
	size_t n_idle;
	struct cached cache[CACHE];
};

/* One fetch while curl runs it. */
struct fetch {
	struct net *net;
	const struct libcurl *curl;
	struct arena *arena;
	struct buf body;
	bool refused, too_large;
	bool start_tls; /* ask for TLS, then leave the socket to curl */
	int64_t connect_ms;
};

int net_start(void)
{
	const struct libcurl *curl;

	return libcurl_load(&curl);
}

int net_new(const struct net_options *options, struct net **ret_net)
{
	struct net *net = calloc(1, sizeof *net);

	if (!net)
		return FAULT_MEMORY;
	net->options = options;
	pthread_mutex_init(&net->lock, NULL);
	*ret_net = net;
	return 0;
}

const struct net_options *net_policy(const struct net *net)
{
	return net->options;
}

void net_free(struct net *net)
{
	const struct libcurl *curl;

	if (!net)
		return;
	if (net->n_idle && libcurl_load(&curl) == 0)
		for (size_t i = 0; i < net->n_idle; i++)
			curl->easy_cleanup(net->idle[i]);
	for (size_t i = 0; i < CACHE; i++) {
		free(net->cache[i].url);
		free((char *)net->cache[i].body.p);
	}
	pthread_mutex_destroy(&net->lock);
	free(net);
}

/* A connection on which TLS begins with the next byte. */
static curl_socket_t open_tls(const struct fetch *fetch, const struct curl_sockaddr *address)
{
	int64_t until_ms = sys_now().ms + fetch->connect_ms;
	CLOSE_FD int fd = -1;

	if (dial_address(&address->addr, address->addrlen, until_ms, &fd) || start_tls_ask(fd, until_ms))
		return CURL_SOCKET_BAD;
	int open = fd;
	fd = -1;
	return open;
}

/* curl hands over the resolved address: what is checked here is what is connected. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch *fetch = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || !net_guard_allows(&address->addr, &fetch->net->options->allow)) {
		fetch->refused = true;
		return CURL_SOCKET_BAD;
	}
	return fetch->start_tls ? open_tls(fetch, address) : socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* What open_tls returns has its connection. */
static int is_connected(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct fetch *fetch = arg;

	if (n * size > fetch->net->options->max_body - fetch->body.n) {
		fetch->too_large = true;
		return 0;
	}
	buf_add(&fetch->body, (struct span){ bytes, n * size });
	return fetch->body.failed ? 0 : n * size;
}

static CURL *handle_take(struct net *net, const struct libcurl *curl)
{
	CURL *handle = NULL;

	pthread_mutex_lock(&net->lock);
	if (net->n_idle)
		handle = net->idle[--net->n_idle];
	pthread_mutex_unlock(&net->lock);
	return handle ? handle : curl->easy_init();
}

static void handle_give(struct net *net, const struct libcurl *curl, CURL *handle)
{
	curl->easy_reset(handle); /* options go, connections stay */
	pthread_mutex_lock(&net->lock);
	if (net->n_idle < POOL) {
		net->idle[net->n_idle++] = handle;
		handle = NULL;
	}
	pthread_mutex_unlock(&net->lock);
	curl->easy_cleanup(handle);
}

static struct curl_slist *add_header(const struct fetch *fetch, struct curl_slist *list, const char *name, struct span value, bool *failed)
{
	char *line = arena_printf(fetch->arena, "%s%s" SPAN_FMT, name, value.n ? ": " : ":", SPAN_ARG(value));
	struct curl_slist *longer = line ? fetch->curl->slist_append(list, line) : NULL;

	*failed |= !longer;
	return longer ? longer : list;
}

/* Line breaks would begin another header, a NUL would end this one. */
static bool breaks_header(struct span s)
{
	return s.n && (memchr(s.p, '\r', s.n) || memchr(s.p, '\n', s.n) || memchr(s.p, '\0', s.n));
}

/* Every option that libraries.md 2 names; without PROTOCOLS_STR Debian's curl would speak 25 protocols. */
static void set_policy(CURL *handle, struct fetch *fetch, bool plain_http)
{
	const struct net_options *options = fetch->net->options;
	const struct libcurl *curl = fetch->curl;

	curl->easy_setopt(handle, CURLOPT_PROTOCOLS_STR, plain_http ? "http,https" : "https");
	curl->easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "");
	curl->easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl->easy_setopt(handle, CURLOPT_PROXY, "");
	curl->easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl->easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
	curl->easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
	curl->easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl->easy_setopt(handle, CURLOPT_OPENSOCKETDATA, fetch);
	curl->easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
	curl->easy_setopt(handle, CURLOPT_WRITEDATA, fetch);
	curl->easy_setopt(handle, CURLOPT_USERAGENT, "yimen/" YIMEN_VERSION);
	if (options->ca_file)
		curl->easy_setopt(handle, CURLOPT_CAINFO, options->ca_file);
}

static int outcome(CURLcode code, const struct fetch *fetch, struct span url)
{
	if (code == CURLE_OK)
		return fetch->body.failed ? FAULT_MEMORY : 0;
	if (fetch->refused)
		return ERR_ACCESS_DENIED;
	if (fetch->too_large)
		return ERR_TOO_LARGE;
	if (fetch->body.failed || code == CURLE_OUT_OF_MEMORY)
		return FAULT_MEMORY;
	/* The query may carry secrets (domain.md 3): only what stands before it is logged. */
	struct span head = span_cut(&url, '?');
	if (code == CURLE_OPERATION_TIMEDOUT)
		return FAULT(FAULT_TIMEOUT, "fetch " SPAN_FMT ": timed out", SPAN_ARG(head));
	return FAULT(FAULT_UNREACHABLE, "fetch " SPAN_FMT ": %s", SPAN_ARG(head), fetch->curl->easy_strerror(code));
}

static int perform(CURL *handle, struct fetch *fetch, const struct net_request *request, struct net_reply *ret_reply)
{
	const struct libcurl *curl = fetch->curl;
	char *url = arena_cstr(fetch->arena, request->url);
	struct curl_slist *headers = NULL;
	bool failed = !url;
	char *type = NULL;
	long status = 0;

	if (request->authorization.n)
		headers = add_header(fetch, headers, "Authorization", request->authorization, &failed);
	headers = add_header(fetch, headers, "Accept", request->accept.n ? request->accept : SPAN("application/json"), &failed);
	headers = add_header(fetch, headers, "Expect", SPAN(""), &failed);
	for (size_t i = 0; i < request->n_headers; i++)
		headers = add_header(fetch, headers, request->headers[i].name, request->headers[i].value, &failed);
	if (strcmp(request->method, "POST") == 0) {
		headers = add_header(fetch, headers, "Content-Type", request->content_type, &failed);
		curl->easy_setopt(handle, CURLOPT_POST, 1L);
		curl->easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)request->body.n);
		curl->easy_setopt(handle, CURLOPT_POSTFIELDS, request->body.n ? request->body.p : "");
	}
	if (failed) {
		curl->slist_free_all(headers);
		return FAULT_MEMORY;
	}
	curl->easy_setopt(handle, CURLOPT_URL, url);
	curl->easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
	if (request->once) /* on a connection that the other side has just closed curl would send it again */
		curl->easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
	CURLcode code = curl->easy_perform(handle);
	long sent = 0;
	if (request->sent && curl->easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK)
		*request->sent = sent > 0;
	int result = outcome(code, fetch, request->url);
	curl->slist_free_all(headers);
	if (result)
		return result;
	curl->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	curl->easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
	ret_reply->status = (int)status;
	ret_reply->content_type = arena_dup(fetch->arena, span_of(type ? type : ""));
	if (!ret_reply->content_type.p)
		return FAULT_MEMORY;
	return buf_done(&fetch->body, &ret_reply->body);
}

/* ---- LDAP */

/* "//host:port" */
static struct span ldap_host(struct span url)
{
	struct span rest = url;

	span_cut(&rest, ':');
	const char *path = rest.n > 2 ? memchr(rest.p + 2, '/', rest.n - 2) : NULL;
	return (struct span){ rest.p, path ? (size_t)(path - rest.p) : rest.n };
}

/* Is @url one of a directory, and may it be asked? ERR_INVALID. */
static int ldap_check(const struct net_request *request, bool *ret_start_tls, bool *ret_has_port)
{
	struct span host = ldap_host(request->url);
	struct url url;

	if (!request->bind_name.n || !request->bind_password.n || memchr(request->bind_name.p, '\0', request->bind_name.n) ||
	    memchr(request->bind_password.p, '\0', request->bind_password.n))
		return ERR_INVALID;
	bool ldaps = span_starts(request->url, SPAN("ldaps://"));
	if (!ldaps && !span_starts(request->url, SPAN("ldap://")))
		return ERR_INVALID;
	/* host and port as of any other URL */
	char text[512];
	int n = snprintf(text, sizeof text, "https:" SPAN_FMT, SPAN_ARG(host));
	if (n < 0 || (size_t)n >= sizeof text)
		return ERR_INVALID;
	TRY(url_parse(span_of(text), &url));
	*ret_start_tls = !ldaps && !url.is_loopback;
	*ret_has_port = url.has_port;
	return 0;
}

static int ldap_outcome(CURLcode code, const struct fetch *fetch, struct span url, struct net_reply *ret_reply)
{
	static const struct {
		CURLcode code;
		int status;
	} known[] = { { CURLE_OK, 200 }, { CURLE_LOGIN_DENIED, 401 }, { CURLE_LDAP_CANNOT_BIND, 403 }, { CURLE_REMOTE_ACCESS_DENIED, 403 }, { CURLE_REMOTE_FILE_NOT_FOUND, 404 },
		      /* after a bind that worked: nothing that can go wrong before it may stand here, for some callers the bind is what counts */
		      { CURLE_LDAP_SEARCH_FAILED, 400 } };

	for (size_t i = 0; i < ARRAY_LEN(known) && !fetch->refused && !fetch->too_large && !fetch->body.failed; i++)
		if (code == known[i].code) {
			ret_reply->status = known[i].status;
			return 0;
		}
	/* The path names people: only the host is logged. */
	const char *path = url.n > 8 ? memchr(url.p + 8, '/', url.n - 8) : NULL;
	return outcome(code, fetch, (struct span){ url.p, path ? (size_t)(path - url.p) : url.n });
}

/* As curl sees it TLS is there from the first byte; the port stays the one of the clear. */
static char *ldap_url(const struct fetch *fetch, struct span url, bool has_port)
{
	struct span host = ldap_host(url), path = { host.p + host.n, (size_t)(url.p + url.n - host.p) - host.n };

	if (!fetch->start_tls)
		return arena_cstr(fetch->arena, url);
	return arena_printf(fetch->arena, "ldaps:" SPAN_FMT "%s" SPAN_FMT, SPAN_ARG(host), has_port ? "" : ":389", SPAN_ARG(path));
}

static int ldap_perform(CURL *handle, struct fetch *fetch, const struct net_request *request, bool has_port, struct net_reply *ret_reply)
{
	const struct libcurl *curl = fetch->curl;
	char *url = ldap_url(fetch, request->url, has_port), *name = arena_cstr(fetch->arena, request->bind_name), *password = arena_cstr(fetch->arena, request->bind_password);

	if (!url || !name || !password)
		return FAULT_MEMORY;
	curl->easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "ldap,ldaps");
	curl->easy_setopt(handle, CURLOPT_URL, url);
	curl->easy_setopt(handle, CURLOPT_USERNAME, name);
	curl->easy_setopt(handle, CURLOPT_PASSWORD, password);
	if (fetch->start_tls)
		curl->easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, is_connected);
	/* Each question binds anew: on a connection that is bound already nobody would look at the password. */
	curl->easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
	curl->easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
	CURLcode code = curl->easy_perform(handle);
	explicit_bzero(password, strlen(password));
	TRY(ldap_outcome(code, fetch, request->url, ret_reply));
	ret_reply->content_type = SPAN("text/plain");
	return buf_done(&fetch->body, &ret_reply->body);
}

/* ---- replies that are kept */

static struct cached *cache_slot(struct net *net, struct span url)
{
	struct cached *oldest = &net->cache[0];

	for (size_t i = 0; i < CACHE; i++) {
		if (net->cache[i].url && span_is(url, net->cache[i].url))
			return &net->cache[i];
		if (instant_before(net->cache[i].until, oldest->until))
			oldest = &net->cache[i];
	}
	return oldest;
}

static bool cache_get(struct net *net, const struct net_request *request, struct instant now, struct arena *arena, struct net_reply *ret_reply)
{
	bool hit = false;

	pthread_mutex_lock(&net->lock);
	const struct cached *slot = cache_slot(net, request->url);
	if (slot->url && span_is(request->url, slot->url) && instant_before(now, slot->until) &&
	    (!request->refresh || now.ms - slot->fetched_at.ms < NET_REFRESH_MIN_MS)) {
		*ret_reply = (struct net_reply){ .status = 200, .from_cache = true };
		ret_reply->body = arena_dup(arena, slot->body);
		ret_reply->content_type = arena_dup(arena, slot->content_type);
		hit = ret_reply->body.p && ret_reply->content_type.p;
	}
	pthread_mutex_unlock(&net->lock);
	return hit;
}

/* Not being able to keep a copy is no failure: the next run fetches again. */
static void cache_put(struct net *net, const struct net_request *request, struct instant now, const struct net_reply *reply)
{
	char *url = strndup(request->url.p, request->url.n);
	char *bytes = malloc(reply->body.n + reply->content_type.n + 1);

	if (!url || !bytes) {
		free(url);
		free(bytes);
		return;
	}
	if (reply->body.n)
		memcpy(bytes, reply->body.p, reply->body.n);
	memcpy(bytes + reply->body.n, reply->content_type.p, reply->content_type.n);
	pthread_mutex_lock(&net->lock);
	struct cached *slot = cache_slot(net, request->url);
	free(slot->url);
	free((char *)slot->body.p);
	*slot = (struct cached){ .url = url, .body = { bytes, reply->body.n }, .content_type = { bytes + reply->body.n, reply->content_type.n },
				 .fetched_at = now, .until = instant_add(now, request->cache_ms) };
	pthread_mutex_unlock(&net->lock);
}

int net_fetch(struct net *net, const struct net_request *request, struct instant now, struct arena *arena, struct net_reply *ret_reply)
{
	struct fetch fetch = { .net = net, .arena = arena, .connect_ms = net->options->connect_timeout_ms };
	struct net_reply reply = { 0 };
	bool is_ldap = strcmp(request->method, "LDAP") == 0, is_https = false, has_port = false;
	struct url url;

	if (is_ldap) {
		TRY(ldap_check(request, &fetch.start_tls, &has_port));
	} else {
		TRY(url_parse(request->url, &url));
		is_https = span_is(url.scheme, "https");
		if (!is_https && !url.is_loopback)
			return ERR_INVALID;
	}
	for (size_t i = 0; i < request->n_headers; i++)
		if (breaks_header(request->headers[i].value))
			return ERR_INVALID;
	if (breaks_header(request->authorization) || breaks_header(request->content_type) || breaks_header(request->accept))
		return ERR_INVALID;
	/* What one caller was allowed to see is not for the next one. */
	bool cacheable = request->cache_ms > 0 && strcmp(request->method, "GET") == 0 && !request->authorization.n && !request->n_headers;
	if (cacheable && cache_get(net, request, now, arena, ret_reply))
		return 0;
	if (request->has_timeout && request->timeout_ms <= 0)
		return FAULT(FAULT_TIMEOUT, "fetch: no time is left");
	TRY(libcurl_load(&fetch.curl));
	/* A body that grows leaves smaller copies behind: not in the request's arena, which the largest reply would overfill. */
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(4 * net->options->max_body + (size_t)64 * 1024);
	CURL *handle = scratch ? handle_take(net, fetch.curl) : NULL;
	if (!handle)
		return FAULT_MEMORY;
	fetch.body = buf_new(scratch, 4096);
	set_policy(handle, &fetch, !is_https);
	if (request->has_timeout && request->timeout_ms < fetch.connect_ms)
		fetch.connect_ms = request->timeout_ms;
	if (request->has_timeout && request->timeout_ms < net->options->timeout_ms)
		fetch.curl->easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	int result = is_ldap ? ldap_perform(handle, &fetch, request, has_port, &reply) : perform(handle, &fetch, request, &reply);
	handle_give(net, fetch.curl, handle);
	if (result)
		return result;
	reply.body = arena_dup(arena, reply.body);
	if (!reply.body.p)
		return FAULT_MEMORY;
	if (cacheable && reply.status == 200)
		cache_put(net, request, now, &reply);
	*ret_reply = reply;
	return 0;
}
