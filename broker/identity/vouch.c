/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/vouch.h"

#include "broker/identity/document.h"
#include "broker/store/records_account.h"

#define RESIDENT SPAN("111")

int vouch_read(const struct vouch_word *word, struct date today, struct arena *arena, struct vouch_word *ret_word)
{
	struct document_context context = { .today = today, .legacy = true };
	const struct document_type *type = document_type_of(word->id_type.n ? word->id_type : RESIDENT);
	struct document document;

	struct span number = word->id_number;

	*ret_word = (struct vouch_word){ .real_name = span_trim(word->real_name), .level = word->level };
	if (!number.n || !type)
		return 0;
	TRY(document_check(type, number, &context, arena, &document));
	if (document.problem)
		return 0;
	ret_word->id_type = span_of(type->code);
	ret_word->id_number = document.number;
	return 0;
}

enum vouch vouch_decide(const struct account *account, const struct vouch_word *word)
{
	bool verified = account->realname_status == REALNAME_VERIFIED;
	bool both = account->id_number.n && word->id_number.n && span_eq(account->id_type, word->id_type);

	if (word->level < ACR_REAL_NAME || !word->real_name.n)
		return VOUCH_NOTHING;
	/* The number was verified here once, also when its document has expired since. */
	if (both && !span_eq(account->id_number, word->id_number))
		return VOUCH_CONFLICT;
	/* People change their names and keep their numbers; without numbers to compare the name is all there is. */
	if (!both && verified && !span_eq(account->name, word->real_name))
		return VOUCH_CONFLICT;
	if (!verified)
		return VOUCH_TAKE;
	return word->level > account->realname_level ? VOUCH_RAISE : VOUCH_NOTHING;
}
