/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print_reference - regenerates docs/config-reference.md: build/conf/print_reference > docs/config-reference.md; with "schema" the JSON
 * Schema. Without the rows of providers and gateways, which stand above this layer; `yimen config-reference` has them all.
 */
#include "conf/config.h"

int main(int argc, char **argv)
{
	bool is_schema = argc > 1 && strcmp(argv[1], "schema") == 0;

	config_reference_print(stdout, is_schema ? CONFIG_REFERENCE_SCHEMA : CONFIG_REFERENCE_MARKDOWN, NULL);
	return fflush(stdout) != 0;
}
