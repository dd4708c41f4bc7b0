/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - runs a fuzz target over every file of its seed directories, and over cuts and flips of each: what the fuzzer once found stays
 * found, and every parser sees some broken input in an ordinary test run.
 */
#include "broker/base/arena.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEED_MAX (1 << 20)
#define VARIANTS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* libFuzzer calls it when it exists, and so do we. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Exactly as many bytes as there are, so that the address sanitizer sees one read too many. */
static void run(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

/* The same ones at every run: a failure repeats. */
static void run_variants(uint8_t *data, size_t n)
{
	for (size_t i = 0; n && i < VARIANTS; i++) {
		size_t at = n * i / VARIANTS;
		uint8_t kept = data[at];

		run(data, at);
		data[at] ^= (uint8_t)(1u << (i % 8));
		run(data, n);
		data[at] = kept;
	}
}

static int replay(const char *path)
{
	static uint8_t data[SEED_MAX];
	FILE *file = fopen(path, "rbe");

	if (!file)
		return -1;
	size_t n = fread(data, 1, sizeof data, file);
	fclose(file);
	alarm(60);
	run(data, n);
	run_variants(data, n);
	return 0;
}

int main(int argc, char **argv)
{
	char path[4096];
	size_t seeds = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
			if (entry->d_type != DT_DIR && replay(path) == 0)
				seeds++;
		}
		if (dir)
			closedir(dir);
	}
	printf("%zu seeds\n", seeds);
	return seeds ? EXIT_SUCCESS : EXIT_FAILURE; /* a target without a seed tests nothing */
}
