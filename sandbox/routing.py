"""Which handler answers which path."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Handler = TypeVar("Handler")


@dataclass(frozen=True)
class Route(Generic[Handler]):
    """One method of one path such as ``/orders/{id}/edit``."""

    method: str
    template: str
    handler: Handler


@dataclass(frozen=True)
class Match(Generic[Handler]):
    """The route of a request and the values of its variable segments."""

    route: Route[Handler]
    values: dict[str, str]


class WrongMethod(Exception):
    """The path exists, but not with this method."""


class Router(Generic[Handler]):
    """Finds the route of a path; a fixed path goes before a variable one."""

    def __init__(self, routes: Iterable[Route[Handler]]) -> None:
        """Serve these routes."""
        self._by_length: dict[int, list[tuple[tuple[str, ...], Route[Handler]]]] = defaultdict(list)
        for route in sorted(routes, key=lambda route: route.template.count("{")):
            pattern = tuple(route.template.strip("/").split("/"))
            self._by_length[len(pattern)].append((pattern, route))

    def match(self, method: str, segments: tuple[str, ...]) -> Match[Handler] | None:
        """The route, or None for an unknown path.

        Raises:
            WrongMethod: the path is known with another method only.
        """
        known = False
        for pattern, route in self._by_length.get(len(segments), ()):
            values = _values(pattern, segments)
            if values is None:
                continue
            if route.method == method:
                return Match(route, values)
            known = True
        if known:
            raise WrongMethod
        return None


def _values(pattern: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    values = {}
    for expected, segment in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            values[expected[1:-1]] = segment
        elif expected != segment:
            return None
    return values
