/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/problem_zh.h"

#include "broker/base/buf.h"

#define PARTS 6

/* A star stands for whatever was put in; $1 is the first of them. The first row that fits counts. */
static const struct {
	const char *en, *zh;
} rows[] = {
	{ "\"*\" is missing", "缺少 $1" },
	{ "\"*\" has no value", "$1 没有填写" },
	{ "\"*\" must be * to *, not \"*\"", "$1 须为 $2 至 $3，而不是“$4”" },
	{ "\"*\" must be * to * bytes", "$1 的长度须为 $2 至 $3 字节" },
	{ "\"*\" must be * to * items", "$1 须有 $2 至 $3 项" },
	{ "\"*\" must be at least * bytes", "$1 至少 $2 字节" },
	{ "\"*\" must be at least *", "$1 至少为 $2" },
	{ "\"*\" must be true or false, not \"*\"", "$1 须为 true 或 false，而不是“$2”" },
	{ "\"*\" must be one of *, not \"*\" (did you mean \"*\"?)", "$1 须为以下之一：$2，而不是“$3”（是否为“$4”？）" },
	{ "\"*\" must be one of *, not \"*\"", "$1 须为以下之一：$2，而不是“$3”" },
	{ "\"*\" must be a whole number, not \"*\"", "$1 须为整数，而不是“$2”" },
	{ "\"*\" must be a list, such as [one, two]", "$1 须为列表" },
	{ "\"*\" must be a single value*", "$1 须为单个值" },
	{ "\"*\" must be a list of maps", "$1 须为对象列表" },
	{ "\"*\" must be a map*", "$1 须为一组键值" },
	{ "\"*\" must be an https URL", "$1 须为 https 网址" },
	{ "\"*\" must be an http or https URL", "$1 须为 http 或 https 网址" },
	{ "\"*\" must begin with https:// (http only on loopback)", "$1 须以 https:// 开头（仅本机可用 http）" },
	{ "\"*\" must not contain line breaks or other control characters", "$1 不得含有换行或其他控制字符" },
	{ "\"*\" must not exceed \"*\"", "$1 不得大于 $2" },
	{ "\"*\" and \"*\" exclude each other", "$1 与 $2 不能同时设置" },
	{ "\"*\" and \"*\" belong together", "$1 与 $2 须同时设置" },
	{ "\"*\" must be a time of day such as 08:00", "$1 须为时刻，如 08:00" },
	{ "\"*\" takes times of the day such as 08:00", "$1 须为时刻，如 08:00" },
	{ "\"*\" must not begin when it ends", "$1 的起止时间不能相同" },
	{ "\"*\" has two entries with * \"*\"*", "$1 中有两项的 $2 都是“$3”" },
	{ "\"*\" names \"*\" twice", "$1 中“$2”重复" },
	{ "\"*\" is not managed here: it belongs to the configuration file", "“$1”不在此处管理，请在配置文件中设置" },
	{ "\"*\" is set in the configuration file only", "“$1”只能在配置文件中设置" },
	{ "\"*\" is a published secret of the demonstration*", "$1 是演示用的公开密钥，不能在正式环境使用" },
	{ "\"*\" is the published key of the demonstration*", "$1 是演示用的公开密钥，不能在正式环境使用" },
	{ "\"*\" needs \"*\"", "$1 需要先设置 $2" },
	{ "\"*\": there is no secret of that name here to refer to; say it", "$1：此处没有可引用的密钥，请填写" },
	{ "\"*\" must not be longer than any in the configuration file, * s: the signer grants no longer ones", "$1 不得超过配置文件中的最长有效期（$2 秒）" },
	{ "unknown key \"*\" in \"*\" (did you mean \"*\"?)", "$2 中没有“$1”这一项（是否为“$3”？）" },
	{ "unknown key \"*\" in \"*\"", "$2 中没有“$1”这一项" },
	{ "unknown key \"*\"*", "没有“$1”这一项" },
	{ "an entry of \"*\" must be a map*", "$1 的每一项须为一组键值" },
	{ "an item of \"*\" must be plain text", "$1 的每一项须为文本" },
	{ "an item of \"*\" must not be empty, overlong, or contain control characters", "$1 的每一项不得为空、过长或含有控制字符" },
	{ "the id of a provider is made of a-z, 0-9 and -", "登录方式的编号由小写字母、数字和 - 组成" },
	{ "the id of a webhook is made of a-z, 0-9, - and _", "通知接收方的编号由小写字母、数字、- 和 _ 组成" },
	{ "the id of a department is made of a-z, 0-9, - and _", "部门的编号由小写字母、数字、- 和 _ 组成" },
	{ "the id of an old system is made of a-z, 0-9, - and _", "旧系统的编号由小写字母、数字、- 和 _ 组成" },
	{ "the id of an upload is made of a-z, 0-9 and -", "材料的编号由小写字母、数字和 - 组成" },
	{ "there is no client \"*\"", "没有应用“$1”" },
	{ "there is no department \"*\"", "没有部门“$1”" },
	{ "department \"*\" stands above itself", "部门“$1”成了自己的上级" },
	{ "client \"*\": \"*\" must be an https URL", "应用“$1”：$2 须为 https 网址" },
	{ "client \"*\": it needs \"secret\", \"secret_file\" or \"secret_hash\"", "应用“$1”：需要密钥（secret 或 secret_hash）" },
	{ "client \"*\": the secret is shorter than * bytes", "应用“$1”：密钥少于 $2 字节" },
	{ "client \"*\": authorization_code needs \"redirect_uris\"", "应用“$1”：授权码模式需要回调地址 redirect_uris" },
	{ "client \"*\": a public client has no secret and no key", "应用“$1”：公开应用没有密钥" },
	{ "client \"*\": a public client authenticates with none", "应用“$1”：公开应用的认证方式须为 none" },
	{ "client \"*\": PKCE is required of a public client", "应用“$1”：公开应用必须使用 PKCE" },
	{ "client \"*\": \"*\" is not a scope (RFC 6749 3.3)", "应用“$1”：“$2”不是有效的 scope" },
	{ "client \"*\": \"*\" is not one of its \"scopes\"", "应用“$1”：“$2”不在其 scopes 之中" },
	{ "client \"*\": the id is made of letters, digits and -._~", "应用“$1”：编号由字母、数字和 -._~ 组成" },
	{ "client \"*\": \"subsystem_grant\" needs \"subsystem\"", "应用“$1”：要求授权时须设置业务系统 subsystem" },
	{ "there is nothing of that name to set", "命令行指定的项不存在" },
	{ "the settings could not be made: see the log", "配置无法生效，详见日志" },
	{ "another issuer needs a restart", "更改 issuer 需要重启" },
};

/* Does @text fit @pattern? The stars' texts go to @ret_parts; a star takes as little as it can. */
static bool fits(const char *pattern, const char *text, struct span parts[PARTS], size_t n)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '*') {
			if (n == PARTS)
				return false;
			for (size_t length = 0;; length++) {
				parts[n] = (struct span){ text, length };
				if (fits(pattern + 1, text + length, parts, n + 1))
					return true;
				if (!text[length])
					return false;
			}
		}
		if (*pattern != *text)
			return false;
	}
	return *text == '\0';
}

const char *problem_zh(const char *message, struct arena *arena)
{
	struct span parts[PARTS], text;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf buf = buf_new(arena, 128);

		if (!fits(rows[i].en, message, parts, 0))
			continue;
		for (const char *at = rows[i].zh; *at; at++)
			if (*at == '$' && at[1] >= '1' && at[1] <= '0' + PARTS)
				buf_add(&buf, parts[*++at - '1']);
			else
				buf_char(&buf, *at);
		return buf_done(&buf, &text) ? message : text.p;
	}
	return message;
}
