/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/upstream_identity.h"

#include "broker/base/encode.h"

#define TEXT(member) { #member, offsetof(struct provider_identity, member) }
static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	TEXT(issuer), TEXT(subject), TEXT(name), TEXT(phone), TEXT(email), TEXT(uscc), TEXT(unit_name), TEXT(unit_type), TEXT(region),
	TEXT(level), TEXT(method), TEXT(real_name), TEXT(id_type), TEXT(id_number), TEXT(login_name), TEXT(sid), TEXT(id_token),
};
#undef TEXT

int upstream_identity_write(const struct provider_identity *identity, struct arena *arena, struct span *ret_json)
{
	struct buf buf = buf_new(arena, 512);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_member_str(&w, texts[i].name, *(const struct span *)((const char *)identity + texts[i].offset));
	json_member_bool(&w, "is_legal", identity->is_legal);
	json_member_int(&w, "acr", identity->acr);
	json_member_int(&w, "auth_time", identity->auth_time.ms);
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}

static int take(const json_t *json, const char *name, struct arena *arena, struct span *ret)
{
	struct span value = json_get_span(json, name);

	if (!value.n)
		return 0;
	*ret = arena_dup(arena, value);
	return ret->p ? 0 : FAULT_MEMORY;
}

int upstream_identity_read(struct span text, struct arena *arena, struct provider_identity *ret_identity)
{
	struct provider_identity identity = { 0 };
	JSON *json = NULL;

	int result = json_read_object(text, &json);
	if (result)
		return result < 0 ? result : FAULT(FAULT_CORRUPT, "an identity that is no object");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		TRY(take(json, texts[i].name, arena, (struct span *)((char *)&identity + texts[i].offset)));
	identity.is_legal = json_get_bool(json, "is_legal", false);
	json_get_i64(json, "acr", &identity.acr);
	json_get_i64(json, "auth_time", &identity.auth_time.ms);
	*ret_identity = identity;
	return 0;
}

int upstream_identity_write_session(const struct session_upstream *upstream, struct arena *arena, struct span *ret_json)
{
	struct buf buf = buf_new(arena, 128);
	struct json_writer w = json_writer(&buf);

	*ret_json = (struct span){ NULL, 0 };
	if (!upstream->provider.n)
		return 0;
	json_open(&w, '{');
	json_member_str(&w, "provider", upstream->provider);
	json_member_id(&w, "link", upstream->link);
	json_member_str(&w, "sid", upstream->sid);
	json_member_str(&w, "token", upstream->token);
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}

int upstream_identity_read_session(struct span text, struct arena *arena, struct session_upstream *ret_upstream)
{
	struct session_upstream upstream = { 0 };
	JSON *json = NULL;

	if (text.n) {
		int result = json_read_object(text, &json);
		if (result)
			return result < 0 ? result : FAULT(FAULT_CORRUPT, "an upstream's session that is no object");
		TRY(take(json, "provider", arena, &upstream.provider));
		TRY(take(json, "sid", arena, &upstream.sid));
		TRY(take(json, "token", arena, &upstream.token));
		if (encode_id_decode(json_get_span(json, "link"), &upstream.link))
			upstream.link = (struct id){ { 0 } };
	}
	*ret_upstream = upstream;
	return 0;
}
