/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/daemon.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/control.h"
#include "broker/endpoint/admin.h"
#include "broker/endpoint/carrier.h"
#include "broker/endpoint/config_version.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/legacy_live.h"
#include "broker/endpoint/outlet.h"
#include "broker/endpoint/legacy_wrap.h"
#include "broker/endpoint/settings.h"
#include "broker/endpoint/token_cache.h"
#include "broker/figures.h"
#include "broker/http/captcha.h"
#include "broker/http/reply.h"
#include "broker/job/job.h"
#include "broker/job/keys.h"
#include "keys/crypto.h"
#include "keys/legacy.h"
#include "keys/sandbox.h"

#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define PROBLEMS_ARENA ((size_t)64 * 1024 * 1024)
#define FULL_PERCENT 85 /* of the quota: the rest is for ending and cleaning up, which need pages too (libraries.md E5) */
#define LOCK_WAIT_MS 3000 /* for a predecessor that is being killed */
#define TOKENS_REMEMBERED ((size_t)128 * 1024) /* 24 bytes each */

struct front {
	const struct daemon_options *options;
	struct app app;
	struct job *job;
	struct control *control;
	struct figures figures;
	int signal_fd;
};

static int load_config(const struct daemon_options *options, const struct config **ret_config)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(PROBLEMS_ARENA);
	struct problems problems = { .arena = arena };

	if (!arena)
		return FAULT_MEMORY;
	int result = config_load(&options->sources, &problems, ret_config);
	problem_print(&problems, stderr);
	return result;
}

/* A predecessor that was killed a moment ago may still hold the lock. */
static int open_store(struct front *front, const struct config *config)
{
	char path[4096];
	struct store_options options = { .dir = path, .seal = front->app.seal, .map_size = (uint64_t)config->store.map_size,
					 .quota = (uint64_t)config->store.quota / 100 * FULL_PERCENT,
					 .free_disk_min = (uint64_t)config->store.free_disk_min, .no_sync = !config->store.sync };
	int result;

	snprintf(path, sizeof path, "%s/store", config->data_dir.p);
	for (int waited = 0; (result = store_open(&options, &front->app.store)) == ERR_BUSY && waited < LOCK_WAIT_MS; waited += 50)
		nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000 * 1000 }, NULL);
	if (result == ERR_BUSY)
		LOG(LOG_ERROR, "store.busy", F_STR("dir", path), F_STR("problem", "another process has the store open"));
	return result;
}

static int open_signers(struct front *front)
{
	struct app *app = &front->app;

	app->n_loops = front->options->n_signers - 2;
	for (size_t i = 0; i < front->options->n_signers; i++)
		TRY(signer_open(front->options->signer_fds[i], keys_reload, app, &app->signers[i]));
	return 0;
}

/* Of Debian's fonts-wqy-microhei, fonts-dejavu-core and fonts-noto-core. Captchas have letters and digits only. */
static const char *const fonts[] = { "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
				     "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf" };

static void open_font(struct app *app, const struct config *config)
{
	int result = ERR_ABSENT;

	if (config->captcha.font.n)
		result = captcha_font_open(config->captcha.font.p, &app->font);
	for (size_t i = 0; !config->captcha.font.n && result && i < ARRAY_LEN(fonts); i++)
		result = captcha_font_open(fonts[i], &app->font);
	if (result)
		LOG(LOG_WARN, "captcha.font", F_SPAN("file", config->captcha.font), F_STR("problem", "no such font: captchas ask in words only"));
}

/* What administrators activated holds from the first request on. Where the file does not fit it any more, nothing starts: without it, clients that
 * they took away and secrets that they replaced would be good again (decision 15). */
static int read_version(struct front *front, const struct config *file, const struct config **ret_config)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(OVERLAY_MAX * 4);
	int64_t number;

	if (!arena)
		return FAULT_MEMORY;
	TRY(config_version_active(front->app.store, arena, &number));
	if (number)
		return config_version_effective(front->app.store, front->app.sources, ret_config);
	*ret_config = config_ref(file);
	return 0;
}

/* Everything that requests stand on, before the first of them. */
static int prepare(struct front *front, const struct config *config)
{
	struct app *app = &front->app;
	struct settings *settings;
	CONFIG_HELD *whole = NULL;
	char path[4096];

	TRY(sys_make_dir(config->data_dir.p));
	snprintf(path, sizeof path, "%s/store.key", config->data_dir.p);
	TRY(seal_load(path, &app->seal));
	TRY(open_store(front, config));
	app->sources = &front->options->sources;
	TRY(read_version(front, config, &whole));
	TRY(open_signers(front));
	app->helper_fd = front->options->helper_fd;
	app->data_dir = strdup(config->data_dir.p); /* a configuration does not live as long */
	if (!app->data_dir)
		return FAULT_MEMORY;
	app->discovery = static_slot_new();
	app->jwks = static_slot_new();
	if (!app->discovery || !app->jwks)
		return FAULT_MEMORY;
	app->wrap = calloc(1, sizeof *app->wrap);
	if (!app->wrap)
		return FAULT_MEMORY;
	TRY(legacy_live_new(&app->live));
	TRY(outlets_new(&app->outlets));
	TRY(carriers_new(app, &app->carriers));
	TRY(token_cache_new(TOKENS_REMEMBERED, &app->tokens));
	app->rotate = keys_run;
	open_font(app, config);
	TRY(settings_load(app, whole, &settings));
	app_swap_settings(app, settings);
	TRY(settings_publish(app, settings));
	TRY(admin_sync_units(app->store, config, sys_now()));
	return keys_run(app, sys_now(), 0);
}

static int start_server(struct front *front, const struct config *config)
{
	const struct daemon_options *options = front->options;
	struct server_listener listeners[DAEMON_LISTENERS];
	unsigned char secret[SEAL_DERIVED];

	TRY(seal_derive(front->app.seal, "csrf", SPAN("1"), secret));
	for (size_t i = 0; i < options->n_listeners; i++)
		listeners[i] = (struct server_listener){ options->listen_fds[i], options->listen_n[i], config->http.tls_cert.n ? config->http.tls_cert.p : NULL,
							 config->http.tls_key.n ? config->http.tls_key.p : NULL };
	figures_list(&front->app, &front->figures);
	struct server_options server = {
		.routes = endpoint_routes,
		.n_routes = endpoint_routes_n,
		.listeners = listeners,
		.n_listeners = options->n_listeners,
		.issuer = config->issuer,
		.secret = { (char *)secret, sizeof secret },
		.threads = (unsigned)front->app.n_loops,
		.pin = front->app.n_loops > 1,
		.connections = (unsigned)config->http.connections,
		.connections_per_ip = (unsigned)config->http.connections_per_address,
		.body_max = (size_t)config->http.max_body,
		.spool_dir = front->app.data_dir,
		.pools = { [WORK_COMMIT] = { (unsigned)config->workers.commit, (unsigned)config->workers.commit_queue },
			   [WORK_PASSWORD] = { (unsigned)config->workers.password, (unsigned)config->workers.password_queue },
			   [WORK_UPSTREAM] = { (unsigned)config->workers.upstream, (unsigned)config->workers.upstream_queue },
			   [WORK_SMS] = { (unsigned)config->workers.sms, (unsigned)config->workers.sms_queue } },
		.idle_ms = config->http.idle_timeout,
		.head_ms = config->http.request_timeout,
		.settings = settings_for_server(front->app.settings),
		.sources = front->figures.rows,
		.n_sources = front->figures.n,
	};
	return server_start(&server, &front->app.server);
}

static int start(struct front *front, const struct config *config)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/control.sock", config->data_dir.p);
	/* What loads itself from disk at first use does so before the sandbox. */
	TRY(crypto_init());
	legacy_init();
	TRY(prepare(front, config));
	TRY(sandbox_enter(SANDBOX_FRONT));
	TRY(start_server(front, config));
	TRY(control_start(&front->app, path, &front->control));
	TRY(job_start(&front->app, &front->job));
	LOG(LOG_INFO, "ready", F_SPAN("issuer", config->issuer), F_INT("loops", front->app.n_loops), F_STR("version", YIMEN_VERSION));
	sched_yield(); /* to the loops, which have been asked already where the processors are few */
	return net_start(); /* it takes a third of a start, and nobody waits for it */
}

static int wait_for_signals(struct front *front)
{
	for (;;) {
		struct pollfd fd = { .fd = front->signal_fd, .events = POLLIN };
		struct signalfd_siginfo info;

		poll(&fd, 1, 200);
		if (store_is_broken(front->app.store))
			return DAEMON_EXIT_STORE;
		if (!(fd.revents & POLLIN) || read(front->signal_fd, &info, sizeof info) != sizeof info)
			continue;
		if (info.ssi_signo != SIGHUP)
			return 0;
		(void)!config_version_reload(&front->app); /* refused: it has been said in the log */
	}
}

static void stop(struct front *front, int64_t drain_ms)
{
	struct app *app = &front->app;

	atomic_store(&app->stopping, true);
	control_stop(front->control);
	job_stop(front->job);
	if (app->server)
		server_stop(app->server, drain_ms);
	carriers_free(app->carriers); /* what they are told on the way out goes into the store */
	for (size_t i = 0; i < front->options->n_signers; i++)
		signer_close(app->signers[i]);
	static_slot_free(app->discovery);
	static_slot_free(app->jwks);
	token_cache_free(app->tokens);
	captcha_font_free(app->font);
	if (app->settings)
		app_settings_release(app->settings);
	if (app->keys)
		app_keys_release(app->keys);
	store_close(app->store);
	seal_free(app->seal);
	legacy_live_free(app->live);
	outlets_free(app->outlets);
	free(app->wrap);
	free(app->data_dir);
}

static int exit_code(int result)
{
	return result == ERR_CONFIG || result == ERR_BUSY ? DAEMON_EXIT_CONFIG : result ? 1 : 0;
}

/* Blocked in every thread; SIGPIPE comes from sockets whose peer left. */
static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int daemon_run(const struct daemon_options *options)
{
	struct front front = { .options = options, .signal_fd = take_signals() };
	CONFIG_HELD *config = NULL;

	mallopt(M_ARENA_MAX, 2); /* 130 threads would otherwise keep as many heaps */
	json_object_seed(0);
	int result = load_config(options, &config);
	if (result)
		return exit_code(result);
	log_configure((enum log_level)config->log.level, "front");
	int64_t drain_ms = config->http.stop_timeout;
	result = start(&front, config);
	int code = result ? exit_code(result) : wait_for_signals(&front);
	LOG(LOG_INFO, "stopping", F_INT("code", code));
	if (code == DAEMON_EXIT_STORE)
		_exit(code); /* nothing of this process may be written any more */
	stop(&front, drain_ms);
	close(front.signal_fd);
	return code;
}
