#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chinese words of problems: whatever an adapter (providers/) or the configuration (problem_add in conf/) says to an administrator has some in conf/problem_zh*.c.

Every literal of providers/ that reads as a sentence is one that is said, unless it stands where nobody at the console sees it (docs of options, which have
words of their own; FAULTs, which are for the log) or has its Chinese beside it (tables of advice). With --list, all of them."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])*\'|[\w.]+|[^\s\w]', re.S)
FORMAT = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z)?[a-zA-Z]")
SILENT = {"FAULT", "NAME", "PATH", "T", "SPAN"}  # calls whose words are for the log, docs of options, or for machines
MACHINE = re.compile(r"application/|[\w-]+-HMAC-")
FRAMES = {'"*" *, not "*"', 'client "*": "*" *'}  # around a sentence that is looked at itself
CALLS = {"problem_add": "%", "problem_warn": "%", "REPORT": "%", "stop": "%", "return": '"*" %', "report": '"*" %', "report_value": '"*" %, not "*"'}  # of conf/
CJK = re.compile("[\u3400-\u9fff]")
SENTENCE = re.compile(r"[A-Za-z*]\w*\S* \S*[a-z]")


def literal(token):
    """What a C literal says; no escape but of quotes and backslashes stands in a sentence."""
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def messages(path):
    """(line, call that it is an argument of, words) of every sentence of a source file, stars for what is put in."""
    text = path.read_text(encoding="utf-8")
    tokens = [(found.start(), found[0]) for found in TOKEN.finditer(text) if not found[0].startswith(("//", "/*"))]
    calls, after_chinese, at = [], False, 0
    while at < len(tokens):
        start, token = tokens[at]
        before = [token for _, token in tokens[max(at - 2, 0):at]]
        if token == "(":
            calls.append(before[-1])
        elif token == ")" and calls:
            calls.pop()
        if not token.startswith('"'):
            after_chinese = after_chinese and token == ","
            at += 1
            continue
        words = ""
        while at < len(tokens) and (tokens[at][1].startswith('"') or tokens[at][1] == "SPAN_FMT"):
            words += literal(tokens[at][1]) if tokens[at][1].startswith('"') else "*"
            at += 1
        said = re.sub(r"\*+", "*", FORMAT.sub("*", words.replace("%%", "%")))
        is_option = before in ([".doc", "="], [".def", "="])
        is_part = said != said.strip()  # of a sentence that is put together
        if SENTENCE.search(said) and not CJK.match(said) and not MACHINE.match(said) and not after_chinese and not is_option and not is_part \
                and not SILENT & set(calls):
            yield text.count("\n", 0, start) + 1, "return" if before[-1] == "return" else calls[-1] if calls else "", said
        after_chinese = bool(CJK.search(said))


def patterns():
    """The English sides of the tables."""
    for path in sorted(ROOT.glob("conf/problem_zh_*.c")):
        for found in re.finditer(r'\{ ("(?:\\.|[^"\\])*"),\s*"', path.read_text(encoding="utf-8")):
            yield literal(found[1])


def is_told(said, rows):
    """Is there a row of this very sentence, or a wider one? What stands in a wrapper has words of its own."""
    return said in rows or any(not row.startswith("*") and not row.endswith(": *") and re.fullmatch(".*".join(map(re.escape, row.split("*"))), said) for row in rows)


def main():
    rows, failed = set(patterns()), False
    for path in sorted(ROOT.glob("providers/**/*.c")) + sorted(ROOT.glob("conf/*.c")):
        if path.name.startswith("problem_zh"):
            continue
        for line, call, said in messages(path):
            if path.parent.name == "conf":
                if call not in CALLS:
                    continue
                said = CALLS[call].replace("%", said)
            if "--list" in sys.argv:
                print(f"{path.relative_to(ROOT)}:{line}: {said}")
            elif said not in FRAMES and not is_told(said, rows) and not is_told(said.rstrip("*"), rows):
                print(f"{path.relative_to(ROOT)}:{line}: no Chinese words in conf/problem_zh_*.c for: {said}")
                failed = True
    return int(failed)


sys.exit(main())
