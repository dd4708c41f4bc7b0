#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layers hold: nobody includes what stands above it, and each foreign library has one home. Sizes are printed beside the models'."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)

# What a folder may include besides itself. Files right in broker/ wire everything and are no folder of this table.
BASE = {"broker/base"}
KEYS = BASE | {"keys"}
RULES = KEYS | {"conf", "broker/store"}
FLOW = RULES | {"broker/oauth", "broker/identity", "providers"}
EDGE = FLOW | {"broker/media", "broker/flow", "broker/http", "broker/net", "web"}
MAY = {
    "broker/base": set(),
    "keys": BASE,
    "conf": KEYS,
    "broker/media": KEYS,
    "broker/store": KEYS,
    "broker/oauth": RULES,
    "broker/identity": RULES,
    "providers": RULES,
    "broker/flow": FLOW,
    "web": BASE | {"broker/http"},      # templates, catalogues and captcha of broker/http are built with web/
    "broker/http": FLOW | {"broker/flow", "web"},
    "broker/net": FLOW | {"broker/flow"},
    "broker/endpoint": EDGE,
    "broker/job": EDGE | {"broker/endpoint"},
    "broker/cli": EDGE | {"broker/endpoint", "broker/job", "broker"},
    "broker": EDGE | {"broker/endpoint", "broker/job", "broker/cli"},
    "examples/portal": KEYS | {"broker/net", "conf", "web"},
    "bench": BASE,
    "bench/directory.c": EDGE | {"broker/endpoint"},  # fills a store with what the endpoints would have put there
}
# header → the places that may know it
FOREIGN = {
    "microhttpd.h": ("broker/http/", "examples/portal/serve.c", "bench/limits.c"),
    "lmdb.h": ("broker/store/store_lmdb.c",),
    "curl/": ("broker/net/",),
    "openssl/": ("keys/", "bench/limits.c", "bench/verify.c"),
    "sodium.h": ("keys/", "bench/limits.c"),
    "crypt.h": ("keys/",),
    "seccomp.h": ("keys/sandbox.c",),
    "jansson.h": ("broker/base/json.h",),
    "yaml.h": ("conf/",),
    "uuid/": ("broker/base/",),
    "utf8proc.h": ("broker/identity/",),
    "png.h": ("broker/http/captcha.c", "broker/media/image_png.c"),
    "jpeglib.h": ("broker/media/image_jpeg.c",),
    "qrencode.h": ("broker/http/qr.c",),
    "ft2build.h": ("broker/http/captcha.c",),
}
# The nearest models, as measured on their own files: median and longest file, 99 % and longest function.
MODELS = (("dbus-broker", 297, 2870, 187, 332), ("mod_auth_openidc", 364, 1705, 91, 163), ("s2n-tls", 167, 2389, 95, 284),
          ("Dovecot auth", 275, 2754, 91, 178), ("latchset/jose", 291, 525, 92, 99))


def folder_of(path):
    for parent in [path, *path.parents]:
        if parent.as_posix() in MAY:
            return parent.as_posix()
    return None


def check_includes(path, text, problems):
    name, home = path.as_posix(), folder_of(path)
    for kind, header in INCLUDE.findall(text):
        if kind == '"':
            other = folder_of(pathlib.PurePosixPath(header))
            if other is None:
                problems.append(f"{name}: \"{header}\" is not written from the root")
            elif other != home and other not in MAY[home]:
                problems.append(f"{name}: {home} may not include {header}")
            continue
        for foreign, homes in FOREIGN.items():
            if (header == foreign or foreign.endswith("/") and header.startswith(foreign)) and not name.startswith(homes):
                problems.append(f"{name}: <{header}> belongs to {', '.join(homes)}")


def functions(text):
    """(name, lines) of each function: from the line with its name to the closing brace in column one."""
    lines, start, name = text.split("\n"), None, ""
    for i, line in enumerate(lines):
        if line == "{" and i:
            start = i
            while start > 0 and lines[start - 1].strip() and not lines[start - 1].startswith(("}", "#", " */", "/*")):
                start -= 1
            name = (re.search(r"(\w+)\(", lines[start]) or [None, "?"])[1]
        elif line.startswith("}") and start is not None:
            yield name, i - start + 1
            start = None


def part(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0


def main():
    problems, files, sizes = [], [], []
    for folder in sorted({f.split("/")[0] for f in MAY}):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            relative = path.relative_to(ROOT)
            text = path.read_text(encoding="utf-8")
            check_includes(relative, text, problems)
            files.append((text.count("\n"), relative.as_posix()))
            sizes += [(n, f"{relative.as_posix()}: {name}") for name, n in functions(text)]
    lengths, functions_ = [n for n, _ in files], [n for n, _ in sizes]
    print(f"{'':18} file median/max   function p99/max")
    print(f"{'yimen':18} {part([n for n, f in files if f.endswith('.c')], .5):6} /{max(lengths):5}   {part(functions_, .99):8} /{max(functions_):4}"
          f"   ({len(files)} files, {sum(lengths)} lines, {len(sizes)} functions)")
    for name, a, b, c, d in MODELS:
        print(f"{name:18} {a:6} /{b:5}   {c:8} /{d:4}")
    for n, name in sorted([x for x in files if x[0] > 600] + [x for x in sizes if x[0] > 100], reverse=True):
        print(f"long: {n:4} lines  {name}")
    for problem in problems:
        print(f"layers: {problem}")
    return 1 if problems else 0


sys.exit(main())
