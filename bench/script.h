/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script - what one connection of the load generator does over and over, read from a text file.
 *
 * One directive a line, its arguments separated by spaces, the last one taking the rest of the line. `${name}` in a request is
 * replaced by the connection's value of that name.
 *
 *   rows once|cycle|connection FILE NAME…   values from the tab-separated lines of FILE: a fresh line for every iteration
 *                                           (`once`: the run ends when none is left), or one line a connection for good
 *   jwks TARGET                             where the keys are that the sampled tokens must verify with
 *   jar                                     every iteration is a new browser: cookies are kept, and forgotten at its start
 *   emit TEXT                               after every iteration, a line for the output file
 *   step METHOD TARGET                      the next request of an iteration; what follows belongs to it
 *   header NAME: VALUE
 *   body TEXT
 *   status CODE…                            the expected answers
 *   capture NAME json KEY                   the string at KEY of a JSON body (any depth, first found)
 *   capture NAME query KEY                  a parameter of the Location header
 *   capture NAME location                   the Location header without scheme and authority
 *   capture NAME field KEY                  the value of the <input> with that name
 *   capture NAME action ID                  the action of the <form> with that id; `-`: of the first one
 *   json KEY [VALUE]                        sampled: the member is there (and prints as VALUE)
 *   jwt KEY                                 sampled: the member is a JWT with a good signature
 *   contains TEXT                           sampled: the body holds TEXT
 *   set-cookie NAME                         sampled: the answer sets that cookie (a prefix is enough)
 */
#pragma once

#include "broker/base/buf.h"

#define SCRIPT_STEPS_MAX 8
#define SCRIPT_VARS_MAX 16
#define SCRIPT_RULES_MAX 12
#define SCRIPT_STATUS_MAX 4

/* Text with holes: literal and variable in turn. */
struct piece {
	struct span text;
	int var; /* -1: literal only */
};

struct template {
	struct piece *pieces;
	size_t n;
};

enum rule_kind {
	CAPTURE_JSON, CAPTURE_QUERY, CAPTURE_LOCATION, CAPTURE_FIELD, CAPTURE_ACTION,
	CHECK_JSON, CHECK_JWT, CHECK_CONTAINS, CHECK_COOKIE,
};

struct rule {
	enum rule_kind kind;
	int var;           /* captures: where to */
	struct span key;   /* or the text looked for */
	struct span value; /* CHECK_JSON: what it must print as; empty: anything */
};

struct step {
	struct span method;
	struct template target, head, body;
	bool has_body;
	int status[SCRIPT_STATUS_MAX];
	size_t status_n;
	struct rule rules[SCRIPT_RULES_MAX];
	size_t rules_n;
};

enum rows_mode { ROWS_NONE, ROWS_ONCE, ROWS_CYCLE, ROWS_CONNECTION };

struct script {
	struct step steps[SCRIPT_STEPS_MAX];
	size_t steps_n;
	struct span vars[SCRIPT_VARS_MAX];
	size_t vars_n;
	enum rows_mode rows_mode;
	int rows_vars[SCRIPT_VARS_MAX];
	size_t rows_vars_n;
	struct span *rows;
	size_t rows_n;
	struct span jwks; /* empty: none */
	struct template emit;
	bool has_jar, has_emit;
};

/* Read @path; everything lives in @arena. On failure a message with the line number is on stderr and the result is not 0. */
MUST_USE int script_read(const char *path, struct arena *arena, struct script *ret_script);
/* Append @template with the holes filled from @values (indexed like script.vars). */
void script_expand(const struct template *template, const struct span *values, struct buf *buf);
