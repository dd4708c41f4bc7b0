#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sum what the parts of `./dev test` left in a directory; the last line is "N passed, N failed", the exit status 1 if anything failed.

meson.json: one object a test; a test that is a check suite counts its checks, another one counts as one.
*.tap: "ok …" and "not ok …" at the left margin or, from node, at any depth where no subtests follow.
"""
import json
import os
import re
import sys

CHECKS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)


def meson(path):
    passed, failed, bad = 0, 0, []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            test = json.loads(line)
            counts = CHECKS.findall(test.get("stdout") or "")
            if test["result"] == "SKIP":
                continue
            good = test["result"] in ("OK", "EXPECTEDFAIL")
            checks = sum(int(c[0]) for c in counts)
            wrong = sum(int(c[1]) + int(c[2]) for c in counts)
            if counts and (good or wrong):
                passed, failed = passed + checks - wrong, failed + wrong
            elif good:
                passed += 1
            else:
                failed += 1
            if not good:
                bad.append(test["name"])
    return passed, failed, bad


def tap(path):
    """Node prints its own sum at the end; ours has only results."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    sums = {name: int(n) for name, n in re.findall(r"^# (pass|fail|cancelled) (\d+)$", text, re.M)}
    bad = [line.strip()[7:] for line in text.splitlines() if line.strip().startswith("not ok ") and "# SKIP" not in line]
    if sums:
        return sums["pass"], sums["fail"] + sums.get("cancelled", 0), bad
    return len(re.findall(r"^ok ", text, re.M)), len(bad), bad


def main(folder):
    total_passed = total_failed = 0
    found = False
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".tap"):
            passed, failed, bad = tap(path)
        elif name == "meson.json":
            passed, failed, bad = meson(path)
        elif name.endswith(".status"):
            part = name[: -len(".status")]
            report = os.path.join(folder, part + ".tap")
            known = os.path.exists(report) and tap(report)[1] > 0
            passed, failed, bad = 0, int(not known), [] if known else [f"{part} did not end by itself"]
        else:
            continue
        found = True
        print(f"{name.rsplit('.', 1)[0]:12} {passed:6} passed {failed:6} failed")
        for test in bad:
            print(f"             failed: {test}")
        total_passed += passed
        total_failed += failed
    if not found:
        print("nothing ran")
        total_failed += 1
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed else 0


sys.exit(main(sys.argv[1]))
