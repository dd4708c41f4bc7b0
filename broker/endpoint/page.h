/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page - the data of pages: what every page of an interaction shows, and small helpers to put texts into JSON.
 */
#pragma once

#include "broker/endpoint/interaction.h"

/* {"interaction", "client_name", "action"} of @interaction: forms go where the page is, and may end at the client. NULL without memory (json setters take that). */
json_t *page_new(struct request *rq, const struct interaction *interaction);
/* conf's name of a language. */
int page_config_language(enum language language);
/* A configured text in the language of @rq's page. */
struct span page_text(struct request *rq, const struct config_text *text);
/* A member, left out when @value is empty. */
void page_set(json_t *data, const char *key, struct span value);
/* "2026-01-31 09:05", as in China; left out when it is not set. */
void page_set_time(json_t *data, const char *key, struct instant t);
/* The id as addresses carry it; left out when it is not set. */
void page_set_id(json_t *data, const char *key, struct id id);
void page_set_int(json_t *data, const char *key, int64_t value);
void page_set_true(json_t *data, const char *key);
/* {"code": …, "wait": …} under "error"; @wait 0: none. */
void page_set_error(json_t *data, int error, unsigned wait);
/* errors.<field>.code */
void page_set_field_error(json_t *data, const char *field, int error);
/* values.<field> */
void page_set_value(json_t *data, const char *field, struct span value);
/* The status that goes with a page that shows @error: 200 for none. */
int page_status(int error);
/* Is @error one that a page of the flow shows inline, so that the person can try again? */
bool page_is_inline(int error);
