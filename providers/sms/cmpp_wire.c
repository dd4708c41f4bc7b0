/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/sms/cmpp_wire.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/hours.h"
#include "keys/digest.h"

#include <stdio.h>
#include <time.h>

#define WITH_RECEIPT 1
#define LEVEL 1          /* of priority, 0 to 9 */
#define PAID_BY_SOURCE 2 /* Fee_UserType: the service pays */
#define UCS2 8
#define UDH 6            /* 05 00 03 reference total number: 3GPP TS 23.040 9.2.3.24.1 */

/* ---- writing */

static void put(struct cmpp_frame *frame, const void *bytes, size_t n)
{
	memcpy(frame->bytes + frame->n, bytes, n);
	frame->n += n;
}

static void put_number(struct cmpp_frame *frame, uint64_t value, size_t n)
{
	for (size_t i = n; i-- > 0;)
		frame->bytes[frame->n++] = (unsigned char)(value >> (8 * i));
}

static void put_zeros(struct cmpp_frame *frame, size_t n)
{
	memset(frame->bytes + frame->n, 0, n);
	frame->n += n;
}

/* A text in a field of @n bytes. */
static int put_text(struct cmpp_frame *frame, struct span text, size_t n)
{
	if (text.n > n)
		return ERR_INVALID;
	if (text.n)
		put(frame, text.p, text.n);
	put_zeros(frame, n - text.n);
	return 0;
}

static void begin(struct cmpp_frame *frame, uint32_t command, uint32_t sequence)
{
	frame->n = 4;
	put_number(frame, command, 4);
	put_number(frame, sequence, 4);
}

static void end(struct cmpp_frame *frame)
{
	size_t n = frame->n;

	frame->n = 0;
	put_number(frame, n, 4);
	frame->n = n;
}

int cmpp_authenticator(const struct cmpp_account *account, struct instant now, unsigned char ret_md5[16], uint32_t *ret_timestamp)
{
	static const char zeros[9];
	time_t seconds = (time_t)((now.ms + CHINA_MS) / MS_SECOND);
	char text[11];
	uint64_t number;
	struct tm tm;

	strftime(text, sizeof text, "%m%d%H%M%S", gmtime_r(&seconds, &tm));
	if (!span_to_u64(span_of(text), &number))
		return FAULT_BUG;
	TRY(digest_of(DIGEST_MD5, ret_md5, account->source_addr, (struct span){ zeros, sizeof zeros }, account->secret, span_of(text)));
	*ret_timestamp = (uint32_t)number;
	return 0;
}

int cmpp_write_connect(const struct cmpp_account *account, uint32_t sequence, struct instant now, struct cmpp_frame *ret_frame)
{
	unsigned char md5[16];
	uint32_t timestamp;

	TRY(cmpp_authenticator(account, now, md5, &timestamp));
	begin(ret_frame, CMPP_CONNECT, sequence);
	TRY(put_text(ret_frame, account->source_addr, 6));
	put(ret_frame, md5, sizeof md5);
	put_number(ret_frame, account->version, 1);
	put_number(ret_frame, timestamp, 4);
	end(ret_frame);
	return 0;
}

int cmpp_write_submit(const struct cmpp_account *account, uint32_t sequence, struct span phone, const struct cmpp_segment *segment,
		      struct cmpp_frame *ret_frame)
{
	struct cmpp_frame *f = ret_frame;
	bool is_30 = account->version == CMPP_30;
	size_t number = is_30 ? 32 : 21;

	begin(f, CMPP_SUBMIT, sequence);
	put_zeros(f, 8); /* Msg_Id: the gateway gives it */
	put_number(f, segment->total, 1);
	put_number(f, segment->number, 1);
	put_number(f, WITH_RECEIPT, 1);
	put_number(f, LEVEL, 1);
	TRY(put_text(f, account->service_id, 10));
	put_number(f, PAID_BY_SOURCE, 1);
	put_zeros(f, number + is_30); /* Fee_terminal_Id, Fee_terminal_type */
	put_number(f, 0, 1);          /* TP_pId */
	put_number(f, segment->has_header, 1);
	put_number(f, segment->format, 1);
	TRY(put_text(f, account->source_addr, 6));
	TRY(put_text(f, account->fee_type, 2));
	TRY(put_text(f, account->fee_code, 6));
	put_zeros(f, 17 + 17); /* ValId_Time, At_Time: now, and as long as the carrier keeps it */
	TRY(put_text(f, account->source_number, 21));
	put_number(f, 1, 1); /* DestUsr_tl */
	TRY(put_text(f, phone, number));
	if (is_30)
		put_number(f, 0, 1); /* Dest_terminal_type: a real number */
	put_number(f, segment->n, 1);
	put(f, segment->content, segment->n);
	put_zeros(f, is_30 ? 20 : 8); /* LinkID; Reserve */
	end(f);
	return 0;
}

void cmpp_write_simple(uint32_t command, uint32_t sequence, struct cmpp_frame *ret_frame)
{
	begin(ret_frame, command, sequence);
	if (command == (CMPP_ACTIVE_TEST | CMPP_ANSWER))
		put_zeros(ret_frame, 1);
	end(ret_frame);
}

void cmpp_write_delivered(enum cmpp_version version, uint32_t sequence, uint64_t id, struct cmpp_frame *ret_frame)
{
	begin(ret_frame, CMPP_DELIVER | CMPP_ANSWER, sequence);
	put_number(ret_frame, id, 8);
	put_zeros(ret_frame, version == CMPP_30 ? 4 : 1);
	end(ret_frame);
}

/* ---- texts */

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > 0x7e)
			return false;
	return true;
}

static size_t put_utf16(unsigned char *out, uint32_t c)
{
	uint16_t units[2] = { (uint16_t)c };
	size_t n = 1;

	if (c > 0xffff) {
		units[0] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
		units[1] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
		n = 2;
	}
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = (unsigned char)(units[i] >> 8);
		out[2 * i + 1] = (unsigned char)units[i];
	}
	return 2 * n;
}

/* As much of @text as fits behind a header of @room bytes; the rest stays in *@text. */
static void fill(struct cmpp_segment *segment, struct span *text, size_t header)
{
	size_t n = header;

	segment->format = UCS2;
	while (text->n) {
		struct span rest = *text;
		unsigned char units[4];
		size_t size = put_utf16(units, encode_utf8_next(&rest));

		if (n + size > CMPP_CONTENT_MAX)
			break;
		memcpy(segment->content + n, units, size);
		n += size;
		*text = rest;
	}
	segment->n = (uint8_t)n;
}

int cmpp_cut(struct span text, uint8_t reference, struct cmpp_segment ret_segments[CMPP_SEGMENTS_MAX], size_t *ret_n)
{
	size_t n = 0;

	if (!text.n || !encode_is_utf8(text))
		return ERR_INVALID;
	ret_segments[0] = (struct cmpp_segment){ .total = 1, .number = 1 };
	if (is_ascii(text) && text.n <= CMPP_CONTENT_MAX) {
		memcpy(ret_segments[0].content, text.p, text.n);
		ret_segments[0].n = (uint8_t)text.n;
		*ret_n = 1;
		return 0;
	}
	struct span rest = text;
	fill(&ret_segments[0], &rest, 0);
	if (!rest.n) {
		*ret_n = 1;
		return 0;
	}
	for (rest = text; rest.n; n++) {
		if (n == CMPP_SEGMENTS_MAX)
			return ERR_TOO_LARGE;
		ret_segments[n] = (struct cmpp_segment){ .has_header = true, .number = (uint8_t)(n + 1) };
		fill(&ret_segments[n], &rest, UDH);
	}
	for (size_t i = 0; i < n; i++) {
		ret_segments[i].total = (uint8_t)n;
		memcpy(ret_segments[i].content, (unsigned char[UDH]){ 5, 0, 3, reference, (uint8_t)n, (uint8_t)(i + 1) }, UDH);
	}
	*ret_n = n;
	return 0;
}

/* ---- reading */

struct reader {
	const unsigned char *p;
	size_t n;
	bool failed;
};

#define TEXT_MAX 32

static void skip(struct reader *r, size_t n)
{
	r->failed |= n > r->n;
	if (r->failed)
		return;
	r->p += n;
	r->n -= n;
}

/* The next @n bytes, at most TEXT_MAX; zeros when there are fewer. */
static const unsigned char *take(struct reader *r, size_t n)
{
	static const unsigned char none[TEXT_MAX];
	const unsigned char *p = r->p;

	skip(r, n);
	return r->failed ? none : p;
}

static uint64_t take_number(struct reader *r, size_t n)
{
	const unsigned char *p = take(r, n);
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

/* A text of at most @n bytes that ends where zeros or the field do; @out has room for n + 1. */
static void take_text(struct reader *r, size_t n, char *out)
{
	const unsigned char *p = take(r, n);

	memcpy(out, p, n);
	out[n] = 0;
	for (; *out; out++) /* it goes into logs and records */
		if (*out < ' ' || *out > '~')
			*out = '?';
}

int cmpp_frame_length(struct span bytes, size_t *ret_length)
{
	struct reader r = { (const unsigned char *)bytes.p, bytes.n, false };
	uint64_t length = bytes.n < 4 ? 0 : take_number(&r, 4);

	if (bytes.n >= 4 && (length < CMPP_HEADER || length > CMPP_FRAME_MAX))
		return ERR_INVALID;
	*ret_length = (size_t)length;
	return 0;
}

static void read_receipt(enum cmpp_version version, struct reader *r, struct cmpp_message *message)
{
	message->receipt_id = take_number(r, 8);
	take_text(r, 7, message->state);
	skip(r, 10 + 10); /* Submit_time, Done_time */
	take_text(r, version == CMPP_30 ? 32 : 21, message->phone);
	skip(r, 4); /* SMSC_sequence */
}

static void read_deliver(enum cmpp_version version, struct reader *r, struct cmpp_message *message)
{
	message->id = take_number(r, 8);
	skip(r, 21 + 10 + 1 + 1 + 1);                     /* Dest_Id, Service_Id, TP_pid, TP_udhi, Msg_Fmt */
	skip(r, version == CMPP_30 ? 32 + 1 : 21);        /* Src_terminal_Id, Src_terminal_type */
	message->is_receipt = take_number(r, 1) == 1;
	size_t n = (size_t)take_number(r, 1);
	struct reader content = { r->p, n, false };
	skip(r, n);
	if (!r->failed && message->is_receipt)
		read_receipt(version, &content, message);
	r->failed |= content.failed;
}

int cmpp_read(enum cmpp_version version, struct span frame, struct cmpp_message *ret_message)
{
	struct reader r = { (const unsigned char *)frame.p, frame.n, false };
	struct cmpp_message message = { 0 };

	skip(&r, 4);
	message.command = (uint32_t)take_number(&r, 4);
	message.sequence = (uint32_t)take_number(&r, 4);
	switch (message.command) {
	case CMPP_CONNECT | CMPP_ANSWER: /* a gateway that refuses the version may answer in its own */
		message.status = (uint32_t)take_number(&r, frame.n == CMPP_HEADER + 1 + 16 + 1 ? 1 : 4);
		memcpy(message.authenticator, take(&r, sizeof message.authenticator), sizeof message.authenticator);
		break;
	case CMPP_SUBMIT | CMPP_ANSWER: /* read by its length: the first byte of a Result of four is 0, which would be success */
		message.id = take_number(&r, 8);
		message.status = (uint32_t)take_number(&r, version == CMPP_20 && r.n == 1 ? 1 : 4);
		r.failed |= r.n > 0;
		break;
	case CMPP_DELIVER:
		read_deliver(version, &r, &message);
		break;
	default:
		break;
	}
	if (r.failed)
		return ERR_INVALID;
	*ret_message = message;
	return 0;
}
