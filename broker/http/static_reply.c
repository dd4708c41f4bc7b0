/* SPDX-License-Identifier: Apache-2.0 */
/*
 * static_reply - one libmicrohttpd response for every request of a document that changes rarely.
 */
#include "broker/base/encode.h"
#include "broker/http/exchange.h"
#include "keys/digest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct static_reply {
	_Atomic unsigned users;
	struct MHD_Response *full, *unchanged;
	char etag[2 + 32 + 1];
};

struct static_slot {
	pthread_mutex_t lock; /* held for a pointer and a count */
	struct static_reply *reply;
};

struct static_slot *static_slot_new(void)
{
	struct static_slot *slot = calloc(1, sizeof *slot);

	if (slot)
		pthread_mutex_init(&slot->lock, NULL);
	return slot;
}

void static_reply_drop(struct static_reply *reply)
{
	if (!reply || atomic_fetch_sub_explicit(&reply->users, 1, memory_order_acq_rel) != 1)
		return;
	if (reply->full)
		microhttpd.destroy_response(reply->full);
	if (reply->unchanged)
		microhttpd.destroy_response(reply->unchanged);
	free(reply);
}

void static_slot_free(struct static_slot *slot)
{
	if (!slot)
		return;
	static_reply_drop(slot->reply);
	pthread_mutex_destroy(&slot->lock);
	free(slot);
}

static struct MHD_Response *build(const char *type, struct span bytes, const char *cache_control, const char *etag, bool https,
				  bool cors)
{
	struct MHD_Response *response = microhttpd.create_response_from_buffer(bytes.n, (void *)(uintptr_t)bytes.p,
										MHD_RESPMEM_MUST_COPY);

	if (!response)
		return NULL;
	if ((type && !microhttpd.add_response_header(response, "Content-Type", type)) ||
	    !microhttpd.add_response_header(response, "Cache-Control", cache_control) ||
	    !microhttpd.add_response_header(response, "ETag", etag) ||
	    (cors && !microhttpd.add_response_header(response, "Access-Control-Allow-Origin", "*")) ||
	    !reply_add_fixed(response, https, false)) {
		microhttpd.destroy_response(response);
		return NULL;
	}
	return response;
}

int static_slot_set(struct static_slot *slot, struct span issuer, const char *type, struct span bytes, const char *cache_control,
		    bool cors)
{
	TRY(microhttpd_load());
	struct static_reply *reply = calloc(1, sizeof *reply);
	bool https = span_starts(issuer, SPAN("https://"));
	unsigned char hash[DIGEST_MAX];
	char hex[33];

	if (!reply)
		return FAULT_MEMORY;
	reply->users = 1;
	if (digest_of(DIGEST_SHA256, hash, bytes)) {
		static_reply_drop(reply);
		return FAULT(FAULT_CRYPTO, "etag: hash failed");
	}
	encode_hex(hex, (struct span){ (const char *)hash, 16 });
	snprintf(reply->etag, sizeof reply->etag, "\"%s\"", hex);
	reply->full = build(type, bytes, cache_control, reply->etag, https, cors);
	reply->unchanged = build(NULL, SPAN(""), cache_control, reply->etag, https, cors);
	if (!reply->full || !reply->unchanged) {
		static_reply_drop(reply);
		return FAULT_MEMORY;
	}
	pthread_mutex_lock(&slot->lock);
	struct static_reply *before = slot->reply;
	slot->reply = reply;
	pthread_mutex_unlock(&slot->lock);
	static_reply_drop(before);
	return 0;
}

int reply_static(struct request *rq, struct static_slot *slot)
{
	struct exchange *ex = exchange_of(rq);
	struct span wanted = request_header(rq, "If-None-Match");

	if (ex->answer.response)
		return FAULT(FAULT_BUG, "a second reply");
	pthread_mutex_lock(&slot->lock);
	struct static_reply *reply = slot->reply;
	if (reply)
		atomic_fetch_add_explicit(&reply->users, 1, memory_order_relaxed);
	pthread_mutex_unlock(&slot->lock);
	if (!reply)
		return FAULT(FAULT_BUG, "an empty static slot");
	bool is_unchanged = wanted.n && memmem(wanted.p, wanted.n, reply->etag, strlen(reply->etag));
	ex->answer.shared = reply;
	ex->answer.response = is_unchanged ? reply->unchanged : reply->full;
	ex->answer.status = is_unchanged ? 304 : 200;
	return 0;
}
