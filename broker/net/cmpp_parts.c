/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/cmpp_link.h"

#include "broker/base/sys.h"
#include "providers/sms.h"

#define SENDS_MAX 3             /* of one part, as CMPP has it (N) */
#define LIFE_MS (5 * MS_MINUTE) /* what was not settled by then is lost: no code is worth anything any more */

/* ---- the lock is held */

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

void cmpp_parts_fail_queue(struct cmpp_link *link)
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

void cmpp_parts_settle_doubts(struct cmpp_link *link, bool all)
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

/* ---- it is not held yet */

void cmpp_parts_hang_up(struct cmpp_link *link)
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
	link->n_window = 0;
}

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

bool cmpp_parts_fill_window(struct cmpp_link *link)
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

void cmpp_parts_submitted(struct cmpp_link *link, const struct cmpp_message *message)
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

void cmpp_parts_tell_late(struct cmpp_link *link)
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

void cmpp_parts_settle_by_receipt(struct cmpp_link *link, const struct cmpp_message *message)
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
	cmpp_parts_tell_late(link);
}
