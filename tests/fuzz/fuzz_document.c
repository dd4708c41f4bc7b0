/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_document - numbers that people type: the first byte picks the type, the rest is the number. A number found fine stays
 * fine when it is normalised again, as document, credit code, phone and name.
 */
#include "broker/base/error.h"
#include "broker/identity/document.h"
#include "broker/identity/mask.h"
#include "broker/identity/normal.h"
#include "broker/identity/uscc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*normalise)(struct span text, struct arena *arena, struct span *ret);

static void check_settled(normalise fn, struct span text, struct arena *arena)
{
	struct span once, twice;

	if (fn(text, arena, &once))
		return;
	int result = fn(once, arena, &twice);
	if (result > 0 || (result == 0 && !span_eq(once, twice)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const normalise fns[] = { normal_number, normal_phone, normal_login_name, normal_person_name, normal_person_name_key,
					 normal_unit_name_key };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct document_context context = { .today = { 2026, 1, 1 } };
	struct document doc, again;
	struct uscc uscc;
	struct span masked;

	if (!size || !arena)
		return 0;
	const struct document_type *type = document_type_at(data[0] % DOCUMENT_KINDS);
	context.legacy = data[0] & 0x80;
	struct span text = { (const char *)data + 1, size - 1 };
	if (document_check(type, text, &context, arena, &doc) == 0 && !doc.problem) {
		if (document_check(type, doc.number, &context, arena, &again) == 0 && again.problem)
			abort();
		if (doc.sex && mask_id_number(doc.number, MASK_CONFIRM, arena, &masked) == 0 && span_eq(masked, doc.number))
			abort();
	}
	if (uscc_check(text, arena, &uscc) == 0 && !uscc.problem && uscc.code.n != 18)
		abort();
	for (size_t i = 0; i < ARRAY_LEN(fns); i++)
		check_settled(fns[i], text, arena);
	int result = mask_name(text, arena, &masked) | mask_document(text, arena, &masked) | mask_email(text, arena, &masked) |
		     mask_landline(text, arena, &masked);
	(void)result;
	return 0;
}
