/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_notice - what became of the ends of sessions that upstreams and clients were to be told of, newest first.
 */
#include "broker/endpoint/admin.h"
#include "broker/endpoint/logout_notice.h"

#define SHOWN 200

struct listing {
	struct json_writer *out;
	struct arena *arena; /* of one record */
	bool of_clients;
	struct span destination, status;
	size_t n;
};

static void write_notice(struct listing *l, const struct logout_notice *notice, struct span destination, struct span status)
{
	json_open(l->out, '{');
	json_member_str(l->out, l->of_clients ? "client" : "provider", destination);
	json_member_str(l->out, "status", status);
	json_member_id(l->out, "account", notice->account);
	json_member_time(l->out, "created_at", notice->created_at);
	json_member_time(l->out, "next_at", notice->status == LOGOUT_NOTICE_WAITING ? notice->next_at : (struct instant){ 0 });
	json_member_time(l->out, "done_at", notice->done_at);
	json_member_int(l->out, "attempts", notice->attempts);
	json_member_str(l->out, "last_error", notice->last_error);
	json_close(l->out, '}');
	l->n++;
}

static int show(const void *record, void *arg)
{
	const struct logout_notice *notice = record;
	struct listing *l = arg;
	struct span status = span_of(logout_notice_status(notice->status)), destination = l->of_clients ? notice->client : notice->provider;

	bool is_asked = destination.n && (!l->destination.n || span_eq(l->destination, destination)) && (!l->status.n || span_eq(l->status, status));
	if (is_asked)
		write_notice(l, notice, destination, status);
	arena_reset(l->arena);
	return l->n < SHOWN ? 0 : TXN_STOP;
}

static int list(struct txn *txn, void *arg)
{
	struct listing *l = arg;

	return record_page(txn, &KIND_LOGOUT_NOTICE, 0, NULL, (struct record_from){ .falling = true }, l->arena, show, l);
}

static int list_all(struct admin *admin, const json_t *args, bool of_clients, struct json_writer *out)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)1 << 20);
	struct listing l = { .out = out, .arena = arena, .of_clients = of_clients,
			     .destination = json_get_span(args, of_clients ? "client" : "provider"), .status = json_get_span(args, "status") };

	if (!arena)
		return FAULT_MEMORY;
	json_key(out, "notices");
	json_open(out, '[');
	TRY(store_view(admin->store, list, &l));
	json_close(out, ']');
	return 0;
}

int admin_upstream_notices(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return list_all(admin, args, false, out);
}

int admin_client_notices(struct admin *admin, const json_t *args, struct json_writer *out)
{
	return list_all(admin, args, true, out);
}
