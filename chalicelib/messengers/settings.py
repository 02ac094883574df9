"""What the shop file's tables ``[messengers]`` and ``[request_form]`` set."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.config_types import Duration, Table

Thing = Literal["company", "tax_number", "what", "deadline", "files"]
"""What a client may be asked for, and can be seen in what they write."""


class MessengerSettings(Table):
    """How conversations are treated, whichever messenger or mailbox they come by.

    Attributes:
        window: how long after a message made an order the next ones are added to it, while nobody has looked
            at it yet.
        files: whether files that only a messenger's secret opens are put into the CRM.
    """

    window: Duration = timedelta(minutes=30)
    files: bool = False


class RequestForm(Table):
    """What a client who writes for the first time is asked for, as far as they have not told it.

    Attributes:
        ask: what to ask for.
        questions: further questions, asked once: no answer to them is recognised.
        sources: in which messengers; empty for each that can reply.
        times: how often one conversation is asked at most.
    """

    ask: tuple[Thing, ...] = ("company", "tax_number", "what", "deadline", "files")
    questions: tuple[Annotated[str, Field(min_length=1, max_length=300)], ...] = ()
    sources: frozenset[str] = frozenset()
    times: int = Field(default=2, ge=1, le=5)
