"""What the page shows: a picture, a table and the sums of each section. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from chalicelib.books.facts import Facts, together
from chalicelib.books.reading import Day
from chalicelib.console import charts
from chalicelib.console.effect.figures import Figure
from chalicelib.console.effect.sections import Section, sections
from chalicelib.console.effect.writing import Writer
from chalicelib.periods import Kind as PeriodKind
from chalicelib.periods import Period, latest
from chalicelib.settings import Shop

SHOWN: Mapping[PeriodKind, int] = {"day": 30, "week": 26, "month": 12}
"""How many periods are shown: a year at most, of which each day is a document to read."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive periods, oldest first, with what the books keep of each."""

    periods: Sequence[Period]
    facts: Sequence[Facts]

    @property
    def kind(self) -> PeriodKind:
        """Days, weeks or months."""
        return self.periods[0].kind

    @property
    def first(self) -> date:
        """The first day."""
        return self.periods[0].first

    @property
    def last(self) -> date:
        """The last day."""
        return self.periods[-1].last

    def together(self, start: int = 0, end: int | None = None) -> Facts:
        """The periods from one place up to another one, all if none are named, as one."""
        return together(self.facts[start:end])


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure over all that is shown.

    Attributes:
        before: the same before Leadkeeper acted; None if all that is shown is of one time.
        since: likewise from then on.
    """

    name: str
    all: str
    before: str | None
    since: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as the page shows it.

    Attributes:
        sums: of its figures that matter, the headline's first.
        picture: None if there is nothing to be drawn.
    """

    section: Section
    sums: Sequence[Sum]
    picture: Markup | None
    table: Markup


def shown_periods(kind: PeriodKind, until: date) -> list[Period]:
    """The periods that the page shows, the last of which has this day."""
    return latest(kind, until, SHOWN[kind])[::-1]


def day_after(stretch: Stretch, today: date) -> date | None:
    """Until which day the periods go that are shown after these; None if there are none yet."""
    if stretch.last >= today:
        return None
    day = stretch.last
    for _ in stretch.periods:
        day = Period.containing(stretch.kind, day).next.last
    return min(day, today)


def stretch_of(periods: Sequence[Period], days: Sequence[Day]) -> Stretch:
    """What the books keep of each period: the sum of its days."""
    by_date = {day.date: day.facts for day in days}
    facts = [together(by_date[day] for day in period.days if day in by_date) for period in periods]
    return Stretch(periods, facts)


def shown(stretch: Stretch, acting_since: date | None, shop: Shop, language: str) -> list[Shown]:
    """All sections of the page."""
    split = _split(stretch, acting_since)
    sides = _Sides(
        whole=stretch.together(),
        before=None if split is None else stretch.together(0, split),
        since=None if split is None else stretch.together(split),
    )
    writer = Writer(shop.shop.timezone, language)
    return [
        Shown(
            section=section,
            sums=[_sum(figure, sides, writer) for figure in (section.headline, *section.further)],
            picture=_picture(section, stretch, split, writer),
            table=_table(section, stretch, writer),
        )
        for section in sections(sides.whole, shop, language)
    ]


@dataclass(frozen=True, slots=True)
class _Sides:
    """All that is shown, and what was before and since Leadkeeper acts; None if all is of one time."""

    whole: Facts
    before: Facts | None
    since: Facts | None


def _split(stretch: Stretch, acting_since: date | None) -> int | None:
    """Before which period Leadkeeper began to act; None if that is not among those shown."""
    if acting_since is None:
        return None
    after = [index for index, period in enumerate(stretch.periods) if period.first >= acting_since]
    return after[0] if after and after[0] > 0 else None


def _sum(figure: Figure, sides: _Sides, writer: Writer) -> Sum:
    def of(facts: Facts | None) -> str | None:
        return None if facts is None else writer.value(figure.of(facts), figure.kind)

    return Sum(
        name=figure.name,
        all=writer.value(figure.of(sides.whole), figure.kind),
        before=of(sides.before),
        since=of(sides.since),
    )


def _picture(section: Section, stretch: Stretch, split: int | None, writer: Writer) -> Markup | None:
    series = [_series(figure, stretch) for figure in section.drawn]
    # Nothing at all can be the best of news: a share of 0 is drawn, and a count of 0 is not to be seen.
    is_seen = (
        value is not None and (value or section.way == "lines") for one in series for value in one.values
    )
    if not any(is_seen):
        return None
    draw: Callable[..., Markup] = charts.lines if section.way == "lines" else charts.columns
    return draw(
        f"chart-{section.name}",
        section.title,
        [writer.period(period) for period in stretch.periods],
        charts.largest(series, writer.word("others")) if section.way == "columns" else series,
        description=section.definition,
        measure=writer.measure(section.drawn[0].kind),
        mark=None if split is None else charts.Mark(split, writer.word("acts")),
    )


def _table(section: Section, stretch: Stretch, writer: Writer) -> Markup:
    """One row a period. Each figure has its own kind, so the values are written here."""
    rows = [
        (
            writer.period(period),
            [writer.value(figure.of(facts), figure.kind) for figure in section.figures],
        )
        for period, facts in zip(stretch.periods, stretch.facts, strict=True)
    ]
    return charts.written_table(writer.word(stretch.kind), [figure.name for figure in section.figures], rows)


def _series(figure: Figure, stretch: Stretch) -> charts.Series:
    return charts.Series(figure.name, [figure.of(facts) for facts in stretch.facts])
