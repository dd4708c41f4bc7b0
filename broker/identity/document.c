/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/document.h"

#include "broker/base/encode.h"
#include "broker/base/error.h"
#include "broker/identity/codelist.h"
#include "broker/identity/normal.h"
#include "broker/identity/resident.h"

static const struct document_type types[] = {
#define X(name, code, zh, en, auto_verifiable, validity, country) \
	{ DOCUMENT_##name, code, zh, en, auto_verifiable, validity, country },
	DOCUMENT_TYPES(X)
#undef X
};

/* What a check works on: doc->number is normalised already. */
struct check {
	const struct document_context *context;
	struct arena *arena;
	struct document *doc;
};

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool is_alnum(struct span s, size_t min, size_t max)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return false;
	return s.n >= min && s.n <= max;
}

static enum document_problem check_birth(struct check *ck, struct date birth, int min_year)
{
	if (birth.year < min_year || (date_is_set(ck->context->today) && date_compare(birth, ck->context->today) > 0))
		return DOCUMENT_BAD_DATE;
	ck->doc->birth = birth;
	return DOCUMENT_OK;
}

static enum document_problem check_sex(struct check *ck, char sequence)
{
	enum document_sex chosen = ck->context->sex, sex = (sequence - '0') % 2 ? SEX_MALE : SEX_FEMALE;

	ck->doc->sex = sex;
	return (chosen == SEX_MALE || chosen == SEX_FEMALE) && chosen != sex ? DOCUMENT_BAD_SEX : DOCUMENT_OK;
}

/* Birth date, sequence and check of GB 11643, which four documents share. */
static enum document_problem check_layout(struct check *ck, int min_year)
{
	struct span number = ck->doc->number;
	enum document_problem problem;
	struct date birth;

	if (!date_parse((struct span){ number.p + 6, 8 }, &birth))
		return DOCUMENT_BAD_DATE;
	if ((problem = check_birth(ck, birth, min_year)))
		return problem;
	if (!resident_is_right(number))
		return DOCUMENT_BAD_CHECKSUM;
	return check_sex(ck, number.p[16]);
}

static bool has_layout(struct span number)
{
	return number.n == 18 && is_digits((struct span){ number.p, 17 }) &&
	       (number.p[17] == 'X' || is_digits((struct span){ number.p + 17, 1 }));
}

/* The document that a number of this layout belongs to, by its first digits. */
static enum document_kind kind_of(struct span number)
{
	if (number.p[0] == '9')
		return DOCUMENT_FOREIGN_PERMANENT;
	if (span_starts(number, SPAN("81")) || span_starts(number, SPAN("82")))
		return DOCUMENT_HK_MACAU_RESIDENCE;
	return span_starts(number, SPAN("83")) ? DOCUMENT_TAIWAN_RESIDENCE : DOCUMENT_RESIDENT;
}

static enum document_problem other_type(struct check *ck, enum document_kind kind)
{
	ck->doc->belongs_to = &types[kind];
	return DOCUMENT_BAD_OTHER_TYPE;
}

/* domain.md 2.1 and 2.2 */
static enum document_problem check_resident(struct check *ck)
{
	struct document *doc = ck->doc;
	int min_year = ck->context->min_year ? ck->context->min_year : 1900;

	if (doc->number.n == 15 && is_digits(doc->number)) {
		if (!ck->context->legacy)
			return DOCUMENT_BAD_WITHDRAWN;
		char *upgraded = arena_alloc(ck->arena, 18 + 1);
		if (!upgraded || !resident_upgrade(doc->number, upgraded))
			return DOCUMENT_BAD_COUNT; /* no memory: see document_check */
		doc->number = (struct span){ upgraded, 18 };
		doc->warnings |= DOCUMENT_WARN_OLD;
		if (upgraded[7] == '8')
			doc->warnings |= DOCUMENT_WARN_CENTURY;
	}
	if (!has_layout(doc->number) || doc->number.p[0] == '0')
		return DOCUMENT_BAD_SHAPE;
	enum document_kind kind = kind_of(doc->number);
	if (kind != DOCUMENT_RESIDENT)
		return other_type(ck, kind);
	if (!codelist_is_province(doc->number))
		return DOCUMENT_BAD_REGION;
	if (!resident_is_county((struct span){ doc->number.p, 6 }))
		doc->warnings |= DOCUMENT_WARN_REGION;
	/* Old records hold centenarians, whose sequences are 996-999. domain.md 2.2 */
	if (ck->context->legacy && memcmp(doc->number.p + 14, "996", 3) >= 0)
		min_year = 1800;
	return check_layout(ck, min_year);
}

/* domain.md 2.6: residence permits have the layout of an ID number and one region code each. */
static enum document_problem check_residence(struct check *ck)
{
	struct span number = ck->doc->number;

	if (!has_layout(number))
		return DOCUMENT_BAD_SHAPE;
	enum document_kind kind = kind_of(number);
	if (kind != ck->doc->type->kind)
		return other_type(ck, kind);
	if (memcmp(number.p + 2, "0000", 4) != 0)
		return DOCUMENT_BAD_REGION;
	return check_layout(ck, 1900);
}

/* H or M, or nothing, then eight digits for life, then perhaps two that count renewals. */
static enum document_problem check_permit(struct check *ck, size_t letters)
{
	struct document *doc = ck->doc;
	size_t life = letters + 8;

	if ((doc->number.n != life && doc->number.n != life + 2) || !is_digits((struct span){ doc->number.p + letters,
		doc->number.n - letters }))
		return DOCUMENT_BAD_SHAPE;
	if (doc->number.n > life)
		doc->warnings |= DOCUMENT_WARN_RENEWAL;
	doc->key = (struct span){ doc->number.p, life };
	return DOCUMENT_OK;
}

static enum document_problem check_hk_macau_permit(struct check *ck)
{
	if (ck->doc->number.p[0] != 'H' && ck->doc->number.p[0] != 'M')
		return DOCUMENT_BAD_SHAPE;
	return check_permit(ck, 1);
}

static enum document_problem check_taiwan_permit(struct check *ck)
{
	return check_permit(ck, 0);
}

/* The card of 2017: CCC RRRR YYMMDD G K. */
static enum document_problem check_foreign_old(struct check *ck)
{
	struct span number = ck->doc->number;
	char day[8];
	struct date birth;
	enum document_problem problem;

	if (!is_digits((struct span){ number.p + 3, 12 }) || !is_alnum((struct span){ number.p, 3 }, 3, 3))
		return DOCUMENT_BAD_SHAPE;
	if (!codelist_is_country_alpha3((struct span){ number.p, 3 }))
		return DOCUMENT_BAD_COUNTRY;
	if (!codelist_is_province((struct span){ number.p + 3, 2 }))
		return DOCUMENT_BAD_REGION;
	/* Two digits of a year: the latest that has passed already. */
	memcpy(day, "20", 2);
	memcpy(day + 2, number.p + 7, 6);
	bool parsed = date_parse((struct span){ day, 8 }, &birth);
	if (!parsed || !date_is_set(ck->context->today) || date_compare(birth, ck->context->today) > 0) {
		memcpy(day, "19", 2);
		parsed = date_parse((struct span){ day, 8 }, &birth);
	}
	if (!parsed)
		return DOCUMENT_BAD_DATE;
	if ((problem = check_birth(ck, birth, 1900)))
		return problem;
	if (resident_mrz_check((struct span){ number.p, 14 }) != number.p[14] - '0')
		return DOCUMENT_BAD_CHECKSUM;
	return check_sex(ck, number.p[13]);
}

/* domain.md 2.7: 9 PP CCC YYYYMMDD SSS K since 2023-12-01; both cards stay valid. */
static enum document_problem check_foreign(struct check *ck)
{
	struct span number = ck->doc->number;

	ck->doc->warnings |= DOCUMENT_WARN_KEY;
	if (number.n == 15)
		return check_foreign_old(ck);
	if (!has_layout(number))
		return DOCUMENT_BAD_SHAPE;
	enum document_kind kind = kind_of(number);
	if (kind != DOCUMENT_FOREIGN_PERMANENT)
		return other_type(ck, kind);
	if (!codelist_is_province((struct span){ number.p + 1, 2 }))
		return DOCUMENT_BAD_REGION;
	if (!codelist_is_country_numeric((struct span){ number.p + 3, 3 }))
		return DOCUMENT_BAD_COUNTRY;
	return check_layout(ck, 1900);
}

/* domain.md 2.8: E[A-HJ-NP-Z]?\d{7,8} | E\d{8} | G\d{8} | [DSP]E?\d{7} | K[A-Z]?\d{7,8} | H\d{8} | M[AB]\d{7} */
static bool is_chinese_passport(struct span number)
{
	static const struct {
		const char *first, *second; /* the second letter may be absent, unless it must stand */
		bool must;
		size_t min, max; /* digits */
	} forms[] = {
		{ "E", "ABCDEFGHJKLMNPQRSTUVWXYZ", false, 7, 8 }, { "G", "", false, 8, 8 }, { "DSP", "E", false, 7, 7 },
		{ "K", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", false, 7, 8 }, { "H", "", false, 8, 8 }, { "M", "AB", true, 7, 7 },
	};

	if (number.n < 2)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		bool has_second = forms[i].second[0] && memchr(forms[i].second, number.p[1], strlen(forms[i].second));
		size_t letters = has_second ? 2 : 1;
		struct span digits = { number.p + letters, number.n - letters };

		if (memchr(forms[i].first, number.p[0], strlen(forms[i].first)) && (has_second || !forms[i].must) &&
			is_digits(digits) &&
		    digits.n >= forms[i].min && digits.n <= forms[i].max)
			return true;
	}
	return false;
}

static enum document_problem check_passport(struct check *ck)
{
	struct span country = ck->context->country;

	if (!country.n || span_eq_nocase(country, SPAN("CHN"))) {
		if (is_chinese_passport(ck->doc->number))
			return DOCUMENT_OK;
		/* A foreign number is fine when its country is told. */
		return !country.n && is_alnum(ck->doc->number, 5, 20) ? DOCUMENT_BAD_COUNTRY : DOCUMENT_BAD_SHAPE;
	}
	if (!codelist_is_country_alpha3(country))
		return DOCUMENT_BAD_COUNTRY;
	return is_alnum(ck->doc->number, 5, 20) ? DOCUMENT_OK : DOCUMENT_BAD_SHAPE;
}

static enum document_problem check_household(struct check *ck)
{
	if (!is_alnum(ck->doc->number, 3, 20))
		return DOCUMENT_BAD_SHAPE;
	if (ck->doc->number.n != 9)
		ck->doc->warnings |= DOCUMENT_WARN_UNUSUAL;
	return DOCUMENT_OK;
}

/* [Han]{1,3} 字第 [0-9A-Za-z]{4,10} 号? */
static bool is_officer_text(struct span number)
{
	static const struct span middle = SPAN("字第"), end = SPAN("号");

	for (int han = 0; han < 3 && number.n; han++) {
		uint32_t c = encode_utf8_next(&number);

		if (c < 0x4e00 || c > 0x9fa5)
			return false;
		if (!span_starts(number, middle))
			continue;
		struct span rest = { number.p + middle.n, number.n - middle.n };
		if (rest.n > end.n && memcmp(rest.p + rest.n - end.n, end.p, end.n) == 0)
			rest.n -= end.n;
		if (is_alnum(rest, 4, 10))
			return true;
	}
	return false;
}

static enum document_problem check_officer(struct check *ck)
{
	if (is_officer_text(ck->doc->number))
		return DOCUMENT_OK;
	ck->doc->warnings |= DOCUMENT_WARN_UNUSUAL;
	return is_alnum(ck->doc->number, 6, 18) ? DOCUMENT_OK : DOCUMENT_BAD_SHAPE;
}

static enum document_problem check_birth_certificate(struct check *ck)
{
	struct span number = ck->doc->number;

	if (number.n == 10 && number.p[0] >= 'A' && number.p[0] <= 'Z' && is_digits((struct span){ number.p + 1, 9 }))
		return DOCUMENT_OK;
	ck->doc->warnings |= DOCUMENT_WARN_UNUSUAL;
	return is_alnum(number, 6, 20) ? DOCUMENT_OK : DOCUMENT_BAD_SHAPE;
}

static enum document_problem check_other(struct check *ck)
{
	struct span rest = ck->doc->number;
	size_t characters = 0;

	while (rest.n) {
		encode_utf8_next(&rest);
		characters++;
	}
	return characters <= 30 ? DOCUMENT_OK : DOCUMENT_BAD_SHAPE; /* controls went with normal_number */
}

static enum document_problem (*const checks[DOCUMENT_KINDS])(struct check *ck) = {
	[DOCUMENT_RESIDENT] = check_resident,
	[DOCUMENT_HOUSEHOLD] = check_household,
	[DOCUMENT_OFFICER] = check_officer,
	[DOCUMENT_POLICE] = check_officer,
	[DOCUMENT_BIRTH] = check_birth_certificate,
	[DOCUMENT_PASSPORT_DIPLOMATIC] = check_passport,
	[DOCUMENT_PASSPORT_SERVICE] = check_passport,
	[DOCUMENT_PASSPORT] = check_passport,
	[DOCUMENT_TAIWAN_PERMIT] = check_taiwan_permit,
	[DOCUMENT_HK_MACAU_PERMIT] = check_hk_macau_permit,
	[DOCUMENT_HK_MACAU_RESIDENCE] = check_residence,
	[DOCUMENT_TAIWAN_RESIDENCE] = check_residence,
	[DOCUMENT_FOREIGN_PERMANENT] = check_foreign,
	[DOCUMENT_OTHER] = check_other,
};

const struct document_type *document_type_at(size_t i)
{
	return i < ARRAY_LEN(types) ? &types[i] : NULL;
}

const struct document_type *document_type_of(struct span code)
{
	if (span_is(code, "550"))
		code = SPAN("551");
	if (span_is(code, "999"))
		code = SPAN("990");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (span_is(code, types[i].code))
			return &types[i];
	return NULL;
}

const char *document_problem_name(enum document_problem problem)
{
	static const char *const names[] = { "ok", "empty", "shape", "region", "date", "checksum", "country", "other_type",
		"withdrawn", "sex" };

	_Static_assert(ARRAY_LEN(names) == DOCUMENT_BAD_COUNT, "one name a problem");
	return (size_t)problem < ARRAY_LEN(names) ? names[problem] : "shape";
}

int document_check(const struct document_type *type, struct span number, const struct document_context *context,
		   struct arena *arena, struct document *ret_document)
{
	struct document doc = { .type = type };
	struct check ck = { context, arena, &doc };

	if (!span_trim(number).n) {
		doc.problem = DOCUMENT_BAD_EMPTY;
	} else {
		int result = normal_number(number, arena, &doc.number);

		if (result < 0)
			return result;
		doc.problem = result ? DOCUMENT_BAD_SHAPE : checks[type->kind](&ck);
	}
	if (doc.problem == DOCUMENT_BAD_COUNT)
		return FAULT_MEMORY;
	if (!doc.key.p)
		doc.key = doc.number;
	*ret_document = doc;
	return 0;
}
