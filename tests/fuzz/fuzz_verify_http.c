/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_verify_http - what the HTTP verifier may answer, judged for each kind of question: once as it comes, when only a signature that nobody can
 * guess may make it an answer, and once as the payload of an envelope that is signed right, so that what lies behind the signature is reached too.
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "conf/config.h"
#include "keys/digest.h"
#include "providers/registry.h"

#include <stdlib.h>

#define SECRET_TEXT "0123456789abcdef"
#define FACTS_MAX 32
#define FACT_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The options as the verifier's own rows lay them out. */
static void *options_of(const struct verifier *verifier, struct arena *arena)
{
	unsigned char *options = arena_alloc(arena, verifier->variant.size);

	if (!options)
		return NULL;
	memset(options, 0, verifier->variant.size);
	for (const struct option *row = verifier->variant.table; row->key; row++) {
		if (row->type == OPTION_SECRET)
			((struct secret *)(void *)(options + row->offset))->bytes = SPAN(SECRET_TEXT);
		else if (row->type == OPTION_BOOL)
			*(bool *)(options + row->offset) = true;
		else if (strcmp(row->key, "url") == 0)
			*(struct span *)(void *)(options + row->offset) = SPAN("https://v.example/check");
	}
	return options;
}

static int sign(struct span payload, struct arena *arena, struct span *ret_body)
{
	const struct span parts[] = { SPAN("reply\n"), payload };
	struct buf buf = buf_new(arena, 256 + payload.n);
	struct json_writer w = json_writer(&buf);
	unsigned char mac[DIGEST_MAX];
	char text[ENCODE_BASE64URL(DIGEST_MAX) + 1];

	TRY(digest_hmac_parts(DIGEST_SHA256, SPAN(SECRET_TEXT), parts, ARRAY_LEN(parts), mac));
	encode_base64url_text(text, (struct span){ (char *)mac, digest_row(DIGEST_SHA256)->size });
	json_open(&w, '{');
	json_member_str(&w, "payload", payload);
	json_member_str(&w, "signature", span_of(text));
	json_close(&w, '}');
	return buf_done(&buf, ret_body);
}

static void check_word(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] <= ' ' || word.p[i] > '~')
			abort();
	if (word.n > 64)
		abort();
}

static void check_answer(const struct verify_request *request, const struct verify_answer *answer, bool may_match)
{
	if (answer->outcome != VERIFY_UNAVAILABLE && !may_match)
		abort();
	if (answer->level < 0 || answer->level > 3 || answer->n_facts > FACTS_MAX)
		abort();
	if ((answer->n_facts > 0) != (request->subject == VERIFY_UNIT_FACTS && answer->outcome == VERIFY_MATCH))
		abort();
	check_word(answer->method);
	check_word(answer->evidence);
	for (size_t i = 0; i < answer->n_facts; i++) {
		const struct verify_cell *fact = &answer->facts[i];

		if (!fact->column.n || fact->value.n > FACT_MAX || !encode_is_utf8(fact->value) || memchr(fact->value.p, '\n', fact->value.n))
			abort();
		if (span_is(fact->column, "uscc") && !span_eq(fact->value, request->uscc))
			abort();
	}
}

static void read_as(const struct verifier *verifier, enum verify_subject subject, struct span text, bool is_payload)
{
	const struct verify_request request = { .subject = subject, .uscc = SPAN("91350100M000100Y43"), .nonce = SPAN("AAAAAAAAAAAAAAAAAAAAAA"),
						.now = { INT64_C(1767542400000) } };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	void *options = arena ? options_of(verifier, arena) : NULL;
	struct verify_reply reply = { .status = 200, .body = text };
	struct verify_answer answer;

	if (!options)
		return;
	if (is_payload) {
		struct buf encoded = buf_new(arena, ENCODE_BASE64URL(text.n) + 1);
		struct span payload;

		encode_base64url(&encoded, text);
		if (buf_done(&encoded, &payload) || sign(payload, arena, &reply.body))
			return;
	}
	if (verifier->read(options, &request, &reply, arena, &answer) == 0)
		check_answer(&request, &answer, is_payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct option_variant *const *all = registry_all[CONFIG_VERIFIERS].variants;

	while (*all && strcmp((*all)->name, "http") != 0)
		all++;
	if (!*all)
		abort();
	for (enum verify_subject subject = VERIFY_PERSON; subject <= VERIFY_UNIT_FACTS; subject++)
		for (int is_payload = 0; is_payload < 2; is_payload++)
			read_as(verifier_of(*all), subject, (struct span){ (const char *)data, size }, is_payload);
	return 0;
}
