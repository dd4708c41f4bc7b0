# SPDX-License-Identifier: Apache-2.0
"""people - how long lists and searches take over a million accounts and a hundred thousand units (goals G18, G19): bench/run --people N.

Two of ours in turn, with the same content but for its size. Each question is asked by one connection, so its time is what one person waits for.
"""
import base64
from dataclasses import dataclass
import http.client
import json
import os
import subprocess
from urllib.parse import quote, urlencode

import measure
import servers

DEPARTMENTS = 30    # as bench/directory.c spreads units and tasks over
MEMBERS = 20000     # of the large unit
SMALL = 10000       # accounts of the small store


class Directory(servers.Yimen):
    """A daemon over a store that bench/directory filled."""

    def __init__(self, work, name, tool, accounts, members, binary):
        super().__init__(work, name, binary=binary)
        self.tool, self.accounts, self.members = tool, accounts, members

    def set_up(self):
        super(servers.Yimen, self).set_up()
        self.configure()
        with open(self.config(), "a") as f:
            f.write("unit: {search: partial, search_max: 50}\nsubsystems:\n  - {id: xiangmu}\n  - {id: jiangli}\ndepartments:\n  - {id: top}\n")
            f.writelines(f"  - {{id: d{i:02}, parent: top}}\n" for i in range(1, DEPARTMENTS + 1))
        units = max(100, self.accounts // 10)
        output = os.path.join(self.dir, "seeded")
        subprocess.run([self.tool, os.path.join(self.dir, "data"), output, *map(str, (self.accounts, units, units, self.members, self.accounts))],
                       check=True, timeout=3600)
        with open(os.path.join(self.dir, "data", "store", "data.mdb"), "rb") as f:
            os.fsync(f.fileno())   # or the first commits that are measured would write all of it
        self.seeded = {}
        with open(output) as f:
            for line in f:
                name, value = line.rstrip("\n").split(" ", 1)
                self.seeded.setdefault(name, []).append(value)

    def bearer(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/token", urlencode({"grant_type": "client_credentials", "scope": "directory.units directory.members"}), {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "Basic " + base64.b64encode(b"demo-service:demo-service-secret").decode()})
        return json.load(connection.getresponse())["access_token"]


    def cookie(self):
        """The name of the session's cookie, told by that of the browser's, which everybody gets."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/account")
        return connection.getresponse().getheader("Set-Cookie").split("=", 1)[0].removesuffix("browser") + "session"


@dataclass
class Question:
    name: str
    path: str            # ${text} is a row of `rows`, {deep-task} … what was seeded
    who: str             # whose session; "": the API
    contains: str        # in the answer, or it is wrong
    rows: object = None  # function of what was seeded: texts to search for


def of(name):
    return lambda seeded: seeded[name]


def these(*texts):
    return lambda seeded: texts


QUESTIONS = (
    Question("tasks", "/tasks", "platform-reviewer", 'data-page="tasks"'),
    Question("tasks_deep", "/tasks?after={deep-task}", "platform-reviewer", 'data-page="tasks"'),
    Question("tasks_kind", "/tasks?kind=unit&age=overdue", "platform-reviewer", 'data-page="tasks"'),
    Question("tasks_approved", "/tasks?state=approved", "platform-reviewer", 'data-page="tasks"'),
    Question("tasks_tree", "/tasks", "tree-reviewer", 'data-page="tasks"'),
    Question("tasks_tree_deep", "/tasks?age=overdue&after={deep-task}", "tree-reviewer", 'data-page="tasks"'),
    Question("tasks_queue", "/tasks?queue=dept:d07&kind=unit", "tree-reviewer", 'data-page="tasks"'),
    Question("units_rare", "/choose-unit?q=${text}", "person", 'name="unit_id"', of("rare")),
    Question("units_frequent", "/choose-unit?q=${text}", "person", 'name="unit_id"', these("有限公司", "科技", "信息科技有限公司")),
    Question("units_mixed", "/choose-unit?q=${text}", "person", 'data-page="choose-unit"', these("公司科技", "有限科技", "科技信息有限")),
    Question("units_hard", "/choose-unit?q=${text}", "person", 'data-page="choose-unit"', these("0101001", "1410100101")),
    Question("units_full", "/choose-unit?q=${text}", "person", 'name="unit_id"', of("full")),
    Question("units_code", "/choose-unit?q=${text}", "person", 'name="unit_id"', of("code")),
    Question("api_units_rare", "/api/v1/units?q=${text}", "", '"items":[{', of("rare")),
    Question("api_units_frequent", "/api/v1/units?q=${text}&limit=100", "", '"items":[{', these("有限公司", "科技", "信息科技有限公司")),
    Question("api_units_mixed", "/api/v1/units?q=${text}", "", '"items":[', these("公司科技", "有限科技", "科技信息有限")),
    Question("api_units_hard", "/api/v1/units?q=${text}", "", '"items":[', these("0101001", "1410100101")),
    Question("api_units_code", "/api/v1/units?q=${text}", "", '"items":[{', of("code")),
    Question("members", "/members?status=active", "unit-administrator", 'data-page="members"'),
    Question("members_deep", "/members?status=active&after={deep-member}", "unit-administrator", 'data-page="members"'),
    Question("members_waiting", "/members", "unit-administrator", 'data-page="members"'),
    Question("members_search", "/members?status=active&q=%E6%97%A0%E6%AD%A4%E4%BA%BA", "unit-administrator", 'data-page="members"'),
    Question("api_members", "/api/v1/units/{large-unit}/members?limit=100", "", '"items":[{'),
    Question("api_members_deep", "/api/v1/units/{large-unit}/members?cursor={deep-cursor}", "", '"items":[{'),
    Question("account_audit", "/account/audit", "person", 'data-page="account'),
    Question("account", "/account", "person", 'data-page="account'),
)


def cursor_of(uuid):
    return base64.urlsafe_b64encode(bytes.fromhex(uuid.replace("-", ""))).decode().rstrip("=")


def script(meter, server, question, cookie, token):
    known = {name: values[0] for name, values in server.seeded.items()}
    known["deep-cursor"] = cursor_of(known["deep-member"])
    path, rows = question.path, ""
    for name, value in known.items():
        path = path.replace("{" + name + "}", value)
    if question.rows:
        texts = meter.write(server, question.name + ".rows", "".join(quote(text) + "\n" for text in question.rows(server.seeded)))
        rows = f"rows cycle {texts} text\n"
    who = f"Cookie: {cookie}={known[question.who]}" if question.who else f"Authorization: Bearer {token}"
    return meter.write(server, question.name + ".script", f"{rows}step GET {path}\nheader {who}\nstatus 200\ncontains {question.contains}\n")


def fill(session):
    """The two daemons, filled and started; mode → server."""
    tool, n = os.path.join(session.args.build, "bench", "directory"), session.args.people
    both = {}
    for mode, accounts, members in (("few", SMALL, 1000), ("many", n, min(MEMBERS, n // 5))):
        both[mode] = Directory(session.work, "yimen-" + mode, tool, accounts, members, session.args.yimen)
        both[mode].set_up()
        session.start(both[mode], "pinned")
        print(f"{mode}: {accounts:,} accounts, the store has {both[mode].data_bytes() / 2**20:,.0f} MiB", flush=True)
    return both


def ask(session):
    os.sched_setaffinity(0, {1})
    meter, results, both = session.meter("pinned"), session.results, fill(session)
    keys = {mode: (server.cookie(), server.bearer()) for mode, server in both.items()}
    for question in QUESTIONS:
        for _ in range(session.pairs):
            for mode, server in both.items():
                try:
                    run = meter.run(server, script(meter, server, question, *keys[mode]), 1, session.seconds)
                except measure.Failed as error:
                    print(f"    {error}")
                    continue
                results.add(mode, question.name, "yimen", 1, run)
    print(f"\n{'question':20} {'few: p50':>10} {'p99':>8} {'CPU us':>8}   {'many: p50':>10} {'p99':>8} {'CPU us':>8}  ms")
    for question in QUESTIONS:
        cells = []
        for mode in both:
            s = results.series.get((mode, question.name, "yimen"))
            cells.append(f"{s.p50 / 1000:10.2f} {s.p99 / 1000:8.2f} {s.cpu:8.0f}{s.remarks()}" if s else "failed")
        print(f"{question.name:20} {'   '.join(cells)}")
    for mode in both:
        results.extra["rss " + mode] = max(s.rss for key, s in results.series.items() if key[0] == mode)
        print(f"{mode}: RssAnon {results.extra['rss ' + mode] / 1024:.1f} MiB at most")
