/* SPDX-License-Identifier: Apache-2.0 */
/* config_legacy_rows - "legacy_sources": old systems, what an import makes of their accounts, and how these find their owners. */
#include "conf/config_legacy.h"
#include "conf/config_rows.h"

static const char *const accounts[] = { "create", "claim", NULL };
static const char *const methods[] = { "sms", "password", "document", "review", NULL };
static const char *const sms[] = { "recent", "allow", NULL };

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }
#define TEXT(owner, name, text) { #name, OPTION_GROUP, offsetof(struct owner, name), .sub = config_text_rows, .doc = text }

static const struct option type_rows[] = {
	ROW(config_legacy_type, OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "As in the column `user_type` of the import and in the claim `legacy`."),
	TEXT(config_legacy_type, name, "As people choose it: 申报用户, 专家用户."),
	{ 0 },
};

static const char *const modes[] = { "off", "shadow", "migrate", "cut", NULL };
static const struct option live_rows[] = {
	ROW(config_live, OPTION_ENUM, mode, .def = "off", .values = modes,
	    .doc = "`off`: the old system is not asked. `shadow`: the password here decides; the old system is asked beside it, and where the two disagree is "
		   "counted. `migrate`: what does not fit here is asked there, and a password that fits there becomes the one here. `cut`: as `off`, said "
		   "on purpose: the old system has been switched off, or may be."),
	ROW(config_live, OPTION_STRING, url, .max = 2048,
	    .doc = "Where the old system answers (https; http on loopback where `net.allow` names it). Passwords are posted there and nowhere else."),
	ROW(config_live, OPTION_STRING, key_id, .def = "yimen", .min = 1, .max = 64, .doc = "Which key signs, as the old system knows it."),
	ROW(config_live, OPTION_SECRET, secret, .min = 16, .max = 256, .doc = "Signs questions and answers (HMAC-SHA256). Better as `secret_file`."),
	ROW(config_live, OPTION_DURATION, timeout, .def = "3s", .min = 100, .max = 20 * MS_SECOND, .doc = "An answer that takes longer is none."),
	ROW(config_live, OPTION_INT, breaker, .def = "5", .min = 1, .max = 1000, .doc = "After so many failures in a row it is not asked for `pause`."),
	ROW(config_live, OPTION_DURATION, pause, .def = "30s", .min = 100, .max = MS_DAY, .doc = "See `breaker`. Then one login tries it again."),
	{ 0 },
};

const struct option config_legacy_rows[] = {
	ROW(config_legacy_source, OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE,
	    .doc = "Code of the old system, as in `yimen legacy import --source` and the claim `legacy`. Never change it."),
	TEXT(config_legacy_source, name, "As people know it; not set: the id."),
	ROW(config_legacy_source, OPTION_STRING, scheme, .max = 200,
	    .doc = "Hash of its passwords: a named format or an expression such as `hex(md5(p.s))`. Rows of an import may name "
		   "their own."),
	ROW(config_legacy_source, OPTION_LIST, subsystems, .max = 50,
	    .doc = "Subsystems granted to an imported natural account that acts for a unit (M16)."),
	ROW(config_legacy_source, OPTION_ENUM, accounts, .def = "create", .values = accounts,
	    .doc = "`create`: an import makes accounts or suggests links, by the decision table of M13-M21. `claim`: its rows wait for people who have "
		   "accounts here and prove that a row is theirs (Z2-Z6, T2)."),
	{ "user_types", OPTION_OBJECTS, offsetof(struct config_legacy_source, user_types), .sub = type_rows, .size = sizeof(struct config_legacy_type),
	  .doc = "Kinds of accounts that the old system had, in order of precedence: where one phone has several, the earlier one is bound first (Z6). Not set: "
		 "nobody is asked for a kind." },
	ROW(config_legacy_source, OPTION_SET, methods, .def = "sms, password, document, review", .values = methods, .max = 4,
	    .doc = "Proofs by which an old account is bound: a code to its phone, its password, exactly its document type and number on a real-name verified "
		   "account, or a reviewer's decision."),
	ROW(config_legacy_source, OPTION_ENUM, sms_alone, .def = "recent", .values = sms,
	    .doc = "Is a code to the old account's phone enough? `recent`: only where the old system had confirmed the number within `sms_recent`, since numbers "
		   "are given out anew; `allow`: always (as Zhengzhou's manual has it)."),
	ROW(config_legacy_source, OPTION_DURATION, sms_recent, .def = "180d", .min = MS_DAY, .max = 3650 * MS_DAY, .doc = "See `sms_alone`."),
	ROW(config_legacy_source, OPTION_INT, per_identity, .def = "1", .min = 1, .max = 16, .doc = "Old accounts of this system that one person may hold."),
	ROW(config_legacy_source, OPTION_DURATION, unclaimed_life, .def = "0", .max = 36500 * MS_DAY,
	    .doc = "Password hashes that nobody has logged in with so long after their import are destroyed; the account stays, with recovery as its way in. "
		   "`0`: never."),
	ROW(config_legacy_source, OPTION_BOOL, complete, .def = "false",
	    .doc = "Is everything imported? Until then the look-up page does not say of a key that the old system had no account for it."),
	ROW(config_legacy_source, OPTION_BOOL, lookup, .def = "true", .doc = "May the look-up page (M11-M21) answer from it? Only with `accounts: create`."),
	{ "live", OPTION_GROUP, offsetof(struct config_legacy_source, live), .sub = live_rows,
	  .doc = "The old system's own answer to \"is this the password?\", for the time in which both run (docs/migration.md)." },
	{ 0 },
};

const struct option config_lookup_rows[] = {
	ROW(config_lookup, OPTION_INT, per_address_hour, .def = "60", .min = 1, .max = 1000000, .doc = "Look-ups from one address in an hour, each with a captcha."),
	ROW(config_lookup, OPTION_INT, per_client_hour, .def = "3000", .min = 1, .max = 100000000,
	    .doc = "Look-ups in an hour by one business system with the scope `directory.lookup`."),
	ROW(config_lookup, OPTION_INT, per_key_hour, .def = "30", .min = 1, .max = 1000000, .doc = "Look-ups of one credit code or phone in an hour, whoever asks."),
	{ 0 },
};
