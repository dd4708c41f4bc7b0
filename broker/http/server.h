/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server - listens, guards, routes and answers: one event loop a thread, worker pools beside them.
 */
#pragma once

#include "broker/http/limits.h"
#include "broker/http/metrics.h"
#include "broker/http/route.h"
#include "conf/address.h"

#include "broker/base/json.h"

struct job; /* workers.h */
struct server;
struct template_set;

/* A bound, listening, non-blocking socket per loop (SO_REUSEPORT), or fewer, which the loops share (unix sockets: one). The
 * server does not close them. */
struct server_listener {
	const int *fds;
	size_t n;
	const char *tls_cert, *tls_key; /* PEM texts for development; NULL: plain */
};

struct pool_size {
	unsigned threads; /* 0: the default of the class */
	unsigned queue;   /* waiting at most; 0: the default */
};

/* What may change while serving. Copied; the server calls @release(@owner) when no request uses it any more. */
struct server_settings {
	void *app;                            /* request->app */
	const struct template_set *templates; /* NULL: errors as plain text */
	json_t *common[LANGUAGE_COUNT];       /* members of every page: service_name, support, record; NULL for none; borrowed */
	struct address_blocks trusted_proxies; /* whose X-Forwarded-For and X-Forwarded-Proto are believed */
	struct rate rates[RATE_COUNT];
	enum language language; /* when the browser prefers none that we have */
	bool access_log;
	void (*release)(void *owner);
	void *owner;
};

struct server_options {
	const struct route *routes;
	size_t n_routes;
	const struct server_listener *listeners;
	size_t n_listeners;
	struct span issuer;         /* https://…: Secure cookies, HSTS; names the cookies and the origin for CSRF; kept */
	struct span secret;         /* at least 32 bytes, for CSRF tokens; the same on every node; copied */
	unsigned threads;           /* 0: one per core */
	bool pin;                   /* loop i on the i-th CPU that the process may use */
	unsigned connections;       /* in all; 0: 16384 */
	unsigned connections_per_ip; /* 0: unlimited (behind a proxy all come from it) */
	size_t body_max;            /* 0: 64 KiB; also of the text fields of a multipart body */
	const char *spool_dir;      /* where files of multipart bodies wait, without names; NULL: /tmp; kept, borrowed */
	uint64_t spool_max;         /* bytes of such files at any time; 0: 512 MiB */
	size_t arena_max;           /* of one request; 0: 1 MiB */
	struct pool_size pools[WORK_COUNT];
	int64_t first_ms, head_ms, idle_ms, send_ms, queue_ms, work_ms; /* 0: 15 s, 15 s, 75 s, 60 s, 5 s, 30 s (loop.h) */
	struct server_settings settings;
	const struct metric_source *sources; /* further gauges and counters for /metrics */
	size_t n_sources;
};

/* ERR_CONFIG (logged) for rows or options that contradict themselves. Serving when it returns. On failure settings.release is not
 * called. SIGPIPE is ignored from then on. */
MUST_USE int server_start(const struct server_options *options, struct server **ret_server);
/* New requests see @settings; running ones end with what they began with. */
MUST_USE int server_reload(struct server *server, const struct server_settings *settings);
/* Stop accepting, let what runs finish for at most @drain_ms, close, join, free. */
void server_stop(struct server *server, int64_t drain_ms);

/* "__Host-yimen-1a2b3c4d-session" under https, "yimen-1a2b3c4d-session" otherwise; the hash is the issuer's, since cookies ignore
 * ports. Lives as long as the server. @name: at most 24 characters; at most 16 names a process. */
struct span http_cookie_name(struct server *server, const char *name);
struct span server_issuer(const struct server *server);
/* Have @job run on the pool of @work, beside requests: for what an answer does not wait for. Run as expired when the server ends and its turn does
 * not come within the time to drain. ERR_BUSY: the queue is full. Not for WORK_INLINE and WORK_COMMIT. */
MUST_USE int server_later(struct server *server, enum work_class work, struct job *job);
/* Run @fn(@arg) on the pool of @work and wait for its end; what it returns. For the one thing that work on another pool needs of this one. ERR_BUSY: its
 * queue is full, or the server ends. Not for WORK_INLINE and WORK_COMMIT. */
MUST_USE int server_run(struct server *server, enum work_class work, int (*fn)(void *arg), void *arg);
/* Does nothing run or wait on the pool of @work? */
bool server_is_idle(struct server *server, enum work_class work);
/* Prometheus text; a handler for the route table. */
MUST_USE int server_metrics(struct request *rq);
/* The number of the loop whose thread this is; -1 on a worker or any other thread. */
int server_loop_index(void);
/* Requests that run or wait, for tests and gauges. */
size_t server_busy(const struct server *server);
