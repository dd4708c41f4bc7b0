/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authorize - an authorization request, checked in two stages, and the answer that goes back.
 *
 * Stage one (authorize_target) decides where an answer may be sent; what fails there is shown to the person and never redirected.
 * Stage two (authorize_check) has a trusted target: what fails there is sent to the client with error, state and iss.
 * RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1, RFC 7636, RFC 8252 7.3, RFC 8707, RFC 9207, RFC 9700 2.1
 */
#pragma once

#include "broker/oauth/client.h"
#include "broker/oauth/scope.h"

struct interaction;

/* Every parameter that is understood, with its longest value. */
#define AUTHORIZE_PARAMS(X)              \
	X(client_id, 255)                \
	X(redirect_uri, 2048)            \
	X(response_type, 64)             \
	X(response_mode, 32)             \
	X(scope, SCOPE_TEXT_MAX)         \
	X(state, 4096)                   \
	X(nonce, 512)                    \
	X(code_challenge, 128)           \
	X(code_challenge_method, 16)     \
	X(prompt, 64)                    \
	X(max_age, 16)                   \
	X(login_hint, 255)               \
	X(id_token_hint, 8192)           \
	X(ui_locales, 128)               \
	X(acr_values, 128)               \
	X(display, 32)                   \
	X(request, 65536)                \
	X(request_uri, 2048)             \
	X(registration, 65536)

#define AUTHORIZE_RESOURCES 8
#define AUTHORIZE_RESOURCE_MAX 512

/* As they came; a NULL pointer is an absent parameter, and so is an empty value (RFC 6749 3.1). */
struct authorize_params {
#define X(name, max) struct span name;
	AUTHORIZE_PARAMS(X)
#undef X
	struct span resource[AUTHORIZE_RESOURCES]; /* may be repeated (RFC 8707 2) */
	size_t n_resource;
	bool too_long; /* a value past its limit was left out */
};

/* Names in order, for parameter specs; NULL past the end. "resource" is the last. */
const char *authorize_param_name(size_t i);
/* Take one pair; unknown names are ignored. ERR_DUPLICATE_PARAMETER; a value that is too long is kept in mind: too_long. */
MUST_USE int authorize_set(struct authorize_params *params, struct span name, struct span value);

enum authorize_prompt { PROMPT_NONE = 1, PROMPT_LOGIN = 2, PROMPT_CONSENT = 4, PROMPT_SELECT_ACCOUNT = 8 };

/* Where the answer goes. */
struct authorize_target {
	const struct config_client *client;
	struct span redirect_uri;
	int response_mode; /* enum config_response_mode */
	struct span state; /* may be empty */
};

/* A request that may go on. Spans borrow from the parameters or live in the arena. */
struct authorize_request {
	struct authorize_target target;
	struct text_list scopes, acr_values, ui_locales, resources;
	bool is_openid, is_offline;
	struct span nonce, code_challenge, prompt, login_hint, id_token_hint;
	unsigned prompts; /* enum authorize_prompt bits */
	int64_t max_age;  /* seconds; -1: absent */
};

/* ERR_UNKNOWN_CLIENT, ERR_REDIRECT_URI: show it, never redirect. */
MUST_USE int authorize_target(const struct config *config, const struct authorize_params *params,
			      struct authorize_target *ret_target);
/* May @uri be answered to? Byte for byte; for http://127.0.0.1 and http://[::1] of a public client the port may differ (RFC 8252
 * 7.3: a native app does not know it beforehand). */
bool authorize_is_registered(const struct config_client *client, struct span uri);
/* Any OAuth error: answer it to @target. *@ret_reason (may be NULL) says in English what is wrong: an error_description for
 * integrators. */
MUST_USE int authorize_check(const struct config *config, const struct authorize_target *target,
			     const struct authorize_params *params, struct arena *arena,
			     struct authorize_request *ret_request, const char **ret_reason);
/* "none login", with bits in *@ret_bits. ERR_INVALID_REQUEST for unknown values or none with others. */
MUST_USE int authorize_parse_prompt(struct span text, unsigned *ret_bits);

/* Fill the protocol's members of @interaction; the rest (id, secret, account …) is the caller's. Borrows. */
void authorize_to_interaction(const struct authorize_request *request, struct interaction *interaction);
/* The target of an interaction that comes back. ERR_UNKNOWN_CLIENT, ERR_REDIRECT_URI when the configuration changed meanwhile. */
MUST_USE int authorize_from_interaction(const struct config *config, const struct interaction *interaction,
					struct authorize_target *ret_target);

/* The answer: a code, or an error. */
struct authorize_answer {
	struct span code;
	int error;               /* ERR_…, when there is no code */
	const char *description; /* may be NULL; printable ASCII without " and \ */
};
struct authorize_field {
	const char *name;
	struct span value;
};
#define AUTHORIZE_FIELDS 5
/* The members of the answer in order; returns how many. iss is always among them (RFC 9207 2). */
size_t authorize_fields(const struct config *config, const struct authorize_target *target, const struct authorize_answer *answer,
			struct authorize_field ret_fields[AUTHORIZE_FIELDS]);
/* The URI to redirect to with response_mode=query. With form_post the page posts authorize_fields to target->redirect_uri. */
void authorize_location(struct buf *buf, const struct config *config, const struct authorize_target *target,
			const struct authorize_answer *answer);
