/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint - the handlers that the route table names. Each reads as a paragraph: load, decide, keep, answer.
 */
#pragma once

#include "broker/endpoint/app.h"
#include "broker/http/route.h"

/* OAuth 2 and OpenID Connect */
int endpoint_discovery(struct request *rq);
int endpoint_jwks(struct request *rq);
int endpoint_authorize(struct request *rq);
int endpoint_continue(struct request *rq);
int endpoint_token(struct request *rq);
int endpoint_introspect(struct request *rq);
enum work_class endpoint_introspect_work(const struct request *rq);
int endpoint_revoke(struct request *rq);
int endpoint_userinfo(struct request *rq);
int endpoint_logout(struct request *rq);
int endpoint_logout_confirm(struct request *rq);

/* pages */
int endpoint_index(struct request *rq);
int endpoint_login(struct request *rq);
enum work_class endpoint_login_work(const struct request *rq);
enum work_class endpoint_link_work(const struct request *rq);
int endpoint_login_phone(struct request *rq); /* the tab, before anything was asked for */
int endpoint_login_send(struct request *rq);
int endpoint_login_code(struct request *rq);
int endpoint_upstream_start(struct request *rq);
int endpoint_upstream_callback(struct request *rq);
int endpoint_upstream_leave(struct request *rq);
int endpoint_upstream_left(struct request *rq);
int endpoint_upstream_notified(struct request *rq);
int endpoint_upstream_password(struct request *rq);
int endpoint_account_link_add(struct request *rq);
int endpoint_account_link_confirm(struct request *rq);
int endpoint_link(struct request *rq);
int endpoint_choose_account(struct request *rq);
int endpoint_consent(struct request *rq);
int endpoint_pending(struct request *rq);
int endpoint_asset(struct request *rq);

/* registration */
int endpoint_register(struct request *rq);
int endpoint_register_form(struct request *rq);
enum work_class endpoint_register_work(const struct request *rq);
int endpoint_register_done(struct request *rq);

/* completion and real name */
int endpoint_complete(struct request *rq);
int endpoint_complete_form(struct request *rq);
int endpoint_realname(struct request *rq);
int endpoint_realname_check(struct request *rq);
int endpoint_realname_upload(struct request *rq);

/* old accounts */
int endpoint_bind(struct request *rq);
int endpoint_bind_document(struct request *rq);
int endpoint_bind_password(struct request *rq);
int endpoint_bind_review(struct request *rq);
int endpoint_unit_legacy(struct request *rq);

/* units, members */
int endpoint_unit_supplement(struct request *rq);
enum work_class endpoint_unit_supplement_work(const struct request *rq);
int endpoint_choose_unit(struct request *rq);
int endpoint_members(struct request *rq);
int endpoint_act_for(struct request *rq);

/* review desk, staff */
int endpoint_second_factor(struct request *rq);
enum work_class endpoint_second_factor_work(const struct request *rq);
int endpoint_tasks(struct request *rq);
int endpoint_task(struct request *rq);
enum work_class endpoint_task_work(const struct request *rq);
int endpoint_staff(struct request *rq);
int endpoint_audit(struct request *rq);
enum work_class endpoint_audit_work(const struct request *rq);

/* look-up of old accounts, and the desk's pages of them */
int endpoint_legacy(struct request *rq);
int endpoint_legacy_record(struct request *rq);
enum work_class endpoint_legacy_record_work(const struct request *rq);
int endpoint_lookup(struct request *rq);
int endpoint_api_lookup(struct request *rq);

/* console: configuration by administrators */
int endpoint_console(struct request *rq);
int endpoint_console_settings(struct request *rq);
int endpoint_console_form(struct request *rq);
enum work_class endpoint_console_form_work(const struct request *rq);
int endpoint_console_versions(struct request *rq);
int endpoint_console_version(struct request *rq);
int endpoint_console_try(struct request *rq);
int endpoint_console_transfer(struct request *rq);
int endpoint_console_export(struct request *rq);
int endpoint_console_explain(struct request *rq);

/* recovery, appeals */
int endpoint_recover(struct request *rq);
enum work_class endpoint_recover_work(const struct request *rq);
int endpoint_recover_verify(struct request *rq);
enum work_class endpoint_recover_verify_work(const struct request *rq);
int endpoint_recover_done(struct request *rq);
int endpoint_recover_link(struct request *rq);
enum work_class endpoint_recover_link_work(const struct request *rq);
int endpoint_appeal(struct request *rq);
enum work_class endpoint_appeal_work(const struct request *rq);
int endpoint_appeal_state(struct request *rq);

/* account */
int endpoint_account(struct request *rq);
int endpoint_account_switch(struct request *rq);
int endpoint_account_contact(struct request *rq);
int endpoint_account_close(struct request *rq);
int endpoint_account_export(struct request *rq);
int endpoint_account_factor(struct request *rq);
enum work_class endpoint_account_factor_work(const struct request *rq);
int endpoint_account_merge(struct request *rq);
int endpoint_password(struct request *rq);

/* files, applications */
int endpoint_apps(struct request *rq);
int endpoint_upload(struct request *rq);
int endpoint_file(struct request *rq);
int endpoint_file_preview(struct request *rq);
int endpoint_file_template(struct request *rq);

/* directory API */
int endpoint_api_units(struct request *rq);
int endpoint_api_unit(struct request *rq);
int endpoint_api_members(struct request *rq);
int endpoint_api_departments(struct request *rq);
int endpoint_api_user(struct request *rq);
int endpoint_api_user_search(struct request *rq);
int endpoint_api_grants(struct request *rq);
int endpoint_api_bindings(struct request *rq);
int endpoint_openapi(struct request *rq);
int endpoint_api_config(struct request *rq);

/* for carriers of text messages */
int endpoint_sms_receipt(struct request *rq);

/* for machines that watch */
int endpoint_healthz(struct request *rq);
int endpoint_readyz(struct request *rq);
int endpoint_metrics(struct request *rq);

/* The table of them all. */
extern const struct route endpoint_routes[];
extern const size_t endpoint_routes_n;
