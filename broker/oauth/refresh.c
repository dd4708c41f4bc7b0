/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/refresh.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/oauth/client.h"
#include "broker/store/records_login.h"

/* A keep-policy client writes when a part of the idle time has passed, not on each refresh. */
#define IDLE_PARTS 16

struct refresh_bytes {
	unsigned char family[16], n[4], mac[28];
};
_Static_assert(ENCODE_BASE64URL(sizeof(struct refresh_bytes)) == REFRESH_TEXT, "no padding bits, no slack");

static int authenticate(const struct seal_ring *ring, const struct refresh_bytes *bytes, unsigned char ret_mac[SEAL_DERIVED])
{
	return seal_derive(ring, "refresh", (struct span){ (const char *)bytes, offsetof(struct refresh_bytes, mac) }, ret_mac);
}

int refresh_print(const struct seal_ring *ring, struct id family, uint32_t n, char ret_text[REFRESH_TEXT + 1])
{
	struct refresh_bytes bytes;
	unsigned char mac[SEAL_DERIVED];

	memcpy(bytes.family, family.b, sizeof bytes.family);
	for (int i = 0; i < 4; i++)
		bytes.n[i] = (unsigned char)(n >> (24 - 8 * i));
	TRY(authenticate(ring, &bytes, mac));
	memcpy(bytes.mac, mac, sizeof bytes.mac);
	encode_base64url_text(ret_text, (struct span){ (char *)&bytes, sizeof bytes });
	explicit_bzero(mac, sizeof mac);
	explicit_bzero(&bytes, sizeof bytes);
	return 0;
}

bool refresh_looks_like(struct span text)
{
	return text.n == REFRESH_TEXT && !memchr(text.p, '.', text.n);
}

int refresh_parse(const struct seal_ring *ring, struct span text, struct id *ret_family, uint32_t *ret_n)
{
	struct refresh_bytes bytes;
	unsigned char mac[SEAL_DERIVED];

	if (encode_base64url_bytes(text, (unsigned char *)&bytes, sizeof bytes))
		return ERR_INVALID_GRANT;
	TRY(authenticate(ring, &bytes, mac));
	bool ours = secret_eq((struct span){ (char *)mac, sizeof bytes.mac }, (struct span){ (char *)bytes.mac, sizeof bytes.mac });
	explicit_bzero(mac, sizeof mac);
	if (!ours)
		return ERR_INVALID_GRANT;
	memcpy(ret_family->b, bytes.family, sizeof bytes.family);
	*ret_n = (uint32_t)bytes.n[0] << 24 | (uint32_t)bytes.n[1] << 16 | (uint32_t)bytes.n[2] << 8 | bytes.n[3];
	return 0;
}

struct instant refresh_expiry(const struct family *family, const struct config_client *client)
{
	struct instant end = record_expiry(family->id), idle = instant_add(family->refreshed_at, client->tokens.refresh_idle);

	return client->tokens.refresh_idle && instant_before(idle, end) ? idle : end;
}

/* The live token was presented. */
static void move_on(struct family *family, const struct config_client *client, struct instant now, struct refresh_decision *ret)
{
	if (client->rotation == CONFIG_REFRESH_ROTATE) {
		family->refresh_n++;
		ret->changed = true;
	} else {
		ret->changed = client->tokens.refresh_idle &&
			       now.ms - family->refreshed_at.ms > client->tokens.refresh_idle / IDLE_PARTS;
	}
	if (ret->changed)
		family->refreshed_at = now;
	ret->n = (uint32_t)family->refresh_n;
}

int refresh_decide(struct family *family, const struct config_client *client, uint32_t n, struct instant now,
		   struct refresh_decision *ret)
{
	*ret = (struct refresh_decision){ 0 };
	if (!span_eq(family->client_id, client->id)) /* RFC 6749 10.4: bound to the client */
		return ERR_INVALID_GRANT;
	if (!client_has_grant(client, CONFIG_GRANT_REFRESH_TOKEN))
		return ERR_UNAUTHORIZED_CLIENT;
	if (family->revoked || !instant_is_set(family->redeemed_at) || !instant_before(now, refresh_expiry(family, client)))
		return ERR_INVALID_GRANT;
	if (n == family->refresh_n && n < UINT32_MAX) {
		move_on(family, client, now, ret);
		return 0;
	}
	if (n > family->refresh_n) /* authentic, but from a future that was lost in a restore: not theft */
		return ERR_INVALID_GRANT;
	/* The answer to the last one may have been lost, or two tabs refreshed at once: the same successor again, nothing moves. */
	if (n + 1 == family->refresh_n && instant_before(now, instant_add(family->refreshed_at, client->refresh_grace))) {
		ret->n = (uint32_t)family->refresh_n;
		return 0;
	}
	ret->revoke = true; /* RFC 9700 4.14.2, ASVS 10.4.5: one of the two who hold it is a thief */
	return ERR_INVALID_GRANT;
}
