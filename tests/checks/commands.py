#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command that our documents show, `yimen …` and `./dev …`, is one that the program's own help knows, with its words and options."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# A fenced or indented block, or words in backquotes.
CODE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```|^((?: {4}[^\n]*\n)+)|`([^`\n]+)`", re.M | re.S)
COMMAND = re.compile(r"(?:^\s*|[;&|(] *|build/|sudo -u yimen )(yimen|\./dev) ([a-z][a-z-]*)([^\n#;|&>)]*)", re.M)
EVERYWHERE = {"--config", "--data", "--set"}


def words_of(usage):
    """The words that may follow, and the options."""
    free = re.sub(r"--[a-z-]+ [a-z0-9-]+(?:\|[a-z0-9-]+)*", "", re.sub(r"\[[^\]]*\]", "", usage))
    return set(re.findall(r"(?<![-\w])[a-z][a-z-]+", free)), set(re.findall(r"--[a-z-]+", usage)) | EVERYWHERE


def commands():
    text = (ROOT / "broker/cli/cli.c").read_text(encoding="utf-8")
    table = text[text.index("commands[] = {"):text.index("\n};")]
    for name, usage in re.findall(r'^\t\{ "([a-z-]+)", ((?:"[^"]*"\s*)+),', table, re.M):
        yield "yimen", name, words_of("".join(re.findall(r'"([^"]*)"', usage)))
    text = (ROOT / "dev").read_text(encoding="utf-8")
    for name, usage in re.findall(r"^  ([a-z]+)((?: \S+)*)  ", text[:text.index("\nTEXT")], re.M):
        yield "./dev", name, words_of(usage)


def check(path, known):
    problems = []
    for block in CODE.findall(path.read_text(encoding="utf-8")):
        for program, name, rest in COMMAND.findall("".join(block).replace("\\\n", " ")):
            if (program, name) not in known:
                problems.append(f"{program} {name}: no such command")
                continue
            words, options = known[program, name]
            asked = rest.split()
            problems += [f"{program} {name}: no option {word}" for word in asked if re.fullmatch(r"--[a-z-]+", word) and word not in options]
            first = next(iter(asked), "")
            if program == "yimen" and words and re.fullmatch(r"[a-z][a-z-]+", first) and first not in words:
                problems.append(f"{program} {name} {first}: no such word")
    return problems


def main():
    known = {(program, name): usage for program, name, usage in commands()}
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    problems = [f"{name}: {problem}" for name in listed for problem in check(ROOT / name, known)]
    for problem in problems:
        print(f"commands: {problem}")
    return 1 if problems else 0


sys.exit(main())
