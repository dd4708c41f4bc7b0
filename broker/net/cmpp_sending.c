/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/cmpp_sending.h"

#include "broker/base/error.h"

#include <stdlib.h>

void cmpp_list_init(struct cmpp_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

void cmpp_list_add(struct cmpp_list *list, struct cmpp_part *part)
{
	part->next = NULL;
	*list->last = part;
	list->last = &part->next;
}

void cmpp_list_add_first(struct cmpp_list *list, struct cmpp_part *part)
{
	part->next = list->first;
	list->first = part;
	if (!part->next)
		list->last = &part->next;
}

void cmpp_list_move(struct cmpp_list *to, struct cmpp_list *from)
{
	if (!from->first)
		return;
	*to->last = from->first;
	to->last = from->last;
	cmpp_list_init(from);
}

void cmpp_list_move_first(struct cmpp_list *to, struct cmpp_list *from)
{
	cmpp_list_move(from, to);
	cmpp_list_move(to, from);
}

struct cmpp_part *cmpp_list_take(struct cmpp_list *list)
{
	struct cmpp_part *part = list->first;

	if (!part)
		return NULL;
	list->first = part->next;
	if (!list->first)
		list->last = &list->first;
	return part;
}

void cmpp_sending_release(struct cmpp_sending *sending)
{
	if (--sending->refs == 0)
		free(sending);
}

bool cmpp_sending_is_over(const struct cmpp_sending *sending)
{
	return sending->n_over == sending->sent.n;
}

enum cmpp_outcome cmpp_sending_outcome(const struct cmpp_sending *sending)
{
	if (sending->is_refused)
		return CMPP_REFUSED;
	if (cmpp_sending_is_over(sending) && !sending->is_unsent && !sending->is_lost)
		return CMPP_ACCEPTED;
	return sending->n_left ? CMPP_DOUBT : CMPP_UNSENT;
}

int cmpp_sending_new(struct span key, struct span phone, struct span text, struct instant now, struct cmpp_sending **ret_sending)
{
	static _Atomic unsigned char reference;
	struct cmpp_sending *sending = calloc(1, sizeof *sending);

	if (!sending)
		return FAULT_MEMORY;
	int result = phone.n && phone.n < sizeof sending->number && key.n <= CMPP_KEY_MAX ?
			     cmpp_cut(text, ++reference, sending->segments, &sending->sent.n) : ERR_INVALID;
	if (result) {
		free(sending);
		return result;
	}
	memcpy(sending->number, phone.p, phone.n);
	if (key.n)
		memcpy(sending->key, key.p, key.n);
	sending->phone = (struct span){ sending->number, phone.n };
	sending->born_ms = now.ms;
	sending->refs = 1;
	*ret_sending = sending;
	return 0;
}
