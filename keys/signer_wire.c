/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/signer_wire.h"

#include "broker/base/error.h"

struct head {
	uint32_t op, n;
	uint64_t seq, boot;
};

struct item_head {
	int32_t number;
	uint32_t name, bytes;
};

static bool take(struct span *from, size_t n, struct span *ret)
{
	if (n > from->n)
		return false;
	*ret = (struct span){ from->p, n };
	from->p += n;
	from->n -= n;
	return true;
}

int signer_wire_read(struct span bytes, struct signer_message *ret_message)
{
	struct item_head item;
	struct head head;
	struct span raw;

	ret_message->op = 0;
	ret_message->seq = ret_message->boot = 0;
	ret_message->n = 0;
	if (!take(&bytes, sizeof head, &raw))
		return ERR_MALFORMED;
	memcpy(&head, raw.p, sizeof head);
	ret_message->op = head.op;
	ret_message->seq = head.seq;
	ret_message->boot = head.boot;
	if (head.n > SIGNER_BATCH)
		return ERR_MALFORMED;
	for (uint32_t i = 0; i < head.n; i++) {
		struct signer_item *to = &ret_message->items[i];

		if (!take(&bytes, sizeof item, &raw))
			return ERR_MALFORMED;
		memcpy(&item, raw.p, sizeof item);
		to->number = item.number;
		if (!take(&bytes, item.name, &to->name) || !take(&bytes, item.bytes, &to->bytes))
			return ERR_MALFORMED;
	}
	if (bytes.n)
		return ERR_MALFORMED;
	ret_message->n = head.n;
	return 0;
}

struct signer_writer signer_wire_begin(unsigned char *buffer, uint32_t op, uint64_t seq, uint64_t boot)
{
	struct head head = { .op = op, .seq = seq, .boot = boot };

	memcpy(buffer, &head, sizeof head);
	return (struct signer_writer){ .p = buffer, .n = sizeof head };
}

char *signer_wire_room(struct signer_writer *w, size_t n)
{
	if (w->failed || w->items == SIGNER_BATCH || n > SIGNER_WIRE_MAX - sizeof(struct item_head) ||
	    w->n > SIGNER_WIRE_MAX - sizeof(struct item_head) - n) {
		w->failed = true;
		return NULL;
	}
	return (char *)w->p + w->n + sizeof(struct item_head);
}

void signer_wire_close(struct signer_writer *w, int32_t number, size_t n)
{
	struct item_head item = { .number = number, .bytes = (uint32_t)n };

	memcpy(w->p + w->n, &item, sizeof item);
	w->n += sizeof item + n;
	w->items++;
}

void signer_wire_add(struct signer_writer *w, int32_t number, struct span name, struct span bytes)
{
	struct item_head item = { .number = number, .name = (uint32_t)name.n, .bytes = (uint32_t)bytes.n };
	char *at = name.n > SIGNER_WIRE_MAX || bytes.n > SIGNER_WIRE_MAX ? NULL : signer_wire_room(w, name.n + bytes.n);

	if (!at) {
		w->failed = true;
		return;
	}
	memcpy(w->p + w->n, &item, sizeof item);
	if (name.n)
		memcpy(at, name.p, name.n);
	if (bytes.n)
		memcpy(at + name.n, bytes.p, bytes.n);
	w->n += sizeof item + name.n + bytes.n;
	w->items++;
}

struct span signer_wire_end(struct signer_writer *w)
{
	if (w->failed)
		return (struct span){ NULL, 0 };
	memcpy(w->p + offsetof(struct head, n), &w->items, sizeof w->items);
	return (struct span){ (char *)w->p, w->n };
}
