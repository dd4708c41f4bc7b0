# SPDX-License-Identifier: Apache-2.0
"""targets - where each server has its endpoints and how it is talked to: one table, from which every scenario's script is written.

A target says what differs; scripts (script.h) are built from it, so that all servers do the same work: same clients, same grants, PKCE,
JWT access tokens with the same algorithm. What a peer cannot do at all is None and is left out of the comparison.
"""
from dataclasses import dataclass, field
import base64
import hashlib
from urllib.parse import urlencode

VERIFIER = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG-._~"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT = "http://127.0.0.1:8499/cb"
FORM = "header Content-Type: application/x-www-form-urlencoded\n"


def basic(client):
    return "header Authorization: Basic " + base64.b64encode(f"{client}:{client}-secret".encode()).decode() + "\n"


@dataclass
class Flow:
    """A code flow: which client, which token comes out."""
    client: str = "demo-public"
    secret: bool = False                           # confidential: Basic with CLIENT-secret
    authorize: dict = field(default_factory=dict)  # more parameters
    token: dict = field(default_factory=dict)
    is_jwt: bool = True                            # the access token is one


@dataclass
class Target:
    name: str
    discovery: str
    jwks: str
    authorize: str
    token: str
    introspect: str
    userinfo: str
    # login(flow): the script lines of one password login by a new browser; None: the server has none
    login: object
    session_cookie: str            # prefix of its name
    scope: str = "openid api"
    token_type: str = "Bearer"
    service: dict = field(default_factory=dict)      # per algorithm: (client, token path, JWKS path, more parameters)
    flow: Flow = field(default_factory=Flow)         # code → JWT access token, ID token, refresh token
    read_flow: Flow = field(default_factory=Flow)    # code → the token that introspection and userinfo are asked about
    refresh: dict = field(default_factory=dict)      # more parameters of a refresh
    introspector: str = "demo-rs"


def authorize_path(t, flow):
    query = {"response_type": "code", "client_id": flow.client, "redirect_uri": REDIRECT, "scope": t.scope, "state": "s", "nonce": "n",
             "code_challenge": CHALLENGE, "code_challenge_method": "S256", **flow.authorize}
    return t.authorize + "?" + urlencode(query)


def discovery(t):
    return f"step GET {t.discovery}\nstatus 200\njson issuer\njson jwks_uri\n"


def jwks(t):
    return f"step GET {t.jwks}\nstatus 200\njson keys\n"


def client_credentials(t, alg):
    client, path, keys, more = t.service[alg]
    body = urlencode({"grant_type": "client_credentials", "scope": "api", **more})
    return (f"jwks {keys}\nstep POST {path}\n{FORM}{basic(client)}body {body}\nstatus 200\njson token_type {t.token_type}\njwt access_token\n")


def authorize(t, flow, sessions):
    """Needs a file of Cookie values; emits codes."""
    return (f"rows connection {sessions} cookie\nemit ${{code}}\nstep GET {authorize_path(t, flow)}\nheader Cookie: ${{cookie}}\n"
            f"status 302 303\ncapture code query code\n")


def token_step(t, flow, fields):
    auth = basic(flow.client) if flow.secret else ""
    form = fields if flow.secret else {"client_id": flow.client, **fields}
    body = "&".join(f"{k}={v}" if "${" in v else urlencode({k: v}) for k, v in form.items())
    return f"step POST {t.token}\n{FORM}{auth}body {body}\nstatus 200\njson token_type {t.token_type}\n"


def exchange(t, flow, codes, emit):
    """Needs a file of codes; emits the value called @emit (access or refresh)."""
    fields = {"grant_type": "authorization_code", "code": "${code}", "redirect_uri": REDIRECT, "code_verifier": VERIFIER, **flow.token}
    checks = "jwt id_token\njson access_token\n" + ("jwt access_token\n" if flow.is_jwt else "")
    return (f"jwks {t.jwks}\nrows once {codes} code\nemit ${{{emit}}}\n{token_step(t, flow, fields)}{checks}"
            "capture access json access_token\ncapture refresh json refresh_token\n")


def refresh(t, tokens):
    """Needs a file with one refresh token a connection; each connection walks its own chain."""
    fields = {"grant_type": "refresh_token", "refresh_token": "${refresh}", **t.refresh}
    return (f"jwks {t.jwks}\nrows connection {tokens} refresh\n{token_step(t, t.flow, fields)}"
            "jwt access_token\ncapture refresh json refresh_token\n")


def introspection(t, tokens):
    return (f"rows cycle {tokens} access\nstep POST {t.introspect}\n{FORM}{basic(t.introspector)}body token=${{access}}\nstatus 200\n"
            f"json active true\njson client_id {t.read_flow.client}\n")


def userinfo(t, tokens):
    return f"rows cycle {tokens} access\nstep GET {t.userinfo}\nheader Authorization: Bearer ${{access}}\nstatus 200\njson sub\n"


def login(t):
    return "jar\n" + t.login(t, t.flow)


def yimen_login(t, flow):
    """ui-contract.md: page `login`, form `login-password`. Adapt here when the way there changes."""
    return (f"step GET {authorize_path(t, flow)}\nstatus 302 303\ncapture page location\n"
            "step GET ${page}\nstatus 200\ncapture csrf field csrf\ncapture interaction field interaction\ncapture action action login-password\n"
            "contains data-page=\"login\"\n"
            f"step POST ${{action}}\n{FORM}body csrf=${{csrf}}&interaction=${{interaction}}&namespace=natural&login_name=zhangsan&password=Demo%401234\n"
            f"status 302 303\n")


def glewlwyd_login(t, flow):
    return ('step POST /api/auth/\nheader Content-Type: application/json\n'
            'body {"username":"zhangsan","password":"Demo@1234"}\nstatus 200\n'
            f"set-cookie {t.session_cookie}\n")


YIMEN = Target(
    name="yimen", discovery="/.well-known/openid-configuration", jwks="/jwks", authorize="/authorize", token="/token",
    introspect="/introspect", userinfo="/userinfo", login=yimen_login, session_cookie="",
    service={"ES256": ("demo-service", "/token", "/jwks", {}), "RS256": ("demo-service-rs256", "/token", "/jwks", {})},
    refresh={"scope": "api"})

# Its JWTs name a resource and can be neither introspected nor used at userinfo, so those two are asked about opaque tokens. A refresh
# for "api" alone makes one signature, as ours does, instead of two.
RESOURCE = {"resource": "urn:bench:es256"}
OIDC_PROVIDER = Target(
    name="oidc-provider", discovery="/.well-known/openid-configuration", jwks="/jwks", authorize="/auth", token="/token",
    introspect="/token/introspection", userinfo="/me", login=None, session_cookie="_session",
    service={"ES256": ("demo-service", "/token", "/jwks", RESOURCE),
             "RS256": ("demo-service", "/token", "/jwks", {"resource": "urn:bench:rs256"})},
    flow=Flow(authorize=RESOURCE, token=RESOURCE), read_flow=Flow(is_jwt=False), refresh={"scope": "api", **RESOURCE})

# One plug-in instance an algorithm; a client may introspect only tokens of its own.
GLEWLWYD = Target(
    name="glewlwyd", discovery="/api/es/.well-known/openid-configuration", jwks="/api/es/jwks", authorize="/api/es/auth",
    token="/api/es/token", introspect="/api/es/introspect", userinfo="/api/es/userinfo", login=glewlwyd_login,
    session_cookie="GLEWLWYD2_SESSION_ID", token_type="bearer",
    service={"ES256": ("demo-service", "/api/es/token", "/api/es/jwks", {}),
             "RS256": ("demo-service", "/api/rs/token", "/api/rs/jwks", {})},
    flow=Flow(authorize={"g_continue": ""}),
    read_flow=Flow(client="demo-portal", secret=True, authorize={"g_continue": ""}),
    introspector="demo-portal")
