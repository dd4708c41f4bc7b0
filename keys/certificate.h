/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate - whose the certificates in a PEM text are and when they end (RFC 5280 4.1.2.5). Their signatures and uses are not looked at: that is the
 * matter of whoever trusts them.
 */
#pragma once

#include "broker/base/arena.h"

struct certificate {
	struct span name; /* the common name, else the organisation; UTF-8; may be empty. Lives in the arena of certificate_each */
	struct instant from, until;
};

/* Does @text hold a certificate in PEM at all? */
bool certificate_is_in(struct span text);

/* @fn gets every certificate of @pem in its order; what it returns other than 0 ends the walk and is returned. Private keys and other blocks between them
 * are passed over. ERR_INVALID: there is none, or one that cannot be read (those before it were told). */
typedef int certificate_fn(const struct certificate *certificate, void *arg);
MUST_USE int certificate_each(struct span pem, struct arena *arena, certificate_fn *fn, void *arg);
