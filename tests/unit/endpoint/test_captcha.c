/* SPDX-License-Identifier: Apache-2.0 */
/* A captcha's answer is good once, for its own interaction, in its time; a wrong one uses it up. */
#include "broker/endpoint/captcha_check.h"

#include "broker/http/captcha.h"
#include "broker/store/records_system.h"
#include "conf/config.h"
#include "tests/unit/endpoint/fixture.h"

/* "What is seven minus two?" */
static struct span solve(struct world *w, struct span question)
{
	static const char *const words[] = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
					     "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty" };
	char first[16], sign[16], second[16];
	int a = -1, b = -1;

	ck_assert_int_eq(sscanf(arena_cstr(w->arena, question), "What is %15s %15s %15[a-z]?", first, sign, second), 3);
	for (int i = 0; i < (int)ARRAY_LEN(words); i++) {
		a = strcmp(first, words[i]) == 0 ? i : a;
		b = strcmp(second, words[i]) == 0 ? i : b;
	}
	ck_assert_msg(a >= 0 && b >= 0, SPAN_FMT, SPAN_ARG(question));
	return span_of(arena_printf(w->arena, "%d", strcmp(sign, "minus") == 0 ? a - b : a + b));
}

struct shown {
	struct interaction interaction;
	char *id;
	struct span answer;
};

static struct shown show(struct world *w)
{
	struct shown shown;
	JSON *data = json_object();
	VISIT *visit = world_visit(w, "");

	ck_assert_int_eq(interaction_begin(visit_request(visit), NULL, &shown.interaction), 0);
	shown.interaction.secret_hash = arena_dup(w->arena, shown.interaction.secret_hash);
	ck_assert_int_eq(captcha_check_show(visit_request(visit), &shown.interaction, data), 0);
	const json_t *captcha = json_object_get(data, "captcha");
	shown.id = arena_cstr(w->arena, json_get_span(captcha, "id"));
	shown.answer = solve(w, json_get_span(captcha, "question"));
	return shown;
}

static int use(struct txn *txn, void *arg)
{
	return captcha_check_use(txn, *(struct id *)arg);
}

/* Check, and use what was accepted. */
static int try(struct world *w, const struct interaction *interaction, const char *id, struct span answer)
{
	VISIT *visit = world_visit(w, arena_printf(w->arena, "captcha_id=%s&captcha=" SPAN_FMT, id, SPAN_ARG(answer)));
	struct id mark;

	TRY(captcha_check(visit_request(visit), interaction, &mark));
	return store_update(w->store, use, &mark);
}

START_TEST(once)
{
	WORLD w;

	world_make(&w);
	struct shown shown = show(&w);
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, shown.answer), 0);
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, shown.answer), ERR_CAPTCHA);
	ck_assert_uint_eq(world_count(&w, &KIND_MARK), 1);
}
END_TEST

START_TEST(wrong_uses_up)
{
	WORLD w;

	world_make(&w);
	struct shown shown = show(&w);
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, SPAN("999")), ERR_CAPTCHA);
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, shown.answer), ERR_CAPTCHA);
	shown = show(&w);
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, SPAN("")), ERR_CAPTCHA); /* nothing typed is no answer */
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, shown.answer), 0);
}
END_TEST

START_TEST(expiry)
{
	WORLD w;

	world_make(&w);
	struct shown shown = show(&w);
	w.now = instant_add(NOW, w.config->captcha.life);
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, shown.answer), ERR_CAPTCHA);
	w.now = instant_add(NOW, w.config->captcha.life - 1);
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, shown.answer), 0);
}
END_TEST

START_TEST(foreign)
{
	WORLD w;

	world_make(&w);
	struct shown mine = show(&w), yours = show(&w);
	ck_assert_int_eq(try(&w, &yours.interaction, mine.id, mine.answer), ERR_CAPTCHA);
	ck_assert_int_eq(try(&w, &mine.interaction, mine.id, mine.answer), 0); /* somebody else's attempt takes nothing from me */
	for (size_t i = 0; i < strlen(yours.id); i += 7) { /* sealed: every change is noticed */
		char *changed = arena_printf(w.arena, "%s", yours.id);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		ck_assert_int_eq(try(&w, &yours.interaction, changed, yours.answer), ERR_CAPTCHA);
	}
	ck_assert_int_eq(try(&w, &yours.interaction, "", yours.answer), ERR_CAPTCHA);
	ck_assert_int_eq(try(&w, &yours.interaction, "AAAA", yours.answer), ERR_CAPTCHA);
	ck_assert_int_eq(try(&w, &yours.interaction, yours.id, yours.answer), 0);
}
END_TEST

START_TEST(none_asked)
{
	struct id none = { { 0 } };
	WORLD w;

	world_make(&w);
	ck_assert_int_eq(store_update(w.store, use, &none), 0);
	ck_assert_uint_eq(world_count(&w, &KIND_MARK), 0);
}
END_TEST

START_TEST(store_fails)
{
	WORLD w;

	world_make(&w);
	struct shown shown = show(&w);
	store_fault_arm(w.store, STORE_FAULT_UPDATE, 1, FAULT_STORE); /* a wrong answer that could not be remembered is no free try */
	ck_assert_int_eq(try(&w, &shown.interaction, shown.id, SPAN("999")), FAULT_STORE);
}
END_TEST

int main(void)
{
	return suite_run("endpoint/captcha", (struct suite_test[]){ SUITE_ONCE(once), SUITE_ONCE(wrong_uses_up), SUITE_ONCE(expiry), SUITE_ONCE(foreign),
								    SUITE_ONCE(none_asked), SUITE_ONCE(store_fails), SUITE_END });
}
