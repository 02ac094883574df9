"""Somebody with a browser at the console's URL, as Lambda tells the function of them."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.console.access.passwords import hash_of
from tests.infra.webhooks import FORM

HOST = "0123456789abcdefghijklmnopqrstuv.lambda-url.eu-central-1.on.aws"
NAME, PASSWORD = "owner", "only for these tests"
SECRETS = {
    "CONSOLE_SESSION_KEY": "0123456789abcdef0123456789abcdef",
    "CONSOLE_OWNER_PASSWORD": str(hash_of(PASSWORD, b"0123456789abcdef")),
}
CSRF = re.compile(r'name="csrf" value="([^"]+)"')

Event = dict[str, Any]


class Visitor:
    """Keeps cookies, and sends forms with the token that the last page gave."""

    def __init__(self, ask: Callable[[Event], Event]) -> None:
        """Ask the function by this."""
        self._ask = ask
        self._cookies: dict[str, str] = {}
        self._csrf = ""

    def sign_in(self) -> Event:
        self.get("/console/sign-in")
        return self.post("/console/sign-in", name=NAME, password=PASSWORD)

    def get(self, address: str) -> Event:
        return self._send("GET", address)

    def post(self, address: str, **form: str) -> Event:
        return self._send("POST", address, urlencode({"csrf": self._csrf, **form}))

    def press(self, address: str, **form: str) -> str:
        """Where a button leads."""
        answer = self.post(address, **form)
        assert answer["statusCode"] == HTTPStatus.SEE_OTHER, answer
        return str(answer["headers"]["location"])

    def _send(self, method: str, address: str, body: str = "") -> Event:
        answer = self._ask(self._event(method, address, body))
        for line in answer["cookies"]:
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        if found := CSRF.search(answer["body"]):
            self._csrf = found[1]
        return answer

    def _event(self, method: str, address: str, body: str) -> Event:
        """In payload format 2.0."""
        url = urlsplit(address)
        headers = {"host": HOST, "x-forwarded-proto": "https", "x-forwarded-port": "443"}
        if body:
            headers["content-type"] = FORM
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": url.path,
            "rawQueryString": url.query,
            "cookies": [f"{name}={value}" for name, value in self._cookies.items()],
            "headers": headers,
            "requestContext": {
                "domainName": HOST,
                "http": {
                    "method": method,
                    "path": url.path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": "tests",
                },
                "stage": "$default",
            },
            "body": body,
            "isBase64Encoded": False,
        }
        return json.loads(json.dumps(event))  # type: ignore[no-any-return]  # as it comes over the network
