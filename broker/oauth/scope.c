/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/oauth/scope.h"

#include "broker/base/error.h"
#include "broker/oauth/client.h"

static const struct scope_row rows[] = {
	{ "openid", "who signed in: subject, kind of account, assurance, state of the real-name check" },
	{ "offline_access", "access that outlives the session" },
	{ "profile", "display name" },
	{ "email", "confirmed e-mail address" },
	{ "phone", "confirmed mobile number" },
	{ "realname", "verified name, kind of document, masked number, gender and ethnic group" },
	{ "org", "the unit that the person acts for, and the role in it" },
	{ "grants", "subsystems that the person may use" },
	{ "legacy", "old accounts that are bound to the person" },
	{ "idhash", "keyed hash of the document number, to find what a client knew before", true },
	{ "idno", "document number, only in encrypted answers", true }, /* there are none yet: it releases nothing */
};

const struct scope_row *scope_at(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}

bool scope_is_known(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_is(name, rows[i].name))
			return true;
	return false;
}

bool scope_has(const struct text_list *list, struct span name)
{
	for (size_t i = 0; i < list->n; i++)
		if (span_eq(list->items[i], name))
			return true;
	return false;
}

bool scope_is_subset(const struct text_list *small, const struct text_list *large)
{
	for (size_t i = 0; i < small->n; i++)
		if (!scope_has(large, small->items[i]))
			return false;
	return true;
}

/* scope-token = 1*( %x21 / %x23-5B / %x5D-7E ), RFC 6749 3.3 */
static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x21 || c > 0x7e || c == '"' || c == '\\')
			return false;
	}
	return s.n > 0;
}

int scope_parse(struct span text, struct arena *arena, struct text_list *ret_list)
{
	struct text_list list = { arena_array(arena, struct span, SCOPE_MAX), 0 };
	struct span rest = text;

	if (!list.items)
		return FAULT_MEMORY;
	if (text.n > SCOPE_TEXT_MAX)
		return ERR_INVALID;
	while (rest.p) {
		struct span item = span_cut(&rest, ' ');

		if (item.n == 0) /* several spaces are one: harmless and seen in the wild */
			continue;
		if (!is_token(item))
			return ERR_INVALID;
		if (scope_has(&list, item))
			continue;
		if (list.n == SCOPE_MAX)
			return ERR_INVALID;
		list.items[list.n++] = item;
	}
	*ret_list = list;
	return 0;
}

void scope_print(struct buf *buf, const struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_char(buf, ' ');
		buf_add(buf, list->items[i]);
	}
}

/* The requested list, or the client's defaults, as a fresh list. */
static int requested_or_default(const struct config_client *client, struct span requested, struct arena *arena,
				struct text_list *ret_list)
{
	int error = scope_parse(requested, arena, ret_list);

	if (error)
		return error > 0 ? ERR_INVALID_SCOPE : error;
	if (ret_list->n == 0)
		for (size_t i = 0; i < client->default_scopes.n && ret_list->n < SCOPE_MAX; i++)
			ret_list->items[ret_list->n++] = client->default_scopes.items[i];
	return ret_list->n ? 0 : ERR_INVALID_SCOPE;
}

int scope_allow(const struct config_client *client, struct span requested, struct arena *arena, struct text_list *ret_list)
{
	struct text_list list, kept;

	TRY(requested_or_default(client, requested, arena, &list));
	bool is_openid = scope_has(&list, SPAN("openid"));
	kept = (struct text_list){ list.items, 0 };
	for (size_t i = 0; i < list.n; i++) {
		struct span item = list.items[i];

		/* OpenID Connect Core 11: a request for offline access that cannot be met is ignored. */
		if (span_is(item, "offline_access") && !client_has_grant(client, CONFIG_GRANT_REFRESH_TOKEN))
			continue;
		if (option_list_has(&client->scopes, item))
			kept.items[kept.n++] = item;
		else if (scope_is_known(item) || !is_openid)
			return ERR_INVALID_SCOPE;
	}
	if (kept.n == 0)
		return ERR_INVALID_SCOPE;
	*ret_list = kept;
	return 0;
}

int scope_allow_service(const struct config_client *client, struct span requested, struct arena *arena, struct text_list *ret_list)
{
	struct text_list list;

	int error = scope_parse(requested, arena, &list);
	if (error)
		return error > 0 ? ERR_INVALID_SCOPE : error;
	for (size_t i = 0; i < list.n; i++) /* there is no person whom these could speak of */
		if (scope_is_known(list.items[i]) || !option_list_has(&client->scopes, list.items[i]))
			return ERR_INVALID_SCOPE;
	if (list.n == 0)
		for (size_t i = 0; i < client->default_scopes.n && list.n < SCOPE_MAX; i++)
			if (!scope_is_known(client->default_scopes.items[i]))
				list.items[list.n++] = client->default_scopes.items[i];
	*ret_list = list;
	return 0;
}

int scope_narrow(const struct text_list *granted, struct span requested, struct arena *arena, struct text_list *ret_list)
{
	struct text_list list;

	int error = scope_parse(requested, arena, &list);
	if (error)
		return error > 0 ? ERR_INVALID_SCOPE : error;
	if (!scope_is_subset(&list, granted)) /* RFC 6749 6 */
		return ERR_INVALID_SCOPE;
	*ret_list = list.n ? list : *granted;
	return 0;
}

uint32_t scope_mask(const struct text_list *granted, const struct text_list *list)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < granted->n && i < SCOPE_MAX; i++)
		if (scope_has(list, granted->items[i]))
			mask |= UINT32_C(1) << i;
	return mask;
}

int scope_unmask(const struct text_list *granted, uint32_t mask, struct arena *arena, struct text_list *ret_list)
{
	struct text_list list = { arena_array(arena, struct span, SCOPE_MAX), 0 };

	if (!list.items)
		return FAULT_MEMORY;
	for (size_t i = 0; i < granted->n && i < SCOPE_MAX; i++)
		if (mask & UINT32_C(1) << i)
			list.items[list.n++] = granted->items[i];
	*ret_list = list;
	return 0;
}
