"""All parts of an hour, or of a day, together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

from chalicelib.books.part import Part
from chalicelib.entry import Entry

AnyPart = TypeVar("AnyPart", bound=Part)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept of a stretch of time; ask it for a part by its class: ``facts.part(Incoming)``."""

    parts: Mapping[type[Part], Part] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry, kinds: Sequence[type[Part]]) -> "Facts":
        """What one entry brings: few of the parts."""
        return cls({kind: part for kind in kinds if (part := kind.of(entry)) != kind()})

    @classmethod
    def read(cls, content: Mapping[str, Any], kinds: Sequence[type[Part]]) -> "Facts":
        """From a document. Parts that nobody keeps any more are left out."""
        return cls({kind: kind.model_validate(content[kind.name]) for kind in kinds if kind.name in content})

    def part(self, kind: type[AnyPart]) -> AnyPart:
        """The part of this class; one that says that nothing happened if there is none."""
        part = self.parts.get(kind)
        return part if isinstance(part, kind) else kind()

    def merged(self, other: "Facts") -> "Facts":
        """Both together."""
        kinds = dict.fromkeys((*self.parts, *other.parts))
        return Facts({kind: self.part(kind).merged(other.part(kind)) for kind in kinds})

    def content(self) -> dict[str, Any]:
        """As a document's content, without the parts that say that nothing happened."""
        return {
            kind.name: part.model_dump(mode="json") for kind, part in self.parts.items() if part != kind()
        }


def together(facts: Iterable[Facts]) -> Facts:
    """All of them merged."""
    return reduce(Facts.merged, facts, Facts())
