/* SPDX-License-Identifier: Apache-2.0 */
/* yimen - the configuration that bench/run starts the daemon with is one that the daemon takes. */
#include "broker/base/error.h"
#include "conf/config.h"
#include "providers/registry.h"
#include "tests/unit/conf/printed.h"

START_TEST(configuration)
{
	static const char *const clients[] = { "demo-service", "demo-service-rs256", "demo-rs", "demo-public" };
	CONFIG_HELD *config = NULL;

	printed_begin();
	printed_in_temporary_directory();
	ck_assert_int_eq(system("sed 's/@PORT@/8400/; s/@DATA@/data/; s/@THREADS@/1/; s/@SYNC@/true/' " SOURCE_ROOT
				"/bench/yimen.yaml.in >c.yaml"), 0);
	struct config_sources sources = { .path = "c.yaml", .registries = registry_all };
	int result = config_load(&sources, &problems, &config);
	ROW_SPAN("no mistakes", printed(), SPAN(""));
	ck_assert_int_eq(result, 0);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		ROW_TRUE(clients[i], config_client(config, span_of(clients[i])));
	ROW_INT("one of them signs with RSA", config_client(config, SPAN("demo-service-rs256"))->access_token_alg, CONFIG_RS256);
	ROW_TRUE("durable", config->store.sync);
	printed_end();
}
END_TEST

int main(void)
{
	return suite_run("yimen", (struct suite_test[]){ SUITE_ONCE(configuration), SUITE_END });
}
