#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of the error table and every action of the audit trail has a text in every catalogue, and every catalogue has the same keys."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WRITES = re.compile(r"\.action = |\bnote\w*\(|\bapi_audit\(|\bkill_family\(|\baudit\w*\(")  # lines that name an action
ACTION = re.compile(r'"((?:[a-z_]+\.[a-z_]+)|(?<=\.action = ")[a-z_]+)"')
EVENT = re.compile(r'X\(\w+, "(\w+)"\)')
ROW = re.compile(r'^\s*X\((\w+), \d+, "\w+", "(\w+)"\)', re.M)


def actions():
    found = set()
    for path in [*(ROOT / "broker/endpoint").glob("*.c"), *(ROOT / "broker/job").glob("*.c")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if WRITES.search(line):
                found.update(ACTION.findall(line))
    rules = (ROOT / "broker/identity/unit_state.h").read_text(encoding="utf-8")
    for table in ("unit", "membership", "grant"):  # names made of what happened
        rows = re.search(r"#define %s_EVENTS\(X\)(.*?)\n#?(?:define)?(?=[^\t])" % table.upper(), rules, re.S)
        found.update(f"{table}.{event}" for event in EVENT.findall(rows.group(1)))
    return found


def main():
    rows = ROW.findall((ROOT / "broker/base/error.h").read_text(encoding="utf-8"))
    problems = [] if len(rows) > 50 else [f"only {len(rows)} rows were found in error.h"]
    acts = actions()
    problems += [] if len(acts) > 60 else [f"only {len(acts)} actions were found"]
    catalogues = {}
    for path in sorted((ROOT / "web/messages").glob("*/*.json")):
        catalogues.setdefault(path.parent.name, {}).update(json.loads(path.read_text(encoding="utf-8")))
    everything = set().union(*catalogues.values())
    for name, texts in catalogues.items():
        problems += [f"{name}: error {row} has no text error.{code}" for row, code in rows if not texts.get(f"error.{code}")]
        problems += [f"{name}: action {action} has no text audit.{action}" for action in sorted(acts) if not texts.get(f"audit.{action}")]
        problems += [f"{name}: lacks {key}" for key in sorted(everything - set(texts))]
    for problem in problems:
        print(f"errors: {problem}")
    return 1 if problems else 0


sys.exit(main())
