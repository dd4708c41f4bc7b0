/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/registry.h"

#include "conf/config.h"

#ifdef YIMEN_LDAP
#define LDAP(X) X(ldap)
#else
#define LDAP(X)
#endif

/* One row each; in this order they are shown where one is chosen. */
#define UPSTREAMS(X) \
	X(oidc)      \
	X(oauth2)    \
	X(alipay)    \
	X(wechat)    \
	X(wecom)     \
	X(dingtalk)  \
	X(qq)        \
	X(ticket)    \
	X(cas)       \
	LDAP(X)

#define DECLARE(name) extern const struct provider provider_##name;
UPSTREAMS(DECLARE)
#define VARIANT(name) &provider_##name.variant,

extern const struct sms_gateway sms_aliyun, sms_cmpp, sms_http, sms_outbox, sms_tencent;
extern const struct verifier verify_aliyun, verify_http, verify_registry_csv, verify_signed, verify_tencent, verify_zhejiang;

static const struct option_variant *const upstreams[] = { UPSTREAMS(VARIANT) NULL };
static const struct option_variant *const gateways[] = { &sms_outbox.variant, &sms_aliyun.variant, &sms_tencent.variant, &sms_http.variant, &sms_cmpp.variant, NULL };
static const struct option_variant *const verifiers[] = { &verify_registry_csv.variant, &verify_http.variant, &verify_zhejiang.variant, &verify_aliyun.variant,
							    &verify_tencent.variant, &verify_signed.variant, NULL };

const struct option_registry registry_all[] = {
	[CONFIG_PROVIDERS] = { upstreams },
	[CONFIG_SMS_GATEWAYS] = { gateways },
	[CONFIG_VERIFIERS] = { verifiers },
};
