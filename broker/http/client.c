/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/client.h"

#include <arpa/inet.h>
#include <stdio.h>

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

struct client_address client_of_peer(const struct sockaddr *peer)
{
	struct client_address client = { 0 };

	if (peer && peer->sa_family == AF_INET6) {
		memcpy(client.bytes, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, 16);
	} else if (peer && peer->sa_family == AF_INET) {
		memcpy(client.bytes, mapped, 12);
		memcpy(client.bytes + 12, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
	} else {
		client.unix_peer = true;
	}
	return client;
}

bool client_is_in(const struct client_address *client, const struct address_blocks *blocks)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (blocks->n == 0)
		return false;
	if (client->unix_peer)
		return address_in_blocks((const struct sockaddr *)&un, blocks);
	memcpy(&in6.sin6_addr, client->bytes, 16);
	return address_in_blocks((const struct sockaddr *)&in6, blocks);
}

/* "192.0.2.1", "192.0.2.1:1234", "2001:db8::1", "[2001:db8::1]:1234" */
static bool parse_hop(struct span text, struct client_address *ret)
{
	struct client_address client = { 0 };
	char host[CLIENT_ADDRESS_TEXT];

	if (text.n && text.p[0] == '[') {
		text.p++, text.n--;
		text = span_cut(&text, ']');
	} else {
		const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;

		if (colon && !memchr(colon + 1, ':', text.n - (size_t)(colon + 1 - text.p)))
			text.n = (size_t)(colon - text.p);
	}
	if (text.n == 0 || text.n >= sizeof host)
		return false;
	memcpy(host, text.p, text.n);
	host[text.n] = '\0';
	if (inet_pton(AF_INET, host, client.bytes + 12) == 1)
		memcpy(client.bytes, mapped, 12);
	else if (inet_pton(AF_INET6, host, client.bytes) != 1)
		return false;
	*ret = client;
	return true;
}

/* Cut the last hop off @list. */
static struct span last_hop(struct span *list)
{
	const char *comma = memrchr(list->p, ',', list->n);
	struct span hop = *list;

	if (!comma) {
		*list = (struct span){ 0 };
		return span_trim(hop);
	}
	hop = (struct span){ comma + 1, list->n - (size_t)(comma + 1 - list->p) };
	list->n = (size_t)(comma - list->p);
	return span_trim(hop);
}

struct client_view client_view(const struct client_address *peer, const struct header *headers, size_t n,
			       const struct address_blocks *trusted)
{
	struct client_view view = { .address = *peer };

	if (!client_is_in(peer, trusted))
		return view;
	for (size_t i = 0; i < n; i++)
		if (span_eq_nocase(headers[i].name, SPAN("X-Forwarded-Proto")))
			view.https = span_eq_nocase(headers[i].value, SPAN("https"));
	for (size_t i = n; i-- > 0;) { /* several headers are one list (RFC 9110 5.3): the last header stands rightmost */
		if (!span_eq_nocase(headers[i].name, SPAN("X-Forwarded-For")))
			continue;
		for (struct span list = headers[i].value; list.p && list.n;) {
			struct client_address hop;

			if (!parse_hop(last_hop(&list), &hop))
				return view;
			view.address = hop;
			if (!client_is_in(&hop, trusted))
				return view;
		}
	}
	return view;
}

const char *client_address_text(const struct client_address *client, char out[CLIENT_ADDRESS_TEXT])
{
	if (client->unix_peer)
		return "unix";
	if (memcmp(client->bytes, mapped, 12) == 0)
		return inet_ntop(AF_INET, client->bytes + 12, out, CLIENT_ADDRESS_TEXT);
	return inet_ntop(AF_INET6, client->bytes, out, CLIENT_ADDRESS_TEXT);
}
