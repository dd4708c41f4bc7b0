/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/cmpp_link.h"

#include "broker/base/sys.h"

#define RECEIPT_STRANGE_MS 500 /* whoever sent the message has written its id down by then */
#define RECEIPT_WAIT_MS (5 * MS_SECOND)

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

void cmpp_receipt_take(struct cmpp_link *link, const struct cmpp_message *message)
{
	struct cmpp_frame frame;

	if (!message->is_receipt) { /* somebody answered; nobody here reads it */
		cmpp_write_delivered(link->options->account.version, message->sequence, message->id, &frame);
		cmpp_stream_put(&link->stream, &frame);
		return;
	}
	if (!tell_receipt(link, message, link->n_receipts == CMPP_RECEIPTS_MAX))
		link->receipts[link->n_receipts++] = (struct cmpp_waiting_receipt){ *message, sys_now().ms, false };
}

void cmpp_receipt_retry(struct cmpp_link *link)
{
	int64_t now_ms = sys_now().ms;
	size_t kept = 0;

	for (size_t i = 0; i < link->n_receipts; i++) {
		struct cmpp_waiting_receipt *receipt = &link->receipts[i];
		int64_t age_ms = now_ms - receipt->since_ms;

		if (!receipt->was_matched && age_ms >= RECEIPT_STRANGE_MS) {
			receipt->was_matched = true;
			cmpp_parts_settle_by_receipt(link, &receipt->message); /* who sent it is told, and knows the id from now on */
		}
		if (!tell_receipt(link, &receipt->message, age_ms >= RECEIPT_WAIT_MS))
			link->receipts[kept++] = *receipt;
	}
	link->n_receipts = kept;
}
