#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of the error table has a text in every catalogue, and every catalogue has the same keys."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r'^\s*X\((\w+), \d+, "\w+", "(\w+)"\)', re.M)


def main():
    rows = ROW.findall((ROOT / "broker/base/error.h").read_text(encoding="utf-8"))
    problems = [] if len(rows) > 50 else [f"only {len(rows)} rows were found in error.h"]
    catalogues = {}
    for path in sorted((ROOT / "web/messages").glob("*/*.json")):
        catalogues.setdefault(path.parent.name, {}).update(json.loads(path.read_text(encoding="utf-8")))
    everything = set().union(*catalogues.values())
    for name, texts in catalogues.items():
        problems += [f"{name}: error {row} has no text error.{code}" for row, code in rows if not texts.get(f"error.{code}")]
        problems += [f"{name}: lacks {key}" for key in sorted(everything - set(texts))]
    for problem in problems:
        print(f"errors: {problem}")
    return 1 if problems else 0


sys.exit(main())
