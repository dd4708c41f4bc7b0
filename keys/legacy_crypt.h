/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_crypt - the crypt(3) family through libxcrypt, with a whitelist of prefixes and a cap on every cost.
 *
 * crypt(3) also reads DES and NT hashes, and computes for years when a setting says so; neither is let through (libraries.md 4).
 */
#pragma once

#include "broker/base/arena.h"

/* Whether @name is "crypt" or one of the families ("bcrypt", "md5-crypt" …); case does not matter. */
bool legacy_crypt_is_family(struct span name);
/* @family is a name of legacy.h ("crypt" for any). ERR_INVALID when @setting's prefix is not of it, not in the whitelist, or
 * too costly. */
MUST_USE int legacy_crypt_check(struct span family, struct span setting);
/* crypt(password, setting); @setting may be a whole hash. ERR_INVALID as above or when libxcrypt refuses, FAULT_MEMORY. */
MUST_USE int legacy_crypt(struct span family, struct span setting, struct span password, struct arena *arena,
			  struct span *ret_text);
/* The part of @hash that is the setting: everything up to and with the salt. ERR_INVALID as legacy_crypt_check. */
MUST_USE int legacy_crypt_setting(struct span hash, struct span *ret_setting);
/* Whether @setting's algorithm is slow and salted by design (bcrypt, scrypt, yescrypt). */
bool legacy_crypt_is_strong(struct span setting);
