/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every state that two people, an account of an import and two rows can come to through the store's own functions, and every step from it: two
 * people never have one row, nobody has two of a system, and an unused account comes back when its row does. docs/adr/0013 says why this suffices.
 *
 * Each path runs in one transaction that is undone at its end; a state that was seen before is not gone on from.
 */
#include "broker/base/sys.h"
#include "broker/endpoint/legacy_change.h"
#include "broker/identity/claim.h"
#include "tests/unit/endpoint/fixture.h"

#define ROWS 2
#define PEOPLE 3 /* two who registered here, and the account that the import made of row 0 */
#define MADE 2
#define PATH_MAX_ 24

enum verb { BIND, SUGGEST, AWARD, PROVE, UNBIND, USE, VERBS };

struct step {
	enum verb verb;
	int person, row;
};

/* What the test knows of a state by itself: who has each row, and how the import's account is. */
struct seen {
	int bound[ROWS], suggested[ROWS]; /* person + 1; 0: nobody */
	int absorbed, used;
};

struct path {
	struct step steps[PATH_MAX_];
	size_t n;
	struct seen end;
};

struct exploration {
	struct world *world;
	struct id people[PEOPLE], identities[PEOPLE], rows[ROWS];
	const struct path *path;
	struct seen seen; /* after the path */
	struct arena *arena;
};

/* ---- reading a state back from the store */

static int person_of(const struct exploration *x, struct id identity)
{
	for (int i = 0; i < PEOPLE; i++)
		if (id_eq(x->identities[i], identity))
			return i + 1;
	ck_abort_msg("somebody unknown has a row");
	return 0;
}

static int take_binding(const void *record, void *arg)
{
	const struct binding *binding = record;
	struct exploration *x = arg;

	if (binding->status == BINDING_ENDED)
		return 0;
	for (int row = 0; row < ROWS; row++) {
		if (!id_eq(binding->legacy, x->rows[row]))
			continue;
		ck_assert_msg(!x->seen.bound[row] && !x->seen.suggested[row], "two links of one row are in force");
		*(binding->status == BINDING_BOUND ? &x->seen.bound[row] : &x->seen.suggested[row]) = person_of(x, binding->identity);
	}
	return 0;
}

static int look(struct txn *txn, struct exploration *x)
{
	struct account made;

	x->seen = (struct seen){ 0 };
	TRY(record_scan(txn, &KIND_BINDING, (struct id){ { 0 } }, x->arena, take_binding, x));
	TRY(record_get(txn, &KIND_ACCOUNT, x->people[MADE], x->arena, &made));
	x->seen.absorbed = made.status == ACCOUNT_CLOSED;
	x->seen.used = instant_is_set(made.claimed_at);
	for (int person = 1; person <= PEOPLE; person++)
		ck_assert_msg(!(x->seen.bound[0] == person && x->seen.bound[1] == person), "one person has two of a system");
	ck_assert_msg(!x->seen.absorbed || (x->seen.bound[0] && x->seen.bound[0] != MADE + 1), "absorbed, and nobody has its row");
	ck_assert_msg(!(x->seen.absorbed && x->seen.used), "a used account was absorbed");
	return 0;
}

/* ---- steps */

/* What the rules of domain.md 1.5 say to a proof, in the test's own words. */
static int want_bind(const struct seen *s, int person, int row)
{
	int holder = s->bound[row];
	bool unused = row == 0 && holder == MADE + 1 && !s->used;

	if (holder && holder != person + 1 && !unused)
		return ERR_LEGACY_TAKEN;
	return holder != person + 1 && s->bound[!row] == person + 1 ? ERR_LEGACY_LIMIT : 0;
}

static int find_link(struct txn *txn, struct exploration *x, const struct unit_actor *actor, const struct legacy *row, const struct account *account,
		     struct binding *ret)
{
	struct claim_state state;

	return legacy_change_state(txn, actor, row, account, &state, ret);
}

static int unbind(struct txn *txn, struct exploration *x, const struct unit_actor *actor, const struct legacy *row, const struct account *account)
{
	struct binding binding;

	TRY(find_link(txn, x, actor, row, account, &binding));
	return id_is_set(binding.id) ? legacy_change_unbind(txn, actor, &binding, SPAN("desk")) : 0;
}

static int use(struct txn *txn, struct exploration *x)
{
	struct account made;

	TRY(record_get(txn, &KIND_ACCOUNT, x->people[MADE], x->arena, &made));
	if (made.status == ACCOUNT_CLOSED) /* nobody logs in with it */
		return 0;
	made.claimed_at = NOW;
	return record_put(txn, &KIND_ACCOUNT, &made);
}

static int take_step(struct txn *txn, struct exploration *x, const struct step *step)
{
	struct unit_actor actor = { .config = x->world->config, .now = NOW, .arena = x->arena };
	struct legacy_proof proof = { .method = step->verb == PROVE ? "phone" : "sms" };
	const struct seen before = x->seen;
	struct account account;
	struct legacy row;
	int result;

	TRY(record_get(txn, &KIND_ACCOUNT, x->people[step->person], x->arena, &account));
	TRY(record_get(txn, &KIND_LEGACY, x->rows[step->row], x->arena, &row));
	if (account.status == ACCOUNT_CLOSED && step->verb != UNBIND) /* closed: they are nowhere */
		return 0;
	switch (step->verb) {
	case BIND:
		result = legacy_change_bind(txn, &actor, &row, &account, &proof);
		ck_assert_int_eq(result, want_bind(&before, step->person, step->row));
		break;
	case SUGGEST:
		result = legacy_change_suggest(txn, &actor, &row, &account);
		break;
	case AWARD: /* what is refused undoes the whole decision */
		if (before.bound[!step->row] == step->person + 1 && before.bound[step->row] != step->person + 1)
			return 0;
		result = legacy_change_award(txn, &actor, &row, &account, &proof);
		ck_assert_int_eq(result, 0);
		break;
	case PROVE:
		result = legacy_change_proved(txn, &actor, &account, &proof);
		ck_assert_int_eq(result, 0);
		break;
	case UNBIND:
		result = unbind(txn, x, &actor, &row, &account);
		break;
	default:
		result = use(txn, x);
		break;
	}
	if (result < 0)
		return result;
	TRY(look(txn, x));
	if (result) /* refused: nothing has changed */
		ck_assert(memcmp(&before, &x->seen, sizeof before) == 0);
	return 0;
}

static int walk(struct txn *txn, void *arg)
{
	struct exploration *x = arg;

	TRY(look(txn, x));
	for (size_t i = 0; i < x->path->n; i++)
		TRY(take_step(txn, x, &x->path->steps[i]));
	return ERR_CONFLICT; /* undone */
}

/* ---- all of them */

static void make_people(struct exploration *x)
{
	static const char *const names[] = { "anna", "bert" };
	struct world *w = x->world;
	struct account account;
	struct legacy legacy = { .source = SPAN("torch"), .legacy_id = SPAN("2"), .kind = SPAN("individual"), .phone = SPAN("13800138001"), .imported_at = NOW };

	world_do(w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"anna\",\"phone\":\"13800138001\"}}");
	world_do(w, "{\"command\":\"account.add\",\"args\":{\"login_name\":\"bert\"}}");
	world_do(w, "{\"command\":\"legacy.import\",\"args\":{\"source\":\"torch\",\"header\":[\"kind\",\"legacy_id\",\"phone\"],"
		    "\"rows\":[[\"individual\",\"1\",\"18711111111\"]]}}");
	for (int i = 0; i < 2; i++) {
		ck_assert(world_account(w, NAMESPACE_NATURAL, names[i], &account));
		x->people[i] = account.id;
		x->identities[i] = account.identity;
	}
	ck_assert(world_account(w, NAMESPACE_NATURAL, "18711111111", &account));
	x->people[MADE] = account.id;
	x->identities[MADE] = account.identity;
	legacy.id = sys_new_id(NOW);
	world_put(w, &KIND_LEGACY, &legacy);
	x->rows[1] = legacy.id;
}

static int find_row(const void *record, void *arg)
{
	const struct legacy *legacy = record;
	struct exploration *x = arg;

	if (span_is(legacy->legacy_id, "1"))
		x->rows[0] = legacy->id;
	return 0;
}

static int find_rows(struct txn *txn, void *arg)
{
	struct exploration *x = arg;

	return record_scan(txn, &KIND_LEGACY, (struct id){ { 0 } }, x->world->arena, find_row, x);
}

static bool is_known(const struct path *paths, size_t n, const struct seen *seen)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&paths[i].end, seen, sizeof *seen) == 0)
			return true;
	return false;
}

START_TEST(every_interleaving)
{
	static struct path paths[1000];
	size_t n = 1, steps = 0;
	WORLD w;

	world_make(&w);
	struct exploration x = { .world = &w };
	make_people(&x);
	ck_assert_int_eq(store_view(w.store, find_rows, &x), 0);
	memset(paths, 0, sizeof paths);
	paths[0].end.bound[0] = MADE + 1;
	for (size_t i = 0; i < n; i++)
		for (enum verb verb = 0; verb < VERBS; verb++)
			for (int person = 0; person < (verb == UNBIND || verb == USE ? 1 : PEOPLE); person++)
				for (int row = 0; row < (verb == PROVE || verb == USE ? 1 : ROWS); row++) {
					struct path path = paths[i];

					ck_assert_uint_lt(path.n, PATH_MAX_);
					path.steps[path.n++] = (struct step){ verb, person, row };
					x.path = &path;
					x.arena = arena_new((size_t)16 << 20);
					ck_assert_int_eq(store_update(w.store, walk, &x), ERR_CONFLICT);
					arena_free(x.arena);
					steps++;
					if (is_known(paths, n, &x.seen))
						continue;
					ck_assert_uint_lt(n, ARRAY_LEN(paths));
					path.end = x.seen;
					paths[n++] = path;
				}
	ck_assert_uint_gt(n, 25); /* free, suggested, bound, absorbed, used … in all the ways that go together */
	ck_assert_uint_gt(steps, 25 * 20);
	world_check(&w);
}
END_TEST

int main(void)
{
	return suite_run("endpoint_claims", (struct suite_test[]){ SUITE_ONCE(every_interleaving), SUITE_END });
}
