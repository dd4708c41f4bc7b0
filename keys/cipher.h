/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cipher - what other platforms encrypt their answers with, decrypted: AES and SM4, ECB and CBC, PKCS #7 padding.
 *
 * None of these authenticates. What is opened here is believed because of the channel that it came by (TLS, a signed question), never because it
 * could be opened; and nobody outside is told why it could not (padding oracles). FIPS 197, GB/T 32907, NIST SP 800-38A, RFC 5652 6.3
 */
#pragma once

#include "broker/base/arena.h"

enum cipher { CIPHER_AES_ECB, CIPHER_AES_CBC, CIPHER_SM4_ECB, CIPHER_SM4_CBC };

/* @key: of AES 16, 24 or 32 bytes, of SM4 16; @iv: of CBC 16 bytes, of ECB nothing. ERR_INVALID when key or IV have another size or @sealed is no such
 * text under this key; faults. @ret_plain lives in @arena. */
MUST_USE int cipher_open(enum cipher cipher, struct span key, struct span iv, struct span sealed, struct arena *arena, struct span *ret_plain);
