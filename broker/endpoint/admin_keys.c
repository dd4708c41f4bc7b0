/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/admin.h"
#include "broker/store/records_system.h"
#include "keys/keyring.h"

struct listing {
	struct admin *admin;
	struct json_writer *out;
};

static const char *phase_of(const struct signing_key *key, struct instant now)
{
	static const char *const names[] = { [KEYRING_WAITING] = "waiting", [KEYRING_SIGNING] = "signing", [KEYRING_VERIFYING] = "verifying", [KEYRING_DEAD] = "dead" };
	struct keyring_key life = { .published_at = key->publish_at, .signing_from = key->sign_from, .signing_until = key->sign_until, .published_until = key->publish_until };

	return names[keyring_phase(&life, now)];
}

static int write_key(const void *record, void *arg)
{
	const struct signing_key *key = record;
	struct listing *listing = arg;

	json_open(listing->out, '{');
	json_member_str(listing->out, "kid", key->kid);
	json_member_str(listing->out, "alg", key->alg);
	json_member_str(listing->out, "phase", span_of(phase_of(key, listing->admin->now)));
	json_member_int(listing->out, "created_at", key->created_at.ms);
	json_member_int(listing->out, "publish_at", key->publish_at.ms);
	json_member_int(listing->out, "sign_from", key->sign_from.ms);
	json_member_int(listing->out, "sign_until", key->sign_until.ms);
	json_member_int(listing->out, "publish_until", key->publish_until.ms);
	json_close(listing->out, '}');
	return 0;
}

static int list(struct txn *txn, void *arg)
{
	struct listing *listing = arg;

	return record_scan(txn, &KIND_SIGNING_KEY, (struct id){ { 0 } }, listing->admin->arena, write_key, listing);
}

int admin_keys_list(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct listing listing = { admin, out };

	json_key(out, "keys");
	json_open(out, '[');
	int result = store_view(admin->store, list, &listing);
	json_close(out, ']');
	return result;
}

/* Successors are made and published now; they sign once every cache of the key set knows them. */
int admin_keys_rotate(struct admin *admin, const json_t *args, struct json_writer *out)
{
	struct span name = json_get_span(args, "alg");
	enum alg alg = name.n ? alg_by_name(name) : ALG_UNKNOWN;

	if (name.n && alg == ALG_UNKNOWN) {
		json_member_str(out, "field", SPAN("alg"));
		return ERR_INVALID;
	}
	TRY(admin->app->rotate(admin->app, admin->now, name.n ? ALG_BIT(alg) : ALG_ALL));
	return admin_keys_list(admin, args, out);
}
