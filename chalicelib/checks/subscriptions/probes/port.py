"""What a probe says, and how it asks over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from chalicelib.errors import Refused, Unreachable

TIMEOUT = httpx.Timeout(10, connect=5)
SLOW_DOWN = 429
FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class End:
    """When something ends."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Money:
    """What is left on an account.

    Attributes:
        currency: as the service writes it, such as ``RUB``.
    """

    amount: Decimal
    currency: str


def ask(http: httpx.Client, method: str, url: str, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 -- as httpx takes it
    """The JSON object that a service answers. No URL is part of an error: it may hold a secret.

    Raises:
        Unreachable: it does not answer, or not with an object.
        Refused: it will not answer until somebody changes something.
    """
    try:
        response = http.request(method, url, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable("probe-unreachable", type(error).__name__) from None
    detail = f"{response.url.host} answers {response.status_code}"
    if response.status_code == SLOW_DOWN or response.status_code >= FIRST_SERVER_ERROR:
        raise Unreachable("probe-unreachable", detail)
    if not response.is_success:
        raise Refused("probe-refused", detail)
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        raise Unreachable("probe-unreachable", f"{detail}, but with no JSON object")
    return answer


def money(answer: Mapping[str, Any], currency: str = "RUB") -> Money:
    """The fields ``balance``, a number or a text, and ``currency``, if there is one.

    Raises:
        Refused: there is no such field; the service's own code says why.
    """
    balance = answer.get("balance")
    try:
        amount = Decimal(str(balance))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(balance, bool) or not amount.is_finite():
        code = next(
            (
                answer[key]
                for key in ("code", "result", "status_code", "error_code", "status")
                if key in answer
            ),
            "?",
        )
        raise Refused("probe-refused", f"it tells no balance, code {str(code)[:50]}")
    return Money(amount, str(answer.get("currency") or currency)[:10])
