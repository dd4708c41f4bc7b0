/* SPDX-License-Identifier: Apache-2.0 */
/*
 * media_zip - the directory of a .docx, without unpacking anything: what it must have is there, and nothing that runs.
 *
 * Exactly one reading: the archive begins at the first byte, the directory ends where its end record begins, and that ends the file. So nothing
 * is put before, behind or between by which another reader would see another archive. APPNOTE 4.3.12, 4.3.16
 */
#include "broker/media/media.h"

#define END_SIZE 22
#define ENTRY_SIZE 46
#define ENTRIES_MAX 4096
#define NAME_MAX_ 512
#define UNFOLDED_MAX (UINT64_C(256) * 1024 * 1024)
#define ENCRYPTED 1

static uint32_t number(const char *p, int n)
{
	uint32_t value = 0;

	while (n-- > 0)
		value = value << 8 | (unsigned char)p[n];
	return value;
}

struct found {
	bool types, document, first;
	uint64_t unfolded;
};

static bool is_traversal(struct span name)
{
	return name.n == 0 || name.p[0] == '/' || memchr(name.p, '\\', name.n) || memchr(name.p, ':', name.n) || memmem(name.p, name.n, "..", 2);
}

static bool runs(struct span name)
{
	static const struct span parts[] = { SPAN("vbaproject"), SPAN("activex"), SPAN("oleobject") };
	char lower[NAME_MAX_];

	for (size_t i = 0; i < name.n; i++)
		lower[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (memmem(lower, name.n, parts[i].p, parts[i].n))
			return true;
	return false;
}

/* One entry of the directory at *@at, which moves to the next. */
static int read_entry(const struct media_source *source, uint64_t end, uint64_t *at, struct found *found)
{
	char head[ENTRY_SIZE], text[NAME_MAX_];

	if (end - *at < ENTRY_SIZE)
		return ERR_FILE_BROKEN;
	TRY(media_read(source, *at, head, sizeof head));
	size_t name_n = number(head + 28, 2), rest = number(head + 30, 2) + number(head + 32, 2);
	if (memcmp(head, "PK\x01\x02", 4) != 0 || number(head + 8, 2) & ENCRYPTED || name_n > sizeof text || end - *at - ENTRY_SIZE < name_n + rest)
		return ERR_FILE_BROKEN;
	TRY(media_read(source, *at + ENTRY_SIZE, text, name_n));
	struct span name = { text, name_n };
	if (is_traversal(name) || runs(name))
		return ERR_FILE_BROKEN;
	found->types |= span_is(name, "[Content_Types].xml");
	found->document |= span_is(name, "word/document.xml");
	found->first |= number(head + 42, 4) == 0;
	found->unfolded += number(head + 24, 4);
	*at += ENTRY_SIZE + name_n + rest;
	return 0;
}

int media_check_docx(const struct media_source *source)
{
	struct found found = { 0 };
	char end[END_SIZE];

	if (source->size < END_SIZE + ENTRY_SIZE)
		return ERR_FILE_BROKEN;
	uint64_t directory_end = source->size - END_SIZE;
	TRY(media_read(source, directory_end, end, sizeof end));
	size_t entries = number(end + 10, 2);
	uint64_t at = number(end + 16, 4);
	if (memcmp(end, "PK\x05\x06\0\0\0\0", 8) != 0 || number(end + 8, 2) != entries || number(end + 20, 2) != 0 || entries > ENTRIES_MAX ||
	    at + number(end + 12, 4) != directory_end)
		return ERR_FILE_BROKEN;
	for (size_t i = 0; i < entries; i++)
		TRY(read_entry(source, directory_end, &at, &found));
	if (at != directory_end || !found.first || found.unfolded > UNFOLDED_MAX)
		return ERR_FILE_BROKEN;
	return found.types && found.document ? 0 : ERR_FILE_TYPE;
}
