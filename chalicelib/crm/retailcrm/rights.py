"""Rights that a key may lack although it does everything else."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.crm.port import NO_ACCESS
from chalicelib.errors import Refused, Unreachable


@contextmanager
def needs_right(right: str) -> Iterator[None]:
    """The key may do everything else: so what needs this right waits for a person, and not the shop.

    Raises:
        Refused: the key lacks it.
    """
    try:
        yield
    except Unreachable as error:
        if error.reason != NO_ACCESS:
            raise
        raise Refused("crm-refused", f"{error.detail}: the key needs {right}") from None
