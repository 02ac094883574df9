"""Elements of a picture. Everything that is text is escaped here, and nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDE_TEXT = 13.0
"""Height of a letter where a picture has its full width, in units of the picture; as in console.css."""

NARROW_TEXT = 20.0
"""Likewise on a phone, where the whole picture is drawn about half as large."""

_LETTER = 0.6  # How wide a letter is for its height, at most, on average: nothing here can measure a font.

Attributes = Mapping[str, str | float]


def element(tag: str, attributes: Attributes, *children: str) -> Markup:
    """An element. Children are escaped unless they are :class:`Markup`; attributes always are."""
    said = "".join(f' {name}="{escape(_said(value))}"' for name, value in attributes.items())
    inner = "".join(map(escape, children))
    return Markup(f"<{tag}{said}>{inner}</{tag}>")  # noqa: S704 -- each part was escaped just now


def text(content: str, x: float, y: float, classes: str = "") -> Markup:
    """A line of text that begins at x; its classes may say that it ends or is centred there."""
    return element("text", {"x": x, "y": y} | ({"class": classes} if classes else {}), content)


@dataclass(frozen=True, slots=True)
class Caption:
    """A picture in words, for those who do not see it.

    Attributes:
        name: an id that no other picture of the page has.
        title: what is shown.
        description: what is to be seen in it; may be empty.
    """

    name: str
    title: str
    description: str


def picture(
    kind: str,
    caption: Caption,
    size: tuple[float, float],
    shapes: Iterable[str],
    *,
    is_stretched: bool = False,
) -> Markup:
    """The whole picture, as wide as its place.

    Args:
        kind: its class, such as ``chart-columns``.
        caption: what it says.
        size: width and height, in the units of its shapes.
        shapes: what is drawn, the lowest first.
        is_stretched: whether its sides may change their proportion; then it must not hold text.
    """
    ids = [f"{caption.name}-title"]
    words = [element("title", {"id": ids[0]}, caption.title)]
    if caption.description:
        ids.append(f"{caption.name}-description")
        words.append(element("desc", {"id": ids[1]}, caption.description))
    attributes: Attributes = {
        "class": f"picture {kind}",
        "viewBox": f"0 0 {_said(size[0])} {_said(size[1])}",
        "role": "img",
        "aria-labelledby": " ".join(ids),
        "preserveAspectRatio": "none" if is_stretched else "xMidYMid",
    }
    return element("svg", attributes, *words, *shapes)


def text_width(content: str, size: float) -> float:
    """How wide a text is at most, in units of the picture."""
    return len(content) * _LETTER * size


def shortened(content: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it would be wider."""
    letters = max(int(width / (_LETTER * size)), 1)
    return content if len(content) <= letters else f"{content[: letters - 1].rstrip()}…"


def _said(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
