/* SPDX-License-Identifier: Apache-2.0 */
/* config_upload - files that people hand in. */
#pragma once

#include "conf/config_base.h"

struct config;

/* What a file may be. Bits of config_slot.kinds. */
enum config_file_kind { CONFIG_FILE_PNG, CONFIG_FILE_JPEG, CONFIG_FILE_PDF, CONFIG_FILE_DOC, CONFIG_FILE_DOCX };

/* A place for files of one meaning, of one or several of them. */
struct config_slot {
	struct span id;
	struct config_text title, hint;
	uint32_t kinds; /* bits 1 << enum config_file_kind */
	int64_t max_size, max_count;
	bool required;
	struct span template; /* path of a file to fill in; empty: none */
};

struct config_slots {
	const struct config_slot *items;
	size_t n;
};

/* What one procedure asks for. */
struct config_upload {
	struct span id;
	struct config_slots slots;
};

struct config_uploads {
	const struct config_upload *items;
	size_t n;
};

struct config_files {
	int64_t loose_life, rejected_life;
	int64_t image_processes;
};

/* What the procedure @id asks for: as configured, else as built in; NULL for neither. */
const struct config_upload *config_upload(const struct config *config, struct span id);
const struct config_slot *config_slot(const struct config_upload *upload, struct span id);
/* "png" … */
const char *config_file_kind_name(enum config_file_kind kind);
