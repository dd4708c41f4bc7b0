/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load - the state of one run, shared by the loop (load.c), the connections (connection.c) and the checks (examine.c).
 */
#pragma once

#include "bench/histogram.h"
#include "bench/reply.h"
#include "bench/script.h"

#include <stdio.h>
#include <sys/socket.h>

#define LOAD_TOKENS_MAX 64
#define LOAD_COOKIES_MAX 12

enum connection_state { CONNECTION_CONNECTING, CONNECTION_BUSY, CONNECTION_IDLE };

struct connection {
	int fd;
	enum connection_state state;
	size_t step;
	bool is_begun;          /* an iteration is under way: a new socket sends its current step again */
	bool is_retry;          /* … and has done so already */
	uint64_t served;        /* answers on this socket */
	uint64_t done;          /* iterations inside the window */
	uint64_t began_ns;
	struct arena *arena;    /* of the current request */
	struct span out;        /* what is left to write */
	char *in;
	size_t in_n, in_cap;
	struct span values[SCRIPT_VARS_MAX];
	struct span cookies[LOAD_COOKIES_MAX]; /* name=value */
	size_t cookies_n;
};

struct load {
	const struct script *script;
	const char *host; /* for the Host header */
	struct sockaddr_storage address;
	socklen_t address_n;
	int epoll;
	size_t next_row, next_connection;
	bool is_measuring, is_stopping, is_idle_test;
	bool is_starved; /* no rows left, or the wanted number is done */
	uint64_t ops_max, started;
	uint64_t done, replies, errors, bad, checked, reconnects;
	char first_bad[512];
	FILE *emit;
	struct histogram latency;
	char *tokens[LOAD_TOKENS_MAX]; /* sampled, verified after the run */
	size_t tokens_seen;
};

/* False only without memory or sockets. */
bool connection_open(struct load *load, struct connection *c);
void connection_event(struct load *load, struct connection *c, uint32_t events);
void connection_free(struct connection *c);
uint64_t load_now_ns(void);

/* Take out of @reply what the step captures and check it. False when it is not as expected: counted, and the first one kept. */
bool examine_reply(struct load *load, struct connection *c, const struct reply *reply);
/* Count a wrong answer. */
void examine_bad(struct load *load, const char *why, const struct reply *reply);
/* Replace a connection's value; it is copied. */
bool examine_set(struct span *value, struct span s);
