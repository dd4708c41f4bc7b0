/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail - one plain text message to one person, by SMTP (RFC 5321), with the address guard of net.h. TLS always, but to loopback.
 */
#pragma once

#include "broker/net/net.h"

struct mail_server {
	struct span url;            /* smtps://host:port or smtp://host:port */
	struct span user, password; /* empty: none */
	struct span from;
};

struct mail {
	struct span to, subject, text; /* UTF-8 */
	struct span id;                /* unique: stands in Message-ID */
};

/* ERR_INVALID: an address or a text that no message may hold; ERR_ACCESS_DENIED: the address guard refused; FAULT_TIMEOUT, FAULT_UNREACHABLE: also
 * when the server refuses the message. */
MUST_USE int net_mail(struct net *net, const struct mail_server *server, const struct mail *mail, struct instant now, struct arena *arena);
/* The message as it is sent, RFC 5322 and 2047: CRLF lines, subject and text in base64. */
MUST_USE int mail_print(const struct mail_server *server, const struct mail *mail, struct instant now, struct arena *arena, struct span *ret_text);
