#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chinese words of options: every row of the sections that administrators use most has some (web/options/zh-CN.json), and none is of a row that is gone.

Rows are read from the generated reference. With --list, everything that has no words, of all sections."""
import json
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(__file__), "../..")
MUST = {"providers", "sms", "realname", "clients", "branding", "support"}
MANAGED = MUST | {"mail", "login", "otp", "captcha", "registration", "forms", "completion", "uploads", "departments", "unit", "membership", "subsystems", "recovery",
                  "legacy_sources", "lookup", "webhooks"}
KINDS = {"type": "provider", "gateway": "gateway", "verifier": "verifier"}


def rows():
    """(section, place of words) of every row of the reference."""
    section = place = None
    with open(os.path.join(ROOT, "docs/config-reference.md"), encoding="utf-8") as reference:
        for line in reference:
            if found := re.match(r"## `(\w+)`", line):
                section = place = found[1]
                yield section, place
            elif found := re.match(r"### `(\w+): ([\w-]+)`", line):
                place = f"{KINDS.get(found[1], found[1])}.{found[2]}"
                yield section, place
            elif place and (found := re.match(r"\| `([\w.\[\]]+)`", line)):
                yield section, f"{place}.{found[1].replace('[]', '')}"


def has(words, key):
    if key in words:
        return True
    if key.startswith("sms.routes.") and "sms." + key[len("sms.routes."):] in words:
        return True
    return key.startswith("provider.") and key.count(".") >= 2 and "provider.*." + key.split(".", 2)[2] in words


def main():
    with open(os.path.join(ROOT, "web/options/zh-CN.json"), encoding="utf-8") as file:
        words = json.load(file)
    known = [(section, key) for section, key in rows() if section in MANAGED]
    keys = {key for _, key in known}
    missing = [key for section, key in known if not has(words, key)]
    needed = [key for section, key in known if section in MUST and not has(words, key)]
    gone = [key for key in words if (name := key.split("=")[0]) not in keys and not name.startswith(("text.", "provider.*.", "sms."))]
    if "--list" in sys.argv:
        print("\n".join(missing))
    for key in needed:
        print(f"web/options/zh-CN.json: no words for {key}")
    for key in gone:
        print(f"web/options/zh-CN.json: {key} is no option")
    return 1 if needed or gone else 0


sys.exit(main())
