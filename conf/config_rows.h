/* SPDX-License-Identifier: Apache-2.0 */
/* config_rows - the option rows of struct config; what the parser, the checks and the reference all read. */
#pragma once

#include "conf/option.h"

struct config;
struct config_client;
struct config_realname;
struct config_sms;

/* The top level. */
extern const struct option config_rows[];
/* One entry of "clients". */
extern const struct option config_client_rows[];
/* One entry of "webhooks", and "events". */
extern const struct option config_webhook_rows[], config_event_rows[];
/* One entry of "uploads", and "files". */
extern const struct option config_upload_rows[], config_file_rows[];
/* One entry of "forms", and "registration". */
extern const struct option config_form_rows[], config_registration_rows[];
/* One entry of "legacy_sources", and "lookup". */
extern const struct option config_legacy_rows[], config_lookup_rows[];
/* "mail". */
extern const struct option config_mail_rows[];
void config_check_mail(const struct config *config, const struct yaml_node *root, struct problems *problems);
/* "sms". */
extern const struct option config_sms_rows[];
void config_check_sms(const struct config *config, const struct yaml_node *root, struct problems *problems);
/* The short form becomes a route. */
MUST_USE int config_resolve_sms(struct config_sms *sms, struct arena *arena);
/* zh and en of a struct config_text; the second for sentences and more. */
extern const struct option config_text_rows[], config_long_text_rows[];
/* Groups with a file of their own. */
extern const struct option config_completion_rows[], config_realname_rows[];
MUST_USE int config_resolve_realname(struct config_realname *realname, struct arena *arena);
void config_check_realname(const struct config *config, const struct yaml_node *root, struct problems *problems);
/* "recovery". */
extern const struct option config_recovery_rows[];
/* "review" and "staff". */
extern const struct option config_review_rows[], config_staff_rows[];
/* "unit" and "membership"; one entry of "departments", and of "subsystems". */
extern const struct option config_unit_rule_rows[], config_membership_rows[], config_department_rows[], config_subsystem_rows[];
/* Names of enum config_alg. */
extern const char *const config_alg_names[];

/* Rules between rows, after parsing: reports to @problems at the places of @root. */
void config_check(const struct config *config, const struct yaml_node *root, struct problems *problems);
/* The same for departments and subsystems. */
void config_check_units(const struct config *config, const struct yaml_node *root, struct problems *problems);
/* The same for clients[@i], written at @node. */
void config_check_client(const struct config *config, const struct config_client *client, const struct yaml_node *node,
			 struct problems *problems);
