/* SPDX-License-Identifier: Apache-2.0 */
/* records_account - what logs in, whom it is, what of it clients were told. */
#pragma once

#include "broker/store/record.h"

enum account_namespace { NAMESPACE_NATURAL = 1, NAMESPACE_LEGAL = 2, NAMESPACE_STAFF = 3 };
enum account_status { ACCOUNT_ACTIVE = 1, ACCOUNT_PENDING_REVIEW, ACCOUNT_REJECTED, ACCOUNT_DISABLED, ACCOUNT_CLOSED };
enum account_role { ACCOUNT_ROLE_NONE = 0, ACCOUNT_ROLE_EXPERT = 1, ACCOUNT_ROLE_DECLARER = 2 };
enum realname_status { REALNAME_NONE = 0, REALNAME_CHECKING, REALNAME_FAILED, REALNAME_DEFERRED, REALNAME_MANUAL_PENDING, REALNAME_VERIFIED, REALNAME_EXPIRED };
/* What a person said they are when they completed their information (Z7): exactly one. */
enum account_profile { PROFILE_NONE = 0, PROFILE_INDIVIDUAL, PROFILE_UNIT, PROFILE_EXPERT };

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

/* How somebody showed that one of two accounts is theirs. */
struct identity_proof {
	struct id account;
	struct span method; /* as of the session: "password", "otp", "provider:province"; empty: nobody noted it */
	bool two_factors;
	int64_t level;      /* domain.md 3.9 */
	struct instant at;
};

/* What happened to identities of one person, in order (broker/endpoint/identity_change.h); it stays when they are apart again. */
struct identity_event {
	struct id id;
	struct id whole, part;
	struct instant at;
	struct span what;   /* "merged", "split"; "split_asked": somebody at the desk wants a second person to take them apart */
	struct id actor;    /* the account that did it */
	struct span reason; /* in the words of the desk; empty: the person did it */
	struct identity_proof whole_proof, part_proof; /* of a merge: how each side was proved */
};

/* A client (with pairwise subs: everybody of its sector) was told the sub of an identity. The id is a hash of both (broker/endpoint/subject.h). */
struct told {
	struct id id;
	struct instant at;
};

/* Who is behind an id_hash (claim of the scope idhash), for a client that was given it. The id is the hash of client and id_hash. */
struct pseudonym {
	struct id id, account;
	struct instant at;
};

enum {
	ACCOUNT_BY_LOGIN = 1, ACCOUNT_BY_PHONE, ACCOUNT_BY_EMAIL, ACCOUNT_BY_ID_NUMBER, ACCOUNT_BY_IDENTITY, ACCOUNT_BY_UNIT, ACCOUNT_BY_NETWORK_ID,
	IDENTITY_BY_WHOLE = 1,
	IDENTITY_EVENT_BY_WHOLE = 1, IDENTITY_EVENT_BY_PART,
};

extern const struct kind KIND_ACCOUNT, KIND_IDENTITY, KIND_IDENTITY_EVENT, KIND_TOLD, KIND_PSEUDONYM;
