/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsa - RSA with SHA-256 as payment platforms use it ("RSA2"): keys as their consoles show them, signatures in base64, serial numbers of certificates.
 *
 * SHA256withRSA is RSASSA-PKCS1-v1_5 (RFC 8017 8.2). The limits on keys are those of jwk.h.
 */
#pragma once

#include "keys/jwk.h"

/* A key out of PEM, or out of the bare base64 that consoles show (PKCS#8 or PKCS#1, white space anywhere). ERR_INVALID when it is neither. */
MUST_USE int rsa_private_key(struct span text, struct arena *arena, struct key **ret_key);
/* The same for a public key (SubjectPublicKeyInfo); also the key of a certificate in PEM, whose dates and chain are not looked at. */
MUST_USE int rsa_public_key(struct span text, struct arena *arena, struct key **ret_key);

/* SHA256withRSA over @text, in base64. */
MUST_USE int rsa_sign(const struct key *key, struct span text, struct arena *arena, struct span *ret_signature);
/* ERR_SIGNATURE unless @signature (base64) is @key's over @text. */
MUST_USE int rsa_verify(const struct key *key, struct span text, struct span signature, struct arena *arena);

/* The serial number by which Alipay calls a certificate: MD5, in hex, of the issuer's name (RFC 2253) and the serial number in decimal.
 * @pem: one certificate, or several: those that are signed with RSA, joined by '_' (@is_bundle). ERR_INVALID when there is none. */
MUST_USE int rsa_certificate_sn(struct span pem, bool is_bundle, struct arena *arena, struct span *ret_sn);
