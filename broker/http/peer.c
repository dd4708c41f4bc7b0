/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/client.h"
#include "broker/http/loop.h"

#include <stdlib.h>
#include <sys/socket.h>

static void unlink_peer(struct loop *loop, struct peer *peer)
{
	if (peer->phase >= PHASE_TIMED)
		return;
	struct peer_list *list = &loop->phases[peer->phase];
	if (peer->prev)
		peer->prev->next = peer->next;
	else
		list->first = peer->next;
	if (peer->next)
		peer->next->prev = peer->prev;
	else
		list->last = peer->prev;
}

static void append(struct loop *loop, struct peer *peer, enum phase phase)
{
	peer->phase = phase;
	peer->since_ms = loop->now_ms;
	if (phase >= PHASE_TIMED)
		return;
	struct peer_list *list = &loop->phases[phase];
	peer->next = NULL;
	peer->prev = list->last;
	if (list->last)
		list->last->next = peer;
	else
		list->first = peer;
	list->last = peer;
}

struct peer *peer_new(struct port *port, struct MHD_Connection *connection)
{
	/* Each answer is read before the next question: from libmicrohttpd 1.0 on they share one place. */
	const union MHD_ConnectionInfo *info = microhttpd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct peer *peer = info ? calloc(1, sizeof *peer) : NULL;

	if (!peer)
		return NULL;
	peer->fd = info->connect_fd;
	peer->is_tls = port->is_tls;
	info = microhttpd.get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	peer->address = client_of_peer(info ? info->client_addr : NULL);
	append(port->loop, peer, PHASE_FIRST);
	port->loop->peers++;
	return peer;
}

void peer_free(struct loop *loop, struct peer *peer)
{
	unlink_peer(loop, peer);
	loop->peers--;
	free(peer);
}

void peer_move(struct loop *loop, struct peer *peer, enum phase phase)
{
	if (peer->phase == PHASE_CLOSING)
		return;
	unlink_peer(loop, peer);
	append(loop, peer, phase);
}

/* libmicrohttpd has no call for this; it sees the end of the stream and cleans up. */
void peer_close(struct loop *loop, struct peer *peer)
{
	peer_move(loop, peer, PHASE_CLOSING);
	shutdown(peer->fd, SHUT_RDWR);
}

static int64_t length_of(const struct server_options *options, enum phase phase)
{
	switch (phase) {
	case PHASE_FIRST:
		return options->first_ms;
	case PHASE_HEAD:
		return options->head_ms;
	case PHASE_QUEUED:
		return options->queue_ms;
	case PHASE_SEND:
		return options->send_ms;
	default:
		return options->idle_ms;
	}
}

static void end(struct loop *loop, struct peer *peer)
{
	if (peer->phase == PHASE_QUEUED && peer->exchange) {
		struct exchange *ex = peer->exchange;

		peer_move(loop, peer, PHASE_RUN);
		(void)serve_expire(ex);
	} else {
		peer_close(loop, peer);
	}
}

int64_t peer_sweep(struct loop *loop)
{
	int64_t next = -1;

	for (enum phase phase = 0; phase < PHASE_TIMED; phase++) {
		int64_t length = length_of(&loop->server->options, phase);
		struct peer *peer;

		while ((peer = loop->phases[phase].first) && peer->since_ms + length <= loop->now_ms)
			end(loop, peer);
		if (peer && (next < 0 || peer->since_ms + length - loop->now_ms < next))
			next = peer->since_ms + length - loop->now_ms;
	}
	return next;
}

void peer_close_idle(struct loop *loop)
{
	while (loop->phases[PHASE_FIRST].first)
		peer_close(loop, loop->phases[PHASE_FIRST].first);
	while (loop->phases[PHASE_IDLE].first)
		peer_close(loop, loop->phases[PHASE_IDLE].first);
}
