/* SPDX-License-Identifier: Apache-2.0 */
/*
 * media - what a file is, judged by its own bytes from the first one on. Pure.
 *
 * What a library guesses is no gate: libmagic calls HTML with %PDF in it a PDF (libraries.md 6). Images are decoded afterwards, in a process of
 * their own (image.h); the others are kept as they are, so for them this is all, and it is strict about what may be hidden in them.
 * PNG (ISO/IEC 15948) 5.2; JPEG (ITU-T T.81) B.1; PDF (ISO 32000) 7.5; [MS-CFB] 2.2; ZIP APPNOTE 4.3; ASVS 5.0 5.2.2, 5.2.3
 */
#pragma once

#include "broker/base/error.h"

/* In the order of conf's enum config_file_kind. */
enum media { MEDIA_PNG, MEDIA_JPEG, MEDIA_PDF, MEDIA_DOC, MEDIA_DOCX, MEDIA_COUNT };

struct media_row {
	const char *type;          /* "image/png" */
	const char *extensions[3]; /* as people name such files, the first one is ours; ends with NULL */
	bool is_image;
};
extern const struct media_row media_rows[MEDIA_COUNT];

/* Bytes that can be read from any place. */
struct media_source {
	int (*read)(void *arg, uint64_t offset, char *out, size_t n, size_t *ret_n);
	void *arg;
	uint64_t size;
};

/* Exactly @n bytes from @offset on: ERR_FILE_BROKEN when it ends before. */
MUST_USE int media_read(const struct media_source *source, uint64_t offset, char *out, size_t n);
/* ERR_FILE_TYPE: nothing that we know. ERR_FILE_BROKEN: it begins as one, but is cut off, or holds what such a file does not: a program, an
 * archive that unfolds into hundreds of megabytes. */
MUST_USE int media_recognise(const struct media_source *source, enum media *ret_media);
/* Does @name end as a file of @media is named? Of images any image's ending will do: programs mix them up. */
bool media_fits_name(enum media media, struct span name);
/* By its type, MEDIA_COUNT for none. */
enum media media_of_type(struct span type);

/* media_zip.c: the directory of an archive, as a Word document has it. */
MUST_USE int media_check_docx(const struct media_source *source);
