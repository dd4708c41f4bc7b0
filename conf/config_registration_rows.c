/* SPDX-License-Identifier: Apache-2.0 */
/* config_registration_rows - who may register, when, and what they are told. */
#include "conf/config_registration.h"
#include "conf/config_rows.h"

static const char *const finishes[] = { "auto", "page", "continue", NULL };
static const char *const window_modes[] = { "closed", "defer", NULL };

#define ROW(owner, type, name, ...) { #name, type, offsetof(struct owner, name), __VA_ARGS__ }
#define TEXTS(owner, name, text) \
	{ #name, OPTION_OBJECTS, offsetof(struct owner, name), .sub = config_long_text_rows, .size = sizeof(struct config_text), .doc = text }

#define KIND(variable, is_open, who)                                                                                                 \
	static const struct option variable[] = {                                                                                    \
		ROW(config_registration_kind, OPTION_BOOL, open, .def = is_open, .doc = "May " who " register themselves?"),         \
		ROW(config_registration_kind, OPTION_BOOL, review, .def = "false",                                                   \
		    .doc = "A newcomer waits for a review (`pending_review`); they may log in, business systems wait."),             \
		ROW(config_registration_kind, OPTION_BOOL, realname, .def = "false",                                                 \
		    .doc = "Real-name verification follows at once (`realname.skip` says whether it may be skipped)."),             \
		ROW(config_registration_kind, OPTION_ENUM, finish, .def = "auto", .values = finishes,                                \
		    .doc = "`page`: a page says what comes next; `continue`: straight on to where the person came from; `auto`: experts go on, others " \
			   "see the page."),                                                                                         \
		TEXTS(config_registration_kind, notices, "What stands above the form, a paragraph each."),                           \
		TEXTS(config_registration_kind, steps, "The steps shown above the form; not set: as the procedure is."),             \
		{ 0 },                                                                                                               \
	}
KIND(natural_rows, "true", "natural persons");
KIND(legal_rows, "true", "legal persons");
KIND(expert_rows, "false", "experts");

static const struct option window_rows[] = {
	ROW(config_window, OPTION_STRING, from, .max = 5, .doc = "First minute of the day in China, `08:00`; not set: always open."),
	ROW(config_window, OPTION_STRING, to, .max = 5, .doc = "First minute that is closed again, `18:00`; before `from`: of the next day."),
	ROW(config_window, OPTION_ENUM, mode, .def = "closed", .values = window_modes,
	    .doc = "Outside of these hours: `closed` refuses, `defer` accepts and verifies when they begin."),
	{ 0 },
};

static const struct option agreement_rows[] = {
	{ "title", OPTION_GROUP, offsetof(struct config_agreement, title), .sub = config_text_rows,
	  .doc = "What people agree to, such as 《用户服务协议》." },
	ROW(config_agreement, OPTION_STRING, url, .max = 2048, .doc = "Where it can be read, an http or https URL."),
	{ "text", OPTION_GROUP, offsetof(struct config_agreement, text), .sub = config_long_text_rows,
	  .doc = "Its text, where it is short enough to stand on the page." },
	ROW(config_agreement, OPTION_STRING, version, .def = "1", .min = 1, .max = 64, .doc = "Kept with the agreement: which text it was."),
	{ 0 },
};

const struct option config_registration_rows[] = {
	{ "natural", OPTION_GROUP, offsetof(struct config_registration, natural), .sub = natural_rows, .doc = "Natural persons; form `register-natural`." },
	{ "legal", OPTION_GROUP, offsetof(struct config_registration, legal), .sub = legal_rows, .doc = "Legal persons; form `register-legal`." },
	{ "expert", OPTION_GROUP, offsetof(struct config_registration, expert), .sub = expert_rows, .doc = "Experts; form `register-expert`." },
	{ "window", OPTION_GROUP, offsetof(struct config_registration, window), .sub = window_rows,
	  .doc = "When registrations are accepted: asked when the form is shown and when it is sent." },
	{ "agreement", OPTION_GROUP, offsetof(struct config_registration, agreement), .sub = agreement_rows,
	  .doc = "What the box `agree` of a form is about." },
	ROW(config_registration, OPTION_LIST, reserved_prefixes, .def = "HJ_", .max = 50,
	    .doc = "Login names that begin like this (in any case) cannot be registered. `HJ_`, which migrations give, never can."),
	ROW(config_registration, OPTION_INT, per_address_hour, .def = "300", .min = 1, .max = 1000000,
	    .doc = "Forms ready to become an account that one address may send in an hour. Many people may share an address."),
	{ 0 },
};
