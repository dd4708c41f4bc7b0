/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe - starts the test server (and nginx before it), and talks to them in raw bytes.
 */
#pragma once

#include "broker/base/base.h"

#include <sys/types.h>

struct probe_server {
	pid_t pid;
	uint16_t port;
	char folder[64]; /* private, removed on stop; the unix socket is folder/http.sock */
};

/* argv[0] of the server comes from the environment (HTTP_SERVER); @arguments ends with NULL. Aborts when it does not start. */
void probe_start(struct probe_server *server, const char *const *arguments);
/* SIGTERM, and its exit status: 0 is a clean end (under ASan also: nothing leaked). */
int probe_stop(struct probe_server *server);
/* The same for a server that got its signal already. */
int probe_wait(struct probe_server *server);

/* nginx in front of the server's unix socket, on a TCP port of its own. False when it is not installed. */
bool probe_start_nginx(struct probe_server *nginx, const struct probe_server *behind);

int probe_connect(uint16_t port);
void probe_send(int fd, struct span bytes);

struct probe_reply {
	char bytes[65536];
	size_t n;
	unsigned answers; /* status lines */
	int status;       /* of the first */
	bool is_closed;   /* by the other side */
};

/* Read until the other side closes or is silent for @silence_ms. */
void probe_read(int fd, int silence_ms, struct probe_reply *ret_reply);
/* One answer: until its body (Content-Length) is complete. False when it does not come within @ms. */
bool probe_read_one(int fd, int ms, struct probe_reply *ret_reply);
/* Connect, send, read, close. */
void probe_ask(uint16_t port, struct span bytes, int silence_ms, struct probe_reply *ret_reply);
int64_t probe_now_ms(void);
/* VmRSS of @pid in KiB. */
long probe_memory(pid_t pid);
