/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr - the one small language in which an operator writes what other systems compute: how an imported password was hashed (domain.md 6), how a
 * question to another platform is signed and its answer taken apart (domain.md 3.8).
 *
 *   expr    := term { "." term }                            bytes joined
 *   term    := "literal" | call | variable
 *   call    := name "(" arg { "," arg } ")"
 *   variable                                                of passwords: p, s, u (password, salt, user name)
 *                                                           of messages: $name
 * In both:
 *   md5(e) sha1(e) sha256(e) sha512(e) sm3(e)               raw digest
 *   hmac(H, key, e)                                         raw; H is one of the digest names
 *   hex(e) HEX(e) b64(e) unhex(e) unb64(e)                  encodings
 *   lower(e) upper(e) trim(e) sub(e, start, length)         ASCII letters, ASCII white space, bytes
 * Of passwords only:
 *   pbkdf2(H, e, salt, iterations, length)                  raw; RFC 8018 5.2 with HMAC-H
 *   iter(n, H(e))                                           H(e), then n-1 times H of the raw value (Shiro)
 *   iter(n, hex(H(e))), iter(n, HEX(H(e)))                  the same over hex texts: md5hex of md5hex of md5hex
 *   pbe_md5_des(e, salt, text)                              RFC 8018 6.1.1 with 1000 iterations; salt of 8 bytes (JeecgBoot)
 *   utf16le(e)                                              UTF-8 to UTF-16LE
 * Of messages only:
 *   at(e, path)                                             the text, whole number or truth value that stands at "a.b.0.c" in the JSON text e; nothing when it is
 *                                                           something else. JSON inside a string: at(at($reply, "info"), "userId")
 *   part(e, path)                                           the object or list that stands there, as JSON; nothing when it is something else
 *   pair(e, name)                                           the v of name in a JSON list of texts "k=v"
 *   map(e, "1:111 2:414 *:990")                             another text for each value; nothing for others, unless * has one; "*:*" keeps
 *                                                           them; nothing stays nothing
 *   first(e, e)                                             the first that is not empty
 *   when(e, then)                                           then, unless e is empty: when($id, "p-" . $id)
 *   uri(e) json(e)                                          percent-encoded; escaped for the inside of a JSON string
 *   aes_ecb_open(key, e) sm4_ecb_open(key, e)               decrypted, PKCS #7 padding removed
 *   aes_cbc_open(key, iv, e) sm4_cbc_open(key, iv, e)
 *
 * Literals know \" \\ and \xHH, of messages also \n. White space between tokens is ignored. Bounds are those below; an expression beyond them is refused
 * when it is parsed, a value beyond them when it is computed.
 */
#pragma once

#include "broker/base/arena.h"

#define EXPR_TEXT_MAX 512
#define EXPR_NODES_MAX 64
#define EXPR_DEPTH_MAX 16
#define EXPR_ITERATIONS_MAX 2000000 /* of one iter or pbkdf2 */
#define EXPR_WORK_MAX 5000000       /* compressions of a digest in one evaluation, about a second */
#define EXPR_VALUE_MAX 16384        /* bytes of what is computed */
#define EXPR_MESSAGE_MAX (256 * 1024) /* … and of what a message is taken apart into */

enum expr_use { EXPR_OF_PASSWORDS = 1, EXPR_OF_MESSAGES = 2 };

struct expr; /* expr_eval.h computes it */

/* Parse @text into @arena. ERR_INVALID when it is not in the language or beyond a bound; FAULT_MEMORY. */
MUST_USE int expr_parse(struct span text, enum expr_use use, struct arena *arena, const struct expr **ret_expr);
