/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client - who asks: the peer, or what trusted proxies say about it.
 */
#pragma once

#include "broker/http/guard.h"
#include "broker/http/request.h"
#include "conf/address.h"

/* The socket peer in the form of a client address. */
struct client_address client_of_peer(const struct sockaddr *peer);
bool client_is_in(const struct client_address *client, const struct address_blocks *blocks);

struct client_view {
	struct client_address address;
	bool https; /* a trusted proxy says that the browser's side is https */
};
/* The rightmost hop of X-Forwarded-For that is no trusted proxy; @peer itself when it is not trusted. What cannot be read ends the
 * walk at the hop before it, since everything left of it is hearsay. */
struct client_view client_view(const struct client_address *peer, const struct header *headers, size_t n,
			       const struct address_blocks *trusted);
