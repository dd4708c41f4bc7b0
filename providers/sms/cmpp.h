/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmpp - what the gateway "cmpp" tells the broker: to whom a connection is kept, and what the carrier's numbers mean. The connection is
 * broker/net/cmpp.h's.
 */
#pragma once

#include "providers/sms.h"
#include "providers/sms/cmpp_wire.h"

struct cmpp_peer {
	struct span host; /* terminated */
	int64_t port;
	struct cmpp_account account;
	int64_t window, answer_timeout, keep_alive, resend_after;
};

extern const struct sms_gateway sms_cmpp;

/* The peer of a gateway of this type; its spans are the configuration's. False: it is of another type. */
bool cmpp_peer_of(const struct option_variant_value *gateway, struct cmpp_peer *ret_peer);
/* Would a connection to @a serve for @b? */
bool cmpp_peer_is_same(const struct cmpp_peer *a, const struct cmpp_peer *b);

/* The gateway answered SUBMIT, or CONNECT, with a number other than 0. */
MUST_USE int cmpp_submit_refused(uint32_t result, struct arena *arena, struct sms_result *ret_result);
MUST_USE int cmpp_connect_refused(uint32_t status, struct arena *arena, struct sms_result *ret_result);
