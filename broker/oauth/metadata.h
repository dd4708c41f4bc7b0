/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata - the documents in which the broker describes itself, printed from the tables that enforce.
 *
 * OpenID Connect Discovery 3, RFC 8414 2, RFC 9207 3
 */
#pragma once

#include "broker/base/buf.h"

struct config;

/* Where things are: metadata member, path. Routes are registered from here. */
#define METADATA_AUTHORIZE "/authorize"
#define METADATA_TOKEN "/token"
#define METADATA_USERINFO "/userinfo"
#define METADATA_JWKS "/jwks"
#define METADATA_INTROSPECT "/introspect"
#define METADATA_REVOKE "/revoke"
#define METADATA_LOGOUT "/logout"
#define METADATA_DISCOVERY "/.well-known/openid-configuration"
#define METADATA_OAUTH "/.well-known/oauth-authorization-server"

/* issuer + path. A failed allocation is sticky in @buf. */
void metadata_url(struct buf *buf, const struct config *config, const char *path);
/* @text is issuer + path, byte for byte. */
bool metadata_is_url(const struct config *config, struct span text, const char *path);
/* The discovery document; the same text serves RFC 8414. */
MUST_USE int metadata_write(const struct config *config, struct arena *arena, struct span *ret_json);
