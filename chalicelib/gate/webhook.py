"""One HTTP request as it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """One HTTP request as it came.

    Attributes:
        source: name of the source, the first path segment after ``/hooks/``.
        method: HTTP method in upper case.
        path: the path segments after the source, percent-decoded: a token, or ``("events", "summary")``.
        query: query parameters; of a repeated one the last value.
        headers: header values by lower-case name.
        body: the raw bytes, before any decoding.
        received_at: when we received it, aware, UTC.
    """

    source: str
    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters; empty if the sender named none."""
        return without_parameters(self.headers.get("content-type", ""))


def without_parameters(content_type: str) -> str:
    """The media type of a header ``Content-Type``, in lower case."""
    return content_type.partition(";")[0].strip().lower()
