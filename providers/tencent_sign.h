/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tencent_sign - calls of Tencent Cloud's interfaces (API 3.0), signed with TC3-HMAC-SHA256. domain.md 3.6; cloud.tencent.com "Signature v3"
 */
#pragma once

#include "broker/base/buf.h"
#include "conf/option.h"
#include "providers/fetch.h"

struct tencent_call {
	struct span endpoint; /* https://sms.tencentcloudapi.com */
	struct span key_id, secret;
	const char *service, *action, *version; /* "sms", "SendSms", "2021-01-11" */
	struct span region; /* or empty */
	struct span body;   /* JSON */
	struct instant now; /* of the call: the other side accepts five minutes of difference */
};

/* POST @call->body. @sign_action: also the action is signed, as newer descriptions have it. */
MUST_USE int tencent_sign(const struct tencent_call *call, bool sign_action, struct arena *arena, struct fetch_request *ret_request);

/* The two halves of it: the hash of the canonical request, and the signature with a key that was derived for the day. */
MUST_USE int tencent_sign_hash(const struct tencent_call *call, bool sign_action, struct arena *arena, char ret_hash[65]);
MUST_USE int tencent_sign_final(const unsigned char key[32], const char *service, struct instant now, const char *hash, struct arena *arena,
				char ret_signature[65]);

/* For the option "endpoint" of those who call it. */
void tencent_sign_check(struct span endpoint, const struct yaml_node *map, struct problems *problems);
