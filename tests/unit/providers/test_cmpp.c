/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "providers/sms/cmpp_wire.h"
#include "tests/unit/suite.h"

static struct cmpp_account account_of(enum cmpp_version version)
{
	return (struct cmpp_account){ .version = version, .source_addr = SPAN("901234"), .secret = SPAN("1234"), .service_id = SPAN("LOGIN"),
				      .source_number = SPAN("10690001"), .fee_type = SPAN("01"), .fee_code = SPAN("000000") };
}

static struct span bytes_of(const struct cmpp_frame *frame)
{
	return (struct span){ (const char *)frame->bytes, frame->n };
}

static unsigned number_at(const struct cmpp_frame *frame, size_t at, size_t n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | frame->bytes[at + i];
	return value;
}

/* 1 January, 08:00:00 in China: domain.md 3.6's vector, as gocmpp computes it */
static const struct instant eight = { INT64_C(1704067200000) };

START_TEST(authenticator)
{
	struct cmpp_account account = account_of(CMPP_20);
	unsigned char md5[16];
	char hex[33];
	uint32_t timestamp;

	ck_assert_int_eq(cmpp_authenticator(&account, eight, md5, &timestamp), 0);
	encode_hex(hex, (struct span){ (char *)md5, 16 });
	ck_assert_str_eq(hex, "1f6e3e6af23aa6b1db70f126486a7c77");
	ck_assert_uint_eq(timestamp, 101080000);
}
END_TEST

START_TEST(connect_frame)
{
	struct cmpp_account account = account_of(CMPP_30);
	struct cmpp_frame frame;

	ck_assert_int_eq(cmpp_write_connect(&account, 7, eight, &frame), 0);
	ck_assert_uint_eq(frame.n, 12 + 27);
	ck_assert_uint_eq(number_at(&frame, 0, 4), 39);
	ck_assert_uint_eq(number_at(&frame, 4, 4), CMPP_CONNECT);
	ck_assert_uint_eq(number_at(&frame, 8, 4), 7);
	ck_assert_mem_eq(frame.bytes + 12, "901234", 6);
	ck_assert_uint_eq(number_at(&frame, 34, 1), 0x30);
	ck_assert_uint_eq(number_at(&frame, 35, 4), 101080000);
	account.source_addr = SPAN("9012345");
	ck_assert_int_eq(cmpp_write_connect(&account, 7, eight, &frame), ERR_INVALID);
}
END_TEST

static const struct {
	const char *name;
	enum cmpp_version version;
	size_t n, format, phone, length; /* where they stand */
} submits[] = {
	{ "SUBMIT of 2.0: its body is 138 + 21 bytes, the text and Reserve", CMPP_20, 12 + 138 + 21 + 4, 12 + 46, 12 + 117, 12 + 138 },
	{ "SUBMIT of 3.0 has longer numbers, their types and LinkID", CMPP_30, 12 + 150 + 33 + 21 + 4 - 21, 12 + 58, 12 + 129, 12 + 162 },
};

START_TEST(submit_frame)
{
	struct cmpp_account account = account_of(submits[_i].version);
	struct cmpp_segment segments[CMPP_SEGMENTS_MAX];
	struct cmpp_frame frame;
	size_t n;

	ck_assert_int_eq(cmpp_cut(SPAN("验证"), 9, segments, &n), 0);
	ck_assert_int_eq(cmpp_write_submit(&account, 8, SPAN("13800138000"), segments, &frame), 0);
	ROW_INT(submits[_i].name, number_at(&frame, 0, 4), frame.n);
	ROW_INT(submits[_i].name, number_at(&frame, 4, 4), CMPP_SUBMIT);
	ROW_INT(submits[_i].name, number_at(&frame, 12 + 8, 4), 0x01010101); /* 1 of 1, receipt, level */
	ROW_TRUE(submits[_i].name, memcmp(frame.bytes + 24, "LOGIN\0\0\0\0\0\2", 11) == 0);
	ROW_INT(submits[_i].name, number_at(&frame, submits[_i].format, 1), 8);
	ROW_TRUE(submits[_i].name, memcmp(frame.bytes + submits[_i].phone, "13800138000", 12) == 0);
	ROW_INT(submits[_i].name, number_at(&frame, submits[_i].length, 1), 4);
	ROW_TRUE(submits[_i].name, memcmp(frame.bytes + submits[_i].length + 1, "\x9a\x8c\x8b\xc1", 4) == 0);
	ROW_INT(submits[_i].name, frame.n, submits[_i].length + 1 + 4 + (submits[_i].version == CMPP_30 ? 20 : 8));
}
END_TEST

static const struct {
	const char *name;
	struct span text;
	size_t repeat;
	int result;
	size_t n, last, format;
} cuts[] = {
	{ "plain ASCII goes as it is", SPAN("Your code is 123456"), 1, 0, 1, 19, 0 },
	{ "140 ASCII characters are one message", SPAN("0123456789"), 14, 0, 1, 140, 0 },
	{ "150 of them are three in UCS-2, with headers", SPAN("0123456789"), 15, 0, 3, 6 + 2 * (150 - 134), 8 },
	{ "70 Chinese characters are one message", SPAN("验证码是一二三四五六"), 7, 0, 1, 140, 8 },
	{ "80 are two, each after a header of six bytes", SPAN("验证码是一二三四五六"), 8, 0, 2, 6 + 2 * 13, 8 },
	{ "characters outside the first plane are never cut in two: 33 a part", SPAN("𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"), 4, 0, 2, 6 + 4 * 7, 8 },
	{ "670 characters are ten parts", SPAN("验证码是一二三四五六"), 67, 0, 10, 140, 8 },
	{ "more than ten parts are refused", SPAN("验证码是一二三四五六"), 68, ERR_TOO_LARGE, 0, 0, 0 },
	{ "no text is refused", SPAN(""), 1, ERR_INVALID, 0, 0, 0 },
	{ "what is not UTF-8 is refused", SPAN("\xff\xfe"), 1, ERR_INVALID, 0, 0, 0 },
};

START_TEST(cut)
{
	struct cmpp_segment segments[CMPP_SEGMENTS_MAX];
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 16);
	struct buf text = buf_new(arena, 64);
	size_t n;

	for (size_t i = 0; i < cuts[_i].repeat; i++)
		buf_add(&text, cuts[_i].text);
	int result = cmpp_cut(buf_span(&text), 0x5a, segments, &n);
	ROW_INT(cuts[_i].name, result, cuts[_i].result);
	if (result)
		return;
	ROW_INT(cuts[_i].name, n, cuts[_i].n);
	ROW_INT(cuts[_i].name, segments[n - 1].n, cuts[_i].last);
	for (size_t i = 0; i < n; i++) {
		ROW_INT(cuts[_i].name, segments[i].format, cuts[_i].format);
		ROW_INT(cuts[_i].name, segments[i].total, n);
		ROW_INT(cuts[_i].name, segments[i].number, i + 1);
		ROW_INT(cuts[_i].name, segments[i].has_header, n > 1);
		if (n > 1)
			ROW_TRUE(cuts[_i].name, memcmp(segments[i].content, (unsigned char[]){ 5, 0, 3, 0x5a, (unsigned char)n, (unsigned char)(i + 1) }, 6) == 0);
	}
}
END_TEST

/* ---- reading */

#define HEAD(length, command) "\0\0\0" length command "\0\0\0\x2a"
#define SIXTEEN "0123456789abcdef"
#define RECEIPT_20 "\0\0\0\0\0\0\0\x09" "DELIVRD" "2401010800" "2401010801" "8613800138000\0\0\0\0\0\0\0\0" "\0\0\0\1"
#define DELIVER_20(registered, length) "\0\0\0\0\0\0\0\x07" "10690001\0\0\0\0\0\0\0\0\0\0\0\0\0" "LOGIN\0\0\0\0\0" "\0\0\0" "13800138000\0\0\0\0\0\0\0\0\0\0" registered length

static const struct {
	const char *name;
	enum cmpp_version version;
	struct span frame;
	size_t needed; /* bytes without which it cannot be read */
	struct cmpp_message want;
} messages[] = {
	{ "CONNECT is accepted (2.0)", CMPP_20, SPAN(HEAD("\x1e", "\x80\0\0\1") "\0" SIXTEEN "\x20"), 29, { .command = 0x80000001, .sequence = 42 } },
	{ "CONNECT is refused (3.0)", CMPP_30, SPAN(HEAD("\x21", "\x80\0\0\1") "\0\0\0\3" SIXTEEN "\x30"), 30, { .command = 0x80000001, .sequence = 42, .status = 3 } },
	{ "a gateway of 2.0 refuses 3.0 in its own layout", CMPP_30, SPAN(HEAD("\x1e", "\x80\0\0\1") "\4" SIXTEEN "\x20"),
	  29, { .command = 0x80000001, .sequence = 42, .status = 4 } },
	{ "SUBMIT is accepted (2.0)", CMPP_20, SPAN(HEAD("\x15", "\x80\0\0\4") "\1\2\3\4\5\6\7\x08" "\0"),
	  21, { .command = 0x80000004, .sequence = 42, .id = 0x0102030405060708 } },
	{ "SUBMIT meets flow control (3.0)", CMPP_30, SPAN(HEAD("\x18", "\x80\0\0\4") "\0\0\0\0\0\0\0\0" "\0\0\0\x08"),
	  24, { .command = 0x80000004, .sequence = 42, .status = 8 } },
	{ "SUBMIT meets flow control, told to 2.0 in the layout of 3.0", CMPP_20, SPAN(HEAD("\x18", "\x80\0\0\4") "\0\0\0\0\0\0\0\0" "\0\0\0\x08"),
	  21, { .command = 0x80000004, .sequence = 42, .status = 8 } },
	{ "a receipt whose texts are none", CMPP_20,
	  SPAN(HEAD("\x91", "\0\0\0\5") DELIVER_20("\1", "\x3c") "\0\0\0\0\0\0\0\x09" "D\n\xff\"\x1b[m" "2401010800" "2401010801" "861380013800\x80\0\0\0\0\0\0\0\0" "\0\0\0\1"
	       "\0\0\0\0\0\0\0\0"),
	  137, { .command = 5, .sequence = 42, .id = 7, .is_receipt = true, .receipt_id = 9, .state = "D??\"?[m", .phone = "861380013800?" } },
	{ "a receipt (2.0)", CMPP_20, SPAN(HEAD("\x91", "\0\0\0\5") DELIVER_20("\1", "\x3c") RECEIPT_20 "\0\0\0\0\0\0\0\0"),
	  137, { .command = 5, .sequence = 42, .id = 7, .is_receipt = true, .receipt_id = 9, .state = "DELIVRD", .phone = "8613800138000" } },
	{ "somebody wrote back (2.0)", CMPP_20, SPAN(HEAD("\x57", "\0\0\0\5") DELIVER_20("\0", "\2") "TD" "\0\0\0\0\0\0\0\0"),
	  79, { .command = 5, .sequence = 42, .id = 7 } },
	{ "what is not known is read as its header", CMPP_20, SPAN(HEAD("\x0c", "\0\0\0\x77")), 12, { .command = 0x77, .sequence = 42 } },
};

START_TEST(read_frame)
{
	const struct cmpp_message *want = &messages[_i].want;
	struct cmpp_message got;
	size_t length;

	ROW_INT(messages[_i].name, cmpp_frame_length(messages[_i].frame, &length), 0);
	ROW_INT(messages[_i].name, length, messages[_i].frame.n);
	ROW_INT(messages[_i].name, cmpp_read(messages[_i].version, messages[_i].frame, &got), 0);
	ROW_INT(messages[_i].name, got.command, want->command);
	ROW_INT(messages[_i].name, got.sequence, want->sequence);
	ROW_INT(messages[_i].name, got.status, want->status);
	ROW_INT(messages[_i].name, got.id, want->id);
	ROW_INT(messages[_i].name, got.is_receipt, want->is_receipt);
	ROW_INT(messages[_i].name, got.receipt_id, want->receipt_id);
	ck_assert_str_eq(got.state, want->state);
	ck_assert_str_eq(got.phone, want->phone);
}
END_TEST

START_TEST(cut_short)
{
	struct cmpp_message got;

	for (size_t n = 0; n < messages[_i].needed; n++)
		ROW_INT(messages[_i].name, cmpp_read(messages[_i].version, (struct span){ messages[_i].frame.p, n }, &got), ERR_INVALID);
}
END_TEST

/* Frames that say of their own parts what is not so. */
static const struct {
	const char *name;
	enum cmpp_version version;
	struct span frame;
} liars[] = {
	{ "a SUBMIT answer of 3.0 with a result of one byte", CMPP_30, SPAN(HEAD("\x15", "\x80\0\0\4") "\1\2\3\4\5\6\7\x08" "\0") },
	{ "a SUBMIT answer with two bytes of result", CMPP_20, SPAN(HEAD("\x16", "\x80\0\0\4") "\1\2\3\4\5\6\7\x08" "\0\0") },
	{ "a SUBMIT answer with something behind it", CMPP_30, SPAN(HEAD("\x19", "\x80\0\0\4") "\1\2\3\4\5\6\7\x08" "\0\0\0\0" "\0") },
	{ "a message longer than its frame", CMPP_20, SPAN(HEAD("\x57", "\0\0\0\5") DELIVER_20("\0", "\xff") "TD" "\0\0\0\0\0\0\0\0") },
	{ "a receipt longer than its frame", CMPP_20, SPAN(HEAD("\x91", "\0\0\0\5") DELIVER_20("\1", "\xff") RECEIPT_20 "\0\0\0\0\0\0\0\0") },
	{ "a receipt of 2.0 in a frame of 3.0", CMPP_30, SPAN(HEAD("\x91", "\0\0\0\5") DELIVER_20("\1", "\x3c") RECEIPT_20 "\0\0\0\0\0\0\0\0") },
	{ "a receipt that is shorter than one", CMPP_20, SPAN(HEAD("\x91", "\0\0\0\5") DELIVER_20("\1", "\x3b") RECEIPT_20 "\0\0\0\0\0\0\0\0") },
	{ "an empty receipt", CMPP_20, SPAN(HEAD("\x55", "\0\0\0\5") DELIVER_20("\1", "\0") "\0\0\0\0\0\0\0\0") },
};

START_TEST(lies)
{
	struct cmpp_message got;

	ROW_INT(liars[_i].name, cmpp_read(liars[_i].version, liars[_i].frame, &got), ERR_INVALID);
}
END_TEST

static const struct {
	const char *name;
	struct span bytes;
	int result;
	size_t length;
} lengths[] = {
	{ "three bytes say nothing yet", SPAN("\0\0\0"), 0, 0 },
	{ "a header is the shortest frame", SPAN("\0\0\0\x0c"), 0, 12 },
	{ "eleven bytes are no frame", SPAN("\0\0\0\x0b"), ERR_INVALID, 0 },
	{ "a kilobyte is the longest", SPAN("\0\0\4\0"), 0, 1024 },
	{ "more is refused before it is read", SPAN("\0\0\4\1"), ERR_INVALID, 0 },
	{ "another protocol is refused", SPAN("HTTP/1.1 400"), ERR_INVALID, 0 },
};

START_TEST(frame_length)
{
	size_t length = 0;

	ROW_INT(lengths[_i].name, cmpp_frame_length(lengths[_i].bytes, &length), lengths[_i].result);
	ROW_INT(lengths[_i].name, length, lengths[_i].length);
}
END_TEST

START_TEST(answers)
{
	struct cmpp_frame frame;

	cmpp_write_simple(CMPP_ACTIVE_TEST | CMPP_ANSWER, 3, &frame);
	ck_assert(span_eq(bytes_of(&frame), SPAN("\0\0\0\x0d\x80\0\0\x08\0\0\0\3\0")));
	cmpp_write_simple(CMPP_TERMINATE, 3, &frame);
	ck_assert(span_eq(bytes_of(&frame), SPAN("\0\0\0\x0c\0\0\0\2\0\0\0\3")));
	cmpp_write_delivered(CMPP_20, 3, 0x0102, &frame);
	ck_assert(span_eq(bytes_of(&frame), SPAN("\0\0\0\x15\x80\0\0\5\0\0\0\3\0\0\0\0\0\0\1\2\0")));
	cmpp_write_delivered(CMPP_30, 3, 0x0102, &frame);
	ck_assert_uint_eq(frame.n, 24);
}
END_TEST

int main(void)
{
	return suite_run("cmpp", (struct suite_test[]){ SUITE_ONCE(authenticator), SUITE_ONCE(connect_frame), SUITE_LOOP(submit_frame, ARRAY_LEN(submits)),
							SUITE_LOOP(cut, ARRAY_LEN(cuts)), SUITE_LOOP(read_frame, ARRAY_LEN(messages)),
							SUITE_LOOP(cut_short, ARRAY_LEN(messages)), SUITE_LOOP(lies, ARRAY_LEN(liars)), SUITE_LOOP(frame_length, ARRAY_LEN(lengths)),
							SUITE_ONCE(answers), SUITE_END });
}
