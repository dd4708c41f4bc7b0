/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files_send - a file goes out: to who handed it in, or to somebody who may see the task that it belongs to; each look is audited. Always as an
 * attachment in a sandbox, but for pictures, which were written by ourselves. To anybody else it does not exist. ASVS 5.0 5.3, 5.4
 */
#include "broker/base/encode.h"
#include "broker/base/sys.h"
#include "broker/endpoint/audit.h"
#include "broker/endpoint/endpoint.h"
#include "broker/endpoint/files_disk.h"
#include "broker/endpoint/interaction.h"
#include "broker/endpoint/task.h"
#include "broker/http/reply.h"
#include "broker/media/media.h"
#include "broker/store/records_review.h"
#include "conf/config_upload.h"
#include "keys/sealed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct looking {
	struct request *rq;
	struct id id;
	bool is_preview;
	struct upload upload;
};

/* Documents of a task, to whom the task may be shown. The submission may be an earlier one than the task's own: what is compared with. */
static int is_reviewer(struct txn *txn, struct looking *looking, const struct visitor *visitor, bool *ret_may)
{
	struct request *rq = looking->rq;
	struct submission submission;
	struct task task;
	struct id id;

	*ret_may = false;
	if (!visitor->has_session || !id_is_set(looking->upload.submission) || encode_id_decode(request_param(rq, "task"), &id))
		return 0;
	int result = record_get(txn, &KIND_TASK, id, rq->arena, &task);
	if (!result)
		result = record_get(txn, &KIND_SUBMISSION, looking->upload.submission, rq->arena, &submission);
	if (result)
		return result == ERR_ABSENT ? 0 : result;
	bool belongs = id_eq(task.submission, submission.id) || (id_is_set(task.subject) && id_eq(task.subject, submission.subject));
	if (!belongs)
		return 0;
	result = task_may_see(txn, rq, visitor, &task);
	*ret_may = result == 0;
	return result == ERR_FORBIDDEN ? 0 : result;
}

/* Who filled in a form without being logged in has its interaction, in the browser where it began. */
static int is_same_browser(struct txn *txn, struct looking *looking, bool *ret_may)
{
	struct interaction interaction;

	*ret_may = false;
	if (id_is_set(looking->upload.owner) || !id_is_set(looking->upload.interaction) || !request_param(looking->rq, "interaction").n)
		return 0;
	int result = interaction_load(txn, looking->rq, &interaction);
	*ret_may = result == 0 && id_eq(interaction.id, looking->upload.interaction);
	return result < 0 ? result : 0;
}

static int look(struct txn *txn, void *arg)
{
	struct looking *looking = arg;
	struct request *rq = looking->rq;
	struct visitor visitor;
	bool may;
	char id[37];

	int result = record_get(txn, &KIND_UPLOAD, looking->id, rq->arena, &looking->upload);
	if (result)
		return result == ERR_ABSENT ? ERR_NOT_FOUND : result;
	TRY(session_load(txn, rq, &visitor));
	may = visitor.has_session && id_is_set(looking->upload.owner) && id_eq(looking->upload.owner, visitor.session.account);
	if (!may)
		TRY(is_same_browser(txn, looking, &may));
	if (!may)
		TRY(is_reviewer(txn, looking, &visitor, &may));
	if (!may)
		return ERR_NOT_FOUND; /* nobody learns that it exists */
	encode_id(id, looking->id);
	return audit_write(txn, rq, &(struct audit_event){ .action = looking->is_preview ? "file.preview" : "file.view",
							   .actor = visitor.has_session ? visitor.session.account : (struct id){ { 0 } }, .subject = span_of(id) });
}

/* ---- headers */

/* RFC 6266 4.1 and appendix D: for old programs a name without surprises, then the real one (RFC 8187). */
static int set_disposition(struct request *rq, const char *how, struct span name)
{
	struct buf text = buf_new(rq->arena, 2 * name.n + 64);
	struct span done;

	buf_printf(&text, "%s; filename=\"", how);
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < 0x80) /* a character of several bytes becomes one underscore */
			buf_char(&text, c < 0x20 || c == '"' || c == '\\' || c == '%' || c == 0x7f ? '_' : (char)c);
		else if (c >= 0xc0)
			buf_char(&text, '_');
	}
	buf_str(&text, "\"; filename*=UTF-8''");
	encode_percent(&text, name);
	TRY(buf_done(&text, &done));
	reply_header(rq, "Content-Disposition", done);
	return 0;
}

static int read_sealed(void *context, uint64_t offset, char *out, size_t n, size_t *ret_n)
{
	return sealed_file_read(context, offset, out, n, ret_n);
}

static void release_sealed(void *context)
{
	sealed_file_free(context);
}

static int send_upload(struct request *rq, const struct upload *upload, bool is_preview)
{
	struct sealed_file *file;
	char first;
	size_t n;

	int result = files_disk_open(app_of(rq)->app, upload->id, &file);
	if (result)
		return result == ERR_ABSENT ? FAULT(FAULT_CORRUPT, "the file of an upload is missing") : result;
	/* before the first header: it is whole and its beginning is what it was */
	if (sealed_file_size(file) != (uint64_t)upload->size || sealed_file_read(file, 0, &first, 1, &n)) {
		sealed_file_free(file);
		return FAULT(FAULT_CORRUPT, "the file of an upload was altered");
	}
	struct reply_source source = { read_sealed, release_sealed, file, sealed_file_size(file) };
	result = set_disposition(rq, is_preview ? "inline" : "attachment", upload->name);
	if (result) {
		sealed_file_free(file);
		return result;
	}
	char *type = arena_cstr(rq->arena, upload->type);
	return reply_stream(rq, type ? type : "application/octet-stream", &source);
}

static int send_looked_up(struct request *rq, bool is_preview)
{
	struct looking looking = { .rq = rq, .is_preview = is_preview };

	if (encode_id_decode(request_path_param(rq, "id"), &looking.id))
		return ERR_NOT_FOUND;
	TRY(store_update(app_of(rq)->app->store, look, &looking));
	enum media media = media_of_type(looking.upload.type);
	if (is_preview && (media == MEDIA_COUNT || !media_rows[media].is_image))
		return ERR_NOT_FOUND;
	return send_upload(rq, &looking.upload, is_preview);
}

int endpoint_file(struct request *rq)
{
	return send_looked_up(rq, false);
}

int endpoint_file_preview(struct request *rq)
{
	return send_looked_up(rq, true);
}

/* ---- forms to download: files of the operator's */

static int read_plain(void *context, uint64_t offset, char *out, size_t n, size_t *ret_n)
{
	ssize_t got = pread(*(int *)context, out, n, (off_t)offset);

	if (got < 0)
		return FAULT(FAULT_IO, "read a template: %s", strerror(errno));
	*ret_n = (size_t)got;
	return 0;
}

static void release_plain(void *context)
{
	close(*(int *)context);
	free(context);
}

int endpoint_file_template(struct request *rq)
{
	const struct config_upload *upload = config_upload(app_of(rq)->config, request_path_param(rq, "upload"));
	const struct config_slot *slot = upload ? config_slot(upload, request_path_param(rq, "slot")) : NULL;
	struct stat st;

	if (!slot || !slot->template.n)
		return ERR_NOT_FOUND;
	int *fd = malloc(sizeof *fd);
	if (!fd)
		return FAULT_MEMORY;
	*fd = open(slot->template.p, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		int fault = FAULT(FAULT_IO, "%s: %s", slot->template.p, *fd < 0 ? strerror(errno) : "no file");

		if (*fd >= 0)
			close(*fd);
		free(fd);
		return fault;
	}
	struct span name = slot->template;
	const char *slash = memrchr(name.p, '/', name.n);
	if (slash)
		name = (struct span){ slash + 1, name.n - (size_t)(slash - name.p) - 1 };
	if (set_disposition(rq, "attachment", name)) {
		release_plain(fd);
		return FAULT_MEMORY;
	}
	return reply_stream(rq, "application/octet-stream", &(struct reply_source){ read_plain, release_plain, fd, (uint64_t)st.st_size });
}
