/* SPDX-License-Identifier: Apache-2.0 */
#include "examples/portal/session.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/sys.h"

#include <pthread.h>
#include <stdlib.h>

struct session {
	char id[SESSION_ID + 1];
	struct instant until;
	char *id_token;
	char *sid; /* the broker's session; empty: it named none */
	char *claims; /* as text: jansson's reference counts are not made for several threads */
};

static struct session sessions[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void clear(struct session *session)
{
	free(session->id_token);
	free(session->sid);
	free(session->claims);
	*session = (struct session){ 0 };
}

static struct session *find(struct span id)
{
	for (size_t i = 0; i < ARRAY_LEN(sessions); i++)
		if (sessions[i].id_token && secret_eq(id, span_of(sessions[i].id)))
			return &sessions[i];
	return NULL;
}

int session_open(struct span id_token, json_t *claims, struct instant now, char ret_id[SESSION_ID + 1])
{
	struct span sid = json_get_span(claims, "sid");
	struct session session = { .until = instant_add(now, SESSION_LIFE), .id_token = strndup(id_token.p, id_token.n), .sid = strndup(sid.n ? sid.p : "", sid.n),
				   .claims = json_dumps(claims, JSON_COMPACT) };
	struct session *oldest = &sessions[0];
	unsigned char random[32];

	if (!session.id_token || !session.sid || !session.claims) {
		clear(&session);
		return FAULT_MEMORY;
	}
	sys_random(random, sizeof random);
	encode_base64url_text(session.id, (struct span){ (char *)random, sizeof random });
	memcpy(ret_id, session.id, sizeof session.id);
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < ARRAY_LEN(sessions); i++)
		if (instant_before(sessions[i].until, oldest->until))
			oldest = &sessions[i];
	clear(oldest);
	*oldest = session;
	pthread_mutex_unlock(&lock);
	return 0;
}

int session_find(struct span id, struct instant now, struct arena *arena, struct span *ret_id_token, json_t **ret_claims)
{
	struct span claims = { 0 };

	pthread_mutex_lock(&lock);
	struct session *session = find(id);
	if (session && instant_before(now, session->until)) {
		*ret_id_token = arena_dup(arena, span_of(session->id_token));
		claims = arena_dup(arena, span_of(session->claims));
	}
	pthread_mutex_unlock(&lock);
	return claims.p ? json_read_object(claims, ret_claims) : ERR_ABSENT;
}

void session_close(struct span id)
{
	pthread_mutex_lock(&lock);
	struct session *session = find(id);
	if (session)
		clear(session);
	pthread_mutex_unlock(&lock);
}

void session_close_all(struct span sid)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < ARRAY_LEN(sessions); i++)
		if (sessions[i].id_token && sid.n && span_is(sid, sessions[i].sid))
			clear(&sessions[i]);
	pthread_mutex_unlock(&lock);
}
