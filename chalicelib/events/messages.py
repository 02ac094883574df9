"""What clients write in messengers and letters, and what they hear back."""

from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Attribution, Event


class Attachment(Event):
    """A file that came with a message.

    Attributes:
        name: the file's name, or what kind of file it is where it has none: ``photo``, ``voice``.
        url: where who reads the CRM can open it; empty if there is no such place without a secret.
        size: in bytes; None if unknown.
        file_id: by which the messenger gives us the file, where it gives it to nobody else; else empty.
    """

    name: str
    url: str = ""
    size: int | None = None
    file_id: str = ""


class MessageReceived(Event):
    """A client wrote to us in a messenger, or a letter.

    Attributes:
        message_id: the sender's id of the message.
        medium: where they wrote; ``site`` is a chat on the shop's own pages.
        chat: tells the conversations of one source apart: the chat's id; of a letter, its sender's address.
        name: how they call themselves; empty if unknown.
        phone: the client in E.164, None if the messenger does not tell.
        email: the sender's address of a letter; else empty.
        subject: of a letter; else empty.
        text: what they wrote; may be empty if they sent a file.
        attachments: the files that came with it.
        chat_url: where who reads the CRM can open the conversation; empty if there is no such place.
        attribution: where the client came from, if the messenger tells.
        landing_page: likewise, the page on which they began to write.
        referrer: from which page the client came there.
        visitor_ids: as in :class:`LeadSubmitted`.
        at: when they wrote.
    """

    kind: Literal["message-received"] = "message-received"
    message_id: str
    medium: Literal["telegram", "vk", "max", "whatsapp", "site", "mail"]
    chat: str
    name: str = ""
    phone: str | None = None
    email: str = ""
    subject: str = ""
    text: str
    attachments: tuple[Attachment, ...] = ()
    chat_url: str = ""
    attribution: Attribution = Attribution()
    landing_page: str = ""
    referrer: str = ""
    visitor_ids: tuple[tuple[str, str], ...] = ()
    at: AwareDatetime


class MessageAnswered(Event):
    """Somebody of the shop wrote to a client in their conversation, past Leadkeeper.

    Attributes:
        chat: which conversation, as :class:`MessageReceived` names it.
        at: when they wrote.
    """

    kind: Literal["message-answered"] = "message-answered"
    chat: str
    at: AwareDatetime


class ReplyDue(Event):
    """A client is due to be asked for what is missing of their request. Travels on the ``notify`` queue.

    What it says is decided when it is sent: they may have written on.

    Attributes:
        source: in whose conversation.
        chat: which conversation.
        request: the id of the message that began the request.
        rule: the kind of its event: in observe mode nothing is sent.
    """

    kind: Literal["reply-due"] = "reply-due"
    source: str
    chat: str
    request: str
    rule: Literal["message-received"] = "message-received"


class FileDue(Event):
    """A file that a client sent is due to be shown in the CRM. Travels on the ``notify`` queue.

    Attributes:
        source: in whose conversation.
        chat: which conversation.
        sent_at: when the client sent it; of the messenger's clock, as the order that it made has it.
        file_id: as the :class:`Attachment` has it.
        name: likewise.
        order_id: the order that its message was about; None if it made one.
        rule: the kind of its event: in observe mode nothing is done.
    """

    kind: Literal["file-due"] = "file-due"
    source: str
    chat: str
    sent_at: AwareDatetime
    file_id: str
    name: str
    order_id: int | None = None
    rule: Literal["message-received"] = "message-received"


class RequestDated(Event):
    """A client has told until when they want what they ask for.

    Attributes:
        source: in whose conversation.
        chat: which conversation.
        message_id: by which message.
        rule: the kind of its event: in observe mode nothing is made of it.
        at: when they wrote it.
    """

    kind: Literal["request-dated"] = "request-dated"
    source: str
    chat: str
    message_id: str
    rule: Literal["message-received"] = "message-received"
    at: AwareDatetime
