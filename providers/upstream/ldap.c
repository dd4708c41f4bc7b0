/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldap - people of a directory (OpenLDAP, Active Directory), by name and password.
 *
 * CALLBACK (our own page: asks_password) → search by the account of the application → bind as the entry that was found → [is it in the group?] → IDENTITY. Nobody's directory
 * password is kept here, nor changed. An empty password never leaves: many servers take it for no login at all, and say yes (RFC 4513 5.1.2).
 * docs/adr/0014 says why this is an upstream and why libcurl speaks the protocol. RFC 4511, RFC 4515 (filters), RFC 4516 (addresses)
 */
#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "providers/exchange.h"
#include "providers/upstream/ldap.h"

#define NAME_MAX_BYTES 128
#define PASSWORD_MAX_BYTES 256

#define TEST_PASSED "The directory accepts bind_dn, and can be searched."

static const char *const rules[] = { "member_of", "in_chain", "search", NULL };

#define ROW(type_, name, ...) { #name, OPTION_##type_, offsetof(struct ldap_options, name), __VA_ARGS__ }

static const struct option rows[] = {
	ROW(STRING, url, .flags = OPTION_REQUIRED, .min = 8, .max = 256,
	    .doc = "`ldaps://host` or `ldap://host`, with `:port` when it is not the usual one. `ldap` begins with StartTLS, or not at all (but on loopback). A host "
		   "of the inner network must be in `net.allow`."),
	ROW(STRING, bind_dn, .flags = OPTION_REQUIRED, .min = 1, .max = 512, .doc = "The application's own account, which may search: `cn=yimen,ou=services,dc=example,dc=cn`; of Active "
			   "Directory also `yimen@example.cn`."),
	ROW(SECRET, bind_password, .flags = OPTION_REQUIRED, .doc = "Its password."),
	ROW(STRING, base_dn, .flags = OPTION_REQUIRED, .min = 1, .max = 512, .doc = "Below which people are: `ou=people,dc=example,dc=cn`."),
	ROW(STRING, filter, .def = "(uid={login})", .max = 512,
	    .doc = "Which entry is whose. `{login}` is what was typed, escaped. Active Directory: `(&(objectClass=user)(sAMAccountName={login}))`. One entry must match, not two."),
	ROW(STRING, subject_attribute, .def = "entryUUID", .max = 64,
	    .doc = "Attribute with a lasting id that no other person ever gets. Active Directory: `objectGUID`."),
	ROW(STRING, name_attribute, .def = "cn", .max = 64, .doc = "Attribute with the person's name. Active Directory: `displayName`."),
	ROW(STRING, phone_attribute, .def = "mobile", .max = 64, .doc = "Attribute with the phone number."),
	ROW(STRING, email_attribute, .def = "mail", .max = 64, .doc = "Attribute with the e-mail address."),
	ROW(STRING, group, .max = 512, .doc = "Only members of this group come in: its name, `cn=staff,ou=groups,dc=example,dc=cn`. Unset: everybody whom `filter` finds."),
	ROW(ENUM, group_rule, .def = "member_of", .values = rules,
	    .doc = "How it is found out who is one: `member_of` asks the person's attribute memberOf, which names the groups that the person is in itself; `in_chain` is Active "
		   "Directory's rule, which follows groups of groups; `search` looks for groups that hold the person (`member`, `uniqueMember`), and groups that hold these, up to "
		   "five levels, in any directory."),
	ROW(STRING, group_base, .max = 512, .doc = "Where `search` looks for groups: `ou=groups,dc=example,dc=cn`. Unset: `base_dn`."),
	ROW(STRING, issuer, .max = 256, .doc = "Under which name people of this directory are known here; unset: `url`. Once people have logged in it must not change."),
	ROW(INT, level, .def = "1", .min = 0, .max = 3, .doc = "Assurance level (`acr`) that a login there is worth here."),
	{ .key = NULL },
};

enum stage { AT_SEARCH, AT_BIND, AT_GROUP, AT_TEST, AT_TEST_GROUP };

struct run {
	enum stage stage;
	struct span login_name, password, dn;
	struct provider_identity identity;
	struct ldap_groups groups;
	bool is_nobody;
};

static int search(struct provider_run *run, struct provider_step *step)
{
	const struct ldap_options *o = run->options;
	struct run *memory = run->memory;
	const struct span names[] = { o->subject_attribute, o->name_attribute, o->phone_attribute, o->email_attribute };
	struct buf buf = buf_new(run->arena, 128);
	struct span filter, attributes;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].n) {
			if (buf.n)
				buf_char(&buf, ',');
			buf_add(&buf, names[i]);
		}
	TRY(buf_done(&buf, &attributes));
	TRY(ldap_text_filter(o->filter, memory->login_name, run->arena, &filter));
	return ldap_text_search(o, o->base_dn, attributes, "sub", filter, run->arena, step);
}

static int bind_as(struct provider_run *run, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->stage = AT_BIND;
	TRY(ldap_text_search(run->options, memory->dn, SPAN("1.1"), "base", SPAN("(objectClass=*)"), run->arena, step));
	step->fetch.bind_name = memory->dn;
	step->fetch.bind_password = memory->password;
	return 0;
}

/* ---- the answer */

/* A subject of bytes (objectGUID) is written in hex. */
static int write_subject(struct span value, struct arena *arena, struct span *ret_subject)
{
	if (ldap_text_is_text(value)) {
		*ret_subject = value;
		return 0;
	}
	char *text = arena_alloc(arena, 2 * value.n + 1);
	if (!text)
		return FAULT_MEMORY;
	encode_hex(text, value);
	*ret_subject = (struct span){ text, 2 * value.n };
	return 0;
}

static int write_claims(const struct ldap_entry *entry, struct arena *arena, struct span *ret_claims)
{
	struct buf buf = buf_new(arena, 256);
	struct json_writer w = json_writer(&buf);

	json_open(&w, '{');
	json_member_str(&w, "dn", ldap_text_is_text(entry->dn) ? entry->dn : (struct span){ NULL, 0 });
	for (size_t i = 1; i < ARRAY_LEN(entry->wanted); i++)
		if (entry->wanted[i].name.n && ldap_text_is_text(entry->wanted[i].value)) {
			static const char *const keys[] = { "subject", "name", "phone", "email" };

			json_member_str(&w, keys[i], entry->wanted[i].value);
		}
	json_close(&w, '}');
	return buf_done(&buf, ret_claims);
}

static int found(struct provider_run *run, struct span body, struct provider_step *step)
{
	const struct ldap_options *o = run->options;
	struct run *memory = run->memory;
	struct ldap_entry entry = { .wanted = { { .name = o->subject_attribute }, { .name = o->name_attribute }, { .name = o->phone_attribute }, { .name = o->email_attribute } } };

	int result = ldap_text_entries(body, &entry, run->arena);
	if (result < 0)
		return result;
	if (result || entry.entries > 1)
		return exchange_reject(run, step, (struct span){ 0 }, result ? "The directory's answer cannot be read." : "Several entries match: the filter must leave one.");
	if (!entry.entries || !entry.dn.n) { /* asked all the same, or the time would tell which names exist */
		char *dn = arena_printf(run->arena, "cn=yimen-nobody," SPAN_FMT, SPAN_ARG(o->base_dn));

		memory->is_nobody = true;
		memory->dn = span_of(dn);
		return dn ? bind_as(run, step) : FAULT_MEMORY;
	}
	if (!entry.wanted[0].value.n || entry.wanted[0].again)
		return exchange_reject(run, step, (struct span){ 0 }, "The entry has no value or several of subject_attribute: choose one that every person has once.");
	memory->dn = entry.dn;
	struct provider_identity *identity = &memory->identity;
	*identity = (struct provider_identity){ .issuer = o->issuer.n ? o->issuer : o->url, .acr = o->level, .login_name = memory->login_name, .auth_time = run->now };
	TRY(write_subject(entry.wanted[0].value, run->arena, &identity->subject));
	struct span *texts[] = { &identity->name, &identity->phone, &identity->email };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (ldap_text_is_text(entry.wanted[i + 1].value))
			*texts[i] = entry.wanted[i + 1].value;
	TRY(write_claims(&entry, run->arena, &identity->claims));
	return bind_as(run, step);
}

/* The password was right. */
static int bound(struct provider_run *run, struct provider_step *step)
{
	const struct ldap_options *o = run->options;
	struct run *memory = run->memory;

	if (!o->group.n)
		return provider_identify(step, &memory->identity);
	memory->stage = AT_GROUP;
	return ldap_group_begin(o, &memory->groups, memory->dn, run->arena, step);
}

static int grouped(struct provider_run *run, struct span body, struct provider_step *step)
{
	struct run *memory = run->memory;
	bool is_member;

	TRY(ldap_group_take(run->options, &memory->groups, body, run->arena, step, &is_member));
	if (is_member)
		return provider_identify(step, &memory->identity);
	if (step->type == PROVIDER_FETCH)
		return 0;
	TRY(exchange_reject(run, step, (struct span){ 0 }, "The person is no member of \"group\"."));
	step->error = ERR_PROVIDER_REJECTED;
	return 0;
}

static int test_group(struct provider_run *run, struct provider_step *step)
{
	const struct ldap_options *o = run->options;

	if (!o->group.n)
		return exchange_passed(step, TEST_PASSED);
	((struct run *)run->memory)->stage = AT_TEST_GROUP;
	return ldap_text_search(o, o->group, SPAN("1.1"), "base", SPAN("(objectClass=*)"), run->arena, step);
}

static int fetched(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;
	struct span rest = event->body, name;

	if (event->error)
		return exchange_has_reply(event, EXCHANGE_JSON, step) ? FAULT_BUG : 0;
	if (memory->stage == AT_BIND && (event->status == 401 || memory->is_nobody)) {
		TRY(exchange_reject(run, step, SPAN("49"), memory->is_nobody ? "The directory has no entry of this name." : "The directory does not accept the person's password."));
		step->error = ERR_CREDENTIALS;
		return 0;
	}
	if (memory->stage == AT_BIND) /* the bind is what counts; a person need not be able to read */
		return event->status == 200 || event->status == 404 || event->status == 400 ? bound(run, step) :
											       exchange_reject(run, step, (struct span){ 0 }, "The directory lets this person not bind.");
	if (event->status == 401 || event->status == 403)
		return exchange_reject(run, step, (struct span){ 0 }, "The directory does not accept bind_dn with bind_password.");
	if (event->status != 200 && memory->stage != AT_SEARCH && memory->stage != AT_TEST)
		return exchange_reject(run, step, (struct span){ 0 }, "The directory cannot look for the group: check \"group\", \"group_rule\" and \"group_base\".");
	if (event->status != 200)
		return exchange_reject(run, step, (struct span){ 0 }, "The directory cannot search: check base_dn and filter.");
	switch (memory->stage) {
	case AT_TEST:
		return test_group(run, step);
	case AT_TEST_GROUP:
		return ldap_text_next_name(&rest, &name) ? exchange_passed(step, TEST_PASSED) :
							   exchange_reject(run, step, (struct span){ 0 }, "The directory has no entry of the name in \"group\".");
	case AT_GROUP:
		return grouped(run, event->body, step);
	default:
		return found(run, event->body, step);
	}
}

static int callback(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->login_name = span_trim(provider_param(event, "login_name"));
	memory->password = provider_param(event, "password");
	if (!memory->login_name.n || memory->login_name.n > NAME_MAX_BYTES || !memory->password.n || memory->password.n > PASSWORD_MAX_BYTES) {
		TRY(exchange_reject(run, step, (struct span){ 0 }, "Name or password is empty, or too long."));
		step->error = ERR_CREDENTIALS;
		return 0;
	}
	return search(run, step);
}

static int test(struct provider_run *run, const struct provider_event *event, struct provider_step *step)
{
	struct run *memory = run->memory;

	memory->stage = AT_TEST;
	TRY(exchange_test_code(run, &memory->login_name));
	return search(run, step);
}

static bool is_attribute(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= 'a' && name.p[i] <= 'z') && !(name.p[i] >= 'A' && name.p[i] <= 'Z') && !(name.p[i] >= '0' && name.p[i] <= '9') && name.p[i] != '-' && name.p[i] != '.')
			return false;
	return true;
}

/* (memberOf=cn={login},ou=x): escaped as a value of a filter, what was typed would still be free to be another name. */
static bool is_whole_value(struct span filter)
{
	size_t equals = 0;

	for (size_t i = 0; i < filter.n; i++) {
		equals = filter.p[i] == '(' ? 0 : equals + (filter.p[i] == '=');
		if (span_starts((struct span){ filter.p + i, filter.n - i }, SPAN("{login}")) && equals != 1)
			return false;
	}
	return true;
}

static void check(const void *options, const struct yaml_node *map, struct problems *problems)
{
	const struct ldap_options *o = options;
	struct span rest = o->url;

	span_cut(&rest, ':');
	if ((!span_starts(o->url, SPAN("ldaps://")) && !span_starts(o->url, SPAN("ldap://"))) || rest.n < 3 || memchr(rest.p + 2, '/', rest.n - 2) || memchr(rest.p, '?', rest.n))
		problem_add(problems, yaml_place(map, "url"), "\"url\" must be ldaps://host or ldap://host, with nothing after it");
	if (!memmem(o->filter.p, o->filter.n, "{login}", 7) || *o->filter.p != '(' || o->filter.p[o->filter.n - 1] != ')')
		problem_add(problems, yaml_place(map, "filter"), "\"filter\" must be in brackets and hold {login}");
	if (!is_whole_value(o->filter))
		problem_add(problems, yaml_place(map, "filter"), "{login} stands for a whole value, not for a part of a name: (uid={login})");
	if (!o->subject_attribute.n || !is_attribute(o->subject_attribute) || !is_attribute(o->name_attribute) || !is_attribute(o->phone_attribute) || !is_attribute(o->email_attribute))
		problem_add(problems, map->place, "the name of an attribute is made of letters, digits and hyphens; \"subject_attribute\" is needed");
}

extern const struct provider provider_ldap;
const struct provider provider_ldap = {
	.variant = { .name = "ldap", .doc = "A directory (OpenLDAP, Active Directory): name and password are typed on a page of ours.", .table = rows, .size = sizeof(struct ldap_options),
		     .check = check },
	.memory = sizeof(struct run),
	.on = { [PROVIDER_CALLBACK] = callback, [PROVIDER_FETCHED] = fetched, [PROVIDER_TEST] = test },
	.asks_password = true,
};
