/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/error.h"
#include "keys/digest.h"
#include "keys/sealed_file.h"
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RING "yimen-seal 1\nroot 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n" \
	     "key aaaaaaaa aes-256-gcm 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n"
#define CHUNK SEALED_FILE_CHUNK
#define HEAD 69
#define TAG 16

static struct seal_ring *ring;
static char content[4 * CHUNK + 100];

static void setup(void)
{
	if (!ring)
		ck_assert_int_eq(seal_parse(SPAN(RING), &ring), 0);
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (char)(i * 31 + i / 256);
}

static const struct {
	const char *name;
	size_t size, piece;
} sizes[] = {
	{ "nothing", 0, 1 },		{ "a byte", 1, 1 },
	{ "a chunk less a byte", CHUNK - 1, 1000 }, { "a chunk", CHUNK, 1000 },
	{ "a chunk and a byte", CHUNK + 1, 1000 },  { "two chunks at once", 2 * CHUNK, 2 * CHUNK },
	{ "four and a bit", sizeof content, 7777 },
};

static void write_all(struct sealed_file *file, size_t size, size_t piece)
{
	for (size_t at = 0; at < size; at += piece)
		ck_assert_int_eq(sealed_file_write(file, (struct span){ content + at, size - at < piece ? size - at : piece }), 0);
}

static void read_all(const char *name, struct sealed_file *file, size_t size)
{
	char out[5000];
	size_t n, at = 0;

	ROW_INT(name, sealed_file_size(file), size);
	do {
		ROW_INT(name, sealed_file_read(file, at, out, sizeof out, &n), 0);
		ROW_TRUE(name, memcmp(out, content + at, n) == 0);
		at += n;
	} while (n);
	ROW_INT(name, at, size);
}

/* A finished file of @size bytes; the caller closes what is returned. */
static int make(size_t size, size_t piece)
{
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = NULL;
	unsigned char got[32], want[32];
	int fd = memfd_create("sealed", 0);

	ck_assert_int_eq(sealed_file_create(ring, SPAN("file/1"), dup(fd), &file), 0);
	write_all(file, size, piece);
	ck_assert_int_eq(sealed_file_finish(file, got), 0);
	ck_assert_int_eq(digest_of(DIGEST_SHA256, want, ((struct span){ content, size })), 0);
	ck_assert_mem_eq(got, want, sizeof want);
	read_all("read where it was written", file, size);
	return fd;
}

START_TEST(round_trip)
{
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = NULL;

	setup();
	int fd = make(sizes[_i].size, sizes[_i].piece);
	ck_assert_int_eq(sealed_file_open(ring, SPAN("file/1"), fd, &file), 0);
	read_all(sizes[_i].name, file, sizes[_i].size);
	ck_assert_int_lt(sealed_file_write(file, SPAN("x")), 0);
}
END_TEST

START_TEST(scratch)
{
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = NULL;

	setup();
	ck_assert_int_eq(sealed_file_scratch("/tmp", &file), 0);
	write_all(file, sizes[_i].size, sizes[_i].piece);
	read_all(sizes[_i].name, file, sizes[_i].size);
}
END_TEST

/* Everything that can be done to a file of three chunks and a bit without the key; nothing of it may be believed to the end. */
static void flip(int fd, off_t at)
{
	char c;

	ck_assert_int_eq(pread(fd, &c, 1, at), 1);
	c ^= 1;
	ck_assert_int_eq(pwrite(fd, &c, 1, at), 1);
}

static void cut_chunk(int fd)
{
	ck_assert_int_eq(ftruncate(fd, HEAD + 3 * (CHUNK + TAG)), 0);
}

static void cut_bytes(int fd)
{
	ck_assert_int_eq(ftruncate(fd, HEAD + 3 * (CHUNK + TAG) + 40), 0);
}

static void cut_tag(int fd)
{
	ck_assert_int_eq(ftruncate(fd, HEAD + 3 * (CHUNK + TAG) + 5), 0);
}

static void cut_all(int fd)
{
	ck_assert_int_eq(ftruncate(fd, HEAD), 0);
}

static void flip_magic(int fd)
{
	flip(fd, 0);
}

static void flip_key(int fd)
{
	flip(fd, 30);
}

static void flip_chunk(int fd)
{
	flip(fd, HEAD + CHUNK + TAG + 9);
}

static void flip_last_tag(int fd)
{
	flip(fd, lseek(fd, 0, SEEK_END) - 1);
}

static void swap_chunks(int fd)
{
	static char one[CHUNK + TAG], two[CHUNK + TAG];

	ck_assert_int_eq(pread(fd, one, sizeof one, HEAD), sizeof one);
	ck_assert_int_eq(pread(fd, two, sizeof two, HEAD + sizeof one), sizeof two);
	ck_assert_int_eq(pwrite(fd, two, sizeof two, HEAD), sizeof two);
	ck_assert_int_eq(pwrite(fd, one, sizeof one, HEAD + sizeof one), sizeof one);
}

static void append(int fd)
{
	ck_assert_int_eq(pwrite(fd, content, 100, lseek(fd, 0, SEEK_END)), 100);
}

static const struct {
	const char *name;
	void (*damage)(int fd);
} damages[] = {
	{ "cut off after a whole chunk", cut_chunk }, { "cut off in a chunk", cut_bytes },    { "cut off in a tag", cut_tag },
	{ "nothing but a head", cut_all },	      { "another magic", flip_magic },	      { "another key", flip_key },
	{ "a chunk altered", flip_chunk },	      { "the last tag altered", flip_last_tag }, { "two chunks exchanged", swap_chunks },
	{ "something added", append },
};

START_TEST(damaged)
{
	CLEANUP(sealed_file_cleanup) struct sealed_file *file = NULL;
	char out[5000];
	size_t n = 1, at = 0;

	setup();
	int fd = make(3 * CHUNK + 1000, 5000);
	damages[_i].damage(fd);
	int result = sealed_file_open(ring, SPAN("file/1"), fd, &file);
	while (!result && n) {
		result = sealed_file_read(file, at, out, sizeof out, &n);
		at += n;
	}
	ROW_INT(damages[_i].name, result, FAULT_CORRUPT);
}
END_TEST

START_TEST(of_something_else)
{
	struct sealed_file *file;

	setup();
	ck_assert_int_eq(sealed_file_open(ring, SPAN("file/2"), make(10, 10), &file), FAULT_CORRUPT);
}
END_TEST

START_TEST(nothing_is_readable)
{
	setup();
	memset(content, 'A', sizeof content);
	int fd = make(CHUNK, CHUNK);
	char *raw = malloc(CHUNK + 200);
	ssize_t n = pread(fd, raw, CHUNK + 200, 0);

	ck_assert_int_eq(n, HEAD + CHUNK + TAG);
	ck_assert_ptr_null(memmem(raw, (size_t)n, "AAAAAA", 6));
	free(raw);
	close(fd);
}
END_TEST

int main(void)
{
	return suite_run("sealed_file", (struct suite_test[]){ SUITE_LOOP(round_trip, ARRAY_LEN(sizes)), SUITE_LOOP(scratch, ARRAY_LEN(sizes)),
							       SUITE_LOOP(damaged, ARRAY_LEN(damages)), SUITE_ONCE(of_something_else),
							       SUITE_ONCE(nothing_is_readable), SUITE_END });
}
