/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/cmpp.h"

#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/net/cmpp_link.h"
#include "broker/net/dial.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS (30 * MS_SECOND)
#define TESTS_MAX 3                /* ACTIVE_TESTs without a sign of life */
#define RECEIPT_RETRY_MS 100
#define GOODBYE_MS (2 * MS_SECOND) /* at the end: for answers that are on their way */

/* The connection is gone. */
static void hang_up(struct cmpp_link *link)
{
	cmpp_parts_hang_up(link);
	link->n_receipts = 0; /* those that were not answered come again */
	cmpp_stream_close(&link->stream);
}

/* ---- logging in */

static bool is_stopping(struct cmpp_link *link)
{
	pthread_mutex_lock(&link->lock);
	bool stops = link->stops;
	pthread_mutex_unlock(&link->lock);
	return stops;
}

static int await_login(struct cmpp_link *link, int64_t until_ms)
{
	struct cmpp_message message;
	bool found;

	for (;;) {
		struct pollfd answer = { .fd = link->stream.fd, .events = POLLIN };
		int64_t left = until_ms - sys_now().ms;

		if (left <= 0 || is_stopping(link))
			return FAULT_TIMEOUT;
		if (poll(&answer, 1, left < 200 ? (int)left : 200) <= 0)
			continue;
		if (!cmpp_stream_receive(&link->stream) || !cmpp_stream_next(&link->stream, &message, &found))
			return FAULT_UNREACHABLE;
		if (!found)
			continue;
		if (message.command != (CMPP_CONNECT | CMPP_ANSWER))
			return FAULT_UNREACHABLE;
		pthread_mutex_lock(&link->lock);
		link->state.status = message.status;
		pthread_mutex_unlock(&link->lock);
		return message.status ? ERR_PROVIDER_REJECTED : 0;
	}
}

static int log_in(struct cmpp_link *link)
{
	const struct cmpp_options *options = link->options;
	int64_t until_ms = sys_now().ms + options->connect_ms;
	struct cmpp_frame frame;

	TRY(cmpp_write_connect(&options->account, ++link->sequence, sys_now(), &frame));
	TRY(dial_tcp(options->host, options->port, &options->allow, options->connect_ms, &link->stream.fd));
	if (!cmpp_stream_put(&link->stream, &frame) || !cmpp_stream_flush(&link->stream))
		return FAULT_UNREACHABLE;
	return await_login(link, until_ms);
}

/* The next attempt waits, longer each time, and what is in the queue does not wait with it. */
static void back_off(struct cmpp_link *link, int error)
{
	link->backoff_ms = link->backoff_ms ? link->backoff_ms * 2 : BACKOFF_MIN_MS;
	if (link->backoff_ms > BACKOFF_MAX_MS)
		link->backoff_ms = BACKOFF_MAX_MS;
	link->retry_ms = sys_now().ms + link->backoff_ms;
	pthread_mutex_lock(&link->lock);
	link->state.error = error;
	cmpp_parts_fail_queue(link);
	pthread_mutex_unlock(&link->lock);
	LOG(LOG_WARN, "cmpp.unconnected", F_STR("host", link->options->host), F_STR("error", error_row(error)->name),
	    F_INT("status", error == ERR_PROVIDER_REJECTED ? link->state.status : 0), F_INT("retry_ms", link->backoff_ms));
}

static void connect_again(struct cmpp_link *link)
{
	int result = log_in(link);

	if (result) {
		if (link->stream.fd >= 0)
			hang_up(link);
		back_off(link, result);
		return;
	}
	link->login_ms = link->stream.heard_ms = sys_now().ms;
	link->stream.tests = 0;
	link->is_useful = false;
	pthread_mutex_lock(&link->lock);
	link->state.error = 0;
	link->state.is_connected = true;
	link->state.connections++;
	pthread_mutex_unlock(&link->lock);
	LOG(LOG_INFO, "cmpp.connected", F_STR("host", link->options->host));
}

/* A gateway that takes the login and nothing else is not asked again at once. */
static void reconnect_later(struct cmpp_link *link)
{
	LOG(LOG_WARN, "cmpp.broken", F_STR("host", link->options->host), F_INT("in_flight", link->n_window));
	hang_up(link);
	if (!link->is_useful)
		back_off(link, FAULT_UNREACHABLE);
}

/* ---- working */

/* False: this connection is over. */
static bool handle(struct cmpp_link *link, const struct cmpp_message *message)
{
	switch (message->command) {
	case CMPP_SUBMIT | CMPP_ANSWER:
		cmpp_parts_submitted(link, message);
		return true;
	case CMPP_DELIVER:
		cmpp_receipt_take(link, message);
		return true;
	case CMPP_ACTIVE_TEST:
		return cmpp_stream_put_simple(&link->stream, CMPP_ACTIVE_TEST | CMPP_ANSWER, message->sequence);
	case CMPP_TERMINATE:
		cmpp_stream_put_simple(&link->stream, CMPP_TERMINATE | CMPP_ANSWER, message->sequence);
		cmpp_stream_flush(&link->stream);
		return false;
	default:
		return true;
	}
}

static bool handle_all(struct cmpp_link *link)
{
	struct cmpp_message message;
	bool found = true;

	while (found) {
		if (!cmpp_stream_next(&link->stream, &message, &found))
			return false;
		if (found && !handle(link, &message))
			return false;
	}
	return true;
}

/* Keep alive, and notice that the other side has died. False: it has. */
static bool keep_time(struct cmpp_link *link)
{
	const struct cmpp_options *options = link->options;
	int64_t now_ms = sys_now().ms;

	for (size_t i = 0; i < link->n_window; i++)
		if (now_ms - link->window[i]->sent_ms > options->answer_ms)
			return false;
	if (now_ms - link->stream.heard_ms < options->keep_alive_ms * (link->stream.tests + 1))
		return true;
	return ++link->stream.tests <= TESTS_MAX && cmpp_stream_put_simple(&link->stream, CMPP_ACTIVE_TEST, ++link->sequence);
}

static int nap_of(const struct cmpp_link *link)
{
	if (link->stream.fd < 0) {
		int64_t left = link->retry_ms - sys_now().ms;

		return left < 0 ? 0 : left > 1000 ? 1000 : (int)left;
	}
	return link->n_receipts ? RECEIPT_RETRY_MS : 200;
}

/* Until something happens. False: the connection is over. */
static bool work(struct cmpp_link *link)
{
	struct pollfd fds[] = { { .fd = link->wake_fd, .events = POLLIN },
				{ .fd = link->stream.fd, .events = (short)(POLLIN | (link->stream.n_out ? POLLOUT : 0)) } };
	uint64_t woken;

	poll(fds, link->stream.fd < 0 ? 1 : 2, nap_of(link));
	if (fds[0].revents && read(link->wake_fd, &woken, sizeof woken) < 0)
		return true;
	if (link->stream.fd < 0)
		return true;
	bool is_there = !(fds[1].revents & (POLLIN | POLLHUP | POLLERR)) || cmpp_stream_receive(&link->stream);
	if (!handle_all(link)) /* also what came with the end */
		return false;
	cmpp_receipt_retry(link);
	pthread_mutex_lock(&link->lock);
	cmpp_parts_settle_doubts(link, false);
	pthread_mutex_unlock(&link->lock);
	return is_there && keep_time(link) && cmpp_parts_fill_window(link) && cmpp_stream_flush(&link->stream);
}

static bool is_done(struct cmpp_link *link)
{
	if (!is_stopping(link))
		return false;
	if (!link->goodbye_ms)
		link->goodbye_ms = sys_now().ms + GOODBYE_MS;
	return link->stream.fd < 0 || !link->n_window || sys_now().ms > link->goodbye_ms;
}

static void end(struct cmpp_link *link)
{
	if (link->stream.fd >= 0) {
		cmpp_stream_put_simple(&link->stream, CMPP_TERMINATE, ++link->sequence);
		cmpp_stream_flush(&link->stream);
		hang_up(link);
	}
	pthread_mutex_lock(&link->lock);
	cmpp_parts_fail_queue(link);
	cmpp_list_move(&link->doubtful, &link->queue);
	cmpp_parts_settle_doubts(link, true);
	pthread_mutex_unlock(&link->lock);
	cmpp_parts_tell_late(link);
}

static void *run(void *arg)
{
	struct cmpp_link *link = arg;

	log_set_reference("cmpp");
	while (!is_done(link)) {
		if (link->stream.fd < 0 && sys_now().ms >= link->retry_ms)
			connect_again(link);
		if (!work(link))
			reconnect_later(link);
		cmpp_parts_tell_late(link);
	}
	end(link);
	return NULL;
}

/* ---- from outside */

static void wake(struct cmpp_link *link)
{
	if (write(link->wake_fd, &(uint64_t){ 1 }, sizeof(uint64_t)) < 0)
		return; /* it is awake already */
}

int cmpp_link_new(const struct cmpp_options *options, struct cmpp_link **ret_link)
{
	struct cmpp_link *link = calloc(1, sizeof *link);
	pthread_condattr_t monotonic;

	if (!link)
		return FAULT_MEMORY;
	link->options = options;
	link->stream.fd = -1;
	link->stream.version = options->account.version;
	cmpp_list_init(&link->queue);
	cmpp_list_init(&link->doubtful);
	link->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&link->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&link->settled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (link->wake_fd >= 0 && pthread_create(&link->thread, NULL, run, link) == 0) {
		*ret_link = link;
		return 0;
	}
	if (link->wake_fd >= 0)
		close(link->wake_fd);
	free(link);
	return FAULT(FAULT_MEMORY, "no thread for the gateway");
}

void cmpp_link_free(struct cmpp_link *link)
{
	pthread_mutex_lock(&link->lock);
	link->stops = true;
	pthread_mutex_unlock(&link->lock);
	wake(link);
	pthread_join(link->thread, NULL);
	close(link->wake_fd);
	pthread_cond_destroy(&link->settled);
	pthread_mutex_destroy(&link->lock);
	free(link);
}

static struct timespec after(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	int64_t ns = t.tv_nsec + ms % MS_SECOND * 1000000;
	t.tv_sec += (time_t)(ms / MS_SECOND + ns / 1000000000);
	t.tv_nsec = (long)(ns % 1000000000);
	return t;
}

int cmpp_link_send(struct cmpp_link *link, struct span key, struct span phone, struct span text, int64_t timeout_ms, struct cmpp_sent *ret_sent)
{
	struct timespec until = after(timeout_ms);
	struct cmpp_sending *sending;

	TRY(cmpp_sending_new(key, phone, text, sys_now(), &sending));
	pthread_mutex_lock(&link->lock);
	bool is_away = link->stops || (!link->state.is_connected && link->state.error);
	for (size_t i = 0; i < sending->sent.n && !is_away; i++) {
		sending->parts[i] = (struct cmpp_part){ .sending = sending, .index = i };
		sending->refs++;
		cmpp_list_add(&link->queue, &sending->parts[i]);
	}
	wake(link);
	while (!is_away && !cmpp_sending_is_over(sending) && pthread_cond_timedwait(&link->settled, &link->lock, &until) != ETIMEDOUT)
		;
	sending->is_unattended = true;
	sending->sent.outcome = cmpp_sending_outcome(sending);
	*ret_sent = sending->sent;
	cmpp_sending_release(sending);
	pthread_mutex_unlock(&link->lock);
	return 0;
}

void cmpp_link_state(struct cmpp_link *link, struct cmpp_state *ret_state)
{
	pthread_mutex_lock(&link->lock);
	*ret_state = link->state;
	pthread_mutex_unlock(&link->lock);
}
