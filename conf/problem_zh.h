/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem_zh - what is wrong with a configuration, and what adapters (providers/) say of an upstream, in Chinese: for those who see it in the console and
 * not in a terminal. Nothing is said without words here: tests/checks/problems.py.
 */
#pragma once

#include "conf/problem.h"

/* A star stands for whatever was put in; $1 is the first of them. The first row that fits counts; a row without en ends a table. */
struct problem_words {
	const char *en, *zh;
};

extern const struct problem_words problem_zh_config[], problem_zh_adapter[];

/* @message in Chinese where the table knows its sentence, else @message itself; NULL never. */
const char *problem_zh(const char *message, struct arena *arena);
