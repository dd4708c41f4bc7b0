#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chinese words of options: every row of the sections that administrators manage has some (web/options/zh-CN.json), a label and help, so has every value that is
chosen, and none is of a row that is gone.

Rows are read from the generated reference."""
import json
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(__file__), "../..")
MANAGED = {"providers", "sms", "realname", "clients", "branding", "support", "mail", "login", "otp", "captcha", "registration", "forms",
           "completion", "uploads", "departments", "unit", "membership", "subsystems", "recovery", "legacy_sources", "lookup", "webhooks"}
KINDS = {"type": "provider", "gateway": "gateway", "verifier": "verifier"}
# Values that are names of a protocol or of a format, and stay as they are.
NAMES = {"query", "form_post", "client_secret_basic", "client_secret_post", "private_key_jwt", "authorization_code", "refresh_token", "client_credentials", "get", "post",
         "hex", "base64", "base64url", "png", "jpeg", "pdf", "doc", "docx"}
# What is said once for several forms (broker/endpoint/console.c).
COMMONS = {"sms.routes.": "sms.", "registration.legal.": "registration.natural.", "registration.expert.": "registration.natural."}


def rows():
    """(section, place of words, values that are chosen) of every row of the reference."""
    section = place = None
    with open(os.path.join(ROOT, "docs/config-reference.md"), encoding="utf-8") as reference:
        for line in reference:
            if found := re.match(r"## `(\w+)`", line):
                section = place = found[1]
                yield section, place, []
            elif found := re.match(r"### `(\w+): ([\w-]+)`", line):
                place = f"{KINDS.get(found[1], found[1])}.{found[2]}"
                yield section, place, []
            elif place and (found := re.match(r"\| `([\w.\[\]]+)`[^|]* \| ([^|]*)", line)):
                values = re.findall("`([^`]+)`", found[2]) if found[2].startswith(("one of", "list of")) else []
                yield section, f"{place}.{found[1].replace('[]', '')}", [value for value in values if value == value.lower() and not value[0].isdigit()]


def has(words, key):
    """Are there words for @key ("sms.price"), or for a value of it ("captcha.sms=always")?"""
    places = {key, *(common + key[len(start):] for start, common in COMMONS.items() if key.startswith(start))}
    if key.startswith("provider.") and key.count(".") >= 2:
        places.add("provider.*." + key.split(".", 2)[2])
    if ".purposes=" in key:
        places.add("sms.purposes=" + key.split("=")[1])
    places |= {"text." + place.rpartition(".")[2] for place in places if place.endswith((".zh", ".en"))}
    return any(place in words for place in places)


def main():
    with open(os.path.join(ROOT, "web/options/zh-CN.json"), encoding="utf-8") as file:
        words = json.load(file)
    known = [(key, values) for section, key, values in rows() if section in MANAGED]
    keys = {key for key, _ in known}
    missing = [key for key, _ in known if not has(words, key)]
    missing += [f"{key}={value}" for key, values in known for value in values if value not in NAMES and not has(words, f"{key}={value}")]
    gone = [key for key in words if (name := key.split("=")[0]) not in keys and not name.startswith(("text.", "provider.*.", "sms."))]
    bare = [key for key, text in words.items() if "=" not in key and not re.fullmatch("[^｜]+｜[^｜]+", text)]
    for key in missing:
        print(f"web/options/zh-CN.json: no words for {key}")
    for key in gone:
        print(f"web/options/zh-CN.json: {key} is no option")
    for key in bare:
        print(f"web/options/zh-CN.json: {key} has no help (label｜help)")
    return int(bool(missing or gone or bare))


sys.exit(main())
