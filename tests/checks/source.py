#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What no file of the repository holds: paths of somebody's machine, hosts of registries, unfinished work, functions that cannot be used safely."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SELF = pathlib.Path(__file__).resolve().relative_to(ROOT).as_posix()
CODE = (".c", ".h", ".py", ".sh", ".mjs", ".js", ".css", ".html", ".in", ".build", ".yaml", ".md")
EVERYWHERE = (
    (re.compile(r"/(?:home|Users|root|work)/[a-z]"), "a path of somebody's machine"),
    (re.compile(r"/tmp/(?![\w-]*(?:XXXXXX|%d))[a-zA-Z]"), "a fixed place in /tmp"),
    (re.compile(r"registry\.npm|npmjs\.org|npmmirror|pypi\.org|proxy\.golang|deb\.debian\.org"), "a host of a registry"),
    (re.compile(r"\b(?:TODO|FIXME|HACK)\b"), "unfinished work"),
    (re.compile(r"not (?:yet )?implemented", re.I), "unfinished work"),
    (re.compile(r"^(?:<{7}|>{7}) "), "a conflict"),
)
# curl's list, and what this project has something better for.
BANNED = re.compile(r"(?<![\w.>])(?:gets|strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|alloca|tmpnam|mktemp|system|popen|rand|srand|asctime|ctime|gmtime|localtime)\(")
SPDX = "SPDX-License-Identifier: Apache-2.0"


def tracked():
    done = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name.decode() for name in done.stdout.split(b"\0") if name]


def check_text(name, text):
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, what in EVERYWHERE:
            if pattern.search(line):
                problems.append(f"{name}:{number}: {what}: {line.strip()[:80]}")
        if name.endswith((".c", ".h")) and not name.startswith(("tests/", "bench/")) and BANNED.search(line):
            problems.append(f"{name}:{number}: a banned function: {line.strip()[:80]}")
    if name.endswith((".c", ".h")) and SPDX not in text.split("\n", 1)[0]:
        problems.append(f"{name}: the first line is not the SPDX line")
    return problems


def check_lock(name, text):
    """Lock files name packages and their hashes, never where they came from."""
    packages = json.loads(text).get("packages", {})
    return [f"{name}: {package} has a resolved URL" for package, row in packages.items() if "resolved" in row]


def main():
    problems = []
    for name in tracked():
        path = ROOT / name
        if name == SELF or name == "LICENSE" or "/seeds/" in name or "/vectors/" in name or not path.is_file():
            continue
        if name.endswith("package-lock.json"):
            problems += check_lock(name, path.read_text(encoding="utf-8"))
        elif name.endswith(CODE) or path.name in ("dev", "run", ".npmrc", "package.json"):
            problems += check_text(name, path.read_text(encoding="utf-8"))
    for problem in problems:
        print(f"source: {problem}")
    return 1 if problems else 0


sys.exit(main())
