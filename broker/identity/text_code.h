/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_code - the character set of a stranger's file: UTF-8, or GB 18030 (and with it GBK and GB 2312), turned into UTF-8 piece by piece.
 *
 * In GB 18030 no byte of a longer character is a comma, a quote or a line end, so a file is cut into lines and fields first and turned
 * afterwards: its offsets stay those of the file. A backslash can be such a byte: JSON is turned a line at a time. GB 18030-2022
 */
#pragma once

#include "broker/base/base.h"

struct text_code;

/* @name: "gb18030", "gbk" or "gb2312", which are read alike. ERR_INVALID for any other; FAULT_IO when this system's C library lacks it. */
MUST_USE int text_code_open(struct span name, struct text_code **ret_code);
void text_code_close(struct text_code *code);
DEFINE_CLEANUP(struct text_code, text_code_cleanup, text_code_close)

/* @text in UTF-8, written into @room of @size bytes (twice the text's is enough) unless it is ASCII, which stays where it is. ERR_INVALID
 * when it is no text of that set, ERR_TOO_LARGE when the room is short. */
MUST_USE int text_code_read(struct text_code *code, struct span text, char *room, size_t size, struct span *ret_text);
