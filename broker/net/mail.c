/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/net/mail.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "broker/net/libcurl.h"

#include <sys/socket.h>
#include <time.h>

#define LINE 76 /* characters of base64, RFC 2045 6.8 */
#define WORD 42 /* bytes of a subject in one encoded word: 75 characters with its frame (RFC 2047 2) */

/* ---- the message */

static bool is_address(struct span s)
{
	if (!s.n || s.n > 254 || !memchr(s.p, '@', s.n))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == '<' || s.p[i] == '>' || s.p[i] == 0x7f)
			return false;
	return true;
}

static void print_lines(struct buf *buf, struct span base64)
{
	while (base64.n) {
		size_t n = base64.n < LINE ? base64.n : LINE;

		buf_add(buf, (struct span){ base64.p, n });
		buf_str(buf, "\r\n");
		base64.p += n;
		base64.n -= n;
	}
}

/* Words are cut between characters, never inside one. */
static void print_subject(struct buf *buf, struct span subject)
{
	while (subject.n) {
		size_t n = subject.n < WORD ? subject.n : WORD;

		while (n < subject.n && ((unsigned char)subject.p[n] & 0xc0) == 0x80)
			n--;
		buf_str(buf, " =?UTF-8?B?");
		encode_base64(buf, (struct span){ subject.p, n });
		buf_str(buf, "?=");
		subject.p += n;
		subject.n -= n;
		if (subject.n)
			buf_str(buf, "\r\n");
	}
}

int mail_print(const struct mail_server *server, const struct mail *mail, struct instant now, struct arena *arena, struct span *ret_text)
{
	time_t seconds = (time_t)(now.ms / MS_SECOND);
	struct buf buf = buf_new(arena, 1024), body = buf_new(arena, 512);
	char date[64];
	struct tm tm;

	if (!is_address(server->from) || !is_address(mail->to) || !encode_is_utf8(mail->subject) || !encode_is_utf8(mail->text))
		return ERR_INVALID;
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&seconds, &tm));
	buf_printf(&buf, "Date: %s\r\nFrom: <" SPAN_FMT ">\r\nTo: <" SPAN_FMT ">\r\nMessage-ID: <" SPAN_FMT "@yimen>\r\nSubject:", date, SPAN_ARG(server->from),
		   SPAN_ARG(mail->to), SPAN_ARG(mail->id));
	print_subject(&buf, mail->subject);
	buf_str(&buf, "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
		      "Auto-Submitted: auto-generated\r\n\r\n");
	encode_base64(&body, mail->text);
	print_lines(&buf, buf_span(&body));
	return body.failed ? FAULT_MEMORY : buf_done(&buf, ret_text);
}

/* ---- sent */

struct sending {
	const struct net_options *options;
	struct span rest;
	bool refused;
};

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct sending *sending = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || !net_guard_allows(&address->addr, &sending->options->allow)) {
		sending->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t give(char *out, size_t size, size_t n, void *arg)
{
	struct sending *sending = arg;
	size_t most = size * n < sending->rest.n ? size * n : sending->rest.n;

	if (most)
		memcpy(out, sending->rest.p, most);
	sending->rest.p += most;
	sending->rest.n -= most;
	return most;
}

/* url.h knows http and https only; what is behind the scheme is the same. */
static bool is_to_loopback(struct span server, struct arena *arena)
{
	struct span rest = server;
	struct url url;

	span_cut(&rest, ':');
	char *text = arena_printf(arena, "http:" SPAN_FMT, SPAN_ARG(rest));
	return text && url_parse(span_of(text), &url) == 0 && url.is_loopback;
}

static int perform(const struct libcurl *curl, CURL *handle, struct sending *sending, const struct mail_server *server, const struct mail *mail,
		   struct arena *arena)
{
	char *url = arena_cstr(arena, server->url), *from = arena_cstr(arena, server->from), *to = arena_cstr(arena, mail->to);
	char *user = arena_cstr(arena, server->user), *password = arena_cstr(arena, server->password);
	struct curl_slist *rcpt = to ? curl->slist_append(NULL, to) : NULL;

	if (!url || !from || !user || !password || !rcpt) {
		curl->slist_free_all(rcpt);
		return FAULT_MEMORY;
	}
	bool plain = is_to_loopback(server->url, arena);
	curl->easy_setopt(handle, CURLOPT_URL, url);
	curl->easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl->easy_setopt(handle, CURLOPT_PROXY, "");
	curl->easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(handle, CURLOPT_USE_SSL, plain ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
	curl->easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)sending->options->timeout_ms);
	curl->easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)sending->options->connect_timeout_ms);
	/* Each answer for itself, that to QUIT among them: curl waits for it two minutes, whatever the time for the whole. */
	curl->easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((sending->options->timeout_ms + MS_SECOND - 1) / MS_SECOND));
	curl->easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl->easy_setopt(handle, CURLOPT_OPENSOCKETDATA, sending);
	curl->easy_setopt(handle, CURLOPT_MAIL_FROM, from);
	curl->easy_setopt(handle, CURLOPT_MAIL_RCPT, rcpt);
	curl->easy_setopt(handle, CURLOPT_UPLOAD, 1L);
	curl->easy_setopt(handle, CURLOPT_READFUNCTION, give);
	curl->easy_setopt(handle, CURLOPT_READDATA, sending);
	if (server->user.n) {
		curl->easy_setopt(handle, CURLOPT_USERNAME, user);
		curl->easy_setopt(handle, CURLOPT_PASSWORD, password);
	}
	if (sending->options->ca_file)
		curl->easy_setopt(handle, CURLOPT_CAINFO, sending->options->ca_file);
	CURLcode code = curl->easy_perform(handle);
	curl->slist_free_all(rcpt);
	explicit_bzero(password, server->password.n);
	if (code == CURLE_OK)
		return 0;
	if (sending->refused)
		return ERR_ACCESS_DENIED;
	return code == CURLE_OPERATION_TIMEDOUT ? FAULT(FAULT_TIMEOUT, "mail: timed out") : FAULT(FAULT_UNREACHABLE, "mail: %s", curl->easy_strerror(code));
}

int net_mail(struct net *net, const struct mail_server *server, const struct mail *mail, struct instant now, struct arena *arena)
{
	struct sending sending = { .options = net_policy(net) };
	const struct libcurl *curl;

	TRY(mail_print(server, mail, now, arena, &sending.rest));
	TRY(libcurl_load(&curl));
	CURL *handle = curl->easy_init();
	if (!handle)
		return FAULT_MEMORY;
	int result = perform(curl, handle, &sending, server, mail, arena);
	curl->easy_cleanup(handle);
	return result;
}
