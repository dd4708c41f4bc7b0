/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alipay - login with Alipay, its requests and replies signed with RSA2, by plain keys or by certificates.
 *
 * START → REDIRECT. CALLBACK (auth_code) → alipay.system.oauth.token → [alipay.user.info.share] → IDENTITY. What Alipay answers is believed only after its
 * signature over the exact bytes of the answer has been verified; then these bytes, and no others, are parsed. A person is user_id, or where the application
 * is given none, open_id, which is the application's own. domain.md 3.1
 */
#include "broker/base/error.h"
#include "keys/rsa.h"
#include "providers/exchange.h"
#include "providers/json_raw.h"

#include <time.h>

#define ISSUER "https://openapi.alipay.com"
#define CHINA (8 * MS_HOUR)
#define PAIRS_MAX 16
#define ANOTHER_CERTIFICATE \
	"Alipay signs with another certificate than alipay_cert, which it renews now and then: download alipayCertPublicKey_RSA2.crt again (接口加签方式)."

enum { SCOPE_USER, SCOPE_BASE };

struct alipay_options {
	struct span app_id;
	struct secret private_key;
	struct span public_key;
	struct span app_cert, alipay_cert, root_cert;
	int scope;
	bool certified;
	int64_t level, certified_level;
	struct span authorize_url, gateway_url;
};

static const char *const scopes[] = { "auth_user", "auth_base", NULL };

#define AT(member) offsetof(struct alipay_options, member)

static const struct option rows[] = {
	{ .key = "app_id", .type = OPTION_STRING, .offset = AT(app_id), .flags = OPTION_REQUIRED, .min = 1, .max = 32,
	  .doc = "APPID of the web application at open.alipay.com (控制台 → 网页/移动应用): 16 digits. There, its 授权回调地址 (开发设置) must be this provider's callback "
		 "address, 获取会员信息 be signed, and the application be online." },
	{ .key = "private_key", .type = OPTION_SECRET, .offset = AT(private_key), .flags = OPTION_REQUIRED | OPTION_FILE,
	  .doc = "应用私钥 (RSA2, 2048 bits): made with the vendor's key tool; as the tool writes it, in one line, or as PEM. Its public half is uploaded at "
		 "开发设置 → 接口加签方式. With 密钥 there, fill in alipay_public_key as well; with 证书, the three certificates." },
	{ .key = "alipay_public_key", .type = OPTION_STRING, .offset = AT(public_key), .max = 8192, .flags = OPTION_FILE,
	  .doc = "支付宝公钥, shown at 接口加签方式 after the upload: the key of Alipay, not the 应用公钥 that was uploaded. Needed unless certificates are used; empty then." },
	{ .key = "app_cert", .type = OPTION_STRING, .offset = AT(app_cert), .max = 16384, .flags = OPTION_FILE,
	  .doc = "Certificate mode: appCertPublicKey_….crt, downloaded at 接口加签方式 (PEM)." },
	{ .key = "alipay_cert", .type = OPTION_STRING, .offset = AT(alipay_cert), .max = 16384, .flags = OPTION_FILE,
	  .doc = "Certificate mode: alipayCertPublicKey_RSA2.crt, from the same page." },
	{ .key = "root_cert", .type = OPTION_STRING, .offset = AT(root_cert), .max = 65536, .flags = OPTION_FILE,
	  .doc = "Certificate mode: alipayRootCert.crt, from the same page." },
	{ .key = "scope", .type = OPTION_ENUM, .offset = AT(scope), .def = "auth_user", .values = scopes,
	  .doc = "`auth_user` asks the person for name and picture; `auth_base` asks nothing and learns only who it is." },
	{ .key = "level", .type = OPTION_INT, .offset = AT(level), .def = "1", .min = 0, .max = 3,
	  .doc = "Assurance level (`acr`) that such a login is worth. It alone is no proof of a real name." },
	{ .key = "certified", .type = OPTION_BOOL, .offset = AT(certified), .def = "false",
	  .doc = "true when your contract with Alipay gives out certified names and ID numbers (会员实名信息): they are then taken as verified." },
	{ .key = "certified_level", .type = OPTION_INT, .offset = AT(certified_level), .def = "2", .min = 0, .max = 3, .doc = "What a login with a certified name is worth." },
	{ .key = "authorize_url", .type = OPTION_STRING, .offset = AT(authorize_url), .def = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm", .max = 512,
	  .doc = "Where the person logs in. Sandbox: https://openauth-sandbox.dl.alipaydev.com/oauth2/publicAppAuthorize.htm" },
	{ .key = "gateway_url", .type = OPTION_STRING, .offset = AT(gateway_url), .def = "https://openapi.alipay.com/gateway.do", .max = 512,
	  .doc = "The gateway of its interface. Sandbox: https://openapi-sandbox.dl.alipaydev.com/gateway.do" },
	{ .key = NULL },
};

static const struct exchange_error errors[] = {
	{ "isv.code-invalid", true, "Alipay does not accept the code" },
	{ "isv.invalid-app-id", false, "Alipay knows no application with this app_id: compare it with the APPID in the console, and production with sandbox" },
	{ "isv.missing-app-id", false, "app_id is missing" },
	{ "isv.invalid-signature", false,
	  "The private key is not the one whose public half is uploaded for this app_id: upload 应用公钥 at 接口加签方式 again, or correct private_key" },
	{ "isv.missing-signature-config", false, "No public key is uploaded for this app_id yet (开发设置 → 接口加签方式)" },
	{ "isv.missing-signature-key", false, "No public key is uploaded for this app_id yet (开发设置 → 接口加签方式)" },
	{ "isv.invalid-sign-type", false, "The console is not set to RSA2 for this app_id" },
	{ "isv.invalid-timestamp", false, "This machine's clock is wrong" },
	{ "isv.insufficient-isv-permissions", false, "The application may not log people in: sign 获取会员信息 in the console and put the application online" },
	{ "isv.app-status-error", false, "The application is not online in Alipay's console" },
	{ "isv.invalid-app-cert-sn", false, "app_cert is not the certificate of this app_id: download it again" },
	{ "isv.missing-app-cert-sn", false, "The console is set to certificates for this app_id: configure app_cert, alipay_cert and root_cert" },
	{ NULL, false, NULL },
};

enum stage { AT_TOKEN, AT_USER };

struct run {
	enum stage stage;
	struct span code;
	struct span access_token, user_id, open_id;
};

/* ---- configuration */

static bool has_certificates(const struct alipay_options *o)
{
	return o->app_cert.n && o->alipay_cert.n && o->root_cert.n;
}

typedef int key_fn(struct span text, struct arena *arena, struct key **ret_key);

/* The key that @read finds in @text; NULL when nothing is there, or, with a problem, no such key. */
static struct key *check_key(struct problems *problems, const struct yaml_node *map, const char *name, struct span text, key_fn *read)
{
	CLEANUP(jwk_cleanup) struct key *other = NULL;
	struct key *key = NULL;

	if (!text.n || !read(text, problems->arena, &key))
		return key;
	if (read == rsa_private_key && !rsa_public_key(text, problems->arena, &other))
		problem_add(problems, yaml_place(map, name), "this is a public key: paste 应用私钥, which the key tool wrote beside it");
	else if (read == rsa_public_key && !rsa_private_key(text, problems->arena, &other))
		problem_add(problems, yaml_place(map, name), "this is a private key, which belongs to private_key alone: paste what Alipay shows at 接口加签方式");
	else
		problem_add(problems, yaml_place(map, name), "\"%s\" is no RSA key of 2048 to 4096 bits (as the vendor's console shows it, or PEM)", name);
	return NULL;
}

static void check_sn(struct problems *problems, const struct yaml_node *map, const char *name, struct span pem)
{
	struct span sn;

	if (pem.n && rsa_certificate_sn(pem, false, problems->arena, &sn))
		problem_add(problems, yaml_place(map, name), "\"%s\" is no certificate in PEM", name);
}

static bool is_same(const struct key *a, const struct key *b)
{
	return a && b && strcmp(a->thumbprint, b->thumbprint) == 0;
}

/* The console has four keys and certificates that look alike. */
static void check_keys(const struct alipay_options *o, const struct yaml_node *map, struct problems *problems)
{
	const char *name = o->public_key.n ? "alipay_public_key" : "alipay_cert";
	CLEANUP(jwk_cleanup) struct key *own = check_key(problems, map, "private_key", o->private_key.bytes, rsa_private_key);
	CLEANUP(jwk_cleanup) struct key *certified = check_key(problems, map, "app_cert", o->app_cert, rsa_public_key);
	CLEANUP(jwk_cleanup) struct key *theirs = check_key(problems, map, name, o->public_key.n ? o->public_key : o->alipay_cert, rsa_public_key);

	if (is_same(own, theirs))
		problem_add(problems, yaml_place(map, name), "\"%s\" is the application's own (应用公钥), and Alipay's is needed (支付宝公钥)", name);
	if (own && certified && !is_same(own, certified))
		problem_add(problems, yaml_place(map, "app_cert"), "\"app_cert\" is not the certificate of \"private_key\"");
}

static void alipay_check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct alipay_options *o = options;

	exchange_check_url(problems, map, "authorize_url", o->authorize_url);
	exchange_check_url(problems, map, "gateway_url", o->gateway_url);
	if (o->app_id.n == 16 && span_starts(o->app_id, SPAN("2088"))) /* every account's number there begins so, and no application's */
		problem_warn(problems, yaml_place(map, "app_id"), "\"app_id\" looks like the merchant's own number (PID), which begins with 2088: the APPID is the application's");
	check_keys(o, map, problems);
	check_sn(problems, map, "root_cert", o->root_cert);
	if (map && !o->public_key.n && !has_certificates(o))
		problem_add(problems, yaml_place(map, "alipay_public_key"), "set \"alipay_public_key\", or all of \"app_cert\", \"alipay_cert\" and \"root_cert\"");
	if (o->public_key.n && (o->app_cert.n || o->alipay_cert.n || o->root_cert.n))
		problem_add(problems, yaml_place(map, "alipay_public_key"), "\"alipay_public_key\" and certificates are two modes: keep the one that the console shows");
}

/* ---- requests */

/* "yyyy-MM-dd HH:mm:ss" of China, whatever this machine's time zone is. */
static int china_time(struct provider_run *run, struct span *ret_text)
{
	time_t seconds = (time_t)((run->now.ms + CHINA) / MS_SECOND);
	char text[32];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm))
		return FAULT_BUG;
	return exchange_keep(run, span_of(text), ret_text);
}

/* What is signed: every parameter that is not empty, in the order of the names, "name=value" joined by '&', as it is and not encoded. @pairs are sorted. */
static int sign(struct provider_run *run, const struct exchange_pair *pairs, size_t n, struct span *ret_signature)
{
	const struct alipay_options *o = run->options;
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct buf buf = buf_new(run->arena, 512);
	struct span text;

	for (size_t i = 0; i < n; i++)
		if (pairs[i].value.n) {
			if (buf.n)
				buf_char(&buf, '&');
			buf_add(&buf, span_of(pairs[i].name));
			buf_char(&buf, '=');
			buf_add(&buf, pairs[i].value);
		}
	TRY(buf_done(&buf, &text));
	TRY(rsa_private_key(o->private_key.bytes, run->arena, &key));
	return rsa_sign(key, text, run->arena, ret_signature);
}

static void add_sorted(struct exchange_pair *pairs, size_t *n, const char *name, struct span value)
{
	size_t at = *n;

	while (at && strcmp(pairs[at - 1].name, name) > 0) {
		pairs[at] = pairs[at - 1];
		at--;
	}
	pairs[at] = (struct exchange_pair){ name, value };
	(*n)++;
}

/* One call of the gateway: the common parameters, two of @method's own, and the signature. */
static int call(struct provider_run *run, struct provider_step *step, const char *method, const struct exchange_pair own[2])
{
	const struct alipay_options *o = run->options;
	struct exchange_pair pairs[PAIRS_MAX];
	struct span timestamp, app_sn = { NULL, 0 }, root_sn = { NULL, 0 }, signature;
	size_t n = 0;

	TRY(china_time(run, &timestamp));
	if (has_certificates(o)) {
		TRY(rsa_certificate_sn(o->app_cert, false, run->arena, &app_sn));
		TRY(rsa_certificate_sn(o->root_cert, true, run->arena, &root_sn));
	}
	add_sorted(pairs, &n, "app_id", o->app_id);
	add_sorted(pairs, &n, "method", span_of(method));
	add_sorted(pairs, &n, "format", SPAN("JSON"));
	add_sorted(pairs, &n, "charset", SPAN("utf-8"));
	add_sorted(pairs, &n, "sign_type", SPAN("RSA2"));
	add_sorted(pairs, &n, "timestamp", timestamp);
	add_sorted(pairs, &n, "version", SPAN("1.0"));
	add_sorted(pairs, &n, "app_cert_sn", app_sn);
	add_sorted(pairs, &n, "alipay_root_cert_sn", root_sn);
	for (int i = 0; i < 2; i++)
		if (own[i].name)
			add_sorted(pairs, &n, own[i].name, own[i].value);
	TRY(sign(run, pairs, n, &signature));
	add_sorted(pairs, &n, "sign", signature);

	step->type = PROVIDER_FETCH;
	step->fetch = (struct provider_fetch){ .method = "POST", .url = o->gateway_url, .content_type = SPAN("application/x-www-form-urlencoded;charset=utf-8"),
					       .accept = SPAN("application/json") };
	return exchange_form(run, pairs, n, &step->fetch.body);
}

static int ask_token(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	memory->stage = AT_TOKEN;
	/* at the top, not in biz_content */
	return call(run, step, "alipay.system.oauth.token", (struct exchange_pair[2]){ { "grant_type", SPAN("authorization_code") }, { "code", memory->code } });
}

static int ask_user(struct provider_run *run, struct run *memory, struct provider_step *step)
{
	memory->stage = AT_USER;
	return call(run, step, "alipay.user.info.share", (struct exchange_pair[2]){ { "auth_token", memory->access_token }, { NULL, { NULL, 0 } } });
}

/* ---- answers */

static int reject(struct provider_run *run, struct provider_step *step, const char *reason)
{
	return exchange_reject(run, step, (struct span){ NULL, 0 }, "%s", reason);
}

/* The string at @name beside the answer; empty when there is none. */
static int text_beside(struct provider_run *run, struct span body, const char *name, struct span *ret_text)
{
	struct span raw;
	JSON *value = NULL;

	*ret_text = (struct span){ NULL, 0 };
	if (json_raw_member(body, name, &raw) || json_read(raw, &value) || !json_is_string(value))
		return 0;
	return exchange_keep(run, (struct span){ json_string_value(value), json_string_length(value) }, ret_text);
}

/* Is @raw, as it came, what Alipay has signed? 0, ERR_SIGNATURE, ERR_ABSENT when there is no signature, or a fault. */
static int verify(struct provider_run *run, struct span body, struct span raw)
{
	const struct alipay_options *o = run->options;
	CLEANUP(jwk_cleanup) struct key *key = NULL;
	struct span signature;

	TRY(text_beside(run, body, "sign", &signature));
	if (!signature.n)
		return ERR_ABSENT;
	TRY(rsa_public_key(o->public_key.n ? o->public_key : o->alipay_cert, run->arena, &key));
	return rsa_verify(key, raw, signature, run->arena);
}

/* In certificate mode Alipay says which certificate it signs with. */
static int is_of_our_certificate(struct provider_run *run, struct span body, bool *ret_is)
{
	const struct alipay_options *o = run->options;
	struct span theirs, ours;

	*ret_is = true;
	TRY(text_beside(run, body, "alipay_cert_sn", &theirs));
	if (!theirs.n || !has_certificates(o))
		return 0;
	TRY(rsa_certificate_sn(o->alipay_cert, false, run->arena, &ours));
	*ret_is = span_eq(theirs, ours);
	return 0;
}

static int take_error(struct provider_run *run, struct run *memory, struct span body, struct span raw, struct provider_step *step)
{
	JSON *error = NULL;
	struct span code, message;
	bool ours;

	if (json_read_object(raw, &error))
		return reject(run, step, "Alipay's answer is an error that cannot be read.");
	TRY(exchange_text(run, error, "sub_code", &code));
	if (!code.n)
		TRY(exchange_text(run, error, "code", &code));
	TRY(exchange_text(run, error, "sub_msg", &message));
	TRY(exchange_refused(run, step, errors, run->purpose == PROVIDER_TEST, code, message));
	if (step->type != PROVIDER_DONE)
		return 0;
	/* Our key is right. A test asks for Alipay's too. */
	*step = (struct provider_step){ 0 };
	TRY(is_of_our_certificate(run, body, &ours));
	if (!ours)
		return reject(run, step, ANOTHER_CERTIFICATE);
	int result = verify(run, body, raw);
	if (result < 0)
		return result;
	if (result == ERR_ABSENT)
		return reject(run, step, "app_id and private_key are right, but Alipay's answer was not signed, so that alipay_public_key could not be tried.");
	if (result)
		return reject(run, step, "app_id and private_key are right, but alipay_public_key (or alipay_cert) is not what Alipay signs with: copy 支付宝公钥 from the "
					 "console, not 应用公钥.");
	return exchange_passed(step, "Alipay knows the application, accepts the private key, and its own signature was verified.");
}

static int take_user_ids(struct provider_run *run, const json_t *answer, struct span *ret_user_id, struct span *ret_open_id)
{
	TRY(exchange_text(run, answer, "user_id", ret_user_id));
	return exchange_text(run, answer, "open_id", ret_open_id);
}

/* Names of papers as Alipay counts them, in GA/T 2000.156. */
static struct span paper_of(struct span type)
{
	static const struct {
		const char *alipay, *code;
	} papers[] = { { "0", "111" }, { "1", "414" }, { "IDENTITY_CARD", "111" }, { "PASSPORT", "414" } };

	for (size_t i = 0; i < ARRAY_LEN(papers); i++)
		if (span_is(type, papers[i].alipay))
			return span_of(papers[i].code);
	return (struct span){ NULL, 0 };
}

static int take_certified(struct provider_run *run, const json_t *answer, struct provider_identity *identity)
{
	const struct alipay_options *o = run->options;
	struct span is_certified, name, type, number;

	if (!o->certified || !answer)
		return 0;
	TRY(exchange_text(run, answer, "is_certified", &is_certified));
	TRY(exchange_text(run, answer, "user_name", &name));
	TRY(exchange_text(run, answer, "cert_type", &type));
	TRY(exchange_text(run, answer, "cert_no", &number));
	type = paper_of(type);
	if (!span_is(is_certified, "T") || !name.n || !type.n || !number.n)
		return 0;
	identity->real_name = name;
	identity->id_type = type;
	identity->id_number = number;
	identity->acr = o->certified_level;
	identity->method = SPAN("is_certified");
	return 0;
}

/* @answer: of alipay.user.info.share, or NULL; @raw: the last answer, which was verified. */
static int identify(struct provider_run *run, struct run *memory, struct span raw, const json_t *answer, struct provider_step *step)
{
	const struct alipay_options *o = run->options;
	struct provider_identity identity = { .issuer = SPAN(ISSUER), .subject = memory->user_id, .acr = o->level, .claims = raw };
	struct span own;

	TRY(exchange_subject(run, o->app_id, memory->open_id, &own));
	if (identity.subject.n)
		identity.earlier_subjects[0] = own;
	else
		identity.subject = own;
	if (answer) {
		TRY(exchange_text(run, answer, "nick_name", &identity.name));
		TRY(exchange_text(run, answer, "mobile", &identity.phone));
	}
	TRY(take_certified(run, answer, &identity));
	return provider_identify(step, &identity);
}

static int take_token(struct provider_run *run, struct run *memory, struct span raw, const json_t *answer, struct provider_step *step)
{
	const struct alipay_options *o = run->options;
	struct span code, message;

	TRY(exchange_text(run, answer, "sub_code", &code));
	TRY(exchange_text(run, answer, "sub_msg", &message));
	if (code.n) /* some gateways put errors here; this one was signed */
		return exchange_refused(run, step, errors, run->purpose == PROVIDER_TEST, code, message);
	if (run->purpose == PROVIDER_TEST)
		return reject(run, step, "Alipay gave a token for a code that it cannot know.");
	TRY(take_user_ids(run, answer, &memory->user_id, &memory->open_id));
	TRY(exchange_text(run, answer, "access_token", &memory->access_token));
	if (!memory->user_id.n && !memory->open_id.n)
		return reject(run, step, "Alipay's answer names nobody: neither user_id nor open_id.");
	/* also where it is not needed: a signed answer about somebody, to another question, has none */
	if (!memory->access_token.n)
		return reject(run, step, "Alipay's answer holds no access_token.");
	return o->scope == SCOPE_BASE ? identify(run, memory, raw, NULL, step) : ask_user(run, memory, step);
}

static int take_user(struct provider_run *run, struct run *memory, struct span raw, const json_t *answer, struct provider_step *step)
{
	struct span code, message, user_id, open_id;

	TRY(exchange_text(run, answer, "code", &code));
	if (!span_is(code, "10000")) {
		TRY(exchange_text(run, answer, "sub_msg", &message));
		return exchange_refused(run, step, errors, false, code, message);
	}
	TRY(take_user_ids(run, answer, &user_id, &open_id));
	/* whoever the token is of, and nobody else; what the second answer leaves out does not matter */
	bool differs = (user_id.n && memory->user_id.n && !span_eq(user_id, memory->user_id)) || (open_id.n && memory->open_id.n && !span_eq(open_id, memory->open_id));
	bool names_same = (user_id.n && span_eq(user_id, memory->user_id)) || (open_id.n && span_eq(open_id, memory->open_id));
	if (differs || !names_same)
		return reject(run, step, "The token is one person's and the attributes are another's.");
	return identify(run, memory, raw, answer, step);
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	const char *name = memory->stage == AT_TOKEN ? "alipay_system_oauth_token_response" : "alipay_user_info_share_response";
	struct span raw;
	JSON *answer = NULL;
	JSON *envelope = NULL;
	bool ours;

	if (!exchange_has_reply(event, EXCHANGE_ALSO_HTML, step))
		return 0;
	if (event->status != 200)
		return exchange_reject(run, step, (struct span){ NULL, 0 }, "Alipay answered with status %d.", event->status);
	if (json_raw_member(event->body, "error_response", &raw) == 0)
		return take_error(run, memory, event->body, raw, step);
	if (json_raw_member(event->body, name, &raw))
		return reject(run, step, "Alipay's answer cannot be read, or is one to another question: check gateway_url.");
	TRY(is_of_our_certificate(run, event->body, &ours));
	if (!ours)
		return reject(run, step, ANOTHER_CERTIFICATE);
	int result = verify(run, event->body, raw);
	if (result < 0)
		return result;
	if (result)
		return reject(run, step, "The signature of Alipay's answer does not verify: check alipay_public_key (or alipay_cert).");
	result = json_read_object(raw, &answer); /* the bytes that were verified */
	if (!result)
		result = json_read_object(event->body, &envelope);
	if (result < 0)
		return result;
	if (result)
		return reject(run, step, "Alipay's answer cannot be read.");
	return memory->stage == AT_TOKEN ? take_token(run, memory, raw, answer, step) : take_user(run, memory, raw, answer, step);
}

static int start(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	const struct alipay_options *o = run->options;

	step->type = PROVIDER_REDIRECT;
	return exchange_url(run, o->authorize_url,
			    EXCHANGE_PAIRS({ "app_id", o->app_id }, { "scope", span_of(scopes[o->scope]) }, { "redirect_uri", run->redirect_uri }, { "state", run->state }),
			    &step->url);
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	const struct alipay_options *o = run->options;
	struct span app_id = provider_param(event, "app_id");

	if (app_id.n && !span_eq(app_id, o->app_id))
		return reject(run, step, "The code was given to another application.");
	TRY(exchange_code(run, event, "auth_code", step, &memory->code));
	return memory->code.n ? ask_token(run, memory, step) : 0;
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	TRY(exchange_test_code(run, &memory->code));
	return ask_token(run, memory, step);
}

extern const struct provider provider_alipay;
const struct provider provider_alipay = {
	.variant = { .name = "alipay", .doc = "支付宝 (Alipay), web applications of open.alipay.com.", .table = rows, .size = sizeof(struct alipay_options), .check = alipay_check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_START] = start, [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_TEST] = test },
};
