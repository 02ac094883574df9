"""Who wants no text messages of ours: kept for good, by the phone's fingerprint instead of the phone."""

from datetime import datetime

from pydantic import AwareDatetime

from chalicelib.changing import Content, change_document
from chalicelib.engine.port import Documents
from chalicelib.gate.tickets import fingerprint
from chalicelib.memory import Memory

BY_GATEWAY = "gateway"
"""The reason code if the gateway, or the client's operator, said so."""


class OptOut(Memory):
    """What the owner of a phone said last.

    Attributes:
        reason: who said that they want nothing; empty if they want messages, or never said anything.
        at: when they said it.
    """

    reason: str = ""
    at: AwareDatetime | None = None


class OptOuts:
    """What the owners of phones said."""

    def __init__(self, documents: Documents) -> None:
        """Remember it in these documents."""
        self._documents = documents

    def reason(self, phone: str) -> str:
        """Why this phone (E.164) gets no text message; empty if it may get one."""
        return OptOut.model_validate(self._documents.get(_key(phone)).content).reason

    def suppress(self, phone: str, reason: str, now: datetime) -> None:
        """Its owner wants no messages."""
        self._put(phone, OptOut(reason=reason, at=now))

    def allow(self, phone: str, now: datetime) -> None:
        """Its owner wants messages, again or still."""
        self._put(phone, OptOut(at=now))

    def _put(self, phone: str, said: OptOut) -> None:
        def changed(content: Content) -> Content:
            is_known = OptOut.model_validate(content).reason == said.reason
            return content if is_known else said.content()

        change_document(self._documents, _key(phone), changed)


def _key(phone: str) -> str:
    return f"opt-out:{fingerprint(phone)}"
