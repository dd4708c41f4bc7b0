/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aliyun_sign - calls of Alibaba Cloud's RPC interfaces, signed: the older way (HMAC-SHA1 over all parameters) and V3 (ACS3-HMAC-SHA256).
 * domain.md 3.6; help.aliyun.com "Request syntax and signature method V3", "… V2 RPC"
 */
#pragma once

#include "broker/base/buf.h"
#include "conf/option.h"
#include "providers/fetch.h"

#define ALIYUN_PARAMS_MAX 16

struct aliyun_param {
	const char *name;
	struct span value;
};

struct aliyun_call {
	struct span endpoint; /* https://dysmsapi.aliyuncs.com */
	struct span key_id, secret;
	const char *method; /* "GET" or "POST" */
	const char *action, *version;
	const struct aliyun_param *params; /* of the action */
	size_t n_params;
	bool in_body;       /* V3: the parameters stand in the body, not in the address: what is personal */
	struct span nonce;  /* fresh */
	struct instant now;
};

/* The signature of the older way over @params (all of them, in any order): base64. */
MUST_USE int aliyun_sign_rpc(struct span secret, const char *method, const struct aliyun_param *params, size_t n, struct arena *arena,
			     struct span *ret_signature);
/* POST with a form, signed the older way. */
MUST_USE int aliyun_sign_v1(const struct aliyun_call *call, struct arena *arena, struct fetch_request *ret_request);
/* Parameters in the query and an empty body, or in the body (in_body); signed in headers. */
MUST_USE int aliyun_sign_v3(const struct aliyun_call *call, struct arena *arena, struct fetch_request *ret_request);

/* For the option "endpoint" of those who call it. */
void aliyun_sign_check(struct span endpoint, const struct yaml_node *map, struct problems *problems);
