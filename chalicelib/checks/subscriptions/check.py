"""The check ``subscriptions``: what ends soon becomes a task, and from three days on an alert as well."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.checks.port import Finding
from chalicelib.checks.subscriptions.memory import tasks_key
from chalicelib.checks.subscriptions.probing import Known, Prober
from chalicelib.checks.subscriptions.settings import Subscription
from chalicelib.checks.subscriptions.standing import URGENT_STEP, Standing, calendar
from chalicelib.engine.port import Documents
from chalicelib.events import Expiry, SubscriptionExpiring, SubscriptionRenewed, SubscriptionUrgent
from chalicelib.ladder_memory import LadderMemory
from chalicelib.ladders import Ladders


class SubscriptionsCheck:
    """Implements ``checks.port.Remembers``."""

    name = "subscriptions"
    every = timedelta(hours=1)
    has_baseline = False

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        ladders: Ladders,
        documents: Documents,
        prober: Prober,
        zone: ZoneInfo,
    ) -> None:
        """Look at these subscriptions on the shop's clock."""
        self._subscriptions = subscriptions
        self._ladders = ladders
        self._documents = documents
        self._prober = prober
        self._zone = zone

    def find(self, now: datetime) -> Iterator[Finding]:
        """See the port."""
        known = self._prober.ask(self._subscriptions, now)
        self._prober.remember(known)
        return self._found(known, now)

    def would_find(self, now: datetime) -> Iterator[Finding]:
        """See the port."""
        return self._found(self._prober.ask(self._subscriptions, now), now)

    def _found(self, known: Sequence[Known], now: datetime) -> Iterator[Finding]:
        documents = {one.document.key: one.document for one in known}
        found = calendar(
            self._subscriptions, lambda key: documents.get(key) or self._documents.get(key), self._zone
        )
        for standing in found:
            step = standing.due_step(self._ladders, now, self._zone)
            if step is not None:
                yield from self._due(standing, step, now)
        yield from self._renewed([one for one in found if one.is_settled(self._ladders, now, self._zone)])

    def _due(self, standing: Standing, step: int, now: datetime) -> Iterator[Finding]:
        """A task; and an alert as an entry of its own: a dead CRM must not hold it up."""
        expiry = Expiry(name=standing.subscription.name, period=standing.period, step=step)
        dedup_id = f"subscription:{expiry.name}:{expiry.period}:{step}d"
        line = self._line(standing, step, now)
        yield Finding(dedup_id, "", SubscriptionExpiring(expiry=expiry), f"{line}: a task")
        if step <= URGENT_STEP:
            yield Finding(f"{dedup_id}:alert", "", SubscriptionUrgent(expiry=expiry), f"{line}: an alert")

    def _renewed(self, settled: Sequence[Standing]) -> Iterator[Finding]:
        """Those that people still have tasks of ours about."""
        names = {tasks_key(standing.subscription.name): standing.subscription.name for standing in settled}
        documents = self._documents.get_many(list(names)) if names else {}
        for key, name in names.items():
            tasks = LadderMemory.model_validate(documents[key].content).tasks
            if tasks:
                yield Finding(
                    f"subscription-renewed:{name}:{tasks[-1].id}",
                    "",
                    SubscriptionRenewed(name=name),
                    f"{name}: renewed, our open tasks are completed",
                )

    def _line(self, standing: Standing, step: int, now: datetime) -> str:
        days, day = standing.days_left(now, self._zone), standing.last_day(self._zone)
        parts = [
            f"{standing.money} left" if standing.money else "",
            "" if days is None else f"{days} days left, until {day}",
            f"step {step}d",
        ]
        return f"{standing.subscription.name}, {', '.join(part for part in parts if part)}"
