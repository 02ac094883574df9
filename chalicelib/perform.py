"""Carry out one action of a plan, and find out whether an earlier attempt did."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.actions import (
    AcknowledgeIncident,
    AddNote,
    AllowPhone,
    AnnotateOrder,
    Announce,
    AnyAction,
    AskDelivery,
    AttachFile,
    CompleteOrder,
    CompleteTask,
    CreateOrder,
    CreateTask,
    LogCall,
    NotifyResponsible,
    ObserveIncident,
    RecordDelivery,
    RequestAnswer,
    RequestFile,
    RequestReply,
    RequestSms,
    RequestSmsReport,
    SendAlert,
    SendAnswer,
    SendReply,
    SendSms,
    SetOrderStatus,
    SetStock,
    SuppressPhone,
    UpdateTask,
)
from chalicelib.alerts.delivery import Delivery
from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.attempt import Attempt
from chalicelib.call_work import CallWork
from chalicelib.changing import Content, change_document
from chalicelib.crm.port import Crm
from chalicelib.engine.port import Documents, Queue, Timers
from chalicelib.entry import Result
from chalicelib.errors import OptedOut, Outdated
from chalicelib.events import AlertDue, OrderStillIn, ParcelStillAt, Sms
from chalicelib.gate.tickets import phone_group
from chalicelib.ladder_memory import LadderMemory
from chalicelib.memory import ClientMemory
from chalicelib.messages import enclose, sms_dedup_id
from chalicelib.messengers.files import FileAttacher
from chalicelib.messengers.sending import ReplySender
from chalicelib.parcel_memory import ParcelMemory
from chalicelib.people import Person
from chalicelib.production.sending import AnswerSender
from chalicelib.sms.opt_out import BY_GATEWAY, OptOuts
from chalicelib.sms.sending import SmsSender
from chalicelib.stock.keeping import StockKeeper
from chalicelib.told_memory import ToldMemory

Sending = (
    RequestSms
    | SendSms
    | RequestReply
    | SendReply
    | RequestAnswer
    | SendAnswer
    | RequestFile
    | AttachFile
    | AskDelivery
    | RecordDelivery
    | RequestSmsReport
    | SuppressPhone
    | AllowPhone
    | NotifyResponsible
    | SendAlert
)
log = logging.getLogger(__name__)


class Performer:
    """The only one who writes outside. Each method raises as the ports do."""

    def __init__(  # noqa: PLR0913 -- wired in one place, each part by its name
        self,
        *,
        crm: Crm,
        sms: SmsSender,
        replies: ReplySender,
        files: FileAttacher,
        answers: AnswerSender,
        stock: StockKeeper,
        alerts: Delivery,
        incidents: Incidents,
        people: Sequence[Person],
        documents: Documents,
        timers: Timers,
        notify: Queue,
    ) -> None:
        """Write to these services."""
        self._crm = crm
        self._sms = sms
        self._replies = replies
        self._files = files
        self._answers = answers
        self._stock = stock
        self._alerts = alerts
        self._incidents = incidents
        self._people = {person.name: person for person in people}
        self._documents = documents
        self._notify = notify
        self._opt_outs = OptOuts(documents)
        self._calls = CallWork(crm, timers, self._remember)

    def obsolete(self, action: AnyAction, now: datetime) -> str:
        """Why the action no longer makes sense; empty if it does."""
        if isinstance(action, SendReply | SetOrderStatus):
            return "too-late" if action.valid_until and now > action.valid_until else ""
        if not isinstance(action, SendSms):
            return ""
        if now > action.sms.valid_until:
            return "too-late"
        opted_out = self._opt_outs.reason(action.sms.phone)
        if opted_out:
            return f"opted-out: {opted_out}"
        return self._outdated(action.sms, is_first=not action.tried)

    def _outdated(self, sms: Sms, *, is_first: bool) -> str:
        # For the next gateway it is no news that the one before had the message.
        if is_first and sms.memory:
            told = ToldMemory.model_validate(self._documents.get(sms.memory).content)
            if told.has(sms):
                return "already-told"
        match sms.only_if:
            case ParcelStillAt(parcel_key=key, status=status):
                memory = self._parcel(key)
                if memory.status is not status:
                    return "no-longer-true"
                return "already-told" if is_first and sms.template in memory.told else ""
            case OrderStillIn(order_id=order_id, status=wanted):
                order = self._crm.order(order_id)
                return "" if order is not None and order.status == wanted else "no-longer-true"
            case None:
                return ""

    def find(self, action: AnyAction, attempt: Attempt, since: datetime) -> Result | None:
        """What an earlier attempt after ``since`` made, now remembered as if just made; None if nothing."""
        if isinstance(action, CreateTask):
            task_id = self._crm.find_task(action, attempt.marker, since)
            return None if task_id is None else self._task_made(action, attempt, task_id, note="found")
        if isinstance(action, AddNote):
            note_id = self._crm.find_note(action, attempt.marker, since)
            return None if note_id is None else _done(attempt, f"note {note_id}", note="found")
        if isinstance(action, SendSms):
            result = self._sms.find(action, attempt, since)
            return None if result is None else self._sms_sent(action, result, attempt)
        if isinstance(action, SendReply):
            self._replies.require_repeatable(action)
        return None

    def perform(self, action: AnyAction, attempt: Attempt) -> Result:  # noqa: PLR0911 -- one for each kind of action
        """Carry it out and remember what was made."""
        match action:
            case CreateOrder():
                return self._create_order(action, attempt)
            case CompleteOrder():
                return self._complete_order(action, attempt)
            case AnnotateOrder() | LogCall() | Announce():
                return self._calls.perform(action, attempt.now)
            case CreateTask():
                task_id = self._crm.create_task(action, attempt.marker)
                return _in_zone(action, self._task_made(action, attempt, task_id))
            case UpdateTask():
                return self._update_task(action, attempt)
            case CompleteTask():
                return self._complete_task(action, attempt)
            case SetOrderStatus() | SetStock():
                return self._set(action, attempt)
            case AddNote():
                return _done(attempt, f"note {self._crm.add_note(action, attempt.marker)}")
            case ObserveIncident() | AcknowledgeIncident():
                return self._see_to_incident(action, attempt)
            case _:
                return self._send(action, attempt)

    def _send(self, action: Sending, attempt: Attempt) -> Result:
        match action:
            case RequestSms():
                return self._request_sms(action, attempt)
            case SendSms():
                return _in_zone(action, self._send_sms(action, attempt))
            case RequestAnswer() | SendAnswer() | RequestReply() | SendReply() | RequestFile() | AttachFile():
                return self._see_to_conversation(action, attempt)
            case AskDelivery():
                return self._sms.ask(action, attempt)
            case RecordDelivery():
                return self._sms.record(action, attempt)
            case SuppressPhone() | AllowPhone():
                return self._see_to_wish(action, attempt)
            case RequestSmsReport():
                return self._request_sms_report(action, attempt)
            case NotifyResponsible() | SendAlert():
                return self._tell(action, attempt)

    def _see_to_conversation(
        self,
        action: RequestAnswer | SendAnswer | RequestReply | SendReply | RequestFile | AttachFile,
        attempt: Attempt,
    ) -> Result:
        if isinstance(action, RequestAnswer | SendAnswer):
            return self._answers.perform(action, attempt)
        if isinstance(action, RequestReply | SendReply):
            return self._replies.perform(action, attempt)
        return self._files.perform(action, attempt)

    def _parcel(self, key: str) -> ParcelMemory:
        return ParcelMemory.model_validate(self._documents.get(key).content)

    def _create_order(self, action: CreateOrder, attempt: Attempt) -> Result:
        order = self._crm.create_order(action)
        self._remember(
            action.client, lambda memory: memory.with_order(action, order.id, order.number, attempt.now)
        )
        return _done(attempt, f"order {order.id}", note=f"number {order.number}")

    def _complete_order(self, action: CompleteOrder, attempt: Attempt) -> Result:
        self._crm.complete_order(action)
        self._remember(action.client, lambda memory: memory.with_completed_order(action, attempt.now))
        return _done(attempt, f"order {action.order_id}")

    def _task_made(self, action: CreateTask, attempt: Attempt, task_id: int, note: str = "") -> Result:
        self._remember(action.client, lambda memory: memory.with_task(action, task_id, attempt.marker))
        if action.ladder:
            self._change_ladder(
                action.ladder, lambda memory: memory.with_task(action, task_id, attempt.marker)
            )
        return _done(attempt, f"task {task_id}", note=note)

    def _update_task(self, action: UpdateTask, attempt: Attempt) -> Result:
        if not self._crm.update_task(action):
            raise Outdated("task-changed", "a person has changed or completed the task")
        self._remember(action.client, lambda memory: memory.with_task(action, action.task_id, action.marker))
        return _done(attempt, f"task {action.task_id}")

    def _complete_task(self, action: CompleteTask, attempt: Attempt) -> Result:
        completed = self._crm.complete_task(action)
        # Either way it is no longer ours.
        self._remember(action.client, lambda memory: memory.without_task(action.task_id))
        if action.ladder:
            self._change_ladder(action.ladder, lambda memory: memory.without_task(action.task_id))
        reference = f"task {action.task_id}"
        if completed:
            return _done(attempt, reference)
        note = "a person has changed or completed it"
        return Result(state="skipped", reference=reference, note=note, at=attempt.now)

    def _set(self, action: SetOrderStatus | SetStock, attempt: Attempt) -> Result:
        if isinstance(action, SetStock):
            return self._stock.perform(action, attempt)
        return self._set_order_status(action, attempt)

    def _set_order_status(self, action: SetOrderStatus, attempt: Attempt) -> Result:
        if self._crm.set_order_status(action):
            return _done(attempt, f"order {action.order_id}")
        return Result(
            state="skipped",
            reference=f"order {action.order_id}",
            note="a person changed the status meanwhile",
            at=attempt.now,
        )

    def _request_sms(self, action: RequestSms, attempt: Attempt) -> Result:
        envelope = enclose(
            action.due, sms_dedup_id(action.once), phone_group(action.due.sms.phone), attempt.now
        )
        self._notify.put(envelope)
        return _done(attempt, f"entry {envelope.id[:12]}")

    def _request_sms_report(self, action: RequestSmsReport, attempt: Attempt) -> Result:
        once = f"sms-report:{action.due.sms_entry}"
        envelope = enclose(action.due, once, once, attempt.now)
        self._notify.put(envelope)
        return _done(attempt, f"entry {envelope.id[:12]}")

    def _see_to_wish(self, action: SuppressPhone | AllowPhone, attempt: Attempt) -> Result:
        if isinstance(action, SuppressPhone):
            self._opt_outs.suppress(action.phone, action.reason, attempt.now)
            return _done(attempt, note=action.reason)
        self._opt_outs.allow(action.phone, attempt.now)
        return _done(attempt)

    def _send_sms(self, action: SendSms, attempt: Attempt) -> Result:
        try:
            result = self._sms.send(action, attempt)
        except OptedOut as refusal:
            self._opt_outs.suppress(action.sms.phone, BY_GATEWAY, attempt.now)
            return attempt.skipped(f"opted-out: {refusal.detail or BY_GATEWAY}")
        return self._sms_sent(action, result, attempt)

    def _sms_sent(self, action: SendSms, result: Result, attempt: Attempt) -> Result:
        if result.state != "done":
            return result
        sms = action.sms
        if sms.memory:
            self._change(
                sms.memory,
                lambda content: ToldMemory.model_validate(content).with_sent(sms, attempt.now).content(),
            )
        condition = sms.only_if
        if isinstance(condition, ParcelStillAt):
            self._change(condition.parcel_key, lambda content: _told(content, action.sms.template))
        return result

    def _tell(self, action: NotifyResponsible | SendAlert, attempt: Attempt) -> Result:
        if isinstance(action, NotifyResponsible):
            return self._notify_responsible(action, attempt)
        return self._send_alert(action, attempt)

    def _notify_responsible(self, action: NotifyResponsible, attempt: Attempt) -> Result:
        # There in any case, even if no channel is set.
        log.error("alert", extra={"person": action.person, "text": action.alert.text})
        envelope = enclose(
            AlertDue(person=action.person, alert=action.alert),
            f"alert-due:{attempt.marker}:{action.person}",
            f"alert:{action.alert.subject_id}:{action.person}",
            attempt.now,
        )
        self._notify.put(envelope)
        return _done(attempt, f"entry {envelope.id[:12]}")

    def _send_alert(self, action: SendAlert, attempt: Attempt) -> Result:
        person = self._people.get(action.person)
        if person is None:
            return Result(state="skipped", note="no longer in the shop file", at=attempt.now)
        channel = self._alerts.tell(person, action.alert)
        if not channel:
            return Result(
                state="skipped", note="no channel knows this person: it is in the log", at=attempt.now
            )
        return _done(attempt, person.name, note=f"by {channel}")

    def _see_to_incident(self, action: ObserveIncident | AcknowledgeIncident, attempt: Attempt) -> Result:
        if isinstance(action, ObserveIncident):
            return self._observe_incident(action, attempt)
        return self._acknowledge(action, attempt)

    def _observe_incident(self, action: ObserveIncident, attempt: Attempt) -> Result:
        self._incidents.observe(
            Observation(action.key, action.is_bad, action.subject, action.cause, since=action.since)
        )
        return _done(attempt, action.key)

    def _acknowledge(self, action: AcknowledgeIncident, attempt: Attempt) -> Result:
        acknowledged = self._incidents.acknowledge(action.incident, action.person, action.heard_at)
        if acknowledged is None:
            return Result(state="skipped", note="over, or acknowledged already", at=attempt.now)
        return _done(attempt, action.incident)

    def _remember(self, client: str, change: Callable[[ClientMemory], ClientMemory]) -> None:
        """Change what we remember of a client; nothing for somebody without phone and e-mail address."""
        if client:
            self._change(client, lambda content: change(ClientMemory.model_validate(content)).content())

    def _change_ladder(self, key: str, change: Callable[[LadderMemory], LadderMemory]) -> None:
        self._change(key, lambda content: change(LadderMemory.model_validate(content)).content())

    def _change(self, key: str, change: Callable[[Content], Content]) -> None:
        change_document(self._documents, key, change)


def _in_zone(action: CreateTask | SendSms, result: Result) -> Result:
    """With the client's zone, and how it was guessed, in the note."""
    return result.model_copy(update={"note": ", ".join(filter(None, (result.note, action.zone)))})


def _told(content: Content, template: str) -> Content:
    return ParcelMemory.model_validate(content).with_told(template).content()


def _done(attempt: Attempt, reference: str = "", note: str = "") -> Result:
    return Result(state="done", reference=reference, note=note, at=attempt.now)
