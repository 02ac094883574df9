"""Test leads: they go our whole way like a client's, and end before anything is made of them.

Each carries a mark that only who knows the source's secret can make, and that fits no other lead. A wrong
mark is kept for a person: no client writes one, and nobody hides a real lead behind one.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.errors import Unreadable
from chalicelib.gate.provider import same_secret

MARK = "leadkeeper_test_mark"
"""The field that holds it. No form of a shop has such a one."""

TEST_LEAD = "test-lead"
"""Why its journal entry is closed."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A test lead as the third party would send it.

    Attributes:
        path: what follows the source's name in the URL, such as the token.
        headers: by lower-case name.
    """

    path: tuple[str, ...]
    headers: Mapping[str, str]
    body: bytes


class Tester(Protocol):
    """The module ``providers/<name>/test_lead.py``."""

    def submission(self, settings: Any, lead_id: str) -> Submission:  # noqa: ANN401 -- each provider has settings of its own
        """A marked lead with this id."""
        ...


def mark(secret: str, lead_id: str) -> str:
    """The mark of the test lead with this id."""
    return hmac.digest(secret.encode(), f"test lead {lead_id}".encode(), "sha256").hex()


def require_mark(given: object, lead_id: str, secrets: Sequence[str]) -> None:
    """Let pass if the mark was made for this lead with one of the secrets.

    Raises:
        Unreadable: ``forged-test-lead``.
    """
    if not same_secret(str(given), tuple(mark(secret, lead_id) for secret in secrets)):
        raise Unreadable("forged-test-lead", "it is marked as a test lead, but the mark is wrong")
