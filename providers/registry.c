/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/registry.h"

/* One row each. */
extern const struct provider provider_oauth2, provider_oidc, provider_ticket;
extern const struct sms_gateway sms_aliyun, sms_http, sms_outbox, sms_tencent;
extern const struct verifier verify_registry_csv, verify_http;

static const struct option_variant *const upstreams[] = { &provider_oidc.variant, &provider_oauth2.variant, &provider_ticket.variant, NULL };
static const struct option_variant *const gateways[] = { &sms_outbox.variant, &sms_aliyun.variant, &sms_tencent.variant, &sms_http.variant, NULL };
static const struct option_variant *const verifiers[] = { &verify_registry_csv.variant, &verify_http.variant, NULL };

const struct option_registry registry_all[] = {
	[CONFIG_PROVIDERS] = { upstreams },
	[CONFIG_SMS_GATEWAYS] = { gateways },
	[CONFIG_VERIFIERS] = { verifiers },
};
