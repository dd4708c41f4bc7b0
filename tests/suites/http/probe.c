/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/suites/http/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

extern char **environ;

int64_t probe_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void fail(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	abort();
}

void probe_start(struct probe_server *server, const char *const *arguments)
{
	const char *argv[ARGUMENTS_MAX] = { getenv("HTTP_SERVER") };
	char socket_argument[96], line[64];
	posix_spawn_file_actions_t actions;
	int out[2], n = 1;

	snprintf(server->folder, sizeof server->folder, "/tmp/yimen-http-XXXXXX");
	if (!argv[0] || !mkdtemp(server->folder) || pipe2(out, O_CLOEXEC))
		fail("HTTP_SERVER, folder or pipe");
	snprintf(socket_argument, sizeof socket_argument, "unix=%s/http.sock", server->folder);
	argv[n++] = socket_argument;
	while (*arguments && n < ARGUMENTS_MAX - 1)
		argv[n++] = *arguments++;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	if (posix_spawn(&server->pid, argv[0], &actions, NULL, (char **)(uintptr_t)argv, environ))
		fail("spawn");
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	ssize_t got = read(out[0], line, sizeof line - 1);
	close(out[0]);
	if (got <= 0)
		fail("the server did not start");
	line[got] = '\0';
	server->port = (uint16_t)strtoul(line + strlen("ready "), NULL, 10);
}

int probe_wait(struct probe_server *server)
{
	int status = -1;
	char path[96];

	if (waitpid(server->pid, &status, 0) < 0)
		fail("wait");
	snprintf(path, sizeof path, "%s/http.sock", server->folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/nginx.conf", server->folder);
	unlink(path);
	rmdir(server->folder);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int probe_stop(struct probe_server *server)
{
	kill(server->pid, SIGTERM);
	return probe_wait(server);
}

static uint16_t free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof in) || getsockname(fd, (struct sockaddr *)&in, &n))
		fail("port");
	close(fd);
	return ntohs(in.sin_port);
}

/* What the guide's configuration comes down to: HTTP/1.1 and keep-alive to the broker, forwarded headers replaced. */
static const char nginx_conf[] =
	"daemon off; master_process off; error_log stderr crit; pid %1$s/nginx.pid;\n"
	"events { worker_connections 64; }\n"
	"http { access_log off; client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s; uwsgi_temp_path %1$s;\n"
	"  scgi_temp_path %1$s; upstream broker { server unix:%2$s/http.sock; keepalive 8; }\n"
	"  server { listen 127.0.0.1:%3$u; server_name x; client_max_body_size 64k;\n"
	"    location / { proxy_pass http://broker; proxy_http_version 1.1;\n"
	"    proxy_set_header Connection \"\"; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;\n"
	"    proxy_set_header X-Forwarded-Proto $scheme; } } }\n";

bool probe_start_nginx(struct probe_server *nginx, const struct probe_server *behind)
{
	static const char program[] = "/usr/sbin/nginx";
	char path[96];
	const char *argv[] = { program, "-c", path, "-e", "stderr", NULL };
	int fd = -1;

	if (access(program, X_OK))
		return false;
	snprintf(nginx->folder, sizeof nginx->folder, "/tmp/yimen-nginx-XXXXXX");
	if (!mkdtemp(nginx->folder))
		fail("folder");
	snprintf(path, sizeof path, "%s/nginx.conf", nginx->folder);
	nginx->port = free_port();
	FILE *file = fopen(path, "we");
	if (!file)
		fail("nginx.conf");
	fprintf(file, nginx_conf, nginx->folder, behind->folder, nginx->port);
	fclose(file);
	if (posix_spawn(&nginx->pid, program, NULL, NULL, (char **)(uintptr_t)argv, environ))
		fail("nginx");
	for (int64_t until = probe_now_ms() + 5000; fd < 0 && probe_now_ms() < until; usleep(20000))
		fd = probe_connect(nginx->port);
	if (fd < 0)
		fail("nginx does not answer");
	close(fd);
	return true;
}

int probe_connect(uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&in, sizeof in)) {
		close(fd);
		return -1;
	}
	return fd;
}

void probe_send(int fd, struct span bytes)
{
	while (bytes.n) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the other side may have closed already: that is seen when reading */
		bytes.p += n, bytes.n -= (size_t)n;
	}
}

static void count(struct probe_reply *reply)
{
	const char *at = reply->bytes, *end = reply->bytes + reply->n;

	reply->answers = 0;
	while ((at = memmem(at, (size_t)(end - at), "HTTP/1.", 7))) {
		if (reply->answers++ == 0 && end - at >= 12)
			reply->status = (int)strtol(at + 9, NULL, 10);
		at += 7;
	}
}

/* One read; false when nothing came in time or the end is reached. */
static bool read_some(int fd, int64_t ms, struct probe_reply *reply)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	if (reply->n == sizeof reply->bytes - 1 || poll(&pollfd, 1, ms > 0 ? (int)ms : 0) <= 0)
		return false;
	ssize_t n = recv(fd, reply->bytes + reply->n, sizeof reply->bytes - 1 - reply->n, 0);
	if (n <= 0) {
		reply->is_closed = true;
		return false;
	}
	reply->n += (size_t)n;
	reply->bytes[reply->n] = '\0';
	return true;
}

void probe_read(int fd, int silence_ms, struct probe_reply *ret_reply)
{
	*ret_reply = (struct probe_reply){ 0 };
	while (read_some(fd, silence_ms, ret_reply))
		;
	count(ret_reply);
}

static bool is_whole(const struct probe_reply *reply)
{
	const char *body = strstr(reply->bytes, "\r\n\r\n"), *length = strcasestr(reply->bytes, "\r\nContent-Length:");

	if (!body)
		return false;
	return !length || length > body || reply->n >= (size_t)(body + 4 - reply->bytes) + strtoul(length + 17, NULL, 10);
}

bool probe_read_one(int fd, int ms, struct probe_reply *ret_reply)
{
	int64_t until = probe_now_ms() + ms;

	*ret_reply = (struct probe_reply){ 0 };
	while (!is_whole(ret_reply) && read_some(fd, until - probe_now_ms(), ret_reply))
		;
	count(ret_reply);
	return is_whole(ret_reply);
}

void probe_ask(uint16_t port, struct span bytes, int silence_ms, struct probe_reply *ret_reply)
{
	int fd = probe_connect(port);

	if (fd < 0)
		fail("connect");
	probe_send(fd, bytes);
	probe_read(fd, silence_ms, ret_reply);
	close(fd);
}

long probe_memory(pid_t pid)
{
	char path[32], line[128];
	long kib = 0;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (file)
		fclose(file);
	return kib;
}
