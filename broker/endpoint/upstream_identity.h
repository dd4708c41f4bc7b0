/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_identity - what an upstream said of a person, as text: kept (sealed) where the login waits for something between the answer and the session.
 */
#pragma once

#include "broker/endpoint/session.h"
#include "providers/provider.h"

/* JSON of all that is needed again: neither the raw answer nor level_up_url. */
MUST_USE int upstream_identity_write(const struct provider_identity *identity, struct arena *arena, struct span *ret_json);
/* FAULT_CORRUPT for anything else. */
MUST_USE int upstream_identity_read(struct span json, struct arena *arena, struct provider_identity *ret_identity);

/* The upstream's session behind a proof, for interaction.proof_upstream; empty for none. */
MUST_USE int upstream_identity_write_session(const struct session_upstream *upstream, struct arena *arena, struct span *ret_json);
MUST_USE int upstream_identity_read_session(struct span json, struct arena *arena, struct session_upstream *ret_upstream);
