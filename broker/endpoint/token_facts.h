/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_facts - a token that somebody brings: what it is, everything that decides about it, and the decision.
 *
 * The one way from a token to "may be used": introspection, userinfo, refresh and the redeeming of codes all pass
 * token_facts_check, which asks both token_is_live and the gate (security.md rule 1).
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/endpoint/facts.h"
#include "broker/oauth/token.h"
#include "broker/store/records_login.h"

enum token_kind { TOKEN_ACCESS, TOKEN_REFRESH };

struct token_facts {
	/* token_facts_read */
	enum token_kind kind;
	struct token_access access; /* of a refresh token: family and expires_at only */
	uint32_t refresh_n;
	/* token_facts_load */
	const struct config_client *client; /* that it was issued to */
	struct family family;
	struct session session;
	struct consent consent;
	struct facts person; /* the account; the rest when has_person */
	bool has_family, has_session, has_account, has_consent, has_person, is_marked;
};

/* What is @text? Verifies it without asking the store. ERR_INVALID_TOKEN when it is nothing of ours. */
MUST_USE int token_facts_read(struct request *rq, struct span text, bool refresh_too, struct token_facts *ret);
/* Read what decides, in a snapshot or a transaction; @whole: all of the person even where the client demands nothing. What does not
 * exist is left out and is token_facts_check's matter. */
MUST_USE int token_facts_load(struct txn *txn, struct request *rq, bool whole, struct token_facts *facts);
/* The same for a family that the caller has already put into facts->family (has_family). */
MUST_USE int token_facts_load_family(struct txn *txn, struct request *rq, bool whole, struct token_facts *facts);
/* 0 when it is alive and the gate lets it pass on @path; ERR_INVALID_TOKEN otherwise. */
MUST_USE int token_facts_check(const struct request *rq, const struct token_facts *facts, enum gate_path path);

/* The subject as the client knows it, its scopes, audience and session name, for answers. */
MUST_USE int token_facts_subject(struct request *rq, const struct token_facts *facts, struct span *ret_sub);
MUST_USE int token_facts_scopes(struct request *rq, const struct token_facts *facts, struct text_list *ret_scopes);
MUST_USE int token_facts_audience(struct request *rq, const struct token_facts *facts, struct text_list *ret_audience);
MUST_USE int token_facts_sid(struct request *rq, const struct token_facts *facts, struct span *ret_sid);
