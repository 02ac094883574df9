"""Numbers as people write them."""

import re
from decimal import Decimal
from typing import Literal

from chalicelib.profit.formula import Indicator

NumberProblem = Literal["not-a-number", "thousands", "not-a-share"]

_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"\d{1,12}([.,]\d{1,9})?", re.ASCII)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)


class NotANumber(ValueError):
    """What was written is not a number that this indicator can be."""

    def __init__(self, code: NumberProblem) -> None:
        """Say what is wrong with it."""
        super().__init__(code)
        self.code: NumberProblem = code


def number(indicator: Indicator, text: str) -> Decimal:
    """A number as people write it: ``1 234,5``, ``1234.5``; of a share also ``5 %``.

    Raises:
        NotANumber: it is none, or none that this indicator can be.
    """
    written = _SPACES.sub("", text)
    is_percent = indicator is Indicator.C1 and written.endswith("%")
    written = written.removesuffix("%") if is_percent else written
    if indicator is not Indicator.C1 and may_be_thousands(written):
        raise NotANumber("thousands")
    if not _NUMBER.fullmatch(written):
        raise NotANumber("not-a-number")
    value = Decimal(written.replace(",", "."))
    if is_percent:
        value /= 100
    if indicator is Indicator.C1 and value > 1:
        raise NotANumber("not-a-share")
    return value


def may_be_thousands(text: str) -> bool:
    """True if a comma may stand between thousands as well as before a part: ``1,234``."""
    return _THOUSANDS.fullmatch(text) is not None
