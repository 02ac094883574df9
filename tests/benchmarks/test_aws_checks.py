"""A quiet minute on AWS is cheap: there are 43,200 of them a month."""

from benchmarks.aws_checks import cost, measure
from benchmarks.aws_events import MILLION


def test_while_all_is_well_the_checks_cost_next_to_nothing() -> None:
    usage = measure()
    assert usage.calls["SendMessage"] == 0
    # Two turns, taken and given back, each minute; and what is remembered of the checks that are due, such as
    # the list of parcels every two minutes, and the books every five.
    assert usage.calls["PutItem"] + usage.calls["UpdateItem"] <= 4 * 60 + 200
    assert sum(price.dollars * count for price, count in cost(usage).items()) / MILLION < 1
