/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template - HTML pages from templates: compiled once, checked at load time, escaped always.
 *
 * The language is a small mustache:
 *   {{name}} {{a.b}} {{.}}     a value, escaped for where it stands; there is no way to write it raw
 *   {{#s}}…{{/s}}              for each of an array; once with an object, a text, a number or true as context
 *   {{^s}}…{{/s}}              when absent, null, false, 0, "" or empty
 *   {{#?s}}…{{/?s}}            once when it is none of these, whatever it is; the context stays
 *   {{#s=text}}…{{/s=text}}    when the value is that text
 *   {{t:key}}                  the catalogue's text; {member} in the text is looked up like a value
 *   {{t:error.@code.phone}}    the key's middle comes from data: error.<code>.phone, else error.<code>, else error.default
 *   {{asset:site.css}}         the path of an asset
 *   {{>field name="phone"}}    a partial; [[name]] in it is replaced by the argument, [[name?]] may be left out
 *   {{<layout}}                first in a page: the page is put where the layout says {{$content}}
 *   {{! remark }}
 * "page" and "lang" are always there: the template's name and the language tag. So is "other_lang": the other language's tag.
 *
 * Loading refuses, with template and line: a hole in <script>, <style>, a comment, a tag or attribute name, an unquoted attribute,
 * an event handler, style, srcdoc, srcset, or any attribute of an element that loads or embeds (base, meta, link, iframe, object,
 * embed); a section that does not end in the HTML context where it began; an unknown key, asset or partial. A hole that begins a
 * URL attribute lets pass http, https and paths of our own, and becomes "#" otherwise; one further inside is percent-encoded.
 */
#pragma once

#include "broker/base/buf.h"
#include "broker/http/catalogue.h"
#include "web/asset.h"

#include "broker/base/json.h"

struct template_set;

struct template_problem {
	char text[256]; /* "login.html:12: a hole in <script>" */
};

/* Catalogues, assets and every page, compiled. @override_dir: operator's directory or NULL. ERR_CONFIG (or ERR_TOO_LARGE) with the
 * reason in @problem; FAULT_MEMORY, FAULT_IO. The set never changes: a reload loads another one and swaps. */
MUST_USE int template_set_load(const char *override_dir, struct template_problem *problem, struct template_set **ret_set);
void template_set_free(struct template_set *set);
DEFINE_CLEANUP(struct template_set, template_set_cleanup, template_set_free)

const struct asset_set *template_set_assets(const struct template_set *set);
const struct catalogue_set *template_set_catalogues(const struct template_set *set);
/* Page names in order, for tests and tools; NULL past the end. */
const char *template_page_at(const struct template_set *set, size_t i);

/* Append page @page ("login") in @language with @data (an object, or NULL) to @out. FAULT_BUG for an unknown page; memory failure
 * is sticky in @out. What each page takes: web/PAGES.md. */
MUST_USE int template_render(const struct template_set *set, const char *page, enum language language, const json_t *data,
			     struct buf *out);
