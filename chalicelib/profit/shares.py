"""Why the profit changed from one period to another: each indicator's own share, and the rest.

An indicator's own share is how much the first period's profit would have changed if that indicator alone had
become what it was in the second one, all others held. These shares do not add up to the whole change, because
indicators are multiplied: what is left over is what they did together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.profit.formula import Indicator, Values, profit


@dataclass(frozen=True, slots=True)
class Shares:
    """How the profit came from one period's to another's.

    Attributes:
        before: the first period's profit; ``after`` the second one's.
        own: each indicator's own share, in the formula's order. Zero for what did not change.
    """

    before: Fraction
    after: Fraction
    own: Mapping[Indicator, Fraction]

    @property
    def change(self) -> Fraction:
        """The whole change."""
        return self.after - self.before

    @property
    def together(self) -> Fraction:
        """What several indicators did together: the change without their own shares."""
        return self.change - sum(self.own.values(), Fraction(0))


def shares(before: Values, after: Values) -> Shares:
    """Each indicator's own share of the change.

    Raises:
        KeyError: an indicator is missing in one of the periods.
    """
    first = profit(before)
    own = {indicator: profit({**before, indicator: after[indicator]}) - first for indicator in Indicator}
    return Shares(before=first, after=profit(after), own=own)
