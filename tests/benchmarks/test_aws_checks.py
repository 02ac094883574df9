"""A quiet minute on AWS is cheap: there are 43,200 of them a month."""

from benchmarks.aws_checks import cost, measure
from benchmarks.aws_events import MILLION


def test_while_all_is_well_the_checks_cost_next_to_nothing() -> None:
    usage = measure()
    assert usage.calls["SendMessage"] == 0
    # Two turns, taken and given back, each minute; and what is remembered of the checks that are due:
    # two of them look every ten minutes whether it is night.
    assert usage.calls["PutItem"] + usage.calls["UpdateItem"] <= 4 * 60 + 70
    assert sum(price.dollars * count for price, count in cost(usage).items()) / MILLION < 1
