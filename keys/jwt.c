/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/jwt.h"

#include "broker/base/error.h"

#define YEAR_10000 INT64_C(253402300800)

bool jwt_get_time(const json_t *claims, const char *key, struct instant *ret)
{
	const json_t *value = json_object_get(claims, key);

	if (json_is_integer(value)) {
		json_int_t seconds = json_integer_value(value);

		if (seconds < 0 || seconds >= YEAR_10000)
			return false;
		ret->ms = seconds * 1000;
		return true;
	}
	if (json_is_real(value)) { /* RFC 7519 2: a NumericDate may have a fraction */
		double seconds = json_real_value(value);

		if (!(seconds >= 0 && seconds < (double)YEAR_10000))
			return false;
		ret->ms = (int64_t)(seconds * 1000);
		return true;
	}
	return false;
}

bool jwt_has_audience(const json_t *claims, struct span aud)
{
	const json_t *value = json_object_get(claims, "aud");

	if (json_is_string(value))
		return span_eq(json_get_span(claims, "aud"), aud);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);

		if (json_is_string(item) && span_eq((struct span){ json_string_value(item), json_string_length(item) }, aud))
			return true;
	}
	return false;
}

/* @aud alone: the string, or an array of just it. */
static bool is_sole_audience(const json_t *claims, struct span aud)
{
	const json_t *value = json_object_get(claims, "aud");

	return jwt_has_audience(claims, aud) && (json_is_string(value) || json_array_size(value) == 1);
}

static int check_times(const json_t *claims, const struct jwt_expect *expect)
{
	const int64_t now = expect->now.ms, leeway = expect->leeway_ms;
	struct instant exp, nbf, iat;
	bool has_exp = jwt_get_time(claims, "exp", &exp), has_nbf = jwt_get_time(claims, "nbf", &nbf),
		has_iat = jwt_get_time(claims, "iat", &iat);

	/* Present but not a date is not the same as absent. */
	if ((!has_exp && (expect->needs_exp || json_object_get(claims, "exp"))) || (!has_nbf && json_object_get(claims, "nbf")) ||
	    (!has_iat && (expect->needs_iat || json_object_get(claims, "iat"))))
		return ERR_INVALID;
	if (has_exp && now >= exp.ms + leeway) /* RFC 7519 4.1.4: on or after */
		return ERR_EXPIRED;
	if (has_exp && expect->max_ahead_ms && exp.ms > now + expect->max_ahead_ms + leeway)
		return ERR_INVALID;
	if ((has_nbf && nbf.ms > now + leeway) || (has_iat && iat.ms > now + leeway))
		return ERR_INVALID;
	return 0;
}

int jwt_check(const json_t *claims, const struct jwt_expect *expect)
{
	if (!json_is_object(claims))
		return ERR_INVALID;
	if (expect->iss.n && !span_eq(json_get_span(claims, "iss"), expect->iss))
		return ERR_INVALID;
	if (expect->aud.n && !jwt_has_audience(claims, expect->aud))
		return ERR_INVALID;
	if (expect->sole_aud.n && !is_sole_audience(claims, expect->sole_aud))
		return ERR_INVALID;
	return check_times(claims, expect);
}
