/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records - every kind of record that Yimen keeps. The words are those of design.md 3 and of the glossary in docs/TOUR.md.
 *
 * Adding a field: append it to the struct and to the table in records.c under a new tag. Never reuse a tag or a prefix.
 */
#pragma once

#include "broker/store/record.h"

enum account_namespace { NAMESPACE_NATURAL = 1, NAMESPACE_LEGAL = 2, NAMESPACE_STAFF = 3 };
enum account_status { ACCOUNT_ACTIVE = 1, ACCOUNT_PENDING_REVIEW, ACCOUNT_REJECTED, ACCOUNT_DISABLED, ACCOUNT_CLOSED };
enum account_role { ACCOUNT_ROLE_NONE = 0, ACCOUNT_ROLE_EXPERT = 1, ACCOUNT_ROLE_DECLARER = 2 };
enum realname_status { REALNAME_NONE = 0, REALNAME_CHECKING, REALNAME_FAILED, REALNAME_DEFERRED, REALNAME_MANUAL_PENDING, REALNAME_VERIFIED, REALNAME_EXPIRED };
enum unit_status { UNIT_REGISTERED = 1, UNIT_NEEDS_SUPPLEMENT, UNIT_PENDING_DEPT, UNIT_EFFECTIVE, UNIT_SUSPENDED, UNIT_DISSOLVED };
enum membership_status { MEMBERSHIP_NONE = 0 /* asked and turned down, or withdrawn */, MEMBERSHIP_PENDING_ADMIN, MEMBERSHIP_ACTIVE, MEMBERSHIP_ENDED };
enum membership_role { MEMBERSHIP_ROLE_MEMBER = 1, MEMBERSHIP_ROLE_ADMIN };
enum grant_status { GRANT_NONE = 0, GRANT_PRE_GRANTED, GRANT_ACTIVE, GRANT_REVOKED };
/* What a person said they are when they completed their information (Z7): exactly one. */
enum account_profile { PROFILE_NONE = 0, PROFILE_INDIVIDUAL, PROFILE_UNIT, PROFILE_EXPERT };
/* One decision that a person must take, by what it is about. */
enum task_kind { TASK_ACCOUNT = 1 /* a newcomer, Z8 */, TASK_REALNAME /* documents, M4, M6 */, TASK_UNIT /* T17 */, TASK_MEMBERSHIP /* J4 */,
		 TASK_APPEAL /* M8, M10 */, TASK_LEGACY /* an old account, claimed or disputed */,
		 TASK_LINK /* an upstream verified somebody else than we have */, TASK_KINDS };
enum task_status { TASK_OPEN = 1, TASK_APPROVED, TASK_REJECTED, TASK_WITHDRAWN };
enum submission_status { SUBMISSION_DRAFT = 1, SUBMISSION_SUBMITTED, SUBMISSION_ACCEPTED, SUBMISSION_REJECTED, SUBMISSION_REPLACED };
/* Roles of staff accounts: bits. The first three exclude each other (MLPS: separation of system, security and audit administrator). */
enum staff_role { STAFF_SYSTEM = 1, STAFF_SECURITY = 2, STAFF_AUDIT = 4, STAFF_REVIEWER = 8, STAFF_SUPPORT = 16, STAFF_OPERATOR = 32 };
enum legacy_batch_status { LEGACY_BATCH_RUNNING = 1, LEGACY_BATCH_DONE, LEGACY_BATCH_UNDONE };
enum binding_status { BINDING_SUGGESTED = 1, BINDING_BOUND, BINDING_ENDED };

/* What logs in. A natural account may hold roles; a legal account belongs to a unit. */
struct account {
	struct id id;
	struct instant created_at;
	int namespace_; /* enum account_namespace */
	int status;     /* enum account_status */
	int64_t roles;  /* bits of enum account_role */
	struct span login_name; /* as shown */
	struct span login_key;  /* as compared (identity/normal.h) */
	struct id identity;
	struct id unit; /* legal accounts */
	struct span name;
	struct span phone; /* confirmed, normalised; an identifier */
	struct instant phone_confirmed_at;
	struct span email; /* confirmed, lower case; an identifier */
	struct span id_type; /* GA/T code, "111" */
	struct span id_number; /* an identifier once real-name verified */
	struct span gender, ethnic_code;
	int realname_status; /* enum realname_status */
	int64_t realname_level; /* domain.md 3.9 */
	struct span realname_method;
	struct instant realname_at;
	struct span password; /* Argon2id PHC text; empty: no password */
	struct instant password_changed_at;
	struct span legacy_scheme, legacy_salt, legacy_digest; /* until the first login with it */
	struct instant not_before; /* sessions and tokens from before are dead */
	struct span source; /* where it comes from: "import:torch", "provider:province", "cli" */
	struct span id_valid_from, id_valid_to; /* YYYY-MM-DD; valid_to "long" for unlimited */
	struct span country; /* ISO 3166 alpha-3, of documents that name one */
	int64_t realname_failures; /* mismatches so far */
	struct span realname_reason; /* why it failed or waits: a code, or the reviewer's words */
	struct instant realname_retry_at; /* DEFERRED, CHECKING: when the verifier is asked (again) by the background job */
	int profile; /* enum account_profile */
	struct span apply_type; /* of an expert: what they apply as (J5) */
	struct span review_reason; /* why a reviewer turned the person down */
	struct instant agreed_at; /* to the terms, of version: */
	struct span agreed_version;
	struct instant closed_at;
	struct instant password_until; /* a first password: dies then, and the login that uses it replaces it */
	struct instant claimed_at; /* made by an import: when somebody first logged in with it */
	struct span network_id; /* verified by the national network identity: its pseudonym, instead of a number */
};

/* The one subject behind one or more accounts. Identities of one person are joined into a tree, from which each part can be taken off again
 * (broker/endpoint/identity_change.h). */
struct identity {
	struct id id;
	struct instant created_at;
	struct id merged_into; /* zero: it stands for itself */
	struct instant merged_at;
	bool has_parts; /* others are merged into it */
};

/* A client (with pairwise subs: everybody of its sector) was told the sub of an identity. The id is a hash of both (broker/endpoint/subject.h). */
struct told {
	struct id id;
	struct instant at;
};

struct unit {
	struct id id;
	struct instant created_at;
	struct span uscc, name, type; /* type: 企业 … as code "enterprise", "institution", "society" */
	int status; /* enum unit_status */
	struct span dept_id, region;
	struct span rep_name, rep_id_type, rep_id_number, rep_phone; /* legal representative */
	struct id submission; /* the accepted supplement; zero: none */
	struct span reason;   /* why it was rejected or suspended, in the reviewer's words */
	struct instant since; /* in this status */
	struct instant not_before; /* suspended, dissolved: who acted for it before acts for it no longer */
	bool in_force;        /* PENDING_DEPT: a change is reviewed, and what was accepted before holds until it is decided */
};

/* A pair of neighbouring characters in a unit's name as compared, or the whole name: what a search looks up (broker/endpoint/unit_index.h). The
 * id is eight bytes of the pair's hash and the last eight of the unit's id, so that one scan finds every unit with the pair. */
struct unit_gram {
	struct id id, unit;
};

struct membership {
	struct id id, account, unit;
	int role, status;
	struct instant since;
	struct id decided_by;
	struct span reason; /* of a rejection or removal */
	struct id offered_by; /* the administrator who offers their role to this member, until the member says yes or no */
};

/* (membership or account) may use a subsystem; PRE_GRANTED waits for real-name success (domain.md M16). */
struct grant {
	struct id id, account, unit;
	struct span subsystem;
	int status;
	struct instant since;
};

/* An imported row: an account that is none yet, or that has become one. */
struct legacy {
	struct id id;
	struct instant imported_at;
	struct span source, batch, legacy_id, kind, login_name, user_type, name, phone, email, uscc, unit_name, id_type, id_number;
	struct span scheme, salt, digest;
	struct instant phone_confirmed_at;
	struct span outcome; /* "E3", "P1", … */
	struct id account;   /* the account that it became or that it is suggested for */
	struct span why;     /* the facts on which the outcome stands, as the import saw them: JSON */
	struct instant changed_at; /* corrected by a later import */
	struct instant hash_gone_at; /* nobody claimed it in time: scheme, salt and digest are destroyed */
	struct id made_unit; /* the unit that its import registered; zero: there was one, or none was needed */
};

/* One file that was imported, and how far: what a restart, an undo and a report go by. */
struct legacy_batch {
	struct id id;
	struct span source, name;
	struct span file, fingerprint; /* its path as given; a hash of its bytes, in hex */
	int status; /* enum legacy_batch_status */
	struct instant begun_at, ended_at;
	int64_t size, offset, line; /* bytes in all, bytes read, the line on which reading goes on */
	struct span counts; /* JSON object: outcome to rows */
	struct span taken;  /* the same of those that an undo has taken back */
};

/* What happened to a legacy record after its import, in order: the answer to "why has this person that old account, or why not?" */
struct legacy_event {
	struct id id, legacy;
	struct instant at;
	struct span what;   /* "bound", "ended", "suggested", "disputed", "refused", "corrected", "hash_destroyed" … */
	struct span method; /* "sms", "password", "document", "review", "import" … */
	struct id account, identity; /* whose it is about */
	struct id actor;    /* who did it: the person, staff; zero: the operator or a job */
	struct span evidence; /* JSON: what was shown, masked */
	struct span reason;   /* in somebody's words, or a code */
};

/* What became of the old accounts of a source in one day (broker/endpoint/legacy_count.h); its id begins with the day. */
#define LEGACY_DAY_COUNTS(X)                                                                          \
	X(claimed)      /* an account that the import made: its first login */                        \
	X(bound)        /* by somebody's proof */                                                     \
	X(unbound)      /* such a binding ended */                                                    \
	X(suggested) X(suggestion_ended) /* confirmed or not */                                       \
	X(made_ended)   /* the import's own binding ended: absorbed, or by the desk */                \
	X(disputed) X(refused) X(expired) /* expired: nobody claimed it in time, its hash is destroyed */
struct legacy_day {
	struct id id;
	struct instant at; /* when the day began, in China */
	struct span source;
#define X(name) int64_t name;
	LEGACY_DAY_COUNTS(X)
#undef X
};

/* An ended one is history: it keeps its record and leaves BINDING_BY_LEGACY, so that the legacy record can be bound anew. */
struct binding {
	struct id id, legacy, identity, account;
	int status;
	struct span source, method;
	struct instant since;
	int64_t level; /* of the proof, domain.md 3.9 */
	struct span user_type; /* of the legacy record */
};

/* (provider, issuer, subject) ↔ account. */
struct external_link {
	struct id id;
	struct span provider, issuer, subject;
	struct id account;
	struct instant created_at, last_login_at;
	struct span display_name;
	/* as told at the last login there: suggestions, and the upstream's own words for how sure it is of the person */
	struct span phone, email, level, method;
	int64_t acr;
	struct instant changed_at; /* when one of them was last another than before */
};

/* What happened to an external link, in order; it stays when the link has ended. */
struct link_event {
	struct id id, link, account;
	struct instant at;
	struct span what;     /* "created", "linked", "level", "name", "relinked", "conflict", "ended" … */
	struct span provider;
	struct id actor;      /* who did it; zero: the upstream's answer did */
	struct span evidence; /* JSON: from what to what, masked */
};

/* A browser that is logged in. The cookie holds id.secret. A new login of the same person is a new session with a new absolute expiry
 * (ASVS 7.2.4, 7.3.2); the earlier one stays until its own expiry as a signpost for its tokens: continued_by set, no secret, no place in
 * lists of sessions. */
struct session {
	struct id id; /* absolute expiry first */
	struct span secret_hash;
	struct id account;
	struct instant created_at, auth_time, last_seen_at;
	struct text_list amr;
	int64_t acr;
	struct span method; /* "password", "otp", "provider:province" */
	struct id acting_unit;
	struct span address, user_agent;
	struct text_list clients; /* that got a code in it: told at logout */
	struct id continued_by; /* the session that took its place; all earlier ones name the newest */
	struct id first;        /* the one that the series began with, which clients know it by (sid); zero: itself */
	/* of a session that began at an upstream, for the end of both: */
	struct span provider;
	struct id link;
	struct span upstream_sid, upstream_token; /* there; token: the ID token, kept where the upstream wants it at logout */
};

/* An authorize request on its way through the pages, bound to one browser. */
struct interaction {
	struct id id; /* expiry first */
	struct span secret_hash; /* of the browser's cookie */
	struct instant created_at;
	struct span client_id, redirect_uri, response_mode, state, nonce, code_challenge;
	struct text_list scopes, acr_values, ui_locales, resources;
	struct span prompt; /* space separated, as checked */
	int64_t max_age; /* seconds; -1: absent */
	struct span login_hint, lang;
	struct id account;  /* authenticated in this interaction, not yet a session */
	struct id session;  /* used or made by it */
	bool reauthenticated; /* prompt=login or max_age was met inside it */
	bool account_chosen, consented;
	struct id otp;
	struct span hint_sub; /* id_token_hint: the subject that the client expects */
	struct id link; /* the pending external identity, waiting for create-or-link */
	struct text_list candidates; /* account ids that an OTP fits */
	struct span method;
	int64_t failures; /* wrong attempts so far: when a captcha is asked */
	struct span purpose; /* "authorize" or "account": where it returns to */
	struct span last_phone;
	struct span return_to; /* purpose "account": a path of ours */
	struct span stage;     /* which page of a longer procedure has been passed: "recover", "code" … */
	struct span draft;     /* JSON object of what was typed so far; no password, code or captcha */
	struct id subject;     /* account that a recovery is about; zero also when the name is unknown */
	/* proved with the first factor, waiting for the second: the session's method and amr to be */
	struct text_list proof_amr;
	bool acting_chosen;    /* the person has said for whom they act */
	struct span proved_phone; /* a code showed that it is theirs: registration needs no other */
	struct instant proof_at; /* when the first factor was proved */
	int64_t proof_acr;
	struct span proof_upstream; /* the upstream's session behind it (session_upstream) */
	struct id links;            /* the account that a login at an upstream is to be added to; zero: it is a login */
	struct span held;           /* what the gate held it back with, when that was last noted */
};

/* All tokens that descend from one authorization. The code is this record's id and a secret; so replaying it finds what it gave. */
struct family {
	struct id id; /* expiry first */
	struct instant created_at;
	struct span client_id, redirect_uri, code_challenge, nonce;
	struct span code_hash;
	struct instant code_expires_at, redeemed_at;
	struct id account, identity, session, unit;
	struct text_list scopes, resources;
	struct instant auth_time;
	int64_t acr;
	struct text_list amr;
	bool offline; /* outlives the session */
	bool revoked;
	int64_t refresh_n;          /* the live leaf; 0: no refresh token was issued */
	struct instant refreshed_at; /* when refresh_n became live: the grace counts from here */
	struct span sector;
	struct id session_first;    /* session.first at that time; zero: session itself */
};

struct consent {
	struct id id, account;
	struct span client_id;
	struct text_list scopes;
	struct instant granted_at, not_before;
};

/* On the way to an upstream and back. Taken at the callback. */
struct upstream_state {
	struct id id;
	struct span secret_hash; /* the browser's cookie */
	struct id interaction;
	struct span provider, nonce, verifier, redirect_uri;
	bool ties; /* who it names gets what waits on the page "link" of the interaction */
};

/* What an upstream had the browser post to us, until the browser comes back with its cookies. */
struct upstream_post {
	struct id id;
	struct span secret_hash, provider;
	struct span text; /* query and form, as they came */
};

/* An upstream is to be told that a session which began there is over. */
enum upstream_notice_status { UPSTREAM_NOTICE_WAITING = 1, UPSTREAM_NOTICE_DONE, UPSTREAM_NOTICE_BROWSER /* the browser was sent there */, UPSTREAM_NOTICE_GIVEN_UP };
struct upstream_notice {
	struct id id;
	struct span provider, subject, sid, token; /* token: the ID token of the login, until it is told */
	struct id account;
	int status; /* enum upstream_notice_status */
	struct instant created_at, next_at, done_at;
	int64_t attempts;
	struct span last_error;
	struct span onward; /* where the browser that logs out goes afterwards */
};

/* What happened in one request of a login, for who asks why it went as it did (broker/endpoint/explain.h). */
struct trace {
	struct id id, interaction;
	struct span reference; /* as the person was shown it */
	struct instant at;
	struct id account;
	struct span client, result; /* result: the code of an error; empty: it went on */
	struct span steps;          /* JSON array of objects; nothing secret, personal data masked */
};

/* What an upstream said about somebody who has no account here yet. */
struct pending_link {
	struct id id, interaction;
	struct span provider, issuer, subject, display_name, phone, claims;
	int64_t acr;
	struct span identity; /* all of it that is needed again (upstream_identity.h) */
	struct span reason;   /* why there is no account for it yet: a code of error.h; empty: nobody has said whether there is to be one */
};

struct otp {
	struct id id;
	struct span purpose, phone, code_mac;
	struct id interaction;
	int64_t tries_left;
	struct instant sent_at;
	int namespace_;
};

/* A count in a window that ends at the id's expiry (record_named_id): attempts, messages. */
struct counter {
	struct id id;
	int64_t n;
};

/* Something that must not happen twice before the id's expiry: a client assertion's jti, a revoked access token. */
struct mark {
	struct id id;
	struct span note;
};

/* What became of one text message (broker/endpoint/message_state.h). */
enum sms_status { SMS_STATUS_SENDING = 1 /* or the process died meanwhile */, SMS_STATUS_ACCEPTED, SMS_STATUS_DELIVERED, SMS_STATUS_FAILED, SMS_STATUS_UNKNOWN };
struct text_message {
	struct id id; /* end of its retention first */
	struct span key; /* the same key is one message */
	struct span phone, purpose;
	int status; /* enum sms_status */
	struct span route;     /* that took it, or was asked last */
	struct span vendor_id; /* there; receipts name it */
	struct span code;      /* the carrier's last word: an error, the state of a receipt */
	struct span tried;     /* "aliyun:unavailable tencent:accepted" */
	int64_t pieces, cost;  /* billed; in thousandths of a yuan */
	struct instant at, changed_at;
};

/* Text messages of a route in one day; its id begins with the day. */
#define SMS_DAY_COUNTS(X) \
	X(accepted) X(delivered) X(undelivered) X(limited) X(refused) X(failed) X(unknown) X(pieces) X(cost)
struct sms_day {
	struct id id;
	struct instant at; /* when the day began, in China */
	struct span route;
#define X(name) int64_t name;
	SMS_DAY_COUNTS(X)
#undef X
};

/* A match of a verifier's, remembered: whoever claims the very same again is not asked about again (broker/endpoint/verify_memory.h). Of
 * the claim itself nothing is kept. */
struct verified {
	struct id id;
	struct span claim; /* a keyed hash of it */
	struct span verifier, method, evidence;
	int64_t level;
};

/* What was filled in on a form: a draft, what awaits a decision, what was decided on. Kept side by side, so that a reviewer sees old and new. */
struct submission {
	struct id id, owner; /* the account that fills it in; zero: an appeal */
	struct id subject;   /* unit or account that it is about */
	struct span form;    /* name of the form: "unit-supplement", "appeal-natural" … */
	struct span values;  /* JSON object: field name to text */
	int status;          /* enum submission_status */
	struct instant created_at, changed_at;
	struct span reason;
	/* of appeals, whose subject is the account that a reviewer found to be meant */
	struct span receipt;    /* digits by which the state is asked for */
	struct id ticket;       /* the link that was sent last */
	bool use_phone;         /* the contact's phone becomes the account's */
	struct instant done_at; /* the link was used */
	/* of claims of old accounts */
	struct id row;   /* the legacy record that a reviewer found to be meant */
	struct id loser; /* the account that had it until then */
};

/* One decision that a person must take. */
struct task {
	struct id id;
	struct instant created_at;
	int kind, status;  /* enum task_kind, task_status */
	struct span queue; /* who may see it: "platform", "dept:<id>", "unit:<uuid>" */
	struct id subject; /* account, unit or membership, by kind */
	struct id account; /* who asked; zero: nobody is logged in (appeals) */
	struct id submission; /* what was submitted; zero: the subject speaks for itself */
	struct span title;    /* name of the person or unit */
	struct id claimed_by;
	struct instant claimed_until;
	struct id first_by; /* four eyes: who approved first */
	struct instant first_at;
	struct id decided_by;
	struct instant decided_at;
	struct span reason;
	struct span note; /* further facts for the reviewer: why it did not go by itself (a code) */
};

/* A file that somebody handed in. Its bytes rest sealed beside the store (broker/endpoint/files.h). */
struct upload {
	struct id id, owner; /* account; zero: an appeal's, and then */
	struct id interaction;
	struct id submission; /* zero until it is submitted */
	struct span use, slot; /* of the configuration's uploads: "unit-supplement", "licence" … */
	struct span name, type; /* as the person named it; what it was recognised as: "image/png" … */
	int64_t size;
	struct span sha256;
	struct instant created_at, purge_at; /* purge_at zero: as long as its submission */
};

/* A staff account's role, within a department and those below it. */
struct appointment {
	struct id id, account;
	int64_t roles;    /* bits of enum staff_role */
	struct span dept; /* empty: the whole platform */
	struct instant since;
	struct id by;
};

/* A second factor. */
struct factor {
	struct id id, account;
	struct span type;   /* "totp" */
	struct span secret;
	int64_t last_step;  /* TOTP: the newest time step that was used, so that a code works once */
	struct text_list recovery; /* hashes of recovery codes not used yet */
	struct instant created_at, confirmed_at; /* confirmed_at zero: shown, never proved */
};

/* Something that business systems are told. The id is its number in the log (8 bytes, counted in the transaction, so that nobody who reads
 * up to one can miss an earlier one), then zeros. */
struct event {
	struct id id;
	struct instant at;
	struct span type; /* "unit.effective" … */
	struct id identity; /* whom it is about: told as the receiver's own sub; zero: nobody */
	struct span data;   /* members of a JSON object, without its braces */
	struct id other;    /* user.merged, user.split: the identity that came or went */
};

/* How far one webhook has been told. */
struct delivery {
	struct id id;
	struct span webhook; /* its configured id */
	int64_t settled;     /* number of the last event that it has taken, did not want, or that was given up */
	int64_t attempts;    /* at the next one so far */
	struct instant next_at, done_at; /* the next attempt; the last success */
	struct span last_error;
	int64_t given_up;    /* events that it never took */
};

enum realname_due_what { REALNAME_DUE_CHECK = 1 /* ask the verifier */, REALNAME_DUE_EXPIRE /* the document's validity ends */ };

/* A real name that has to be looked at again. The id begins with the time when; nothing sweeps it. Valid while the account agrees: a CHECK when
 * its realname_retry_at is that time, an EXPIRE when its realname_at is @since. */
struct realname_due {
	struct id id, account;
	int what; /* enum realname_due_what */
	int64_t attempt;
	struct instant since;
};

/* A single-use permission to do one thing: an appeal's reset link. The link holds id.secret. */
struct ticket {
	struct id id; /* expiry first */
	struct span secret_hash, purpose;
	struct id account, submission;
	struct span phone; /* reset: the new phone that the appeal established */
};

/* Who is behind an id_hash (claim of the scope idhash), for a client that was given it. The id is the hash of client and id_hash. */
struct pseudonym {
	struct id id, account;
	struct instant at;
};

struct signing_key {
	struct id id;
	struct span kid, alg, public_jwk, sealed_private;
	struct instant created_at, publish_at, sign_from, sign_until, publish_until;
};

struct audit {
	struct id id;
	struct instant at;
	struct span actor, action, subject, client, address, reference, result, detail;
};

enum config_version_state { CONFIG_VERSION_DRAFT = 1, CONFIG_VERSION_PROPOSED, CONFIG_VERSION_ACTIVE, CONFIG_VERSION_SUPERSEDED, CONFIG_VERSION_REJECTED };

/* What administrators put on top of the configuration file. The id is its number (8 bytes), then zeros. Edited as a draft, never afterwards. */
struct config_version {
	struct id id;
	int state;          /* enum config_version_state */
	int64_t number, parent; /* parent: the version that was active when it was begun; 0: the file alone */
	int64_t revision;   /* of a draft: counts edits */
	struct instant created_at, changed_at, proposed_at, activated_at;
	struct id author, proposer, activator; /* accounts; zero: see by */
	struct span author_name, proposer_name, activator_name; /* "client:sync", "operator" where no account did it */
	struct span reason; /* why, in the author's words */
	struct span answer; /* why it was rejected */
	int64_t restores;   /* of a rollback: the version whose tree this is, plus one; 0: none */
	struct span tree;   /* conf/overlay.h, JSON; secrets stand in it */
};

/* Which one holds. One record. */
struct config_active {
	struct id id;
	int64_t number; /* 0: the file alone */
	int64_t newest; /* number given out last */
	struct instant since;
};

/* What happened in an hour, for the console (broker/endpoint/tally.h). Expires. */
struct figures_hour {
	struct id id;
	struct instant at;   /* when the hour began */
	struct id through;   /* the last record of the audit that is counted */
	struct span figures; /* JSON */
};

/* Process-wide facts found by name. */
struct meta {
	struct id id;
	struct span name, value;
	int64_t number;
};

enum {
	ACCOUNT_BY_LOGIN = 1, ACCOUNT_BY_PHONE, ACCOUNT_BY_EMAIL, ACCOUNT_BY_ID_NUMBER, ACCOUNT_BY_IDENTITY, ACCOUNT_BY_UNIT, ACCOUNT_BY_NETWORK_ID,
	IDENTITY_BY_WHOLE = 1,
	UNIT_BY_USCC = 1, UNIT_BY_DEPT,
	MEMBERSHIP_BY_ACCOUNT = 1, MEMBERSHIP_BY_UNIT, MEMBERSHIP_BY_PAIR, MEMBERSHIP_BY_ROLE,
	GRANT_BY_ACCOUNT = 1,
	LEGACY_BY_KEY = 1, LEGACY_BY_ACCOUNT, LEGACY_BY_LOGIN, LEGACY_BY_PHONE, LEGACY_BY_USCC, LEGACY_BY_ID_NUMBER, LEGACY_BY_BATCH,
	LEGACY_BATCH_BY_NAME = 1, LEGACY_BATCH_BY_FILE,
	LEGACY_EVENT_BY_LEGACY = 1,
	BINDING_BY_LEGACY = 1, BINDING_BY_IDENTITY, BINDING_BY_ACCOUNT, BINDING_BY_SOURCE,
	EXTERNAL_LINK_BY_SUBJECT = 1, EXTERNAL_LINK_BY_ACCOUNT,
	LINK_EVENT_BY_LINK = 1, LINK_EVENT_BY_ACCOUNT,
	SESSION_BY_ACCOUNT = 1, SESSION_BY_UPSTREAM,
	CONSENT_BY_CLIENT = 1, CONSENT_BY_ACCOUNT,
	AUDIT_BY_ACTOR = 1,
	SUBMISSION_BY_SUBJECT = 1, SUBMISSION_BY_OWNER, SUBMISSION_BY_RECEIPT,
	TASK_BY_QUEUE = 1, TASK_BY_SUBJECT, TASK_BY_ACCOUNT, TASK_BY_CLAIM, TASK_BY_STATUS, TASK_BY_KIND, TASK_BY_QUEUE_KIND,
	UPLOAD_BY_SUBMISSION = 1, UPLOAD_BY_OWNER, UPLOAD_BY_INTERACTION,
	APPOINTMENT_BY_ACCOUNT = 1,
	FACTOR_BY_ACCOUNT = 1,
	DELIVERY_BY_WEBHOOK = 1,
	META_BY_NAME = 1,
	UPSTREAM_NOTICE_BY_STATUS = 1,
	TRACE_BY_REFERENCE = 1, TRACE_BY_INTERACTION,
	TEXT_MESSAGE_BY_KEY = 1, TEXT_MESSAGE_BY_RECEIPT,
	VERIFIED_BY_CLAIM = 1,
};

extern const struct kind KIND_ACCOUNT, KIND_IDENTITY, KIND_TOLD, KIND_UNIT, KIND_UNIT_GRAM, KIND_MEMBERSHIP, KIND_GRANT, KIND_LEGACY, KIND_LEGACY_EVENT,
	KIND_BINDING, KIND_EXTERNAL_LINK, KIND_LINK_EVENT, KIND_SESSION, KIND_INTERACTION, KIND_FAMILY, KIND_CONSENT, KIND_UPSTREAM_STATE, KIND_UPSTREAM_POST, KIND_UPSTREAM_NOTICE, KIND_TRACE,
	KIND_PENDING_LINK, KIND_OTP, KIND_COUNTER, KIND_MARK, KIND_SUBMISSION, KIND_TASK, KIND_UPLOAD, KIND_APPOINTMENT, KIND_FACTOR,
	KIND_EVENT, KIND_DELIVERY, KIND_TICKET, KIND_PSEUDONYM, KIND_SIGNING_KEY, KIND_AUDIT, KIND_META, KIND_CONFIG_VERSION, KIND_CONFIG_ACTIVE, KIND_FIGURES_HOUR, KIND_REALNAME_DUE, KIND_LEGACY_BATCH, KIND_LEGACY_DAY,
	KIND_TEXT_MESSAGE, KIND_SMS_DAY, KIND_VERIFIED;
/* Every kind, NULL at the end: sweeps, checks and completeness tests walk it. */
extern const struct kind *const records_all[];
