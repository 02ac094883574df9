"""Lets a month happen: the whole product in one process against the sandbox, on a fake clock."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.bootstrap import DATA_FILE, engine_on
from chalicelib.engine.port import Engine
from sandbox.documents import Document
from tests.month.happenings import (
    Answered,
    CardMade,
    Edited,
    Form,
    Happening,
    Made,
    Missed,
    Outage,
    Produced,
    Talked,
    Told,
    Touched,
    TriggeredLate,
    Wrote,
)
from tests.month.office import Office
from tests.month.one_thread import OneThread
from tests.month.outside import Outside
from tests.month.setting_up import set_up
from tests.month.shop import month_shop
from tests.world import MORNING, World

TICK = timedelta(minutes=5)
"""How often a minute of the host is played: each of them would only take longer."""

LADDERS = ("stalled-pickups", "unprocessed-leads")
Progress = Callable[[datetime], None]


class Month(World):
    """The shop, its people at work in the CRM, and everybody who tells it something.

    Attributes:
        made_by_setup: what ``crm setup`` made at the beginning.
        missing: orders that were not there when something was to happen to them.
    """

    def __init__(self, folder: Path, choice: str = "first") -> None:
        super().__init__(folder, month_shop(choice))
        self._office = office = Office(self)
        self._outage: Outage | None = None
        self.missing: set[str] = set()
        office.hire()
        office.add_field()
        self.made_by_setup = set_up(self.sandbox, self.shop)
        for check in LADDERS:
            self.application.checks.run(check)
            self.application.checks.accept(check)
        outside = Outside(self)
        self._doers: Mapping[type[Happening], Callable[[Any], None]] = {
            Form: outside.form,
            Missed: outside.missed,
            Talked: outside.talked,
            Wrote: outside.wrote,
            Produced: outside.produced,
            Told: self._to_order(outside.told),
            Made: office.made,
            CardMade: office.card_made,
            Edited: self._to_order(office.edited),
            TriggeredLate: self._to_order(office.triggered_late),
            Touched: self._to_order(office.touched),
            Answered: self._to_order(office.answered),
            Outage: self._goes_away,
        }

    def make_engine(self) -> Engine:
        return engine_on(OneThread(self.folder / DATA_FILE), self.clock)

    def live(self, happenings: Iterable[Happening], end: datetime, progress: Progress) -> None:
        """Let it all happen, and the host's checks run meanwhile."""
        ticks = MORNING
        for happening in happenings:
            while ticks + TICK <= happening.at:
                ticks += TICK
                self._tick(ticks)
            self.now = happening.at
            self._doers[type(happening)](happening)
            self.work()
            progress(self.now)
        while ticks < end:
            ticks += TICK
            self._tick(ticks)

    def _tick(self, at: datetime) -> None:
        """What a host does each minute."""
        self.now = at
        if self._outage and at >= self._outage.until:
            self.clear_faults()
            self._outage = None
        self.application.incidents.look_after()
        self.application.checks.run_due(each_tick=True)
        self.application.checks.run_due(each_tick=False)
        self.work()

    def _to_order(self, do: Callable[[Any, Document], None]) -> Callable[[Any], None]:
        def happens(happening: Edited | TriggeredLate | Touched | Answered | Told) -> None:
            order = self._office.order(happening.order)
            if order is None:
                self.missing.add(happening.order)
            else:
                do(happening, order)

        return happens

    def _goes_away(self, outage: Outage) -> None:
        self._outage = outage
        self.fault(target="retailcrm", kind="503")
