/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/cmpp.h"

#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/net/cmpp_sending.h"
#include "broker/net/cmpp_stream.h"
#include "broker/net/dial.h"
#include "providers/sms.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS (30 * MS_SECOND)
#define TESTS_MAX 3                 /* ACTIVE_TESTs without a sign of life */
#define RECEIPTS_MAX 64             /* that nobody knows yet */
#define RECEIPT_RETRY_MS 100
#define RECEIPT_STRANGE_MS 500      /* whoever sent the message has written its id down by then */
#define RECEIPT_WAIT_MS (5 * MS_SECOND)
#define SENDS_MAX 3                 /* of one part, as CMPP has it (N) */
#define LIFE_MS (5 * MS_MINUTE)     /* what was not settled by then is lost: no code is worth anything any more */
#define GOODBYE_MS (2 * MS_SECOND)  /* at the end: for answers that are on their way */

struct waiting_receipt {
	struct cmpp_message message;
	int64_t since_ms;
	bool was_matched; /* with what is in doubt */
};

struct cmpp_link {
	const struct cmpp_options *options;
	pthread_t thread;
	int wake_fd;

	pthread_mutex_t lock; /* all that follows; never held while the socket or a callback waits */
	pthread_cond_t settled;
	struct cmpp_list queue;    /* to be sent */
	struct cmpp_list doubtful; /* in no connection, and perhaps at the gateway */
	struct cmpp_sending *late; /* over, and who sent it was told that it is in doubt: news */
	struct cmpp_state state;
	bool stops;

	/* the thread's own */
	struct cmpp_stream stream;
	uint32_t sequence;
	struct cmpp_part *window[CMPP_WINDOW_MAX];
	size_t n_window;
	int64_t login_ms, retry_ms, backoff_ms, goodbye_ms;
	bool is_useful; /* this connection has answered to something */
	struct waiting_receipt receipts[RECEIPTS_MAX];
	size_t n_receipts;
};

/* ---- messages; the lock is held */

/* Nothing more will be heard about @part but receipts. */
static void end_part(struct cmpp_link *link, struct cmpp_part *part)
{
	struct cmpp_sending *sending = part->sending;

	sending->n_over++;
	if (!cmpp_sending_is_over(sending)) {
		cmpp_sending_release(sending);
		return;
	}
	enum cmpp_outcome outcome = cmpp_sending_outcome(sending);
	link->state.accepted += outcome == CMPP_ACCEPTED;
	link->state.refused += outcome == CMPP_REFUSED;
	link->state.lost += outcome == CMPP_DOUBT;
	pthread_cond_broadcast(&link->settled);
	if (!sending->is_unattended || !sending->n_left) {
		cmpp_sending_release(sending);
		return;
	}
	sending->next_late = link->late;
	link->late = sending;
}

/* The gateway cannot be had. What has not left will not leave: another way may be taken. */
static void fail_queue(struct cmpp_link *link)
{
	struct cmpp_list kept;

	cmpp_list_init(&kept);
	for (struct cmpp_part *part; (part = cmpp_list_take(&link->queue));) {
		if (part->sending->n_left) {
			cmpp_list_add(&kept, part);
			continue;
		}
		part->sending->is_unsent = true;
		end_part(link, part);
	}
	cmpp_list_move(&link->queue, &kept);
}

/* After a login: what is in doubt has had its time for a receipt, or is too old for anybody. @all: at the end. */
static void settle_doubts(struct cmpp_link *link, bool all)
{
	int64_t now_ms = sys_now().ms;
	struct cmpp_list kept, due;

	cmpp_list_init(&kept);
	cmpp_list_init(&due);
	for (struct cmpp_part *part; (part = cmpp_list_take(&link->doubtful));) {
		bool is_due = link->stream.fd >= 0 && now_ms - link->login_ms >= link->options->resend_ms;

		if (all || (is_due && part->sends == SENDS_MAX) || now_ms - part->sending->born_ms > LIFE_MS) {
			part->sending->is_lost = true;
			end_part(link, part);
		} else {
			cmpp_list_add(is_due ? &due : &kept, part);
		}
	}
	cmpp_list_move(&link->doubtful, &kept);
	cmpp_list_move_first(&link->queue, &due);
}

/* ---- the socket; only the thread */

/* The connection is gone. What was handed over whole is in doubt; the rest goes back to the head of the queue, in its order. */
static void hang_up(struct cmpp_link *link)
{
	pthread_mutex_lock(&link->lock);
	link->state.is_connected = false;
	for (size_t i = link->n_window; i-- > 0;) {
		struct cmpp_part *part = link->window[i];

		if (part->end > link->stream.written) {
			part->sending->n_left--;
			cmpp_list_add_first(&link->queue, part);
			continue;
		}
		part->sends++;
		cmpp_list_add(&link->doubtful, part);
	}
	pthread_mutex_unlock(&link->lock);
	link->n_window = link->n_receipts = 0; /* receipts that were not answered come again */
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
	fail_queue(link);
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

/* May the next of the queue go? What was in doubt once goes alone: it shall not be in doubt again for the sake of others. */
static bool may_send(const struct cmpp_link *link)
{
	const struct cmpp_part *next = link->queue.first;

	if (!next || link->stops || sizeof link->stream.out - link->stream.n_out < CMPP_FRAME_MAX)
		return false;
	if (link->n_window && (next->sends || link->window[0]->sends))
		return false;
	return link->n_window < link->options->window;
}

/* Move what waits into the window. */
static bool fill_window(struct cmpp_link *link)
{
	bool good = true;

	pthread_mutex_lock(&link->lock);
	while (good && may_send(link)) {
		struct cmpp_part *part = cmpp_list_take(&link->queue);
		struct cmpp_frame frame;

		if ((part->sending->is_unattended && !part->sending->n_left) ||
		    cmpp_write_submit(&link->options->account, ++link->sequence, part->sending->phone, &part->sending->segments[part->index], &frame)) {
			part->sending->is_unsent = true;
			end_part(link, part);
			continue;
		}
		good = cmpp_stream_put(&link->stream, &frame);
		part->sequence = link->sequence;
		part->end = link->stream.written + link->stream.n_out;
		part->sent_ms = sys_now().ms;
		part->sending->n_left++;
		link->window[link->n_window++] = part;
	}
	pthread_mutex_unlock(&link->lock);
	return good;
}

/* The gateway has @part under @id. */
static void accept_part(struct cmpp_link *link, struct cmpp_part *part, uint64_t id)
{
	part->sending->sent.ids[part->index] = id;
	end_part(link, part);
}

static void submitted(struct cmpp_link *link, const struct cmpp_message *message)
{
	link->is_useful = true;
	link->backoff_ms = 0;
	pthread_mutex_lock(&link->lock);
	for (size_t i = 0; i < link->n_window; i++) {
		struct cmpp_part *part = link->window[i];
		struct cmpp_sending *sending = part->sending;

		if (part->sequence != message->sequence)
			continue;
		link->window[i] = link->window[--link->n_window];
		if (!message->status) {
			accept_part(link, part, message->id);
			break;
		}
		sending->is_refused = true;
		sending->sent.result = message->status;
		end_part(link, part);
		break;
	}
	pthread_mutex_unlock(&link->lock);
}

static void tell_late(struct cmpp_link *link)
{
	static const enum cmpp_news_type types[] = { [CMPP_ACCEPTED] = CMPP_NEWS_ACCEPTED, [CMPP_REFUSED] = CMPP_NEWS_REFUSED,
						     [CMPP_UNSENT] = CMPP_NEWS_LOST, [CMPP_DOUBT] = CMPP_NEWS_LOST };

	pthread_mutex_lock(&link->lock);
	while (link->late) {
		struct cmpp_sending *sending = link->late;
		struct cmpp_news news = { .type = types[cmpp_sending_outcome(sending)], .key = sending->key, .id = sending->sent.ids[0],
					  .result = sending->sent.result, .state = "", .phone = sending->number };

		link->late = sending->next_late;
		pthread_mutex_unlock(&link->lock);
		link->options->news(link->options->context, &news, true);
		pthread_mutex_lock(&link->lock);
		cmpp_sending_release(sending);
	}
	pthread_mutex_unlock(&link->lock);
}

/* A receipt that nobody knows, for a phone to which something is on its way that was not answered: the gateway has that. */
static void settle_by_receipt(struct cmpp_link *link, const struct cmpp_message *message)
{
	struct cmpp_part **at;

	pthread_mutex_lock(&link->lock);
	for (at = &link->doubtful.first; *at && !sms_is_phone(span_of(message->phone), (*at)->sending->phone); at = &(*at)->next)
		;
	struct cmpp_part *part = *at;
	if (part) {
		*at = part->next;
		if (!part->next)
			link->doubtful.last = at;
		accept_part(link, part, message->receipt_id);
	}
	pthread_mutex_unlock(&link->lock);
	tell_late(link);
}

/* True: it is told, and the gateway may forget it. */
static bool tell_receipt(struct cmpp_link *link, const struct cmpp_message *message, bool last)
{
	struct cmpp_news news = { .type = CMPP_NEWS_RECEIPT, .key = "", .id = message->receipt_id, .state = message->state, .phone = message->phone };
	struct cmpp_frame frame;

	if (!link->options->news(link->options->context, &news, last) && !last)
		return false;
	cmpp_write_delivered(link->options->account.version, message->sequence, message->id, &frame);
	cmpp_stream_put(&link->stream, &frame); /* without room the gateway sends it again */
	pthread_mutex_lock(&link->lock);
	link->state.receipts++;
	pthread_mutex_unlock(&link->lock);
	return true;
}

static void delivered(struct cmpp_link *link, const struct cmpp_message *message)
{
	struct cmpp_frame frame;

	if (!message->is_receipt) { /* somebody answered; nobody here reads it */
		cmpp_write_delivered(link->options->account.version, message->sequence, message->id, &frame);
		cmpp_stream_put(&link->stream, &frame);
		return;
	}
	if (!tell_receipt(link, message, link->n_receipts == RECEIPTS_MAX))
		link->receipts[link->n_receipts++] = (struct waiting_receipt){ *message, sys_now().ms, false };
}

/* A receipt may be here before who sent the message has written its id down. */
static void retry_receipts(struct cmpp_link *link)
{
	int64_t now_ms = sys_now().ms;
	size_t kept = 0;

	for (size_t i = 0; i < link->n_receipts; i++) {
		struct waiting_receipt *receipt = &link->receipts[i];
		int64_t age_ms = now_ms - receipt->since_ms;

		if (!receipt->was_matched && age_ms >= RECEIPT_STRANGE_MS) {
			receipt->was_matched = true;
			settle_by_receipt(link, &receipt->message); /* who sent it is told, and knows the id from now on */
		}
		if (!tell_receipt(link, &receipt->message, age_ms >= RECEIPT_WAIT_MS))
			link->receipts[kept++] = *receipt;
	}
	link->n_receipts = kept;
}

/* False: this connection is over. */
static bool handle(struct cmpp_link *link, const struct cmpp_message *message)
{
	switch (message->command) {
	case CMPP_SUBMIT | CMPP_ANSWER:
		submitted(link, message);
		return true;
	case CMPP_DELIVER:
		delivered(link, message);
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
	retry_receipts(link);
	pthread_mutex_lock(&link->lock);
	settle_doubts(link, false);
	pthread_mutex_unlock(&link->lock);
	return is_there && keep_time(link) && fill_window(link) && cmpp_stream_flush(&link->stream);
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
	fail_queue(link);
	cmpp_list_move(&link->doubtful, &link->queue);
	settle_doubts(link, true);
	pthread_mutex_unlock(&link->lock);
	tell_late(link);
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
		tell_late(link);
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
