# SPDX-License-Identifier: Apache-2.0
"""measure - one run of a scenario against a server, and the interleaved series that figures are taken from (README.md, Method)."""
from dataclasses import dataclass, field
import json
import os
import statistics
import subprocess

import browser
import targets

SESSIONS = 16       # logged-in browsers that authorize requests are spread over
TOKENS = 256        # access tokens that introspection and userinfo are asked about
CODES_MAX = 60000   # prepared for one run
CODES_FIRST = 3000  # and for the first, of whose rate nothing is known
PREPARE_SECONDS = 8


class Failed(Exception):
    pass


@dataclass
class Scenario:
    name: str
    connections: int
    title: str
    is_known: object = lambda t: True   # can this target do it?


SCENARIOS = {s.name: s for s in (
    Scenario("discovery", 16, "discovery document"),
    Scenario("jwks", 16, "JWKS"),
    Scenario("client_credentials", 16, "client_credentials, ES256"),
    Scenario("client_credentials_rs256", 16, "client_credentials, RS256", lambda t: "RS256" in t.service),
    Scenario("authorize", 16, "authorize with a session → code"),
    Scenario("exchange", 64, "code → tokens"),
    Scenario("exchange_one", 1, "code → tokens, one connection"),
    Scenario("refresh", 64, "refresh, rotating"),
    Scenario("introspection", 16, "introspection"),
    Scenario("userinfo", 16, "userinfo"),
    Scenario("login", 8, "password login", lambda t: t.login),
)}


@dataclass
class Series:
    """All runs of one scenario on one server in one mode."""
    server: str
    scenario: str
    mode: str
    connections: int
    runs: list = field(default_factory=list)

    def of(self, key):
        return [r[key] for r in self.runs]

    rate = property(lambda s: max(s.of("rate")))
    rate_med = property(lambda s: statistics.median(s.of("rate")))
    cpu = property(lambda s: min(s.of("cpu_us")))
    cpu_med = property(lambda s: statistics.median(s.of("cpu_us")))
    p50 = property(lambda s: min(s.of("p50_us")))
    p99 = property(lambda s: min(s.of("p99_us")))
    p99_med = property(lambda s: statistics.median(s.of("p99_us")))
    rss = property(lambda s: max(s.of("rss_kib")))
    bad = property(lambda s: sum(s.of("bad")))
    errors = property(lambda s: sum(s.of("errors")))
    stalled = property(lambda s: max(s.of("stalled")))
    is_ours = property(lambda s: s.server.startswith("yimen"))

    def remarks(self):
        """What went wrong, to stand behind a figure."""
        found = [f"{n} {what}" for n, what in ((self.stalled, "stalled"), (self.bad, "wrong"), (self.errors, "errors")) if n]
        return f" ({', '.join(found)})" if found else ""


class Meter:
    """Runs bench/load."""

    def __init__(self, load, work, core):
        self.load, self.work, self.core = load, work, core

    def path(self, server, name):
        return os.path.join(self.work, f"{server.name}.{name}")

    def write(self, server, name, text):
        path = self.path(server, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def command(self, server, script, connections, seconds, warmup=0.2, ops=None, output=None, idle=False):
        words = [self.load, "-c", str(connections), "-t", str(seconds), "-w", str(warmup), "-p", str(server.process.pid)]
        words += ["-k", str(self.core)] if self.core is not None else []
        words += ["-n", str(ops)] if ops else []
        words += ["-o", output] if output else []
        words += ["-i"] if idle else []
        return words + [f"127.0.0.1:{server.port}", script]

    def run(self, server, script, connections, seconds, **more):
        try:
            done = subprocess.run(self.command(server, script, connections, seconds, **more), capture_output=True, text=True,
                                  timeout=seconds + 20)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{server.name}: no end after {seconds + 20} s") from error
        if done.returncode:
            raise Failed(f"{server.name}: {done.stderr.strip()}")
        result = json.loads(done.stdout)
        if result["bad"] or result["errors"]:
            print(f"    {server.name}: {result['bad']} wrong answers, {result['errors']} errors: {result.get('first_bad', '')[:300]}")
        return result

    def scenario(self, server, name, seconds, connections=None):
        """One measured run, with whatever must be prepared before it."""
        t = server.target
        c = connections or SCENARIOS[name].connections
        if name.startswith("exchange"):
            return self.exchange(server, c, seconds)
        if name == "refresh":
            rows = self.tokens(server, t.flow, "refresh", c)
            return self.run(server, self.write(server, "refresh.script", targets.refresh(t, rows)), c, seconds)
        if name in ("introspection", "userinfo"):
            if "tokens" not in server.prepared:
                server.prepared["tokens"] = self.tokens(server, t.read_flow, "access", TOKENS)
            text = getattr(targets, name)(t, server.prepared["tokens"])
        elif name == "authorize":
            text = targets.authorize(t, t.flow, self.sessions(server))
        elif name.startswith("client_credentials"):
            text = targets.client_credentials(t, "RS256" if name.endswith("rs256") else "ES256")
        else:
            text = getattr(targets, name)(t)
        return self.run(server, self.write(server, name + ".script", text), c, seconds)

    def sessions(self, server):
        if "sessions" not in server.prepared:
            cookies = browser.sessions(server.port, server.target, SESSIONS)
            server.prepared["sessions"] = self.write(server, "sessions", "".join(c + "\n" for c in cookies))
        return server.prepared["sessions"]

    def codes(self, server, flow, n):
        script = self.write(server, "codes.script", targets.authorize(server.target, flow, self.sessions(server)))
        output = self.path(server, "codes")
        self.run(server, script, SESSIONS, PREPARE_SECONDS, warmup=0, ops=n, output=output)
        return output

    def tokens(self, server, flow, kind, n):
        script = self.write(server, "tokens.script", targets.exchange(server.target, flow, self.codes(server, flow, n), kind))
        output = self.path(server, f"{kind}.tokens")
        self.run(server, script, min(n, SESSIONS), PREPARE_SECONDS, warmup=0, output=output)
        with open(output) as f:
            got = sum(1 for _ in f)
        if got < n:
            raise Failed(f"{server.name}: {got} of {n} tokens prepared")
        return output

    def exchange(self, server, c, seconds):
        """As many codes as the last run suggests; the window ends when they do."""
        t, key = server.target, f"exchange rate {c}"
        # A first guess that outlasts the warm-up at any rate seen so far: one that does not measures nothing, and so never grows.
        rate = server.prepared.get(key) or CODES_FIRST / (seconds + 0.1)
        n = int(min(CODES_MAX, max(300, 4 * c, rate * (seconds + 0.1) * 1.2)))
        script = self.write(server, "exchange.script", targets.exchange(t, t.flow, self.codes(server, t.flow, n), "access"))
        result = self.run(server, script, c, seconds, warmup=0.05)
        server.prepared[key] = result["rate"]
        return result

    def idle(self, server, n):
        """KiB of anonymous memory that one idle keep-alive connection costs."""
        script = self.write(server, "idle.script", targets.discovery(server.target))
        result = self.run(server, script, n, 5, idle=True)
        if result["errors"] or result["stalled"]:
            raise Failed(f"{server.name}: {result['stalled']} of {n} idle connections were not served")
        return (result["rss_kib"] - result["rss_before_kib"]) / n

    def under_flood(self, server, name, seconds):
        """p99 of another scenario with one connection, alone and under a flood of logins, in microseconds."""
        alone = self.scenario(server, name, seconds, connections=1)
        flood = self.write(server, "flood.script", targets.login(server.target))
        process = subprocess.Popen(self.command(server, flood, 32, seconds + 1), stdout=subprocess.DEVNULL)
        try:
            crowded = self.scenario(server, name, seconds, connections=1)
        finally:
            process.terminate()
            process.wait(10)
        return alone["p99_us"], crowded["p99_us"]
