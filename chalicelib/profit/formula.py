"""The profit formula. Pure, and exact: fractions, because a share of two counts is seldom a decimal.

::

    profit = (Reach · C1 · C - ChR) · (Pu · D · (Q1 - Rt)) - (CAPEX + H + COGS + CAC + CRC)

COGS, CAC and CRC are costs of one client, so that they grow with the number of clients; CAPEX and H do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Indicator(StrEnum):
    """The indicators, by their names in the formula. ``docs/profit.md`` defines each of them.

    Attributes:
        REACH: how many people saw the offer.
        C1: which share of them became leads.
        C: which share of the leads became paying clients.
        CHR: how many clients were lost.
        PU: the average price of one piece.
        D: how many pieces an order has.
        Q1: how many orders a client made.
        RT: how many of these came back.
        CAPEX: what was invested.
        H: what has to be paid however many clients there are.
        COGS: what the goods of one client cost the shop.
        CAC: what it costs to win one client.
        CRC: what it costs to keep one client.
    """

    REACH = "reach"
    C1 = "c1"
    C = "c"
    CHR = "chr"
    PU = "pu"
    D = "d"
    Q1 = "q1"
    RT = "rt"
    CAPEX = "capex"
    H = "h"
    COGS = "cogs"
    CAC = "cac"
    CRC = "crc"


COUNTED = (Indicator.C, Indicator.PU, Indicator.D, Indicator.Q1, Indicator.RT)
"""What the CRM tells. Everything else is entered."""

ENTERED = tuple(indicator for indicator in Indicator if indicator not in COUNTED)

FIXED_COSTS = (Indicator.CAPEX, Indicator.H)
COSTS_A_CLIENT = (Indicator.COGS, Indicator.CAC, Indicator.CRC)

Values = Mapping[Indicator, Fraction]
"""A value of each indicator. What is not there is not known: it never counts as zero."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the formula comes to, with its parts. Money is in the CRM's currency.

    Attributes:
        clients: Reach · C1 · C - ChR.
        revenue_a_client: Pu · D · (Q1 - Rt).
        costs: those of all clients, and those that do not depend on them.
    """

    clients: Fraction
    revenue_a_client: Fraction
    costs: Fraction

    @property
    def revenue(self) -> Fraction:
        """What the clients bought and kept."""
        return self.clients * self.revenue_a_client

    @property
    def profit(self) -> Fraction:
        """What is left of it."""
        return self.revenue - self.costs


def missing(values: Values) -> tuple[Indicator, ...]:
    """What the formula needs besides, in its order."""
    return tuple(indicator for indicator in Indicator if indicator not in values)


def result(values: Values) -> Result:
    """What the formula comes to.

    Raises:
        KeyError: an indicator is missing.
    """
    clients = values[Indicator.REACH] * values[Indicator.C1] * values[Indicator.C] - values[Indicator.CHR]
    kept_orders = values[Indicator.Q1] - values[Indicator.RT]
    costs_a_client = sum((values[cost] for cost in COSTS_A_CLIENT), Fraction(0))
    fixed_costs = sum((values[cost] for cost in FIXED_COSTS), Fraction(0))
    return Result(
        clients=clients,
        revenue_a_client=values[Indicator.PU] * values[Indicator.D] * kept_orders,
        costs=fixed_costs + clients * costs_a_client,
    )


def profit(values: Values) -> Fraction:
    """The profit alone.

    Raises:
        KeyError: an indicator is missing.
    """
    return result(values).profit
