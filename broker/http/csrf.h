/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csrf - a form's proof that it came from a page of ours in the same browser.
 *
 * Token = HMAC-SHA256(secret, binding cookie ‖ "csrf"), cut to 128 bits, base64url. Rows with csrf are checked before their handler
 * runs; a page gets its token from reply_page.
 */
#pragma once

#include "broker/http/request.h"

/* In @arena. FAULT_CRYPTO when the digest fails. */
MUST_USE int csrf_token(struct span secret, struct span browser, struct arena *arena, struct span *ret_token);

/* What a browser says about where a request comes from; spans with NULL pointer when absent. */
struct csrf_origin {
	struct span origin;     /* Origin */
	struct span fetch_site; /* Sec-Fetch-Site */
};

/* ERR_CSRF unless @token is that of @browser and the headers do not contradict. @self: our origin, "https://id.example". */
MUST_USE int csrf_check(struct span secret, struct span browser, struct span token, struct csrf_origin from, struct span self,
			struct arena *arena);
