/* SPDX-License-Identifier: Apache-2.0 */
/* config_base - what several areas of the configuration share. */
#pragma once

#include "conf/option.h"

struct config_text {
	struct span zh, en; /* en falls back to zh and zh to en: both are set or both are empty */
};

struct config_texts {
	const struct config_text *items;
	size_t n;
};

enum config_language { CONFIG_ZH_CN, CONFIG_EN };

/* When something that fails is left alone (broker/base/breaker.h). */
struct config_breaker {
	int64_t failures, pause, pause_most;
};

/* Bits of keys.algorithms, values of id_token_alg and the like. */
enum config_alg { CONFIG_ES256, CONFIG_RS256, CONFIG_PS256, CONFIG_EDDSA };

/* The text in @language, one of enum config_language. */
struct span config_text(const struct config_text *text, int language);
