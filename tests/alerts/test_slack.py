import json
from typing import ClassVar

import httpx
import pytest

from chalicelib.alerts.port import AlertChannel, Closed
from chalicelib.alerts.slack import SlackChannel
from chalicelib.errors import Unreachable

from .contract import URL, HttpChannelContract, an_alert


class TestContract(HttpChannelContract):
    secrets: ClassVar[tuple[str, ...]] = ("T0/B0/s3cret",)
    longest = 40_000
    success = (200, "ok")
    refusals: ClassVar[dict[str | None, tuple[int, str]]] = {
        "refused": (400, "invalid_payload"),
        "closed": (404, "no_service"),
    }

    def over(self, transport: httpx.BaseTransport) -> AlertChannel:
        return SlackChannel("https://hooks.example/services/T0/B0/s3cret", transport)

    def told(self) -> list[str]:
        return [json.loads(request.content)["text"] for request in self.requests]

    def test_it_posts_to_the_very_url(self) -> None:
        self.tell(self.channel(), an_alert())
        assert str(self.requests[0].url) == "https://hooks.example/services/T0/B0/s3cret"

    def test_nothing_in_a_text_calls_or_links(self) -> None:
        self.tell(self.channel(), an_alert("<!channel> & <https://evil.example|here>"))
        assert self.told() == ["&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;"]

    def test_the_link_has_its_label(self) -> None:
        self.tell(self.channel(), an_alert("x", acknowledge_url=URL, acknowledge_label="Занимаюсь"))
        assert self.told() == [f"x\n\n<{URL}|Занимаюсь>"]

    @pytest.mark.parametrize(
        ("status", "body"),
        [(403, "action_prohibited"), (404, "no_team"), (410, "channel_is_archived"), (302, "")],
    )
    def test_a_removed_webhook_is_closed_and_says_why(self, status: int, body: str) -> None:
        with pytest.raises(Closed) as caught:
            self.tell(self.answering(status, body), an_alert())
        assert caught.value.to_everybody
        assert caught.value.detail == f"Slack answers {status}" + (f": {body}" if body else "")

    def test_a_page_is_no_delivery(self) -> None:
        with pytest.raises(Unreachable):
            self.tell(self.answering(200, "<html>Sign in</html>"), an_alert())
