/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_config - configuration by administrators over REST: each row of the route table is a command of config_command.h, which the row's metric
 * label names. For systems that set others up; authenticated by client credentials and the scope `config`.
 */
#include "broker/endpoint/api.h"
#include "broker/endpoint/config_command.h"
#include "broker/endpoint/endpoint.h"
#include "broker/http/reply.h"
#include "conf/config_client.h"

#define PREFIX "api_config_"

/* The body, the path and the query as one object; what the path says counts. */
static int read_args(const struct request *rq, json_t **ret_args)
{
	JSON *args = NULL;

	if (rq->body.n)
		TRY(json_read_object(rq->body, &args) ? ERR_INVALID_REQUEST : 0);
	else
		args = json_object();
	struct span version = request_path_param(rq, "version");
	if (version.n && json_object_set_new(args, "version", json_stringn(version.p, version.n)))
		return ERR_INVALID_REQUEST;
	for (const struct param_spec *spec = rq->route->params; spec && spec->name; spec++) {
		struct span value = request_param(rq, spec->name);
		uint64_t number;
		bool is_number = strcmp(spec->name, "from") == 0 || strcmp(spec->name, "before") == 0 || strcmp(spec->name, "limit") == 0;

		if (!value.n)
			continue;
		if (is_number && (!span_to_u64(value, &number) || number > INT32_MAX))
			return ERR_INVALID_REQUEST;
		if (json_object_set_new(args, spec->name, is_number ? json_integer((json_int_t)number) : json_stringn(value.p, value.n)))
			return ERR_INVALID_REQUEST;
	}
	*ret_args = json_incref(args);
	return 0;
}

/* An error with what it is about. */
static int reply_failed(struct request *rq, int error, struct span members)
{
	struct buf buf = buf_new(rq->arena, members.n + 256);
	struct span json;

	buf_printf(&buf, "{\"error\":\"%s\",\"reference\":\"%s\"%s", error_row(error)->code, rq->reference, members.n ? "," : "");
	buf_add(&buf, members);
	buf_char(&buf, '}');
	TRY(buf_done(&buf, &json));
	return reply_json(rq, error_row(error)->status, json);
}

int endpoint_api_config(struct request *rq)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(CONFIG_VERSION_ARENA);
	JSON *args = NULL;
	struct api api;

	if (!arena)
		return FAULT_MEMORY;
	TRY(api_open(rq, &api));
	TRY(read_args(rq, &args));
	struct config_version_context context = config_version_context(rq, (struct id){ { 0 } }, api.client->id, arena);
	struct buf members = buf_new(arena, 4096);
	struct json_writer out = json_writer(&members);
	int result = config_command(&context, rq->route->metric + sizeof PREFIX - 1, args, false, &out);
	if (members.failed)
		return FAULT_MEMORY;
	if (result)
		return result < 0 ? result : reply_failed(rq, result, buf_span(&members));
	struct buf buf = buf_new(rq->arena, members.n + 3);
	struct span json;
	buf_char(&buf, '{');
	buf_add(&buf, buf_span(&members));
	buf_char(&buf, '}');
	TRY(buf_done(&buf, &json));
	return reply_json(rq, 200, json);
}
