/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/identity/common_password.h"

/* Lower case. "abc" and "demo" are left out: what begins with them fits too many harmless passwords. */
static const char *const starts[] = {
	"password", "passw0rd", "p@ssword", "p@ssw0rd", "p@55word", "p@55w0rd", "pa$$word", "pa$$w0rd", "passwd", "pass", "pwd", "mima",
	"admin", "adm1n", "@dmin", "administrator", "root", "toor", "login", "super", "master", "manager",
	"welcome", "welc0me", "letmein", "changeme", "default", "secret", "iloveyou", "monkey", "dragon", "sunshine", "princess", "football",
	"baseball", "shadow", "michael", "superman", "batman", "trustno", "starwars", "freedom", "whatever", "computer", "internet", "samsung", "huawei",
	"xiaomi", "oracle", "windows", "microsoft", "google", "facebook", "android", "iphone", "summer", "winter",
	"qwe", "qwer", "qwert", "qwerty", "qwertyuiop", "qwaszx", "qaz", "qazwsx", "qazwsxedc", "wsx", "asd", "asdf", "asdfg", "asdfgh", "asdfghjkl",
	"asdqwe", "qweasd", "qweasdzxc", "zxc", "zxcv", "zxcvb", "zxcvbn", "zxcvbnm", "zaq", "zaqwsx", "1qaz", "1qazxsw", "1qaz2wsx", "1qaz@wsx", "!qaz2wsx",
	"!qaz@wsx", "2wsx", "1q2w3e", "1q2w3e4r", "q1w2e3", "q1w2e3r4", "a1b2c3", "a1b2c3d4", "a1s2d3", "1a2b3c", "aa", "aaa", "aaaa",
	"abcd", "abcde", "abcdef", "abcdefg", "woaini", "woaini1314", "woaiwojia", "wodemima", "mima", "zhongguo", "china",
	"nihao",
	"lovely", "angel", "daniel", "jordan", "thomas", "robert", "charlie", "jessica", "ashley", "killer", "pokemon", "naruto", "soccer",
	"access", "mustang", "maggie", "cheese", "flower", "ginger", "pepper", "cookie", "matrix", "hunter", "ranger", "buster", "tigger", "yellow", "orange",
};
static const char *const ends[] = {
	"", "0", "1", "2", "3", "7", "8", "01", "10", "11", "12", "13", "21", "22", "23", "69", "77", "88", "99", "100", "101", "110", "111", "119", "120", "123",
	"147", "222", "258", "321", "333", "369", "520", "521", "555", "666", "777", "789", "888", "999", "000", "1111", "1212", "1234", "1314", "2222", "4321",
	"5201314", "5678", "6666", "8888", "9999", "0000", "11111", "12345", "54321", "111111", "112233", "121212", "123123", "123321", "123456", "147258", "159357",
	"520520", "521521", "654321", "666666", "888888", "1234567", "7654321", "11111111", "12345678", "87654321", "88888888", "123456789", "987654321",
	"1234567890", "0123456789",
};
/* Between beginning and end, and behind the end. */
static const char marks[] = "@!#$%*._-+&?";

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool starts_with(struct span password, struct span start)
{
	if (password.n < start.n)
		return false;
	for (size_t i = 0; i < start.n; i++)
		if (lower(password.p[i]) != start.p[i])
			return false;
	return true;
}

static bool is_mark(char c)
{
	return c && strchr(marks, c);
}

static bool is_year(struct span s)
{
	uint64_t year;

	return s.n == 4 && span_to_u64(s, &year) && year >= 1950 && year <= 2049;
}

static bool is_end(struct span rest)
{
	while (rest.n && is_mark(rest.p[0]))
		rest = (struct span){ rest.p + 1, rest.n - 1 };
	while (rest.n && is_mark(rest.p[rest.n - 1]))
		rest.n--;
	if (is_year(rest))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (span_is(rest, ends[i]))
			return true;
	return false;
}

bool common_password_is(struct span password, void *user)
{
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct span start = span_of(starts[i]);

		if (starts_with(password, start) && is_end((struct span){ password.p + start.n, password.n - start.n }))
			return true;
	}
	return is_end(password);
}
