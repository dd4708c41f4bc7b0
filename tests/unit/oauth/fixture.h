/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture - what the tests of the protocol rules share: a configuration with a client of every sort, a seal ring, and two small
 * records.
 */
#pragma once

#include "broker/base/error.h"
#include "broker/store/records_account.h"
#include "broker/store/records_login.h"
#include "conf/config.h"
#include "keys/seal.h"
#include "tests/unit/suite.h"

#define NOW ((struct instant){ INT64_C(1800000000000) })

struct fixture {
	const struct config *config;
	struct seal_ring *ring;
	struct arena *arena;
};

/* Aborts the test when anything fails. */
struct fixture fixture_make(void);
void fixture_drop(struct fixture *fixture);
#define FIXTURE CLEANUP(fixture_drop) struct fixture
/* The client of the configuration with this id. */
struct config_client fixture_client(const struct fixture *fixture, const char *id);

/* A list of the words of @text, kept in the arena. */
struct text_list fixture_list(const struct fixture *fixture, const char *text);
/* An id that expires at @at and is told from others by @mark. */
struct id fixture_id(struct instant at, unsigned char mark);
/* A redeemed family of "web" with scopes "openid profile org", its session and account. */
struct family fixture_family(const struct fixture *fixture);
struct session fixture_session(void);
struct account fixture_account(void);
