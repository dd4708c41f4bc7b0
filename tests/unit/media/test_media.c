/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/media/media.h"
#include "tests/unit/suite.h"

/* An archive with one stored entry of each name; the directory is written by hand so that every row says what it means. */
#define LOCAL(name, n) "PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" n "\0\0\0" name
#define ENTRY(name, n, at, size) \
	"PK\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" size n "\0\0\0\0\0\0\0\0\0\0\0\0\0" at "\0\0\0" name
#define FINISH(entries, size, at) "PK\x05\x06\0\0\0\0" entries "\0" entries "\0" size "\0\0\0" at "\0\0\0\0\0"
#define TYPES "[Content_Types].xml" /* 19 */
#define DOCUMENT "word/document.xml" /* 17 */
#define NONE "\0\0\0\0"
/* local: 30 + 19 = 49, 30 + 17 = 47, so 96 in all; directory: 46 + 19 = 65, 46 + 17 = 63, so 128 */
#define BODY LOCAL(TYPES, "\x13") LOCAL(DOCUMENT, "\x11")
#define DIRECTORY ENTRY(TYPES, "\x13", "\0", NONE) ENTRY(DOCUMENT, "\x11", "\x31", NONE)

static const struct {
	const char *name;
	struct span bytes;
	int want;
	enum media media;
} rows[] = {
	{ "PNG", SPAN("\x89PNG\r\n\x1a\n\0\0\0\rIHDR…"), 0, MEDIA_PNG },
	{ "PNG whose first chunk is another", SPAN("\x89PNG\r\n\x1a\n\0\0\0\rtEXt…"), ERR_FILE_TYPE, 0 },
	{ "JPEG", SPAN("\xff\xd8\xff\xe0"), 0, MEDIA_JPEG },
	{ "PDF", SPAN("%PDF-1.7\n%%EOF\n"), 0, MEDIA_PDF },
	{ "PDF 2", SPAN("%PDF-2.0\n%%EOF"), 0, MEDIA_PDF },
	{ "PDF without an end", SPAN("%PDF-1.7\n"), ERR_FILE_BROKEN, 0 },
	{ "PDF behind a space", SPAN(" %PDF-1.7\n%%EOF"), ERR_FILE_TYPE, 0 },
	{ "HTML with a PDF in it", SPAN("<html>%PDF-1.7\n%%EOF"), ERR_FILE_TYPE, 0 },
	{ "nothing", SPAN(""), ERR_FILE_TYPE, 0 },
	{ "one byte", SPAN("\x89"), ERR_FILE_TYPE, 0 },
	{ "GIF", SPAN("GIF89a"), ERR_FILE_TYPE, 0 },
	{ "a compound file that ends at once", SPAN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ERR_FILE_BROKEN, 0 },
	{ "docx", SPAN(BODY DIRECTORY FINISH("\x02", "\x80", "\x60")), 0, MEDIA_DOCX },
	{ "docx with a comment behind it", SPAN(BODY DIRECTORY "PK\x05\x06\0\0\0\0\x02\0\x02\0\x80\0\0\0\x60\0\0\0\x01\0x"), ERR_FILE_BROKEN, 0 },
	{ "docx with bytes behind it", SPAN(BODY DIRECTORY FINISH("\x02", "\x80", "\x60") "x"), ERR_FILE_BROKEN, 0 },
	{ "docx with bytes between", SPAN(BODY "xx" DIRECTORY FINISH("\x02", "\x80", "\x60")), ERR_FILE_BROKEN, 0 },
	{ "docx that says it has more entries", SPAN(BODY DIRECTORY FINISH("\x03", "\x80", "\x60")), ERR_FILE_BROKEN, 0 },
	{ "docx that says it has fewer", SPAN(BODY DIRECTORY FINISH("\x01", "\x80", "\x60")), ERR_FILE_BROKEN, 0 },
	{ "docx whose first entry begins elsewhere",
	  SPAN(BODY ENTRY(TYPES, "\x13", "\x01", NONE) ENTRY(DOCUMENT, "\x11", "\x31", NONE) FINISH("\x02", "\x80", "\x60")), ERR_FILE_BROKEN, 0 },
	{ "docx that unfolds into 4 GB",
	  SPAN(BODY ENTRY(TYPES, "\x13", "\0", NONE) ENTRY(DOCUMENT, "\x11", "\x31", "\xff\xff\xff\xff") FINISH("\x02", "\x80", "\x60")), ERR_FILE_BROKEN, 0 },
	{ "an archive that is no docx", SPAN(LOCAL("[Content_Typez].xml", "\x13") ENTRY("[Content_Typez].xml", "\x13", "\0", NONE) FINISH("\x01", "\x41", "\x31")),
	  ERR_FILE_TYPE, 0 },
	{ "an archive that climbs out", SPAN(LOCAL("../a", "\x04") ENTRY("../a", "\x04", "\0", NONE) FINISH("\x01", "\x32", "\x22")), ERR_FILE_BROKEN, 0 },
	{ "an archive with an absolute name", SPAN(LOCAL("/abc", "\x04") ENTRY("/abc", "\x04", "\0", NONE) FINISH("\x01", "\x32", "\x22")), ERR_FILE_BROKEN, 0 },
	{ "a macro in capitals", SPAN(LOCAL("VBAPROJECT", "\x0a") ENTRY("VBAPROJECT", "\x0a", "\0", NONE) FINISH("\x01", "\x38", "\x28")), ERR_FILE_BROKEN, 0 },
	{ "only the head of an archive", SPAN("PK\x03\x04"), ERR_FILE_BROKEN, 0 },
};

/* Three bytes at a time: nothing relies on getting all at once. */
static int read_some(void *arg, uint64_t offset, char *out, size_t n, size_t *ret_n)
{
	const struct span *in = arg;

	*ret_n = offset >= in->n ? 0 : in->n - offset < n ? in->n - offset : n;
	if (*ret_n > 3)
		*ret_n = 3;
	if (*ret_n)
		memcpy(out, in->p + offset, *ret_n);
	return 0;
}

START_TEST(recognised)
{
	struct span bytes = rows[_i].bytes;
	struct media_source source = { read_some, &bytes, bytes.n };
	enum media media = MEDIA_COUNT;

	ROW_INT(rows[_i].name, media_recognise(&source, &media), rows[_i].want);
	if (!rows[_i].want)
		ROW_INT(rows[_i].name, media, rows[_i].media);
}
END_TEST

/* What cuts a file off anywhere is seen. */
START_TEST(cut_off)
{
	struct span whole = SPAN(BODY DIRECTORY FINISH("\x02", "\x80", "\x60"));

	for (size_t n = 4; n < whole.n; n++) {
		struct span bytes = { whole.p, n };
		struct media_source source = { read_some, &bytes, n };
		enum media media;

		ck_assert_int_eq(media_recognise(&source, &media), ERR_FILE_BROKEN);
	}
}
END_TEST

static const struct {
	const char *name;
	enum media media;
	struct span file;
	bool fits;
} names[] = {
	{ "as it should be", MEDIA_PDF, SPAN("a.pdf"), true },
	{ "in capitals", MEDIA_PDF, SPAN("A.PDF"), true },
	{ "a picture of another kind", MEDIA_PNG, SPAN("a.jpeg"), true },
	{ "two endings, the last one counts", MEDIA_PDF, SPAN("a.pdf.exe"), false },
	{ "two endings, the last one is good", MEDIA_PDF, SPAN("a.exe.pdf"), true },
	{ "no ending", MEDIA_PDF, SPAN("pdf"), false },
	{ "an empty ending", MEDIA_PDF, SPAN("pdf."), false },
	{ "nothing", MEDIA_PDF, SPAN(""), false },
	{ "doc is not docx", MEDIA_DOCX, SPAN("a.doc"), false },
	{ "a picture called a document", MEDIA_PNG, SPAN("a.pdf"), false },
};

START_TEST(fits_name)
{
	ROW_INT(names[_i].name, media_fits_name(names[_i].media, names[_i].file), names[_i].fits);
}
END_TEST

int main(void)
{
	return suite_run("media", (struct suite_test[]){ SUITE_LOOP(recognised, ARRAY_LEN(rows)), SUITE_ONCE(cut_off), SUITE_LOOP(fits_name, ARRAY_LEN(names)),
							 SUITE_END });
}
