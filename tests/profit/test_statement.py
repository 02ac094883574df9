"""What is known of a period, and what is missing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from chalicelib.engine.port import Document
from chalicelib.periods import Period, latest
from chalicelib.profit.counting import CountedDay
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.formula import COUNTED, ENTERED, Indicator
from chalicelib.profit.memory import CountedBook, CountedPeriod
from chalicelib.profit.progress import Progress
from chalicelib.profit.reading import Statements
from chalicelib.profit.statement import Gap, statement
from tests.alerts.memory import MemoryDocuments

DAY = Period.parse("2026-11-20")
MONTH = Period.parse("2026-11")
TODAY = date(2026, 11, 20)
ROW = {
    Indicator.REACH: Decimal(1000),
    Indicator.C1: Decimal("0.01"),
    Indicator.CHR: Decimal(0),
    Indicator.CAPEX: Decimal(0),
    Indicator.H: Decimal(1000),
    Indicator.COGS: Decimal(100),
    Indicator.CAC: Decimal(50),
    Indicator.CRC: Decimal(0),
}
SOLD = CountedPeriod(days=1, leads=10, clients=4, sold=5, returned=1, pieces=Decimal(8), goods=Decimal(4000))


def test_a_day_of_which_everything_is_known() -> None:
    found = statement(DAY, {DAY: ROW}, SOLD, TODAY)
    assert found.gaps == []
    assert found.result is not None
    assert found.result.clients == 4
    assert found.result.revenue == 4000
    assert found.result.profit == 4000 - 1000 - 4 * 150


def test_each_value_that_nobody_entered_is_named() -> None:
    found = statement(DAY, {}, SOLD, TODAY)
    assert found.result is None
    assert found.gaps == [Gap(indicator, "not-entered", [TODAY]) for indicator in ENTERED]


def test_what_is_not_counted_yet_is_no_zero() -> None:
    for counted in (None, CountedPeriod(days=1, leads=1)):
        found = statement(MONTH, {MONTH: ROW}, counted, TODAY)
        assert found.gaps == [Gap(indicator, "not-counted") for indicator in COUNTED]
        assert found.counted is None, "some of its orders are not all of them"


def test_without_a_sale_a_price_is_unknown() -> None:
    found = statement(DAY, {DAY: ROW}, CountedPeriod(days=1, leads=3), TODAY)
    unknown = [Indicator.PU, Indicator.D, Indicator.Q1, Indicator.RT]
    assert found.gaps == [Gap(indicator, "nothing-sold") for indicator in unknown]
    assert found.values[Indicator.C] == 0


def test_where_everything_came_back_a_price_is_unknown() -> None:
    found = statement(DAY, {DAY: ROW}, CountedPeriod(days=1, leads=1, clients=1, sold=1, returned=1), TODAY)
    assert [gap.indicator for gap in found.gaps] == [Indicator.PU, Indicator.D]
    assert {gap.why for gap in found.gaps} == {"nothing-kept"}


def test_a_running_month_is_about_its_days_so_far() -> None:
    found = statement(MONTH, {MONTH: ROW}, SOLD.model_copy(update={"days": 20}), TODAY)
    assert not found.is_over
    assert found.days[-1] == TODAY
    assert found.values[Indicator.H] == Fraction(2000, 3)


def test_what_was_kept_is_read_together() -> None:
    documents = MemoryDocuments()
    counted = CountedBook(documents)
    counted.put(
        {TODAY: CountedDay(leads=(1, 2), clients=(1,), sold=1, pieces=Decimal(2), goods=Decimal(900))}
    )
    counted.remember(Progress(counted_at=datetime(2026, 11, 19, 17, tzinfo=UTC)))
    EnteredBook(documents).put({DAY: ROW})
    # Midnight in Tomsk.
    day, before = Statements(documents, ZoneInfo("Asia/Tomsk")).of([DAY, DAY.previous], TODAY)
    assert day.result is not None
    assert day.values[Indicator.PU] == 450
    assert before.counted is None


class CountingDocuments(MemoryDocuments):
    """Knows how many documents were read, and in how many calls."""

    def __init__(self) -> None:
        super().__init__()
        self.read = self.calls = 0

    def get(self, key: str) -> Document:
        self.read += 1
        self.calls += 1
        return super().get(key)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        self.read += len(keys)
        self.calls += 1
        return {key: self.kept.get(key, Document(key, {}, 0)) for key in keys}


def test_a_month_of_days_takes_a_document_of_each_and_a_few_more() -> None:
    documents = CountingDocuments()
    Statements(documents, ZoneInfo("Asia/Tomsk")).of(latest("day", TODAY, 31), TODAY)
    assert documents.read <= 31 + 3
    assert documents.calls <= 4


def test_days_after_the_last_counted_one_are_not_known() -> None:
    documents = MemoryDocuments()
    CountedBook(documents).remember(Progress(counted_at=datetime(2026, 11, 18, tzinfo=UTC)))
    (found,) = Statements(documents, ZoneInfo("Asia/Tomsk")).of([DAY], TODAY)
    assert found.days == []
    assert found.result is None
