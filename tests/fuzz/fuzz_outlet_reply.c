/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_outlet_reply - what gateways of text messages and real-name verifiers may answer, and what carriers may post as receipts. Whatever comes, there is
 * one judgement, and nothing that could break a line of the log stands in a reference.
 */
#include "broker/base/error.h"
#include "conf/config.h"
#include "providers/registry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	enum config_registry registry;
	const char *name, *yaml;
} outlets[] = {
	{ CONFIG_SMS_GATEWAYS, "aliyun", "access_key_id: a\naccess_key_secret: b\nsign_name: c\n" },
	{ CONFIG_SMS_GATEWAYS, "tencent", "secret_id: a\nsecret_key: b\napp_id: c\nsign_name: d\n" },
	{ CONFIG_SMS_GATEWAYS, "http", "request: {url: 'https://x.example/', sign_with: none}\nreply: {path: Code, accepted: [OK], message: Message, id: BizId, pieces: Fee}\n"
				       "receipt: {id: biz_id, phone: phone_number, state: err_code}\n" },
	{ CONFIG_VERIFIERS, "aliyun", "access_key_id: a\naccess_key_secret: b\n" },
	{ CONFIG_VERIFIERS, "tencent", "secret_id: a\nsecret_key: b\n" },
	{ CONFIG_VERIFIERS, "zhejiang", "service_code: a\nservice_password: b\n" },
	{ CONFIG_VERIFIERS, "signed", "request: {url: 'https://x.example/', sign_with: none}\nperson_body: x\nreply: {path: Response.Result, match: ['0'], mismatch: ['-1'], reference: Response.RequestId}\n" },
};

static const struct option_variant *find(enum config_registry registry, const char *name)
{
	const struct option_variant *const *all = registry_all[registry].variants;

	while (*all && strcmp((*all)->name, name))
		all++;
	if (!*all)
		abort();
	return *all;
}

static const void *options_of(const struct option_variant *variant, const char *yaml, struct arena *arena)
{
	struct problems problems = { .arena = arena };
	struct option_context context = { .arena = arena, .scratch = arena, .problems = &problems };
	void *options = arena_alloc(arena, variant->size);
	struct yaml_node *root = NULL;

	if (!options || yaml_read(span_of(yaml), "x", arena, &problems, &root) || option_parse(variant->table, root, options, &context))
		abort();
	return options;
}

static void judge_gateway(const struct option_variant *variant, const void *options, struct span body, struct arena *arena)
{
	const struct sms_gateway *gateway = sms_gateway_of(variant);
	const struct sms_receipt *receipts;
	struct sms_result result;
	size_t n;

	for (int status = 200; status <= 500; status += 100) {
		const struct sms_reply reply = { .status = status, .body = body };

		if (gateway->read(options, &reply, arena, &result) == 0 && (unsigned)result.outcome > SMS_UNKNOWN)
			abort();
	}
	if (gateway->receipts(options, body, arena, &receipts, &n) == 0)
		for (size_t i = 0; i < n; i++)
			if (!receipts[i].id.n)
				abort();
}

static void judge_verifier(const struct option_variant *variant, const void *options, struct span body, struct arena *arena)
{
	static const struct verify_request person = { .subject = VERIFY_PERSON, .name = { "a", 1 }, .id_type = { "111", 3 }, .id_number = { "b", 1 } };
	struct verify_answer answer;

	for (int status = 200; status <= 500; status += 100) {
		const struct verify_reply reply = { .status = status, .body = body };

		if (verifier_of(variant)->read(options, &person, &reply, arena, &answer))
			continue;
		if ((unsigned)answer.outcome > VERIFY_NOT_CHECKABLE || (answer.outcome == VERIFY_MATCH && status != 200))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = { (const char *)data, size };

	for (size_t i = 0; i < sizeof outlets / sizeof *outlets; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 22);
		const struct option_variant *variant = find(outlets[i].registry, outlets[i].name);
		const void *options = arena ? options_of(variant, outlets[i].yaml, arena) : NULL;

		if (!options)
			return 0;
		if (outlets[i].registry == CONFIG_SMS_GATEWAYS)
			judge_gateway(variant, options, body, arena);
		else
			judge_verifier(variant, options, body, arena);
	}
	return 0;
}
