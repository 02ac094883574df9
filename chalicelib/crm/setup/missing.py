"""Which of the things that a shop names an account does not have."""

from collections.abc import Sequence
from typing import TypeVar

from chalicelib.crm.account import Entry, OrderField
from chalicelib.crm.setup.needs import Need

NeedType = TypeVar("NeedType", bound=Need)


def missing(
    needs: Sequence[NeedType], present: Sequence[Entry] | Sequence[OrderField] | None
) -> list[NeedType]:
    """The needs whose code is not there; none as long as nobody can look."""
    if present is None:
        return []
    codes = {each.code for each in present}
    return [need for need in needs if need.code not in codes]
