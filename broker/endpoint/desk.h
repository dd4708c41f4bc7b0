/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desk - what the pages of the review desk share: who is there, and how they show times, people and queues.
 */
#pragma once

#include "broker/base/json.h"
#include "broker/endpoint/interaction.h"
#include "broker/endpoint/task.h"
#include "broker/endpoint/task_person.h"
#include "broker/http/reply.h"

struct desk {
	struct request *rq;
	struct visitor visitor;
	struct task_person person;
	json_t *data; /* of the page; filled inside the snapshot */
};

/* In a transaction: the visitor and what they may do. ERR_LOGIN_REQUIRED. */
MUST_USE int desk_load(struct txn *txn, struct desk *desk);
/* ERR_LOGIN_REQUIRED becomes the way to log in and back to @path; anything else is passed on. */
MUST_USE int desk_answer(struct request *rq, int result, struct span path);
/* The page of the desk that is the visitor's own; empty for none. In a snapshot of its own. */
MUST_USE int desk_home(struct request *rq, struct span *ret_path);
/* The members of every page of the desk: who is logged in, and which other pages are theirs. */
void desk_add(struct desk *desk, json_t *data);

/* An account by its name; nothing when it is gone. */
MUST_USE int desk_set_account(struct txn *txn, struct request *rq, json_t *data, const char *key, struct id account);
/* One member after the other, "?a=b&c=d": empty values are left out. */
MUST_USE int desk_query(struct request *rq, const char *path, const struct form_pair *pairs, size_t n, struct span *ret_url);
