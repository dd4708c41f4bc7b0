/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_upload_rows - the rows of "uploads" and "files", and the uploads that are built in (domain.md T4, M4, M10, T16).
 */
#include "conf/config.h"
#include "conf/config_rows.h"

#define MIB (INT64_C(1024) * 1024)
#define IMAGES (1u << CONFIG_FILE_PNG | 1u << CONFIG_FILE_JPEG)
#define DOCUMENTS (IMAGES | 1u << CONFIG_FILE_PDF | 1u << CONFIG_FILE_DOC | 1u << CONFIG_FILE_DOCX)

static const char *const kinds[] = { "png", "jpeg", "pdf", "doc", "docx", NULL };

const char *config_file_kind_name(enum config_file_kind kind)
{
	return kinds[kind];
}

#define ROW(type, name, ...) { #name, type, offsetof(struct config_slot, name), __VA_ARGS__ }
static const struct option slot_rows[] = {
	ROW(OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE, .doc = "Stands in forms and records: a-z, 0-9, `_`. Never change it."),
	{ "title", OPTION_GROUP, offsetof(struct config_slot, title), .sub = config_text_rows, .doc = "What it is called." },
	{ "hint", OPTION_GROUP, offsetof(struct config_slot, hint), .sub = config_text_rows, .doc = "What to mind, beside kinds and size, which are always said." },
	ROW(OPTION_SET, kinds, .def = "png, jpeg, pdf, doc, docx", .values = kinds, .min = 1, .max = 5,
	    .doc = "What a file may be, judged by its content. Images are decoded and written anew; the others are kept as they are and only ever "
		   "offered for download."),
	ROW(OPTION_SIZE, max_size, .def = "10MiB", .min = 1024, .max = 32 * MIB, .doc = "Largest file."),
	ROW(OPTION_INT, max_count, .def = "5", .min = 1, .max = 20, .doc = "How many files."),
	ROW(OPTION_BOOL, required, .def = "false", .doc = "At least one is needed."),
	ROW(OPTION_PATH, template, .doc = "A file to download, fill in and hand in (风险承诺书)."),
	{ 0 },
};
#undef ROW

#define ROW(type, name, ...) { #name, type, offsetof(struct config_upload, name), __VA_ARGS__ }
const struct option config_upload_rows[] = {
	ROW(OPTION_STRING, id, .min = 1, .max = 32, .flags = OPTION_REQUIRED | OPTION_UNIQUE, .doc = "The procedure: a-z, 0-9, `-`."),
	{ "slots", OPTION_OBJECTS, offsetof(struct config_upload, slots), .sub = slot_rows, .size = sizeof(struct config_slot),
	  .doc = "What it asks for, in the order of the page." },
	{ 0 },
};
#undef ROW

#define ROW(type, name, ...) { #name, type, offsetof(struct config_files, name), __VA_ARGS__ }
const struct option config_file_rows[] = {
	ROW(OPTION_DURATION, loose_life, .def = "1d", .min = MS_MINUTE, .max = 30 * MS_DAY, .doc = "How long a file waits to be submitted."),
	ROW(OPTION_DURATION, rejected_life, .def = "180d", .min = MS_DAY, .max = 3650 * MS_DAY,
	    .doc = "How long files are kept after their submission was rejected, or their appeal was decided."),
	ROW(OPTION_INT, image_processes, .def = "2", .min = 1, .max = 32, .doc = "Images that are decoded at the same time, each in a process of its own."),
	{ 0 },
};
#undef ROW

#define TITLE(chinese, english) .title = { { chinese, sizeof chinese - 1 }, { english, sizeof english - 1 } }
#define NAME(text) { text, sizeof text - 1 }
/* M4: photos of the document, for review by a person. */
static const struct config_slot realname[] = {
	{ .id = NAME("id_front"), TITLE("证件照片（人像面）", "Document, side with the photo"), .kinds = IMAGES, .max_size = 10 * MIB, .max_count = 2, .required = true },
	{ .id = NAME("id_back"), TITLE("证件照片（另一面）", "Document, other side"), .kinds = IMAGES, .max_size = 10 * MIB, .max_count = 2 },
};
/* M6: of a unit. */
static const struct config_slot realname_legal[] = {
	{ .id = NAME("licence"), TITLE("营业执照或法人证书", "Business licence or certificate of legal person"), .kinds = IMAGES | 1u << CONFIG_FILE_PDF,
	  .max_size = 10 * MIB, .max_count = 2, .required = true },
	{ .id = NAME("rep_id"), TITLE("法定代表人证件照片", "Document of the legal representative"), .kinds = IMAGES, .max_size = 10 * MIB, .max_count = 2 },
	{ .id = NAME("authorisation"), TITLE("经办人授权书", "Authorisation of the handler"), .kinds = IMAGES | 1u << CONFIG_FILE_PDF, .max_size = 10 * MIB,
	  .max_count = 2 },
};
/* T16, with the limits of T4. */
static const struct config_slot unit_supplement[] = {
	{ .id = NAME("licence"), TITLE("营业执照或事业单位法人证书", "Business licence or certificate of legal person"), .kinds = DOCUMENTS, .max_size = 10 * MIB,
	  .max_count = 5, .required = true },
};
/* M10 */
static const struct config_slot appeal_natural[] = {
	{ .id = NAME("contact_id"), TITLE("证件照片", "Photo of the document"), .kinds = IMAGES, .max_size = MIB, .max_count = 2, .required = true },
};
static const struct config_slot appeal_legal[] = {
	{ .id = NAME("licence"), TITLE("法人证书", "Certificate of legal person"), .kinds = IMAGES, .max_size = MIB, .max_count = 2, .required = true },
	{ .id = NAME("contact_id"), TITLE("联系人证件照片", "Photo of the contact's document"), .kinds = IMAGES, .max_size = MIB, .max_count = 2, .required = true },
};

/* What shows that an old account is theirs. */
static const struct config_slot legacy_claim[] = {
	{ .id = NAME("proof"), TITLE("证明材料", "Documents that show it"), .kinds = IMAGES | 1u << CONFIG_FILE_PDF, .max_size = 10 * MIB, .max_count = 5 },
};

#define BUILT_IN(name, rows) { NAME(name), { rows, ARRAY_LEN(rows) } }
static const struct config_upload built_in[] = {
	BUILT_IN("realname", realname), BUILT_IN("realname-legal", realname_legal), BUILT_IN("unit-supplement", unit_supplement), BUILT_IN("appeal-natural", appeal_natural),
	BUILT_IN("appeal-legal", appeal_legal), BUILT_IN("legacy-claim", legacy_claim),
};

const struct config_upload *config_upload(const struct config *config, struct span id)
{
	for (size_t i = 0; i < config->uploads.n; i++)
		if (span_eq(config->uploads.items[i].id, id))
			return &config->uploads.items[i];
	for (size_t i = 0; i < ARRAY_LEN(built_in); i++)
		if (span_eq(built_in[i].id, id))
			return &built_in[i];
	return NULL;
}

const struct config_slot *config_slot(const struct config_upload *upload, struct span id)
{
	for (size_t i = 0; i < upload->slots.n; i++)
		if (span_eq(upload->slots.items[i].id, id))
			return &upload->slots.items[i];
	return NULL;
}
