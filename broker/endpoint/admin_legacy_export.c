/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_legacy_export - `yimen legacy export`, a piece at a time: each old account of a source that has an owner, and the sub by which a client knows them.
 */
#include "broker/endpoint/admin.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/legacy_table.h"
#include "broker/base/encode.h"
#include "broker/oauth/claims.h"
#include "broker/store/records_legacy.h"
#include "conf/config_client.h"
#include "conf/config_legacy.h"

#define PIECE_ROWS 500

struct export {
	struct admin *admin;
	struct txn *txn;
	const struct config_client *client;
	struct span source;
	struct json_writer *out;
	struct id after;
	size_t n;
};

static int write_row(const void *record, void *arg)
{
	const struct binding *binding = record;
	struct export *export = arg;
	struct legacy_table row;
	char sub[CLAIMS_SUB + 1];

	TRY(legacy_table_row(export->txn, export->client, binding, export->admin->arena, &row));
	TRY(claims_subject(export->admin->seal, export->client, row.subject, sub));
	json_open(export->out, '{');
	json_member_str(export->out, "account_id", row.account_id);
	json_member_str(export->out, "account_type", row.account_type);
	json_member_str(export->out, "sub", span_of(sub));
	json_member_str(export->out, "method", row.method);
	json_member_int(export->out, "level", row.level);
	json_member_time(export->out, "since", row.since);
	json_close(export->out, '}');
	export->after = binding->id;
	return ++export->n < PIECE_ROWS ? 0 : TXN_STOP;
}

static int read_piece(struct txn *txn, void *arg)
{
	struct export *export = arg;
	struct binding probe = { .source = export->source, .status = BINDING_BOUND };

	export->txn = txn;
	return record_page(txn, &KIND_BINDING, BINDING_BY_SOURCE, &probe, (struct record_from){ .at = export->after }, export->admin->arena, write_row, export);
}

/* Once, with the first piece. */
static int note(struct txn *txn, void *arg)
{
	const struct export *export = arg;

	return audit_write_operator(txn, export->admin->now,
				    &(struct audit_event){ .action = "legacy.export", .subject = export->source, .detail = export->client->id });
}

/* args: source, client, after ("next" of the answer before). The answer: rows, and "next" while there may be more. */
int admin_legacy_export(struct admin *admin, const json_t *args, struct json_writer *out)
{
	const struct config_legacy_source *source = config_legacy_source(admin->config, json_get_span(args, "source"));
	struct export export = { .admin = admin, .client = config_client(admin->config, json_get_span(args, "client")), .out = out };
	struct span after = json_get_span(args, "after");

	if (!source || !export.client) {
		json_member_str(out, "field", source ? SPAN("client") : SPAN("source"));
		return ERR_ABSENT;
	}
	export.source = source->id;
	if (after.n)
		TRY(encode_id_decode(after, &export.after));
	else
		TRY(store_update(admin->store, note, &export));
	json_key(out, "rows");
	json_open(out, '[');
	TRY(store_view(admin->store, read_piece, &export));
	json_close(out, ']');
	if (export.n == PIECE_ROWS)
		json_member_id(out, "next", export.after);
	return 0;
}
