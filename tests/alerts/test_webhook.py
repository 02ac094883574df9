import hashlib
import hmac
import json
from typing import Any, ClassVar

import httpx

from chalicelib.alerts.port import AlertChannel
from chalicelib.alerts.webhook import WebhookChannel

from .contract import AT, URL, HttpChannelContract, an_alert

SECRET = "webhook-s3cret"


class TestContract(HttpChannelContract):
    secrets: ClassVar[tuple[str, ...]] = (SECRET, "receiver.example")
    longest = 10_000
    success = (204, "")
    refusals: ClassVar[dict[str | None, tuple[int, str]]] = {"refused": (422, ""), "closed": (403, "")}

    def over(self, transport: httpx.BaseTransport) -> AlertChannel:
        return WebhookChannel("https://receiver.example/alerts", SECRET, "Тенты", lambda: AT, transport)

    def told(self) -> list[str]:
        return [json.loads(request.content)["text"] for request in self.requests]

    def sent(self, **changes: Any) -> Any:
        self.tell(self.channel(), an_alert(**changes))
        return json.loads(self.requests[-1].content)

    def test_it_is_signed(self) -> None:
        self.sent()
        (request,) = self.requests
        signature = hmac.new(SECRET.encode(), request.content, hashlib.sha256).hexdigest()
        assert request.headers["x-signature"] == f"sha256={signature}"
        assert request.headers["x-timestamp"] == str(int(AT.timestamp()))

    def test_its_fields(self) -> None:
        content = self.sent(text="Сбой: Landing\nHTTP 502", acknowledge_url=URL, acknowledge_label="Беру")
        assert len(content.pop("id")) == 32
        assert content == {
            "kind": "incident",
            "status": "firing",
            "severity": "warning",
            "shop": "Тенты",
            "title": "Сбой: Landing",
            "text": "Сбой: Landing\nHTTP 502",
            "at": "2026-11-20T04:00:00+00:00",
            "dedup_key": "endpoint:Landing",
            "links": [{"href": URL, "text": "Беру"}],
        }

    def test_a_second_attempt_has_the_same_id_and_the_end_another(self) -> None:
        ids = [self.sent(state=state)["id"] for state in ("firing", "firing", "resolved")]
        assert ids[0] == ids[1] != ids[2]
