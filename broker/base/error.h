/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error - the one table of everything that can go wrong.
 *
 * Each row: name, HTTP status, the OAuth error code that a protocol endpoint answers (RFC 6749 5.2, 4.1.2.1; OpenID Connect Core
 * 3.1.2.6), and the machine code that pages (data-code), metrics and docs use. The text a person reads is the catalogue entry
 * "error.<machine code>" (web/messages). Answers count up from 1, faults are the same numbers below zero, so that ERR_… > 0 and
 * FAULT_… < 0 always. A new row needs a text in every catalogue; tests/checks prove it.
 */
#pragma once

#include "broker/base/base.h"

#define ERROR_ANSWERS(X)                                                                              \
	/* protocol */                                                                                \
	X(INVALID_REQUEST, 400, "invalid_request", "invalid_request")                                 \
	X(INVALID_CLIENT, 401, "invalid_client", "invalid_client")                                    \
	X(INVALID_GRANT, 400, "invalid_grant", "invalid_grant")                                       \
	X(UNAUTHORIZED_CLIENT, 400, "unauthorized_client", "unauthorized_client")                     \
	X(UNSUPPORTED_GRANT_TYPE, 400, "unsupported_grant_type", "unsupported_grant_type")            \
	X(UNSUPPORTED_RESPONSE_TYPE, 400, "unsupported_response_type", "unsupported_response_type")   \
	X(INVALID_SCOPE, 400, "invalid_scope", "invalid_scope")                                       \
	X(ACCESS_DENIED, 403, "access_denied", "access_denied")                                       \
	X(LOGIN_REQUIRED, 400, "login_required", "login_required")                                    \
	X(CONSENT_REQUIRED, 400, "consent_required", "consent_required")                              \
	X(INTERACTION_REQUIRED, 400, "interaction_required", "interaction_required")                  \
	X(ACCOUNT_SELECTION_REQUIRED, 400, "account_selection_required", "account_selection_required") \
	X(REQUEST_NOT_SUPPORTED, 400, "request_not_supported", "request_not_supported")               \
	X(REQUEST_URI_NOT_SUPPORTED, 400, "request_uri_not_supported", "request_uri_not_supported")   \
	X(REGISTRATION_NOT_SUPPORTED, 400, "registration_not_supported", "registration_not_supported") \
	X(INVALID_TOKEN, 401, "invalid_token", "invalid_token")                                       \
	X(INSUFFICIENT_SCOPE, 403, "insufficient_scope", "insufficient_scope")                        \
	X(INVALID_TARGET, 400, "invalid_target", "invalid_target")                                    \
	X(UNMET_AUTHENTICATION, 400, "unmet_authentication_requirements", "unmet_authentication")     \
	/* before a redirect URI is trusted: shown, never redirected */                               \
	X(UNKNOWN_CLIENT, 400, "invalid_client", "unknown_client")                                    \
	X(REDIRECT_URI, 400, "invalid_request", "redirect_uri")                                       \
	/* transport */                                                                               \
	X(NOT_FOUND, 404, "invalid_request", "not_found")                                             \
	X(METHOD, 405, "invalid_request", "method_not_allowed")                                       \
	X(TOO_LARGE, 413, "invalid_request", "too_large")                                             \
	X(MEDIA_TYPE, 415, "invalid_request", "media_type")                                           \
	X(MALFORMED, 400, "invalid_request", "malformed")                                             \
	X(DUPLICATE_PARAMETER, 400, "invalid_request", "duplicate_parameter")                         \
	X(CSRF, 403, "access_denied", "csrf")                                                         \
	X(TOO_MANY, 429, "temporarily_unavailable", "too_many")                                       \
	X(BUSY, 503, "temporarily_unavailable", "busy")                                               \
	X(FULL, 503, "temporarily_unavailable", "full")                                               \
	X(LEGACY_AWAY, 503, "temporarily_unavailable", "legacy_away")                                 \
	/* people */                                                                                  \
	X(CREDENTIALS, 400, "access_denied", "credentials")                                           \
	X(LOCKED, 429, "access_denied", "locked")                                                     \
	X(DISABLED, 403, "access_denied", "disabled")                                                 \
	X(PENDING_REVIEW, 403, "access_denied", "pending_review")                                     \
	X(UNIT_NOT_EFFECTIVE, 403, "access_denied", "unit_not_effective")                             \
	X(REALNAME_REQUIRED, 403, "access_denied", "realname_required")                               \
	X(GRANT_REQUIRED, 403, "access_denied", "grant_required")                                     \
	X(MEMBERSHIP_REQUIRED, 403, "access_denied", "membership_required")                           \
	X(CAPTCHA, 400, "access_denied", "captcha")                                                   \
	X(PHONE, 400, "invalid_request", "phone")                                                     \
	X(OTP, 400, "access_denied", "otp")                                                           \
	X(OTP_EXPIRED, 400, "access_denied", "otp_expired")                                           \
	X(SMS_LIMIT, 429, "access_denied", "sms_limit")                                               \
	X(MESSAGE_FAILED, 502, "server_error", "message_failed")                                      \
	X(NO_ACCOUNT, 403, "access_denied", "no_account")                                             \
	X(FIELD_EMPTY, 400, "invalid_request", "field_empty")                                         \
	X(LOGIN_NAME_RULE, 400, "invalid_request", "login_name_rule")                                 \
	X(PASSWORD_RULE, 400, "invalid_request", "password_rule")                                     \
	X(INTERACTION_EXPIRED, 400, "access_denied", "interaction_expired")                           \
	X(INTERACTION_FOREIGN, 400, "access_denied", "interaction_foreign")                           \
	X(INCOMPLETE, 403, "access_denied", "incomplete")                                             \
	X(REVIEW_REJECTED, 403, "access_denied", "review_rejected")                                   \
	X(PASSWORD_MISMATCH, 400, "invalid_request", "password_mismatch")                             \
	X(PASSWORD_OLD, 400, "invalid_request", "password_old")                                       \
	X(LOGIN_NAME_TAKEN, 409, "invalid_request", "login_name_taken")                               \
	X(PHONE_TAKEN, 409, "invalid_request", "phone_taken")                                         \
	X(EMAIL, 400, "invalid_request", "email")                                                     \
	X(EMAIL_TAKEN, 409, "invalid_request", "email_taken")                                         \
	X(ID_NUMBER_TAKEN, 409, "invalid_request", "id_number_taken")                                 \
	/* old accounts: LEGACY_UNKNOWN is Z5, LEGACY_FIRST Z6 */                                    \
	X(LEGACY_UNKNOWN, 400, "invalid_request", "legacy_unknown")                                   \
	X(LEGACY_FIRST, 409, "invalid_request", "legacy_first")                                       \
	X(LEGACY_TAKEN, 409, "invalid_request", "legacy_taken")                                       \
	X(LEGACY_LIMIT, 409, "invalid_request", "legacy_limit")                                       \
	X(CLAIMANT_LIMIT, 409, "invalid_request", "claimant_limit")                                   \
	X(LEGACY_PHONE, 400, "invalid_request", "legacy_phone")                                       \
	X(UNIT_TAKEN, 409, "invalid_request", "unit_taken")                                           \
	X(AGREE, 400, "invalid_request", "agree")                                                     \
	X(FORM, 400, "invalid_request", "form")                                                       \
	X(WINDOW, 403, "access_denied", "window")                                                     \
	X(CLOSED, 403, "access_denied", "closed")                                                     \
	X(REALNAME_MISMATCH, 400, "access_denied", "realname_mismatch")                               \
	X(SECOND_FACTOR, 400, "access_denied", "second_factor")                                       \
	X(FORBIDDEN, 403, "access_denied", "forbidden")                                               \
	X(ROLES, 409, "invalid_request", "roles")                                                     \
	X(TASK_TAKEN, 409, "invalid_request", "task_taken")                                           \
	X(REASON, 400, "invalid_request", "reason")                                                   \
	X(FILE_TYPE, 400, "invalid_request", "file_type")                                             \
	X(FILE_SIZE, 413, "invalid_request", "file_size")                                             \
	X(FILE_COUNT, 400, "invalid_request", "file_count")                                           \
	X(FILE_BROKEN, 400, "invalid_request", "file_broken")                                         \
	X(FILE_MISSING, 400, "invalid_request", "file_missing")                                       \
	X(UNIT_SEARCH, 400, "invalid_request", "unit_search")                                         \
	X(UNIT_CHOICE, 400, "invalid_request", "unit_choice")                                         \
	X(UNIT_DISSOLVED, 409, "invalid_request", "unit_dissolved")                                   \
	X(REGISTER_AWAY, 502, "temporarily_unavailable", "register_away")                             \
	X(UNIT_ONLY_ONE, 409, "invalid_request", "unit_only_one")                                     \
	X(LAST_ADMIN, 409, "invalid_request", "last_admin")                                           \
	X(LAST_WAY, 409, "invalid_request", "last_way")                                               \
	X(MERGE_SAME, 400, "invalid_request", "merge_same")                                           \
	X(MERGE_PERSONS, 409, "invalid_request", "merge_persons")                                     \
	X(MERGE_LEGACY, 409, "invalid_request", "merge_legacy")                                       \
	X(RECOVERY, 400, "access_denied", "recovery")                                                 \
	X(PROVIDER_UNKNOWN, 400, "invalid_request", "provider_unknown")                               \
	X(PROVIDER_DENIED, 403, "access_denied", "provider_denied")                                   \
	X(PROVIDER_FAILED, 502, "server_error", "provider_failed")                                    \
	X(PROVIDER_REJECTED, 403, "access_denied", "provider_rejected")                               \
	X(PROVIDER_AWAY, 503, "temporarily_unavailable", "provider_away")                             \
	X(LEVEL_LOW, 403, "access_denied", "level_low")                                               \
	X(LINK_TAKEN, 409, "invalid_request", "link_taken")                                           \
	X(LINK_KIND, 409, "invalid_request", "link_kind")                                             \
	X(LINK_CONFLICT, 409, "access_denied", "link_conflict")                                       \
	/* records and rules */                                                                       \
	X(EXISTS, 409, "invalid_request", "exists")                                                   \
	X(ABSENT, 404, "invalid_request", "absent")                                                   \
	X(CONFLICT, 409, "invalid_request", "conflict")                                               \
	X(EXPIRED, 400, "invalid_request", "expired")                                                 \
	X(SIGNATURE, 400, "invalid_request", "signature")                                             \
	X(INVALID, 400, "invalid_request", "invalid")                                                 \
	X(CONFIG, 400, "invalid_request", "config")                                                   \
	X(CONFIG_OUTDATED, 409, "invalid_request", "config_outdated")                                 \
	X(CONFIG_EYES, 403, "access_denied", "config_eyes")                                           \
	X(CONFIG_ID, 400, "invalid_request", "config_id")

#define ERROR_FAULTS(X)                                                             \
	X(MEMORY, 503, "temporarily_unavailable", "memory")                         \
	X(STORE, 503, "temporarily_unavailable", "store")                           \
	X(SIGNER, 503, "temporarily_unavailable", "signer")                         \
	X(CRYPTO, 500, "server_error", "crypto")                                    \
	X(IO, 500, "server_error", "io")                                            \
	X(CORRUPT, 500, "server_error", "corrupt")                                  \
	X(UNREACHABLE, 502, "server_error", "unreachable")                          \
	X(TIMEOUT, 504, "temporarily_unavailable", "timeout")                       \
	X(BUG, 500, "server_error", "bug")

enum error {
#define X(name, status, oauth, code) ERR_##name,
	ERR_OK, ERROR_ANSWERS(X) ERR_COUNT,
#undef X
#define X(name, status, oauth, code) ERR_FAULT_##name,
	ERR_FAULT_FIRST = 1000, ERROR_FAULTS(X) ERR_FAULT_END,
#undef X
#define X(name, status, oauth, code) FAULT_##name = -ERR_FAULT_##name,
	ERROR_FAULTS(X)
#undef X
};

struct error_row {
	const char *name;  /* "INVALID_GRANT" */
	int status;        /* HTTP */
	const char *oauth; /* RFC 6749 error code */
	const char *code;  /* machine code; catalogue key is "error." + code */
};

/* The row of @error (an answer or a fault); never NULL: what is not in the table is BUG. */
const struct error_row *error_row(int error);
/* For tables printed from this one: every answer, then every fault; NULL past the end. */
const struct error_row *error_at(size_t i);

/* Log a fault where it begins and return @fault: return FAULT(FAULT_STORE, "commit: %s", …). Nothing secret goes into the text. */
#define FAULT(fault, ...) error_fault((fault), __FILE__, __LINE__, __VA_ARGS__)
int error_fault(int fault, const char *file, int line, const char *fmt, ...) PRINTF_LIKE(4, 5);
