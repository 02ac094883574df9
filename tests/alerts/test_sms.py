from datetime import datetime, timedelta

import pytest

from chalicelib.alerts.port import AlertChannel
from chalicelib.alerts.sms import SmsChannel
from chalicelib.errors import Refused, Unreachable
from chalicelib.sms.port import Outgoing, Sent, Standing

from .contract import ChannelContract, Trouble, an_alert

ERRORS = {
    "refuse": Unreachable("sms-unreachable", "ConnectError"),
    "hang": Unreachable("sms-unreachable", "ReadTimeout", maybe_done=True),
    "429": Unreachable("sms-unreachable", "answers 429"),
    "500": Unreachable("sms-unreachable", "answers 500"),
    "refused": Refused("sms-refused", "code 21211"),
    "closed": Unreachable("sms-no-access", "Twilio answers 401"),
}


class Gateway:
    """Implements ``sms.port.SmsGateway``."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.sent: list[tuple[str, str]] = []

    def send(self, message: Outgoing) -> Sent:
        if self.error:
            raise self.error
        self.sent.append((message.phone, message.text))
        return Sent("SM1")

    # An alert is told again rather than looked for, and at once rather than in daytime: nobody asks this.

    def find(self, message: Outgoing, since: datetime) -> str | None:
        raise NotImplementedError

    def validity(self, wanted: timedelta) -> timedelta:
        raise NotImplementedError

    def status(self, message_id: str, phone: str) -> Standing:
        raise NotImplementedError


class TestContract(ChannelContract):
    longest = 134

    def channel(self, trouble: Trouble | None = None) -> AlertChannel:
        self.gateway = Gateway(ERRORS[trouble] if trouble else None)
        return SmsChannel([self.gateway])

    def told(self) -> list[str]:
        return [text for _, text in self.gateway.sent]

    def test_what_refuses_everything_is_closed(self) -> None:
        """Of a wrong key the gateway says that it may be corrected any time: the others are tried at once."""
        with pytest.raises(Unreachable):
            self.tell(self.channel("closed"), an_alert())

    def test_only_the_first_line_is_paid_for(self) -> None:
        self.tell(self.channel(), an_alert("Сбой: Landing\nHTTP 502"))
        assert self.gateway.sent == [("+79161234567", "Сбой: Landing")]

    @pytest.mark.parametrize("trouble", ["refuse", "hang", "refused", "closed"])
    def test_whatever_is_wrong_with_one_gateway_the_next_one_is_asked(self, trouble: str) -> None:
        self.gateway = Gateway(None)
        SmsChannel([Gateway(ERRORS[trouble]), self.gateway]).tell("+79161234567", an_alert("Сбой"))
        assert self.told() == ["Сбой"]
