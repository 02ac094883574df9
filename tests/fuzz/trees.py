"""A sample as a tree whose parts can be changed: JSON, or a form whose fields may hold JSON."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote_plus

Path = tuple[int, ...]


class Raw(str):
    """A piece of JSON as it stands, such as ``1e999``."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object or a form whose names may repeat."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a third party sends.

    Attributes:
        tree: ``Pairs``, lists, and JSON's scalars.
        is_form: whether the outermost pairs are a form.
    """

    tree: Any
    is_form: bool

    @classmethod
    def parse(cls, content: bytes) -> "Content":
        """Read a sample."""
        try:
            return cls(_json(content.decode()), is_form=False)
        except ValueError:
            return cls(Pairs((name, _embedded(value)) for name, value in _form(content)), is_form=True)

    def encoded(self, *, ascii_only: bool = True) -> bytes:
        """As it is sent."""
        if not self.is_form or not isinstance(self.tree, Pairs):
            return dumped(self.tree, ascii_only=ascii_only).encode("utf-8", "surrogatepass")
        return "&".join(
            f"{_quoted(name)}={_quoted(value if isinstance(value, str) else dumped(value))}"
            for name, value in self.tree
        ).encode()

    def places(self) -> list[Path]:
        """Each place in the tree but the outermost."""
        return [path for path in _paths(self.tree) if path]

    def name_at(self, path: Path) -> str:
        """The name of the field there; of an element of a list its list's name."""
        node, name = self.tree, ""
        for step in path:
            if isinstance(node, Pairs):
                name, node = node[step]
            else:
                node = node[step]
        return name

    def value_at(self, path: Path) -> Any:
        node = self.tree
        for step in path:
            node = node[step][1] if isinstance(node, Pairs) else node[step]
        return node

    def with_value(self, path: Path, value: Any) -> "Content":
        """With another value there."""

        def change(parent: Any, at: int) -> None:
            parent[at] = (parent[at][0], value) if isinstance(parent, Pairs) else value

        return self._changed(path, change)

    def without(self, path: Path) -> "Content":
        """Without what is there."""
        return self._changed(path, lambda parent, at: parent.pop(at))

    def with_repeated(self, path: Path, value: Any) -> "Content":
        """With another value of the same name behind what is there."""

        def change(parent: Any, at: int) -> None:
            parent.append((parent[at][0], value) if isinstance(parent, Pairs) else value)

        return self._changed(path, change)

    def with_name(self, path: Path, name: str) -> "Content":
        """With another name of the field there; an element of a list has none."""

        def change(parent: Any, at: int) -> None:
            if isinstance(parent, Pairs):
                parent[at] = (name, parent[at][1])

        return self._changed(path, change)

    def _changed(self, path: Path, change: Any) -> "Content":
        tree = deepcopy(self.tree)
        *outer, last = path
        change(Content(tree, self.is_form).value_at(tuple(outer)), last)
        return Content(tree, self.is_form)


def dumped(value: Any, *, ascii_only: bool = True) -> str:
    """JSON with repeated names and raw pieces."""
    match value:
        case Raw():
            return str(value)
        case Pairs():
            pairs = (
                f"{json.dumps(name, ensure_ascii=ascii_only)}:{dumped(item, ascii_only=ascii_only)}"
                for name, item in value
            )
            return "{" + ",".join(pairs) + "}"
        case list():
            return "[" + ",".join(dumped(item, ascii_only=ascii_only) for item in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=ascii_only)


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=Pairs)


def _form(content: bytes) -> list[tuple[str, str]]:
    return parse_qsl(content.decode(), keep_blank_values=True)


def _embedded(value: str) -> Any:
    """The JSON in a field of a form, if it holds an object."""
    return _json(value) if value.startswith("{") else value


def _quoted(text: str) -> str:
    return quote_plus(text, errors="surrogatepass")


def _paths(node: Any) -> Iterator[Path]:
    yield ()
    children = [item for _, item in node] if isinstance(node, Pairs) else node
    if isinstance(children, list):
        for at, child in enumerate(children):
            for path in _paths(child):
                yield (at, *path)
