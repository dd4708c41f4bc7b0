/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/totp.h"

#include "broker/base/encode.h"
#include "keys/digest.h"

#include <stdio.h>

int totp_code(struct span secret, int64_t step, char ret_code[TOTP_DIGITS + 1])
{
	unsigned char counter[8], mac[20];

	for (int i = 0; i < 8; i++)
		counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
	TRY(digest_hmac(DIGEST_SHA1, secret, mac, ((struct span){ (const char *)counter, sizeof counter })));
	const unsigned char *p = mac + (mac[19] & 0xf); /* RFC 4226 5.3 */
	uint32_t number = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

	snprintf(ret_code, TOTP_DIGITS + 1, "%06u", number % 1000000);
	return 0;
}

int totp_check(struct span secret, struct span code, struct instant now, int64_t last, int64_t *ret_step)
{
	int64_t fits = -1;

	for (int64_t step = totp_step(now) - 1; step <= totp_step(now) + 1; step++) {
		char right[TOTP_DIGITS + 1];

		TRY(totp_code(secret, step, right));
		if (secret_eq(code, span_of(right)) && step > last && fits < 0)
			fits = step;
		explicit_bzero(right, sizeof right);
	}
	if (fits < 0)
		return ERR_SECOND_FACTOR;
	*ret_step = fits;
	return 0;
}

int totp_uri(struct span secret, struct span issuer, struct span account, struct arena *arena, struct span *ret_uri)
{
	struct buf buf = buf_new(arena, 256);

	buf_str(&buf, "otpauth://totp/");
	encode_percent(&buf, issuer);
	buf_char(&buf, ':');
	encode_percent(&buf, account);
	buf_str(&buf, "?secret=");
	encode_base32(&buf, secret);
	buf_str(&buf, "&issuer=");
	encode_percent(&buf, issuer);
	return buf_done(&buf, ret_uri);
}
