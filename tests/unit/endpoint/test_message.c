/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that no answer waits for, through a gateway that is slow, refuses, or is away: who asked is answered all the same, nothing is lost that
 * there is time for, and whatever happens gives back what it held.
 */
#include "broker/base/error.h"
#include "broker/endpoint/message.h"
#include "conf/config.h"
#include "providers/sms.h"
#include "tests/unit/endpoint/fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the carrier: one connection at a time; it answers when it is let */

struct carrier {
	int fd;
	unsigned port;
	pthread_t thread;
	_Atomic int asked, is_held, status, quit;
};

static void respond(struct carrier *carrier, int fd)
{
	char text[4096], head[128];

	if (recv(fd, text, sizeof text, 0) <= 0)
		return;
	atomic_fetch_add(&carrier->asked, 1);
	while (carrier->is_held && !carrier->quit)
		usleep(5000);
	int n = snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", carrier->status);
	if (carrier->status)
		(void)!send(fd, head, (size_t)n, MSG_NOSIGNAL);
}

static void *serve(void *arg)
{
	struct carrier *carrier = arg;

	while (!carrier->quit) {
		struct pollfd pfd = { .fd = carrier->fd, .events = POLLIN };
		int fd = poll(&pfd, 1, 20) == 1 ? accept(carrier->fd, NULL, NULL) : -1;

		if (fd < 0)
			continue;
		respond(carrier, fd);
		close(fd);
	}
	return NULL;
}

static void carrier_open(struct carrier *carrier)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof in;

	*carrier = (struct carrier){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .status = 200 };
	ck_assert(carrier->fd >= 0 && bind(carrier->fd, (struct sockaddr *)&in, sizeof in) == 0 && listen(carrier->fd, 64) == 0);
	ck_assert_int_eq(getsockname(carrier->fd, (struct sockaddr *)&in, &n), 0);
	carrier->port = ntohs(in.sin_port);
	ck_assert_int_eq(pthread_create(&carrier->thread, NULL, serve, carrier), 0);
}

static void carrier_close(struct carrier *carrier)
{
	carrier->quit = 1;
	pthread_join(carrier->thread, NULL);
	close(carrier->fd);
}

/* ---- the gateway to it */

static int deliver(const void *options, const struct sms_message *message, struct arena *arena, struct sms_delivery *ret_delivery)
{
	const struct carrier *carrier = options;
	char *url = arena_printf(arena, "http://127.0.0.1:%u/", carrier->port);

	*ret_delivery = (struct sms_delivery){ .type = SMS_FETCH, .fetch = { .url = span_of(url), .content_type = SPAN("text/plain"), .body = arena_dup(arena, message->text) } };
	return url && ret_delivery->fetch.body.p ? 0 : FAULT_MEMORY;
}

static int read_reply(const void *options, const struct sms_reply *reply, struct arena *arena, struct sms_result *ret_result)
{
	*ret_result = reply->error ? sms_result_of(reply) : (struct sms_result){ .outcome = reply->status == 200 ? SMS_ACCEPTED : SMS_LIMITED };
	return 0;
}

static const struct sms_gateway gateway = { .variant = { .name = "test" }, .deliver = deliver, .read = read_reply };

/* ---- a world with both */

struct post {
	struct world w;
	struct carrier carrier;
	struct config config;
	struct config_sms_route route;
	struct address_block loopback;
	struct net_options options;
	struct visit *visit;
};

static void post_open(struct post *post, unsigned threads, unsigned queue)
{
	world_make(&post->w);
	carrier_open(&post->carrier);
	post->config = *post->w.config;
	post->route = (struct config_sms_route){ .id = SPAN("test"), .gateway = { .variant = &gateway.variant, .options = &post->carrier }, .enabled = true, .weight = 1 };
	post->config.sms.routes = (struct config_sms_routes){ &post->route, 1 };
	post->w.settings.config = &post->config;
	ck_assert_int_eq(address_block_parse(SPAN("127.0.0.0/8"), &post->loopback), 0);
	post->options = (struct net_options){ .allow = { &post->loopback, 1 }, .timeout_ms = 20000, .connect_timeout_ms = 20000, .max_body = 4096 };
	ck_assert_int_eq(net_new(&post->options, &post->w.settings.net), 0);
	visit_server_pool(post->w.server, WORK_SMS, threads, queue);
	post->visit = world_visit(&post->w, "");
}

/* Nothing holds anything any more. */
static void post_close(struct post *post)
{
	visit_server_end_pools(post->w.server);
	ck_assert_int_eq(post->w.settings.refs, 1);
	carrier_close(&post->carrier);
	visit_free(post->visit);
	net_free(post->w.settings.net);
	world_drop(&post->w);
}

static const struct message code = { .phone = { "13800138000", 11 }, .purpose = { "recover", 7 }, .code = { "123456", 6 } };

/* Each is another one. */
static struct message another(void)
{
	static char keys[1000][8];
	static size_t n;
	struct message message = code;

	snprintf(keys[n], sizeof keys[n], "k%zu", n);
	message.key = span_of(keys[n++]);
	return message;
}

static int send_later(struct post *post)
{
	struct message message = another();

	return message_send_later(visit_request(post->visit), &message);
}

static int send_now(struct post *post)
{
	struct message message = another();

	return message_send(visit_request(post->visit), &message);
}

static void await_asked(struct post *post, int n)
{
	for (int i = 0; i < 4000 && post->carrier.asked < n; i++)
		usleep(5000);
	ck_assert_int_eq(post->carrier.asked, n);
}

START_TEST(nobody_waits_for_a_slow_one)
{
	struct post post;

	post_open(&post, 1, 8);
	post.carrier.is_held = 1;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send_later(&post), 0);
	ck_assert_int_eq(message_notify_later(visit_request(post.visit), code.phone, SPAN("notice"), SPAN("x"), SPAN("n")), 0);
	await_asked(&post, 1);
	post.carrier.is_held = 0;
	await_asked(&post, 4);
	post_close(&post);
}
END_TEST

static const struct {
	const char *name;
	int status, result;
} failures[] = {
	{ "the carrier refuses", 429, ERR_SMS_LIMIT },
	{ "the connection breaks: it may have gone out", 0, 0 },
};

START_TEST(who_asked_does_not_learn_that_it_failed)
{
	struct post post;

	post_open(&post, 1, 8);
	post.carrier.status = failures[_i].status;
	ROW_INT(failures[_i].name, send_now(&post), failures[_i].result);
	int asked = post.carrier.asked;
	ROW_INT(failures[_i].name, send_later(&post), 0);
	await_asked(&post, asked + 1);
	post_close(&post);
}
END_TEST

START_TEST(no_gateway_is_no_answer_either)
{
	struct post post;

	post_open(&post, 1, 8);
	post.config.sms.routes.n = 0;
	ck_assert_int_eq(send_now(&post), ERR_MESSAGE_FAILED);
	ck_assert_int_eq(send_later(&post), 0);
	post_close(&post);
}
END_TEST

START_TEST(what_finds_no_place_is_dropped)
{
	struct post post;

	post_open(&post, 1, 2);
	post.carrier.is_held = 1;
	ck_assert_int_eq(send_later(&post), 0);
	await_asked(&post, 1);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(send_later(&post), 0);
	ck_assert_int_eq(post.w.settings.refs, 4); /* one is sent, two wait */
	post.carrier.is_held = 0;
	await_asked(&post, 3);
	post_close(&post);
	ck_assert_int_eq(post.carrier.asked, 3);
}
END_TEST

static void *let_go(void *arg)
{
	usleep(200000);
	((struct post *)arg)->carrier.is_held = 0;
	return NULL;
}

START_TEST(the_end_waits_for_what_is_on_its_way)
{
	struct post post;
	pthread_t thread;

	post_open(&post, 1, 8);
	post.carrier.is_held = 1;
	ck_assert_int_eq(send_later(&post), 0);
	await_asked(&post, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send_later(&post), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, let_go, &post), 0);
	post_close(&post);
	ck_assert_int_eq(post.carrier.asked, 1);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(memory_fails_anywhere)
{
	struct post post;

	post_open(&post, 1, 64);
	for (unsigned long k = 1; k <= 40; k++) {
		arena_fail_at(k);
		int result = send_later(&post);
		arena_fail_at(0);
		ck_assert(result == 0 || result == FAULT_MEMORY);
	}
	post_close(&post);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/message",
			 (struct suite_test[]){ SUITE_ONCE(nobody_waits_for_a_slow_one), SUITE_LOOP(who_asked_does_not_learn_that_it_failed, ARRAY_LEN(failures)),
						SUITE_ONCE(no_gateway_is_no_answer_either), SUITE_ONCE(what_finds_no_place_is_dropped),
						SUITE_ONCE(the_end_waits_for_what_is_on_its_way), SUITE_ONCE(memory_fails_anywhere), SUITE_END });
}
