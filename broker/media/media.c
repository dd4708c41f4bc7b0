/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/media/media.h"

#define TAIL 2048 /* where %%EOF stands in a PDF; writers add a little behind it */
#define BLOCK 4096

const struct media_row media_rows[MEDIA_COUNT] = {
	[MEDIA_PNG] = { "image/png", { "png" }, true },
	[MEDIA_JPEG] = { "image/jpeg", { "jpg", "jpeg" }, true },
	[MEDIA_PDF] = { "application/pdf", { "pdf" }, false },
	[MEDIA_DOC] = { "application/msword", { "doc" }, false },
	[MEDIA_DOCX] = { "application/vnd.openxmlformats-officedocument.wordprocessingml.document", { "docx" }, false },
};

int media_read(const struct media_source *source, uint64_t offset, char *out, size_t n)
{
	while (n) {
		size_t got;

		TRY(source->read(source->arg, offset, out, n, &got));
		if (!got)
			return ERR_FILE_BROKEN;
		out += got, offset += got, n -= got;
	}
	return 0;
}

static int check_pdf(const struct media_source *source)
{
	size_t n = source->size < TAIL ? (size_t)source->size : TAIL;
	char tail[TAIL];

	TRY(media_read(source, source->size - n, tail, n));
	return memmem(tail, n, "%%EOF", 5) ? 0 : ERR_FILE_BROKEN;
}

/* A compound file may be anything, an installer too. Word's has a stream of this name; directory entries stand at multiples of 128. */
static int check_doc(const struct media_source *source)
{
	static const char word[] = "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0"; /* its last zero is that of the terminator */
	static const char order[] = { (char)0xfe, (char)0xff };
	char block[BLOCK];

	if (source->size < 1536 || media_read(source, 28, block, 2) || memcmp(block, order, 2) != 0)
		return ERR_FILE_BROKEN;
	for (uint64_t at = 0; at < source->size; at += BLOCK) {
		size_t n = source->size - at < BLOCK ? (size_t)(source->size - at) : BLOCK;

		TRY(media_read(source, at, block, n));
		for (size_t i = 0; i + sizeof word <= n; i += 128)
			if (memcmp(block + i, word, sizeof word) == 0)
				return 0;
	}
	return ERR_FILE_TYPE;
}

static int check_image(const struct media_source *source)
{
	return 0; /* decoding says */
}

static const struct {
	enum media media;
	struct span signature; /* at the first byte */
	int (*check)(const struct media_source *source);
} signatures[] = {
	{ MEDIA_PNG, SPAN("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), check_image },
	{ MEDIA_JPEG, SPAN("\xff\xd8\xff"), check_image },
	{ MEDIA_PDF, SPAN("%PDF-1."), check_pdf },
	{ MEDIA_PDF, SPAN("%PDF-2."), check_pdf },
	{ MEDIA_DOC, SPAN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), check_doc },
	{ MEDIA_DOCX, SPAN("PK\x03\x04"), media_check_docx },
};

int media_recognise(const struct media_source *source, enum media *ret_media)
{
	char head[16];
	size_t n = source->size < sizeof head ? (size_t)source->size : sizeof head;

	TRY(media_read(source, 0, head, n));
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++)
		if (span_starts((struct span){ head, n }, signatures[i].signature)) {
			TRY(signatures[i].check(source));
			*ret_media = signatures[i].media;
			return 0;
		}
	return ERR_FILE_TYPE;
}

static bool has_extension(const struct media_row *row, struct span extension)
{
	for (size_t i = 0; row->extensions[i]; i++)
		if (span_eq_nocase(extension, span_of(row->extensions[i])))
			return true;
	return false;
}

bool media_fits_name(enum media media, struct span name)
{
	const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;

	if (!dot)
		return false;
	struct span extension = { dot + 1, name.n - (size_t)(dot - name.p) - 1 };
	for (size_t i = 0; i < MEDIA_COUNT; i++)
		if ((i == media || (media_rows[i].is_image && media_rows[media].is_image)) && has_extension(&media_rows[i], extension))
			return true;
	return false;
}

enum media media_of_type(struct span type)
{
	enum media media = 0;

	while (media < MEDIA_COUNT && !span_is(type, media_rows[media].type))
		media++;
	return media;
}
