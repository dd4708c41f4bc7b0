/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_data - a multipart body as it grows: text fields in the request's arena, files in one sealed scratch file. Inside broker/http only.
 */
#pragma once

#include "broker/http/part.h"

#include "broker/base/buf.h"
#include "broker/http/multipart.h"
#include "broker/http/params.h"

struct form_file {
	struct http_part part;
	size_t param; /* index of its row's parameter */
	struct form_file *next;
};

struct form_field {
	struct span name, value;
	struct form_field *next;
};

struct form_data {
	struct request *rq;
	const struct param_spec *specs;
	const char *spool_dir;
	_Atomic uint64_t *spooled; /* by all requests of the server */
	uint64_t spool_max, own_spooled;
	size_t text_max, text_n;   /* bytes of text fields */
	struct multipart multipart;
	struct sealed_file *spool;
	struct form_file *files, **files_end, *file; /* @file: growing; NULL: the part's bytes are dropped */
	struct form_field *fields, **fields_end, *field;
	struct buf text;
	int error; /* the first */
};

/* Limits and the place for files, from the server's options. */
struct form_limits {
	const char *spool_dir;
	_Atomic uint64_t *spooled;
	uint64_t spool_max;
	size_t text_max;
};

/* Results as multipart_init. */
MUST_USE int form_data_new(struct request *rq, struct span content_type, const struct form_limits *limits, struct form_data **ret_form);
/* An error is kept until form_data_collect. */
void form_data_feed(struct form_data *form, struct span bytes);
/* The body is whole: its fields become parameters. */
MUST_USE int form_data_collect(struct form_data *form, struct params *params);
/* Gives the scratch file back; @form may be NULL. */
void form_data_free(struct form_data *form);
