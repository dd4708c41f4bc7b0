/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_multipart - the first line is a content type, the rest a body: whole or byte by byte, the same parts come out. */
#include "broker/base/buf.h"
#include "broker/http/multipart.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int begin(void *arg, const struct multipart_head *head)
{
	buf_add(arg, head->name);
	buf_char(arg, '\n');
	buf_add(arg, head->file_name);
	buf_char(arg, head->file_name.p ? '\n' : '\r');
	for (size_t i = 0; i < head->file_name.n; i++)
		if (head->file_name.p[i] == '/' || head->file_name.p[i] == '\\' || (unsigned char)head->file_name.p[i] < 0x20)
			abort();
	return 0;
}

static int add(void *arg, struct span bytes)
{
	buf_add(arg, bytes);
	return 0;
}

static int end(void *arg)
{
	buf_char(arg, '\n');
	return 0;
}

static int run(struct span type, struct span body, size_t piece, struct buf *out)
{
	struct multipart multipart;
	struct multipart_sink sink = { begin, add, end, out };

	TRY(multipart_init(&multipart, type, &sink));
	while (body.n) {
		size_t n = body.n < piece ? body.n : piece;

		TRY(multipart_feed(&multipart, (struct span){ body.p, n }));
		body = (struct span){ body.p + n, body.n - n };
	}
	return multipart_finish(&multipart);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
	struct span body = { (const char *)data, size }, type = span_cut(&body, '\n');

	if (!arena || !body.p || size > 100000)
		return 0;
	struct buf whole = buf_new(arena, size + 64), pieces = buf_new(arena, size + 64);
	int one = run(type, body, body.n + 1, &whole), two = run(type, body, 1, &pieces);
	if (one != two || (!one && !span_eq(buf_span(&whole), buf_span(&pieces))))
		abort();
	return 0;
}
