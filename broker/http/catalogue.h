/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogue - every text a person reads, by key, in each language.
 *
 * A text is plain (it is escaped like data where it lands) and may name members of the page's data in braces: "Log in to
 * {client_name}". Immutable after loading; any thread may read.
 */
#pragma once

#include "broker/base/arena.h"

/* Languages, the first is the default; files are messages/<tag>.json. */
enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_COUNT };

struct catalogue_set;

/* Both catalogues; an operator's file (@override_dir may be NULL) replaces single texts and need not be complete. Kept in @arena.
 * ERR_CONFIG with a reason in @problem when a file is not an object of texts or the languages do not have the same keys. */
MUST_USE int catalogue_set_load(const char *override_dir, struct arena *arena, char *problem, size_t problem_size,
				const struct catalogue_set **ret_set);
/* The text; NULL pointer when the key does not exist. */
struct span catalogue_text(const struct catalogue_set *set, enum language language, struct span key);
/* Keys in order, for tests; NULL past the end. */
const char *catalogue_key_at(const struct catalogue_set *set, size_t i);

/* "zh-CN", "en": for <html lang> and the language cookie. */
const char *catalogue_tag(enum language language);
/* The best language of a list of tags: ui_locales (spaces, in order), Accept-Language (commas, q values; RFC 9110 12.5.4), or one
 * tag (cookie, query). Matching is by primary subtag, so zh, zh-Hans and zh-TW all give LANGUAGE_ZH. False leaves *@ret alone. */
bool catalogue_negotiate(struct span list, enum language *ret_language);
