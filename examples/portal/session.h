/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session - who is logged in to the portal: a few entries in memory, the oldest makes room. A real system has its own.
 */
#pragma once

#include "broker/base/json.h"

#define SESSION_LIFE (30 * MS_MINUTE)
#define SESSION_ID 43

/* A fresh session over @claims (a reference is kept). @ret_id is what the browser keeps. */
MUST_USE int session_open(struct span id_token, json_t *claims, struct instant now, char ret_id[SESSION_ID + 1]);
/* ERR_ABSENT without a living session. The claims are the caller's reference; @ret_id_token is copied into @arena. */
MUST_USE int session_find(struct span id, struct instant now, struct arena *arena, struct span *ret_id_token, json_t **ret_claims);
void session_close(struct span id);
/* Every session whose ID token named it so: the broker's session is over. */
void session_close_all(struct span sid);
