/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_authorize - an authorization request's query against a configuration with one client of each type. */
#include "broker/base/error.h"
#include "broker/base/url.h"
#include "broker/oauth/authorize.h"
#include "broker/store/records_login.h"
#include "conf/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char yaml[] = "issuer: https://id.example.cn\n"
			   "clients:\n"
			   "  - {id: web, name: {zh: 门}, secret: web-secret-0123456789, pkce: optional, "
			   "redirect_uris: ['https://rp.example.cn/cb?x=1']}\n"
			   "  - {id: app, name: {zh: 应}, type: public, redirect_uris: ['http://127.0.0.1/cb']}\n";

static const struct config *load(void)
{
	const struct config *config = NULL;
	struct problems problems = { .arena = arena_new(1 << 20) };
	char path[64];
	int fd = memfd_create("yimen.yaml", 0);

	if (fd < 0 || write(fd, yaml, sizeof yaml - 1) != sizeof yaml - 1)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct config_sources sources = { .path = path };
	if (!problems.arena || config_load(&sources, &problems, &config))
		abort();
	close(fd);
	arena_free(problems.arena);
	return config;
}

static void check(const struct config *config, const struct authorize_params *params, struct arena *arena)
{
	struct authorize_target target;
	struct authorize_request request;
	struct interaction interaction = { 0 };
	struct authorize_answer answer = { .error = ERR_INVALID_REQUEST };
	struct buf location = buf_new(arena, 64);

	if (authorize_target(config, params, &target))
		return;
	/* Whatever was asked for, an answer goes to a registered place. */
	if (!authorize_is_registered(target.client, target.redirect_uri))
		abort();
	if (authorize_check(config, &target, params, arena, &request, NULL) == 0) {
		if (client_is_public(target.client) && request.code_challenge.n != 43)
			abort();
		authorize_to_interaction(&request, &interaction);
		if (authorize_from_interaction(config, &interaction, &target))
			abort();
	}
	authorize_location(&location, config, &target, &answer);
	if (!location.failed && !span_starts(buf_span(&location), target.redirect_uri))
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct config *config;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(1 << 20);
	struct span query = { (const char *)data, size }, name, value;
	struct authorize_params params = { 0 };
	int error = 0;

	if (!config)
		config = load();
	while (arena && url_next_pair(&query, arena, &name, &value, &error))
		if (authorize_set(&params, name, value))
			return 0;
	if (arena && !error)
		check(config, &params, arena);
	return 0;
}
