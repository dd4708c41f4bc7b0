#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/platforms.md: every behaviour of the four manuals stands in it once, on pages that are served, by options that there are, proved by tests that exist.
And the texts that a platform of conf/profiles has in its own words are texts that there are: another one would be shown nowhere."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAST = {"Z": 13, "M": 24, "T": 19, "J": 9}
NO_OPTIONS = {"messages", "scope", "forms"}  # a folder of texts, a value of a client, forms by their names


def routes():
    named = dict(re.findall(r'#define (METADATA_\w+) "([^"]+)"', (ROOT / "broker/oauth/metadata.h").read_text(encoding="utf-8")))
    rows = re.findall(r'^\t\{ ("(/[^"]*)"|METADATA_\w+),', (ROOT / "broker/endpoint/routes.c").read_text(encoding="utf-8"), re.M)
    return {path or named[first] for first, path in rows}


def titles(file):
    path = ROOT / file
    return re.findall(r"\btest\('((?:[^'\\]|\\.)*)'", path.read_text(encoding="utf-8")) if path.exists() else []


def has(node, names):
    """The option @names is one of the JSON Schema @node, whatever it is wrapped in."""
    if not names:
        return True
    more = [one for key in ("allOf", "anyOf", "oneOf") for one in node.get(key, [])] + [node[key] for key in ("items", "additionalProperties") if isinstance(node.get(key), dict)]
    own = node.get("properties", {})
    return any(has(own[name], names[1:]) for name in own if names[0] in (name, "*")) or any(has(one, names) for one in more)


def check_row(cells, served, schema):
    number, pages, options, test = cells[0], cells[4], cells[5], cells[6]
    named = [one.split()[0].replace("[]", "") for one in re.findall(r"`([^`]*)`", options)]
    problems = [f"{number}: {one} is no option" for one in named if one not in NO_OPTIONS and not has(schema, one.split("."))]
    problems += [f"{number}: {path} is no row of routes.c" for path in re.findall(r"`(/[^`]*)`", pages) if path not in served]
    named = re.search(r"`(tests/[^`]+\.mjs)`: (.+)$", test)
    if named:
        file, title = named.groups()
        if title not in [one.replace("\\'", "'") for one in titles(file)]:
            problems.append(f"{number}: {file} has no test “{title}”")
        elif number not in title.split() and number != "J7":
            problems.append(f"{number}: the test “{title}” does not begin with its number")
    else:
        problems.append(f"{number}: no test")
    return problems


def unknown_texts():
    for path in sorted(ROOT.glob("conf/profiles/*/messages/*.json")):
        ours = {key for file in (ROOT / "web/messages" / path.stem).glob("*.json") for key in json.loads(file.read_text(encoding="utf-8"))}
        yield from (f"{path.relative_to(ROOT)}: there is no text {key}" for key in json.loads(path.read_text(encoding="utf-8")) if key not in ours)


def main():
    text = (ROOT / "docs/platforms.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if re.match(r"\| [ZMTJ]\d+ \|", line)]
    found = [row[0] for row in rows]
    wanted = [f"{letter}{i}" for letter, last in LAST.items() for i in range(1, last + 1)]
    problems = [f"{number} stands there {found.count(number)} times" for number in wanted if found.count(number) != 1]
    problems += [f"{number} is no behaviour" for number in found if number not in wanted]
    served = routes()
    schema = json.loads((ROOT / "docs/config.schema.json").read_text(encoding="utf-8"))
    for row in rows:
        problems += check_row(row, served, schema) if len(row) == 7 else [f"{row[0]}: {len(row)} cells"]
    problems += unknown_texts()
    for problem in problems:
        print(f"platforms: {problem}")
    return 1 if problems else 0


sys.exit(main())
