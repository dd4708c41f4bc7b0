/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visit - a request without a server: parameters and cookies are given, what the reply sets is read back. (Apart from fixture.c, since the
 * inside of broker/http and the endpoints each have a struct settings.)
 */
#pragma once

#include "broker/http/request.h"

struct visit;

/* What cookies and replies ask of a server: an https issuer. */
struct server *visit_server_new(void);
/* A pool for what no answer waits for (server_later); it ends when @server is freed, or here. */
void visit_server_pool(struct server *server, enum work_class work, unsigned threads, unsigned queue);
void visit_server_end_pools(struct server *server);
void visit_server_free(struct server *server);

/* @form: "name=value&…". Aborts the test when it cannot be made. */
struct visit *visit_new(struct server *server, void *app, struct instant now, const char *form);
/* The same browser again: with the cookies that @earlier brought and got. */
struct visit *visit_again(const struct visit *earlier, struct instant now, const char *form);
/* The same browser asks for @target ("/console?time=week") by its row in @routes; @form is the body of a POST, NULL: a GET. Aborts where there is no row. */
struct route;
struct visit *visit_go(const struct visit *earlier, struct instant now, const struct route *routes, size_t n, const char *target, const char *form);
/* What pages are made with from now on, and in which language: an enum language. */
struct template_set;
void visit_use_templates(const struct template_set *templates, int language);
void visit_free(struct visit *visit);
DEFINE_CLEANUP(struct visit, visit_cleanup, visit_free)
#define VISIT CLEANUP(visit_cleanup) struct visit

struct request *visit_request(struct visit *visit);
/* Of the reply; 0: there was none. */
int visit_status(const struct visit *visit);
/* The value that the reply sets for a header or (by its short name) a cookie; empty for none. */
struct span visit_header(const struct visit *visit, const char *name);
struct span visit_cookie(const struct visit *visit, const char *name);
