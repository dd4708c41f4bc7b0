/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/credentials.h"

#include "broker/endpoint/account_new.h"

#include "broker/identity/identifier.h"
#include "broker/store/records_legacy.h"
#include "conf/config.h"
#include "keys/legacy.h"

struct lookup {
	struct request *rq;
	int namespace_;
	const struct identifier *candidates;
	size_t n;
	struct account *account;
};

/* Which index finds a kind, which option allows it, which member it fills. */
static const struct {
	enum config_identifier allowed;
	uint8_t index;
	size_t offset;
} kinds[] = {
	[IDENTIFIER_LOGIN_NAME] = { CONFIG_ID_LOGIN_NAME, ACCOUNT_BY_LOGIN, offsetof(struct account, login_key) },
	[IDENTIFIER_PHONE] = { CONFIG_ID_PHONE, ACCOUNT_BY_PHONE, offsetof(struct account, phone) },
	[IDENTIFIER_EMAIL] = { CONFIG_ID_EMAIL, ACCOUNT_BY_EMAIL, offsetof(struct account, email) },
	[IDENTIFIER_ID_NUMBER] = { CONFIG_ID_ID_NUMBER, ACCOUNT_BY_ID_NUMBER, offsetof(struct account, id_number) },
};

static int find(struct txn *txn, void *arg)
{
	struct lookup *lookup = arg;

	for (size_t i = 0; i < lookup->n; i++) {
		const struct identifier *candidate = &lookup->candidates[i];
		struct account probe = { .namespace_ = lookup->namespace_ };

		if (!(app_of(lookup->rq)->config->login.identifiers & 1u << kinds[candidate->kind].allowed))
			continue;
		*(struct span *)((char *)&probe + kinds[candidate->kind].offset) = candidate->value;
		int result = record_find(txn, &KIND_ACCOUNT, kinds[candidate->kind].index, &probe, lookup->rq->arena, lookup->account);
		if (result != ERR_ABSENT)
			return result;
	}
	return ERR_ABSENT;
}

int credentials_find(struct txn *txn, struct request *rq, int namespace_, struct span login_name, struct account *ret_account)
{
	struct identifier candidates[IDENTIFIER_KINDS];
	struct lookup lookup = { .rq = rq, .namespace_ = namespace_, .candidates = candidates, .account = ret_account };

	TRY(identifier_candidates(login_name, rq->arena, candidates, &lookup.n));
	return find(txn, &lookup);
}

int credentials_attempts(struct request *rq, const char *tab, struct span login_name, struct throttle *ret_throttle, struct span *ret_what)
{
	const struct config_login *config = &app_of(rq)->config->login;
	struct identifier candidates[IDENTIFIER_KINDS];
	char address[CLIENT_ADDRESS_TEXT];
	size_t n;

	/* One count for all spellings of a name, or each would be a new set of tries. */
	TRY(identifier_candidates(login_name, rq->arena, candidates, &n));
	if (n)
		login_name = candidates[0].value;
	char *what = arena_printf(rq->arena, "%s|" SPAN_FMT "|%s", tab, SPAN_ARG(login_name), client_address_text(&rq->client, address));
	*ret_throttle = (struct throttle){ "login.pair", config->tries_window, config->tries };
	*ret_what = span_of(what);
	return what ? 0 : FAULT_MEMORY;
}

int credentials_namespace(const char *tab)
{
	return strcmp(tab, "legal") == 0 ? NAMESPACE_LEGAL : strcmp(tab, "staff") == 0 ? NAMESPACE_STAFF : NAMESPACE_NATURAL;
}

static struct password_cost cost_of(const struct config *config)
{
	return (struct password_cost){ (unsigned)config->password.cost_time, (unsigned)(config->password.cost_memory / 1024) };
}

struct old_name {
	struct request *rq;
	const struct account *account;
	struct span source, name;
};

static int take_name(const void *record, void *arg)
{
	const struct legacy *legacy = record;
	struct old_name *old = arg;

	if (!legacy->login_name.n || !span_eq(legacy->source, old->source))
		return 0;
	old->name = legacy->login_name;
	return TXN_STOP;
}

static int find_name(struct txn *txn, void *arg)
{
	struct old_name *old = arg;
	struct legacy probe = { .account = old->account->id };

	return record_each(txn, &KIND_LEGACY, LEGACY_BY_ACCOUNT, &probe, old->rq->arena, take_name, old);
}

/* What the old system called its user: some schemes hash the name too, and the import may have made another of it (HJ_…). */
static int old_name_of(struct request *rq, const struct account *account, struct span *ret_name)
{
	struct old_name old = { rq, account, account_new_import(account), account->login_name };

	if (old.source.n)
		TRY(store_view(app_of(rq)->app->store, find_name, &old));
	*ret_name = old.name;
	return 0;
}

/* A legacy hash costs microseconds: the dummy beside it makes the answer take as long as any other. */
static int verify(struct request *rq, const struct account *account, struct span password)
{
	struct legacy_hash legacy = legacy_at_rest(account->legacy_scheme, account->legacy_salt, account->legacy_digest);
	struct span user;

	if (account->password.n)
		return password_verify(account->password, password);
	if (!legacy.wrapped) {
		int dummy = password_dummy_verify(password, cost_of(app_of(rq)->config));

		if (dummy < 0)
			return dummy;
	}
	if (!legacy.scheme.n)
		return ERR_CREDENTIALS;
	TRY(old_name_of(rq, account, &user));
	int result = legacy_verify(&legacy, user, password, rq->arena);
	return result == ERR_INVALID ? ERR_CREDENTIALS : result;
}

int credentials_prove(struct request *rq, int namespace_, struct span login_name, struct span password, struct credentials *ret_credentials)
{
	struct password_cost cost = cost_of(app_of(rq)->config);
	struct identifier candidates[IDENTIFIER_KINDS];
	struct credentials found = { 0 };
	struct lookup lookup = { .rq = rq, .namespace_ = namespace_, .candidates = candidates, .account = &found.account };

	TRY(identifier_candidates(login_name, rq->arena, candidates, &lookup.n));
	int result = store_view(app_of(rq)->app->store, find, &lookup);
	if (result == ERR_ABSENT)
		return password_dummy_verify(password, cost);
	TRY(result);
	TRY(verify(rq, &found.account, password));
	if (instant_is_set(found.account.password_until) && !instant_before(rq->now, found.account.password_until))
		return ERR_CREDENTIALS; /* a first password lives for a short time only (ASVS 6.4.1) */
	if (!found.account.password.n || password_needs_rehash(found.account.password, cost))
		TRY(password_hash(password, cost, rq->arena, &found.new_hash));
	*ret_credentials = found;
	return 0;
}

int credentials_check(struct request *rq, const struct account *account, struct span password)
{
	return verify(rq, account, password);
}

int credentials_hash(const struct config *config, struct span password, struct arena *arena, struct span *ret_hash)
{
	return password_hash(password, cost_of(config), arena, ret_hash);
}

void credentials_set(struct account *account, struct span hash, struct instant now)
{
	account->password = hash;
	account->password_changed_at = now;
	account->password_until = (struct instant){ 0 };
	account->legacy_scheme = account->legacy_salt = account->legacy_digest = (struct span){ NULL, 0 };
}

int credentials_upgrade(struct txn *txn, const struct credentials *credentials)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	struct account account;

	if (!arena)
		return FAULT_MEMORY;
	int result = record_get(txn, &KIND_ACCOUNT, credentials->account.id, arena, &account);
	if (result)
		return result == ERR_ABSENT ? ERR_CREDENTIALS : result;
	/* The password was changed while this login was on its way: what it proved is not true any more. Told by when it was changed and not by
	 * the hash: that one also changes when two logins renew it at once. */
	if (account.password_changed_at.ms != credentials->account.password_changed_at.ms)
		return ERR_CREDENTIALS;
	if (!credentials->new_hash.n)
		return 0;
	account.password = credentials->new_hash;
	account.legacy_scheme = account.legacy_salt = account.legacy_digest = (struct span){ NULL, 0 };
	return record_put(txn, &KIND_ACCOUNT, &account);
}
