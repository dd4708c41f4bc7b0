/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/endpoint/fixture.h"

#include "broker/identity/normal.h"
#include "broker/store/records.h"
#include "conf/config.h"
#include "keys/crypto.h"
#include "providers/registry.h"

#include <ftw.h>
#include <unistd.h>

static const char yaml[] = "issuer: https://id.example.cn\n"
			   "password: {cost_memory: 7MiB, cost_time: 1}\n"
			   "session: {idle: 30m, absolute: 8h, max_per_account: 3}\n"
			   "legacy_sources:\n"
			   "  - id: torch\n"
			   "    scheme: md5\n"
			   "    subsystems: [gaoqi, kexiao]\n"
			   "clients:\n"
			   "  - id: web\n"
			   "    name: {zh: 门户}\n"
			   "    secret: web-secret-0123456789\n"
			   "    redirect_uris: ['https://rp.example.cn/cb']\n"
			   "    backchannel_logout_uri: https://rp.example.cn/out\n"
			   "    scopes: [openid]\n"
			   "  - {id: app, type: public, redirect_uris: ['https://app.example.cn/cb'], backchannel_logout_uri: 'https://app.example.cn/out'}\n"
			   "  - {id: deaf, type: public, redirect_uris: ['https://deaf.example.cn/cb']}\n"
			   "providers:\n"
			   "  - {id: province, type: oidc, title: {zh: 省}, issuer: 'https://up.example.cn', client_id: yimen, client_secret: a-secret-0123456789}\n";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void load_config(struct world *w)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new((size_t)64 << 20);
	char *path = arena_printf(w->arena, "%s/yimen.yaml", w->dir);
	struct problems problems = { .arena = scratch };
	struct config_sources sources = { .path = path, .registries = registry_all };
	FILE *file = fopen(path, "we");

	ck_assert(file && fputs(yaml, file) > 0 && fclose(file) == 0);
	int result = config_load(&sources, &problems, &w->config);
	if (result)
		problem_print(&problems, stderr);
	ck_assert_int_eq(result, 0);
}

void world_make(struct world *w)
{
	struct store *inner;

	arena_fail_at(0);
	*w = (struct world){ .dir = "/tmp/yimen-endpoint-XXXXXX", .arena = arena_new((size_t)256 << 20), .now = NOW };
	ck_assert_ptr_nonnull(mkdtemp(w->dir));
	ck_assert_int_eq(crypto_init(), 0);
	load_config(w);
	ck_assert_int_eq(seal_load(arena_printf(w->arena, "%s/store.key", w->dir), &w->seal), 0);
	struct store_options options = { .dir = arena_printf(w->arena, "%s/store", w->dir), .seal = w->seal, .map_size = 256 << 20, .no_sync = true };
	ck_assert_int_eq(store_open(&options, &inner), 0);
	ck_assert_int_eq(store_fault_open(inner, &w->store), 0);
	w->app = (struct app){ .store = w->store, .seal = w->seal, .settings = &w->settings };
	w->settings.app = &w->app;
	w->settings.config = w->config;
	w->settings.refs = 1;
	w->server = visit_server_new();
}

void world_drop(struct world *w)
{
	arena_fail_at(0);
	store_close(w->store);
	config_unref(w->config);
	seal_free(w->seal);
	nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	visit_server_free(w->server);
	arena_free(w->arena);
}

struct visit *world_visit(struct world *w, const char *form)
{
	return visit_new(w->server, &w->settings, w->now, form);
}

struct visit *world_revisit(struct world *w, const struct visit *earlier, const char *form)
{
	return visit_again(earlier, w->now, form);
}

/* ---- the store */

struct span world_admin(struct world *w, const char *request)
{
	struct admin admin = { .store = w->store, .seal = w->seal, .config = w->config, .now = w->now, .arena = w->arena };
	struct span answer;

	ck_assert_int_eq(admin_run(&admin, span_of(request), &answer), 0);
	return answer;
}

void world_do(struct world *w, const char *request)
{
	struct span answer = world_admin(w, request);

	ck_assert_msg(span_starts(answer, SPAN("{\"ok\":true")), "%s: " SPAN_FMT, request, SPAN_ARG(answer));
}

struct access {
	struct world *world;
	const struct kind *kind;
	struct id id;
	void *record;
	size_t n;
};

static int find(struct txn *txn, void *arg)
{
	struct access *access = arg;
	struct account *account = access->record, probe = *account;

	return record_find(txn, &KIND_ACCOUNT, ACCOUNT_BY_LOGIN, &probe, access->world->arena, account);
}

bool world_account(struct world *w, int namespace_, const char *login, struct account *ret)
{
	*ret = (struct account){ .namespace_ = namespace_ };
	ck_assert_int_eq(normal_login_name(span_of(login), w->arena, &ret->login_key), 0);
	int result = store_view(w->store, find, &(struct access){ .world = w, .record = ret });
	ck_assert(result == 0 || result == ERR_ABSENT);
	return result == 0;
}

static int count_one(const void *record, void *arg)
{
	((struct access *)arg)->n++;
	return 0;
}

static int count(struct txn *txn, void *arg)
{
	struct access *access = arg;

	return record_scan(txn, access->kind, (struct id){ { 0 } }, access->world->arena, count_one, access);
}

size_t world_count(struct world *w, const struct kind *kind)
{
	struct access access = { .world = w, .kind = kind };

	ck_assert_int_eq(store_view(w->store, count, &access), 0);
	return access.n;
}

static int get(struct txn *txn, void *arg)
{
	struct access *access = arg;

	return record_get(txn, access->kind, access->id, access->world->arena, access->record);
}

int world_get(struct world *w, const struct kind *kind, struct id id, void *ret)
{
	return store_view(w->store, get, &(struct access){ .world = w, .kind = kind, .id = id, .record = ret });
}

static int put(struct txn *txn, void *arg)
{
	struct access *access = arg;

	return record_put(txn, access->kind, access->record);
}

void world_put(struct world *w, const struct kind *kind, const void *record)
{
	ck_assert_int_eq(store_update(w->store, put, &(struct access){ .world = w, .kind = kind, .record = (void *)(uintptr_t)record }), 0);
}

static int arm(struct txn *txn, void *arg)
{
	arena_fail_at(*(unsigned long *)arg);
	return 0;
}

void world_fail_updates(struct world *w, unsigned long k)
{
	ck_assert_int_eq(store_update(w->store, arm, &k), 0);
}

static size_t count_everything(struct world *w)
{
	size_t n = 0;

	for (const struct kind *const *kind = records_all; *kind; kind++)
		n += world_count(w, *kind);
	return n;
}

void world_fail_each(struct world *w, store_fn *fn, void *arg, unsigned long at_least)
{
	size_t before = count_everything(w);
	unsigned long k;

	for (k = 1; k < 1000; k++) {
		world_fail_updates(w, k);
		int result = store_update(w->store, fn, arg);
		world_fail_updates(w, 0);
		if (!result)
			break;
		ck_assert_int_eq(result, FAULT_MEMORY);
		ck_assert_uint_eq(count_everything(w), before);
	}
	ck_assert_msg(k > at_least && k < 1000, "it succeeds when allocation %lu fails", k);
}

int world_fail_once(struct world *w, int (*endpoint)(struct request *), struct visit *visit, bool in_update, unsigned long k)
{
	if (in_update)
		world_fail_updates(w, k);
	else
		arena_fail_at(k);
	int result = endpoint(visit_request(visit));
	arena_fail_at(0);
	if (in_update)
		world_fail_updates(w, 0);
	ck_assert(result == 0 || result == FAULT_MEMORY);
	return result;
}

void world_check(struct world *w)
{
	ck_assert_int_eq(store_check(w->store), 0);
}
