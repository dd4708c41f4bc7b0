/* SPDX-License-Identifier: Apache-2.0 */
/* A link against a gateway that runs beside it: one that is well, one that hangs up in the middle, one that refuses, one that is not there. */
#include "broker/base/error.h"
#include "broker/base/sys.h"
#include "broker/net/cmpp.h"
#include "tests/unit/suite.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define PHONES 1000
#define FIRST_PHONE 13800000000
#define PORT_NONE 1 /* nobody listens there */

enum manner {
	WELL,
	HANGS_UP_UNREAD,     /* closes with frames unread, after it has answered */
	HANGS_UP_UNANSWERED, /* accepts one more, and closes without an answer to it */
	REFUSES_LOGIN,
	REFUSES_SUBMIT,
	SILENT,              /* takes everything and answers nothing */
	ASKS_AND_LEAVES,     /* sends an ACTIVE_TEST, then TERMINATE, again and again */
};

/* A carrier. Its memory of what it accepted outlives its connections. */
struct gateway {
	enum manner manner;
	int hangs_up_every;
	int listener, fd;
	uint16_t port;
	pthread_t thread;
	atomic_bool stops;
	atomic_int logins;
	uint64_t last_id;
	int accepted[PHONES];      /* times, by phone */
	uint64_t receipt[PHONES];  /* id of what it owes a receipt for */
	bool was_tested;
};

static bool write_all(int fd, const void *bytes, size_t n)
{
	return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool read_all(struct gateway *gateway, void *bytes, size_t n)
{
	for (size_t got = 0; got < n;) {
		ssize_t more = recv(gateway->fd, (char *)bytes + got, n - got, 0);

		if (more == 0 || (more < 0 && atomic_load(&gateway->stops)))
			return false;
		if (more < 0)
			continue; /* its time is over: look whether the test is */
		got += (size_t)more;
	}
	return true;
}

static uint32_t number_of(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void set_number(unsigned char *p, uint64_t value, size_t n)
{
	for (size_t i = n; i-- > 0; value >>= 8)
		p[i] = (unsigned char)value;
}

static bool answer(struct gateway *gateway, uint32_t command, const unsigned char *asked, const unsigned char *body, size_t n)
{
	unsigned char frame[64];

	set_number(frame, 12 + n, 4);
	set_number(frame + 4, command | CMPP_ANSWER, 4);
	memcpy(frame + 8, asked + 8, 4);
	memcpy(frame + 12, body, n);
	return write_all(gateway->fd, frame, 12 + n);
}

static bool send_receipt(struct gateway *gateway, size_t phone)
{
	unsigned char frame[145] = { 0 };

	set_number(frame, sizeof frame, 4);
	set_number(frame + 4, CMPP_DELIVER, 4);
	set_number(frame + 8, gateway->receipt[phone], 4);
	frame[12 + 8 + 21 + 10 + 3 + 21] = 1;
	frame[12 + 8 + 21 + 10 + 3 + 21 + 1] = 60;
	unsigned char *content = frame + 12 + 8 + 21 + 10 + 3 + 21 + 2;
	set_number(content, gateway->receipt[phone], 8);
	memcpy(content + 8, "DELIVRD24010108002401010801", 27);
	snprintf((char *)content + 35, 22, "86%lld", (long long)FIRST_PHONE + (long long)phone);
	return write_all(gateway->fd, frame, sizeof frame);
}

/* False: this connection is over. */
static bool on_submit(struct gateway *gateway, const unsigned char *frame, int *count)
{
	long long phone = atoll((const char *)frame + 129) - FIRST_PHONE;
	unsigned char body[9] = { 0 };

	if (gateway->manner == SILENT)
		return true;
	if (gateway->manner == REFUSES_SUBMIT) {
		body[8] = 8;
		return answer(gateway, CMPP_SUBMIT, frame, body, sizeof body);
	}
	gateway->accepted[phone]++;
	gateway->receipt[phone] = ++gateway->last_id;
	set_number(body, gateway->last_id, 8);
	if (gateway->hangs_up_every && ++*count % gateway->hangs_up_every == 0) {
		if (gateway->manner == HANGS_UP_UNREAD)
			answer(gateway, CMPP_SUBMIT, frame, body, sizeof body);
		return false;
	}
	return answer(gateway, CMPP_SUBMIT, frame, body, sizeof body) && send_receipt(gateway, (size_t)phone);
}

static bool on_frame(struct gateway *gateway, const unsigned char *frame, int *count)
{
	uint64_t id;

	switch (number_of(frame + 4)) {
	case CMPP_CONNECT: {
		unsigned char body[18] = { gateway->manner == REFUSES_LOGIN ? 3 : 0 };

		body[17] = 0x20;
		atomic_fetch_add(&gateway->logins, 1);
		if (!answer(gateway, CMPP_CONNECT, frame, body, sizeof body))
			return false;
		for (size_t i = 0; i < PHONES; i++)
			if (gateway->receipt[i] && !send_receipt(gateway, i))
				return false;
		if (gateway->manner == ASKS_AND_LEAVES)
			return write_all(gateway->fd, "\0\0\0\x0c\0\0\0\x08\0\0\0\1", 12);
		return true;
	}
	case CMPP_SUBMIT:
		return on_submit(gateway, frame, count);
	case CMPP_DELIVER | CMPP_ANSWER:
		id = number_of(frame + 8);
		for (size_t i = 0; i < PHONES; i++)
			if (gateway->receipt[i] == id)
				gateway->receipt[i] = 0;
		return true;
	case CMPP_ACTIVE_TEST | CMPP_ANSWER:
		gateway->was_tested = true;
		return write_all(gateway->fd, "\0\0\0\x0c\0\0\0\2\0\0\0\2", 12);
	case CMPP_ACTIVE_TEST:
		return answer(gateway, CMPP_ACTIVE_TEST, frame, (unsigned char[1]){ 0 }, 1);
	default:
		return true;
	}
}

static void *serve(void *arg)
{
	struct gateway *gateway = arg;

	while (!atomic_load(&gateway->stops)) {
		gateway->fd = accept(gateway->listener, NULL, NULL);
		if (gateway->fd < 0)
			continue;
		setsockopt(gateway->fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_usec = 100000 }, sizeof(struct timeval));
		unsigned char frame[CMPP_FRAME_MAX];
		int count = 0;

		while (read_all(gateway, frame, 12) && number_of(frame) <= sizeof frame && read_all(gateway, frame + 12, number_of(frame) - 12) &&
		       on_frame(gateway, frame, &count))
			;
		close(gateway->fd);
	}
	return NULL;
}

static void gateway_start(struct gateway *gateway)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;

	gateway->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(gateway->listener, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_usec = 100000 }, sizeof(struct timeval));
	ck_assert_int_eq(bind(gateway->listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(gateway->listener, 4), 0);
	ck_assert_int_eq(getsockname(gateway->listener, (struct sockaddr *)&address, &size), 0);
	gateway->port = ntohs(address.sin_port);
	ck_assert_int_eq(pthread_create(&gateway->thread, NULL, serve, gateway), 0);
}

static void gateway_stop(struct gateway *gateway)
{
	atomic_store(&gateway->stops, true);
	pthread_join(gateway->thread, NULL);
	close(gateway->listener);
}

/* ---- our side */

struct book {
	pthread_mutex_t lock;
	uint64_t id[PHONES];          /* under which we know it */
	enum cmpp_outcome outcome[PHONES];
	bool is_delivered[PHONES], is_lost[PHONES];
	int strangers;                /* receipts that nobody claimed to the end */
};

static bool on_news(void *context, const struct cmpp_news *news, bool last)
{
	struct book *book = context;
	bool known = false;

	pthread_mutex_lock(&book->lock);
	if (news->type == CMPP_NEWS_RECEIPT) {
		for (size_t i = 0; i < PHONES && !known; i++)
			if (book->id[i] == news->id) {
				known = true;
				book->is_delivered[i] = strcmp(news->state, "DELIVRD") == 0;
			}
		book->strangers += last && !known;
	} else {
		size_t phone = (size_t)atoi(news->key);

		book->id[phone] = news->id;
		book->outcome[phone] = news->type == CMPP_NEWS_ACCEPTED ? CMPP_ACCEPTED : book->outcome[phone];
		book->is_lost[phone] = news->type == CMPP_NEWS_LOST;
	}
	pthread_mutex_unlock(&book->lock);
	return known;
}

static struct address_block loopback[1];

static struct cmpp_options options_of(struct book *book, uint16_t port)
{
	ck_assert_int_eq(address_block_parse(SPAN("127.0.0.0/8"), loopback), 0);
	pthread_mutex_init(&book->lock, NULL);
	return (struct cmpp_options){ .account = { .version = CMPP_20, .source_addr = SPAN("901234"), .secret = SPAN("1234"), .service_id = SPAN("LOGIN"),
						   .source_number = SPAN("10690001"), .fee_type = SPAN("01"), .fee_code = SPAN("000000") },
				      .host = "127.0.0.1", .port = port, .window = 16, .connect_ms = 2000, .answer_ms = 2000, .keep_alive_ms = 30000,
				      .resend_ms = 1500, .allow = { loopback, 1 }, .news = on_news, .context = book };
}

struct sender {
	struct cmpp_link *link;
	struct book *book;
	size_t from, to;
};

static void send_one(struct sender *sender, size_t i)
{
	char phone[24], key[24];
	struct cmpp_sent sent;

	snprintf(phone, sizeof phone, "%lld", (long long)FIRST_PHONE + (long long)i);
	snprintf(key, sizeof key, "%zu", i);
	ck_assert_int_eq(cmpp_link_send(sender->link, span_of(key), span_of(phone), SPAN("【一门】您的验证码是123456"), 10000, &sent), 0);
	pthread_mutex_lock(&sender->book->lock);
	if (!sender->book->id[i])
		sender->book->id[i] = sent.ids[0];
	sender->book->outcome[i] = sent.outcome;
	pthread_mutex_unlock(&sender->book->lock);
}

static void *send_some(void *arg)
{
	struct sender *sender = arg;

	for (size_t i = sender->from; i < sender->to; i++)
		send_one(sender, i);
	return NULL;
}

static const struct {
	const char *name;
	enum manner manner;
	int every;
} breaks[] = {
	{ "a gateway that is well", WELL, 0 },
	{ "a gateway that hangs up after every hundredth, with frames unread", HANGS_UP_UNREAD, 100 },
	{ "a gateway that hangs up after every hundredth, which it has accepted without an answer", HANGS_UP_UNANSWERED, 100 },
};

/* Each message once, and the fate of each is known. */
START_TEST(thousand)
{
	struct gateway gateway = { .manner = breaks[_i].manner, .hangs_up_every = breaks[_i].every };
	struct sender senders[20];
	pthread_t threads[20];
	struct book book = { 0 };
	struct cmpp_link *link;
	struct cmpp_state state;

	gateway_start(&gateway);
	struct cmpp_options options = options_of(&book, gateway.port);
	ck_assert_int_eq(cmpp_link_new(&options, &link), 0);
	for (size_t i = 0; i < ARRAY_LEN(senders); i++) {
		senders[i] = (struct sender){ link, &book, i * PHONES / ARRAY_LEN(senders), (i + 1) * PHONES / ARRAY_LEN(senders) };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_some, &senders[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(senders); i++)
		pthread_join(threads[i], NULL);
	for (int waited = 0; waited < 100; waited++) { /* for the last receipts */
		size_t n = 0;

		pthread_mutex_lock(&book.lock);
		for (size_t i = 0; i < PHONES; i++)
			n += book.is_delivered[i];
		pthread_mutex_unlock(&book.lock);
		if (n == PHONES)
			break;
		usleep(50000);
	}
	cmpp_link_state(link, &state);
	cmpp_link_free(link);
	gateway_stop(&gateway);
	for (size_t i = 0; i < PHONES; i++) {
		ROW_INT(breaks[_i].name, gateway.accepted[i], 1);
		ROW_INT(breaks[_i].name, book.outcome[i], CMPP_ACCEPTED);
		ROW_TRUE(breaks[_i].name, book.is_delivered[i]);
	}
	ROW_INT(breaks[_i].name, book.strangers, 0);
	ROW_INT(breaks[_i].name, state.accepted, PHONES);
	ROW_TRUE(breaks[_i].name, state.connections >= (breaks[_i].every ? 10 : 1));
}
END_TEST

static const struct {
	const char *name;
	enum manner manner;
	enum cmpp_outcome outcome;
	uint32_t result;
	int error;
} refusals[] = {
	{ "a gateway that refuses the login: another way may be taken", REFUSES_LOGIN, CMPP_UNSENT, 0, ERR_PROVIDER_REJECTED },
	{ "a gateway that refuses the message says why", REFUSES_SUBMIT, CMPP_REFUSED, 8, 0 },
	{ "a gateway that answers nothing leaves it in doubt", SILENT, CMPP_DOUBT, 0, 0 },
};

START_TEST(refusal)
{
	struct gateway gateway = { .manner = refusals[_i].manner };
	struct book book = { 0 };
	struct cmpp_link *link;
	struct cmpp_state state;
	struct cmpp_sent sent;

	gateway_start(&gateway);
	struct cmpp_options options = options_of(&book, gateway.port);
	ck_assert_int_eq(cmpp_link_new(&options, &link), 0);
	ck_assert_int_eq(cmpp_link_send(link, SPAN("7"), SPAN("13800000007"), SPAN("code"), 500, &sent), 0);
	cmpp_link_state(link, &state);
	cmpp_link_free(link);
	gateway_stop(&gateway);
	ROW_INT(refusals[_i].name, sent.outcome, refusals[_i].outcome);
	ROW_INT(refusals[_i].name, sent.result, refusals[_i].result);
	ROW_INT(refusals[_i].name, state.error, refusals[_i].error);
	ROW_INT(refusals[_i].name, book.is_lost[7], refusals[_i].outcome == CMPP_DOUBT);
}
END_TEST

START_TEST(nobody_there)
{
	struct book book = { 0 };
	struct cmpp_options options = options_of(&book, PORT_NONE);
	struct cmpp_link *link;
	struct cmpp_sent sent;

	ck_assert_int_eq(cmpp_link_new(&options, &link), 0);
	ck_assert_int_eq(cmpp_link_send(link, SPAN("7"), SPAN("13800000007"), SPAN("code"), 5000, &sent), 0);
	ck_assert_int_eq(sent.outcome, CMPP_UNSENT);
	ck_assert_int_eq(cmpp_link_send(link, SPAN("7"), SPAN(""), SPAN("code"), 5000, &sent), ERR_INVALID);
	ck_assert_int_eq(cmpp_link_send(link, SPAN("7"), SPAN("13800000007"), SPAN(""), 5000, &sent), ERR_INVALID);
	cmpp_link_free(link);
}
END_TEST

START_TEST(guarded)
{
	struct book book = { 0 };
	struct cmpp_options options = options_of(&book, PORT_NONE);
	struct cmpp_link *link;
	struct cmpp_state state;
	struct cmpp_sent sent;

	options.allow.n = 0;
	ck_assert_int_eq(cmpp_link_new(&options, &link), 0);
	ck_assert_int_eq(cmpp_link_send(link, SPAN("7"), SPAN("13800000007"), SPAN("code"), 5000, &sent), 0);
	cmpp_link_state(link, &state);
	ck_assert_int_eq(state.error, ERR_ACCESS_DENIED);
	cmpp_link_free(link);
}
END_TEST

/* A gateway that tests us is answered; one that leaves is left, and asked again. */
START_TEST(asked)
{
	struct gateway gateway = { .manner = ASKS_AND_LEAVES };
	struct book book = { 0 };
	struct cmpp_link *link;

	gateway_start(&gateway);
	struct cmpp_options options = options_of(&book, gateway.port);
	ck_assert_int_eq(cmpp_link_new(&options, &link), 0);
	for (int i = 0; i < 100 && atomic_load(&gateway.logins) < 2; i++)
		usleep(50000);
	cmpp_link_free(link);
	gateway_stop(&gateway);
	ck_assert(gateway.was_tested);
	ck_assert_int_ge(atomic_load(&gateway.logins), 2);
}
END_TEST

int main(void)
{
	return suite_run("cmpp", (struct suite_test[]){ SUITE_LOOP(thousand, ARRAY_LEN(breaks)), SUITE_LOOP(refusal, ARRAY_LEN(refusals)),
							SUITE_ONCE(nobody_there), SUITE_ONCE(guarded), SUITE_ONCE(asked), SUITE_END });
}
