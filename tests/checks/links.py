#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link in our documents leads to a file, every #anchor to a heading; what the tour says of a line is still near it."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def anchors(path):
    found = set()
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.M):
        text = re.sub(r"[`*]", "", heading.strip().lower())
        found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def check(path):
    problems = []
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            problems.append(f"{target} does not exist")
        elif anchor and there.suffix == ".md" and anchor not in anchors(there):
            problems.append(f"{target} has no such heading")
    return problems


def check_names(path):
    """In the tour a link's file is followed by names in backquotes on the same line: they must occur in that file."""
    problems = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        for file, names in re.findall(r"\]\(([^)]+\.[ch])\)((?:[ ,:]+`\w+`)+)", line):
            text = (path.parent / file).read_text(encoding="utf-8")
            problems += [f"{file} has no {name}" for name in re.findall(r"`(\w+)`", names) if not re.search(rf"\b{name}\b", text)]
    return problems


def main():
    bad = 0
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        path = ROOT / name
        problems = check(path) + (check_names(path) if name == "docs/TOUR.md" else [])
        for problem in problems:
            print(f"links: {name}: {problem}")
        bad += len(problems)
    return 1 if bad else 0


sys.exit(main())
