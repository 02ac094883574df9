"""Makes the links: each for one reader, of one incident, for a while."""

import json

from chalicelib.clock import Clock
from chalicelib.events import Alert
from chalicelib.providers.acknowledge.link import signed
from chalicelib.providers.acknowledge.read import Settings


class Links:
    """The links of one source with the provider ``acknowledge``."""

    def __init__(self, source: str, settings: Settings, label: str, clock: Clock) -> None:
        """Lead to this source, under this label."""
        self._base = f"{settings.url}/hooks/{source}"
        self._secret = settings.token if isinstance(settings.token, str) else settings.token[0]
        self._valid = settings.valid
        self._label = label
        self._clock = clock

    def add(self, alert: Alert, reader: str) -> Alert:
        """The alert with a link for this reader; unchanged if there is nothing to take care of."""
        if alert.state != "firing":
            return alert
        content = {
            "kind": "acknowledge",
            "incident": alert.subject_id,
            "person": reader,
            "told_at": alert.at.isoformat(),
            "expires_at": (self._clock() + self._valid).isoformat(timespec="seconds"),
        }
        link = signed(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), self._secret)
        return alert.model_copy(
            update={"acknowledge_url": f"{self._base}/{link}", "acknowledge_label": self._label}
        )
