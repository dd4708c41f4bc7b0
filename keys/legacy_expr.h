/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_expr - the small language in which an imported password hash is described. domain.md 6.
 *
 *   expr    := term { "." term }                            bytes joined
 *   term    := "p" | "s" | "u" | "literal" | call           password, salt, user name
 *   call    := name "(" arg { "," arg } ")"
 *
 *   md5(e) sha1(e) sha256(e) sha512(e) sm3(e)               raw digest
 *   hmac(H, key, e)                                         raw; H is one of the digest names
 *   pbkdf2(H, e, salt, iterations, length)                  raw; RFC 8018 5.2 with HMAC-H
 *   iter(n, H(e))                                           H(e), then n-1 times H of the raw value (Shiro)
 *   iter(n, hex(H(e))), iter(n, HEX(H(e)))                  the same over hex texts: md5hex of md5hex of md5hex
 *   pbe_md5_des(e, salt, text)                              RFC 8018 6.1.1 with 1000 iterations; salt of 8 bytes (JeecgBoot)
 *   hex(e) HEX(e) b64(e) unhex(e) unb64(e)                  encodings
 *   lower(e) upper(e) trim(e) sub(e, start, length)         ASCII letters, ASCII white space, bytes
 *   utf16le(e)                                              UTF-8 to UTF-16LE
 *
 * Literals know \" \\ and \xHH. White space between tokens is ignored. Bounds are those below; a scheme beyond them is refused
 * when it is parsed, a value beyond them when it is computed.
 */
#pragma once

#include "broker/base/arena.h"

#define LEGACY_EXPR_TEXT_MAX 512
#define LEGACY_EXPR_NODES_MAX 64
#define LEGACY_EXPR_DEPTH_MAX 16
#define LEGACY_EXPR_ITERATIONS_MAX 2000000 /* of one iter or pbkdf2 */
#define LEGACY_EXPR_WORK_MAX 5000000       /* compressions of a digest in one evaluation, about a second */
#define LEGACY_EXPR_VALUE_MAX 16384

struct legacy_expr; /* legacy_eval.h computes it */

/* Parse @text into @arena. ERR_INVALID when it is not in the language or beyond a bound; FAULT_MEMORY. */
MUST_USE int legacy_expr_parse(struct span text, struct arena *arena, const struct legacy_expr **ret_expr);
