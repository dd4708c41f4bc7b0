/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/verify_memory.h"

#include "broker/base/log.h"
#include "broker/endpoint/outlet.h"
#include "broker/store/records_realname.h"
#include "conf/config.h"

struct memory {
	const struct settings *settings;
	struct arena *arena;
	struct instant now;
	unsigned char claim[SEAL_BLIND];
	struct verified verified;
};

/* Everything that is claimed, each with its length, so that no two claims read the same. */
static int hash_claim(const struct settings *settings, const struct verify_request *request, struct arena *arena, unsigned char ret_claim[SEAL_BLIND])
{
	const struct span parts[] = { request->name, request->id_type, request->id_number, request->country, request->gender, request->ethnic_code,
				      request->unit_name, request->uscc };
	struct buf text = buf_new(arena, 256);
	struct span claim;

	buf_printf(&text, "%s", verify_subject_name(request->subject));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		buf_printf(&text, "|%zu:" SPAN_FMT, parts[i].n, SPAN_ARG(parts[i]));
	TRY(buf_done(&text, &claim));
	return seal_blind(settings->app->seal, "verified", claim, ret_claim);
}

static bool is_remembered(const struct verify_request *request)
{
	return request->subject == VERIFY_PERSON || request->subject == VERIFY_UNIT;
}

static bool remembers(const struct config_realname *config)
{
	for (size_t i = 0; i < config->verifiers.n; i++)
		if (config->verifiers.items[i].remember)
			return true;
	return false;
}

static int find(struct txn *txn, void *arg)
{
	struct memory *memory = arg;
	struct verified probe = { .claim = { (char *)memory->claim, sizeof memory->claim } };

	TRY(record_find(txn, &KIND_VERIFIED, VERIFIED_BY_CLAIM, &probe, memory->arena, &memory->verified));
	return instant_before(memory->now, record_expiry(memory->verified.id)) ? 0 : ERR_ABSENT;
}

/* Whoever said so must still be somebody who is believed, and for as long. */
static bool is_believed(const struct config_realname *config, const struct verified *verified, struct instant now)
{
	for (size_t i = 0; i < config->verifiers.n; i++) {
		const struct config_verifier *verifier = &config->verifiers.items[i];

		if (span_eq(verifier->id, verified->verifier))
			return verifier->enabled && record_expiry(verified->id).ms - now.ms <= verifier->remember;
	}
	return false;
}

int verify_memory_find(const struct settings *settings, const struct verify_request *request, struct arena *arena, struct verify_answer *ret_answer)
{
	struct memory memory = { .settings = settings, .arena = arena, .now = request->now };

	if (!is_remembered(request) || !remembers(&settings->config->realname))
		return ERR_ABSENT;
	TRY(hash_claim(settings, request, arena, memory.claim));
	TRY(store_view(settings->app->store, find, &memory));
	if (!is_believed(&settings->config->realname, &memory.verified, memory.now))
		return ERR_ABSENT;
	verify_answer(ret_answer, VERIFY_MATCH, NULL);
	ret_answer->level = memory.verified.level;
	ret_answer->method = memory.verified.method;
	ret_answer->evidence = memory.verified.evidence;
	outlet_count(settings->app->outlets, FIGURE_VERIFY_REMEMBERED, 1);
	LOG(LOG_INFO, "realname.remembered", F_SPAN("id", memory.verified.verifier), F_STR("subject", verify_subject_name(request->subject)));
	return 0;
}

static int keep(struct txn *txn, void *arg)
{
	struct memory *memory = arg;
	struct verified earlier;
	int result = record_find(txn, &KIND_VERIFIED, VERIFIED_BY_CLAIM, &memory->verified, memory->arena, &earlier);

	if (!result)
		result = record_del(txn, &KIND_VERIFIED, earlier.id);
	if (result && result != ERR_ABSENT)
		return result;
	return record_put(txn, &KIND_VERIFIED, &memory->verified);
}

int verify_memory_keep(const struct settings *settings, const struct config_verifier *verifier, const struct verify_request *request,
		       const struct verify_answer *answer, struct arena *arena)
{
	struct memory memory = { .settings = settings, .arena = arena, .now = request->now };

	if (!verifier->remember || !is_remembered(request))
		return 0;
	TRY(hash_claim(settings, request, arena, memory.claim));
	memory.verified = (struct verified){ .id = record_expiring_id(instant_add(request->now, verifier->remember)),
					     .claim = { (char *)memory.claim, sizeof memory.claim }, .verifier = verifier->id, .method = answer->method,
					     .evidence = answer->evidence, .level = answer->level };
	return store_update(settings->app->store, keep, &memory);
}
