/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory - fills a store with the people, units and waiting decisions of a large platform, for bench/run --people: what bench/people.py asks
 * about afterwards. The daemon must not run. Everything is made from a counter, so that two runs make the same store but for ids and keys.
 *
 *   directory DATA_DIR OUTPUT ACCOUNTS UNITS TASKS MEMBERS AUDITS
 *
 * Units have names of the usual shape: place, a rare brand, trade, and one of a few endings that most of them share. One unit (the large one) has
 * MEMBERS members. Half of the audit records are spread over all accounts, a tenth of them are one person's. OUTPUT gets a line "name value"
 * for each thing to ask about: cookies of sessions (no password is hashed), ids that stand deep in a list, texts to search for.
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/task.h"
#include "broker/endpoint/unit_index.h"
#include "broker/store/handle.h"
#include "broker/store/records_review.h"
#include "broker/store/records_staff.h"
#include "broker/store/records_system.h"
#include "keys/crypto.h"
#include "keys/seal.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH 2000 /* records of one transaction */
#define DEPARTMENTS 30 /* d01 … as bench/people.py configures them, one tree under "top" */
#define SAMPLES 64 /* texts of one sort to search for */
#define SESSION_LIFE (8 * MS_HOUR)
#define SPREAD (150 * MS_DAY) /* over which everything came to be: less than audit records are kept */

enum { N_ACCOUNTS, N_UNITS, N_TASKS, N_MEMBERS, N_AUDITS, N_COUNTS };

struct seeding {
	struct store *store;
	FILE *output;
	uint64_t n[N_COUNTS];
	struct instant now;
	struct arena *arena; /* of one transaction */
	struct id *accounts, *units;
	int (*make)(struct txn *txn, struct seeding *s, uint64_t i);
	uint64_t from, until;
	struct id deep_member, deep_task; /* nine tenths down their lists */
};

static const char *const places[] = { "郑州市", "河南", "天津", "天津市滨海新区", "嘉兴市", "嘉兴市南湖区", "北京", "洛阳市", "新乡市", "许昌市", "浙江", "海宁市" };
static const char *const trades[] = { "科技", "信息科技", "生物科技", "信息技术", "智能装备", "新材料", "环保科技", "电子", "医疗器械", "农业科技", "网络科技", "机械" };
static const char *const endings[] = { "有限公司", "有限公司", "有限公司", "股份有限公司", "有限公司", "集团有限公司", "有限公司", "研究院" };
static const char *const surnames[] = { "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭" };

/* A character that no place, trade or ending needs to hold: brands and given names are made of these. */
static void add_rare(struct buf *buf, uint64_t i)
{
	char text[4] = { 0 };
	uint32_t c = 0x5000 + (uint32_t)(i % 700) * 7;

	text[0] = (char)(0xe0 | c >> 12);
	text[1] = (char)(0x80 | (c >> 6 & 0x3f));
	text[2] = (char)(0x80 | (c & 0x3f));
	buf_add(buf, span_of(text));
}

static uint64_t mix(uint64_t i)
{
	i = (i ^ i >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	i = (i ^ i >> 27) * UINT64_C(0x94d049bb133111eb);
	return i ^ i >> 31;
}

/* When the @i-th of @n came to be. */
static struct instant at(const struct seeding *s, uint64_t i, uint64_t n)
{
	return instant_add(s->now, -SPREAD + (int64_t)((double)i / (double)n * (double)(SPREAD - MS_HOUR)));
}

/* ---- what one record is made of */

static int make_account(struct txn *txn, struct seeding *s, uint64_t i)
{
	struct buf name = buf_new(s->arena, 16);
	char *login = arena_printf(s->arena, "user%07llu", (unsigned long long)i), *phone = arena_printf(s->arena, "1%010llu", 3000000000ull + i);
	struct instant since = at(s, i, s->n[N_ACCOUNTS]);
	struct account account = { .id = sys_new_id(since), .created_at = since, .namespace_ = NAMESPACE_NATURAL, .status = ACCOUNT_ACTIVE,
				   .phone_confirmed_at = since, .identity = sys_new_id(since), .source = SPAN("register"),
				   .realname_status = i % 3 ? REALNAME_VERIFIED : REALNAME_NONE, .realname_level = i % 3 ? 2 : 0,
				   .password = SPAN("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY") };

	if (!login || !phone)
		return FAULT_MEMORY;
	buf_add(&name, span_of(surnames[mix(i) % ARRAY_LEN(surnames)]));
	add_rare(&name, mix(i) >> 8);
	add_rare(&name, mix(i) >> 24);
	TRY(buf_done(&name, &account.name));
	account.login_name = account.login_key = span_of(login);
	account.phone = span_of(phone);
	s->accounts[i] = account.id;
	TRY(record_insert(txn, &KIND_IDENTITY, &(struct identity){ .id = account.identity, .created_at = since }));
	return record_insert(txn, &KIND_ACCOUNT, &account);
}

static int make_unit(struct txn *txn, struct seeding *s, uint64_t i)
{
	struct buf name = buf_new(s->arena, 64), brand = buf_new(s->arena, 8);
	char *uscc = arena_printf(s->arena, "91410100MA%08llu", (unsigned long long)i);
	char *dept = arena_printf(s->arena, "d%02d", (int)(mix(i) % DEPARTMENTS) + 1);
	struct instant since = at(s, i, s->n[N_UNITS]);
	struct unit unit = { .id = sys_new_id(since), .created_at = since, .since = since, .type = SPAN("enterprise"), .status = UNIT_EFFECTIVE,
			     .region = SPAN("410100"), .rep_name = SPAN("王建国"), .rep_id_type = SPAN("111"), .rep_phone = SPAN("13800000000") };
	struct span rare;

	if (!uscc || !dept)
		return FAULT_MEMORY;
	for (int k = 0; k < 3; k++)
		add_rare(&brand, mix(i) >> (10 * k));
	TRY(buf_done(&brand, &rare));
	buf_add(&name, span_of(places[(mix(i) >> 32) % ARRAY_LEN(places)]));
	buf_add(&name, rare);
	buf_add(&name, span_of(trades[(mix(i) >> 40) % ARRAY_LEN(trades)]));
	buf_add(&name, span_of(endings[(mix(i) >> 48) % ARRAY_LEN(endings)]));
	TRY(buf_done(&name, &unit.name));
	unit.uscc = span_of(uscc);
	unit.dept_id = span_of(dept);
	s->units[i] = unit.id;
	if (i % (s->n[N_UNITS] / SAMPLES + 1) == 0)
		fprintf(s->output, "rare " SPAN_FMT "\nfull " SPAN_FMT "\ncode " SPAN_FMT "\n", SPAN_ARG(rare), SPAN_ARG(unit.name), SPAN_ARG(unit.uscc));
	TRY(record_insert(txn, &KIND_UNIT, &unit));
	return unit_index_move(txn, NULL, &unit, s->arena);
}

static int put_member(struct txn *txn, struct seeding *s, uint64_t account, uint64_t unit, int role, int status, struct id *ret_id)
{
	struct instant since = at(s, account, s->n[N_ACCOUNTS]);
	struct membership membership = { .id = sys_new_id(since), .account = s->accounts[account], .unit = s->units[unit], .role = role, .status = status,
					 .since = since };
	struct grant grant = { .id = sys_new_id(since), .account = membership.account, .unit = membership.unit, .subsystem = SPAN("xiangmu"),
			       .status = GRANT_ACTIVE, .since = since };

	*ret_id = membership.id;
	TRY(record_insert(txn, &KIND_MEMBERSHIP, &membership));
	return status == MEMBERSHIP_ACTIVE ? record_insert(txn, &KIND_GRANT, &grant) : 0;
}

/* The large unit is the first, the newest of its members administers it; a tenth as many again wait to be admitted. */
static int make_member(struct txn *txn, struct seeding *s, uint64_t i)
{
	struct id id;

	TRY(put_member(txn, s, i, 0, i + 1 == s->n[N_MEMBERS] ? MEMBERSHIP_ROLE_ADMIN : MEMBERSHIP_ROLE_MEMBER,
		       i < s->n[N_MEMBERS] ? MEMBERSHIP_ACTIVE : MEMBERSHIP_PENDING_ADMIN, &id));
	if (i == s->n[N_MEMBERS] * 9 / 10)
		s->deep_member = id;
	return 0;
}

/* Every fourth of the others belongs to some unit. */
static int make_other_member(struct txn *txn, struct seeding *s, uint64_t i)
{
	uint64_t account = s->n[N_MEMBERS] * 2 + i * 4;
	struct id id;

	if (account >= s->n[N_ACCOUNTS])
		return 0;
	return put_member(txn, s, account, 1 + mix(account) % (s->n[N_UNITS] - 1), MEMBERSHIP_ROLE_MEMBER, MEMBERSHIP_ACTIVE, &id);
}

/* Open ones first, then as many that were decided. */
static int make_task(struct txn *txn, struct seeding *s, uint64_t i)
{
	static const int kinds[] = { TASK_UNIT, TASK_REALNAME, TASK_UNIT, TASK_ACCOUNT, TASK_UNIT, TASK_APPEAL };
	bool open = i < s->n[N_TASKS];
	char *dept = arena_printf(s->arena, "d%02d", (int)(mix(i) % DEPARTMENTS) + 1);
	struct instant since = at(s, i % s->n[N_TASKS], s->n[N_TASKS]);
	struct task task = { .id = sys_new_id(since), .created_at = since, .kind = kinds[mix(i) / 64 % ARRAY_LEN(kinds)],
			     .status = open ? TASK_OPEN : TASK_APPROVED, .queue = TASK_QUEUE_PLATFORM, .title = SPAN("郑州市某某信息科技有限公司") };

	if (!dept)
		return FAULT_MEMORY;
	task.account = s->accounts[mix(i) % s->n[N_ACCOUNTS]];
	task.subject = task.kind == TASK_UNIT ? s->units[mix(i) % s->n[N_UNITS]] : task.account;
	if (task.kind == TASK_UNIT)
		TRY(task_queue_dept(span_of(dept), s->arena, &task.queue));
	if (i == s->n[N_TASKS] * 9 / 10)
		s->deep_task = task.id;
	return record_insert(txn, &KIND_TASK, &task);
}

static int make_audit(struct txn *txn, struct seeding *s, uint64_t i)
{
	char *actor = arena_alloc(s->arena, 37);
	struct instant since = at(s, i, s->n[N_AUDITS]);

	if (!actor)
		return FAULT_MEMORY;
	encode_id(actor, s->accounts[i % 10 == 0 ? 0 : mix(i) % s->n[N_ACCOUNTS]]);
	struct audit audit = { .id = sys_new_id(since), .at = since, .actor = span_of(actor), .action = SPAN("login.password"),
			       .client = SPAN("demo-public"), .address = SPAN("192.0.2.1"), .reference = SPAN("0123456789ab"), .result = SPAN("ok") };
	return record_insert(txn, &KIND_AUDIT, &audit);
}

/* ---- many of them */

static int batch(struct txn *txn, void *arg)
{
	struct seeding *s = arg;

	for (uint64_t i = s->from; i < s->until; i++)
		TRY(s->make(txn, s, i));
	return 0;
}

static int make_all(struct seeding *s, const char *what, uint64_t n, int (*make)(struct txn *, struct seeding *, uint64_t))
{
	struct instant began = sys_now();

	s->make = make;
	for (s->from = 0; s->from < n; s->from = s->until) {
		s->until = s->from + BATCH < n ? s->from + BATCH : n;
		arena_reset(s->arena);
		TRY(store_update(s->store, batch, s));
	}
	fprintf(stderr, "%llu %s in %.1f s\n", (unsigned long long)n, what, (double)(sys_now().ms - began.ms) / 1000);
	return 0;
}

/* ---- who looks */

struct looker {
	struct seeding *s;
	const char *name;
	struct id account, unit;
	bool staff;
	int roles;
	const char *dept; /* staff: reviews in it and below; "": everywhere */
};

static int make_looker(struct txn *txn, void *arg)
{
	struct looker *l = arg;
	struct seeding *s = l->s;
	struct span amr[] = { SPAN("pwd"), SPAN("otp"), SPAN("mfa") };
	struct id id = record_expiring_id(instant_add(s->now, SESSION_LIFE));
	unsigned char hash[HANDLE_HASH];
	struct session session = { .id = id, .secret_hash = { (char *)hash, sizeof hash }, .account = l->account, .created_at = s->now,
				   .auth_time = s->now, .last_seen_at = s->now, .amr = { amr, ARRAY_LEN(amr) }, .acr = 2, .method = SPAN("password"),
				   .acting_unit = l->unit };
	struct span cookie;

	if (l->staff) {
		struct account account = { .id = l->account, .created_at = s->now, .namespace_ = NAMESPACE_STAFF, .status = ACCOUNT_ACTIVE,
					   .login_name = span_of(l->name), .login_key = span_of(l->name), .identity = sys_new_id(s->now), .name = SPAN("审核员") };
		struct appointment appointment = { .id = sys_new_id(s->now), .account = l->account, .roles = l->roles, .dept = span_of(l->dept),
						   .since = s->now };

		TRY(record_insert(txn, &KIND_IDENTITY, &(struct identity){ .id = account.identity, .created_at = s->now }));
		TRY(record_insert(txn, &KIND_ACCOUNT, &account));
		TRY(record_insert(txn, &KIND_APPOINTMENT, &appointment));
	}
	TRY(handle_new("session", id, s->arena, &cookie, hash));
	TRY(record_insert(txn, &KIND_SESSION, &session));
	fprintf(s->output, "%s " SPAN_FMT "\n", l->name, SPAN_ARG(cookie));
	return 0;
}

static void print_id(struct seeding *s, const char *name, struct id id)
{
	char text[37];

	encode_id(text, id);
	fprintf(s->output, "%s %s\n", name, text);
}

static int fill(struct seeding *s)
{
	TRY(make_all(s, "accounts", s->n[N_ACCOUNTS], make_account));
	TRY(make_all(s, "units", s->n[N_UNITS], make_unit));
	TRY(make_all(s, "members of the large unit", s->n[N_MEMBERS] + s->n[N_MEMBERS] / 10, make_member));
	TRY(make_all(s, "members of others", s->n[N_ACCOUNTS] / 4, make_other_member));
	TRY(make_all(s, "tasks", 2 * s->n[N_TASKS], make_task));
	TRY(make_all(s, "audit records", s->n[N_AUDITS], make_audit));
	struct looker lookers[] = {
		{ s, .name = "platform-reviewer", .account = sys_new_id(s->now), .staff = true, .roles = STAFF_REVIEWER, .dept = "" },
		{ s, .name = "tree-reviewer", .account = sys_new_id(s->now), .staff = true, .roles = STAFF_REVIEWER, .dept = "top" },
		{ s, .name = "support", .account = sys_new_id(s->now), .staff = true, .roles = STAFF_SUPPORT, .dept = "" },
		{ s, .name = "unit-administrator", .account = s->accounts[s->n[N_MEMBERS] - 1], .unit = s->units[0] },
		{ s, .name = "person", .account = s->accounts[0] },
	};
	arena_reset(s->arena);
	for (size_t i = 0; i < ARRAY_LEN(lookers); i++)
		TRY(store_update(s->store, make_looker, &lookers[i]));
	print_id(s, "large-unit", s->units[0]);
	print_id(s, "deep-member", s->deep_member);
	print_id(s, "deep-task", s->deep_task);
	return 0;
}

static int run(struct seeding *s, const char *data)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new((size_t)256 << 20);
	char *key = arena_printf(arena, "%s/store.key", data), *dir = arena_printf(arena, "%s/store", data);
	struct seal_ring *seal = NULL;

	TRY(sys_make_dir(data));
	TRY(seal_load(key, &seal));
	struct store_options options = { .dir = dir, .seal = seal, .no_sync = true }; /* closed well, it is as durable as any */
	int result = store_open(&options, &s->store);
	s->arena = arena_new((size_t)256 << 20);
	s->accounts = calloc(s->n[N_ACCOUNTS], sizeof *s->accounts);
	s->units = calloc(s->n[N_UNITS], sizeof *s->units);
	s->now = sys_now();
	if (!result)
		result = s->arena && s->accounts && s->units ? fill(s) : FAULT_MEMORY;
	store_close(s->store);
	seal_free(seal);
	free(s->accounts);
	free(s->units);
	arena_free(s->arena);
	return result;
}

int main(int argc, char **argv)
{
	struct seeding s = { 0 };

	for (int i = 0; i < N_COUNTS && i + 3 < argc; i++)
		s.n[i] = strtoull(argv[i + 3], NULL, 10);
	if (argc != 3 + N_COUNTS || s.n[N_ACCOUNTS] < 3 * s.n[N_MEMBERS] || s.n[N_UNITS] < 2 || !s.n[N_TASKS] || !s.n[N_MEMBERS] || !s.n[N_AUDITS]) {
		fprintf(stderr, "usage: directory DATA_DIR OUTPUT ACCOUNTS UNITS TASKS MEMBERS AUDITS\n");
		return 2;
	}
	s.output = fopen(argv[2], "we");
	if (!s.output || crypto_init())
		return 1;
	int result = run(&s, argv[1]);
	if (fclose(s.output) || result) {
		fprintf(stderr, "directory: failed (%d)\n", result);
		return 1;
	}
	return 0;
}
