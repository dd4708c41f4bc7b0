#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The generated documents are what the program prints today.
set -eu
cd "$(dirname "$0")/../.."
for yimen in build-san/yimen build/yimen; do
	[ -x "$yimen" ] && break
done
[ -x "$yimen" ] || { echo "generated: nothing is built"; exit 1; }
status=0
compare() { # file arguments…
	file=$1
	shift
	if ! "$yimen" "$@" | diff -u "$file" -; then
		echo "generated: $file is out of date: $yimen $* >$file"
		status=1
	fi
}
compare docs/config-reference.md config-reference
compare docs/config.schema.json config-reference --schema
compare docs/forms.md forms-reference
exit $status
