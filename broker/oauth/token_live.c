/* SPDX-License-Identifier: Apache-2.0 */
/* token_live - is it alive? What the account, its unit and the client's requirements add is the gate's question (flow/gate.h). */
#include "broker/oauth/token.h"
#include "broker/store/records_account.h"
#include "conf/config.h"

static bool is_account_open(const struct account *account)
{
	return account && (account->status == ACCOUNT_ACTIVE || account->status == ACCOUNT_PENDING_REVIEW);
}

bool token_is_session_live(const struct session *session, const struct account *account, const struct config *config,
			   struct instant now)
{
	/* Whom a review turned down has a session, to read why and correct it; tokens have not (is_person_there, and the gate). */
	if (!session || id_is_set(session->continued_by))
		return false;
	if (!(is_account_open(account) || (account && account->status == ACCOUNT_REJECTED)) || !id_eq(session->account, account->id))
		return false;
	if (!instant_before(now, record_expiry(session->id))) /* ASVS 7.3.2 */
		return false;
	int64_t idle = account->namespace_ == NAMESPACE_STAFF ? config->session.staff_idle : config->session.idle;
	if (idle && !instant_before(now, instant_add(session->last_seen_at, idle))) /* ASVS 7.3.1 */
		return false;
	return !instant_before(session->created_at, account->not_before);
}

/* What a person's grant hangs on. */
static bool is_person_there(const struct token_state *state, const struct config *config, struct instant now)
{
	const struct family *family = state->family;

	if (!is_account_open(state->account) || instant_before(family->created_at, state->account->not_before))
		return false;
	if (family->offline) /* design.md 8: ends with the consent or the account */
		return !state->consent || !instant_before(family->created_at, state->consent->not_before);
	return state->session && id_eq(token_first_session(state->session), token_family_session(family)) &&
	       token_is_session_live(state->session, state->account, config, now);
}

bool token_is_live(const struct token_state *state, const struct config *config, struct instant now)
{
	const struct family *family = state->family;

	if (!state->client || state->marked || !instant_before(now, state->expires_at))
		return false;
	if (!family)
		return !state->needs_family;
	if (family->revoked || !instant_before(now, record_expiry(family->id)))
		return false;
	if (!span_eq(family->client_id, state->client->id))
		return false;
	return !id_is_set(family->account) || is_person_there(state, config, now);
}
