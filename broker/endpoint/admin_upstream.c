/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_upstream - what became of the logouts that upstreams were to be told of, newest last.
 */
#include "broker/endpoint/admin.h"
#include "broker/endpoint/upstream_notice.h"
#include "broker/store/records_upstream.h"

#define SHOWN 200

struct listing {
	struct admin *admin;
	struct json_writer *out;
	struct span provider, status;
	size_t n;
};

static int show(const void *record, void *arg)
{
	const struct upstream_notice *notice = record;
	struct listing *l = arg;
	struct span status = span_of(upstream_notice_status(notice->status));

	if ((l->provider.n && !span_eq(l->provider, notice->provider)) || (l->status.n && !span_eq(l->status, status)))
		return 0;
	json_open(l->out, '{');
	json_member_str(l->out, "provider", notice->provider);
	json_member_str(l->out, "status", status);
	json_member_id(l->out, "account", notice->account);
	json_member_time(l->out, "created_at", notice->created_at);
	json_member_time(l->out, "next_at", notice->status == UPSTREAM_NOTICE_WAITING ? notice->next_at : (struct instant){ 0 });
	json_member_time(l->out, "done_at", notice->done_at);
	json_member_int(l->out, "attempts", notice->attempts);
	json_member_str(l->out, "last_error", notice->last_error);
	json_close(l->out, '}');
	return ++l->n < SHOWN ? 0 : TXN_STOP;
}

static int list(struct txn *txn, void *arg)
{
	struct listing *l = arg;

	return record_scan(txn, &KIND_UPSTREAM_NOTICE, (struct id){ { 0 } }, l->admin->arena, show, l);
}

int admin_upstream_notices(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct listing l = { .admin = admin, .out = out, .provider = json_get_span(args, "provider"), .status = json_get_span(args, "status") };

	json_key(out, "notices");
	json_open(out, '[');
	TRY(store_view(admin->store, list, &l));
	json_close(out, ']');
	return 0;
}
