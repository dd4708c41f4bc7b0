/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/image_process.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/endpoint/helper.h"
#include "broker/media/image.h"
#include "keys/sealed_file.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 25 /* longer than the process may live */
#define PIECE ((size_t)32 * 1024)

/* How many run now, in this process: each may take hundreds of megabytes. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t free;
	unsigned running;
} places = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static int take_place(unsigned most, struct instant deadline)
{
	struct timespec until = { .tv_sec = deadline.ms / 1000, .tv_nsec = deadline.ms % 1000 * 1000000 };
	int error = 0;

	pthread_mutex_lock(&places.lock);
	while (places.running >= most && !error)
		error = pthread_cond_timedwait(&places.free, &places.lock, &until);
	if (!error)
		places.running++;
	pthread_mutex_unlock(&places.lock);
	return error ? ERR_BUSY : 0;
}

static void give_place(void)
{
	pthread_mutex_lock(&places.lock);
	places.running--;
	pthread_cond_signal(&places.free);
	pthread_mutex_unlock(&places.lock);
}

/* A process that has ended early does not read on: what it was is seen at its end. */
static int send_picture(int fd, const struct http_part *part, enum media media)
{
	struct image_request request = { (uint32_t)media, (uint32_t)part->size };
	char piece[PIECE];
	uint64_t at = 0;

	bool goes_on = sys_send_all(fd, &request, sizeof request);
	while (goes_on && at < part->size) {
		size_t n;

		TRY(http_part_read(part, at, piece, sizeof piece, &n));
		if (!n)
			return FAULT(FAULT_BUG, "a part is shorter than it was");
		goes_on = sys_send_all(fd, piece, n);
		at += n;
	}
	explicit_bzero(piece, sizeof piece);
	shutdown(fd, SHUT_WR);
	return 0;
}

static int take_picture(int fd, struct sealed_file *into)
{
	struct image_reply reply;
	char piece[PIECE];

	if (!sys_read_all(fd, &reply, sizeof reply))
		return ERR_FILE_BROKEN;
	if (reply.error)
		return reply.error == ERR_FILE_SIZE ? ERR_FILE_SIZE : ERR_FILE_BROKEN;
	if (!reply.size || reply.size > IMAGE_OUT_MAX)
		return ERR_FILE_BROKEN;
	for (size_t left = reply.size; left;) {
		size_t n = left < sizeof piece ? left : sizeof piece;

		if (!sys_read_all(fd, piece, n))
			return ERR_FILE_BROKEN;
		TRY(sealed_file_write(into, (struct span){ piece, n }));
		left -= n;
	}
	explicit_bzero(piece, sizeof piece);
	return read(fd, piece, 1) == 0 ? 0 : ERR_FILE_BROKEN; /* nothing may follow */
}

/* Whatever it wrote, it is only believed when it ended well: no signal, exit status 0. */
static int judge_end(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int status = -1;

	if (poll(&wait, 1, WAIT_S * 1000) != 1)
		return ERR_FILE_BROKEN;
	ssize_t n = read(fd, &status, sizeof status);
	if (n == 0)
		return ERR_BUSY; /* the supervisor started nothing */
	if (n != sizeof status || status != 0) {
		LOG(LOG_WARN, "image.process", F_INT("status", n == sizeof status ? status : -1));
		return ERR_FILE_BROKEN;
	}
	return 0;
}

static int run(const struct app *app, const struct http_part *part, enum media media, struct sealed_file *into)
{
	CLOSE_FD int data = -1;
	CLOSE_FD int status = -1;

	TRY(helper_ask(app->helper_fd, HELPER_IMAGE, WAIT_S, &data, &status));
	TRY(send_picture(data, part, media));
	int result = take_picture(data, into);
	if (result < 0)
		return result;
	sys_close_fd(&data); /* or it might wait for us, and we for its end */
	int end = judge_end(status);
	return end ? end : result;
}

int image_process(const struct app *app, unsigned running, struct instant deadline, const struct http_part *part, enum media media,
		  struct sealed_file *into)
{
	TRY(take_place(running, deadline));
	int result = run(app, part, media, into);
	give_place();
	return result;
}
