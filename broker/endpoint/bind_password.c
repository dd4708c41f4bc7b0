/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind_password - by the old account's login name and password. Throttled as a login is, together with it, and as slow for names that nobody has.
 */
#include "broker/base/encode.h"
#include "broker/base/json.h"
#include "broker/endpoint/account_new.h"
#include "broker/endpoint/bind.h"
#include "broker/endpoint/credentials.h"
#include "broker/endpoint/endpoint.h"
#include "conf/config.h"

/* Names that one person tries: there are few that could be theirs. */
static const struct throttle of_account = { "bind.password.account", MS_HOUR, 20 };

struct old {
	struct bind b;
	struct throttle limit, address;
	struct span who, from, person, login, password;
	struct legacy_list list;
	struct account accounts[LEGACY_FIND_MAX]; /* whose hash it is: the row's own, or that of the account which the import made of it */
	struct span digests[LEGACY_FIND_MAX];     /* what was proved against */
	size_t proved;                            /* index; list.n: none */
	bool changed;                             /* what was proved against is not there any more */
};

static int count(struct txn *txn, void *arg)
{
	struct old *o = arg;

	struct instant now = o->b.rq->now;

	o->b.wait = throttle_wait(&of_account, now);
	TRY(throttle_add(txn, &of_account, o->person, now));
	o->b.wait = throttle_wait(&o->address, now);
	TRY(throttle_add(txn, &o->address, o->from, now));
	o->b.wait = throttle_wait(&o->limit, now);
	return throttle_add(txn, &o->limit, o->who, now);
}

/* An account that an import made carries the hash of its row, or a newer password. */
static int load_hash(struct txn *txn, struct arena *arena, const struct legacy *row, struct account *ret_account)
{
	*ret_account = (struct account){ .login_name = row->login_name, .legacy_scheme = row->scheme, .legacy_salt = row->salt, .legacy_digest = row->digest };
	if (row->digest.n || !id_is_set(row->account))
		return 0;
	int result = record_get(txn, &KIND_ACCOUNT, row->account, arena, ret_account);
	if (result == ERR_ABSENT || (!result && (!account_new_import(ret_account).n || ret_account->status == ACCOUNT_DISABLED))) {
		*ret_account = (struct account){ .login_name = row->login_name };
		return 0;
	}
	if (!result && row->login_name.n)
		ret_account->login_name = ret_account->legacy_digest.n ? row->login_name : ret_account->login_name; /* hashes that hold the name hold the old one */
	return result;
}

static int load_rows(struct txn *txn, void *arg)
{
	struct old *o = arg;
	const struct account *account = &o->b.visitor.facts.account;
	struct unit_actor actor = unit_change_actor(o->b.rq, account->id);

	o->list.n = 0;
	TRY(legacy_find_login(txn, &actor, o->b.source, o->login, account, &o->list));
	for (size_t i = 0; i < o->list.n; i++) {
		TRY(load_hash(txn, o->b.rq->arena, &o->list.items[i].row, &o->accounts[i]));
		o->digests[i] = o->accounts[i].password.n ? o->accounts[i].password : o->accounts[i].legacy_digest;
	}
	return 0;
}

#define ROWS_TRIED 4 /* of one name: several kinds of users shared it */

static int prove(struct old *o)
{
	struct account nobody = { 0 };

	if (!o->list.n)
		return credentials_check(o->b.rq, &nobody, o->password);
	for (size_t i = 0; i < o->list.n && i < ROWS_TRIED; i++) {
		int result = credentials_check(o->b.rq, &o->accounts[i], o->password);

		if (result == ERR_CREDENTIALS)
			continue;
		TRY(result);
		o->proved = i;
		return 0;
	}
	return ERR_CREDENTIALS;
}

static int keep(struct txn *txn, void *arg)
{
	struct old *o = arg;
	struct bind *b = &o->b;
	struct legacy_proof proof = { .method = "password" };
	struct unit_actor actor = unit_change_actor(b->rq, b->visitor.facts.account.id);
	struct legacy_found found = { 0 };
	struct account account, now;
	struct buf buf = buf_new(b->rq->arena, 128);
	struct json_writer w = json_writer(&buf);

	TRY(bind_person(txn, b, &account));
	TRY(record_get(txn, &KIND_LEGACY, o->list.items[o->proved].row.id, b->rq->arena, &found.row));
	TRY(load_hash(txn, b->rq->arena, &found.row, &now));
	o->changed = !span_eq(now.password.n ? now.password : now.legacy_digest, o->digests[o->proved]);
	if (o->changed)
		return 0;
	TRY(legacy_change_state(txn, &actor, &found.row, &account, &found.state, &found.binding));
	json_open(&w, '{');
	json_member_str(&w, "login_name", found.row.login_name);
	json_close(&w, '}');
	TRY(buf_done(&buf, &proof.evidence));
	TRY(throttle_clear(txn, &o->limit, o->who, b->rq->now));
	TRY(throttle_take_back(txn, &o->address, o->from, b->rq->now));
	return bind_keep(txn, b, &account, &found, &proof);
}

static int show(struct old *o)
{
	JSON *data = NULL;

	if (o->b.refused)
		bind_blame(&o->b);
	TRY(bind_data(&o->b, NULL, &data));
	return bind_reply(&o->b, data);
}

static int prove_and_keep(struct old *o)
{
	struct store *store = app_of(o->b.rq)->app->store;

	o->changed = false;
	TRY(store_view(store, load_rows, o));
	int result = prove(o);
	if (result == ERR_CREDENTIALS) {
		o->b.refused = result;
		return 0;
	}
	return result ? result : store_update(store, keep, o);
}

static int take(struct old *o)
{
	struct bind *b = &o->b;
	const struct config_login *login = &app_of(b->rq)->config->login;
	char *tab = arena_printf(b->rq->arena, "legacy:" SPAN_FMT, SPAN_ARG(b->source->id));
	char address[CLIENT_ADDRESS_TEXT], person[37];

	if (!tab)
		return FAULT_MEMORY;
	encode_id(person, b->visitor.facts.account.id);
	o->person = span_of(person);
	o->from = span_of(client_address_text(&b->rq->client, address));
	o->login = form_text(&b->form, b->values, "known_login");
	o->password = form_text(&b->form, b->values, "password_old");
	TRY(credentials_attempts(b->rq, tab, o->login, &o->limit, &o->who));
	o->limit = (struct throttle){ "bind.password", login->tries_window, login->tries };
	o->address = (struct throttle){ "login.address", login->address_window, login->address_tries };
	int result = store_update(app_of(b->rq)->app->store, count, o);
	if (result == ERR_TOO_MANY) {
		b->error = ERR_LOCKED;
		return show(o);
	}
	TRY(result);
	b->wait = 0;
	TRY(prove_and_keep(o));
	if (o->changed) /* wrapped by a job, most likely: once more, with what is there now */
		TRY(prove_and_keep(o));
	if (o->changed)
		b->refused = ERR_CREDENTIALS;
	return b->refused ? show(o) : bind_done(b);
}

int endpoint_bind_password(struct request *rq)
{
	struct old *o = arena_new_of(rq->arena, struct old);
	bool answered;

	if (!o)
		return FAULT_MEMORY;
	TRY(bind_open(rq, BIND_PASSWORD, &o->b, &answered));
	if (answered)
		return 0;
	int result = bind_read(&o->b);
	if (result && result != ERR_FORM)
		return result;
	if (!o->b.source)
		return ERR_NOT_FOUND;
	return rq->method == METHOD_GET || result ? show(o) : take(o);
}
