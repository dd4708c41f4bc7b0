/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop - one thread, its libmicrohttpd daemons (one a listener) driven from our own epoll, and the deadlines of its connections.
 *
 * libmicrohttpd's internal epoll thread hangs at 256, 384, 512 busy connections and its pool does not balance (performance.md), so
 * each thread waits by itself and calls MHD_run. Its own inactivity timeout is off: it restarts with every byte, and does not run
 * for suspended requests.
 */
#pragma once

#include "broker/http/exchange.h"
#include "broker/http/turns.h"

#include <pthread.h>

/* Where a connection stands; each phase but RUN and CLOSING has a deadline of fixed length, so its list is ordered by time. */
enum phase {
	PHASE_FIRST,   /* connected, no request line yet */
	PHASE_HEAD,    /* request line seen, body not complete */
	PHASE_QUEUED,  /* waits for a worker: 503 when it is over */
	PHASE_SEND,    /* answer queued, not sent whole */
	PHASE_IDLE,    /* kept alive */
	PHASE_TIMED,   /* so many have deadlines */
	PHASE_RUN = PHASE_TIMED,
	PHASE_CLOSING,
};

/* A connection. */
struct peer {
	struct peer *prev, *next;
	struct exchange *exchange; /* its request, if any */
	int64_t since_ms;
	enum phase phase;
	int fd;
	bool is_tls;
	struct client_address address;
};

struct peer_list {
	struct peer *first, *last;
};

/* A listener as one loop sees it. */
struct port {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	bool is_tls;
};

struct loop {
	struct server *server;
	unsigned index;
	pthread_t thread;
	bool is_started;
	int epoll_fd, wake_fd;
	_Atomic bool is_woken; /* wake_fd is written: further wakers need not */
	struct port *ports;
	struct settings *settings; /* this loop's hold */
	unsigned generation;
	int64_t now_ms; /* monotonic, of this round */
	struct peer_list phases[PHASE_TIMED];
	size_t peers, suspended;
	bool is_quiet; /* draining has begun */
	struct exchange *free;
	size_t n_free;
	struct turns turns;  /* WORK_COMMIT */
	bool has_resumed;    /* by this thread: libmicrohttpd has to look */
	_Atomic size_t busy; /* requests begun and not ended */
	unsigned char random[256];
	size_t random_used;
};

/* The number of the loop whose thread this is; -1 on any other thread. */
extern _Thread_local int loop_index;

MUST_USE int loop_start(struct server *server, unsigned index, struct loop *loop);
void loop_wake(struct loop *loop);
/* After server.is_draining was set: ends the thread and its connections. Workers may still wake the loop. */
void loop_stop(struct loop *loop);
void loop_free(struct loop *loop);

/* peer.c: phases and their deadlines. */
struct peer *peer_new(struct port *port, struct MHD_Connection *connection);
void peer_free(struct loop *loop, struct peer *peer);
void peer_move(struct loop *loop, struct peer *peer, enum phase phase);
/* End what is over its time. Returns the milliseconds until the next deadline, -1 for none. */
int64_t peer_sweep(struct loop *loop);
/* Close those that have no request. */
void peer_close_idle(struct loop *loop);
void peer_close(struct loop *loop, struct peer *peer);

/* serve.c: libmicrohttpd's callbacks. */
MUST_USE int serve_start_port(struct port *port, const struct server_listener *listener, int fd);
/* A queued request gets its 503, or false: a worker has it. */
bool serve_expire(struct exchange *ex);
void serve_free_exchanges(struct loop *loop);
/* For fiber_on_switch. */
void serve_on_switch(void *job);
