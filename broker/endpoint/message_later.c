/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/endpoint/message_later.h"

#include "broker/base/log.h"
#include "broker/base/sys.h"
#include "broker/http/server.h"
#include "broker/http/workers.h"

#include <stdlib.h>

#define LATER_ARENA ((size_t)256 * 1024)
#define LATER_MS MS_MINUTE /* for all routes together */

struct later {
	struct job job;
	struct settings *settings;
	struct arena *arena;
	struct sms_message message;
	char reference[REQUEST_REFERENCE_SIZE];
};

static void end_later(struct later *later)
{
	app_settings_release(later->settings);
	arena_free(later->arena);
	free(later);
}

static void note_unsent(int error)
{
	LOG(LOG_WARN, "message.unsent", F_STR("error", error_row(error)->name));
}

static int send_now(const struct settings *settings, struct sms_message *message, struct arena *arena)
{
	struct message_report report;

	TRY(message_send_out(settings, message, NULL, instant_add(sys_now(), LATER_MS), arena, &report));
	return message_send_result(&report);
}

static void run_later(struct job *job, bool expired)
{
	struct later *later = (struct later *)(void *)job; /* its first member */
	int result = ERR_BUSY;

	log_set_reference(later->reference);
	if (!expired)
		result = send_now(later->settings, &later->message, later->arena);
	if (result)
		note_unsent(result);
	log_set_reference("");
	end_later(later);
}

/* What the message says lives as long as the request; the copy lives as long as the job. */
static int copy_message(struct sms_message *message, struct arena *arena)
{
	struct span *const texts[] = { &message->phone, &message->purpose, &message->code, &message->text, &message->body, &message->signature, &message->key,
				       &message->language };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		*texts[i] = arena_dup(arena, *texts[i]);
		if (!texts[i]->p)
			return FAULT_MEMORY;
	}
	return 0;
}

static int push(struct request *rq, const struct sms_message *message)
{
	struct later *later = calloc(1, sizeof *later);

	if (!later)
		return FAULT_MEMORY;
	later->settings = app_settings(app_of(rq)->app);
	later->arena = arena_new(LATER_ARENA);
	later->job.run = run_later;
	later->message = *message;
	memcpy(later->reference, rq->reference, sizeof later->reference);
	int result = later->arena ? copy_message(&later->message, later->arena) : FAULT_MEMORY;
	if (!result)
		result = server_later(rq->server, WORK_SMS, &later->job);
	if (result)
		end_later(later);
	return result;
}

/* A line for the outbox waits for nobody. */
int message_later(struct request *rq, struct sms_message *message)
{
	int result = message_send_is_quick(app_of(rq), message) ? send_now(app_of(rq), message, rq->arena) : push(rq, message);

	if (result)
		note_unsent(result);
	return result == FAULT_MEMORY ? result : 0;
}
