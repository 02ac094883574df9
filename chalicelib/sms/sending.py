"""Hands text messages to gateways and follows them: delivered, or by the next gateway, or a person phones.

Never are two gateways asked knowingly. The next one gets a message, as an envelope of its own, only when the
one before has said that it did not, and will not, deliver it. What nobody can tell stays with a person.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.actions import AskDelivery, RecordDelivery, SendSms
from chalicelib.attempt import Attempt
from chalicelib.books.again import book_again
from chalicelib.changing import Content, change_document
from chalicelib.engine.port import Documents, Engine
from chalicelib.entry import Entry, Result
from chalicelib.errors import OptedOut, Postponed, Refused, WrongNumber
from chalicelib.events import Delivery, SmsDelivered, SmsDeliveryDue, SmsDue, SmsUndelivered
from chalicelib.gate.tickets import phone_group
from chalicelib.memory import ClientMemory, client_key
from chalicelib.messages import enclose
from chalicelib.sms.memory import SmsMemory, sms_key
from chalicelib.sms.opt_out import BY_GATEWAY, OptOuts
from chalicelib.sms.port import Outgoing, Sent, SmsGateway, Standing

GRACE = timedelta(minutes=2)
"""After the validity period is over, until the last receipt should be there."""

LOOK_AGAIN_AFTER = timedelta(hours=1)
MOST_LOOKS = 4
"""An operator that has said nothing by then never does."""

IN_THE_BOOKS_AFTER = timedelta(hours=1)
"""What is told sooner, the books find by themselves: they look at each hour once more."""

RECORDED_SOON = timedelta(seconds=5)


class SmsSender:
    """Implements what text messages need of ``perform``. Each method raises as the gateways do."""

    def __init__(
        self,
        gateways: Mapping[str, SmsGateway],
        engine: Engine,
        zone: ZoneInfo,
        delivered_within: timedelta | None = None,
    ) -> None:
        """Send through these gateways.

        Args:
            gateways: by name, the first one first.
            engine: where messages are followed.
            zone: of the times in the journal's notes.
            delivered_within: after this time without delivery the next gateway sends it; None for no limit.
        """
        self._gateways = gateways
        self._documents: Documents = engine.documents
        self._engine = engine
        self._zone = zone
        self._delivered_within = delivered_within

    def send(self, action: SendSms, attempt: Attempt) -> Result:
        """Hand it over; or pass it on to the next gateway, if this one will not send it."""
        name, gateway = self._gateway(action)
        try:
            sent = gateway.send(self._outgoing(action, attempt))
        except (OptedOut, WrongNumber):
            raise
        except Refused as refused:
            if not self._following(action):
                raise
            envelope_id = self._pass_on(action, attempt.marker, attempt.now)
            return attempt.skipped(f"{name} refuses it: {refused.detail}", f"entry {envelope_id[:12]}")
        if not sent.message_id:
            return attempt.done("sms", f"{name} has sent this text before")
        return self._handed_over(action, attempt, sent)

    def find(self, action: SendSms, attempt: Attempt, since: datetime) -> Result | None:
        """What an earlier attempt handed over; None if surely nothing.

        Raises:
            Refused: this gateway cannot tell.
        """
        name, gateway = self._gateway(action)
        message_id = gateway.find(self._outgoing(action, attempt), since)
        if message_id is None:
            return None
        # It may have failed meanwhile, and nobody may ever tell us.
        standing = gateway.status(message_id, action.sms.phone)
        self._change(name, message_id, lambda memory: memory.heard(standing, attempt.now))
        return self._handed_over(action, attempt, Sent(message_id), note="found")

    def record(self, action: RecordDelivery, attempt: Attempt) -> Result:
        """Remember a receipt, and see to what follows."""
        receipt = action.receipt
        standing = Standing(receipt.status, receipt.code, receipt.is_number_wrong, receipt.is_opted_out)
        memory = self._change(
            receipt.gateway, receipt.message_id, lambda memory: memory.heard(standing, receipt.at)
        )
        return self._follow(memory, receipt.gateway, receipt.message_id, attempt)

    def ask(self, action: AskDelivery, attempt: Attempt) -> Result:
        """Ask the gateway, unless a receipt has told already."""
        due = action.due
        gateway = self._gateways.get(due.gateway)
        if gateway is None:
            return attempt.skipped(f"{due.gateway} is no longer in the shop file")
        standing = gateway.status(due.message_id, due.phone)
        memory = self._change(due.gateway, due.message_id, lambda memory: memory.heard(standing, attempt.now))
        if not memory.is_final and due.looks + 1 < MOST_LOOKS:
            later = {"looks": due.looks + 1, "check_at": attempt.now + LOOK_AGAIN_AFTER}
            self._put_check(due.model_copy(update=later), attempt.now)
        return self._follow(memory, due.gateway, due.message_id, attempt)

    def _handed_over(self, action: SendSms, attempt: Attempt, sent: Sent, note: str = "") -> Result:
        name, gateway = self._gateway(action)
        message_id = sent.message_id
        memory = self._change(name, message_id, lambda memory: memory.sent_for(attempt.entry_id, sent.price))
        if memory.has_failed:
            self._give_up(action, memory, message_id, attempt.now)
        elif not memory.is_final and self._delivered_within is not None:
            due = SmsDeliveryDue(
                gateway=name,
                message_id=message_id,
                phone=action.sms.phone,
                check_at=attempt.now + gateway.validity(self._valid_for(action, attempt.now)) + GRACE,
                source=action.source,
                rule=action.rule,
            )
            self._put_check(due, attempt.now)
        notes = (note, self._note(name, memory) if memory.status else f"by {name}")
        result = attempt.done(f"sms {message_id}", ", ".join(filter(None, notes)))
        return result.model_copy(update={"delivery": _delivery(name, memory)})

    def _follow(self, memory: SmsMemory, gateway: str, message_id: str, attempt: Attempt) -> Result:
        """Write what became of the message into the entry that sent it, and see to what follows."""
        reference = f"sms {message_id}"
        if memory.status is None:
            return attempt.done(reference, "nothing is known of it")
        entry = self._engine.journal.get(memory.entry_id) if memory.entry_id else None
        if entry is None:
            return attempt.done(
                reference, "kept until its send is recorded; no entry of ours has sent it yet"
            )
        if entry.is_open:
            raise Postponed("send-not-recorded-yet", RECORDED_SOON)
        action = _sending(entry, reference)
        if action is not None and memory.has_failed:
            self._give_up(action, memory, message_id, attempt.now)
        elif action is not None and memory.is_final:
            self._tell_delivered(action, entry, reference, attempt.now)
        zone = action.zone if action is not None else ""
        note = ", ".join(filter(None, (self._note(gateway, memory), zone)))
        noted = entry.noted(reference, note, _delivery(gateway, memory))
        if noted != entry:
            if attempt.now - entry.received_at > IN_THE_BOOKS_AFTER:
                book_again(self._documents, entry.received_at, attempt.now)
            self._engine.journal.save(noted)
        return attempt.done(reference, f"{memory.status}, entry {entry.id[:12]}")

    def _give_up(self, action: SendSms, memory: SmsMemory, message_id: str, now: datetime) -> None:
        """The gateway surely did not deliver it: the next one tries, or a person phones."""
        name, _ = self._gateway(action)
        if memory.is_opted_out:
            OptOuts(self._documents).suppress(action.sms.phone, BY_GATEWAY, now)
        if self._following(action) and not memory.fails_everywhere and now <= action.sms.valid_until:
            self._pass_on(action, f"{name}:{message_id}", now)
            return
        undelivered = SmsUndelivered(
            sms=action.sms,
            gateway=name,
            code=memory.code,
            is_number_wrong=memory.is_number_wrong,
            source=action.source,
            rule=action.rule,
            noticed_at=now,
        )
        group = phone_group(action.sms.phone)
        self._engine.work.put(enclose(undelivered, f"sms-undelivered:{name}:{message_id}", group, now))

    def _tell_delivered(self, action: SendSms, entry: Entry, reference: str, now: datetime) -> None:
        """Who was to phone the client instead of an earlier message may no longer have to."""
        sms = action.sms
        client = ClientMemory.model_validate(self._documents.get(client_key(sms.phone, "")).content)
        if client.task("undelivered") is None:
            return
        sent_at = next(result.at for result in entry.results if result.reference == reference)
        delivered = SmsDelivered(
            phone=sms.phone,
            order_id=sms.order_id,
            sent_at=sent_at,
            delivered_at=now,
            source=action.source,
            rule=action.rule,
        )
        once = f"sms-delivered:{entry.id}:{reference}"
        self._engine.work.put(enclose(delivered, once, phone_group(sms.phone), now))

    def _pass_on(self, action: SendSms, once: str, now: datetime) -> str:
        """Let the next gateway have it; once, however often we notice. Returns the new entry's id."""
        name, _ = self._gateway(action)
        due = SmsDue(sms=action.sms, source=action.source, rule=action.rule, tried=(*action.tried, name))
        envelope = enclose(due, f"sms-next:{once}", phone_group(action.sms.phone), now)
        self._engine.notify.put(envelope)
        return envelope.id

    def _put_check(self, due: SmsDeliveryDue, now: datetime) -> None:
        dedup_id = f"sms-delivery:{due.gateway}:{due.message_id}:{due.looks}"
        self._engine.notify.put(enclose(due, dedup_id, "", now))

    def _outgoing(self, action: SendSms, attempt: Attempt) -> Outgoing:
        valid_for = None if self._delivered_within is None else self._valid_for(action, attempt.now)
        return Outgoing(action.sms.phone, action.sms.text, attempt.marker, valid_for)

    def _valid_for(self, action: SendSms, now: datetime) -> timedelta:
        """Until the next gateway tries; the last one may try as long as the message is of use."""
        if self._delivered_within is not None and self._following(action):
            return self._delivered_within
        return max(action.sms.valid_until - now, timedelta())

    def _gateway(self, action: SendSms) -> tuple[str, SmsGateway]:
        name = action.gateway or next(iter(self._gateways), "")
        gateway = self._gateways.get(name)
        if gateway is None:
            raise Refused("sms-not-configured", f"the shop file has no gateway {name}".rstrip())
        return name, gateway

    def _following(self, action: SendSms) -> bool:
        """Whether another gateway is left to try."""
        name, _ = self._gateway(action)
        return bool(self._gateways.keys() - {name, *action.tried})

    def _change(self, gateway: str, message_id: str, change: Callable[[SmsMemory], SmsMemory]) -> SmsMemory:
        """Change what we remember of a message, whoever else writes at the same time."""

        def changed(content: Content) -> Content:
            before = SmsMemory.model_validate(content)
            after = change(before)
            return content if after == before else after.content()

        return SmsMemory.model_validate(
            change_document(self._documents, sms_key(gateway, message_id), changed)
        )

    def _note(self, gateway: str, memory: SmsMemory) -> str:
        """Such as ``by twilio, delivered 20.11. 10:02``."""
        at = f" {memory.at.astimezone(self._zone):%d.%m. %H:%M}" if memory.at else ""
        return f"by {gateway}, {memory.status}{at}" + (f", code {memory.code}" if memory.code else "")


def _delivery(gateway: str, memory: SmsMemory) -> Delivery:
    return Delivery(gateway=gateway, status=memory.status, price=memory.price)


def _sending(entry: Entry, reference: str) -> SendSms | None:
    """The action of an entry that handed this message over."""
    pairs = zip(entry.plan, entry.results, strict=False)
    return next(
        (action for action, result in pairs if isinstance(action, SendSms) and result.reference == reference),
        None,
    )
