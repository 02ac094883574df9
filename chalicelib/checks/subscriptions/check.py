"""The check ``subscriptions``: what ends soon becomes a task, and from three days on an alert as well."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.checks.port import Finding
from chalicelib.checks.subscriptions.probing import Prober
from chalicelib.checks.subscriptions.settings import Subscription
from chalicelib.checks.subscriptions.standing import URGENT_STEP, ReadDocument, Standing, calendar
from chalicelib.events import Expiry, SubscriptionExpiring, SubscriptionUrgent
from chalicelib.ladders import Ladders


class SubscriptionsCheck:
    """Implements ``checks.port.Check``. What its probes find is remembered, also in a dry run."""

    name = "subscriptions"
    every = timedelta(hours=1)
    has_baseline = False

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        ladders: Ladders,
        read: ReadDocument,
        prober: Prober,
        zone: ZoneInfo,
    ) -> None:
        """Look at these subscriptions on the shop's clock."""
        self._subscriptions = subscriptions
        self._ladders = ladders
        self._read = read
        self._prober = prober
        self._zone = zone

    def find(self, now: datetime) -> Iterator[Finding]:
        """See the port. The alert is an entry of its own: a dead CRM must not hold it up."""
        self._prober.look(self._subscriptions, now)
        for standing in calendar(self._subscriptions, self._read, self._zone):
            step = standing.due_step(self._ladders, now, self._zone)
            if step is None:
                continue
            expiry = Expiry(name=standing.subscription.name, period=standing.period, step=step)
            dedup_id = f"subscription:{expiry.name}:{expiry.period}:{step}d"
            line = self._line(standing, step, now)
            yield Finding(dedup_id, "", SubscriptionExpiring(expiry=expiry), f"{line}: a task")
            if step <= URGENT_STEP:
                yield Finding(f"{dedup_id}:alert", "", SubscriptionUrgent(expiry=expiry), f"{line}: an alert")

    def _line(self, standing: Standing, step: int, now: datetime) -> str:
        days, day = standing.days_left(now, self._zone), standing.last_day(self._zone)
        parts = [
            f"{standing.money} left" if standing.money else "",
            "" if days is None else f"{days} days left, until {day}",
            f"step {step}d",
        ]
        return f"{standing.subscription.name}, {', '.join(part for part in parts if part)}"
