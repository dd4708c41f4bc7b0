/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/cookie.h"

#include "broker/base/error.h"
#include "broker/http/reply.h"

struct span cookie_find(const struct header *headers, size_t n, struct span name)
{
	struct span found = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (!span_eq_nocase(headers[i].name, SPAN("Cookie")))
			continue;
		for (struct span rest = headers[i].value; rest.p;) {
			struct span value = span_trim(span_cut(&rest, ';'));
			struct span key = span_cut(&value, '=');

			if (!value.p || !span_eq(key, name))
				continue;
			if (found.p && !span_eq(found, value))
				return (struct span){ 0 };
			found = value;
		}
	}
	return found;
}

static bool is_text(struct span s, const char *refused)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f || strchr(refused, s.p[i]))
			return false;
	return true;
}

int cookie_write(struct buf *out, const struct cookie *cookie)
{
	bool is_cross_site = (cookie->flags & COOKIE_CROSS_SITE) && cookie->https; /* None without Secure is dropped by browsers */

	if (cookie->name.n == 0 || !is_text(cookie->name, "\"(),/:;<=>?@[\\]{}") || !is_text(cookie->value, "\",;\\"))
		return ERR_INVALID;
	buf_add(out, cookie->name);
	buf_char(out, '=');
	if (cookie->max_age >= 0)
		buf_add(out, cookie->value);
	buf_str(out, "; Path=/");
	if (cookie->max_age)
		buf_printf(out, "; Max-Age=%lld", cookie->max_age > 0 ? (long long)cookie->max_age : 0);
	if (cookie->https)
		buf_str(out, "; Secure");
	if (!(cookie->flags & COOKIE_SCRIPT))
		buf_str(out, "; HttpOnly");
	if (cookie->flags & COOKIE_STRICT)
		buf_str(out, "; SameSite=Strict");
	else if (is_cross_site)
		buf_str(out, "; SameSite=None");
	else
		buf_str(out, "; SameSite=Lax");
	return 0;
}
