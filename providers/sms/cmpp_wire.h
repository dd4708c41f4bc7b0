/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmpp_wire - the frames of CMPP 2.0 and 3.0, the carriers' protocol for SMS over TCP: written and read, nothing kept.
 *
 * Numbers are big-endian, texts fill their field with zeros. A frame is a header (length, command, sequence) and a body; the answer to a
 * command has its number with the highest bit set, and its sequence. China Mobile Peer to Peer 2.0 and 3.0; domain.md 3.6
 */
#pragma once

#include "broker/base/arena.h"

enum cmpp_version { CMPP_20 = 0x20, CMPP_30 = 0x30 };

enum cmpp_command {
	CMPP_CONNECT = 0x1,
	CMPP_TERMINATE = 0x2,
	CMPP_SUBMIT = 0x4,
	CMPP_DELIVER = 0x5,
	CMPP_ACTIVE_TEST = 0x8,
};
#define CMPP_ANSWER 0x80000000u /* CMPP_CONNECT | CMPP_ANSWER */

#define CMPP_HEADER 12
#define CMPP_FRAME_MAX 1024 /* longer than any frame that we write or understand */
#define CMPP_SEGMENTS_MAX 10
#define CMPP_CONTENT_MAX 140

/* Who we are to the carrier. */
struct cmpp_account {
	enum cmpp_version version;
	struct span source_addr;   /* SP_Id, 6 characters */
	struct span secret;
	struct span service_id;    /* at most 10 characters */
	struct span source_number; /* Src_Id: what the phone shows as the sender, at most 21 digits */
	struct span fee_type, fee_code; /* 2 and 6 characters */
};

struct cmpp_frame {
	size_t n;
	unsigned char bytes[CMPP_FRAME_MAX];
};

/* One part of a text, as it goes into one SUBMIT. */
struct cmpp_segment {
	uint8_t total, number; /* 1 of 1, 2 of 3 */
	bool has_header;       /* a user data header stands before the text */
	uint8_t format;        /* Msg_Fmt: 0 ASCII, 8 UCS-2 */
	uint8_t n;
	unsigned char content[CMPP_CONTENT_MAX];
};

/* What came from the gateway. */
struct cmpp_message {
	uint32_t command, sequence;
	uint32_t status;               /* CONNECT and SUBMIT answers: 0 is good */
	uint64_t id;                   /* SUBMIT answer: Msg_Id; DELIVER: its own */
	unsigned char authenticator[16]; /* CONNECT answer */
	bool is_receipt;               /* DELIVER */
	uint64_t receipt_id;           /* … for the message with this Msg_Id */
	char state[8];                 /* … "DELIVRD", "EXPIRED", … terminated */
	char phone[33];                /* … of the receiver, terminated, as the gateway writes it */
};

/* MD5(source_addr, nine zeros, secret, "MMDDHHMMSS" in China), and that time as a number. */
MUST_USE int cmpp_authenticator(const struct cmpp_account *account, struct instant now, unsigned char ret_md5[16], uint32_t *ret_timestamp);
/* ERR_INVALID: a value of @account does not fit its field. */
MUST_USE int cmpp_write_connect(const struct cmpp_account *account, uint32_t sequence, struct instant now, struct cmpp_frame *ret_frame);
/* To one phone, with a receipt wanted. ERR_INVALID as above. */
MUST_USE int cmpp_write_submit(const struct cmpp_account *account, uint32_t sequence, struct span phone, const struct cmpp_segment *segment,
			       struct cmpp_frame *ret_frame);
/* ACTIVE_TEST, TERMINATE and their answers, and the answer to a DELIVER with @id. */
void cmpp_write_simple(uint32_t command, uint32_t sequence, struct cmpp_frame *ret_frame);
void cmpp_write_delivered(enum cmpp_version version, uint32_t sequence, uint64_t id, struct cmpp_frame *ret_frame);

/* Cut @text (UTF-8) into what one SUBMIT each can carry; @reference ties the parts together on the phone. Characters are never cut in
 * two. ERR_INVALID: empty or not UTF-8; ERR_TOO_LARGE: more than CMPP_SEGMENTS_MAX. */
MUST_USE int cmpp_cut(struct span text, uint8_t reference, struct cmpp_segment ret_segments[CMPP_SEGMENTS_MAX], size_t *ret_n);

/* Length of the frame that @bytes begins with; 0: more bytes are needed to know it. ERR_INVALID: no frame begins like this. */
MUST_USE int cmpp_frame_length(struct span bytes, size_t *ret_length);
/* Read one whole frame. ERR_INVALID: too short for what it says it is. A command that is not known is read as its header. */
MUST_USE int cmpp_read(enum cmpp_version version, struct span frame, struct cmpp_message *ret_message);
