/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load - the load generator: N connections that each repeat a script (script.h) against one server, on one pinned core.
 *
 * Prints one line of JSON: operations (whole iterations) a second inside the window, latency, errors, wrong answers, and the CPU
 * time and memory of the server's processes. Exits 0 when the run took place, whatever came out of it.
 */
#include "bench/load.h"
#include "bench/process.h"
#include "bench/verify.h"
#include "broker/base/error.h"
#include "broker/base/json.h"
#include "broker/base/sys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS_MAX 20000
#define PIDS_MAX 8
#define SECONDS_MAX 600
#define DRAIN_NS 2000000000u
#define ARENA_MAX ((size_t)1 << 30)

static const char usage[] =
	"usage: load [options] HOST:PORT|unix:PATH SCRIPT\n"
	"  -c N    connections (1)\n"
	"  -t S    seconds of the window (1.5)\n"
	"  -w S    seconds of warm-up before it (0.2)\n"
	"  -n N    stop after N operations\n"
	"  -k CPU  pin to this core\n"
	"  -p PID  a server process: its tree's CPU time and memory are reported (several)\n"
	"  -o FILE where `emit` lines go\n"
	"  -i      idle test: one operation a connection, then hold all of them and report the memory before and after\n";

struct options {
	size_t connections;
	double seconds, warmup;
	uint64_t ops;
	int core;
	pid_t pids[PIDS_MAX];
	size_t pids_n;
	const char *output, *address, *script;
	bool is_idle_test;
};

/* Server cost and time at one moment. */
struct moment {
	uint64_t ns;
	struct process_cost cost;
};

static struct moment moment_now(const struct options *o)
{
	struct moment m = { .cost = { 0 } };

	for (size_t i = 0; i < o->pids_n; i++)
		if (!process_cost_add(o->pids[i], &m.cost))
			fprintf(stderr, "load: server process %d is gone\n", (int)o->pids[i]);
	m.ns = load_now_ns();
	return m;
}

static bool options_read(int argc, char **argv, struct options *ret)
{
	struct options o = { .connections = 1, .seconds = 1.5, .warmup = 0.2, .core = -1 };
	int c;

	while ((c = getopt(argc, argv, "c:t:w:n:k:p:o:i")) != -1) {
		switch (c) {
		case 'c':
			o.connections = strtoul(optarg, NULL, 10);
			break;
		case 't':
			o.seconds = strtod(optarg, NULL);
			break;
		case 'w':
			o.warmup = strtod(optarg, NULL);
			break;
		case 'n':
			o.ops = strtoull(optarg, NULL, 10);
			break;
		case 'k':
			o.core = atoi(optarg);
			break;
		case 'p':
			if (o.pids_n == PIDS_MAX)
				return false;
			o.pids[o.pids_n++] = atoi(optarg);
			break;
		case 'o':
			o.output = optarg;
			break;
		case 'i':
			o.is_idle_test = true;
			break;
		default:
			return false;
		}
	}
	if (argc - optind != 2 || !o.connections || o.connections > CONNECTIONS_MAX)
		return false;
	if (o.seconds > SECONDS_MAX || o.warmup > SECONDS_MAX)
		return false;
	o.address = argv[optind];
	o.script = argv[optind + 1];
	*ret = o;
	return true;
}

static bool address_read(const char *text, struct load *load)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&load->address;
	struct sockaddr_in *in = (struct sockaddr_in *)&load->address;
	const char *colon = strrchr(text, ':');
	char host[64];

	load->host = text;
	if (!strncmp(text, "unix:", 5) && strlen(text + 5) < sizeof un->sun_path) {
		un->sun_family = AF_UNIX;
		strcpy(un->sun_path, text + 5);
		load->address_n = sizeof *un;
		load->host = "127.0.0.1";
		return true;
	}
	if (!colon || (size_t)(colon - text) >= sizeof host)
		return false;
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)atoi(colon + 1));
	load->address_n = sizeof *in;
	return inet_pton(AF_INET, host, &in->sin_addr) == 1;
}

static void turn(struct load *load, int timeout_ms)
{
	struct epoll_event events[256];
	int n = epoll_wait(load->epoll, events, (int)ARRAY_LEN(events), timeout_ms);

	for (int i = 0; i < n; i++)
		connection_event(load, events[i].data.ptr, events[i].events);
}

static size_t count_busy(const struct connection *connections, size_t n)
{
	size_t busy = 0;

	for (size_t i = 0; i < n; i++)
		busy += connections[i].state != CONNECTION_IDLE;
	return busy;
}

/* Warm up, measure until the time is over or the work is, then let what is under way finish. */
static void run(struct load *load, struct connection *connections, const struct options *o, struct moment *ret_from,
                struct moment *ret_to)
{
	uint64_t now = load_now_ns(), from = now + (uint64_t)(o->warmup * 1e9), to = from + (uint64_t)(o->seconds * 1e9);

	if (o->is_idle_test) {
		load->is_measuring = true;
		while (now < to && count_busy(connections, o->connections) && !load->is_stopping) {
			turn(load, 10);
			now = load_now_ns();
		}
		usleep(300000);
		*ret_to = moment_now(o);
		return;
	}
	while ((now = load_now_ns()) < from && !load->is_starved && !load->is_stopping)
		turn(load, 1);
	load->is_measuring = true;
	*ret_from = moment_now(o);
	to += ret_from->ns - from; /* what reading the costs took is not ours */
	while (load_now_ns() < to && !load->is_starved && !load->is_stopping)
		turn(load, 1);
	*ret_to = moment_now(o);
	load->is_measuring = false;
	load->is_stopping = true;
	for (now = load_now_ns(), to = now + DRAIN_NS; now < to && count_busy(connections, o->connections); now = load_now_ns())
		turn(load, 10);
}

/* One blocking request beside the run. */
static int fetch(struct load *load, struct span target, struct arena *arena, struct span *ret_body)
{
	CLOSE_FD int fd = socket(load->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval patience = { .tv_sec = 5 };
	char *request = arena_printf(arena, "GET " SPAN_FMT " HTTP/1.1\r\nHost: %s\r\n\r\n", SPAN_ARG(target), load->host);
	size_t cap = 256 * 1024, n = 0;
	char *in = arena_alloc(arena, cap);
	struct reply reply;

	if (fd < 0 || !request || !in || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) ||
	    connect(fd, (struct sockaddr *)&load->address, load->address_n) ||
	    send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		return FAULT_IO;
	for (;;) {
		ssize_t got = recv(fd, in + n, cap - n, 0);

		n += got > 0 ? (size_t)got : 0;
		switch (reply_parse(in, n, got <= 0, &reply)) {
		case REPLY_COMPLETE:
			*ret_body = reply.body;
			return 0;
		case REPLY_MALFORMED:
			return ERR_MALFORMED;
		case REPLY_PARTIAL:
			if (got <= 0)
				return ERR_MALFORMED;
		}
	}
}

/* How many of the sampled tokens were verified; every bad one counts as a wrong answer. */
static size_t verify_tokens(struct load *load, struct arena *arena)
{
	struct verify_keys *keys = NULL;
	struct span jwks;
	size_t n = 0;

	if (!load->tokens[0])
		return 0;
	if (!load->script->jwks.n || fetch(load, load->script->jwks, arena, &jwks) || verify_keys_read(jwks, arena, &keys)) {
		examine_bad(load, "tokens, but no keys to verify them", NULL);
		return 0;
	}
	for (; n < LOAD_TOKENS_MAX && load->tokens[n]; n++) {
		const char *why = verify_jwt(keys, span_of(load->tokens[n]), sys_now(), arena);
		if (why)
			examine_bad(load, why, NULL);
	}
	verify_keys_free(keys);
	return n;
}

static void member_real(struct json_writer *w, const char *key, double value)
{
	char text[64];

	snprintf(text, sizeof text, "%.2f", value);
	json_key(w, key);
	json_raw(w, span_of(text));
}

static void report(const struct load *load, const struct connection *connections, const struct options *o,
                   const struct moment *from, const struct moment *to, size_t verified, struct arena *arena)
{
	struct buf buf = buf_new(arena, 1024);
	struct json_writer w = json_writer(&buf);
	double seconds = to->ns > from->ns ? (double)(to->ns - from->ns) / 1e9 : 0, ops = (double)load->done;
	size_t stalled = 0;
	struct span text;

	for (size_t i = 0; i < o->connections; i++)
		stalled += !connections[i].done;
	json_open(&w, '{');
	json_member_int(&w, "connections", (int64_t)o->connections);
	member_real(&w, "seconds", seconds);
	json_member_int(&w, "ops", (int64_t)load->done);
	member_real(&w, "rate", seconds > 0 ? ops / seconds : 0);
	member_real(&w, "p50_us", histogram_us(&load->latency, 0.5));
	member_real(&w, "p99_us", histogram_us(&load->latency, 0.99));
	member_real(&w, "max_us", (double)load->latency.max / 1000);
	member_real(&w, "cpu_us", load->done && o->pids_n ? (double)(to->cost.cpu_ns - from->cost.cpu_ns) / 1000 / ops : 0);
	json_member_int(&w, "rss_kib", (int64_t)to->cost.anon_kib);
	json_member_int(&w, "rss_before_kib", (int64_t)from->cost.anon_kib);
	json_member_int(&w, "processes", (int64_t)to->cost.processes);
	json_member_int(&w, "errors", (int64_t)load->errors);
	json_member_int(&w, "bad", (int64_t)load->bad);
	json_member_int(&w, "checked", (int64_t)load->checked);
	json_member_int(&w, "verified", (int64_t)verified);
	json_member_int(&w, "stalled", (int64_t)stalled);
	json_member_int(&w, "unanswered", (int64_t)(o->is_idle_test ? 0 : count_busy(connections, o->connections)));
	json_member_int(&w, "reconnects", (int64_t)load->reconnects);
	json_member_str(&w, "first_bad", span_of(load->first_bad));
	json_close(&w, '}');
	if (!buf_done(&buf, &text))
		printf(SPAN_FMT "\n", SPAN_ARG(text));
}

static void give_back(struct load *load, struct connection *connections, size_t n, struct arena *arena)
{
	for (size_t i = 0; i < n; i++)
		connection_free(&connections[i]);
	for (size_t i = 0; i < LOAD_TOKENS_MAX; i++)
		free(load->tokens[i]);
	free(connections);
	close(load->epoll);
	arena_free(arena);
}

static bool set_up(const struct options *o)
{
	struct rlimit files = { 0 };

	signal(SIGPIPE, SIG_IGN);
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < o->connections + 64) {
		files.rlim_cur = files.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur < o->connections + 64) {
			fprintf(stderr, "load: too few file descriptors\n");
			return false;
		}
	}
	if (o->core >= 0) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET((size_t)o->core, &set);
		if (sched_setaffinity(0, sizeof set, &set)) {
			fprintf(stderr, "load: cannot pin to core %d: %s\n", o->core, strerror(errno));
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(ARENA_MAX);
	static struct load load;
	static struct script script;
	struct options o;
	struct moment from, to;
	struct connection *connections;

	if (!options_read(argc, argv, &o) || !address_read(o.address, &load)) {
		fputs(usage, stderr);
		return 2;
	}
	if (!arena || !set_up(&o) || script_read(o.script, arena, &script))
		return 2;
	load.script = &script;
	load.ops_max = o.ops;
	load.is_idle_test = o.is_idle_test;
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	load.emit = o.output ? fopen(o.output, "we") : NULL;
	connections = calloc(o.connections, sizeof *connections);
	if (load.epoll < 0 || !connections || (o.output && !load.emit)) {
		perror("load");
		return 2;
	}
	from = to = moment_now(&o);
	for (size_t i = 0; i < o.connections; i++) {
		if (!connection_open(&load, &connections[i])) {
			perror("load: connect");
			return 2;
		}
	}
	run(&load, connections, &o, &from, &to);
	if (load.emit && fclose(load.emit)) {
		perror("load: output");
		return 2;
	}
	report(&load, connections, &o, &from, &to, verify_tokens(&load, arena), arena);
	give_back(&load, connections, o.connections, arena);
	return 0;
}
