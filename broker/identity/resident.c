/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/resident.h"

static bool is_digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

char resident_check(const char digits[17])
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 }; /* 2^(17-i) mod 11 */
	int sum = 0;

	for (int i = 0; i < 17; i++)
		sum += (digits[i] - '0') * weights[i];
	return "10X98765432"[sum % 11];
}

bool resident_is_right(struct span number)
{
	return number.n == 18 && is_digits(number.p, 17) && resident_check(number.p) == number.p[17];
}

bool resident_upgrade(struct span old, char out[18])
{
	if (old.n != 15 || !is_digits(old.p, 15))
		return false;
	bool is_centenarian = memcmp(old.p + 12, "996", 3) >= 0;
	memcpy(out, old.p, 6);
	memcpy(out + 6, is_centenarian ? "18" : "19", 2);
	memcpy(out + 8, old.p + 6, 9);
	out[17] = resident_check(out);
	return true;
}

int resident_mrz_check(struct span field)
{
	static const int weights[3] = { 7, 3, 1 };
	int sum = 0;

	for (size_t i = 0; i < field.n; i++) {
		char c = field.p[i];
		int value = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : c == '<' ? 0 : -1;

		if (value < 0)
			return -1;
		sum = (sum + value * weights[i % 3]) % 10;
	}
	return sum;
}

bool resident_is_county(struct span code)
{
	/* Prefectures without counties: 东莞, 中山, 儋州, 三沙, 嘉峪关. */
	static const char whole[][7] = { "441900", "442000", "460400", "460300", "620200" };

	if (code.n != 6 || !is_digits(code.p, 6))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (memcmp(whole[i], code.p, 6) == 0)
			return true;
	int province = (code.p[0] - '0') * 10 + code.p[1] - '0';
	int prefecture = (code.p[2] - '0') * 10 + code.p[3] - '0', county = (code.p[4] - '0') * 10 + code.p[5] - '0';
	bool is_municipality = province == 11 || province == 12 || province == 31 || province == 50;
	/* Prefecture-level cities are 01-20 and 51-70, and their county 01 is the umbrella 市辖区; elsewhere 01 is a place. */
	bool is_umbrella = county == 1 && !is_municipality && ((prefecture >= 1 && prefecture <= 20) ||
							       (prefecture >= 51 && prefecture <= 70));
	return prefecture != 0 && county != 0 && !is_umbrella;
}
