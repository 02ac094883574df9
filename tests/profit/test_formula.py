"""Profit, and each indicator's own share of its change."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.profit.formula import (
    COSTS_A_CLIENT,
    FIXED_COSTS,
    Indicator,
    Values,
    missing,
    profit,
    result,
)
from chalicelib.profit.shares import shares

A_MONTH: Values = {
    Indicator.REACH: Fraction(10_000),
    Indicator.C1: Fraction(5, 100),
    Indicator.C: Fraction(2, 10),
    Indicator.CHR: Fraction(10),
    Indicator.PU: Fraction(5000),
    Indicator.D: Fraction(3, 2),
    Indicator.Q1: Fraction(12, 10),
    Indicator.RT: Fraction(2, 10),
    Indicator.CAPEX: Fraction(50_000),
    Indicator.H: Fraction(100_000),
    Indicator.COGS: Fraction(3000),
    Indicator.CAC: Fraction(800),
    Indicator.CRC: Fraction(50),
}

amounts = st.integers(-1000, 1000).map(lambda cents: Fraction(cents, 100))
values = st.fixed_dictionaries(dict.fromkeys(Indicator, amounts))


def test_a_month_by_hand() -> None:
    found = result(A_MONTH)
    assert found.clients == 90
    assert found.revenue_a_client == 7500
    assert found.revenue == 675_000
    assert found.costs == 150_000 + 90 * 3850
    assert found.profit == profit(A_MONTH) == 178_500


@pytest.mark.parametrize("cost", COSTS_A_CLIENT)
def test_a_cost_of_one_client_grows_with_the_clients(cost: Indicator) -> None:
    dearer = {**A_MONTH, cost: A_MONTH[cost] + 1}
    assert profit(A_MONTH) - profit(dearer) == result(A_MONTH).clients


@pytest.mark.parametrize("cost", FIXED_COSTS)
def test_a_fixed_cost_does_not(cost: Indicator) -> None:
    dearer = {**A_MONTH, cost: A_MONTH[cost] + 1}
    assert profit(A_MONTH) - profit(dearer) == 1


@pytest.mark.parametrize("indicator", Indicator)
def test_what_is_missing_is_said_and_never_zero(indicator: Indicator) -> None:
    incomplete = {name: value for name, value in A_MONTH.items() if name is not indicator}
    assert missing(incomplete) == (indicator,)
    with pytest.raises(KeyError):
        profit(incomplete)


@given(values, values)
def test_own_shares_and_what_was_done_together_are_the_whole_change(before: Values, after: Values) -> None:
    found = shares(before, after)
    assert sum(found.own.values()) + found.together == found.change == profit(after) - profit(before)


@given(values, values, st.sampled_from(Indicator))
def test_an_indicator_that_changed_alone_made_the_whole_change(
    before: Values, other: Values, indicator: Indicator
) -> None:
    found = shares(before, {**before, indicator: other[indicator]})
    assert found.own[indicator] == found.change
    assert found.together == 0
    assert not any(share for name, share in found.own.items() if name is not indicator)


def test_two_that_multiply_did_something_together() -> None:
    after = {**A_MONTH, Indicator.REACH: Fraction(11_000), Indicator.PU: Fraction(5500)}
    found = shares(A_MONTH, after)
    assert found.own[Indicator.REACH] == 10 * (7500 - 3850)
    assert found.own[Indicator.PU] == 90 * 750
    assert found.together == 10 * 750
