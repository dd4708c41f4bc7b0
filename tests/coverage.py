#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# coverage - gcovr's summary by folder, and the files that lack most lines.
import collections
import json
import sys

folders = collections.defaultdict(lambda: [0, 0, 0, 0])
files = json.load(open(sys.argv[1]))["files"]
for file in files:
    parts = file["filename"].split("/")
    for name in ("/".join(parts[:2]) if len(parts) > 2 and parts[0] == "broker" else parts[0], "all"):
        for i, key in enumerate(("line_covered", "line_total", "branch_covered", "branch_total")):
            folders[name][i] += file[key]
for name, (lines, of_lines, branches, of_branches) in sorted(folders.items()):
    print(f"{name:18} lines {100 * lines / max(1, of_lines):5.1f} % of {of_lines:6}   branches {100 * branches / max(1, of_branches):5.1f} %")
print()
for file in sorted(files, key=lambda file: file["line_covered"] - file["line_total"])[:15]:
    print(f"{file['line_total'] - file['line_covered']:6} lines missing in {file['filename']}")
