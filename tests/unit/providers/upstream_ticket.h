/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_ticket - the ticket platforms of the tests: upstream_ticket.c plays them, test_ticket.c and test_upstream.c go there.
 */
#pragma once

#include "tests/unit/providers/upstream.h"

enum ticket_platform { TICKET_ZHEJIANG_NATURAL, TICKET_ZHEJIANG_LEGAL, TICKET_ZHEJIANG_MINI, TICKET_GUANGDONG, TICKET_JIS, TICKET_INVENTED };

struct ticket_world {
	const char *parameter;  /* of the ticket */
	const char *replies[2]; /* to the questions, in order */
};

extern const struct ticket_world ticket_worlds[];
extern const struct upstream upstream_ticket_zhejiang_natural, upstream_ticket_zhejiang_direct, upstream_ticket_zhejiang_legal, upstream_ticket_zhejiang_mini,
	upstream_ticket_guangdong, upstream_ticket_jis, upstream_ticket_invented;

/* In docs/ticket.md, too. */
#define TICKET_INVENTED_YAML \
	"    base_url: https://tyrz.example.cn\n" \
	"    api_url: https://api.example.cn/gw\n" \
	"    issuer: https://tyrz.example.cn\n" \
	"    app_id: yimen\n" \
	"    secret: k-0123456789\n" \
	"    login_url: '${base_url|raw}/login?app=${app_id}&back=${redirect_uri}&sp=${state}'\n" \
	"    ticket_parameters: [st]\n" \
	"    state_parameter: sp\n" \
	"    steps:\n" \
	"      - name: user\n" \
	"        url: '${api_url|raw}/person/query'\n" \
	"        body: '{\"st\":\"${ticket}\",\"ts\":${time_ms}}'\n" \
	"        sign:\n" \
	"          - 'sign = HEX(sm3($body . $secret))'\n" \
	"        headers:\n" \
	"          - 'X-App: ${app_id}'\n" \
	"          - 'X-Sign: ${sign}'\n" \
	"        outcome: 'at($reply, \"head.code\")'\n" \
	"        good: [S]\n" \
	"        ticket_errors: [E-TICKET]\n" \
	"        key_errors: [E-APP, E-SIGN]\n" \
	"        take:\n" \
	"          - 'info = part($reply, \"user.info\")'\n" \
	"    identity:\n" \
	"      - 'subject = at($reply, \"user.key\")'\n" \
	"      - 'name = at($info, \"xm\")'\n" \
	"      - 'level = at($info, \"dj\")'\n" \
	"      - 'acr = map(at($info, \"dj\"), \"低:0 中:2 高:3\")'\n" \
	"      - 'real_name = at($info, \"xm\")'\n" \
	"      - 'id_type = map(at($info, \"lx\"), \"sfz:111 hz:414\")'\n" \
	"      - 'id_number = at($info, \"hm\")'\n" \
	"    level_up_url: '${base_url|raw}/level'\n" \
	"    logout_url: '${base_url|raw}/logout?back=${return_uri}'\n"
