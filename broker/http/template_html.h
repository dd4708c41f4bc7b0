/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_html - where in HTML a template stands, so that a hole is escaped for its place or refused.
 *
 * A tokenizer of the part of HTML that templates may use (WHATWG HTML 13.2.5); what it does not follow exactly it refuses.
 */
#pragma once

#include "broker/base/base.h"

enum template_place { PLACE_TEXT, PLACE_URL, PLACE_IMAGE, PLACE_URL_PART };

enum template_html_state {
	HTML_TEXT, HTML_TAG_OPEN, HTML_TAG_NAME, HTML_TAG, HTML_NAME, HTML_AFTER_NAME, HTML_BEFORE_VALUE,
	HTML_VALUE, HTML_BARE, HTML_MARKUP, HTML_DOCTYPE, HTML_COMMENT, HTML_RAW, HTML_RAW_END,
};

struct template_html {
	enum template_html_state state;
	char tag[16], attribute[24]; /* lower case */
	bool is_end_tag;
	char quote;
	/* Of a URL so far: nothing, a literal that may yet become anything, a hole, or a beginning that settles scheme and host. */
	enum { VALUE_EMPTY, VALUE_OPEN, VALUE_HOLE, VALUE_SAFE } value;
	/* Not part of the context that sections compare. */
	char head[10];  /* how the value, the markup declaration or the raw end begins */
	unsigned head_n;
	unsigned dashes; /* at the end of a comment so far */
};

/* Take the next literal characters; NULL, or why they are refused (at @text's offset *@ret_at). */
const char *template_html_feed(struct template_html *html, struct span text, size_t *ret_at);
/* A hole here: NULL and its @ret_place, or why it is refused. */
const char *template_html_hole(struct template_html *html, enum template_place *ret_place);
/* Before a section begins or ends: behind "checked " an attribute is over, and a '=' may not follow on the far side. */
void template_html_settle(struct template_html *html);
/* Whether two places are the same context: a section must end where it began. */
bool template_html_same(const struct template_html *a, const struct template_html *b);
