/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer - the process that holds the private keys, and the client's side of its channel.
 *
 * The channel is one end of an AF_UNIX SOCK_SEQPACKET pair whose both ends a supervisor keeps, so a restarted signer takes over the
 * same channel. Threads that share a struct signer combine: whoever finds the channel idle sends everything pending in one message
 * and hands out the answers. A loop thread with a channel of its own just sends and receives (6 to 9 µs more than signing
 * in-process). The signer trusts nothing it is sent: see signer_policy. design.md 6, security.md (Processes)
 */
#pragma once

#include "broker/base/buf.h"
#include "keys/alg.h"

/* What a token is for: gives the header's "typ" and the cap on exp - iat. */
enum signer_typ {
	SIGNER_ACCESS,        /* at+jwt, RFC 9068 */
	SIGNER_ID,            /* JWT: OpenID Connect ID token */
	SIGNER_LOGOUT,        /* logout+jwt, OpenID Connect Back-Channel Logout 1.0 2.4 */
	SIGNER_USERINFO,      /* JWT: signed userinfo */
	SIGNER_INTROSPECTION, /* token-introspection+jwt, RFC 9701 */
	SIGNER_TYP_COUNT,
};

#define SIGNER_BATCH 16                 /* requests in one message */
#define SIGNER_PAYLOAD_MAX (16 * 1024)  /* bytes of claims in one request */
#define SIGNER_KID_MAX 63
#define SIGNER_KEYS 64                  /* keys loaded at once */
#define SIGNER_CHANNELS 64              /* channels of one process */

/* ---- in the signer process ---- */

struct signer_policy {
	const char *issuer;                  /* every token's "iss" */
	const char *key_file;                /* the key that seals private keys; made when absent; read once, before the sandbox */
	int64_t max_life[SIGNER_TYP_COUNT];  /* seconds from iat to exp; 0: the default of the typ */
	uint32_t per_second;                 /* signatures per channel and second, twice as many in a burst; 0: no limit */
	const int *cpus;                     /* CPU of each channel's thread, -1 for any; NULL: none pinned */
	bool no_sandbox;                     /* for tests in a thread */
};

/* Serve @n channels, a thread each, until every peer has closed; takes over the descriptors. Returns the exit status. */
int signer_main(const int channel_fds[], size_t n, const struct signer_policy *policy);

/* ---- in the client process ---- */

struct signer;

/* Loads every sealed key again (signer_load) after the signer was restarted. Called by a thread that holds no lock of @signer. */
typedef int signer_reload_fn(struct signer *signer, void *context);

struct signer_request {
	struct span kid;
	enum signer_typ typ;
	struct span payload; /* begins as signer_begin_claims wrote it */
	/* answer */
	int result;          /* 0, ERR_ABSENT (unknown kid), ERR_INVALID (refused by policy), ERR_TOO_MANY, FAULT_… */
	struct span token;   /* header.payload.signature, in the arena given to signer_sign */
};

struct signer_made {
	struct span kid;         /* the thumbprint */
	struct span public_jwk;  /* JSON */
	struct span sealed;      /* the private key, sealed: store it, hand it to signer_load */
};

/* @fd stays the caller's. */
MUST_USE int signer_open(int fd, signer_reload_fn *reload, void *context, struct signer **ret_signer);
void signer_close(struct signer *signer);
DEFINE_CLEANUP(struct signer, signer_cleanup, signer_close)

/* Begin the claims the way the signer demands: {"iss":…,"exp":…,"iat":…, — the caller goes on with members and closes the
 * object. */
void signer_begin_claims(struct buf *buf, struct span issuer, int64_t exp, int64_t iat);

/* Sign all of @requests: 0 when each result is 0, else the first result that is not. FAULT_SIGNER when the signer does not answer
 * within two seconds. Any thread. */
MUST_USE int signer_sign(struct signer *signer, struct signer_request *requests, size_t n, struct arena *arena);
/* Generating an RSA key holds the channel for up to a second: give rotation a channel of its own. */
MUST_USE int signer_generate(struct signer *signer, enum alg alg, struct arena *arena, struct signer_made *ret_made);
/* @ret_kid has room for SIGNER_KID_MAX + 1. Loading a key twice is harmless. FAULT_CORRUPT: not sealed by this signer's key
 * file. */
MUST_USE int signer_load(struct signer *signer, struct span sealed, char *ret_kid);
MUST_USE int signer_unload(struct signer *signer, struct span kid);
/* The signer answers. */
MUST_USE int signer_ping(struct signer *signer);
