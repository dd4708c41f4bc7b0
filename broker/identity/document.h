/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document - identity documents: one table of types, each with its rule. domain.md 2.1, 2.2, 2.6-2.8.
 *
 * A document can be wrong (problem), doubtful (warnings: shown to reviewers, never a refusal) or fine. Numbers never go into a log.
 */
#pragma once

#include "broker/identity/date.h"
#include "broker/base/arena.h"

/* name, code (GA/T 2000.156 and practice), Chinese, English, is_auto_verifiable, has_validity, wants_country */
#define DOCUMENT_TYPES(X) \
	X(RESIDENT, "111", "居民身份证", "Resident identity card", 1, 1, 0) \
	X(HOUSEHOLD, "113", "户口簿", "Household register", 0, 0, 0) \
	X(OFFICER, "114", "中国人民解放军军官证", "Military officer card", 0, 0, 0) \
	X(POLICE, "115", "中国人民武装警察部队警官证", "Armed police officer card", 0, 0, 0) \
	X(BIRTH, "117", "出生医学证明", "Medical certificate of birth", 0, 0, 0) \
	X(PASSPORT_DIPLOMATIC, "411", "外交护照", "Diplomatic passport", 0, 0, 1) \
	X(PASSPORT_SERVICE, "412", "公务护照", "Service passport", 0, 0, 1) \
	X(PASSPORT, "414", "普通护照", "Ordinary passport", 0, 0, 1) \
	X(TAIWAN_PERMIT, "511", "台湾居民来往大陆通行证", "Mainland travel permit for Taiwan residents", 1, 0, 0) \
	X(HK_MACAU_PERMIT, "516", "港澳居民来往内地通行证", "Mainland travel permit for Hong Kong and Macau residents", 1, 0, 0) \
	X(HK_MACAU_RESIDENCE, "551", "港澳居民居住证", "Residence permit for Hong Kong and Macau residents", 1, 0, 0) \
	X(TAIWAN_RESIDENCE, "552", "台湾居民居住证", "Residence permit for Taiwan residents", 1, 0, 0) \
	X(FOREIGN_PERMANENT, "553", "外国人永久居留身份证", "Foreign permanent resident identity card", 1, 0, 1) \
	X(OTHER, "990", "其他", "Other", 0, 0, 0)

enum document_kind {
#define X(name, code, zh, en, auto_verifiable, validity, country) DOCUMENT_##name,
	DOCUMENT_TYPES(X) DOCUMENT_KINDS
#undef X
};

/* problem: 0 is fine. The message key is "document." + name in lower case. */
#define DOCUMENT_PROBLEMS(X)                                                                              \
	X(EMPTY)      /* nothing was typed */                                                             \
	X(SHAPE)      /* length or characters */                                                          \
	X(REGION)     /* no such province */                                                              \
	X(DATE)       /* no such day, too early, or in the future */                                      \
	X(CHECKSUM)   /* check character */                                                               \
	X(COUNTRY)    /* no such country, or it must be given */                                          \
	X(OTHER_TYPE) /* a fine number, of another document type (see .belongs_to) */                     \
	X(WITHDRAWN)  /* a 15-digit number where only 18 digits are accepted */                           \
	X(SEX)        /* contradicts the sex that was chosen */

enum document_problem {
	DOCUMENT_OK,
#define X(name) DOCUMENT_BAD_##name,
	DOCUMENT_PROBLEMS(X) DOCUMENT_BAD_COUNT
#undef X
};

enum document_warning {
	DOCUMENT_WARN_REGION = 1,  /* six-digit code not a county (umbrella code or unknown) */
	DOCUMENT_WARN_UNUSUAL = 2, /* accepted by the relaxed rule only */
	DOCUMENT_WARN_OLD = 4,     /* 15 digits, upgraded */
	DOCUMENT_WARN_CENTURY = 8, /* 15 digits of a centenarian (sequence 996-999): born 18YY */
	DOCUMENT_WARN_RENEWAL = 16, /* carries a renewal count; compare .key only */
	DOCUMENT_WARN_KEY = 32,    /* never a permanent key alone (code 553: two numbers for one person) */
};

/* GB/T 2261.1 */
enum document_sex { SEX_UNKNOWN = 0, SEX_MALE = 1, SEX_FEMALE = 2, SEX_UNSTATED = 9 };

struct document_type {
	enum document_kind kind;
	const char *code, *zh, *en;
	bool is_auto_verifiable; /* by population or immigration interfaces (2.8); others go to manual review */
	bool has_validity;       /* the form asks for a validity period */
	bool wants_country;      /* the form asks for a country */
};

struct document_context {
	struct date today;
	int min_year;           /* 0: 1900 */
	bool legacy;            /* matching an imported record: 15-digit numbers are accepted (2.2) */
	struct span country;    /* ISO 3166 alpha-3 as chosen; empty when not asked. Passports: empty or CHN is the Chinese rule */
	enum document_sex sex;  /* as chosen; SEX_UNKNOWN when not asked */
};

struct document {
	const struct document_type *type;
	enum document_problem problem;
	unsigned warnings; /* of enum document_warning */
	struct span number; /* normalised; 15 digits upgraded to 18 */
	struct span key;    /* what two documents of this type are compared by */
	enum document_sex sex; /* SEX_UNKNOWN when the number does not tell */
	struct date birth;     /* none when the number does not tell */
	const struct document_type *belongs_to; /* with DOCUMENT_BAD_OTHER_TYPE */
};

/* The @i-th type; NULL past the end. */
const struct document_type *document_type_at(size_t i);
/* NULL when unknown; "550" is read as 551, "999" as 990 (older lists). */
const struct document_type *document_type_of(struct span code);
/* "shape", "date" …; "ok" for DOCUMENT_OK. */
const char *document_problem_name(enum document_problem problem);

/* Judge @number as a document of @type. 0 whenever it could be judged (the answer is ret_document->problem), FAULT_MEMORY
 * otherwise. */
MUST_USE int document_check(const struct document_type *type, struct span number, const struct document_context *context,
			    struct arena *arena, struct document *ret_document);
