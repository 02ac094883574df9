"""How a gateway without a library of its own is asked."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from chalicelib.errors import Unreachable
from chalicelib.sms.answers import Answer, error_of

TIMEOUT = httpx.Timeout(10, connect=5)
NO_ACCESS = frozenset({401, 403})
SLOW_DOWN = frozenset({429, 503})
NOT_EVEN_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def ask(http: httpx.Client, url: str, form: Mapping[str, str], *, is_write: bool) -> Mapping[str, Any]:
    """The JSON object that a gateway answers to a form. Secrets go in the body: URLs stand in logs.

    Raises:
        Unreachable: there is no such answer. ``maybe_done`` for a write that may have been done.
    """
    try:
        response = http.post(url, data=dict(form))
    except NOT_EVEN_CONNECTED as error:
        raise Unreachable("sms-unreachable", type(error).__name__) from None
    except httpx.HTTPError as error:
        raise Unreachable("sms-unreachable", type(error).__name__, maybe_done=is_write) from None
    detail = f"{response.url.host} answers {response.status_code}"
    if response.status_code in NO_ACCESS:
        raise error_of(Answer.NO_ACCESS, detail)
    if response.status_code in SLOW_DOWN:
        raise error_of(Answer.COME_LATER, detail)
    try:
        answer = response.json() if response.is_success else None
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        raise Unreachable("sms-unreachable", f"{detail}, but with no JSON object", maybe_done=is_write)
    return answer


def amount(value: object) -> Decimal | None:
    """A sum of money without its sign, as a number or as a text; None if it is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return abs(found) if found.is_finite() else None


def number(value: object) -> int | None:
    """A code, as a number or as a text; None if it is none."""
    try:
        return int(str(value))
    except ValueError:
        return None
