"""A client wrote to us: a new order, a note on the order that they have just made, or a task to answer."""

from chalicelib.actions import AnnotateOrder, AnyAction, CreateOrder, TaskText, Topic
from chalicelib.assignment.subject import Subject
from chalicelib.conversation_memory import Opening, Told
from chalicelib.crm.port import Order
from chalicelib.events import Attribution, MessageReceived
from chalicelib.playbook.client_clock import clock_line, zone_of
from chalicelib.playbook.client_tasks import order_in_question
from chalicelib.playbook.clients import external_id
from chalicelib.playbook.conversations import Conversation, conversation_of
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import follow_up
from chalicelib.playbook.message_files import files_due
from chalicelib.playbook.performers import manager_for
from chalicelib.playbook.repeat_clients import Contact, card_of
from chalicelib.playbook.request_asking import question, told_by
from chalicelib.playbook.request_deadline import dated, told_text
from chalicelib.playbook.request_form import joined
from chalicelib.playbook.sms_delivery import told_anyway
from chalicelib.playbook.visits import Visitor, custom_fields, visit_text

MOST_NOTES = 20
"""Of further messages on one order. Who writes still more is answered."""

LONGEST_NAME = 200
LONGEST_TEXT = 3000
"""Characters of one message in an order or a task. The journal has all of it."""

KEPT_FIRST, KEPT_LAST = 1000, 6000
"""Characters of the messages before, in one task. Who the client is stands with the first one."""


def on_message_received(message: MessageReceived, desk: Desk) -> Decision:
    """An order for a new client, else one task a conversation on the order that it may be about.

    Raises:
        Postponed: another entry is at work for this conversation or its client.
    """
    source = desk.entry.source
    conversation = conversation_of(desk, source, message.chat, message.phone or "", message.email)
    if not (message.text.strip() or message.attachments or message.phone or message.email):
        return _opened(message, conversation, desk)
    conversation = _heard(message, conversation, desk)
    order = _order_to_note_on(message, conversation, desk)
    if order is not None:
        return _note(message, conversation, order, desk)
    order = order_in_question(conversation.client, desk)
    if order is not None:
        return _task(message, conversation, order, desk)
    return _new_order(message, conversation, desk)


def _opened(message: MessageReceived, conversation: Conversation, desk: Desk) -> Decision:
    """Somebody opened the chat, and has yet to say something: where they came from belongs to that."""
    opening = Opening(
        at=message.at,
        attribution=message.attribution,
        landing_page=message.landing_page,
        referrer=message.referrer,
        visitor_ids=message.visitor_ids,
    )
    conversation = conversation.remembering(conversation.memory.model_copy(update={"opened": opening}))
    return Decision(claims=conversation.claims(desk), note="chat-opened")


def _visit(message: MessageReceived, conversation: Conversation) -> Visitor:
    """Who knows where the client of a new order came from."""
    opened, own = conversation.memory.opened, conversation.own_order
    knows_itself = message.attribution != Attribution() or message.landing_page or message.visitor_ids
    if knows_itself or opened is None or (own is not None and own.at >= opened.at):
        return message
    return opened


def _heard(message: MessageReceived, conversation: Conversation, desk: Desk) -> Conversation:
    """With what the message tells."""
    told = joined(conversation.memory.told, told_by(message, desk))
    return conversation.remembering(
        conversation.memory.model_copy(update={"told": told, "written_at": desk.entry.received_at})
    )


def _order_to_note_on(message: MessageReceived, conversation: Conversation, desk: Desk) -> Order | None:
    """The order that the conversation made just before, if nobody has looked at it since."""
    own = conversation.own_order
    # Both by the sender's clock; what is read late may come in another order.
    if own is None or abs(message.at - own.at) > desk.shop.messengers.window:
        return None
    order = conversation.client.order(own.id)
    if order is None or order.status not in desk.shop.unprocessed_statuses:
        return None
    return order if len(_noted(message, conversation)) < MOST_NOTES else None


def _noted(message: MessageReceived, conversation: Conversation) -> tuple[str, ...]:
    """The messages on the order without this one, which may have been decided before."""
    return tuple(noted for noted in conversation.memory.noted if noted != message.message_id)


def _new_order(message: MessageReceived, conversation: Conversation, desk: Desk) -> Decision:
    codes = desk.shop.crm.codes
    told = told_by(message, desk)
    # A request of its own: whatever was told or asked before was about another order.
    begun = {"noted": (message.message_id,), "told": told, "asked_by": ()}
    conversation = conversation.remembering(conversation.memory.model_copy(update=begun))
    words = _words(message, told, desk)
    visit = _visit(message, conversation)
    contact = Contact(conversation.client.phone, message.email, message.name)
    card = card_of(contact, conversation.client, desk)
    order = CreateOrder(
        client=conversation.client.key,
        form=conversation.chat.key,
        external_id=external_id(desk, "message", message.message_id),
        occurred_at=message.at,
        method=codes.mail_method if message.medium == "mail" else codes.messenger_method,
        status=codes.new,
        manager_id=manager_for(Subject(about=f"entry:{desk.entry.id}"), desk),
        customer_id=card.customer_id,
        name=message.name.strip()[:LONGEST_NAME],
        phone=conversation.client.phone,
        email=message.email,
        attribution=visit.attribution,
        custom_fields=custom_fields(visit, desk),
        customer_comment=str(words["text"]),
        manager_comment="\n".join(filter(None, (_for_manager(visit, words, desk), card.text(desk)))),
    )
    follows = (*dated(message, told, desk), *question(message, conversation, desk), *files_due(message, desk))
    return Decision((order, *follows), conversation.claims(desk))


def _for_manager(visit: Visitor, words: dict[str, object], desk: Desk) -> str:
    page = visit_text(visit, desk, with_attribution=False)
    return "\n".join(filter(None, (desk.texts.render("order/message", **words), page)))


def _note(message: MessageReceived, conversation: Conversation, order: Order, desk: Desk) -> Decision:
    told = told_by(message, desk)
    noted = (*_noted(message, conversation), message.message_id)
    conversation = conversation.remembering(conversation.memory.model_copy(update={"noted": noted}))
    note = AnnotateOrder(
        client=conversation.client.key,
        order_id=order.id,
        # By its number a text is told from the same one before.
        note=desk.texts.render("order/message_added", number=len(noted), **_words(message, told, desk)),
        phone=conversation.client.phone,
    )
    files = files_due(message, desk, order.id)
    follows = (*dated(message, told, desk), *question(message, conversation, desk), *files)
    return Decision((note, *follows), conversation.claims(desk))


def _task(message: MessageReceived, conversation: Conversation, order: Order, desk: Desk) -> Decision:
    clock = clock_line(desk, zone_of(desk, order, conversation.client.phone))
    told = told_by(message, desk)

    def word(topic: Topic, commentary: str) -> TaskText:
        return TaskText(
            text=desk.texts.render(
                "task/conversation",
                count=len(topic.moments),
                last_at=topic.moments[-1],
                medium=message.medium,
                name=message.name,
                phone=conversation.client.phone,
                email=message.email,
            ),
            commentary=desk.texts.render(
                "task/conversation_commentary",
                so_far=_shortened(commentary),
                client_time=clock,
                phone=conversation.client.phone,
                **_words(message, told, desk),
            ),
        )

    topic = Topic(name="message", order_id=order.id, event_ids=(message.message_id,), moments=(message.at,))
    task = follow_up(desk, conversation.chat, order, topic, word)
    own = conversation.own_order
    deadline = dated(message, told, desk) if own and own.id == order.id else ()
    actions: tuple[AnyAction, ...] = (
        *_phone_told(conversation, desk),
        *told_anyway(conversation.client, message.at, desk),
        *((task,) if task else ()),
        *deadline,
    )
    if not actions:
        return Decision(note="already-told")
    return Decision((*actions, *files_due(message, desk, order.id)), conversation.claims(desk))


def _shortened(commentary: str) -> str:
    """Without its midst if it is too long."""
    if len(commentary) <= KEPT_FIRST + KEPT_LAST:
        return commentary
    return f"{commentary[:KEPT_FIRST]}\n…\n{commentary[-KEPT_LAST:]}"


def _phone_told(conversation: Conversation, desk: Desk) -> tuple[AnyAction, ...]:
    """The phone for the order that the conversation made before its client told it."""
    own = conversation.own_order
    order = conversation.client.order(own.id) if own else None
    if order is None or order.phones or not conversation.client.phone:
        return ()
    note = desk.texts.render("order/phone_told", phone=conversation.client.phone)
    return (
        AnnotateOrder(
            client=conversation.client.key, order_id=order.id, note=note, phone=conversation.client.phone
        ),
    )


def _words(message: MessageReceived, told: Told, desk: Desk) -> dict[str, object]:
    """What texts tell of a message."""
    text = message.text.strip()
    files = [attachment.model_dump() for attachment in message.attachments]
    return {
        "medium": message.medium,
        "at": message.at,
        "name": message.name,
        "email": message.email,
        "text": desk.texts.render(
            "order/message_comment",
            subject=message.subject,
            text=text[:LONGEST_TEXT],
            is_cut=len(text) > LONGEST_TEXT,
            entry_id=desk.entry.id,
        ),
        "files": desk.texts.render("order/message_files", attachments=files),
        "told": told_text(told, desk),
        "chat_url": message.chat_url,
    }
