/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope - lists of scope tokens: parsing, limiting to what a client may have, narrowing, printing.
 *
 * RFC 6749 3.3, OpenID Connect Core 3.1.2.1 and 11
 */
#pragma once

#include "broker/base/buf.h"
#include "broker/store/record.h"

struct config_client;

/* Tokens of a request; a family's scopes are numbered in an opaque token's mask, so there are never more. */
#define SCOPE_MAX 32
#define SCOPE_TEXT_MAX 1024

/* The scopes that have a meaning here (custom ones of a client are only carried). */
struct scope_row {
	const char *name;
	const char *doc;
	bool is_hidden; /* understood, but not in the metadata: only for clients that were told of it */
};
/* NULL past the end. */
const struct scope_row *scope_at(size_t i);
bool scope_is_known(struct span name);

bool scope_has(const struct text_list *list, struct span name);
bool scope_is_subset(const struct text_list *small, const struct text_list *large);
/* Space-separated values: of scope, acr_values, ui_locales, prompt. Repeated values are dropped. ERR_INVALID for a byte outside
 * RFC 6749's scope-token, more than SCOPE_MAX values or SCOPE_TEXT_MAX bytes. */
MUST_USE int scope_parse(struct span text, struct arena *arena, struct text_list *ret_list);
/* Joined by spaces. */
void scope_print(struct buf *buf, const struct text_list *list);

/* What @client gets of the requested text: empty means its defaults. Values that nobody knows are ignored in an OpenID request
 * (OpenID Connect Core 3.1.2.1); a scope that the client is not registered for, or nothing left, is ERR_INVALID_SCOPE.
 * offline_access is left out unless the client may hold refresh tokens. */
MUST_USE int scope_allow(const struct config_client *client, struct span requested, struct arena *arena,
			 struct text_list *ret_list);
/* For client_credentials: no openid, no offline_access, nothing that speaks of a person. */
MUST_USE int scope_allow_service(const struct config_client *client, struct span requested, struct arena *arena,
				 struct text_list *ret_list);
/* A refresh may ask for less (RFC 6749 6): empty is all of @granted; ERR_INVALID_SCOPE for anything that was not granted. */
MUST_USE int scope_narrow(const struct text_list *granted, struct span requested, struct arena *arena, struct text_list *ret_list);

/* Bit i: granted[i] is in @list; and back. */
uint32_t scope_mask(const struct text_list *granted, const struct text_list *list);
MUST_USE int scope_unmask(const struct text_list *granted, uint32_t mask, struct arena *arena, struct text_list *ret_list);
