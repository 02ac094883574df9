"""What Meta's Graph API says when it does not do what it was asked: for lead ads and WhatsApp.

Facts: Meta's pages "Handling errors", "Rate limits" and "WhatsApp Cloud API: error codes".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from httpx import codes

from chalicelib.logs import masked

API = "https://graph.facebook.com/v24.0"
"""A version that has ended is answered as by the oldest one that has not."""

FIRST_SERVER_ERROR = 500
MOST_WORDS = 200


class Fault(Enum):
    """What kind of trouble it is."""

    LIMIT = "limit"
    """Too many requests: the next one would fail as well."""
    PASSING = "passing"
    """Trouble of its own with this request. It may have been carried out."""
    TOKEN = "token"  # noqa: S105 -- names a kind of trouble
    """The token is of no use any more, whatever it is asked."""
    PERMISSION = "permission"
    """The token lacks a right here: to this object, of this page."""
    REFUSED = "refused"
    """A clear no to this request."""


MEANINGS: Mapping[Fault, frozenset[int]] = {
    Fault.LIMIT: frozenset({4, 17, 32, 341, 613, 130429, 131048, 131056, *range(80000, 80015)}),
    Fault.PASSING: frozenset({1, 2, 131000, 131016, 131057, 133004}),
    Fault.TOKEN: frozenset({0, 102, 190, 368, 131031, 131042}),
    Fault.PERMISSION: frozenset({3, 10, 131005, *range(200, 300)}),
}
"""All other codes are refusals. 368 and 131031: the account is blocked; 131042: it has not paid."""

_KINDS = {code: fault for fault, known in MEANINGS.items() for code in known}


@dataclass(frozen=True, slots=True)
class GraphError:
    """An answer that is an error.

    Attributes:
        code: Meta's; None if the answer names none.
        words: what Meta says, for a person.
    """

    fault: Fault
    code: int | None
    words: str


def error_of(status: int, content: Mapping[str, object]) -> GraphError | None:
    """What an answer complains about; None if it does not.

    Args:
        status: of the HTTP answer.
        content: its JSON object; an empty one if it has none.
    """
    error = content.get("error")
    if isinstance(error, Mapping):
        code = error.get("code")
        code = code if isinstance(code, int) else None
        words = masked(f"code {code}: {error.get('message', '')}")[:MOST_WORDS]
        return GraphError(_fault(status, code, is_transient=error.get("is_transient") is True), code, words)
    if codes.is_success(status):
        return None
    return GraphError(Fault.PASSING, None, f"answers {status} without an error code")


def _fault(status: int, code: int | None, *, is_transient: bool) -> Fault:
    if code in _KINDS:
        return _KINDS[code]
    return Fault.PASSING if is_transient or code is None or status >= FIRST_SERVER_ERROR else Fault.REFUSED
