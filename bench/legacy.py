# SPDX-License-Identifier: Apache-2.0
"""legacy - old accounts by the million (goals G20 to G25): bench/run --legacy N.

N rows go into a nearly empty store, N more into that, both without a daemon. Then a daemon runs: how long does one person's login take while nothing else
happens, while a file comes in, while imported digests are wrapped, and while both happen? And how long do the desk's pages about old accounts take?
"""
from dataclasses import dataclass
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from urllib.parse import urlencode

import measure
import people
import servers
import targets

SOURCE = "bench"
SETTLE = 1.5   # seconds until an import or the wrapping is at work
WINDOW = 5     # seconds of logins, one after the other: some two hundred
MODES = {      # what else the daemon does: an import; wrapping
    "idle": (False, False), "import": (True, False), "wrap": (False, True), "import+wrap": (True, True),
}


class Store(people.Directory):
    """A daemon with old accounts, and somebody at the desk who may see them."""

    def __init__(self, work, tool, binary):
        super().__init__(work, "yimen-legacy", tool, 3000, 500, binary)
        self.threads = 2

    def set_up(self):
        super().set_up()
        for words in self.SEED:
            subprocess.run([w.format(yimen=self.binary, config=self.config()) for w in words], check=True, timeout=60, cwd=servers.ROOT,
                           stdout=subprocess.DEVNULL)

    def legacy(self, *words):
        return [self.binary, "legacy", words[0], "--config", self.config(), *words[1:]]

    def answer(self, *words):
        return json.loads(subprocess.run(self.legacy(*words), check=True, capture_output=True, timeout=60, cwd=servers.ROOT).stdout or b"{}")

    def rows_in(self):
        return sum(sum(batch["counts"].values()) for batch in self.answer("batches", "--json")["batches"])


def write_rows(path, count, start):
    with open(path, "w") as f:
        subprocess.run([sys.executable, os.path.join(servers.HERE, "legacy_rows.py"), str(count), str(start)], check=True, stdout=f)
    return path


def anonymous_kib(pid):
    try:
        with open(f"/proc/{pid}/status") as f:
            return int(re.search(r"^RssAnon:\s+(\d+)", f.read(), re.M)[1])
    except (OSError, TypeError):
        return 0


@dataclass
class Import:
    rows: int
    seconds: float
    cpu: float
    anon_kib: int

    rate = property(lambda s: s.rows / s.seconds)


def offline(server, path, count):
    """From the first byte read to the store that is synced and in its place."""
    began, most = time.monotonic(), 0
    with open(os.path.join(server.dir, "import.log"), "ab") as log:
        process = subprocess.Popen(server.legacy("import", "--source", SOURCE, "--quiet", path), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=servers.ROOT)
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        most = max(most, anonymous_kib(process.pid))
        time.sleep(0.05)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise measure.Failed(f"the import failed; see {server.dir}/import.log")
    return Import(count, time.monotonic() - began, usage.ru_utime + usage.ru_stime, most)


def go_in(session, server):
    n = session.args.legacy
    for name, start in (("into an empty store", 0), ("into a store with as many", n)):
        path = write_rows(os.path.join(session.work, "rows.csv"), n, start)
        done = offline(server, path, n)
        session.results.extra["legacy " + ("full" if start else "empty")] = done
        print(f"{n:,} rows {name}: {done.seconds:.1f} s, {done.rate:,.0f} rows/s, {done.cpu / n * 1e6:.1f} us CPU a row, RssAnon {done.anon_kib / 1024:.1f} MiB; "
              f"the store has {server.data_bytes() / 2**20:,.0f} MiB", flush=True)
        os.unlink(path)


# ---- logins beside it

class Beside:
    """A file that comes in through the daemon, or not."""

    def __init__(self, server, path):
        self.server, self.path = server, path

    def __enter__(self):
        if self.path:
            with open(os.path.join(self.server.dir, "import.log"), "ab") as log:
                self.process = subprocess.Popen(self.server.legacy("import", "--source", SOURCE, "--quiet", self.path), stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=log, cwd=servers.ROOT)
        return self

    def __exit__(self, *_):
        if self.path:
            if self.process.poll() is not None:
                print("    the file ended before the measurement did")
            self.process.terminate()   # goes on next time where it was
            self.process.wait(10)


def one(session, server, meter, script, mode, path):
    comes_in, wraps = MODES[mode]
    server.answer("wrap", "--resume" if wraps else "--pause")
    with Beside(server, path if comes_in else None):
        time.sleep(SETTLE)
        began, before, wrapped = time.monotonic(), server.rows_in(), server.answer("wrap").get("wrapped", 0)
        session.results.add(mode, "login", "yimen", 1, meter.run(server, script, 1, WINDOW))
        took = time.monotonic() - began
        if comes_in:
            session.rates.setdefault(mode, []).append((server.rows_in() - before) / took)
        if wraps:
            status = server.answer("wrap")
            session.wrapping.append(((status["wrapped"] - wrapped) / took, status.get("rows_per_core_second", 0)))


def logins(session, server):
    meter = session.meter("unpinned")
    script = meter.write(server, "login.script", targets.login(server.target))
    path = write_rows(os.path.join(session.work, "rows.csv"), max(200_000, session.pairs * 2 * 60_000), 2 * session.args.legacy)
    session.rates, session.wrapping = {}, []
    server.answer("wrap", "--resume")
    patience = time.monotonic() + 600
    while not server.answer("wrap").get("wrapped") and time.monotonic() < patience:
        time.sleep(1)   # it counts first what there is
    server.answer("wrap", "--pause")
    meter.run(server, script, 1, 1)   # warm
    for _ in range(session.pairs):
        for mode in MODES:
            one(session, server, meter, script, mode, path)
    os.unlink(path)
    server.answer("wrap", "--pause")
    print(f"\n{'login, one at a time':20} {'p50 ms':>8} {'p99 ms':>8} {'p99 / idle':>10} {'rows/s':>8}   medians of {session.pairs} runs")
    idle = session.results.series["idle", "login", "yimen"]
    for mode in MODES:
        s, rates = session.results.series[mode, "login", "yimen"], session.rates.get(mode)
        rate = f"{statistics.median(rates):8,.0f}" if rates else ""
        print(f"{mode:20} {statistics.median(s.of('p50_us')) / 1000:8.1f} {s.p99_med / 1000:8.1f} {s.p99_med / idle.p99_med:10.2f} {rate:>8}{s.remarks()}")
    session.results.extra["legacy online"] = statistics.median(session.rates["import"])
    print(f"wrapping: {max(w[0] for w in session.wrapping):.0f} rows/s beside the logins, {session.wrapping[-1][1]} a second of one core's time")


# ---- the desk

def texts(n):
    """What a person at the counter names: an old id, a login name, a phone, a credit code, something unknown."""
    number = 123 * 48_271 % 99_999_989
    return (f"P{n + 7}", f"user{n // 2 + 1}", f"1{3 + number % 7}{123 * 7 % 10}{number:08d}", "9111010800002K5M8T", "nobody at all")


def sit_down(server):
    """The cookies of somebody at the desk: of the session, and of the browser that forms are bound to."""
    connection, session = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30), f"{server.cookie()}={server.seeded['support'][0]}"
    connection.request("GET", "/legacy", headers={"Cookie": session})
    answer = connection.getresponse()
    if answer.status != 200:
        raise measure.Failed(f"/legacy answers {answer.status}")
    return "; ".join([session, *(c.split(";")[0] for c in answer.headers.get_all("Set-Cookie") or [])])


def find_record(server, cookie, q):
    """The address of the first record that the desk finds."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/legacy", headers={"Cookie": cookie})
    csrf = re.search(r'name="csrf" value="([^"]+)"', connection.getresponse().read().decode())[1]
    connection.request("POST", "/legacy", urlencode({"csrf": csrf, "q": q}), {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})
    found = re.search(r'href="(/legacy/[0-9a-f-]{36})"', connection.getresponse().read().decode())
    if not found:
        raise measure.Failed(f"the desk does not find {q}")
    return found[1]


def desk(session, server):
    n, meter = session.args.legacy, session.meter("unpinned")
    cookie = sit_down(server)
    who = f"header Cookie: {cookie}\n"
    rows = meter.write(server, "texts", "".join(text + "\n" for text in texts(n)))
    scripts = {
        "coverage": f"step GET /legacy\n{who}status 200\ncontains id=\"coverage\"\n",
        "coverage_year": f"step GET /legacy?days=365\n{who}status 200\ncontains id=\"coverage\"\n",
        "search": f"rows cycle {rows} q\nstep GET /legacy\n{who}status 200\ncapture csrf field csrf\n"
                  f"step POST /legacy\n{who}header Content-Type: application/x-www-form-urlencoded\nbody csrf=${{csrf}}&q=${{q}}\nstatus 200\n",
        "record": f"step GET {find_record(server, cookie, f'P{n + 7}')}\n{who}status 200\ncontains data-page=\"legacy-record\"\n",
    }
    for name, script in scripts.items():
        path = meter.write(server, name + ".script", script)
        for _ in range(session.pairs):
            session.results.add("desk", name, "yimen", 1, meter.run(server, path, 1, session.seconds))
        s = session.results.series["desk", name, "yimen"]
        print(f"desk, {name:14} p50 {s.p50 / 1000:.2f} ms, p99 {s.p99 / 1000:.2f} ms (median {s.p99_med / 1000:.2f}){s.remarks()}", flush=True)


def measure_all(session):
    os.sched_setaffinity(0, {0, 1})
    server = Store(session.work, os.path.join(session.args.build, "bench", "directory"), session.args.yimen)
    server.set_up()
    go_in(session, server)
    session.start(server, "unpinned")
    logins(session, server)
    desk(session, server)
