/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_mail_rows - the rows of "mail": how e-mail leaves the broker.
 */
#include "conf/config.h"
#include "conf/config_rows.h"

#define ROW(type, name, ...) { #name, type, offsetof(struct config_mail, name), __VA_ARGS__ }
const struct option config_mail_rows[] = {
	ROW(OPTION_STRING, server, .max = 512,
	    .doc = "`smtps://mail.example.gov.cn` or, with STARTTLS, `smtp://mail.example.gov.cn:587`. Not set, and no `outbox`: no e-mail is sent, and "
		   "nobody can prove an address."),
	ROW(OPTION_STRING, user, .max = 256, .doc = "Name at the server; not set: it asks for none."),
	ROW(OPTION_SECRET, password, .min = 1, .max = 256, .doc = "Better as `password_file`."),
	ROW(OPTION_STRING, from, .max = 254, .doc = "Sender of every message, `no-reply@example.gov.cn`."),
	ROW(OPTION_PATH, outbox, .doc = "Instead of a server: a file to which each message is added as a JSON line. For demos, tests and first steps."),
	{ 0 },
};

void config_check_mail(const struct config *config, const struct yaml_node *root, struct problems *problems)
{
	const struct config_mail *mail = &config->mail;
	const struct yaml_node *map = yaml_get(root, "mail");

	if (!map)
		return;
	if (mail->server.n && mail->outbox.n)
		problem_add(problems, yaml_place(map, "outbox"), "\"mail.server\" and \"mail.outbox\" exclude each other");
	if (mail->server.n && !span_starts(mail->server, SPAN("smtp://")) && !span_starts(mail->server, SPAN("smtps://")))
		problem_add(problems, yaml_place(map, "server"), "\"mail.server\" must be smtps://HOST or smtp://HOST");
	if (mail->server.n && !mail->from.n)
		problem_add(problems, yaml_place(map, "server"), "\"mail.server\" needs \"mail.from\"");
}
