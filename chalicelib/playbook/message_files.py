"""Files that only the messenger's secret opens: shown at the order that their message made or was about."""

from chalicelib.actions import AnyAction, AttachFile, RequestFile
from chalicelib.conversation_memory import ConversationMemory, conversation_key
from chalicelib.events import FileDue, MessageReceived
from chalicelib.memory import ClientMemory, client_key
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.request_asking import NO_FILES


def files_due(message: MessageReceived, desk: Desk, order_id: int | None = None) -> tuple[AnyAction, ...]:
    """The requests to fetch what a message brings, if the shop wants that.

    Args:
        message: of a client.
        desk: what the rule has before it.
        order_id: the order that it is about; None if it makes one.
    """
    source = desk.entry.source
    if not desk.shop.wants_files_of(source):
        return ()
    return tuple(
        RequestFile(
            once=f"{conversation_key(source, message.chat)}:{message.message_id}:{number}",
            due=FileDue(
                source=source,
                chat=message.chat,
                sent_at=message.at,
                file_id=file.file_id,
                name=file.name,
                order_id=order_id,
            ),
        )
        for number, file in enumerate(message.attachments)
        if file.file_id and file.name not in NO_FILES
    )


def on_file_due(due: FileDue, desk: Desk) -> Decision:
    """Fetch it, if its order is still there."""
    if not desk.shop.wants_files_of(due.source):
        return Decision(note="no-longer-wanted")
    order_id = due.order_id or _order_made_by(due, desk)
    # While the CRM does not answer, nothing is fetched in vain.
    if order_id is None or desk.crm.order(order_id) is None:
        return Decision(note="no-order")
    file = AttachFile(source=due.source, file_id=due.file_id, name=due.name, order_id=order_id)
    return Decision((file,))


def _order_made_by(due: FileDue, desk: Desk) -> int | None:
    """The order that the file's message made: it is remembered before the file is requested."""
    key = conversation_key(due.source, due.chat)
    chat = ClientMemory.model_validate(desk.documents.get(key).content)
    orders = list(chat.orders)
    phone = (chat.conversation or ConversationMemory()).phone
    if phone:
        client = desk.documents.get(client_key(phone, ""))
        orders += ClientMemory.model_validate(client.content).orders
    return next((order.id for order in orders if order.form == key and order.at == due.sent_at), None)
