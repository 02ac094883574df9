"""Yandex Delivery's API, with the account's token."""

from collections.abc import Mapping
from typing import Any

import httpx

from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.polling import TIMEOUT, answer


class Api:
    """One of its two services."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None) -> None:
        """Ask in the name of this account."""
        self._http = httpx.Client(
            base_url=url,
            headers={"authorization": f"Bearer {token}", "accept-language": "ru"},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the token elsewhere.
        )

    def told(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 -- as httpx takes it
        """The object that it answers.

        Raises:
            Unreachable: it does not answer, or not with an object.
            Refused: it refuses.
        """
        found = answer(self._http, method, path, **request)
        if not isinstance(found, Mapping):
            raise Unreachable("source-unreachable", "the answer is no object")
        return found

    def of_one(self, method: str, path: str, **parameters: str) -> Mapping[str, Any] | None:
        """What it answers about a single parcel; None if it has nothing to say about it.

        A token that is not taken is told by the questions about the whole account.

        Raises:
            Unreachable: it does not answer, or not with an object.
        """
        try:
            return self.told(method, path, params=parameters)
        except Refused:
            return None


def rows_of(found: Mapping[str, Any], name: str) -> list[Any]:
    """The list in an answer.

    Raises:
        Unreachable: there is none.
    """
    rows = found.get(name)
    if not isinstance(rows, list):
        raise Unreachable("source-unreachable", f"the answer holds no list {name}")
    return rows


def part(value: object, name: str) -> Mapping[str, Any]:
    """The object in an object; an empty one if there is none."""
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}
