"""What is wrong with a scenario by itself, and beside the rest of a shop's settings."""

from collections.abc import Iterable, Iterator

from chalicelib.errors import ConfigurationError
from chalicelib.scenario.paths import dead_ends, reachable
from chalicelib.scenario.settings import Scenario


def problems(scenario: Scenario) -> list[ConfigurationError]:
    """Each mistake with its key and the fix.

    Ways are followed once all names are right: a misspelt one would look like a missing step as well.
    """
    return [*_unknown_names(scenario)] or [*_lost_orders(scenario)]


def unknown_uses(scenario: Scenario, uses: Iterable[tuple[str, str]]) -> list[ConfigurationError]:
    """The statuses that the shop file gives to orders or waits for, and that the scenario does not have.

    Args:
        scenario: of the same shop.
        uses: a key of the shop file and the status that it names.
    """
    return [
        ConfigurationError(
            key,
            f"the scenario has no status {status}",
            f"Name one that it has, or add [statuses.{status}] to it",
        )
        for key, status in uses
        if status not in scenario.statuses
    ]


def _unknown_names(scenario: Scenario) -> Iterator[ConfigurationError]:
    named = [("scenario.begin", scenario.begin)]
    named += [(f"scenario.statuses.{code}.next", status.next) for code, status in scenario.statuses.items()]
    for key, statuses in named:
        for unknown in dict.fromkeys(status for status in statuses if status not in scenario.statuses):
            yield ConfigurationError(
                key, f"there is no status {unknown}", f"Correct its spelling, or add [statuses.{unknown}]"
            )


def _lost_orders(scenario: Scenario) -> Iterator[ConfigurationError]:
    steps = {code: status.next for code, status in scenario.statuses.items()}
    arrived_at = reachable(steps, scenario.begin)
    without_end = dead_ends(steps)
    for code in scenario.statuses:
        if code not in arrived_at:
            yield ConfigurationError(
                f"scenario.statuses.{code}",
                "no way leads here from where orders begin",
                "Add it to the next of a status before it, or to begin, or remove it",
            )
        if code in without_end:
            yield ConfigurationError(
                f"scenario.statuses.{code}.next",
                "a dead end: no way leads from here to the end of an order",
                "Add a step that leads to a status without next",
            )
