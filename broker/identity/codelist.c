/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/codelist.h"

/* GB/T 3304-1991, and the two codes of practice. */
static const struct codelist_ethnic ethnic[] = {
	{ "01", "汉", "HA" },
	{ "02", "蒙古", "MG" },
	{ "03", "回", "HU" },
	{ "04", "藏", "ZA" },
	{ "05", "维吾尔", "UG" },
	{ "06", "苗", "MH" },
	{ "07", "彝", "YI" },
	{ "08", "壮", "ZH" },
	{ "09", "布依", "BY" },
	{ "10", "朝鲜", "CS" },
	{ "11", "满", "MA" },
	{ "12", "侗", "DO" },
	{ "13", "瑶", "YA" },
	{ "14", "白", "BA" },
	{ "15", "土家", "TJ" },
	{ "16", "哈尼", "HN" },
	{ "17", "哈萨克", "KZ" },
	{ "18", "傣", "DA" },
	{ "19", "黎", "LI" },
	{ "20", "傈僳", "LS" },
	{ "21", "佤", "VA" },
	{ "22", "畲", "SH" },
	{ "23", "高山", "GS" },
	{ "24", "拉祜", "LH" },
	{ "25", "水", "SU" },
	{ "26", "东乡", "DX" },
	{ "27", "纳西", "NX" },
	{ "28", "景颇", "JP" },
	{ "29", "柯尔克孜", "KG" },
	{ "30", "土", "TU" },
	{ "31", "达斡尔", "DU" },
	{ "32", "仫佬", "ML" },
	{ "33", "羌", "QI" },
	{ "34", "布朗", "BL" },
	{ "35", "撒拉", "SL" },
	{ "36", "毛南", "MN" },
	{ "37", "仡佬", "GL" },
	{ "38", "锡伯", "XB" },
	{ "39", "阿昌", "AC" },
	{ "40", "普米", "PM" },
	{ "41", "塔吉克", "TA" },
	{ "42", "怒", "NU" },
	{ "43", "乌孜别克", "UZ" },
	{ "44", "俄罗斯", "RS" },
	{ "45", "鄂温克", "EW" },
	{ "46", "德昂", "DE" },
	{ "47", "保安", "BO" },
	{ "48", "裕固", "YG" },
	{ "49", "京", "GI" },
	{ "50", "塔塔尔", "TT" },
	{ "51", "独龙", "DR" },
	{ "52", "鄂伦春", "OR" },
	{ "53", "赫哲", "HZ" },
	{ "54", "门巴", "MB" },
	{ "55", "珞巴", "LB" },
	{ "56", "基诺", "JN" },
	{ "97", "其他", "" },
	{ "98", "外国血统中国籍人士", "" },
};

/* ISO 3166-1: alpha-3 and numeric, six characters a country. */
static const char countries[] =
	"ABW533AFG004AGO024AIA660ALA248ALB008AND020ARE784ARG032ARM051ASM016ATA010ATF260ATG028AUS036AUT040"
	"AZE031BDI108BEL056BEN204BES535BFA854BGD050BGR100BHR048BHS044BIH070BLM652BLR112BLZ084BMU060BOL068"
	"BRA076BRB052BRN096BTN064BVT074BWA072CAF140CAN124CCK166CHE756CHL152CHN156CIV384CMR120COD180COG178"
	"COK184COL170COM174CPV132CRI188CUB192CUW531CXR162CYM136CYP196CZE203DEU276DJI262DMA212DNK208DOM214"
	"DZA012ECU218EGY818ERI232ESH732ESP724EST233ETH231FIN246FJI242FLK238FRA250FRO234FSM583GAB266GBR826"
	"GEO268GGY831GHA288GIB292GIN324GLP312GMB270GNB624GNQ226GRC300GRD308GRL304GTM320GUF254GUM316GUY328"
	"HKG344HMD334HND340HRV191HTI332HUN348IDN360IMN833IND356IOT086IRL372IRN364IRQ368ISL352ISR376ITA380"
	"JAM388JEY832JOR400JPN392KAZ398KEN404KGZ417KHM116KIR296KNA659KOR410KWT414LAO418LBN422LBR430LBY434"
	"LCA662LIE438LKA144LSO426LTU440LUX442LVA428MAC446MAF663MAR504MCO492MDA498MDG450MDV462MEX484MHL584"
	"MKD807MLI466MLT470MMR104MNE499MNG496MNP580MOZ508MRT478MSR500MTQ474MUS480MWI454MYS458MYT175NAM516"
	"NCL540NER562NFK574NGA566NIC558NIU570NLD528NOR578NPL524NRU520NZL554OMN512PAK586PAN591PCN612PER604"
	"PHL608PLW585PNG598POL616PRI630PRK408PRT620PRY600PSE275PYF258QAT634REU638ROU642RUS643RWA646SAU682"
	"SDN729SEN686SGP702SGS239SHN654SJM744SLB090SLE694SLV222SMR674SOM706SPM666SRB688SSD728STP678SUR740"
	"SVK703SVN705SWE752SWZ748SXM534SYC690SYR760TCA796TCD148TGO768THA764TJK762TKL772TKM795TLS626TON776"
	"TTO780TUN788TUR792TUV798TWN158TZA834UGA800UKR804UMI581URY858USA840UZB860VAT336VCT670VEN862VGB092"
	"VIR850VNM704VUT548WLF876WSM882YEM887ZAF710ZMB894ZWE716";

const struct codelist_ethnic *codelist_ethnic_at(size_t i)
{
	return i < ARRAY_LEN(ethnic) ? &ethnic[i] : NULL;
}

const struct codelist_ethnic *codelist_ethnic_of(struct span text)
{
	static const struct span suffix = SPAN("族");
	struct span bare = text;

	text = bare = span_trim(text);
	if (!text.n)
		return NULL;
	if (bare.n > suffix.n && span_eq((struct span){ bare.p + bare.n - suffix.n, suffix.n }, suffix))
		bare.n -= suffix.n;
	for (size_t i = 0; i < ARRAY_LEN(ethnic); i++) {
		struct span code = span_of(ethnic[i].code);
		bool is_short_code = text.n == 1 && code.p[0] == '0' && code.p[1] == text.p[0]; /* "1" for "01" */

		if (span_eq(text, code) || is_short_code || span_is(bare, ethnic[i].zh) || span_eq_nocase(text,
			span_of(ethnic[i].letters)))
			return &ethnic[i];
	}
	return NULL;
}

enum document_sex codelist_sex_of(struct span text)
{
	static const struct {
		const char *text;
		enum document_sex sex;
	} words[] = {
		{ "1", SEX_MALE },   { "男", SEX_MALE },   { "男性", SEX_MALE },   { "m", SEX_MALE },   { "male", SEX_MALE },
		{ "2", SEX_FEMALE }, { "女", SEX_FEMALE }, { "女性", SEX_FEMALE }, { "f", SEX_FEMALE }, { "female", SEX_FEMALE },
		{ "9", SEX_UNSTATED },
	};

	text = span_trim(text);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_eq_nocase(text, span_of(words[i].text)))
			return words[i].sex;
	return SEX_UNKNOWN;
}

bool codelist_is_province(struct span digits)
{
	static const char provinces[] = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
					"50 51 52 53 54 61 62 63 64 65 71 81 82 83";

	for (size_t i = 0; digits.n >= 2 && i < sizeof provinces; i += 3)
		if (memcmp(provinces + i, digits.p, 2) == 0)
			return true;
	return false;
}

static bool is_country(struct span code, size_t at)
{
	for (size_t i = 0; code.n == 3 && i + 6 < sizeof countries; i += 6)
		if (memcmp(countries + i + at, code.p, 3) == 0)
			return true;
	return false;
}

bool codelist_is_country_alpha3(struct span code)
{
	return is_country(code, 0);
}

bool codelist_is_country_numeric(struct span code)
{
	return is_country(code, 3);
}
