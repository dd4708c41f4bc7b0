/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode - base64url, base64, base32, hex, percent-encoding, UTF-8 and printed ids. Decoders are strict: one text for one value.
 */
#pragma once

#include "broker/base/buf.h"

/* RFC 4648 5, without padding (RFC 7515 2). */
void encode_base64url(struct buf *buf, struct span bytes);
/* ERR_INVALID for padding, white space, foreign characters, an impossible length, or non-zero trailing bits. */
MUST_USE int encode_base64url_decode(struct span text, struct arena *arena, struct span *ret_bytes);
/* The same for texts of a known size, without an arena: @out has room for ENCODE_BASE64URL(bytes.n) + 1 and is terminated. */
#define ENCODE_BASE64URL(n) (((n) * 4 + 2) / 3)
void encode_base64url_text(char *out, struct span bytes);
/* @n random bytes, 32 at most, as such a text: nonces, verifiers. FAULT_MEMORY. */
MUST_USE int encode_random_text(size_t n, struct arena *arena, struct span *ret_text);
/* Exactly @n bytes, or ERR_INVALID (what stands in @out is then undefined). */
MUST_USE int encode_base64url_bytes(struct span text, unsigned char *out, size_t n);
/* RFC 4648 4, with padding. */
void encode_base64(struct buf *buf, struct span bytes);
MUST_USE int encode_base64_decode(struct span text, struct arena *arena, struct span *ret_bytes);

/* RFC 4648 6, without padding: secrets that people type into an authenticator. */
void encode_base32(struct buf *buf, struct span bytes);

/* Lower-case; @out has room for 2 * bytes.n + 1. */
void encode_hex(char *out, struct span bytes);
/* Either case. ERR_INVALID for an odd length or a foreign character. @out has room for text.n / 2. */
MUST_USE int encode_hex_decode(struct span text, unsigned char *out);

/* RFC 3986: everything but unreserved characters (A-Z a-z 0-9 - . _ ~) becomes %XX. */
void encode_percent(struct buf *buf, struct span text);
/* @form: '+' means space (application/x-www-form-urlencoded). ERR_INVALID for a bad escape or a decoded NUL. */
MUST_USE int encode_percent_decode(struct span text, bool form, struct arena *arena, struct span *ret_text);

/* Well-formed UTF-8 (no overlong forms, surrogates, or past U+10FFFF), without NUL. */
bool encode_is_utf8(struct span text);
/* The next code point of well-formed @text, which is shortened; 0 at the end. */
uint32_t encode_utf8_next(struct span *text);

/* "0190163d-8694-739b-aea5-966c26f8ad91" and back; @out has room for 37. ERR_INVALID for any other layout. */
void encode_id(char out[37], struct id id);
MUST_USE int encode_id_decode(struct span text, struct id *ret_id);
