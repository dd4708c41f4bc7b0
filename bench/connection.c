/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection - one client of the load generator: sends the steps of its script one after the other, never two at once.
 *
 * Sockets are watched edge-triggered, once: no system call a request but one write, one read and its share of epoll_wait.
 */
#include "bench/load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX (256 * 1024)
#define REPLY_FIRST (8 * 1024)
#define REPLY_MAX (1024 * 1024)
#define ERRORS_MAX 1000 /* a server that is gone does not need more */

uint64_t load_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fail(struct load *load)
{
	if (++load->errors > ERRORS_MAX)
		load->is_stopping = true;
}

static bool dial(struct load *load, struct connection *c)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c };
	int on = 1;

	c->fd = socket(load->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return false;
	if (load->address.ss_family == AF_INET)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c->state = CONNECTION_CONNECTING;
	c->served = 0;
	c->in_n = 0;
	c->out = (struct span){ 0 };
	if (connect(c->fd, (struct sockaddr *)&load->address, load->address_n) && errno != EINPROGRESS && errno != EAGAIN)
		return false;
	return epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

bool connection_open(struct load *load, struct connection *c)
{
	c->arena = arena_new(REQUEST_MAX);
	c->in = malloc(REPLY_FIRST);
	c->in_cap = REPLY_FIRST;
	return c->arena && c->in && dial(load, c);
}

static void connection_close(struct connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = CONNECTION_IDLE;
}

void connection_free(struct connection *c)
{
	connection_close(c);
	for (size_t i = 0; i < SCRIPT_VARS_MAX; i++)
		free((char *)c->values[i].p);
	for (size_t i = 0; i < LOAD_COOKIES_MAX; i++)
		free((char *)c->cookies[i].p);
	free(c->in);
	arena_free(c->arena);
}

static void redial(struct load *load, struct connection *c)
{
	connection_close(c);
	load->reconnects++;
	if (load->is_stopping && !c->is_begun)
		return;
	if (!dial(load, c)) {
		fail(load);
		connection_close(c);
	}
}

static void flush(struct load *load, struct connection *c)
{
	while (c->out.n) {
		ssize_t n = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);

		if (n < 0)
			return; /* EAGAIN: an event follows; else the read side tells */
		c->out.p += n;
		c->out.n -= (size_t)n;
	}
}

static void send_step(struct load *load, struct connection *c)
{
	const struct step *step = &load->script->steps[c->step];
	struct buf text, body;

	arena_reset(c->arena);
	text = buf_new(c->arena, 2048);
	body = buf_new(c->arena, 1024);
	buf_add(&text, step->method);
	buf_char(&text, ' ');
	script_expand(&step->target, c->values, &text);
	buf_str(&text, " HTTP/1.1\r\nHost: ");
	buf_add(&text, span_of(load->host));
	buf_str(&text, "\r\n");
	script_expand(&step->head, c->values, &text);
	for (size_t i = 0; i < c->cookies_n; i++) {
		buf_add(&text, i ? SPAN("; ") : SPAN("Cookie: "));
		buf_add(&text, c->cookies[i]);
	}
	if (c->cookies_n)
		buf_str(&text, "\r\n");
	if (step->has_body) {
		script_expand(&step->body, c->values, &body);
		buf_str(&text, "Content-Length: ");
		buf_u64(&text, body.n);
		buf_str(&text, "\r\n");
	}
	buf_str(&text, "\r\n");
	buf_add(&text, buf_span(&body));
	if (text.failed || body.failed) {
		fail(load);
		return;
	}
	c->out = buf_span(&text);
	c->in_n = 0;
	c->state = CONNECTION_BUSY;
	flush(load, c);
}

/* The values of the next line of the rows; false when none is left. */
static bool take_row(struct load *load, struct connection *c)
{
	const struct script *s = load->script;
	struct span row;

	if (s->rows_mode == ROWS_NONE || (s->rows_mode == ROWS_CONNECTION && c->values[s->rows_vars[0]].p))
		return true;
	if (s->rows_mode == ROWS_ONCE && load->next_row == s->rows_n)
		return false;
	row = s->rows[load->next_row++ % s->rows_n];
	for (size_t i = 0; i < s->rows_vars_n; i++)
		if (!examine_set(&c->values[s->rows_vars[i]], span_cut(&row, '\t')))
			return false;
	return true;
}

static void begin(struct load *load, struct connection *c)
{
	c->is_begun = false;
	c->state = CONNECTION_IDLE;
	if (load->is_stopping || (load->is_idle_test && c->done))
		return;
	if ((load->ops_max && load->started >= load->ops_max) || !take_row(load, c)) {
		load->is_starved = true;
		return;
	}
	load->started++;
	c->is_begun = true;
	c->is_retry = false;
	c->step = 0;
	if (load->script->has_jar)
		c->cookies_n = 0;
	c->began_ns = load_now_ns();
	send_step(load, c);
}

static void emit(struct load *load, struct connection *c)
{
	struct buf line;

	arena_reset(c->arena);
	line = buf_new(c->arena, 256);
	script_expand(&load->script->emit, c->values, &line);
	fprintf(load->emit, SPAN_FMT "\n", SPAN_ARG(buf_span(&line)));
}

static void finish(struct load *load, struct connection *c)
{
	if (load->is_measuring) {
		load->done++;
		c->done++;
		histogram_add(&load->latency, load_now_ns() - c->began_ns);
	}
	if (load->emit && load->script->has_emit)
		emit(load, c);
}

static void answered(struct load *load, struct connection *c, const struct reply *reply)
{
	bool good = examine_reply(load, c, reply), closes = reply->closes;

	load->replies++;
	c->served++;
	c->is_retry = false;
	if (good && ++c->step < load->script->steps_n) {
		if (closes)
			redial(load, c);
		else
			send_step(load, c);
		return;
	}
	if (good)
		finish(load, c);
	c->is_begun = false;
	if (closes)
		redial(load, c);
	else
		begin(load, c);
}

/* The server closed, or the answer makes no sense. */
static void lost(struct load *load, struct connection *c)
{
	bool is_race = c->is_begun && c->served && !c->in_n && !c->is_retry; /* it closed an idle connection as we wrote */

	if (!is_race && c->state != CONNECTION_IDLE) {
		fail(load);
		c->is_begun = false;
	}
	c->is_retry = true;
	redial(load, c);
}

static void receive(struct load *load, struct connection *c)
{
	for (;;) {
		struct reply reply;
		ssize_t n;

		if (c->in_n == c->in_cap) {
			char *more = c->in_cap < REPLY_MAX ? realloc(c->in, c->in_cap * 2) : NULL;
			if (!more) {
				lost(load, c);
				return;
			}
			c->in = more;
			c->in_cap *= 2;
		}
		n = recv(c->fd, c->in + c->in_n, c->in_cap - c->in_n, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n > 0)
			c->in_n += (size_t)n;
		if (n <= 0 && !c->in_n) {
			lost(load, c);
			return;
		}
		switch (c->state == CONNECTION_BUSY ? reply_parse(c->in, c->in_n, n <= 0, &reply) : REPLY_MALFORMED) {
		case REPLY_COMPLETE:
			answered(load, c, &reply);
			return; /* whatever comes next is a new edge */
		case REPLY_MALFORMED:
			lost(load, c);
			return;
		case REPLY_PARTIAL:
			if (c->in_n < c->in_cap)
				return; /* the socket is drained */
		}
	}
}

void connection_event(struct load *load, struct connection *c, uint32_t events)
{
	if (c->fd < 0)
		return;
	if (c->state == CONNECTION_CONNECTING) {
		int error = 0;
		socklen_t n = sizeof error;

		if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
			return;
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
		if (error) {
			fail(load);
			connection_close(c);
		} else if (c->is_begun) {
			send_step(load, c);
		} else {
			begin(load, c);
		}
		return;
	}
	if (events & EPOLLOUT)
		flush(load, c);
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		receive(load, c);
}
