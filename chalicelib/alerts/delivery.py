"""Tell one person: through their channels in order, until one delivers."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.alerts.closed_ways import ClosedWays, Way
from chalicelib.alerts.once import Once
from chalicelib.alerts.port import AlertChannel, Closed, ComeLater
from chalicelib.alerts.raising import AlertRaiser
from chalicelib.clock import Clock
from chalicelib.engine.port import Documents
from chalicelib.errors import LeadkeeperError, Postponed, Refused, Unreachable
from chalicelib.events import Alert, Severity
from chalicelib.people import Person

AddLink = Callable[[Alert, str], Alert]
"""Adds the link by which this reader can say that they take care."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConfiguredChannel:
    """A channel of the shop file.

    Attributes:
        name: as in the shop file, such as ``telegram``.
        settings: a fingerprint of its settings.
    """

    name: str
    settings: str
    channel: AlertChannel

    def way_to(self, person: Person) -> Way | None:
        """The way to this person; None if the channel cannot find them."""
        address = self.channel.address(person)
        return Way(self.name, self.settings, address) if address else None


class Delivery:
    """All channels of the shop."""

    def __init__(
        self,
        channels: Sequence[ConfiguredChannel],
        routes: Mapping[Severity, tuple[str, ...]],
        documents: Documents,
        raiser: AlertRaiser,
        clock: Clock,
        add_link: AddLink,
    ) -> None:
        """Use these channels; those of a severity's route, if it has one, in the route's order."""
        self.channels = {channel.name: channel for channel in channels}
        self._routes = routes
        self._closed = ClosedWays(documents)
        self._once = Once(documents, clock)
        self._raiser = raiser
        self._clock = clock
        self._add_link = add_link

    def tell(self, person: Person, alert: Alert) -> str:
        """The name of the channel that delivered; empty if none knows this person.

        Raises:
            Unreachable: a channel that did not answer may deliver later.
            Postponed: the same, and each of these channels has told when.
            Refused: no channel will deliver it.
        """
        failures: list[LeadkeeperError] = []
        for configured, way in self._ways(person, alert.severity):
            try:
                self._tell_by(configured, way, person, alert)
            except (Refused, Unreachable) as failure:
                log.warning(
                    "an alert channel failed",
                    extra={"channel": way.channel, "person": person.name, "detail": failure.detail},
                )
                failures.append(failure)
            else:
                return way.channel
        if failures:
            raise _summary(failures)
        return ""

    def try_out(self, name: str, person: Person, alert: Alert) -> bool:
        """Tell by one channel, though it be closed; a success opens it. False if it does not know the person.

        Raises:
            Unreachable, Refused: as the channel raises.
        """
        configured = self.channels[name]
        way = configured.way_to(person)
        if way is None:
            return False
        configured.channel.tell(way.address, alert)
        self._closed.open(way)
        return True

    def _ways(self, person: Person, severity: Severity) -> Iterator[tuple[ConfiguredChannel, Way]]:
        for name in person.channels or self._routes.get(severity) or tuple(self.channels):
            configured = self.channels[name]
            way = configured.way_to(person)
            if way is not None:
                yield configured, way

    def _tell_by(self, configured: ConfiguredChannel, way: Way, person: Person, alert: Alert) -> None:
        closed = self._closed.reason(way)
        if closed:
            raise Refused("alert-refused", closed)
        channel = configured.channel
        try:
            if channel.is_shared:
                linked = self._add_link(alert, configured.name)
                self._once.tell(configured.name, alert, lambda: channel.tell(way.address, linked))
            else:
                channel.tell(way.address, self._add_link(alert, person.name))
        except Closed as refusal:
            self._close(way, person, refusal)
            raise

    def _close(self, way: Way, person: Person, refusal: Closed) -> None:
        """Try it no more, and say so: loudly, and through whatever other channels there are."""
        what = way.channel if refusal.to_everybody else f"{way.channel}, {person.name}"
        log.critical("an alert channel is closed", extra={"channel": what, "detail": refusal.detail})
        # Told before it is stored: a crash in between tells it twice instead of never.
        self._raiser.channel_closed(f"{what}: {refusal.detail}")
        self._closed.close(way.to_everybody if refusal.to_everybody else way, refusal.detail, self._clock())


def _summary(failures: Sequence[LeadkeeperError]) -> LeadkeeperError:
    """One error for all: whatever may pass is worth another attempt."""
    detail = "; ".join(failure.detail for failure in failures)
    passing = [failure for failure in failures if isinstance(failure, Unreachable)]
    delays = [failure.delay for failure in passing if isinstance(failure, ComeLater)]
    if not passing:
        return Refused("alert-refused", detail)
    if len(delays) == len(passing):
        return Postponed("alert-rate-limited", min(delays), detail)
    maybe_done = any(failure.maybe_done for failure in passing)
    return Unreachable("alert-unreachable", detail, maybe_done=maybe_done)
