/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console - what the pages of the console share: staff with the role operator, the draft that they work on, and the words of the options.
 *
 * Whoever changes something works on a draft of their own: the newest that is theirs, or one that the first change begins. Pages show the
 * draft where there is one, else what is in force. config_version.h does everything; the pages only ask and show.
 */
#pragma once

#include "broker/endpoint/config_version.h"
#include "broker/endpoint/desk.h"

struct console {
	struct desk desk;
	struct request *rq;
	struct arena *arena; /* room for a configuration; the request's has none */
	struct config_version_context context;
	int64_t active;              /* the version in force; 0: the file alone */
	struct config_version draft; /* the visitor's; number 0: none */
	int64_t shown;               /* the draft, or what is in force */
	size_t waiting;              /* versions that somebody has proposed */
	json_t *data;                /* of the page; owned here */
	json_t *words;               /* console_word; owned here */
	bool no_memory;              /* something of the page could not be written: it is not shown */
};

/* Run @page for an operator of the whole platform, who has come with both factors: everybody else is sent to log in, or forbidden. */
typedef int console_page(struct console *console);
MUST_USE int console_open(struct request *rq, console_page *page);
/* The page @page with console->data; @error of the form, or 0. */
MUST_USE int console_reply(struct console *console, const char *page, int error);

/* @text for the page, or "" and no page at all where there was no memory for it. */
const char *console_kept(struct console *console, const char *text);
#define console_printf(console, ...) console_kept((console), arena_printf((console)->arena, __VA_ARGS__))
/* The same of a buffer. */
struct span console_done(struct console *console, struct buf *buf);

/* Look again what is in force and what is being drafted: after a change. */
MUST_USE int console_refresh(struct console *console);
/* The visitor's draft: the one there is, or a new one. */
MUST_USE int console_draft(struct console *console, int64_t *ret_number);
/* Edits to the visitor's draft. Results as config_version_edit. @revision: as the form showed it, which names what it showed. */
MUST_USE int console_edit(struct console *console, struct span revision, const struct overlay_edit *edits, size_t n, size_t *ret_failed);

/* What a row, a section or a variant is called, and what it is for: @key is its place without ids ("providers.title.zh", "provider.alipay.app_id",
 * "provider.alipay", "sms"). In Chinese from web/options, in English from the table. Either may be empty where nobody has written it. */
struct console_word {
	struct span label, help;
};
struct console_word console_word(struct console *console, const char *key, const char *row_key, const char *doc);
/* What one value of it is called; empty where nobody has said. */
struct span console_value_word(struct console *console, const char *key, const char *value);
/* A text of the catalogue. */
struct span console_say(struct console *console, const char *key);
bool console_is_chinese(struct console *console);

/* One member of @list for each change; "change_id" where a whole object comes or goes. */
MUST_USE int console_add_changes(json_t *list, const struct overlay_changes *changes);
/* {"problem_path", "problem_text", "problem_url", "is_warning"} for each. */
/* What is wrong, in the reader's language, where its place is shown already. @is_secret: what is missing may have been kept from a new address. */
struct span console_problem_text(struct console *console, const struct config_version_problem *problem, bool is_secret);
MUST_USE int console_add_problems(struct console *console, json_t *list, const struct config_version_problems *problems);
/* A member, as an empty text when there is none: one of the same name further out is not meant. */
void console_set(json_t *object, const char *key, struct span value);
