"""What we remember of a conversation in a messenger or by mail."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chalicelib.events import Attribution


class Told(BaseModel):
    """What a client has told for their request so far.

    Attributes:
        company: as they wrote it.
        tax_number: ten digits of a company, twelve of a person.
        says_what: whether they said anything beyond a greeting.
        deadline: the last day, on the shop's calendar; None if they named none.
        has_files: whether any came.
    """

    model_config = ConfigDict(frozen=True)

    company: str = ""
    tax_number: str = ""
    says_what: bool = False
    deadline: date | None = None
    has_files: bool = False


class Opening(BaseModel):
    """Somebody opened the chat, before they said anything. Implements ``playbook.visits.Visitor``.

    Attributes:
        at: when they did.
    """

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    attribution: Attribution
    landing_page: str
    referrer: str
    visitor_ids: tuple[tuple[str, str], ...]


class ConversationMemory(BaseModel):
    """One conversation. It stands in its client's memory, or beside it if the client is known otherwise.

    Attributes:
        phone: the client's in E.164, once they told it; empty before.
        opened: how it was opened last; None if the messenger did not tell.
        noted: the ids of the messages that stand in the order that it made, the first one's first.
        written_at: when we heard of its last message.
        told: what the client told for this order.
        asked_by: the journal entries that asked for what was missing.
        answered_at: when somebody of the shop wrote there last; None if the messenger told of nobody.
    """

    model_config = ConfigDict(frozen=True)

    phone: str = ""
    opened: Opening | None = None
    noted: tuple[str, ...] = ()
    written_at: AwareDatetime | None = None
    told: Told = Told()
    asked_by: tuple[str, ...] = ()
    answered_at: AwareDatetime | None = None


def conversation_key(source: str, chat: str) -> str:
    """The document of a conversation."""
    return f"chat:{source}:{chat}"
