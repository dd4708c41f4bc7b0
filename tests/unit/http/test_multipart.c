/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/buf.h"
#include "broker/http/multipart.h"
#include "tests/unit/suite.h"

#define TYPE "multipart/form-data; boundary=AaB03x"
#define D "--AaB03x\r\n"
#define NEXT "\r\n--AaB03x\r\n"
#define END "\r\n--AaB03x--\r\n"
#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_(name, file) "Content-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\nContent-Type: application/octet-stream\r\n\r\n"

/* What came out, written down: name=text; or name<file name>=text; */
static const struct {
	const char *name;
	struct span type, body;
	int want;
	struct span written;
} rows[] = {
	{ "a field and a file, as in RFC 7578", SPAN(TYPE), SPAN(D FIELD("field1") "Joe owes =E2=82=AC100." NEXT FILE_("pics", "file1.txt") "contents" END), 0,
	  SPAN("field1=Joe owes =E2=82=AC100.;pics<file1.txt>=contents;") },
	{ "a quoted boundary", SPAN("Multipart/Form-Data ; charset=utf-8; Boundary=\"AaB03x\""), SPAN(D FIELD("a") "b" END), 0, SPAN("a=b;") },
	{ "no parts at all", SPAN(TYPE), SPAN("--AaB03x--"), 0, SPAN("") },
	{ "no line end after the end", SPAN(TYPE), SPAN(D FIELD("a") "b\r\n--AaB03x--"), 0, SPAN("a=b;") },
	{ "an empty field", SPAN(TYPE), SPAN(D FIELD("a") END), 0, SPAN("a=;") },
	{ "no file was chosen", SPAN(TYPE), SPAN(D FILE_("f", "") END), 0, SPAN("f<>=;") },
	{ "one name, several files", SPAN(TYPE), SPAN(D FILE_("f", "a") "1" NEXT FILE_("f", "b") "2" END), 0, SPAN("f<a>=1;f<b>=2;") },
	{ "what looks like a delimiter", SPAN(TYPE), SPAN(D FIELD("a") "\r\n--AaB03\r\r\n\r\n--AaB03y\r\n-" END), 0, SPAN("a=\r\n--AaB03\r\r\n\r\n--AaB03y\r\n-;") },
	{ "line ends right before the delimiter", SPAN(TYPE), SPAN(D FIELD("a") "\r\n\r\r\n" END), 0, SPAN("a=\r\n\r\r\n;") },
	{ "a boundary in the middle of a line", SPAN(TYPE), SPAN(D FIELD("a") "x--AaB03x--" END), 0, SPAN("a=x--AaB03x--;") },
	{ "a Windows path", SPAN(TYPE), SPAN(D FILE_("f", "C:\\docs\\a.png") "1" END), 0, SPAN("f<a.png>=1;") },
	{ "a path", SPAN(TYPE), SPAN(D FILE_("f", "../../etc/passwd") "1" END), 0, SPAN("f<passwd>=1;") },
	{ "a directory", SPAN(TYPE), SPAN(D FILE_("f", "etc/") "1" END), 0, SPAN("f<>=1;") },
	{ "a Chinese name", SPAN(TYPE), SPAN(D FILE_("f", "营业执照.png") "1" END), 0, SPAN("f<营业执照.png>=1;") },
	{ "a name that turns the direction of writing", SPAN(TYPE), SPAN(D FILE_("f", "a\u202efdp.exe") "1" END), 0, SPAN("f<a_fdp.exe>=1;") },
	{ "a token for a name", SPAN(TYPE), SPAN(D "content-disposition:form-data;name=a\r\n\r\nb" END), 0, SPAN("a=b;") },
	{ "an encoding that is none", SPAN(TYPE), SPAN(D "Content-Transfer-Encoding: binary\r\n" FIELD("a") "b" END), 0, SPAN("a=b;") },

	{ "another type", SPAN("multipart/mixed; boundary=AaB03x"), SPAN(""), ERR_MEDIA_TYPE, SPAN("") },
	{ "no boundary", SPAN("multipart/form-data"), SPAN(""), ERR_MALFORMED, SPAN("") },
	{ "an empty boundary", SPAN("multipart/form-data; boundary=\"\""), SPAN(""), ERR_MALFORMED, SPAN("") },
	{ "two boundaries", SPAN(TYPE "; boundary=other"), SPAN("--AaB03x--"), ERR_MALFORMED, SPAN("") },
	{ "a boundary with a line end", SPAN("multipart/form-data; boundary=\"a\r\nb\""), SPAN(""), ERR_MALFORMED, SPAN("") },
	{ "a boundary of 71 characters", SPAN("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), SPAN(""),
	  ERR_MALFORMED, SPAN("") },
	{ "nothing", SPAN(TYPE), SPAN(""), ERR_MALFORMED, SPAN("") },
	{ "a preamble", SPAN(TYPE), SPAN("hello\r\n" D FIELD("a") "b" END), ERR_MALFORMED, SPAN("") },
	{ "an epilogue", SPAN(TYPE), SPAN(D FIELD("a") "b" END "more"), ERR_MALFORMED, SPAN("a=b;") },
	{ "the end is missing", SPAN(TYPE), SPAN(D FIELD("a") "b" "\r\n--AaB03x"), ERR_MALFORMED, SPAN("a=b;") },
	{ "cut off in a part", SPAN(TYPE), SPAN(D FIELD("a") "b"), ERR_MALFORMED, SPAN("a=b") },
	{ "padding behind the delimiter", SPAN(TYPE), SPAN("--AaB03x \r\n" FIELD("a") "b" END), ERR_MALFORMED, SPAN("") },
	{ "bare line feeds", SPAN(TYPE), SPAN("--AaB03x\nContent-Disposition: form-data; name=\"a\"\n\nb\n--AaB03x--"), ERR_MALFORMED, SPAN("") },
	{ "a bare line feed in a head", SPAN(TYPE), SPAN(D "A: b\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "no disposition", SPAN(TYPE), SPAN(D "Content-Type: text/plain\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "no head", SPAN(TYPE), SPAN(D "\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "two dispositions", SPAN(TYPE), SPAN(D "Content-Disposition: form-data; name=x\r\n" FIELD("a") "b" END), ERR_MALFORMED, SPAN("") },
	{ "two types", SPAN(TYPE), SPAN(D "Content-Type: a/b\r\n" FILE_("f", "n") "b" END), ERR_MALFORMED, SPAN("") },
	{ "two names", SPAN(TYPE), SPAN(D "Content-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "two file names", SPAN(TYPE), SPAN(D "Content-Disposition: form-data; name=a; filename=b; filename=c\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "a file name in an encoding of its own", SPAN(TYPE), SPAN(D "Content-Disposition: form-data; name=a; filename*=UTF-8''b\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "no name", SPAN(TYPE), SPAN(D "Content-Disposition: form-data; filename=a\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "another disposition", SPAN(TYPE), SPAN(D "Content-Disposition: attachment; name=a\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "an open quote", SPAN(TYPE), SPAN(D "Content-Disposition: form-data; name=\"a\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "a quote inside of quotes", SPAN(TYPE), SPAN(D "Content-Disposition: form-data; name=\"a\\\"; x\"\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "a folded line", SPAN(TYPE), SPAN(D "Content-Disposition: form-data;\r\n name=a\r\n\r\nb" END), ERR_MALFORMED, SPAN("") },
	{ "multiparts within", SPAN(TYPE), SPAN(D "Content-Type: multipart/mixed; boundary=b\r\n" FIELD("a") END), ERR_MALFORMED, SPAN("") },
	{ "base64", SPAN(TYPE), SPAN(D "Content-Transfer-Encoding: base64\r\n" FIELD("a") "Yg==" END), ERR_MALFORMED, SPAN("") },
	{ "a name that is no UTF-8", SPAN(TYPE), SPAN(D FILE_("f", "\xff.png") "1" END), ERR_MALFORMED, SPAN("") },
};

static int begin(void *arg, const struct multipart_head *head)
{
	struct buf *out = arg;

	buf_add(out, head->name);
	if (head->file_name.p)
		buf_printf(out, "<" SPAN_FMT ">", SPAN_ARG(head->file_name));
	buf_char(out, '=');
	return 0;
}

static int data(void *arg, struct span bytes)
{
	buf_add(arg, bytes);
	return 0;
}

static int end(void *arg)
{
	buf_char(arg, ';');
	return 0;
}

static int read_in_pieces(struct span type, struct span body, size_t piece, struct buf *out)
{
	struct multipart_sink sink = { begin, data, end, out };
	struct multipart multipart;

	TRY(multipart_init(&multipart, type, &sink));
	while (body.n) {
		size_t n = body.n < piece ? body.n : piece;

		TRY(multipart_feed(&multipart, (struct span){ body.p, n }));
		body = (struct span){ body.p + n, body.n - n };
	}
	return multipart_finish(&multipart);
}

START_TEST(bodies)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);

	for (size_t piece = 1; piece <= rows[_i].body.n + 1; piece++) {
		struct buf out = buf_new(arena, 64);

		ROW_INT(rows[_i].name, read_in_pieces(rows[_i].type, rows[_i].body, piece, &out), rows[_i].want);
		if (!rows[_i].want)
			ROW_SPAN(rows[_i].name, buf_span(&out), rows[_i].written);
		arena_reset(arena);
	}
}
END_TEST

START_TEST(caps)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(256 * 1024);
	struct buf body = buf_new(arena, 64), out = buf_new(arena, 64);

	buf_str(&body, D "X: ");
	for (int i = 0; i < MULTIPART_HEAD_MAX; i++)
		buf_char(&body, 'x');
	ck_assert_int_eq(read_in_pieces(SPAN(TYPE), buf_span(&body), 7, &out), ERR_TOO_LARGE);

	body.n = 0;
	buf_str(&body, D);
	for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
		buf_str(&body, FIELD("a") "b" NEXT);
	ck_assert_int_eq(read_in_pieces(SPAN(TYPE), buf_span(&body), 1000, &out), ERR_TOO_LARGE);

	body.n = 0;
	buf_str(&body, D);
	for (int i = 0; i <= MULTIPART_HEADERS_MAX; i++)
		buf_str(&body, "X: y\r\n");
	buf_str(&body, FIELD("a") "b" END);
	ck_assert_int_eq(read_in_pieces(SPAN(TYPE), buf_span(&body), 1000, &out), ERR_MALFORMED);
}
END_TEST

/* What ends the reading is what the sink said. */
static int refuse(void *arg, struct span bytes)
{
	return ERR_FULL;
}

START_TEST(the_sink_ends_it)
{
	struct multipart_sink sink = { begin, refuse, end, NULL };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(4096);
	struct buf out = buf_new(arena, 64);
	struct multipart multipart;

	sink.arg = &out;
	ck_assert_int_eq(multipart_init(&multipart, SPAN(TYPE), &sink), 0);
	ck_assert_int_eq(multipart_feed(&multipart, SPAN(D FIELD("a") "b")), ERR_FULL);
}
END_TEST

START_TEST(long_names_are_cut_between_characters)
{
	char text[600], out[MULTIPART_FILE_NAME_MAX + 1];
	struct span name;

	for (size_t i = 0; i < 200; i++)
		memcpy(text + 3 * i, "照", 3);
	ck_assert_int_eq(multipart_file_name((struct span){ text, 600 }, out, &name), 0);
	ck_assert_uint_eq(name.n, 255);
}
END_TEST

int main(void)
{
	return suite_run("multipart", (struct suite_test[]){ SUITE_LOOP(bodies, ARRAY_LEN(rows)), SUITE_ONCE(caps), SUITE_ONCE(the_sink_ends_it),
							     SUITE_ONCE(long_names_are_cut_between_characters), SUITE_END });
}
