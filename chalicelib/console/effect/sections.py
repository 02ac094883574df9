"""The sections of the page, in the reader's words: which figures stand together, and which are drawn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from chalicelib.books.facts import Facts
from chalicelib.books.mistakes import Mistakes
from chalicelib.books.refusals import Refusals
from chalicelib.books.statuses import Statuses
from chalicelib.config_types import written
from chalicelib.console.effect import figures
from chalicelib.console.effect.figures import MOST, Ends, Figure, Kind, Value
from chalicelib.console.words import word, words_of
from chalicelib.scenario.settings import Scenario
from chalicelib.settings import Shop
from chalicelib.texts.filters import LANGUAGES

CANCELLED = "cancel"
"""The CRM's group of statuses for orders that came to nothing; each status says why."""


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that stand together.

    Attributes:
        name: an id on the page.
        definition: what is counted, and how.
        headline: the one that is named first.
        further: the others that matter.
        details: those that only the table has.
        drawn: those that the picture shows, as lines or as columns on top of each other.
    """

    name: str
    title: str
    definition: str
    headline: Figure
    further: Sequence[Figure]
    drawn: Sequence[Figure]
    details: Sequence[Figure] = ()
    way: Literal["lines", "columns"] = "lines"

    @property
    def figures(self) -> Sequence[Figure]:
        """All of them."""
        return (self.headline, *self.further, *self.details)


def sections(whole: Facts, shop: Shop, language: str) -> list[Section]:
    """All sections; reasons, rules and steps are those of the shop and of the time that is shown."""
    ladders = shop.ladders
    steps = {*ladders.stalled_pickup, *(step for own in ladders.couriers.values() for step in own)}
    return [
        _missed(language),
        _called_back(language),
        _answered(language),
        *([_collected(sorted(steps), Ends.by(shop.crm.parcel_statuses), language)] if steps else []),
        *([_cancelled(whole, shop.scenario, language)] if shop.scenario else []),
        _refused(whole, language),
        _mistaken(whole, language),
    ]


def _missed(language: str) -> Section:
    share = Figure(_t(language, "missed_share"), Kind.SHARE, figures.missed_share)
    return Section(
        name="missed",
        title=_t(language, "missed_title"),
        definition=_t(language, "missed_definition"),
        headline=share,
        further=(
            Figure(_t(language, "missed"), Kind.COUNT, figures.missed),
            Figure(_t(language, "answered"), Kind.COUNT, figures.answered),
        ),
        drawn=(share,),
    )


def _called_back(language: str) -> Section:
    median = Figure(_t(language, "median"), Kind.DURATION, figures.within(figures.called_back, 0.5))
    most = Figure(_t(language, "most"), Kind.DURATION, figures.within(figures.called_back, MOST))
    return Section(
        name="called-back",
        title=_t(language, "called_back_title"),
        definition=_t(language, "called_back_definition"),
        headline=median,
        further=(
            most,
            Figure(_t(language, "called_back"), Kind.COUNT, figures.count_of(figures.called_back)),
            Figure(_t(language, "called_again"), Kind.SHARE, figures.called_again_share),
            Figure(_t(language, "overdue"), Kind.COUNT, figures.overdue),
        ),
        drawn=(median, most),
    )


def _answered(language: str) -> Section:
    median = Figure(_t(language, "median"), Kind.DURATION, figures.within(figures.answers, 0.5))
    most = Figure(_t(language, "most"), Kind.DURATION, figures.within(figures.answers, MOST))
    return Section(
        name="answers",
        title=_t(language, "answers_title"),
        definition=_t(language, "answers_definition"),
        headline=median,
        further=(most, Figure(_t(language, "answers"), Kind.COUNT, figures.count_of(figures.answers))),
        drawn=(median, most),
    )


def _collected(steps: Sequence[timedelta], ends: Ends, language: str) -> Section:
    shares, details = [], []
    for span in steps:
        step, said = written(span), _said(span, language)
        shares.append(
            Figure(
                _t(language, "collected_share", step=said), Kind.SHARE, figures.collected_share(step, ends)
            )
        )
        details += [
            Figure(_t(language, "asked", step=said), Kind.COUNT, figures.asked(step)),
            Figure(_t(language, "collected", step=said), Kind.COUNT, figures.ended(step, ends.collected)),
            Figure(
                _t(language, "not_collected", step=said), Kind.COUNT, figures.ended(step, ends.not_collected)
            ),
            Figure(_t(language, "otherwise", step=said), Kind.COUNT, figures.ended_otherwise(step, ends)),
        ]
    return Section(
        name="pickups",
        title=_t(language, "pickups_title"),
        definition=_t(language, "pickups_definition"),
        headline=shares[0],
        further=shares[1:],
        drawn=shares,
        details=details,
    )


def _cancelled(whole: Facts, scenario: Scenario, language: str) -> Section:
    statuses = refusals_of(scenario)
    counts = whole.part(Statuses).entered
    reasons = [
        Figure(scenario.name_of(status), Kind.COUNT, figures.entered([status]))
        for status in _most_first({status: counts[status] for status in statuses if status in counts})
    ]
    return _by_cause("cancelled", figures.entered(statuses), reasons, language)


def _refused(whole: Facts, language: str) -> Section:
    reasons = [
        Figure(_named(language, "reason", reason), Kind.COUNT, figures.refused_for(reason))
        for reason in _most_first(whole.part(Refusals).parcels)
    ]
    return _by_cause("refusals", figures.refusals, reasons, language)


def _mistaken(whole: Facts, language: str) -> Section:
    rules = [
        Figure(_named(language, "rule", rule), Kind.COUNT, figures.broke(rule))
        for rule in _most_first(whole.part(Mistakes).rules)
    ]
    return _by_cause("mistakes", figures.mistakes, rules, language)


def _by_cause(name: str, total: Callable[[Facts], Value], causes: Sequence[Figure], language: str) -> Section:
    """How many there are, and of which cause."""
    return Section(
        name=name,
        title=_t(language, f"{name}_title"),
        definition=_t(language, f"{name}_definition"),
        headline=Figure(_t(language, name), Kind.COUNT, total),
        further=causes,
        drawn=causes,
        way="columns",
    )


def refusals_of(scenario: Scenario) -> frozenset[str]:
    """The statuses by which an order is lost; not those that only follow such a one: the goods are back."""
    cancelled = {code for code, status in scenario.statuses.items() if status.group == CANCELLED}
    entered = {
        code for name, status in scenario.statuses.items() if name not in cancelled for code in status.next
    }
    return frozenset(cancelled & entered)


def _most_first(counts: Mapping[str, int]) -> Iterator[str]:
    return iter(sorted(counts, key=lambda name: (-counts[name], name)))


def _t(language: str, key: str, **values: object) -> str:
    return word(language, f"effect.{key}", **values)


def _named(language: str, kind: str, code: str) -> str:
    """What a reason or a rule is called; a rule about a field of the shop's own by its code."""
    return str(words_of(language).get(f"effect.{kind}_{code}", code))


def _said(span: timedelta, language: str) -> str:
    return LANGUAGES[language].filters["duration"](span)
