/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/http/template_op.h"
#include "tests/unit/suite.h"

static const char *page_source;

static const char *find(const char *name)
{
	static const struct {
		const char *name, *text;
	} others[] = {
		{ "_frame.html", "<title>{{t:title.@page}}</title>\n<main lang=\"{{lang}}\">\n{{$content}}\n</main>" },
		{ "_part.html", "<i id=\"[[id]]\">{{x}}[[more?]]</i>" },
		{ "_circle.html", "{{>circle}}" },
		{ "_open.html", "{{#x}}" },
		{ "_quote.html", "<a title=\"[[id]]\">" },
	};

	if (strcmp(name, "page.html") == 0)
		return page_source;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (strcmp(others[i].name, name) == 0)
			return others[i].text;
	return NULL;
}

static int load(struct arena *arena, struct template_problem *problem, struct template_sources *ret_sources)
{
	*ret_sources = (struct template_sources){ .arena = arena, .problem = problem, .find = find };
	TRY(catalogue_set_load(NULL, arena, problem->text, sizeof problem->text, &ret_sources->catalogues));
	return asset_set_load(NULL, arena, &ret_sources->assets);
}

static int fill(struct template_sources *sources, const char *source, const char *data, struct span *ret_html)
{
	struct template_page page = { .name = "page" };
	struct buf out = buf_new(sources->arena, 64);
	JSON *object = NULL;

	page_source = source;
	TRY(template_compile(sources, &page));
	TRY(json_read_object(span_of(data), &object));
	template_run(sources->catalogues, &page, LANGUAGE_EN, object, &out);
	return buf_done(&out, ret_html);
}

/* Compile @source and, when that works, render it with @data (JSON text). */
static int try(struct arena *arena, const char *source, const char *data, struct template_problem *problem, struct span *ret_html)
{
	struct template_sources sources;

	TRY(load(arena, problem, &sources));
	return fill(&sources, source, data, ret_html);
}

static const struct {
	const char *name, *source, *data, *want;
} rendered[] = {
	{ "a value in text is escaped", "<p>{{x}}</p>", "{\"x\":\"<b>&\\\"'\"}", "<p>&lt;b&gt;&amp;&quot;&#39;</p>" },
	{ "a value cannot leave a quoted attribute", "<p title=\"{{x}}\">", "{\"x\":\"\\\" onclick=\\\"x\"}",
	  "<p title=\"&quot; onclick=&quot;x\">" },
	{ "a value cannot leave a singly quoted attribute", "<p title='{{x}}'>", "{\"x\":\"' onclick='x\"}",
	  "<p title='&#39; onclick=&#39;x'>" },
	{ "a value cannot leave a textarea", "<textarea>{{x}}</textarea>", "{\"x\":\"</textarea><script>\"}",
	  "<textarea>&lt;/textarea&gt;&lt;script&gt;</textarea>" },
	{ "a value cannot leave the title", "<title>{{x}}</title>{{x}}", "{\"x\":\"</title>\"}",
	  "<title>&lt;/title&gt;</title>&lt;/title&gt;" },
	{ "https passes", "<a href=\"{{x}}\">", "{\"x\":\"https://a.example/?a=1&b=2\"}",
	  "<a href=\"https://a.example/?a=1&amp;b=2\">" },
	{ "http passes in any case", "<a href=\"{{x}}\">", "{\"x\":\"HTTP://a.example/\"}", "<a href=\"HTTP://a.example/\">" },
	{ "a path of our own passes", "<form action=\"{{x}}\">", "{\"x\":\"/login\"}", "<form action=\"/login\">" },
	{ "the root passes", "<a href=\"{{x}}\">", "{\"x\":\"/\"}", "<a href=\"/\">" },
	{ "javascript: does not", "<a href=\"{{x}}\">", "{\"x\":\"javascript:alert(1)\"}", "<a href=\"#\">" },
	{ "javascript: does not in mixed case", "<a href=\"{{x}}\">", "{\"x\":\"JaVaScRiPt:alert(1)\"}", "<a href=\"#\">" },
	{ "javascript: does not behind a blank", "<a href=\"{{x}}\">", "{\"x\":\" javascript:alert(1)\"}", "<a href=\"#\">" },
	{ "javascript: does not in a form action", "<button formaction=\"{{x}}\">", "{\"x\":\"javascript:alert(1)\"}",
	  "<button formaction=\"#\">" },
	{ "data: does not", "<a href=\"{{x}}\">", "{\"x\":\"data:text/html,x\"}", "<a href=\"#\">" },
	{ "another host by two slashes does not", "<a href=\"{{x}}\">", "{\"x\":\"//evil.example\"}", "<a href=\"#\">" },
	{ "another host by a backslash does not", "<a href=\"{{x}}\">", "{\"x\":\"/\\\\evil.example\"}", "<a href=\"#\">" },
	{ "another host by a tab does not", "<a href=\"{{x}}\">", "{\"x\":\"/\\t/evil.example\"}", "<a href=\"#\">" },
	{ "a newline inside does not", "<a href=\"{{x}}\">", "{\"x\":\"https://a\\n.example\"}", "<a href=\"#\">" },
	{ "an absent URL is a harmless one", "<a href=\"{{x}}\">", "{}", "<a href=\"#\">" },
	{ "our own PNG passes as a picture", "<img src=\"{{x}}\">", "{\"x\":\"data:image/png;base64,AA+/==\"}",
	  "<img src=\"data:image/png;base64,AA+/==\">" },
	{ "an SVG does not", "<img src=\"{{x}}\">", "{\"x\":\"data:image/svg+xml;base64,AA\"}", "<img src=\"#\">" },
	{ "a PNG that leaves its alphabet does not", "<img src=\"{{x}}\">", "{\"x\":\"data:image/png;base64,A\\\"\"}",
	  "<img src=\"#\">" },
	{ "a PNG does not pass as a link", "<a href=\"{{x}}\">", "{\"x\":\"data:image/png;base64,AA\"}", "<a href=\"#\">" },
	{ "inside a URL a value is percent-encoded", "<a href=\"?q={{x}}&amp;z\">", "{\"x\":\"a&b=/ 中\"}",
	  "<a href=\"?q=a%26b%3D%2F%20%E4%B8%AD&amp;z\">" },
	{ "a segment cannot become a host", "<a href=\"/a/{{x}}\">", "{\"x\":\"/evil\"}", "<a href=\"/a/%2Fevil\">" },
	{ "a second hole in a URL is encoded", "<a href=\"{{x}}?a={{y}}\">", "{\"x\":\"/p\",\"y\":\"&\"}",
	  "<a href=\"/p?a=%26\">" },
	{ "a section repeats over an array", "{{#l}}<i>{{n}}</i>{{/l}}", "{\"l\":[{\"n\":\"a\"},{\"n\":\"b\"}]}",
	  "<i>a</i><i>b</i>" },
	{ "a section over texts", "{{#l}}{{.}},{{/l}}", "{\"l\":[\"a\",\"<\"]}", "a,&lt;," },
	{ "a section shows what is true", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\":true}", "a" },
	{ "an empty text is not shown", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\":\"\"}", "b" },
	{ "zero is not shown", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\":0}", "b" },
	{ "an empty array is not shown", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\":[]}", "b" },
	{ "what is absent is not shown", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{}", "b" },
	{ "null is not shown", "{{#x}}a{{/x}}{{^x}}b{{/x}}", "{\"x\":null}", "b" },
	{ "a condition on an array runs once", "{{#?l}}[{{#l}}{{.}}{{/l}}]{{/?l}}", "{\"l\":[\"a\",\"b\"]}", "[ab]" },
	{ "a condition on an empty array", "{{#?l}}[]{{/?l}}", "{\"l\":[]}", "" },
	{ "a condition keeps the context", "{{#?a}}{{n}}{{/?a}}", "{\"n\":\"out\",\"a\":{\"n\":\"in\"}}", "out" },
	{ "a comparison that holds", "{{#x=a-1}}yes{{/x=a-1}}", "{\"x\":\"a-1\"}", "yes" },
	{ "a comparison that does not", "{{#x=a}}yes{{/x=a}}", "{\"x\":\"ab\"}", "" },
	{ "a section that shows an attribute", "<input {{#x}}checked {{/x}}id=\"a\">", "{\"x\":true}", "<input checked id=\"a\">" },
	{ "the innermost context wins", "{{#a}}{{n}}{{m}}{{/a}}", "{\"n\":\"out\",\"m\":\"M\",\"a\":{\"n\":\"in\"}}", "inM" },
	{ "a dotted name", "{{a.b.c}}", "{\"a\":{\"b\":{\"c\":7}}}", "7" },
	{ "a dotted name through something else is nothing", "[{{a.b}}]", "{\"a\":\"text\"}", "[]" },
	{ "the largest number", "{{x}}", "{\"x\":-9223372036854775808}", "-9223372036854775808" },
	{ "a text of the catalogue with a hole", "{{t:logout.as}}", "{\"account_name\":\"<z>\"}",
	  "You are logged in as &lt;z&gt;. " },
	{ "braces in data are data", "{{t:logout.as}}", "{\"account_name\":\"{page}\"}", "You are logged in as {page}. " },
	{ "a text chosen by data", "{{#error}}{{t:error.@code}}{{/error}}", "{\"error\":{\"code\":\"credentials\"}}",
	  "Wrong login name or password" },
	{ "a field's own text", "{{t:error.@code.phone}}", "{\"code\":\"field_empty\"}", "Please enter your mobile number" },
	{ "a field without its own text", "{{t:error.@code.nobody}}", "{\"code\":\"otp\"}",
	  "That code is not right. Please enter it again." },
	{ "an unknown code has a text", "{{t:error.@code}}", "{\"code\":\"new<\"}", "That did not work. Please try again later." },
	{ "a scope that we do not know shows itself", "{{t:scope.@name}}", "{\"name\":\"x<y\"}", "x&lt;y" },
	{ "a layout goes around the page", "{{<frame}}\n<p>{{x}}</p>\n", "{\"x\":\"1\"}",
	  "<title>Unified identity</title>\n<main lang=\"en\">\n<p>1</p>\n</main>" },
	{ "a partial with arguments", "{{>part id=\"a\" more='<b title=\"q\">'}}", "{\"x\":\"1\"}",
	  "<i id=\"a\">1<b title=\"q\"></i>" },
	{ "an argument may be left out", "{{>part id=\"a\"}}", "{\"x\":\"1\"}", "<i id=\"a\">1</i>" },
	{ "a remark on its own line leaves no line", "a\n  {{! x }}\nb", "{}", "a\nb" },
	{ "data cannot pretend to be the page's name", "{{page}} {{lang}}", "{\"page\":\"x\",\"lang\":\"y\"}", "page en" },
	{ "a script without holes stays", "<script>if (a < b && '</p>') {}</script>{{x}}", "{\"x\":\"<\"}",
	  "<script>if (a < b && '</p>') {}</script>&lt;" },
	{ "a comment ends where browsers end it", "<!-->{{x}}", "{\"x\":\"<\"}", "<!-->&lt;" },
};

START_TEST(render)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(8 << 20);
	struct template_problem problem = { "" };
	struct span html = { NULL, 0 };
	int result = try(arena, rendered[_i].source, rendered[_i].data, &problem, &html);

	ck_assert_msg(result == 0, "%s: %d %s", rendered[_i].name, result, problem.text);
	ROW_SPAN(rendered[_i].name, html, span_of(rendered[_i].want));
}
END_TEST

static const struct {
	const char *name, *source, *want;
} refused[] = {
	{ "a hole in a script", "<p>\n<script>{{x}}</script>", "page.html:2: a hole in <script> or <style>" },
	{ "a hole in a style sheet", "<style>{{x}}</style>", "page.html:1: a hole in <script> or <style>" },
	{ "a text in a script", "<script>{{t:continue}}</script>", "page.html:1: a hole in <script> or <style>" },
	{ "a hole in a comment", "\n\n<!-- {{x}} -->", "page.html:3: a hole in a comment or declaration" },
	{ "a comment that browsers end elsewhere", "<!--!>{{x}}", "page.html:1: \"--!\" in a comment, which ends it or not" },
	{ "a tag inside a tag's name", "<script<title>{{x}}", "page.html:1: a stray character in a tag" },
	{ "a hole in the doctype", "<!doctype {{x}}>", "page.html:1: a hole in a comment or declaration" },
	{ "a hole without quotes", "<a title={{x}}>", "page.html:1: a hole in an attribute without quotes" },
	{ "a hole behind text without quotes", "<a title=a{{x}}>", "page.html:1: a hole in an attribute without quotes" },
	{ "a hole in an event handler", "<a onclick=\"f('{{x}}')\">", "page.html:1: a hole in an event handler" },
	{ "a hole in an event handler in capitals", "<a ONCLICK=\"{{x}}\">", "page.html:1: a hole in an event handler" },
	{ "a hole in style", "<a style=\"color:{{x}}\">", "page.html:1: a hole in an attribute that cannot be escaped" },
	{ "a hole in srcdoc", "<p srcdoc=\"{{x}}\">", "page.html:1: a hole in an attribute that cannot be escaped" },
	{ "a hole in srcset", "<img srcset=\"{{x}}\">", "page.html:1: a hole in an attribute that cannot be escaped" },
	{ "a hole in a frame", "<iframe src=\"{{x}}\">", "page.html:1: a hole in an element that loads, embeds or scripts" },
	{ "a hole in base", "<base href=\"{{x}}\">", "page.html:1: a hole in an element that loads, embeds or scripts" },
	{ "a hole in a script's address", "<script src=\"{{x}}\">",
	  "page.html:1: a hole in an element that loads, embeds or scripts" },
	{ "a hole in meta", "<meta content=\"{{x}}\">", "page.html:1: a hole in an element that loads, embeds or scripts" },
	{ "a hole as a tag's name", "<{{x}}>", "page.html:1: a hole in a tag outside an attribute's value" },
	{ "a hole as an attribute", "<a {{x}}>", "page.html:1: a hole in a tag outside an attribute's value" },
	{ "a hole in an attribute's name", "<a data-{{x}}=\"1\">", "page.html:1: a hole in a tag outside an attribute's value" },
	{ "a hole that completes a scheme", "<a href=\"java{{x}}\">",
	  "page.html:1: a hole behind the beginning of a URL that is not yet http, https or a path" },
	{ "a hole that completes a host", "<a href=\"/{{x}}\">",
	  "page.html:1: a hole behind the beginning of a URL that is not yet http, https or a path" },
	{ "a slash behind a hole", "<a href=\"{{x}}/{{y}}\">", "page.html:1: a '/' behind a hole that may be '/' itself" },
	{ "a text as a URL", "<a href=\"{{t:continue}}\">", "page.html:1: a text where a URL belongs" },
	{ "a section that does not end", "a\n{{#x}}\nb", "page.html:2: \"x\" does not end" },
	{ "a section that did not begin", "{{/x}}", "page.html:1: \"x\" ends here but did not begin" },
	{ "sections that cross", "{{#x}}{{#y}}{{/x}}{{/y}}", "page.html:1: \"x\" ends here where \"y\" should" },
	{ "a section that opens an attribute", "<a {{#x}}title=\"{{/x}}\">",
	  "page.html:1: \"x\" ends in another place of the HTML than it began" },
	{ "a section that opens a comment", "{{#x}}<!-- {{/x}}{{y}}",
	  "page.html:1: \"x\" ends in another place of the HTML than it began" },
	{ "a section that changes a URL's beginning", "<a href=\"{{#x}}?{{/x}}{{y}}\">",
	  "page.html:1: \"x\" ends in another place of the HTML than it began" },
	{ "a section that makes an event handler", "<a {{#x}}on{{/x}}click=\"{{y}}\">",
	  "page.html:1: \"x\" ends in another place of the HTML than it began" },
	{ "a section between an attribute and its '='", "<a {{#x}}title {{/x}}=\"{{y}}\">",
	  "page.html:1: a stray character in a tag" },
	{ "a section of a partial that does not end", "{{>open}}", "_open.html:1: \"x\" does not end" },
	{ "three braces", "{{{x}}}", "page.html:1: nothing is written without escaping" },
	{ "an ampersand", "{{&x}}", "page.html:1: nothing is written without escaping" },
	{ "a tag that does not end", "a\nb {{x", "page.html:2: a tag that does not end" },
	{ "an empty name", "{{}}", "page.html:1: not a name" },
	{ "a name with foreign characters", "{{a b}}", "page.html:1: not a name: \"a b\"" },
	{ "an unknown text", "{{t:no.such}}", "page.html:1: no text \"no.such\"" },
	{ "a family of texts without a default", "{{t:nothing.@x}}", "page.html:1: no text \"nothing.default\"" },
	{ "an unknown asset", "{{asset:no.css}}", "page.html:1: no asset \"no.css\"" },
	{ "an unknown partial", "{{>nobody}}", "page.html:1: no template _nobody.html" },
	{ "a partial without its argument", "{{>part}}", "page.html:1: _part.html wants id=\"…\"" },
	{ "a partial that includes itself", "{{>circle}}", "_circle.html:1: partials go round in a circle" },
	{ "an argument that leaves its place", "{{>quote id='\" onclick=\"{{x'}}", "_quote.html:1: a tag that does not end" },
	{ "a layout that is not first", "<p>{{<frame}}", "page.html:1: a layout must come first" },
	{ "content outside a layout", "{{$content}}", "page.html:1: {{$content}} outside a layout" },
	{ "an end inside a tag", "<a href", "page.html:1: the template ends inside a tag or comment" },
	{ "a stray '<'", "a < b", "page.html:1: a '<' that begins no tag (write &lt;)" },
	{ "markup in a title", "<title><b></title>", "page.html:1: markup inside title or textarea" },
	{ "an element that cannot be judged", "<plaintext>", "page.html:1: an element whose content cannot be judged" },
	{ "a processing instruction", "<![CDATA[ {{x}} ]]>",
	  "page.html:1: a markup declaration other than a comment or the doctype" },
	{ "a comparison turned round", "{{^x=a}}{{/x=a}}", "page.html:1: only {{#name=text}} compares" },
};

START_TEST(refuse)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(8 << 20);
	struct template_problem problem = { "" };
	struct span html;

	ROW_INT(refused[_i].name, try(arena, refused[_i].source, "{}", &problem, &html), ERR_CONFIG);
	ROW_SPAN(refused[_i].name, span_of(problem.text), span_of(refused[_i].want));
}
END_TEST

START_TEST(deep_sections)
{
	struct arena *arena CLEANUP(arena_cleanup) = arena_new(8 << 20);
	struct template_problem problem = { "" };
	struct buf source = buf_new(arena, 4096);
	struct span text, html;

	for (int i = 0; i <= TEMPLATE_DEPTH_MAX; i++)
		buf_str(&source, "{{#x}}");
	ck_assert_int_eq(buf_done(&source, &text), 0);
	ck_assert_int_eq(try(arena, text.p, "{}", &problem, &html), ERR_CONFIG);
	ck_assert_str_eq(problem.text, "page.html:1: too many sections inside one another");
}
END_TEST

/* Fail every allocation in turn: an error, never a crash or half a page taken for whole. */
START_TEST(no_memory)
{
	const char *source = "{{<frame}}\n{{#l}}<a href=\"{{u}}\">{{t:error.@code}}</a>{{/l}}{{>part id=\"q\"}}";
	unsigned long k = 1;
	int result;

	do {
		struct arena *arena CLEANUP(arena_cleanup) = arena_new(8 << 20);
		struct template_problem problem = { "" };
		struct template_sources sources;
		struct span html = { NULL, 0 };

		ck_assert_int_eq(load(arena, &problem, &sources), 0);
		arena_fail_at(k);
		result = fill(&sources, source, "{\"l\":[{\"u\":\"/a\",\"code\":\"otp\"}],\"x\":\"y\"}", &html);
		arena_fail_at(0);
		ck_assert_msg(result == 0 || result == FAULT_MEMORY, "allocation %lu: %d %s", k, result, problem.text);
		ck_assert(result == 0 || html.p == NULL);
		k++;
	} while (result && k < 1000);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_gt(k, 10);
}
END_TEST

/* Loading allocates thousands of times, one like the other: every hundredth, about. */
START_TEST(no_memory_for_texts)
{
	unsigned long k = 1;
	int result;

	do {
		struct arena *arena CLEANUP(arena_cleanup) = arena_new(8 << 20);
		struct template_problem problem = { "" };
		struct template_sources sources;

		arena_fail_at(k);
		result = load(arena, &problem, &sources);
		arena_fail_at(0);
		ck_assert_msg(result == 0 || result == FAULT_MEMORY, "allocation %lu: %d %s", k, result, problem.text);
		k += 97;
	} while (result);
	ck_assert_uint_gt(k, 1000);
}
END_TEST

int main(void)
{
	return suite_run("template", (struct suite_test[]){ SUITE_LOOP(render, ARRAY_LEN(rendered)), SUITE_LOOP(refuse,
			ARRAY_LEN(refused)),
							     SUITE_ONCE(deep_sections), SUITE_ONCE(no_memory), SUITE_ONCE(no_memory_for_texts), SUITE_END });
}
