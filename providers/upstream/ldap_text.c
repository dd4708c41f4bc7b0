/* SPDX-License-Identifier: Apache-2.0 */
/* ldap_text - filters and addresses of searches, and the entries that come back: see ldap.h. RFC 4515 (filters), RFC 4516 (addresses) */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "providers/upstream/ldap.h"

/* RFC 4515 3: what would end a value or mean something in it, and every byte that is no letter. */
static void escape_filter(struct buf *buf, struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < ' ' || c >= 0x7f || strchr("*()\\&|!=<>~/", c))
			buf_printf(buf, "\\%02x", c);
		else
			buf_char(buf, (char)c);
	}
}

void ldap_text_add_test(struct buf *buf, const char *name, const char *rule, struct span value)
{
	buf_printf(buf, "(%s%s=", name, rule);
	escape_filter(buf, value);
	buf_char(buf, ')');
}

int ldap_text_filter(struct span pattern, struct span login, struct arena *arena, struct span *ret_filter)
{
	struct buf buf = buf_new(arena, 256);

	while (pattern.n) {
		const char *at = memmem(pattern.p, pattern.n, "{login}", 7);
		size_t n = at ? (size_t)(at - pattern.p) : pattern.n;

		buf_add(&buf, (struct span){ pattern.p, n });
		if (at)
			escape_filter(&buf, login);
		n += at ? 7 : 0;
		pattern = (struct span){ pattern.p + n, pattern.n - n };
	}
	return buf_done(&buf, ret_filter);
}

/* ldap://host/dn?attributes?scope?filter, all of it percent-encoded (RFC 4516 2). */
int ldap_text_search(const struct ldap_options *o, struct span dn, struct span attributes, const char *scope, struct span filter, struct arena *arena,
	struct provider_step *step)
{
	struct buf buf = buf_new(arena, 512);

	buf_add(&buf, o->url);
	buf_char(&buf, '/');
	encode_percent(&buf, dn);
	buf_char(&buf, '?');
	buf_add(&buf, attributes);
	buf_printf(&buf, "?%s?", scope);
	encode_percent(&buf, filter);
	step->type = PROVIDER_FETCH;
	step->fetch = (struct provider_fetch){ .method = "LDAP", .bind_name = o->bind_dn, .bind_password = o->bind_password.bytes };
	return buf_done(&buf, &step->fetch.url);
}

/* ---- the answer: "DN: …", then lines of tab, name, ": text" or ":: base64" */

static int take_value(struct ldap_entry *entry, struct span line, struct arena *arena)
{
	struct span value = line, name = span_cut(&value, ':');

	for (size_t i = 0; i < ARRAY_LEN(entry->wanted); i++) {
		if (!entry->wanted[i].name.n || !span_eq_nocase(entry->wanted[i].name, name))
			continue;
		if (entry->wanted[i].value.n) {
			entry->wanted[i].again = true;
			continue;
		}
		if (value.n && *value.p == ':') {
			struct span text = span_trim((struct span){ value.p + 1, value.n - 1 });

			TRY(encode_base64_decode(text, arena, &entry->wanted[i].value));
		} else {
			entry->wanted[i].value = span_trim(value);
		}
	}
	return 0;
}

int ldap_text_entries(struct span body, struct ldap_entry *entry, struct arena *arena)
{
	while (body.n) {
		struct span line = span_cut(&body, '\n');

		if (span_starts(line, SPAN("DN: "))) {
			entry->entries++;
			entry->dn = (struct span){ line.p + 4, line.n - 4 };
		} else if (line.n && *line.p == '\t' && entry->entries == 1) {
			TRY(take_value(entry, (struct span){ line.p + 1, line.n - 1 }, arena));
		} else if (span_trim(line).n) {
			return ERR_MALFORMED; /* a name that goes on in another line, perhaps: no longer sure what belongs to what */
		}
	}
	return 0;
}

bool ldap_text_next_name(struct span *body, struct span *ret_dn)
{
	while (body->n) {
		struct span line = span_cut(body, '\n');

		if (!span_starts(line, SPAN("DN: ")))
			continue;
		*ret_dn = (struct span){ line.p + 4, line.n - 4 };
		return true;
	}
	return false;
}

/* A space behind a comma that divides names (and is no part of a value, RFC 4514 2.4) says nothing. */
static size_t skip_spaces(struct span dn, size_t at)
{
	if (at == 0 || dn.p[at - 1] != ',' || (at > 1 && dn.p[at - 2] == '\\'))
		return at;
	while (at < dn.n && dn.p[at] == ' ')
		at++;
	return at;
}

bool ldap_text_is_same_name(struct span a, struct span b)
{
	size_t i = 0, k = 0;

	while (i < a.n && k < b.n) {
		i = skip_spaces(a, i);
		k = skip_spaces(b, k);
		if (i == a.n || k == b.n || !span_eq_nocase((struct span){ a.p + i, 1 }, (struct span){ b.p + k, 1 }))
			return false;
		i++;
		k++;
	}
	return i == a.n && k == b.n && a.n;
}

bool ldap_text_is_text(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return false;
	return encode_is_utf8(value);
}
