/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/legacy_lookup.h"

#include "broker/endpoint/app.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/page.h"
#include "broker/endpoint/throttle.h"
#include "broker/identity/mask.h"
#include "broker/identity/normal.h"
#include "broker/identity/rules.h"
#include "broker/identity/uscc.h"
#include "conf/config.h"

#define ROWS_MAX 64 /* that one phone or code is looked through: more of them are no person's */

/* A source whose rows wait for their people (Z2-Z6) made no accounts that one could log in with. */
bool legacy_lookup_may_answer(const struct config_legacy_source *source)
{
	return source->lookup && source->accounts == CONFIG_LEGACY_CREATE;
}

bool legacy_lookup_is_open(const struct config *config)
{
	for (size_t i = 0; i < config->legacy_sources.n; i++)
		if (legacy_lookup_may_answer(&config->legacy_sources.items[i]))
			return true;
	return false;
}

const struct config_legacy_source *legacy_lookup_only_source(const struct config *config)
{
	const struct config_legacy_source *only = NULL;

	for (size_t i = 0; i < config->legacy_sources.n; i++) {
		if (!legacy_lookup_may_answer(&config->legacy_sources.items[i]))
			continue;
		if (only)
			return NULL;
		only = &config->legacy_sources.items[i];
	}
	return only;
}

const char *legacy_lookup_state_name(enum legacy_lookup_state state)
{
	static const char *const names[] = {
#define X(name, text) text,
		LEGACY_LOOKUP_STATES(X)
#undef X
	};

	return names[state];
}

int legacy_lookup_read(struct request *rq, struct span kind, struct span key, struct legacy_lookup *ret_lookup)
{
	struct legacy_lookup lookup = { .kind = span_is(kind, "individual") ? MIGRATE_INDIVIDUAL : MIGRATE_ENTERPRISE };
	struct uscc uscc;

	if (lookup.kind == MIGRATE_ENTERPRISE && kind.n && !span_is(kind, "enterprise"))
		return ERR_INVALID;
	key = span_trim(key);
	if (!key.n)
		return ERR_FIELD_EMPTY;
	if (lookup.kind == MIGRATE_INDIVIDUAL) {
		TRY(normal_phone(key, rq->arena, &lookup.key));
		TRY(mask_phone(lookup.key, rq->arena, &lookup.masked));
	} else {
		TRY(uscc_check(key, rq->arena, &uscc));
		if (uscc.problem)
			return ERR_INVALID;
		lookup.key = lookup.masked = uscc.code; /* public, not masked: domain.md 4.4 */
	}
	*ret_lookup = lookup;
	return 0;
}

/* ---- what the store knows */

struct search {
	struct request *rq;
	struct txn *txn;
	const struct config_legacy_source *source; /* NULL: any */
	struct legacy_lookup *lookup;
	struct migrate_lookup_facts facts;
	struct legacy row;
	struct account account; /* that it became or that it is suggested for */
	bool has_account;
	struct account contact;
	bool has_contact;
	size_t seen;
};

static bool is_asked(const struct search *s, const struct config_legacy_source *source)
{
	return source && legacy_lookup_may_answer(source) && (!s->source || s->source == source);
}

/* The first that was imported: later rows of the same key were judged in its light. */
static int take_row(const void *record, void *arg)
{
	const struct legacy *row = record;
	struct search *s = arg;
	const struct config_legacy_source *source = config_legacy_source(app_of(s->rq)->config, row->source);
	enum migrate_outcome outcome;

	if (++s->seen > ROWS_MAX)
		return TXN_STOP;
	if (!is_asked(s, source) || !span_is(row->kind, s->lookup->kind == MIGRATE_ENTERPRISE ? "enterprise" : "individual"))
		return 0;
	if (!migrate_outcome_of(row->outcome, &outcome) || outcome > MIGRATE_P4)
		return 0;
	s->row = *row;
	s->facts.has_row = true;
	s->facts.outcome = outcome;
	s->lookup->source = source;
	return TXN_STOP;
}

static int find_row(struct search *s)
{
	struct legacy probe = { .uscc = s->lookup->key, .phone = s->lookup->key };

	s->facts = (struct migrate_lookup_facts){ 0 };
	s->lookup->source = NULL;
	s->row = (struct legacy){ 0 };
	s->seen = 0;
	return record_each(s->txn, &KIND_LEGACY, s->lookup->kind == MIGRATE_ENTERPRISE ? LEGACY_BY_USCC : LEGACY_BY_PHONE, &probe, s->rq->arena, take_row, s);
}

static int find_account(struct search *s)
{
	int result = record_get(s->txn, &KIND_ACCOUNT, s->row.account, s->rq->arena, &s->account);

	s->has_account = result == 0;
	return result == ERR_ABSENT ? 0 : result;
}

static int take_legal(const void *record, void *arg)
{
	const struct account *account = record;
	struct search *s = arg;

	if (account->namespace_ != NAMESPACE_LEGAL || account->status == ACCOUNT_CLOSED)
		return 0;
	s->facts.legal_account_exists = true;
	s->contact = *account;
	s->has_contact = true;
	return TXN_STOP;
}

static int find_legal(struct search *s)
{
	struct account by_login = { .namespace_ = NAMESPACE_LEGAL }, legal;
	struct unit probe = { .uscc = s->lookup->key }, unit;

	s->has_contact = false;
	TRY(normal_login_name(s->lookup->key, s->rq->arena, &by_login.login_key));
	int result = record_find(s->txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &by_login, s->rq->arena, &legal);
	s->facts.legal_account_exists = result == 0 && legal.status != ACCOUNT_CLOSED;
	if (!result || result == ERR_ABSENT)
		result = record_find(s->txn, &KIND_UNIT, UNIT_BY_USCC, &probe, s->rq->arena, &unit);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	struct account by_unit = { .unit = unit.id };
	return record_each(s->txn, &KIND_ACCOUNT, ACCOUNT_BY_UNIT, &by_unit, s->rq->arena, take_legal, s);
}

static bool every_source_is_complete(const struct search *s)
{
	const struct config_legacy_sources *sources = &app_of(s->rq)->config->legacy_sources;

	for (size_t i = 0; i < sources->n; i++)
		if (is_asked(s, &sources->items[i]) && !sources->items[i].complete)
			return false;
	return true;
}

/* The name that is told follows from what was typed; an account that is called otherwise keeps its name to itself. */
static int judge(struct search *s)
{
	struct legacy_lookup *lookup = s->lookup;
	struct span plain, prefixed;
	char *text = arena_printf(s->rq->arena, RULES_RESERVED_PREFIX SPAN_FMT, SPAN_ARG(lookup->key));

	if (!text)
		return FAULT_MEMORY;
	TRY(normal_login_name(lookup->key, s->rq->arena, &plain));
	TRY(normal_login_name(span_of(text), s->rq->arena, &prefixed));
	s->facts.is_prefixed = s->has_account && span_eq(s->account.login_key, prefixed);
	s->facts.source_is_complete = every_source_is_complete(s);
	lookup->answer = migrate_lookup(lookup->kind, &s->facts);
	lookup->state = LEGACY_LOOKUP_ORIGINAL;
	lookup->login_name = (struct span){ NULL, 0 };
	if (!lookup->answer.tells_login_name)
		return 0;
	bool follows = s->has_account && (s->facts.is_prefixed || span_eq(s->account.login_key, plain));
	if (!follows || s->account.status == ACCOUNT_CLOSED)
		lookup->state = LEGACY_LOOKUP_MOVED;
	else if (!s->account.password.n && !s->account.legacy_digest.n && (!lookup->source || lookup->source->live.mode != CONFIG_LIVE_MIGRATE))
		lookup->state = LEGACY_LOOKUP_RESET;
	if (lookup->state != LEGACY_LOOKUP_MOVED)
		lookup->login_name = lookup->answer.is_prefixed ? span_of(text) : lookup->key;
	return 0;
}

/* M16: who runs the unit's legal account, so that the person can ask them. */
static int add_contact(struct search *s)
{
	struct legacy_lookup *lookup = s->lookup;

	lookup->contact_name = lookup->contact_phone = (struct span){ NULL, 0 };
	if (lookup->answer.which != MIGRATE_CASE_E4 || !s->has_contact)
		return 0;
	if (s->contact.name.n)
		TRY(mask_name(s->contact.name, s->rq->arena, &lookup->contact_name));
	return s->contact.phone.n ? mask_phone(s->contact.phone, s->rq->arena, &lookup->contact_phone) : 0;
}

static int count(struct txn *txn, struct request *rq, struct span client, struct span key, unsigned *ret_wait)
{
	const struct config_lookup *config = &app_of(rq)->config->lookup;
	const struct throttle by_address = { "lookup.address", MS_HOUR, config->per_address_hour };
	const struct throttle by_client = { "lookup.client", MS_HOUR, config->per_client_hour }, by_key = { "lookup.key", MS_HOUR, config->per_key_hour };
	char address[CLIENT_ADDRESS_TEXT];

	client_address_text(&rq->client, address);
	*ret_wait = throttle_wait(&by_key, rq->now);
	TRY(throttle_add(txn, client.n ? &by_client : &by_address, client.n ? client : span_of(address), rq->now));
	TRY(throttle_add(txn, &by_key, key, rq->now));
	*ret_wait = 0;
	return 0;
}

int legacy_lookup_find(struct txn *txn, struct request *rq, const struct config_legacy_source *source, struct span client,
		       struct legacy_lookup *lookup, unsigned *ret_wait)
{
	struct search *s = arena_new_of(rq->arena, struct search);

	if (!s)
		return FAULT_MEMORY;
	*s = (struct search){ .rq = rq, .txn = txn, .source = source, .lookup = lookup };
	TRY(count(txn, rq, client, lookup->key, ret_wait));
	/* All of it in every case: the time says nothing. */
	TRY(find_row(s));
	TRY(find_account(s));
	TRY(find_legal(s));
	TRY(judge(s));
	TRY(add_contact(s));
	return audit_write(txn, rq, &(struct audit_event){ .action = "lookup", .subject = lookup->masked, .client = client,
							   .detail = span_of(migrate_case_name(lookup->answer.which)) });
}

int legacy_lookup_subsystems(struct request *rq, const struct legacy_lookup *lookup, struct span *ret_text)
{
	const struct config *config = app_of(rq)->config;
	const struct config_legacy_source *source = lookup->source ? lookup->source : legacy_lookup_only_source(config);
	bool english = request_language(rq) == LANGUAGE_EN;
	struct buf text = buf_new(rq->arena, 128);
	size_t n = source ? source->subsystems.n : 0;

	for (size_t i = 0; i < n; i++) {
		const struct config_subsystem *subsystem = config_subsystem(config, source->subsystems.items[i]);

		if (i)
			buf_add(&text, span_of(i + 1 < n ? english ? ", " : "、" : english ? " and " : "和"));
		buf_add(&text, subsystem ? page_text(rq, &subsystem->name) : source->subsystems.items[i]);
	}
	if (!english)
		buf_add(&text, span_of(n ? "等业务系统" : "业务系统"));
	else if (!n)
		buf_str(&text, "the business systems");
	return buf_done(&text, ret_text);
}
