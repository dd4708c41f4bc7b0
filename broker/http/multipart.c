/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/http/multipart.h"

#include "broker/base/encode.h"

enum state {
	FIRST,     /* the first delimiter, which has no line before it */
	AFTER,     /* behind a delimiter: CR, or the first - of the end */
	AFTER_CR,
	AFTER_DASH,
	HEAD,
	DATA,
	END,       /* behind the last delimiter: nothing, or a line end */
	END_CR,
	DONE,
};

static bool is_token(char c)
{
	return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

/* RFC 2046 5.1.1: bchars, of which the last is no space. Space is left out: nobody sends it. */
static bool is_boundary(struct span s)
{
	if (s.n == 0 || s.n > MULTIPART_BOUNDARY_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') && (!s.p[i] || !strchr("'()+_,-./:=?", s.p[i])))
			return false;
	return true;
}

/* ---- parameters of a header: ; name=value, where value is a token or stands between quotes. Browsers write quotes and line ends within
 * a value as %22, %0D, %0A (WHATWG HTML, multipart/form-data encoding), so a backslash is a character like any other. */

struct param {
	struct span name, value;
};

/* False at the end; *@error is set for what cannot be read. */
static bool next_param(struct span *rest, struct param *ret_param, int *error)
{
	struct span s = *rest;
	size_t i = 0, from;

	*error = ERR_MALFORMED;
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	if (i == s.n) {
		*error = 0;
		return false;
	}
	if (s.p[i++] != ';')
		return false;
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	for (from = i; i < s.n && is_token(s.p[i]);)
		i++;
	ret_param->name = (struct span){ s.p + from, i - from };
	if (i == from || i == s.n || s.p[i++] != '=')
		return false;
	if (i < s.n && s.p[i] == '"') {
		const char *close = memchr(s.p + i + 1, '"', s.n - i - 1);

		if (!close)
			return false;
		ret_param->value = (struct span){ s.p + i + 1, (size_t)(close - s.p) - i - 1 };
		i = (size_t)(close - s.p) + 1;
	} else {
		for (from = i; i < s.n && is_token(s.p[i]);)
			i++;
		ret_param->value = (struct span){ s.p + from, i - from };
		if (i == from)
			return false;
	}
	*rest = (struct span){ s.p + i, s.n - i };
	*error = 0;
	return true;
}

int multipart_init(struct multipart *multipart, struct span content_type, const struct multipart_sink *sink)
{
	struct span rest = content_type, boundary = { 0 };
	struct param param;
	int error;
	size_t n = 0;

	while (n < rest.n && rest.p[n] != ';')
		n++;
	if (!span_eq_nocase(span_trim((struct span){ rest.p, n }), SPAN("multipart/form-data")))
		return ERR_MEDIA_TYPE;
	rest = (struct span){ rest.p + n, rest.n - n };
	while (next_param(&rest, &param, &error)) {
		if (!span_eq_nocase(param.name, SPAN("boundary")))
			continue;
		if (boundary.p)
			return ERR_MALFORMED;
		boundary = param.value;
	}
	if (error || !is_boundary(boundary))
		return ERR_MALFORMED;
	*multipart = (struct multipart){ .sink = *sink, .state = FIRST, .matched = 2, .delimiter_n = boundary.n + 4 };
	memcpy(multipart->delimiter, "\r\n--", 4);
	memcpy(multipart->delimiter + 4, boundary.p, boundary.n);
	return 0;
}

/* ---- names */

/* U+200E, U+200F, U+202A–E, U+2066–9: a name such as "invoice<RLO>fdp.exe" reads as what it is not. */
static bool turns_direction(uint32_t c)
{
	return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

int multipart_file_name(struct span text, char out[MULTIPART_FILE_NAME_MAX + 1], struct span *ret_name)
{
	size_t n = 0;

	if (!encode_is_utf8(text))
		return ERR_MALFORMED;
	for (size_t i = text.n; i-- > 0;)
		if (text.p[i] == '/' || text.p[i] == '\\') {
			text = (struct span){ text.p + i + 1, text.n - i - 1 };
			break;
		}
	while (text.n) {
		struct span before = text;
		uint32_t c = encode_utf8_next(&text);
		size_t size = before.n - text.n;

		if (n + size > MULTIPART_FILE_NAME_MAX)
			break;
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || turns_direction(c)) {
			out[n++] = '_';
			continue;
		}
		memcpy(out + n, before.p, size);
		n += size;
	}
	out[n] = '\0';
	*ret_name = (struct span){ out, n };
	return 0;
}

/* ---- the head of a part */

static int read_disposition(struct span value, struct multipart_head *head, char *file_name)
{
	struct span rest = value;
	struct param param;
	size_t n = 0;
	int error;

	while (n < rest.n && is_token(rest.p[n]))
		n++;
	if (!span_eq_nocase((struct span){ rest.p, n }, SPAN("form-data")))
		return ERR_MALFORMED;
	rest = (struct span){ rest.p + n, rest.n - n };
	while (next_param(&rest, &param, &error)) {
		if (span_eq_nocase(param.name, SPAN("name"))) {
			if (head->name.p || param.value.n == 0 || param.value.n > MULTIPART_NAME_MAX || !encode_is_utf8(param.value))
				return ERR_MALFORMED;
			head->name = param.value;
		} else if (span_eq_nocase(param.name, SPAN("filename"))) {
			if (head->file_name.p)
				return ERR_MALFORMED;
			TRY(multipart_file_name(param.value, file_name, &head->file_name));
		} else {
			return ERR_MALFORMED; /* filename* among them: RFC 7578 4.2 */
		}
	}
	return error || !head->name.p ? ERR_MALFORMED : 0;
}

static int read_header(struct span line, struct multipart_head *head, char *file_name, bool *has_disposition)
{
	struct span value = line, name = span_cut(&value, ':');

	if (!value.p || name.n == 0)
		return ERR_MALFORMED;
	for (size_t i = 0; i < name.n; i++)
		if (!is_token(name.p[i])) /* a folded line begins with a space */
			return ERR_MALFORMED;
	value = span_trim(value);
	for (size_t i = 0; i < value.n; i++)
		if (((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f)
			return ERR_MALFORMED;
	if (span_eq_nocase(name, SPAN("Content-Disposition"))) {
		if (*has_disposition)
			return ERR_MALFORMED;
		*has_disposition = true;
		return read_disposition(value, head, file_name);
	}
	if (span_eq_nocase(name, SPAN("Content-Type"))) {
		if (head->type.p)
			return ERR_MALFORMED;
		head->type = value;
		struct span main = value;
		main = span_trim(span_cut(&main, '/'));
		return span_eq_nocase(main, SPAN("multipart")) ? ERR_MALFORMED : 0; /* RFC 7578 4.3: deprecated */
	}
	if (span_eq_nocase(name, SPAN("Content-Transfer-Encoding"))) /* RFC 7578 4.7: deprecated */
		return span_eq_nocase(value, SPAN("binary")) || span_eq_nocase(value, SPAN("8bit")) || span_eq_nocase(value, SPAN("7bit")) ? 0 : ERR_MALFORMED;
	return 0;
}

static int begin_part(struct multipart *m)
{
	struct multipart_head head = { 0 };
	char file_name[MULTIPART_FILE_NAME_MAX + 1];
	struct span rest = { m->head, m->head_n - 2 }; /* ends with the empty line; without it now */
	bool has_disposition = false;
	unsigned headers = 0;

	if (++m->parts > MULTIPART_PARTS_MAX)
		return ERR_TOO_LARGE;
	while (rest.n) {
		const char *end = memmem(rest.p, rest.n, "\r\n", 2);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;

		if (!end || ++headers > MULTIPART_HEADERS_MAX)
			return ERR_MALFORMED;
		TRY(read_header((struct span){ rest.p, n }, &head, file_name, &has_disposition));
		rest = (struct span){ rest.p + n + 2, rest.n - n - 2 };
	}
	return has_disposition ? m->sink.begin(m->sink.arg, &head) : ERR_MALFORMED;
}

static int feed_head(struct multipart *m, char c)
{
	if (m->head_n == sizeof m->head)
		return ERR_TOO_LARGE;
	m->head[m->head_n++] = c;
	bool is_end = c == '\n' && (m->head_n == 2 ? m->head[0] == '\r' : m->head_n >= 4 && memcmp(m->head + m->head_n - 4, "\r\n\r\n", 4) == 0);
	if (!is_end)
		return 0;
	m->state = DATA;
	m->matched = 0;
	return begin_part(m);
}

/* ---- the body of a part: everything up to the delimiter. CR stands nowhere in a delimiter but at its start, so what turns out not to be one
 * needs no second look. Returns how many bytes were used. */
static int feed_data(struct multipart *m, struct span bytes, size_t *ret_used)
{
	size_t i = 0;

	while (i < bytes.n) {
		if (bytes.p[i] == m->delimiter[m->matched]) {
			i++;
			if (++m->matched < m->delimiter_n)
				continue;
			/* what stands before it, unless that is in bytes fed before */
			if (i > m->delimiter_n)
				TRY(m->sink.data(m->sink.arg, (struct span){ bytes.p, i - m->delimiter_n }));
			m->state = AFTER;
			*ret_used = i;
			return m->sink.end(m->sink.arg);
		}
		if (m->matched > i) /* it began in bytes fed before, and was none */
			TRY(m->sink.data(m->sink.arg, (struct span){ m->delimiter, m->matched - i }));
		if (m->matched) {
			m->matched = 0; /* and this byte may begin one */
			continue;
		}
		const char *cr = memchr(bytes.p + i, '\r', bytes.n - i);
		i = cr ? (size_t)(cr - bytes.p) : bytes.n;
	}
	if (bytes.n > m->matched)
		TRY(m->sink.data(m->sink.arg, (struct span){ bytes.p, bytes.n - m->matched }));
	*ret_used = bytes.n;
	return 0;
}

/* One byte outside of data. */
static int feed_frame(struct multipart *m, char c)
{
	static const struct {
		enum state from;
		char c;
		enum state to;
	} steps[] = {
		{ AFTER, '\r', AFTER_CR }, { AFTER, '-', AFTER_DASH }, { AFTER_CR, '\n', HEAD }, { AFTER_DASH, '-', END },
		{ END, '\r', END_CR },	 { END_CR, '\n', DONE },
	};

	if (m->state == HEAD)
		return feed_head(m, c);
	if (m->state == FIRST) {
		if (c != m->delimiter[m->matched])
			return ERR_MALFORMED;
		if (++m->matched == m->delimiter_n)
			m->state = AFTER;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i].from == (enum state)m->state && steps[i].c == c) {
			m->state = (int)steps[i].to;
			m->head_n = 0;
			return 0;
		}
	return ERR_MALFORMED;
}

int multipart_feed(struct multipart *m, struct span bytes)
{
	while (bytes.n) {
		size_t used = 1;

		if (m->state == DATA)
			TRY(feed_data(m, bytes, &used));
		else
			TRY(feed_frame(m, *bytes.p));
		bytes = (struct span){ bytes.p + used, bytes.n - used };
	}
	return 0;
}

int multipart_finish(const struct multipart *m)
{
	return m->state == END || m->state == DONE ? 0 : ERR_MALFORMED;
}
