/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/uscc.h"

#include "broker/base/error.h"
#include "broker/identity/codelist.h"
#include "broker/identity/normal.h"

#define E USCC_UNIT_ENTERPRISE
#define I USCC_UNIT_INSTITUTION
#define S USCC_UNIT_SOCIAL
#define O USCC_UNIT_OTHER

/* GB 32100-2015 table 1 as extended since; the last column is Tianjin's 法人类型: 91-93 enterprises, 11-13 organs, 5x social
 * organisations. */
static const struct uscc_category categories[] = {
	{ "11", "机关", "state organ", I },
	{ "12", "事业单位", "public institution", I },
	{ "13", "群众团体", "mass organisation", I },
	{ "19", "机构编制其他", "other (staffing office)", O },
	{ "21", "外国常驻新闻机构", "foreign resident news agency", O },
	{ "29", "外交其他", "other (foreign affairs)", O },
	{ "31", "律师执业机构", "law firm", O },
	{ "32", "公证处", "notary office", O },
	{ "33", "基层法律服务所", "local legal service", O },
	{ "34", "司法鉴定机构", "forensic institution", O },
	{ "35", "仲裁委员会", "arbitration commission", O },
	{ "36", "商事调解组织", "commercial mediation", O },
	{ "39", "司法行政其他", "other (justice)", O },
	{ "41", "外国在华文化中心", "foreign cultural centre", O },
	{ "49", "文化其他", "other (culture)", O },
	{ "51", "社会团体", "social association", S },
	{ "52", "民办非企业单位", "private non-enterprise unit", S },
	{ "53", "基金会", "foundation", S },
	{ "54", "村民委员会", "villagers' committee", S },
	{ "55", "居民委员会", "residents' committee", S },
	{ "59", "民政其他", "other (civil affairs)", S },
	{ "61", "外国旅游部门常驻代表机构", "foreign tourism office", O },
	{ "62", "港澳台地区旅游部门常驻内地代表机构", "regional tourism office", O },
	{ "69", "旅游其他", "other (tourism)", O },
	{ "71", "宗教活动场所", "place of worship", O },
	{ "72", "宗教院校", "religious school", O },
	{ "79", "宗教其他", "other (religion)", O },
	{ "81", "基层工会", "local trade union", O },
	{ "82", "工会其他组织", "trade union body", O },
	{ "89", "工会其他", "other (trade unions)", O },
	{ "91", "企业", "enterprise", E },
	{ "92", "个体工商户", "individual business", E },
	{ "93", "农民专业合作社", "farmers' cooperative", E },
	{ "99", "工商其他", "other (market regulation)", O },
	{ "A1", "军队事业单位", "military institution", O },
	{ "A9", "军队其他", "other (military)", O },
	{ "G1", "境外非政府组织代表机构", "foreign NGO office", O },
	{ "G9", "公安其他", "other (public security)", O },
	{ "J1", "业主大会", "owners' assembly", O },
	{ "J9", "住建其他", "other (housing)", O },
	{ "N1", "组级集体经济组织", "group collective", O },
	{ "N2", "村级集体经济组织", "village collective", O },
	{ "N3", "乡镇级集体经济组织", "township collective", O },
	{ "N9", "农业其他", "other (agriculture)", O },
	{ "Q1", "其他（Q1）", "other (Q1)", O },
	{ "Q2", "其他（Q2）", "other (Q2)", O },
	{ "Q3", "其他（Q3）", "other (Q3)", O },
	{ "Q4", "其他（Q4）", "other (Q4)", O },
	{ "Q5", "其他（Q5）", "other (Q5)", O },
	{ "Q6", "其他（Q6）", "other (Q6)", O },
	{ "Q7", "其他（Q7）", "other (Q7)", O },
	{ "Q8", "其他（Q8）", "other (Q8)", O },
	{ "Q9", "其他（Q9）", "other (Q9)", O },
	{ "Y1", "其他", "other", O },
};

const struct uscc_category *uscc_category_at(size_t i)
{
	return i < ARRAY_LEN(categories) ? &categories[i] : NULL;
}

static const struct uscc_category *category_of(struct span code)
{
	for (size_t i = 0; i < ARRAY_LEN(categories); i++)
		if (memcmp(categories[i].pair, code.p, 2) == 0)
			return &categories[i];
	return NULL;
}

/* GB 11714: 0-9 A-Z are 0-35. Not the alphabet of GB 32100 below. */
bool uscc_is_org_code(struct span code)
{
	static const int weights[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;

	if (code.n == 10 && code.p[8] == '-')
		return uscc_is_org_code((struct span){ (char[]){ code.p[0], code.p[1], code.p[2], code.p[3], code.p[4], code.p[5],
		       code.p[6],
								 code.p[7], code.p[9] }, 9 });
	if (code.n != 9)
		return false;
	for (int i = 0; i < 8; i++) {
		char c = code.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z'))
			return false;
		sum += (c <= '9' ? c - '0' : c - 'A' + 10) * weights[i];
	}
	int check = 11 - sum % 11;
	return code.p[8] == (check == 10 ? 'X' : check == 11 ? '0' : (char)('0' + check));
}

/* GB 32100: 31 characters, no I O Z S V; the value is the index. -1 for any other. */
static int value_of(char c)
{
	static const char charset[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	const char *at = memchr(charset, c, sizeof charset - 1);

	return at ? (int)(at - charset) : -1;
}

static enum uscc_problem check(struct span code)
{
	static const int weights[17] = { 1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28 }; /* 3^i mod 31 */
	int sum = 0;

	if (code.n != 18)
		return USCC_BAD_SHAPE;
	for (size_t i = 0; i < 18; i++) {
		int value = value_of(code.p[i]);

		if (value < 0)
			return USCC_BAD_CHARSET;
		if (i < 17)
			sum += value * weights[i];
		if (i >= 2 && i < 8 && value > 9)
			return USCC_BAD_SHAPE; /* the region is digits */
	}
	if (!uscc_is_org_code((struct span){ code.p + 8, 9 }))
		return USCC_BAD_ORG_CODE;
	return value_of(code.p[17]) == (31 - sum % 31) % 31 ? USCC_OK : USCC_BAD_CHECKSUM;
}

int uscc_check(struct span text, struct arena *arena, struct uscc *ret_uscc)
{
	struct uscc uscc = { 0 };

	if (!span_trim(text).n) {
		uscc.problem = USCC_BAD_EMPTY;
	} else {
		int result = normal_number(text, arena, &uscc.code);

		if (result < 0)
			return result;
		uscc.problem = result ? USCC_BAD_SHAPE : check(uscc.code);
	}
	if (!uscc.problem) {
		uscc.category = category_of(uscc.code);
		uscc.region = (struct span){ uscc.code.p + 2, 6 };
		uscc.org_code = (struct span){ uscc.code.p + 8, 9 };
		if (!uscc.category)
			uscc.warnings |= USCC_WARN_CATEGORY;
		/* 100000 is the nation: units registered with the State Council's departments. */
		if (!codelist_is_province(uscc.region) && !span_is(uscc.region, "100000"))
			uscc.warnings |= USCC_WARN_REGION;
	}
	*ret_uscc = uscc;
	return 0;
}
