"""Ask a client in their conversation for what is missing of their request, until somebody works on it."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from chalicelib.actions import AnyAction, RequestReply, SendReply
from chalicelib.conversation_memory import ConversationMemory, Told, conversation_key
from chalicelib.errors import TooEarly
from chalicelib.events import MessageAnswered, MessageReceived, ReplyDue
from chalicelib.messengers.settings import RequestForm
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.clients import client_memory
from chalicelib.playbook.conversations import Conversation, conversation_of
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.request_form import missing, told_in
from chalicelib.playbook.task_completion import completed, without_reason
from chalicelib.task_reasons import Gone

FIRST_PAUSE = timedelta(seconds=20)
"""People write in several messages. So long after the last one we ask."""

NEXT_PAUSE = timedelta(minutes=5)
"""Likewise once they were asked: they may have to look something up."""

NO_FILES = frozenset({"sticker", "location", "link"})
"""Attachments that are no answer to who asked for a file."""

TALK = timedelta(days=1)
"""Where somebody of the shop wrote so long before a request, the client goes on talking to them."""

OF_USE = timedelta(hours=1)
"""After an outage, a question that comes later than this would only puzzle."""


def told_by(message: MessageReceived, desk: Desk) -> Told:
    """What a message tells; nothing where nobody is asked."""
    if desk.shop.request_form_for(desk.entry.source) is None:
        return Told()
    zone: ZoneInfo = desk.shop.shop.timezone
    has_files = any(attachment.name not in NO_FILES for attachment in message.attachments)
    text = "\n".join(filter(None, (message.subject, message.text)))
    return told_in(text, message.at.astimezone(zone).date(), has_files=has_files)


def question(message: MessageReceived, conversation: Conversation, desk: Desk) -> tuple[AnyAction, ...]:
    """The request to ask, if something is missing and it was not asked for too often."""
    form = desk.shop.request_form_for(desk.entry.source)
    memory = conversation.memory
    if form is None or not _open_questions(form, memory, memory.asked_by):
        return ()
    request = memory.noted[0]
    due = ReplyDue(source=desk.entry.source, chat=message.chat, request=request)
    # What is written until it is sent asks for the same reply.
    return (RequestReply(once=f"{conversation.chat.key}:{request}:{len(memory.asked_by)}", due=due),)


def on_message_answered(answered: MessageAnswered, desk: Desk) -> Decision:
    """The client talks to a person, who asks for themselves; the order waits for its manager all the same.

    What the client had written until then is answered.

    Raises:
        Postponed: another entry is at work for this conversation.
    """
    key = conversation_key(desk.entry.source, answered.chat)
    document, memory = client_memory(desk, key)
    note = desk.texts.render("task/answered_in_chat", at=answered.at)
    tasks = without_reason(memory, Gone.ANSWERED, since=answered.at)
    actions = tuple(completed(task, note, client=key) for task in tasks)
    so_far = memory.conversation or ConversationMemory()
    answered_at = max(answered.at, so_far.answered_at or answered.at)
    told = memory.model_copy(update={"conversation": so_far.model_copy(update={"answered_at": answered_at})})
    told = told.claimed(own_claim(desk)) if actions else told
    claims = (replace(document, content=told.content()),)
    return Decision(actions, claims, note="" if actions else "answered-in-chat")


def on_reply_due(due: ReplyDue, desk: Desk) -> Decision:
    """Ask now, if the client has paused, something is still missing, and nobody works on the order.

    Raises:
        TooEarly: the client is still writing.
        Postponed: another entry is at work for this conversation.
    """
    conversation = conversation_of(desk, due.source, due.chat)
    memory = conversation.memory
    form = desk.shop.request_form_for(due.source)
    if form is None or memory.written_at is None or memory.noted[:1] != (due.request,):
        return Decision(note="no-longer-asked")
    # Without this very one, which may have been decided before.
    asked_by = tuple(entry_id for entry_id in memory.asked_by if entry_id != desk.entry.id)
    fields = _open_questions(form, memory, asked_by)
    if not fields:
        return Decision(note="nothing-missing")
    if not _nobody_works_on_it(conversation, desk):
        return Decision(note="somebody-works-on-it")
    wait = memory.written_at + (NEXT_PAUSE if asked_by else FIRST_PAUSE) - desk.now
    if wait > timedelta():
        raise TooEarly("client-writes-on", wait)
    valid_until = memory.written_at + OF_USE
    if desk.now > valid_until:
        return Decision(note="too-late")
    text = desk.texts.render("reply/request_form", is_first=not asked_by, shop=desk.shop.shop.name, **fields)
    reply = SendReply(source=due.source, chat=due.chat, text=text, valid_until=valid_until)
    asked = memory.model_copy(update={"asked_by": (*asked_by, desk.entry.id)})
    return Decision((reply,), (conversation.remembering(asked).remembered(),))


def _open_questions(
    form: RequestForm, memory: ConversationMemory, asked_by: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """What the text asks for; empty if for nothing."""
    if len(asked_by) >= form.times:
        return {}
    things: tuple[str, ...] = missing(memory.told, form.ask)
    questions = () if asked_by else form.questions
    return {"missing": things, "questions": questions} if things or questions else {}


def _nobody_works_on_it(conversation: Conversation, desk: Desk) -> bool:
    own, answered_at = conversation.own_order, conversation.memory.answered_at
    if own is None or (answered_at is not None and own.at - answered_at < TALK):
        return False
    order = conversation.client.order(own.id)
    return order is not None and order.status in desk.shop.unprocessed_statuses
