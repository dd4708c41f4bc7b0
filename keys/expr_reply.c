/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr_reply - the operations of expr_eval that take a message of another system apart: JSON, lists of pairs, value maps, decryption.
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/json_path.h"
#include "keys/cipher.h"
#include "keys/expr_eval.h"

static const struct span nothing = { "", 0 };

/* Of an object or a list its JSON. */
static int as_json(const json_t *value, struct arena *arena, struct span *ret)
{
	size_t n = json_dumpb(value, NULL, 0, JSON_COMPACT);
	char *out = n ? arena_alloc(arena, n + 1) : NULL;

	if (!out || json_dumpb(value, out, n, JSON_COMPACT) != n)
		return FAULT_MEMORY;
	*ret = (struct span){ out, n };
	return 0;
}

static int at(enum expr_op op, struct span text, struct span path, struct arena *arena, struct span *ret)
{
	JSON *document = NULL;

	*ret = nothing;
	if (!text.n) /* nothing holds nothing, so that paths can be chained */
		return 0;
	if (text.n > EXPR_MESSAGE_MAX)
		return ERR_INVALID;
	int result = json_read(text, &document);
	if (result)
		return result > 0 ? ERR_INVALID : result;
	if (op == EXPR_AT)
		return json_path_text(document, path, arena, ret);
	const json_t *value = json_path_get(document, path);
	return json_is_object(value) || json_is_array(value) ? as_json(value, arena, ret) : 0;
}

static int pair(struct span text, struct span name, struct arena *arena, struct span *ret)
{
	JSON *list = NULL;
	const json_t *item;
	size_t i;

	*ret = nothing;
	if (!text.n)
		return 0;
	int result = json_read(text, &list);
	if (result)
		return result > 0 ? ERR_INVALID : result;
	json_array_foreach (list, i, item) {
		struct span value = { json_string_value(item), json_string_length(item) };

		if (!value.p || !span_eq(span_cut(&value, '='), name) || !value.p)
			continue;
		*ret = arena_dup(arena, value);
		return ret->p ? 0 : FAULT_MEMORY;
	}
	return 0;
}

static void map(struct span value, struct span table, struct span *ret)
{
	*ret = nothing;
	while (value.n && table.n) {
		struct span to = span_cut(&table, ' '), from = span_cut(&to, ':');
		bool others = span_is(from, "*");

		if (!others && (!from.n || !span_eq(from, value)))
			continue;
		*ret = others && span_is(to, "*") ? value : to.p ? to : nothing;
		if (!others)
			return;
	}
}

static int escape(enum expr_op op, struct span in, struct arena *arena, struct span *ret)
{
	struct buf buf = buf_new(arena, in.n + 16);
	struct json_writer writer = json_writer(&buf);

	if (in.n > EXPR_VALUE_MAX || (op == EXPR_JSON && !encode_is_utf8(in)))
		return ERR_INVALID;
	if (op == EXPR_URI)
		encode_percent(&buf, in);
	else
		json_str(&writer, in);
	TRY(buf_done(&buf, ret));
	if (op == EXPR_JSON)
		*ret = (struct span){ ret->p + 1, ret->n - 2 }; /* without the quotes */
	return 0;
}

int expr_reply_apply(enum expr_op op, const struct span *part, struct arena *arena, struct span *ret_value)
{
	switch (op) {
	case EXPR_AT:
	case EXPR_PART:
		return at(op, part[0], part[1], arena, ret_value);
	case EXPR_PAIR:
		return pair(part[0], part[1], arena, ret_value);
	case EXPR_MAP:
		map(part[0], part[1], ret_value);
		return 0;
	case EXPR_FIRST:
		*ret_value = part[0].n ? part[0] : part[1];
		return 0;
	case EXPR_WHEN:
		*ret_value = part[0].n ? part[1] : nothing;
		return 0;
	case EXPR_URI:
	case EXPR_JSON:
		return escape(op, part[0], arena, ret_value);
	case EXPR_AES_ECB_OPEN:
		return cipher_open(CIPHER_AES_ECB, part[0], nothing, part[1], arena, ret_value);
	case EXPR_AES_CBC_OPEN:
		return cipher_open(CIPHER_AES_CBC, part[0], part[1], part[2], arena, ret_value);
	case EXPR_SM4_ECB_OPEN:
		return cipher_open(CIPHER_SM4_ECB, part[0], nothing, part[1], arena, ret_value);
	case EXPR_SM4_CBC_OPEN:
		return cipher_open(CIPHER_SM4_CBC, part[0], part[1], part[2], arena, ret_value);
	default:
		return FAULT(FAULT_BUG, "operation %d", (int)op);
	}
}
