"""The contract suite: what every alert channel promises.

A channel's test module derives a class ``Test…`` from ``ChannelContract``, with a service that it can put
into each kind of trouble.
"""

import logging
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import httpx
import pytest

from chalicelib.alerts.port import AlertChannel, Closed
from chalicelib.bootstrap import quiet_libraries
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.events import Alert
from chalicelib.people import Person

Trouble = Literal["refuse", "hang", "429", "500", "refused", "closed"]

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TITLE = "Сбой: <b>Landing</b> & co_*"
TEXT = f"{TITLE}\nHTTP 502"
URL = "https://leadkeeper.example/hooks/acknowledge/abc"
HOSTILE = [
    "a\r\nBcc: evil@example.com\r\n\r\nbody",
    "<!channel> <@U1> *x* `y` &amp;",
    "\x00\x07\x1b[31m\u202eright to left",
    "half an emoji \ud83d, and a line of separation \u2028 here",
    "{{ 7 * 7 }} ${x} %s \\u0000",
    "\n\nthird line first",
]


def an_alert(text: str = TEXT, **changes: Any) -> Alert:
    return Alert(**{"subject_id": "endpoint:Landing", "state": "firing", "text": text, "at": AT, **changes})


class ChannelContract(ABC):
    """Derive ``Test…`` from it."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """What must be neither in the log nor in an error."""

    longest: ClassVar[int]
    """How much of a text the service takes, in UTF-16 units."""

    @abstractmethod
    def channel(self, trouble: Trouble | None = None) -> AlertChannel:
        """The channel, with its service in this trouble."""

    @abstractmethod
    def told(self) -> list[str]:
        """The texts that arrived."""

    person: ClassVar[Person] = Person(
        name="Иван", telegram="1001", email="ivan@shop.example", phone="+79161234567"
    )

    def tell(self, channel: AlertChannel, alert: Alert) -> None:
        channel.tell(channel.address(self.person), alert)

    def test_it_delivers(self) -> None:
        self.tell(self.channel(), an_alert())
        (text,) = self.told()
        assert "Landing" in text

    @pytest.mark.parametrize(("trouble", "maybe_done"), [("refuse", False), ("hang", True)])
    def test_without_an_answer_it_can_be_tried_again(self, trouble: Trouble, *, maybe_done: bool) -> None:
        with pytest.raises(Unreachable) as caught:
            self.tell(self.channel(trouble), an_alert())
        assert caught.value.reason == "alert-unreachable"
        assert caught.value.maybe_done is maybe_done

    @pytest.mark.parametrize("trouble", ["429", "500"])
    def test_a_service_in_trouble_can_be_tried_again(self, trouble: Trouble) -> None:
        with pytest.raises(Unreachable) as caught:
            self.tell(self.channel(trouble), an_alert())
        assert caught.value.reason == "alert-unreachable"
        assert not self.told()

    def test_what_it_refuses_waits_for_a_person(self) -> None:
        with pytest.raises(Refused) as caught:
            self.tell(self.channel("refused"), an_alert())
        assert caught.value.reason == "alert-refused"
        assert not isinstance(caught.value, Closed)

    def test_what_refuses_everything_is_closed(self) -> None:
        with pytest.raises(Closed):
            self.tell(self.channel("closed"), an_alert())

    def test_a_person_without_an_address_is_not_found(self) -> None:
        channel = self.channel()
        assert bool(channel.address(Person(name="Анна"))) == channel.is_shared

    @pytest.mark.parametrize("text", ["х" * 300_000, "🔥" * 150_000, "line\n" * 60_000, "a" + "🔥" * 150_000])
    def test_a_long_alert_is_cut_rather_than_refused(self, text: str) -> None:
        self.tell(self.channel(), an_alert(text))
        (told,) = self.told()
        assert len(told.encode("utf-16-le")) // 2 <= self.longest
        assert told[:5] == text[:5] or told[:4] == text[:4]

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_text_is_told_as_plain_text(self, text: str) -> None:
        self.tell(self.channel(), an_alert(text))
        assert len(self.told()) == 1

    def test_the_link_to_acknowledge_survives_a_long_text(self) -> None:
        alert = an_alert("х" * 300_000, acknowledge_url=URL, acknowledge_label="Занимаюсь")
        self.tell(self.channel(), alert)
        assert len(self.told()) == 1

    @pytest.mark.usefixtures("quiet")
    @pytest.mark.parametrize("trouble", [None, "refuse", "hang", "429", "500", "refused", "closed"])
    def test_neither_log_nor_error_tells_a_secret(
        self, trouble: Trouble | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        said = ""
        with caplog.at_level(logging.DEBUG):
            quiet_libraries()
            try:
                self.tell(self.channel(trouble), an_alert())
            except LeadkeeperError as error:
                said = f"{error} {error.__cause__}"
        for secret in (*self.secrets, self.person.email, self.person.phone):
            assert secret not in said + caplog.text


class HttpChannelContract(ChannelContract):
    """For channels over HTTP: answers by status."""

    success: ClassVar[tuple[int, str]]
    refusals: ClassVar[dict[str | None, tuple[int, str]]]
    """The answers for ``refused`` and ``closed``."""

    @pytest.fixture(autouse=True)
    def _fresh(self) -> None:
        self.requests: list[httpx.Request] = []

    def transport(self, trouble: Trouble | None) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            if trouble == "refuse":
                raise httpx.ConnectError("no", request=request)
            if trouble == "hang":
                raise httpx.ReadTimeout("no", request=request)
            answers: dict[str | None, tuple[int, str]] = {
                None: self.success,
                "429": (429, ""),
                "500": (500, "<html>"),
                **self.refusals,
            }
            status, body = answers[trouble]
            if trouble is None:
                self.requests.append(request)
            return httpx.Response(status, text=body)

        return httpx.MockTransport(answer)

    @abstractmethod
    def over(self, transport: httpx.BaseTransport) -> AlertChannel:
        """The channel over this network."""

    def channel(self, trouble: Trouble | None = None) -> AlertChannel:
        return self.over(self.transport(trouble))

    def answering(self, status: int, body: str = "", **headers: str) -> AlertChannel:
        return self.over(
            httpx.MockTransport(lambda _request: httpx.Response(status, text=body, headers=headers))
        )

    def test_a_redirect_is_not_followed(self) -> None:
        asked: list[str] = []

        def redirect(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            return httpx.Response(302, headers={"location": "http://169.254.169.254/"})

        with pytest.raises(Refused):
            self.tell(self.over(httpx.MockTransport(redirect)), an_alert())
        assert len(asked) == 1
