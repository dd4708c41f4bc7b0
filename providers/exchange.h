/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange - what adapters of upstreams that are almost OAuth 2 share: writing requests, reading replies, and saying in plain words what is wrong.
 *
 * Everything that says no fills in a REJECT whose reason a person at the console can act on, and returns 0 as provider_reject does; readers then
 * leave their result empty. domain.md 3
 */
#pragma once

#include "providers/provider.h"

#define EXCHANGE_PAIRS(...) (const struct exchange_pair[]){ __VA_ARGS__ }, sizeof((const struct exchange_pair[]){ __VA_ARGS__ }) / sizeof(struct exchange_pair)

struct exchange_pair {
	const char *name;
	struct span value; /* empty: the pair is left out */
};

/* An error code of the upstream, and what it means for who runs this side. */
struct exchange_error {
	const char *code;    /* NULL ends a table */
	bool is_code;        /* only the authorization code is wrong: name and key are right, a TEST ends with DONE */
	const char *meaning; /* a sentence */
};

/* What RFC 6749 5.2 lets a token endpoint say. */
extern const struct exchange_error exchange_errors[];

/* What kinds of content type an upstream gives its JSON; or its XML. */
enum exchange_content { EXCHANGE_JSON, EXCHANGE_ALSO_HTML, EXCHANGE_XML };

/* Does @word stand in @text, in whatever case? */
bool exchange_mentions(struct span text, const char *word);
/* A copy of @value in the run's arena; empty stays empty. */
MUST_USE int exchange_keep(struct provider_run *run, struct span value, struct span *ret_copy);
/* @base with the pairs added to its query; a fragment stays at the end. */
MUST_USE int exchange_url(struct provider_run *run, struct span base, const struct exchange_pair *pairs, size_t n, struct span *ret_url);
/* The pairs as a form. */
MUST_USE int exchange_form(struct provider_run *run, const struct exchange_pair *pairs, size_t n, struct span *ret_form);
/* The pairs as one JSON object of strings. */
MUST_USE int exchange_json(struct provider_run *run, const struct exchange_pair *pairs, size_t n, struct span *ret_json);

/* @base, which may end with a slash, and @path, which begins with one. */
MUST_USE int exchange_at(struct provider_run *run, struct span base, const char *path, struct span *ret_url);
/* FETCH by GET. */
MUST_USE int exchange_get(struct provider_run *run, struct provider_step *step, struct span base, const struct exchange_pair *pairs, size_t n);

/* The code that the browser brought under @name. Empty: the step says no (the upstream sent an error, or no code). */
MUST_USE int exchange_code(struct provider_run *run, const struct provider_event *event, const char *name, struct provider_step *step, struct span *ret_code);
/* Is there a reply that can be read at all? False: the step says no, and why. Any status will do. */
bool exchange_has_reply(const struct provider_event *event, enum exchange_content content, struct provider_step *step);
/* The reply as a JSON object (a new reference), whatever its status. NULL: the step says no. */
MUST_USE int exchange_read(const struct provider_event *event, enum exchange_content content, struct provider_step *step, json_t **ret_document);

/* No, for a reason of our own. */
int exchange_reject(struct provider_run *run, struct provider_step *step, struct span upstream_error, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The upstream answered with error @code and its own @message: no, with what @table knows about it; in a test (@is_test) yes where only the code is wrong. */
int exchange_refused(struct provider_run *run, struct provider_step *step, const struct exchange_error *table, bool is_test, struct span code, struct span message);
/* A TEST is passed. */
int exchange_passed(struct provider_step *step, const char *reason);
/* A code that no upstream has given out, for tests. */
MUST_USE int exchange_test_code(struct provider_run *run, struct span *ret_code);

/* The text or whole number at @key of a reply, in the run's arena; empty when there is none. */
MUST_USE int exchange_text(struct provider_run *run, const json_t *object, const char *key, struct span *ret_text);
/* The same of what says that the reply is an error: whatever else stands there is one too ("?"), unless it is null. */
MUST_USE int exchange_error_code(struct provider_run *run, const json_t *object, const char *key, struct span *ret_code);
/* "<name space>:<subject>": for subjects that are one application's own. Empty when @subject is. */
MUST_USE int exchange_subject(struct provider_run *run, struct span space, struct span subject, struct span *ret_subject);
/* For upstreams whose state may hold letters and digits only: the run's state in hexadecimal, and back again (a provider's state(); "missing" when there is
 * none, so that no cookie makes up for it). */
MUST_USE int exchange_plain_state(struct provider_run *run, struct span *ret_state);
struct span exchange_state_of_plain(const void *options, const struct provider_event *event, struct arena *arena);
/* For check(): @url must be https, or http on loopback. Empty is fine. */
void exchange_check_url(struct problems *problems, const struct yaml_node *map, const char *key, struct span url);
