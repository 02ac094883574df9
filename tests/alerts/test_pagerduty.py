import json
from typing import Any, ClassVar

import httpx
import pytest

from chalicelib.alerts.pagerduty import PagerDutyChannel
from chalicelib.alerts.port import AlertChannel, Closed
from chalicelib.errors import Refused, Unreachable

from .contract import URL, HttpChannelContract, an_alert

KEY = "0123456789abcdef0123456789abcdef"


def invalid(*errors: str) -> tuple[int, str]:
    return 400, json.dumps(
        {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    )


class TestContract(HttpChannelContract):
    secrets: ClassVar[tuple[str, ...]] = (KEY,)
    longest = 10_000
    success = (202, '{"status": "success", "message": "Event processed", "dedup_key": "x"}')
    refusals: ClassVar[dict[str | None, tuple[int, str]]] = {
        "refused": invalid("'payload.severity' is invalid"),
        "closed": invalid("Length of 'routing_key' is incorrect (should be 32 characters)"),
    }

    def over(self, transport: httpx.BaseTransport) -> AlertChannel:
        return PagerDutyChannel(KEY, "Тенты", "https://events.pagerduty.com", transport)

    def told(self) -> list[str]:
        return [json.loads(request.content)["payload"]["custom_details"]["text"] for request in self.requests]

    def sent(self, **changes: Any) -> Any:
        self.tell(self.channel(), an_alert(**changes))
        return json.loads(self.requests[-1].content)

    def test_a_trigger(self) -> None:
        event = self.sent(
            text="Сбой: Landing\nHTTP 502",
            severity="critical",
            acknowledge_url=URL,
            acknowledge_label="Беру",
        )
        assert str(self.requests[0].url) == "https://events.pagerduty.com/v2/enqueue"
        assert event == {
            "routing_key": KEY,
            "event_action": "trigger",
            "dedup_key": "endpoint:Landing",
            "payload": {
                "summary": "Сбой: Landing",
                "severity": "critical",
                "source": "Тенты",
                "timestamp": "2026-11-20T04:00:00+00:00",
                "custom_details": {"text": "Сбой: Landing\nHTTP 502"},
            },
            "links": [{"href": URL, "text": "Беру"}],
        }

    @pytest.mark.parametrize(("state", "action"), [("acknowledged", "acknowledge"), ("resolved", "resolve")])
    def test_what_follows_needs_the_key_only(self, state: str, action: str) -> None:
        assert self.sent(state=state) == {
            "routing_key": KEY,
            "event_action": action,
            "dedup_key": "endpoint:Landing",
        }

    def test_a_long_summary_and_a_long_key_are_made_to_fit(self) -> None:
        event = self.sent(text="х" * 5000, subject_id="endpoint:" + "k" * 500)
        assert len(event["payload"]["summary"]) == 1024
        assert len(event["dedup_key"]) == 64

    def test_its_errors_are_told(self) -> None:
        with pytest.raises(Refused) as caught:
            self.tell(self.answering(*invalid("'payload.source' is missing", "another")), an_alert())
        assert caught.value.detail == "PagerDuty answers 400: 'payload.source' is missing; another"

    @pytest.mark.parametrize("status", [401, 403, 404, 302])
    def test_a_wrong_place_is_closed(self, status: int) -> None:
        with pytest.raises(Closed):
            self.tell(self.answering(status), an_alert())

    @pytest.mark.parametrize("body", ["", "[]", "ok", '{"status": "throttled"}'])
    def test_an_answer_that_is_not_pagerdutys_is_no_delivery(self, body: str) -> None:
        with pytest.raises(Unreachable):
            self.tell(self.answering(202, body), an_alert())
