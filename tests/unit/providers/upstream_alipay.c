/* SPDX-License-Identifier: Apache-2.0 */
/* The good world of providers/upstream/alipay.c (domain.md 3.1), in which Alipay signs what it says, by keys and by certificates; and its lies. */
#include "broker/base/sys.h"
#include "broker/base/url.h"
#include "keys/crypto.h"
#include "keys/rsa.h"
#include "tests/unit/providers/upstream.h"

#define GATEWAY "https://openapi.alipay.com/gateway.do"
#define CERT_SN "5e622edf11aa723ef64ec20bd080986b" /* of alipay.crt, by openssl x509 and md5sum */
#define TOKEN_NAME "alipay_system_oauth_token_response"
#define USER_NAME "alipay_user_info_share_response"

struct world {
	const char *token, *user; /* the signed values */
	const char *format;       /* of the answer, see fill */
	struct key *key;
	const char *signed_value; /* what is signed instead */
	const char *name;         /* of the member, instead */
	const char *cert_sn;
};

static struct span file(struct upstream_test *t, const char *name)
{
	char *path = arena_printf(t->arena, "%s/tests/standins/alipay/%s", SOURCE_ROOT, name);
	struct span text;

	ck_assert_int_eq(sys_read_file(path, 1 << 16, t->arena, &text), 0);
	return text;
}

/* $N: the member's name, $V: its value, $C: the certificate, $S: the signature. */
static struct span fill(struct upstream_test *t, const char *format, const char *name, const char *value, const char *cert, const char *sign)
{
	struct buf buf = buf_new(t->arena, 1024);
	struct span text;

	for (; *format; format++)
		if (*format == '$')
			format++, buf_add(&buf, span_of(*format == 'N' ? name : *format == 'V' ? value : *format == 'C' ? cert : sign));
		else
			buf_char(&buf, *format);
	ck_assert_int_eq(buf_done(&buf, &text), 0);
	return text;
}

static void answer(struct upstream_test *t, const struct provider_fetch *fetch, struct provider_event *event)
{
	struct world *w = t->world;
	struct span rest = fetch->body, name, value, signature;
	bool user = false;
	int error = 0;

	ck_assert_msg(span_is(fetch->url, GATEWAY), "nobody lives at " SPAN_FMT, SPAN_ARG(fetch->url));
	while (url_next_pair(&rest, t->arena, &name, &value, &error))
		if (span_is(name, "method"))
			user = span_is(value, "alipay.user.info.share");
	const char *text = user ? w->user : w->token;
	const char *signed_text = w->signed_value ? w->signed_value : text;
	ck_assert_int_eq(rsa_sign(w->key, span_of(signed_text), t->arena, &signature), 0);
	char *sign = arena_cstr(t->arena, signature);
	event->content_type = SPAN("text/html;charset=utf-8"); /* as the gateway serves its JSON */
	const char *member = w->name ? w->name : user ? USER_NAME : TOKEN_NAME;
	const char *format = w->format ? w->format : w->cert_sn ? "{\"$N\":$V,\"alipay_cert_sn\":\"$C\",\"sign\":\"$S\"}" : "{\"$N\":$V,\"sign\":\"$S\"}";
	event->body = fill(t, format, member, text, w->cert_sn, sign);
}

static void set_up(struct upstream_test *t)
{
	struct world *w = arena_new_of(t->arena, struct world);

	t->world = w;
	ck_assert_int_eq(crypto_init(), 0);
	ck_assert_int_eq(rsa_private_key(file(t, "alipay.key"), t->arena, &w->key), 0);
	w->token = "{\"user_id\":\"2088102150477652\",\"open_id\":\"074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5\",\"access_token\":\"the-token\",\"expires_in\":1296000,"
		   "\"refresh_token\":\"r\",\"re_expires_in\":2592000,\"auth_start\":\"2027-01-15 15:59:00\"}";
	w->user = "{\"code\":\"10000\",\"msg\":\"Success\",\"user_id\":\"2088102150477652\",\"open_id\":\"074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5\","
		  "\"avatar\":\"https:\\/\\/tfs.alipayobjects.com\\/x\",\"nick_name\":\"张三\",\"gender\":\"m\"}";
	w->cert_sn = t->upstream == &upstream_alipay_cert ? CERT_SN : NULL;
	upstream_param(t, "app_id", "2021000000000001");
	upstream_param(t, "source", "alipay_wallet");
	upstream_param(t, "scope", "auth_user");
	upstream_param(t, "auth_code", "4b203fe6c11548bcabd8da5bb087a83b");
	upstream_param(t, "state", "the-state");
}

static void tear_down(struct upstream_test *t)
{
	jwk_free(((struct world *)t->world)->key);
}

/* ---- lies */

static void token_is(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->token = lie->what; }
static void user_is(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->user = lie->what; }
static void member_is(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->name = lie->what; }
static void answer_is(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->format = lie->what; }
static void signed_is(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->signed_value = lie->what; }
static void cert_sn_is(struct upstream_test *t, const struct upstream_lie *lie) { ((struct world *)t->world)->cert_sn = lie->what; }
static void signed_by_another(struct upstream_test *t, const struct upstream_lie *lie)
{
	struct world *w = t->world;

	jwk_free(w->key);
	ck_assert_int_eq(rsa_private_key(file(t, "app.key"), t->arena, &w->key), 0);
}

void upstream_alipay_refuses(struct upstream_test *t, const char *sub_code)
{
	struct world *w = t->world;

	w->name = "error_response";
	w->token = arena_printf(t->arena, "{\"code\":\"40002\",\"msg\":\"Invalid Arguments\",\"sub_code\":\"%s\",\"sub_msg\":\"x\"}", sub_code);
}

void upstream_alipay_says(struct upstream_test *t, const char *user)
{
	((struct world *)t->world)->user = user;
}

#define FAILED ERR_PROVIDER_FAILED
#define REFUSAL "{\"code\":\"40002\",\"msg\":\"Invalid Arguments\",\"sub_code\":\"isv.code-invalid\",\"sub_msg\":\"授权码code无效\"}"

static const struct upstream_lie lies[] = {
	{ "no auth_code comes back", canned_param, "auth_code", NULL, FAILED },
	{ "a code under the usual name", canned_param, "auth_code", "", FAILED },
	{ "the code of another application", canned_param, "app_id", "2021000000000002", FAILED },
	{ "no app_id comes back", canned_param, "app_id", NULL, 0, 2 },
	{ "signed by somebody else", signed_by_another, NULL, NULL, FAILED, 1 },
	{ "changed after it was signed", signed_is, NULL, "{\"user_id\":\"2088102150477653\"}", FAILED, 1 },
	{ "signed without a space that is there", answer_is, NULL, "{\"$N\": $V,\"sign\":\"$S\"}", 0, 2 },
	{ "not signed", answer_is, NULL, "{\"$N\":$V,\"sing\":\"$S\"}", FAILED, 1 },
	{ "an empty signature", answer_is, NULL, "{\"$N\":$V,\"sign\":\"\",\"x\":\"$S\"}", FAILED, 1 },
	{ "a signature that is an object", answer_is, NULL, "{\"$N\":$V,\"sign\":{\"sign\":\"$S\"}}", FAILED, 1 },
	{ "the signature first", answer_is, NULL, "{\"sign\":\"$S\",\"$N\":$V}", 0, 2 },
	{ "the answer twice, the signed one first", answer_is, NULL, "{\"$N\":$V,\"$N\":{\"user_id\":\"2088000000000000\",\"access_token\":\"x\"},\"sign\":\"$S\"}", FAILED, 1 },
	{ "the answer twice, the signed one last", answer_is, NULL, "{\"$N\":{\"user_id\":\"2088000000000000\",\"access_token\":\"x\"},\"$N\":$V,\"sign\":\"$S\"}", FAILED, 1 },
	{ "the signed answer inside another member", answer_is, NULL, "{\"x\":{\"$N\":$V},\"sign\":\"$S\"}", FAILED, 1 },
	{ "the signed answer inside a text", answer_is, NULL, "{\"$N\":{\"user_id\":\"2088000000000000\"},\"x\":\"$V\",\"sign\":\"$S\"}", FAILED, 1 },
	{ "an error beside the answer", answer_is, NULL, "{\"error_response\":" REFUSAL ",\"$N\":$V,\"sign\":\"$S\"}", FAILED, 1 },
	{ "something after the end", answer_is, NULL, "{\"$N\":$V,\"sign\":\"$S\"}x", FAILED, 1 },
	{ "no comma", answer_is, NULL, "{\"$N\":$V \"sign\":\"$S\"}", FAILED, 1 },
	{ "the answer to another question", member_is, NULL, USER_NAME, FAILED, 1 },
	{ "a refusal inside HTTP 200", answer_is, NULL, "{\"error_response\":" REFUSAL ",\"x\":\"$N$V\",\"sign\":\"$S\"}", FAILED, 1 },
	{ "a refusal in the answer's own place", token_is, NULL, REFUSAL, FAILED, 1 },
	{ "nobody", token_is, NULL, "{\"access_token\":\"the-token\"}", FAILED, 1 },
	{ "an empty user_id and no open_id", token_is, NULL, "{\"user_id\":\"\",\"access_token\":\"the-token\"}", FAILED, 1 },
	{ "no token", token_is, NULL, "{\"user_id\":\"2088102150477652\"}", FAILED, 1 },
	{ "a member of the answer twice", token_is, NULL, "{\"user_id\":\"2088102150477652\",\"user_id\":\"2088\",\"access_token\":\"t\"}", FAILED, 1 },
	{ "the signed answer about somebody to another question", token_is, NULL, "{\"code\":\"10000\",\"msg\":\"Success\",\"user_id\":\"2088102150477653\",\"nick_name\":\"x\"}", FAILED, 1 },
	{ "a user_id that is true", token_is, NULL, "{\"user_id\":true,\"access_token\":\"the-token\"}", FAILED, 1 },
	{ "a user_id with a direction of its own", token_is, NULL, "{\"user_id\":\"2088\\u202e\",\"access_token\":\"the-token\"}", FAILED },
	{ "open_id alone", token_is, NULL, "{\"open_id\":\"074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5\",\"access_token\":\"the-token\"}", 0, 2 },
	{ "attributes of another user_id", user_is, NULL, "{\"code\":\"10000\",\"user_id\":\"2088102150477653\",\"nick_name\":\"x\"}", FAILED, 2 },
	{ "attributes of another open_id", user_is, NULL, "{\"code\":\"10000\",\"user_id\":\"2088102150477652\",\"open_id\":\"x\"}", FAILED, 2 },
	{ "attributes of nobody", user_is, NULL, "{\"code\":\"10000\",\"nick_name\":\"x\"}", FAILED, 2 },
	{ "attributes of user_id alone", user_is, NULL, "{\"code\":\"10000\",\"user_id\":\"2088102150477652\"}", 0, 2 },
	{ "attributes refused", user_is, NULL, "{\"code\":\"20001\",\"msg\":\"Insufficient Token Permissions\",\"sub_code\":\"aop.invalid-auth-token\"}", FAILED, 2 },
	{ "attributes without a code", user_is, NULL, "{\"user_id\":\"2088102150477652\"}", FAILED, 2 },
};

static const struct upstream_lie cert_lies[] = {
	{ "signed by another certificate", cert_sn_is, NULL, "00000000000000000000000000000000", FAILED, 1 },
	{ "no certificate named", cert_sn_is, NULL, NULL, 0, 2 },
	{ "signed by somebody else", signed_by_another, NULL, NULL, FAILED, 1 },
};

/* app.key and the public half of alipay.key, as the console shows keys: bare base64 in one line */
#define APP_KEY  \
	"MIIEowIBAAKCAQEAq98ca3tqvYQhDGZXhPND7nZzpMirb8r2jFseV0ZTEk8TG/cO+PqjLflcvXxI7DcEvgh7S7ZSnKUyVRyiG/NMD3lq+yb4ds6o1YywBnw/6XGk45DJxgmaBTA3qWXN"  \
	"ENMn5NaamYfDQ8pYG5TQuN1t6UdaNJy2Y5tAinees5v2wLfIjT91UNTa3BEPaGhZjN3txAi4B5zXLGyyvU2L4XXPj1l7fim/xVX2S8GB9ou3qjyhdLDYsdzc+CmEk/n/nPtDfQHVCWIt"  \
	"Zx34ovmyHUefW8nXePVLkYbchF3GgqKqvcv/FBtHguikx0tgX0KDLboC366rQtjdMwk6vmHoiFMjMwIDAQABAoIBABKtyEZsHtEi836H/tn9oDPh3raZcnxPWBUv7++3Pl7+hgqjgpaP"  \
	"kr1z3N7hC4HUhujqPhAf7AGHOJ2kY3/bJLiHzxcliJpM4m92/0htJ3sE9VEgErW5pGoM7/eyjyNVd3/4zMuDxDZxXrr8pOR6eDACp6yRHYdcv5ps3qwRdrNB+EOxMwUBcYrZ8Ot4KsHd"  \
	"VDnEeU0e02xlIR1lM8GXMYDPpP9YslS0CIa4u8t5+K2JUL9ZAS5oKrQnLy846Vw1h+DSQzTvw3d8bEdwf9fS6IbUwBFWbO80D36UKzNI5aSo4QTZlpI6af+l9xWYYHXKcwxR26o5wnuw"  \
	"K6n/+BjmglUCgYEA48euemESG4QVV1LlZ/Syqa3qzUgCoWnysRiB+m5dMGnL/wNaJvLjZBYmAda6xzV50RVIGK/YISFoIa+hWk8/taUJG2IBrDvVwSYecHQyBhgVVySK+EY1MzNuFTqi"  \
	"UKP+8RNCSZ2XXIuzlEy2opxgU7mjXo1wnw/lx+2/aPU3Jo8CgYEAwSo5c+lUD5xK319Q8I0Krk+QTSMxveI61lULpeiFnR2j2W1cifILu0hOXg+vuRGKyZd4ZuRMr8AwBeBV0j7Nbqs8"  \
	"dS0jR7TEEJpa7ozJ5C2JX76pUptPHs6VzvQSgWbcXBkWQizOuygPPlTOw5wwspbjh6a1noloOsrlq9eqax0CgYBMqULuy0bV3fF0z2CISVHsS61v46GHA+p7ch0k1QomJiVTMaSg4TRo"  \
	"1g96pPN94mCaXwhBzsT1+ZFbbQnoJC30C5RyE90uQ4EgnZy3ClRfurFL/++Juc9j6RZOrMo+S8OdDXdM4W405ovNCLibJ/g/lYYHZ6EU17vlOv4l7AngvwKBgF9qsSidqGVxqdZ/Kec5"  \
	"dH44VSqVaPvIJZI8Pl2850t+GbLMf7qwcrUXeYajLwU3Mhx0kwgYW/0w7Ufp0driJO427c1f955zH6qn5KUTrKLnD4XZE6D3kPTBzWSGUiHToqRnzAPySEhQ+H6su9oKbE+7kzct1Wcz"  \
	"ruXj1eG1zbvNAoGBAISSBKFWZ2dVpEiLBNGhJ0+w5zr54daUJQyb2iOBKQoMY6258/t3Q6aocVwxaBkSGQWqanSIcXoFMSfGHNr1iL2LOFlSVdrwtImgaDa+FUh/f4/Z5L5EgVpP5utf"  \
	"rrInSVBDBazklPeq3aqySgR1yaG/9OX34duh4xqfvGq0w6M9"
#define ALIPAY_PUBLIC  \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwKqb89hteaxfF9+g7izgyF0BjfgwXPurNhUEWOuW14iWmcyJ0tJVtVrOKNrcwREGHN2GToDZQ8buJfGOOsfAu56ESxxOKVfh"  \
	"YpSz8fmmmjWNY6fafHQYCvdYu9nwlMhOgnNcECLyWn6pQ0OOUKLyjWNMn5d5/1Vlk/nrilcanohqXrOCJmCvVm5kuJXtPNKrditFse5IUIPhTM6CakWlq6y28n+7gZ7ZGMiUysLofNdf"  \
	"Vjdg2GQeRxhxs/zRfpPreXxvwS/ZCf5vLWKuDMPf6pTHvDBp7AZuCMdM9blWWd8mwZkqRQXu0ooNUeb0bZu9d4Z89/Frsy87xFrUrdKuyQIDAQAB"

const struct upstream upstream_alipay = {
	.name = "alipay",
	.yaml = "    app_id: '2021000000000001'\n    private_key: '" APP_KEY "'\n    alipay_public_key: '" ALIPAY_PUBLIC "'\n",
	.set_up = set_up, .tear_down = tear_down, .answer = answer, .start_fetches = 0, .callback_fetches = 2, .lies = lies, .n_lies = ARRAY_LEN(lies),
};

const struct upstream upstream_alipay_certified = {
	.name = "alipay with certified names", .type = "alipay",
	.yaml = "    app_id: '2021000000000001'\n    private_key: '" APP_KEY "'\n    alipay_public_key: '" ALIPAY_PUBLIC "'\n    certified: true\n",
	.set_up = set_up, .tear_down = tear_down, .answer = answer, .start_fetches = 0, .callback_fetches = 2,
};

const struct upstream upstream_alipay_cert = {
	.name = "alipay by certificates", .type = "alipay",
	.yaml = "    app_id: '2021000000000001'\n    private_key: '" APP_KEY "'\n    app_cert_file: " CERTS "app.crt\n    alipay_cert_file: " CERTS
		"alipay.crt\n    root_cert_file: " CERTS "root.crt\n",
	.set_up = set_up, .tear_down = tear_down, .answer = answer, .start_fetches = 0, .callback_fetches = 2, .lies = cert_lies, .n_lies = ARRAY_LEN(cert_lies),
};
