#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of old accounts for measuring an import: legacy_rows.py COUNT [START] > rows.csv

Nine persons to one enterprise, all different, in an order that is not that of their keys. The password of all of them is Old@1234.
"""
import hashlib
import sys

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BODY = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PRIME = 99_999_989


def code(number):
    """A credit code with right check characters (GB 11714, GB 32100-2015)."""
    organisation = "".join(BODY[number // 36**i % 36] for i in range(7, -1, -1)).replace("I", "1").replace("O", "0")
    organisation = organisation.replace("S", "5").replace("V", "U").replace("Z", "2")
    check = 11 - sum((int(c) if c.isdigit() else ord(c) - 55) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    base = "91110108" + organisation + {10: "X", 11: "0"}.get(check, str(check))
    return base + LETTERS[(31 - sum(LETTERS.index(c) * 3**i for i, c in enumerate(base)) % 31) % 31]


def code_number(number):
    """Numbers whose eight places hold none of the letters that a code has not got."""
    places = [(number // 30**i) % 30 for i in range(7, -1, -1)]
    allowed = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return sum(BODY.index(allowed[p]) * 36 ** (7 - i) for i, p in enumerate(places))


def main():
    count, start = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    out = sys.stdout
    out.write("kind,legacy_id,login_name,user_type,name,phone,email,uscc,unit_name,scheme,digest,salt,phone_confirmed_at\n")
    for i in range(start, start + count):
        salt = f"{i:08x}"
        digest = hashlib.md5(("Old@1234" + salt).encode()).hexdigest()
        if i % 10 == 9:
            uscc = code(code_number(i * 7919 % 656_100_000_000))
            out.write(f"enterprise,E{i},{uscc},legal,第{i}号公司,,,{uscc},第{i}号公司,md5-ps,{digest},{salt},\n")
        else:
            number = i * 48_271 % PRIME
            phone = f"1{3 + number % 7}{(i * 7) % 10}{number:08d}"
            out.write(f"individual,P{i},user{i},natural,用户{i},{phone},u{i}@example.com,,,md5-ps,{digest},{salt},2024-05-01\n")


main()
