/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/factor_page.h"

#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/page.h"
#include "broker/http/qr.h"
#include "broker/http/reply.h"
#include "broker/store/records_staff.h"
#include "conf/config.h"
#include "keys/totp.h"

struct offering {
	struct request *rq;
	struct id account, interaction;
	struct span random;
	struct factor factor;
};

static int offer(struct txn *txn, void *arg)
{
	struct offering *o = arg;

	return factor_offer(txn, o->rq->arena, o->account, o->interaction, o->random, o->rq->now, &o->factor);
}

/* The secret as a picture, and in fours for those who type it. */
static int show_secret(struct request *rq, const struct account *account, struct span secret, json_t *data)
{
	struct span uri, issuer = page_text(rq, &app_of(rq)->config->branding.name);
	struct buf plain = buf_new(rq->arena, 40), fours = buf_new(rq->arena, 48);
	struct qr qr;
	char size[32];

	TRY(totp_uri(secret, issuer.n ? issuer : SPAN("Yimen"), account->login_name, rq->arena, &uri));
	TRY(qr_draw(uri, rq->arena, &qr));
	encode_base32(&plain, secret);
	for (size_t i = 0; i < plain.n; i += 4) {
		if (i)
			buf_char(&fours, ' ');
		buf_add(&fours, (struct span){ plain.p + i, plain.n - i < 4 ? plain.n - i : 4 });
	}
	page_set_true(data, "enrols");
	page_set(data, "qr_path", qr.path);
	snprintf(size, sizeof size, "0 0 %d %d", qr.size, qr.size);
	page_set(data, "qr_box", span_of(size));
	page_set(data, "secret", buf_span(&fours));
	return plain.failed || fours.failed ? FAULT_MEMORY : 0;
}

int factor_page_enrol(struct request *rq, const struct interaction *interaction, const struct account *account, json_t *data)
{
	char secret[TOTP_SECRET];
	struct offering o = { .rq = rq, .account = account->id, .interaction = interaction->id, .random = { secret, sizeof secret } };

	sys_random(secret, sizeof secret);
	int result = store_update(app_of(rq)->app->store, offer, &o);
	if (!result)
		result = show_secret(rq, account, o.factor.secret, data);
	explicit_bzero(secret, sizeof secret);
	return result;
}

bool factor_page_recovers(struct request *rq)
{
	return rq->method == METHOD_POST && span_is(request_param(rq, "do"), "recovery");
}

int factor_page_empty(struct request *rq)
{
	return factor_page_recovers(rq) && !span_is(request_param(rq, "again"), "yes") ? 0 : ERR_FIELD_EMPTY;
}

int factor_page_codes(struct request *rq, char codes[FACTOR_RECOVERY_CODES][FACTOR_RECOVERY_TEXT], json_t *data)
{
	JSON *list = json_array();

	for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++)
		json_array_append_new(list, json_string(codes[i]));
	explicit_bzero(codes, FACTOR_RECOVERY_CODES * FACTOR_RECOVERY_TEXT);
	json_object_set(data, "codes", list);
	return reply_page(rq, 200, "recovery-codes", data);
}
