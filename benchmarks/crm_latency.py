"""How long the pretend CRM itself takes for what Leadkeeper asks it about one lead."""

import http.client
import json
import time
from http import HTTPStatus
from urllib.parse import urlencode

from benchmarks import leads
from benchmarks.figures import Spread, spread
from benchmarks.programs import HOST, SandboxProgram

SIGNIFICANT_DIGITS = 10
HEADERS = {"X-API-KEY": "sandbox"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def measure(sandbox: SandboxProgram, first: int, count: int) -> Spread:
    """Ask the same of it as for a lead, one after the other over one kept connection, with the least client.

    Its limit of requests must be lifted.
    """
    connection = http.client.HTTPConnection(HOST, sandbox.port)
    seconds = []
    for number in range(first, first + count):
        began = time.perf_counter()
        _search_and_create(connection, number)
        seconds.append(time.perf_counter() - began)
    connection.close()
    return spread(seconds)


def _search_and_create(connection: http.client.HTTPConnection, number: int) -> None:
    digits = leads.phone(number)[-SIGNIFICANT_DIGITS:]
    order = {
        "externalId": f"own-{number}",
        "phone": leads.phone(number),
        "firstName": "Мария",
        "orderMethod": "landing-page",
        "status": "new",
    }
    _ask(connection, "GET", "orders?" + urlencode({"filter[customer]": digits, "limit": 100}))
    _ask(connection, "GET", "customers?" + urlencode({"filter[name]": digits, "limit": 100}))
    _ask(connection, "POST", "orders/create", urlencode({"site": "tents", "order": json.dumps(order)}))


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> None:
    connection.request(method, f"/api/v5/{path}", body, {**HEADERS, **(FORM if body else {})})
    answer = connection.getresponse()
    answer.read()
    if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise RuntimeError(f"the sandbox answers {answer.status} to {method} {path}")
