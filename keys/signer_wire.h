/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer_wire - the messages between a client and the signer: one message is a head and up to SIGNER_BATCH items.
 *
 * Both ends are the same binary on the same machine, so numbers are in its byte order. The reader trusts nothing: every length is
 * checked against what is left, and nothing may be left over.
 */
#pragma once

#include "keys/signer.h"

#define SIGNER_WIRE_MAX (64 * 1024)       /* bytes of a message */
#define SIGNER_WIRE_PAYLOADS (40 * 1024)  /* payload bytes a batch may hold, so that the answer fits too */
#define SIGNER_WIRE_TOKEN(payload_n) (((payload_n) + 2) / 3 * 4 + 640) /* room for the token of a payload */

/* Request items → answer items. Each answer item's number is a result. */
enum signer_op {
	SIGNER_OP_PING = 1, /* nothing → nothing */
	SIGNER_OP_SIGN,     /* n × {typ, kid, payload} → n × {result, token} */
	SIGNER_OP_GENERATE, /* {alg} → {result, kid}, {0, public JWK}, {0, sealed} */
	SIGNER_OP_LOAD,     /* {0, sealed} → {result, kid} */
	SIGNER_OP_UNLOAD,   /* {0, kid} → {result} */
};

struct signer_item {
	int32_t number;
	struct span name, bytes;
};

struct signer_message {
	uint32_t op;
	uint64_t seq;  /* the answer repeats it */
	uint64_t boot; /* which life of the signer answers */
	size_t n;
	struct signer_item items[SIGNER_BATCH];
};

/* ERR_MALFORMED; head fields are set as far as they could be read (seq 0 otherwise). Spans borrow from @bytes. */
MUST_USE int signer_wire_read(struct span bytes, struct signer_message *ret_message);

/* A message being written into a caller's buffer of SIGNER_WIRE_MAX bytes. */
struct signer_writer {
	unsigned char *p;
	size_t n;
	uint32_t items;
	bool failed;
};

struct signer_writer signer_wire_begin(unsigned char *buffer, uint32_t op, uint64_t seq, uint64_t boot);
void signer_wire_add(struct signer_writer *w, int32_t number, struct span name, struct span bytes);
/* Room for the bytes of an item without name; NULL when @n does not fit. signer_wire_close says how many were used. */
char *signer_wire_room(struct signer_writer *w, size_t n);
void signer_wire_close(struct signer_writer *w, int32_t number, size_t n);
/* The finished message; empty when something did not fit. */
struct span signer_wire_end(struct signer_writer *w);
