/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem_zh - what is wrong with a configuration, in Chinese: for those who see it in the console and not in a terminal.
 */
#pragma once

#include "conf/problem.h"

/* @message in Chinese where the table knows its sentence, else @message itself; NULL never. */
const char *problem_zh(const char *message, struct arena *arena);
