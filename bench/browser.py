# SPDX-License-Identifier: Apache-2.0
"""browser - gets session cookies out of a server, once, before it is measured: follows redirects, keeps cookies, fills in forms."""
import html
import http.client
import json
import re
from urllib.parse import urlencode, urlparse

import targets


class Browser:
    def __init__(self, port):
        self.port = port
        self.cookies = {}   # name → (value, path)

    def request(self, method, path, body=None, content_type="application/x-www-form-urlencoded"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, (v, _) in self.cookies.items())} if self.cookies else {}
        if body is not None:
            headers["Content-Type"] = content_type
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for line in answer.headers.get_all("set-cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            path_of = re.search(r";\s*path=([^;]*)", line, re.I)
            self.cookies[name] = (value, path_of.group(1) if path_of else "/")
            if not value or "1970" in line or re.search(r"max-age=0", line, re.I):
                del self.cookies[name]
        connection.close()
        return answer.status, answer.headers.get("location"), text

    def follow(self, method, path, body=None):
        """Until a page, or the redirect URI of the client: (location or None, text)."""
        for _ in range(12):
            status, location, text = self.request(method, path, body)
            if status not in (302, 303):
                return None, text
            if location.startswith(targets.REDIRECT):
                return location, ""
            url = urlparse(location)
            method, body, path = "GET", None, url.path + ("?" + url.query if url.query else "")
        raise RuntimeError(f"redirects without end, last to {path}")

    def submit(self, page, form_id, fields):
        form = re.search(rf'<form\b[^>]*\bid="{form_id}"[^>]*>(.*?)</form>', page, re.S)
        if not form:
            raise RuntimeError(f"no form {form_id} in: {page[:400]}")
        action = html.unescape(re.search(r'action="([^"]*)"', form.group(0)).group(1))
        values = {}
        for tag in re.findall(r"<input\b[^>]*>", form.group(1)):
            attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
            if attributes.get("type") == "hidden":
                values[attributes["name"]] = html.unescape(attributes.get("value", ""))
        url = urlparse(action)
        return self.follow("POST", url.path + ("?" + url.query if url.query else ""), urlencode({**values, **fields}))

    def session(self):
        """The Cookie header of a logged-in browser."""
        return "; ".join(f"{k}={v}" for k, (v, path) in self.cookies.items() if path == "/")


def yimen(browser, t, flow):
    location, page = browser.follow("GET", targets.authorize_path(t, flow))
    if not location:
        who = {"namespace": "natural", "login_name": "zhangsan", "password": "Demo@1234"}
        location, page = browser.submit(page, "login-password", who)
    if not location:
        location, page = browser.submit(page, "consent", {"decision": "allow"})
    return location


def oidc_provider(browser, t, flow):
    """Its login page logs everybody in (peers/oidc-provider.mjs)."""
    return browser.follow("GET", targets.authorize_path(t, flow))[0]


def glewlwyd(browser, t, flow):
    browser.request("POST", "/api/auth/", json.dumps({"username": "zhangsan", "password": "Demo@1234"}), "application/json")
    return browser.follow("GET", targets.authorize_path(t, flow))[0]


WAYS = {"yimen": yimen, "oidc-provider": oidc_provider, "glewlwyd": glewlwyd}


def sessions(port, t, n):
    """@n Cookie headers of logged-in browsers that need no consent any more."""
    cookies = []
    for _ in range(n):
        browser = Browser(port)
        for flow in (t.flow, t.read_flow):
            location = WAYS[t.name](browser, t, flow)
            if not location or "code=" not in location:
                raise RuntimeError(f"{t.name}: no code after login: {location}")
        cookies.append(browser.session())
    return cookies
