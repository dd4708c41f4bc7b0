/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/csrf.h"

#include "broker/base/encode.h"
#include "keys/digest.h"

#define TOKEN_BYTES 16

int csrf_token(struct span secret, struct span browser, struct arena *arena, struct span *ret_token)
{
	struct buf token = buf_new(arena, 24);
	unsigned char mac[DIGEST_MAX];

	if (digest_hmac(DIGEST_SHA256, secret, mac, browser, SPAN("csrf")))
		return FAULT(FAULT_CRYPTO, "csrf: hmac failed");
	encode_base64url(&token, (struct span){ (const char *)mac, TOKEN_BYTES });
	return buf_done(&token, ret_token);
}

int csrf_check(struct span secret, struct span browser, struct span token, struct csrf_origin from, struct span self,
	       struct arena *arena)
{
	struct span want = { NULL, 0 };

	/* Pages are sent with Referrer-Policy: no-referrer, under which a browser's Origin on their own form posts is "null". So
	 * Origin speaks only when it names one, and Sec-Fetch-Site when the browser sends it. */
	if (from.fetch_site.p && !span_is(from.fetch_site, "same-origin") && !span_is(from.fetch_site, "none"))
		return ERR_CSRF;
	if (from.origin.p && !span_is(from.origin, "null") && !span_eq(from.origin, self))
		return ERR_CSRF;
	if (!browser.n || !token.n)
		return ERR_CSRF;
	TRY(csrf_token(secret, browser, arena, &want));
	return secret_eq(token, want) ? 0 : ERR_CSRF;
}
