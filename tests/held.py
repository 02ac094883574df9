"""How much of something a program holds at once: counted, because memory and time differ by machine."""

import gc
import weakref
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class MostHeld:
    """The most objects of these kinds that were seen to be there at once, without what was there at first."""

    def __init__(self, *kinds: type) -> None:
        self._kinds = frozenset(kinds)
        self.most = 0
        # All that other tests have left behind is out of sight meanwhile: to look through it takes seconds.
        gc.freeze()
        weakref.finalize(self, gc.unfreeze)

    def watch(self, things: Iterable[T]) -> Iterator[T]:
        """The same things; before each of them is given it is counted what is held."""
        for thing in things:
            self.look()
            yield thing

    def look(self) -> None:
        self.most = max(self.most, self._living())

    def _living(self) -> int:
        return sum(type(each) in self._kinds for each in gc.get_objects())
