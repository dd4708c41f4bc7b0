/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/text_code.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

struct text_code {
	iconv_t cd;
};

int text_code_open(struct span name, struct text_code **ret_code)
{
	static const char *const names[] = { "gb18030", "gbk", "gb2312", "gb-18030" };
	size_t i = 0;

	while (i < ARRAY_LEN(names) && !span_eq_nocase(name, span_of(names[i])))
		i++;
	if (i == ARRAY_LEN(names))
		return ERR_INVALID;
	struct text_code *code = malloc(sizeof *code);
	if (!code)
		return FAULT_MEMORY;
	code->cd = iconv_open("UTF-8", "GB18030");
	if (code->cd == (iconv_t)-1) {
		free(code);
		return FAULT(FAULT_IO, "this system's C library does not read GB 18030");
	}
	*ret_code = code;
	return 0;
}

void text_code_close(struct text_code *code)
{
	if (!code)
		return;
	iconv_close(code->cd);
	free(code);
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

int text_code_read(struct text_code *code, struct span text, char *room, size_t size, struct span *ret_text)
{
	char *in = (char *)(uintptr_t)text.p, *out = room;
	size_t left = text.n, rest = size;

	if (is_ascii(text)) {
		*ret_text = text;
		return encode_is_utf8(text) ? 0 : ERR_INVALID; /* a NUL */
	}
	iconv(code->cd, NULL, NULL, NULL, NULL); /* what a broken text before left behind */
	if (iconv(code->cd, &in, &left, &out, &rest) == (size_t)-1)
		return errno == E2BIG ? ERR_TOO_LARGE : ERR_INVALID;
	struct span read = { room, size - rest };
	if (!encode_is_utf8(read))
		return ERR_INVALID;
	*ret_text = read;
	return 0;
}
