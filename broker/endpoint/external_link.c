/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/external_link.h"

#include "broker/base/hours.h"
#include "broker/base/json.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/realname_change.h"
#include "broker/endpoint/task.h"
#include "broker/identity/mask.h"
#include "broker/identity/vouch.h"
#include "broker/store/records_review.h"
#include "broker/store/records_upstream.h"
#include "conf/config_provider.h"

#define CONFLICT_FORM SPAN("link-conflict")

/* ---- history */

static int note(struct txn *txn, const struct unit_actor *actor, const char *action, struct id account, struct span provider)
{
	struct audit_event event = { .action = action, .actor = account, .detail = provider };

	return actor->rq ? audit_write(txn, actor->rq, &event) : audit_write_operator(txn, actor->now, &event);
}

static int remember(struct txn *txn, const struct unit_actor *actor, const struct external_link *link, const char *what, struct span evidence)
{
	struct link_event event = { .id = sys_new_id(actor->now), .link = link->id, .account = link->account, .at = actor->now, .what = span_of(what),
				    .provider = link->provider, .actor = actor->account, .evidence = evidence };

	return record_insert(txn, &KIND_LINK_EVENT, &event);
}

/* {"from": …, "to": …} */
static int remember_change(struct txn *txn, const struct unit_actor *actor, const struct external_link *link, const char *what, struct span from, struct span to)
{
	struct buf buf = buf_new(actor->arena, 128);
	struct json_writer w = json_writer(&buf);
	struct span evidence;

	json_open(&w, '{');
	json_member_str(&w, "from", from);
	json_member_str(&w, "to", to);
	json_close(&w, '}');
	TRY(buf_done(&buf, &evidence));
	return remember(txn, actor, link, what, evidence);
}

/* ---- found */

static int find_subject(struct txn *txn, const struct external_word *word, struct span subject, struct arena *arena, struct external_link *ret_link)
{
	struct external_link probe = { .provider = word->provider->id, .issuer = word->identity->issuer, .subject = subject };

	return subject.n ? record_find(txn, &KIND_EXTERNAL_LINK, EXTERNAL_LINK_BY_SUBJECT, &probe, arena, ret_link) : ERR_ABSENT;
}

int external_link_find(struct txn *txn, const struct external_word *word, struct arena *arena, struct external_link *ret_link, bool *ret_earlier)
{
	const struct provider_identity *identity = word->identity;
	int result = find_subject(txn, word, identity->subject, arena, ret_link);

	*ret_earlier = false;
	for (size_t i = 0; result == ERR_ABSENT && i < ARRAY_LEN(identity->earlier_subjects); i++) {
		result = find_subject(txn, word, identity->earlier_subjects[i], arena, ret_link);
		*ret_earlier = result == 0;
	}
	return result;
}

/* ---- what the upstream has verified goes on to the account */

/* A unit's account: its unit is the one that the upstream's legal person is, and the operator takes the upstream's word for it. */
static int vouch_unit(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct account *account)
{
	const struct provider_identity *identity = word->identity;
	struct unit unit;

	if (!word->provider->legal || !identity->is_legal || word->provider->legal_state == CONFIG_LEGAL_REGISTERED || identity->acr < ACR_REAL_NAME)
		return 0;
	if (account->realname_status == REALNAME_VERIFIED && account->realname_level >= identity->acr)
		return 0;
	TRY(record_get(txn, &KIND_UNIT, account->unit, actor->arena, &unit));
	if (!span_eq_nocase(unit.uscc, identity->uscc))
		return 0;
	char *method = arena_printf(actor->arena, "provider:" SPAN_FMT, SPAN_ARG(word->provider->id));
	return method ? realname_change_vouched(txn, actor, account, identity->acr, span_of(method)) : FAULT_MEMORY;
}

/* Another account of ours was verified with this number: that is for the person to sort out (log in there, merge), and no reason to keep them out. */
static int vouch_person(struct txn *txn, const struct unit_actor *actor, const struct external_link *link, struct account *account,
			const struct vouch_word *word, enum vouch decision)
{
	char *method = arena_printf(actor->arena, "provider:" SPAN_FMT, SPAN_ARG(link->provider));
	struct account owner, before = *account;

	if (!method)
		return FAULT_MEMORY;
	if (decision == VOUCH_TAKE) {
		struct account probe = { .namespace_ = account->namespace_, .id_type = word->id_type, .id_number = word->id_number };
		int result = word->id_number.n ? record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_ID_NUMBER, &probe, actor->arena, &owner) : ERR_ABSENT;

		if (!result && !id_eq(owner.id, account->id))
			return remember(txn, actor, link, "id_number_taken", (struct span){ NULL, 0 });
		if (result && result != ERR_ABSENT)
			return result;
		account->name = word->real_name;
		if (word->id_number.n) {
			account->id_type = word->id_type;
			account->id_number = word->id_number;
		}
	}
	int result = realname_change_vouched(txn, actor, account, word->level, span_of(method));
	if (result)
		*account = before;
	return result;
}

static int vouch(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, const struct external_link *link, struct account *account)
{
	const struct provider_identity *identity = word->identity;
	struct vouch_word told = { identity->real_name, identity->id_type, identity->id_number, identity->acr };

	if (!word->provider->trust_real_name)
		return 0;
	if (account->namespace_ == NAMESPACE_LEGAL)
		return vouch_unit(txn, actor, word, account);
	if (identity->is_legal) /* its real name is somebody's who acts for it */
		return 0;
	TRY(vouch_read(&told, date_of(actor->now, CHINA_MS), actor->arena, &told));
	enum vouch decision = vouch_decide(account, &told);
	if (decision == VOUCH_CONFLICT)
		return ERR_LINK_CONFLICT;
	return decision == VOUCH_NOTHING ? 0 : vouch_person(txn, actor, link, account, &told, decision);
}

/* ---- attributes */

static int masked_name(const struct unit_actor *actor, struct span name, struct span *ret)
{
	*ret = (struct span){ NULL, 0 };
	return name.n ? mask_name(name, actor->arena, ret) : 0;
}

/* A name that nobody has verified is the upstream's to change, where the account came from there. */
static int refresh_account(struct txn *txn, const struct unit_actor *actor, const struct external_link *link, struct account *account)
{
	char *source = arena_printf(actor->arena, "provider:" SPAN_FMT, SPAN_ARG(link->provider));

	if (!source)
		return FAULT_MEMORY;
	bool ours = !span_eq(account->source, span_of(source)) || account->namespace_ != NAMESPACE_NATURAL || account->realname_status != REALNAME_NONE ||
		    account->profile != PROFILE_NONE;
	if (!link->display_name.n || (account->name.n && ours) || span_eq(account->name, link->display_name))
		return 0;
	account->name = link->display_name;
	return record_put(txn, &KIND_ACCOUNT, account);
}

static int refresh(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct external_link *link, bool fresh)
{
	const struct provider_identity *identity = word->identity;
	struct external_link before = *link;
	struct span from, to;

	link->last_login_at = actor->now;
	if (identity->name.n)
		link->display_name = identity->name;
	if (identity->phone.n)
		link->phone = identity->phone;
	if (identity->email.n)
		link->email = identity->email;
	link->level = identity->level;
	link->method = identity->method;
	link->acr = identity->acr;
	if (fresh)
		return 0;
	bool level = before.acr != link->acr || !span_eq(before.level, link->level) || !span_eq(before.method, link->method);
	bool name = before.display_name.n && !span_eq(before.display_name, link->display_name);
	if (!level && !name && span_eq(before.phone, link->phone) && span_eq(before.email, link->email))
		return 0;
	link->changed_at = actor->now;
	if (name) {
		TRY(masked_name(actor, before.display_name, &from));
		TRY(masked_name(actor, link->display_name, &to));
		TRY(remember_change(txn, actor, link, "name", from, to));
	}
	if (!level)
		return 0;
	from = span_of(arena_printf(actor->arena, "%lld " SPAN_FMT " " SPAN_FMT, (long long)before.acr, SPAN_ARG(before.level), SPAN_ARG(before.method)));
	to = span_of(arena_printf(actor->arena, "%lld " SPAN_FMT " " SPAN_FMT, (long long)link->acr, SPAN_ARG(link->level), SPAN_ARG(link->method)));
	return from.p && to.p ? remember_change(txn, actor, link, "level", from, to) : FAULT_MEMORY;
}

static int attributes(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct external_link *link, bool fresh)
{
	struct account account;
	int result = record_get(txn, &KIND_ACCOUNT, link->account, actor->arena, &account);

	TRY(result == ERR_ABSENT ? ERR_NO_ACCOUNT : result);
	TRY(refresh(txn, actor, word, link, fresh));
	TRY(vouch(txn, actor, word, link, &account));
	TRY(refresh_account(txn, actor, link, &account));
	return record_put(txn, &KIND_EXTERNAL_LINK, link);
}

/* ---- begins, goes on, ends */

int external_link_new(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct id id, struct id account, const char *what)
{
	const struct provider_identity *identity = word->identity;
	struct external_link link = { .id = id, .provider = word->provider->id, .issuer = identity->issuer, .subject = identity->subject, .account = account,
				      .created_at = actor->now };
	struct external_link other;
	bool earlier;

	/* Also one under an earlier subject: it would lead the same person to two accounts. */
	int result = external_link_find(txn, word, actor->arena, &other, &earlier);
	if (result != ERR_ABSENT)
		return result ? result : ERR_LINK_TAKEN;
	TRY(attributes(txn, actor, word, &link, true));
	TRY(remember(txn, actor, &link, what, (struct span){ NULL, 0 }));
	return note(txn, actor, "link", account, link.provider);
}

int external_link_seen(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct external_link *link)
{
	const struct provider_identity *identity = word->identity;

	if (!span_eq(link->subject, identity->subject)) {
		struct span was = link->subject;

		link->subject = identity->subject;
		TRY(remember_change(txn, actor, link, "relinked", was, link->subject));
		TRY(note(txn, actor, "link.move", link->account, link->provider));
	}
	return attributes(txn, actor, word, link, false);
}

int external_link_end(struct txn *txn, const struct unit_actor *actor, const struct external_link *link, struct span reason)
{
	int result = record_del(txn, &KIND_EXTERNAL_LINK, link->id);

	if (result)
		return result == ERR_ABSENT ? 0 : result;
	TRY(remember_change(txn, actor, link, "ended", reason, (struct span){ NULL, 0 }));
	return note(txn, actor, "link.remove", link->account, link->provider);
}

int external_link_fits(struct txn *txn, const struct external_word *word, const struct account *account, struct arena *arena)
{
	const struct provider_identity *identity = word->identity;
	struct unit unit;

	if (!word->provider->legal || !identity->is_legal)
		return 0;
	/* A unit may have several accounts there and here: which belongs to which is proved, never inferred; but never across units (domain.md 3.8). */
	if (account->namespace_ != NAMESPACE_LEGAL || !id_is_set(account->unit))
		return ERR_LINK_KIND;
	TRY(record_get(txn, &KIND_UNIT, account->unit, arena, &unit));
	return span_eq_nocase(unit.uscc, identity->uscc) ? 0 : ERR_LINK_KIND;
}

/* ---- contradictions */

static int conflict_values(const struct unit_actor *actor, const struct external_word *word, struct span *ret_json)
{
	struct buf buf = buf_new(actor->arena, 128);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_str(&w, "name", word->identity->real_name);
	json_member_str(&w, "id_type", word->identity->id_type);
	json_member_str(&w, "id_number", word->identity->id_number);
	json_close(&w, '}');
	return buf_done(&buf, ret_json);
}

int external_link_conflict(struct txn *txn, const struct unit_actor *actor, const struct external_word *word, struct id account_id)
{
	struct external_link link;
	struct account account;
	struct id task;
	bool earlier;

	int result = external_link_find(txn, word, actor->arena, &link, &earlier);
	if (result == ERR_ABSENT) /* it was to be tied, and is not */
		return note(txn, actor, "link.conflict", account_id, word->provider->id);
	TRY(result);
	TRY(record_get(txn, &KIND_ACCOUNT, link.account, actor->arena, &account));
	struct submission values = { .id = sys_new_id(actor->now), .owner = account.id, .subject = link.id, .form = CONFLICT_FORM,
				     .status = SUBMISSION_SUBMITTED, .created_at = actor->now, .changed_at = actor->now };
	TRY(conflict_values(actor, word, &values.values));
	TRY(record_insert(txn, &KIND_SUBMISSION, &values));
	struct task_new new = { .kind = TASK_LINK, .queue = TASK_QUEUE_PLATFORM, .subject = link.id, .account = account.id, .submission = values.id,
				.title = account.name, .note = SPAN("link_conflict") };
	TRY(task_open(txn, &new, actor->now, actor->arena, &task));
	TRY(remember(txn, actor, &link, "conflict", (struct span){ NULL, 0 }));
	return note(txn, actor, "link.conflict", account.id, link.provider);
}
