# SPDX-License-Identifier: Apache-2.0
"""goals - G1 to G25 as rows: what is measured, which side of which floor it must be on.

A row's function gets the results `r` (class Results) and returns a figure; KeyError means that something it needs was not measured.
Figures are made of the best of all runs (highest rate, lowest CPU, shortest time), limits likewise; the medians stand in the lines
that bench/run prints for each scenario.
"""
from dataclasses import dataclass


@dataclass
class Goal:
    id: str
    text: str
    is_at_most: bool
    floor: object       # number, or function of the results
    figure: object      # function of the results
    unit: str = ""


def peer(r, scenario, mode="pinned", key="rate"):
    """The better of the peers."""
    found = [getattr(s, key) for (m, name, server), s in r.series.items() if m == mode and name == scenario and not s.bad
             and not server.startswith(("yimen", "nginx"))]
    if not found:
        raise KeyError(scenario)
    return max(found)


def rate(r, scenario, server="yimen", mode="pinned"):
    return r.at(mode, scenario, server).rate


def cpu(r, scenario, server="yimen", mode="pinned"):
    return r.at(mode, scenario, server).cpu


def grown(r, scenario):
    return cpu(r, scenario, mode="grown") / cpu(r, scenario, mode="small")


def worst(r, mode):
    """p99 in milliseconds of the slowest question."""
    return max(s.p99 for key, s in r.series.items() if key[0] == mode) / 1000


def beside(r, mode):
    """Medians: a p99 of some two hundred logins is the second worst of them."""
    return r.at(mode, "login", "yimen").p99_med / r.at("idle", "login", "yimen").p99_med


def over(scenario, other):
    return lambda r: rate(r, scenario) / rate(r, scenario, other)


GOALS = (
    Goal("G1", "client_credentials ES256: CPU / (t_sign + t_http)", True, 2.0,
         lambda r: cpu(r, "client_credentials") / (r.limit("t_sign") + r.limit("t_http")), "x"),
    Goal("G2a", "client_credentials ES256: rate / oidc-provider", False, 4, over("client_credentials", "oidc-provider"), "x"),
    Goal("G2b", "client_credentials ES256: rate / glewlwyd WAL", False, 15, over("client_credentials", "glewlwyd"), "x"),
    Goal("G2c", "client_credentials RS256: CPU", True,
         lambda r: 1.15 * r.limit("t_rsa") + 15,
         lambda r: cpu(r, "client_credentials_rs256"), "us"),
    Goal("G2d", "client_credentials RS256: rate / oidc-provider", False, 1.5, over("client_credentials_rs256", "oidc-provider"), "x"),
    Goal("G3a", "code -> tokens, durable: rate on one core", False, 7000, lambda r: rate(r, "exchange"), "/s"),
    Goal("G3b", "code -> tokens: CPU / (2 t_sign + t_http)", True, 2.2,
         lambda r: cpu(r, "exchange") / (2 * r.limit("t_sign") + r.limit("t_http")), "x"),
    Goal("G3c", "code -> tokens: rate / oidc-provider (not durable)", False, 3.5, over("exchange", "oidc-provider"), "x"),
    Goal("G3d", "code -> tokens: rate / glewlwyd WAL", False, 20, over("exchange", "glewlwyd"), "x"),
    Goal("G4", "durability: rate with / without fsync", False, 0.80,
         lambda r: rate(r, "exchange") / rate(r, "exchange", "yimen-nosync"), "x"),
    Goal("G5", "code -> tokens, one connection: p50", True, lambda r: r.limit("t_sync") + 4 * r.limit("t_sign") + 250,
         lambda r: r.at("pinned", "exchange_one", "yimen").p50, "us"),
    Goal("G6a", "refresh: rate on one core", False, 10000, lambda r: rate(r, "refresh"), "/s"),
    Goal("G6b", "refresh: rate / oidc-provider", False, 4, over("refresh", "oidc-provider"), "x"),
    Goal("G7a", "introspection: rate on one core", False, 35000, lambda r: rate(r, "introspection"), "/s"),
    Goal("G7b", "introspection: rate / best peer", False, 6, lambda r: rate(r, "introspection") / peer(r, "introspection"), "x"),
    Goal("G7c", "userinfo: rate on one core", False, 35000, lambda r: rate(r, "userinfo"), "/s"),
    Goal("G7d", "userinfo: rate / best peer", False, 6, lambda r: rate(r, "userinfo") / peer(r, "userinfo"), "x"),
    Goal("G8a", "JWKS: nginx `return 200` CPU / CPU", False, 0.8, lambda r: cpu(r, "jwks", "nginx") / cpu(r, "jwks"), "x"),
    Goal("G8b", "discovery: nginx CPU / CPU", False, 0.8, lambda r: cpu(r, "discovery", "nginx") / cpu(r, "discovery"), "x"),
    Goal("G8c", "JWKS: rate / glewlwyd", False, 5, over("jwks", "glewlwyd"), "x"),
    Goal("G8d", "discovery: rate / glewlwyd", False, 5, over("discovery", "glewlwyd"), "x"),
    Goal("G9a", "authorize with a session: rate on one core", False, 12000, lambda r: rate(r, "authorize"), "/s"),
    Goal("G9b", "authorize: rate / oidc-provider", False, 3, over("authorize", "oidc-provider"), "x"),
    Goal("G10a", "password login: rate x t_hash, one core", False, 0.90, lambda r: rate(r, "login") * r.limit("t_hash") / 1e6, "x"),
    Goal("G10b", "introspection p99 under a login flood / alone", True, 3,
         lambda r: r.extra["flood introspection"][1] / r.extra["flood introspection"][0], "x"),
    Goal("G11a", "RssAnon idle, all processes", True, 16, lambda r: r.extra["rss idle yimen"] / 1024, "MiB"),
    Goal("G11b", "RssAnon under load, c=64", True, 32, lambda r: r.at("pinned", "exchange", "yimen").rss / 1024, "MiB"),
    Goal("G12a", "bytes per imported identity (--growth)", True, 450, lambda r: r.extra["bytes per identity"], "B"),
    Goal("G12b", "bytes per redeemed code's grant (--growth)", True, 350, lambda r: r.extra["bytes per grant"], "B"),
    Goal("G13", "idle keep-alive connection", True, 18, lambda r: r.extra["idle yimen"], "KiB"),
    Goal("G14", "start to first 200", True, 30, lambda r: min(r.extra["start yimen"]), "ms"),
    Goal("G15a", "CPU with the data grown: tokens (--growth)", True, 1.25,
         lambda r: max(grown(r, n) for n in ("client_credentials", "exchange", "refresh")), "x"),
    Goal("G15b", "CPU with the data grown: introspection, userinfo", True, 1.5,
         lambda r: max(grown(r, n) for n in ("introspection", "userinfo")), "x"),
    Goal("G16a", "client_credentials: worst c / best c", False, 0.85, lambda r: r.flatness("client_credentials"), "x"),
    Goal("G16b", "discovery: worst c / best c", False, 0.85, lambda r: r.flatness("discovery"), "x"),
    Goal("G17", "client_credentials: 2 threads on 2 cores / 1 on 1", False, 1.6,
         lambda r: rate(r, "client_credentials", mode="unpinned") / rate(r, "client_credentials"), "x"),
    Goal("G18", "lists and searches over many people: worst p99 (--people)", True, 20,
         lambda r: worst(r, "many"), "ms"),
    Goal("G19", "RssAnon with many people more than with few (--people)", True, 4,
         lambda r: (r.extra["rss many"] - r.extra["rss few"]) / 1024, "MiB"),
    Goal("G20", "old accounts into a store with as many, no daemon (--legacy)", False, 20000, lambda r: r.extra["legacy full"].rate, "/s"),
    Goal("G21", "RssAnon of that import", True, 200, lambda r: r.extra["legacy full"].anon_kib / 1024, "MiB"),
    Goal("G22", "old accounts through the daemon, beside logins", False, 3000, lambda r: r.extra["legacy online"], "/s"),
    Goal("G23", "login p99 beside an import / idle", True, 2, lambda r: beside(r, "import"), "x"),
    Goal("G24", "login p99 beside wrapping / idle", True, 2, lambda r: beside(r, "wrap"), "x"),
    Goal("G25", "desk about old accounts: worst p99", True, 20, lambda r: worst(r, "desk"), "ms"),
)


def rows(results):
    """(goal, floor, figure, met) with None for what was not measured."""
    for goal in GOALS:
        try:
            floor = goal.floor(results) if callable(goal.floor) else goal.floor
            figure = goal.figure(results)
            yield goal, floor, figure, figure <= floor if goal.is_at_most else figure >= floor
        except (KeyError, ZeroDivisionError, ValueError):
            yield goal, None if callable(goal.floor) else goal.floor, None, None


def show(results):
    print(f"\n{'goal':5} {'what':58} {'floor':>12} {'measured':>12}  met")
    for goal, floor, figure, met in rows(results):
        bound = "-" if floor is None else f"{'<=' if goal.is_at_most else '>='} {floor:,.2f}"
        value = "not measured" if figure is None else f"{figure:,.2f} {goal.unit}"
        print(f"{goal.id:5} {goal.text:58} {bound:>12} {value:>12}  {'' if met is None else 'yes' if met else 'NO'}")
