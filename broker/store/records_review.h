/* SPDX-License-Identifier: Apache-2.0 */
/* records_review - what people hand in and what is decided on it. */
#pragma once

#include "broker/store/records_account.h"

enum submission_status { SUBMISSION_DRAFT = 1, SUBMISSION_SUBMITTED, SUBMISSION_ACCEPTED, SUBMISSION_REJECTED, SUBMISSION_REPLACED };

/* What was filled in on a form: a draft, what awaits a decision, what was decided on. Kept side by side, so that a reviewer sees old and new. */
struct submission {
	struct id id, owner; /* the account that fills it in; zero: an appeal */
	struct id subject;   /* unit or account that it is about */
	struct span form;    /* name of the form: "unit-supplement", "appeal-natural" … */
	struct span values;  /* JSON object: field name to text */
	int status;          /* enum submission_status */
	struct instant created_at, changed_at;
	struct span reason;
	/* of appeals, whose subject is the account that a reviewer found to be meant */
	struct span receipt;    /* digits by which the state is asked for */
	struct id ticket;       /* the link that was sent last */
	bool use_phone;         /* the contact's phone becomes the account's */
	struct instant done_at; /* the link was used */
	/* of claims of old accounts */
	struct id row;   /* the legacy record that a reviewer found to be meant */
	struct id loser; /* the account that had it until then */
};

/* A file that somebody handed in. Its bytes rest sealed beside the store (broker/endpoint/files.h). */
struct upload {
	struct id id, owner; /* account; zero: an appeal's, and then */
	struct id interaction;
	struct id submission; /* zero until it is submitted */
	struct span use, slot; /* of the configuration's uploads: "unit-supplement", "licence" … */
	struct span name, type; /* as the person named it; what it was recognised as: "image/png" … */
	int64_t size;
	struct span sha256;
	struct instant created_at, purge_at; /* purge_at zero: as long as its submission */
};

/* One decision that a person must take, by what it is about. */
enum task_kind { TASK_ACCOUNT = 1 /* a newcomer, Z8 */, TASK_REALNAME /* documents, M4, M6 */, TASK_UNIT /* T17 */, TASK_MEMBERSHIP /* J4 */,
		 TASK_APPEAL /* M8, M10 */, TASK_LEGACY /* an old account, claimed or disputed */,
		 TASK_LINK /* an upstream verified somebody else than we have */, TASK_KINDS };
enum task_status { TASK_OPEN = 1, TASK_APPROVED, TASK_REJECTED, TASK_WITHDRAWN };

/* One decision that a person must take. */
struct task {
	struct id id;
	struct instant created_at;
	int kind, status;  /* enum task_kind, task_status */
	struct span queue; /* who may see it: "platform", "dept:<id>", "unit:<uuid>" */
	struct id subject; /* account, unit or membership, by kind */
	struct id account; /* who asked; zero: nobody is logged in (appeals) */
	struct id submission; /* what was submitted; zero: the subject speaks for itself */
	struct span title;    /* name of the person or unit */
	struct id claimed_by;
	struct instant claimed_until;
	struct id first_by; /* four eyes: who approved first */
	struct instant first_at;
	struct id decided_by;
	struct instant decided_at;
	struct span reason;
	struct span note; /* further facts for the reviewer: why it did not go by itself (a code) */
};

/* A single-use permission to do one thing: an appeal's reset link. The link holds id.secret. */
struct ticket {
	struct id id; /* expiry first */
	struct span secret_hash, purpose;
	struct id account, submission;
	struct span phone; /* reset: the new phone that the appeal established */
	struct identity_proof proof; /* merge: how its account was proved; its member account stays empty */
};

enum {
	SUBMISSION_BY_SUBJECT = 1, SUBMISSION_BY_OWNER, SUBMISSION_BY_RECEIPT,
	TASK_BY_QUEUE = 1, TASK_BY_SUBJECT, TASK_BY_ACCOUNT, TASK_BY_CLAIM, TASK_BY_STATUS, TASK_BY_KIND, TASK_BY_QUEUE_KIND,
	UPLOAD_BY_SUBMISSION = 1, UPLOAD_BY_OWNER, UPLOAD_BY_INTERACTION,
};

extern const struct kind KIND_SUBMISSION, KIND_UPLOAD, KIND_TASK, KIND_TICKET;
