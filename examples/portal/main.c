/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portal - a small business system whose people log in through Yimen: the guide for those who connect one. Start with rp.h.
 */
#include "broker/base/error.h"
#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "examples/portal/serve.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define BODY_MAX ((size_t)256 << 10)
#define ANSWER_WITHIN (10 * MS_SECOND)

static const char usage[] =
	"usage: portal [OPTION]…\n"
	"  --port N             listen on 127.0.0.1:N (8401)\n"
	"  --issuer URL         the broker (http://127.0.0.1:8400)\n"
	"  --client-id ID       (demo-portal)\n"
	"  --client-secret S    (demo-portal-secret; better in the environment as PORTAL_CLIENT_SECRET)\n"
	"  --redirect-uri URL   as registered (http://127.0.0.1:N/callback)\n";

enum option_name { PORT = 1, ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, HELP, OPTIONS };

static const struct option options[] = {
	{ "port", required_argument, NULL, PORT },
	{ "issuer", required_argument, NULL, ISSUER },
	{ "client-id", required_argument, NULL, CLIENT_ID },
	{ "client-secret", required_argument, NULL, CLIENT_SECRET },
	{ "redirect-uri", required_argument, NULL, REDIRECT_URI },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

/* Everything before the path, and "/": where people come back to after logout. */
static int home_of(struct span redirect_uri, struct arena *arena, struct span *ret_home)
{
	struct url url;
	char *home;

	TRY(url_parse(redirect_uri, &url));
	home = arena_printf(arena, SPAN_FMT "://" SPAN_FMT "/", SPAN_ARG(url.scheme), SPAN_ARG(url.authority));
	*ret_home = span_of(home);
	return home ? 0 : FAULT_MEMORY;
}

static int run(struct rp *rp, uint16_t port)
{
	struct address_block loopback;
	struct net_options net_options = { .allow = { &loopback, 1 }, .timeout_ms = ANSWER_WITHIN, .connect_timeout_ms = ANSWER_WITHIN / 2,
					   .max_body = BODY_MAX };
	CLEANUP(net_cleanup) struct net *net = NULL;
	struct serve *serve;
	sigset_t stop;
	int signal_no;

	TRY(address_block_parse(SPAN("127.0.0.0/8"), &loopback)); /* the demonstration's broker is on this machine */
	TRY(net_new(&net_options, &net));
	rp->net = net;
	sys_random(rp->key, sizeof rp->key);
	/* Threads inherit the mask: signals arrive here and nowhere else. */
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (serve_start(rp, port, &serve)) {
		fprintf(stderr, "portal: cannot listen on 127.0.0.1:%u\n", port);
		return FAULT_IO;
	}
	LOG(LOG_INFO, "portal.ready", F_INT("port", port), F_SPAN("issuer", rp->issuer));
	while (sigwait(&stop, &signal_no))
		;
	serve_stop(serve);
	return 0;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(64 * 1024);
	const char *given[OPTIONS] = { [PORT] = "8401", [ISSUER] = "http://127.0.0.1:8400", [CLIENT_ID] = "demo-portal" };
	uint64_t port = 0;
	int option;

	given[CLIENT_SECRET] = getenv("PORTAL_CLIENT_SECRET");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == HELP || option == '?') {
			fputs(usage, option == HELP ? stdout : stderr);
			return option == HELP ? 0 : 2;
		}
		given[option] = optarg;
	}
	if (optind < argc || !arena || !span_to_u64(span_of(given[PORT]), &port) || port == 0 || port > 65535) {
		fputs(usage, stderr);
		return 2;
	}
	if (!given[CLIENT_SECRET])
		given[CLIENT_SECRET] = "demo-portal-secret";
	if (!given[REDIRECT_URI])
		given[REDIRECT_URI] = arena_printf(arena, "http://127.0.0.1:%u/callback", (unsigned)port);
	struct rp rp = { .issuer = span_of(given[ISSUER]), .client_id = span_of(given[CLIENT_ID]), .client_secret = span_of(given[CLIENT_SECRET]),
			 .redirect_uri = span_of(given[REDIRECT_URI]) };
	log_configure(LOG_INFO, "portal");
	if (home_of(rp.redirect_uri, arena, &rp.home)) {
		fprintf(stderr, "portal: --redirect-uri is no http(s) URL\n");
		return 2;
	}
	return run(&rp, (uint16_t)port) ? 1 : 0;
}
