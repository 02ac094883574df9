"""The page Messages: what became of text messages, and what they cost."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from chalicelib.books.messages import COSTS, Messages, MessageState, MessageTally
from chalicelib.books.reading import Day


@dataclass(frozen=True, slots=True)
class Cost:
    """What messages cost.

    Attributes:
        told: what gateways told, by currency; an empty text is the money of the shop.
        segments: of the messages whose gateway told nothing.
        reckoned: what these segments come to; None if the shop file does not tell what one costs.
    """

    told: Mapping[str, Decimal] = field(default_factory=dict)
    segments: int = 0
    reckoned: Decimal | None = None

    @property
    def sums(self) -> Mapping[str, Decimal]:
        """All of it by currency, as far as it is known: what was told and what was reckoned."""
        if not self.segments or self.reckoned is None:
            return self.told
        return {**self.told, "": self.told.get("", Decimal()) + self.reckoned}

    @property
    def is_exact(self) -> bool:
        """Whether gateways told all of it."""
        return not self.segments

    @property
    def unknown_segments(self) -> int:
        """The segments for which nobody knows a price."""
        return self.segments if self.reckoned is None else 0


@dataclass(frozen=True, slots=True)
class Line:
    """The messages with one text, of one gateway, or all of them.

    Attributes:
        counts: how many are in each state.
    """

    name: str
    counts: Mapping[MessageState, int]
    cost: Cost

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def taken(self) -> int:
        """Those that a gateway took."""
        return sum(self.of(state) for state in COSTS)

    @property
    def delivered_share(self) -> float | None:
        """Of those that a gateway took, the part that surely arrived; None if nothing is known of any."""
        is_known = self.of(MessageState.DELIVERED, MessageState.UNDELIVERED) > 0
        return self.of(MessageState.DELIVERED) / self.taken if is_known else None

    def of(self, *states: MessageState) -> int:
        """How many are in one of these states."""
        return sum(self.counts.get(state, 0) for state in states)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why messages were not sent."""

    state: MessageState
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """What the page shows.

    Attributes:
        days: each day with how many of its messages are in each state.
        would_cost: what was only observed would have cost.
        reasons: the most frequent first.
    """

    total: Line
    days: tuple[tuple[date, Mapping[MessageState, int]], ...]
    templates: tuple[Line, ...]
    gateways: tuple[Line, ...]
    would_cost: Cost
    reasons: tuple[Reason, ...]


def report_of(days: Sequence[Day], price_per_segment: Decimal | None) -> Report:
    """What happened on these days.

    Args:
        days: what the books have of them.
        price_per_segment: by which is reckoned what gateways do not tell.
    """
    by_day = [(day.date, day.facts.part(Messages).tallies) for day in days]
    tallies = [tally for _, of_day in by_day for tally in of_day]
    observed = [tally for tally in tallies if tally.state is MessageState.OBSERVED]
    return Report(
        total=_line("", tallies, price_per_segment),
        days=tuple((day, _counts(of_day)) for day, of_day in by_day),
        templates=_lines(tallies, lambda tally: tally.template, price_per_segment),
        gateways=_lines(
            [tally for tally in tallies if tally.gateway], lambda tally: tally.gateway, price_per_segment
        ),
        would_cost=_cost(observed, price_per_segment),
        reasons=_reasons(tallies),
    )


def _lines(
    tallies: Iterable[MessageTally], name_of: Callable[[MessageTally], str], price: Decimal | None
) -> tuple[Line, ...]:
    """One a name, the most frequent first."""
    groups: dict[str, list[MessageTally]] = {}
    for tally in tallies:
        groups.setdefault(name_of(tally), []).append(tally)
    lines = [_line(name, group, price) for name, group in groups.items()]
    return tuple(sorted(lines, key=lambda line: (-line.count, line.name)))


def _line(name: str, tallies: Sequence[MessageTally], price: Decimal | None) -> Line:
    paid = [tally for tally in tallies if tally.state in COSTS]
    return Line(name, _counts(tallies), _cost(paid, price))


def _counts(tallies: Iterable[MessageTally]) -> Mapping[MessageState, int]:
    counts: dict[MessageState, int] = {}
    for tally in tallies:
        counts[tally.state] = counts.get(tally.state, 0) + tally.count
    return counts


def _cost(tallies: Iterable[MessageTally], price: Decimal | None) -> Cost:
    told: dict[str, Decimal] = {}
    segments = 0
    for tally in tallies:
        segments += tally.unpriced
        for currency, amount in tally.prices.items():
            told[currency] = told.get(currency, Decimal()) + amount
    return Cost(told, segments, None if price is None else segments * price)


def _reasons(tallies: Iterable[MessageTally]) -> tuple[Reason, ...]:
    counts: dict[tuple[MessageState, str], int] = {}
    for tally in tallies:
        if tally.reason:
            key = tally.state, tally.reason
            counts[key] = counts.get(key, 0) + tally.count
    reasons = (Reason(state, code, count) for (state, code), count in counts.items())
    return tuple(sorted(reasons, key=lambda reason: (-reason.count, reason.state, reason.code)))
