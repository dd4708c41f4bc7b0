/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net - outbound HTTP with an address guard: https only, no redirects, no proxies, caps on time and size, and the address that is really
 * connected must be public or allowed by the operator (so that DNS rebinding gains nothing). Directories (LDAP) under the same rules.
 *
 * Calls wait; they belong on the upstream bulkhead. One struct net has one policy and one pool of connections: a changed policy is a new
 * struct net. libraries.md 2, security.md rule 10
 */
#pragma once

#include "broker/base/arena.h"
#include "conf/address.h"
#include "providers/fetch.h"

struct net;

struct net_options {
	struct address_blocks allow; /* non-public destinations that are allowed; plain http is allowed to loopback among them */
	int64_t timeout_ms, connect_timeout_ms;
	size_t max_body;
	const char *ca_file; /* NULL: the system's */
};

struct net_request {
	const char *method; /* "GET" or "POST"; "LDAP": see below */
	struct span url;
	/* LDAP: the search that @url says (RFC 4516), after a simple bind as @bind_name with @bind_password; neither may be empty, since many servers take an empty
	 * password for no login at all and say yes (RFC 4513 5.1.2). ldaps, or ldap with StartTLS before anything else; in the clear on loopback only. The reply's status is 200,
	 * 401 (name or password), 403 (may not), 404 (no such entry) or 400 (no such search), its body what curl makes of the entries. */
	struct span bind_name, bind_password;
	struct span content_type, body;
	struct span authorization, accept; /* header values, or empty */
	const struct fetch_header *headers;  /* further ones; such a request is never answered from the cache */
	size_t n_headers;
	int64_t cache_ms; /* a GET whose 200 may be shared for that long */
	bool has_timeout;
	int64_t timeout_ms; /* with has_timeout: give up after that long when it is less than the options say; 0 and below: at once */
	bool once;        /* on a connection of its own, so that nothing is ever sent twice */
	bool *sent;       /* may be NULL: set to whether any of it left, also when there was no reply */
	bool refresh;     /* do not answer from the cache, unless the cached reply is younger than NET_REFRESH_MIN_MS */
};

/* The POST of an adapter, which must outlive what is returned. */
static inline struct net_request net_request_of(const struct fetch_request *fetch)
{
	return (struct net_request){ .method = "POST", .url = fetch->url, .content_type = fetch->content_type, .body = fetch->body,
				     .authorization = fetch->authorization, .headers = fetch->headers, .n_headers = fetch->n_headers };
}

struct net_reply {
	int status;
	bool from_cache; /* nobody was asked */
	struct span content_type, body;
};

#define NET_REFRESH_MIN_MS (10 * MS_SECOND)

/* The policy that @net was made with. */
const struct net_options *net_policy(const struct net *net);
/* Load what fetching needs. net_fetch does so too; here it is known early that it fails, and nobody waits for it. */
MUST_USE int net_start(void);

/* @options and what it points to must outlive the net. */
MUST_USE int net_new(const struct net_options *options, struct net **ret_net);
void net_free(struct net *net);
DEFINE_CLEANUP(struct net, net_cleanup, net_free)

/* ERR_INVALID: not a URL that we speak to; ERR_ACCESS_DENIED: the address guard refused; ERR_TOO_LARGE: more than max_body;
 * FAULT_TIMEOUT, FAULT_UNREACHABLE. The reply lives in @arena. */
MUST_USE int net_fetch(struct net *net, const struct net_request *request, struct instant now, struct arena *arena,
		       struct net_reply *ret_reply);

/* May a connection be opened to @sa? Pure; the table behind it is the deny list of libraries.md 2. */
bool net_guard_allows(const struct sockaddr *sa, const struct address_blocks *allow);
