/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts are XML as CAS speaks it, what is read from them, and that nothing else passes. */
#include "broker/base/error.h"
#include "providers/xml.h"
#include "tests/unit/suite.h"

#define NS " xmlns:c=\"urn:c\""

/* The pieces, written as "+name[attribute=value] 'text' -name". NULL: it is malformed. */
static const struct {
	const char *name, *text, *want;
} rows[] = {
	{ "an element", "<c:a" NS "/>", "+a -a " },
	{ "with a declaration, and white space around", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<c:a" NS "> </c:a >\n", "+a ' ' -a " },
	{ "a byte order mark", "\xef\xbb\xbf<c:a" NS "/>", "+a -a " },
	{ "nested", "<c:a" NS "><c:b>x</c:b><c:d/></c:a>", "+a +b 'x' -b +d -d -a " },
	{ "attributes", "<c:a" NS " x='1' y = \"&lt;2&gt;\"/>", "+a[x=1][y=<2>] -a " },
	{ "entities and characters", "<c:a" NS ">&amp;&lt;&gt;&quot;&apos;&#65;&#x5F20;&#x1F600;</c:a>", "+a '&<>\"'A\xe5\xbc\xa0\xf0\x9f\x98\x80' -a " },
	{ "CDATA is text", "<c:a" NS ">x<![CDATA[<y>&amp;]]>z</c:a>", "+a 'x<y>&amp;z' -a " },
	{ "a comment is nothing, also in a text", "<!-- x --><c:a" NS ">ad<!-- min</c:a> -->min</c:a><!-- y -->", "+a 'admin' -a " },
	{ "a document type", "<!DOCTYPE a><c:a" NS "/>", NULL },
	{ "an entity of its own", "<!DOCTYPE a [<!ENTITY x \"y\">]><c:a" NS ">&x;</c:a>", NULL },
	{ "an entity that nobody declared", "<c:a" NS ">&nbsp;</c:a>", NULL },
	{ "an open entity", "<c:a" NS ">&amp</c:a>", NULL },
	{ "a character that is none", "<c:a" NS ">&#0;</c:a>", NULL },
	{ "half a pair", "<c:a" NS ">&#xD800;</c:a>", NULL },
	{ "a number past the last character", "<c:a" NS ">&#x110000;</c:a>", NULL },
	{ "a huge number", "<c:a" NS ">&#99999999999999999999;</c:a>", NULL },
	{ "a processing instruction", "<c:a" NS "><?php x?></c:a>", NULL },
	{ "one before the root", "<?xml-stylesheet href=\"x\"?><c:a" NS "/>", NULL },
	{ "another encoding", "<?xml version=\"1.0\" encoding=\"GBK\"?><c:a" NS "/>", NULL },
	{ "bytes that are no text", "<c:a" NS ">\xff\xfe</c:a>", NULL },
	{ "another end", "<c:a" NS "><c:b></c:a></c:b>", NULL },
	{ "no end", "<c:a" NS "><c:b>", NULL },
	{ "an end too many", "<c:a" NS "/></c:a>", NULL },
	{ "two roots", "<c:a" NS "/><c:a" NS "/>", NULL },
	{ "text after the end", "<c:a" NS "/>x", NULL },
	{ "text before the root", "x<c:a" NS "/>", NULL },
	{ "nothing", "", NULL },
	{ "an attribute twice", "<c:a" NS " x='1' x='2'/>", NULL },
	{ "an attribute without quotes", "<c:a" NS " x=1/>", NULL },
	{ "attributes that touch", "<c:a" NS " x='1'y='2'/>", NULL },
	{ "a tag in an attribute", "<c:a" NS " x='<b>'/>", NULL },
	{ "an open comment", "<c:a" NS "><!-- x</c:a>", NULL },
	{ "a comment with two hyphens in it", "<c:a" NS "><!-- x -- y --></c:a>", NULL },
	{ "an open CDATA", "<c:a" NS "><![CDATA[x</c:a>", NULL },
	{ "the end of a CDATA in a text", "<c:a" NS ">]]></c:a>", NULL },
	{ "another name space at the root", "<c:a xmlns:c=\"urn:d\"/>", NULL },
	{ "none at the root", "<c:a/>", NULL },
	{ "another prefix inside", "<c:a" NS " xmlns:d=\"urn:c\"><d:b/></c:a>", NULL },
	{ "no prefix inside", "<c:a" NS "><b/></c:a>", NULL },
	{ "the prefix bound anew inside", "<c:a" NS "><c:b xmlns:c=\"urn:d\"/></c:a>", NULL },
	{ "the name space undone inside", "<a xmlns=\"urn:c\"><b xmlns=\"\"/></a>", NULL },
	{ "the expected name space without a prefix", "<a xmlns=\"urn:c\"><b/></a>", "+a +b -b -a " },
	{ "two colons", "<c:a:b" NS "/>", NULL },
};

static int pieces(struct xml *xml, struct buf *buf)
{
	enum xml_piece piece;

	for (;;) {
		TRY(xml_next(xml, &piece));
		if (piece == XML_END)
			return 0;
		if (piece == XML_TEXT) {
			buf_printf(buf, "'" SPAN_FMT "' ", SPAN_ARG(xml->text));
			continue;
		}
		buf_printf(buf, "%c" SPAN_FMT, piece == XML_OPEN ? '+' : '-', SPAN_ARG(xml->name));
		for (size_t i = 0; piece == XML_OPEN && i < xml->n_attributes; i++)
			if (!span_starts(xml->attributes[i].name, SPAN("xmlns")))
				buf_printf(buf, "[" SPAN_FMT "=" SPAN_FMT "]", SPAN_ARG(xml->attributes[i].name), SPAN_ARG(xml->attributes[i].value));
		buf_char(buf, ' ');
	}
}

START_TEST(texts)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct xml xml = xml_new(span_of(rows[_i].text), "urn:c", arena);
	struct buf buf = buf_new(arena, 256);

	ROW_INT(rows[_i].name, pieces(&xml, &buf), rows[_i].want ? 0 : ERR_MALFORMED);
	if (rows[_i].want)
		ROW_SPAN(rows[_i].name, buf_span(&buf), span_of(rows[_i].want));
}
END_TEST

START_TEST(deep)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct buf text = buf_new(arena, 256), buf = buf_new(arena, 256);

	for (int i = 0; i < 10000; i++)
		buf_str(&text, "<a>");
	struct xml xml = xml_new(buf_span(&text), NULL, arena);
	ck_assert_int_eq(pieces(&xml, &buf), ERR_MALFORMED);
}
END_TEST

START_TEST(allocations)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (unsigned long k = 1; k < 10; k++) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
			struct xml xml = xml_new(span_of(rows[i].text), "urn:c", arena);
			struct buf buf = buf_new(arena, 4096);

			arena_fail_at(k);
			int result = pieces(&xml, &buf);
			arena_fail_at(0);
			ck_assert_msg(result == FAULT_MEMORY || result == (rows[i].want ? 0 : ERR_MALFORMED), "%s: allocation %lu: %d", rows[i].name, k, result);
		}
}
END_TEST

int main(void)
{
	return suite_run("providers/xml", (struct suite_test[]){ SUITE_LOOP(texts, ARRAY_LEN(rows)), SUITE_ONCE(deep), SUITE_ONCE(allocations), SUITE_END });
}
