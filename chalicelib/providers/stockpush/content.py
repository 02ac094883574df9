"""What a push holds: rows of offer, store and quantity, as JSON or CSV, and which picture they belong to.

The form is our own; the README describes it. Standard library only: the gate needs it, too.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.webhook import Webhook

COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("sku", "артикул", "код", "номенклатура"), "sku"),
    **dict.fromkeys(("store", "склад"), "store"),
    **dict.fromkeys(("qty", "quantity", "остаток", "количество"), "qty"),
}
LONGEST_NAME = 200
LARGEST_QUANTITY = 1_000_000_000
MOST_PARTS = 500
DECIMALS = 6
YES = frozenset({True, "1", "true", "yes", "да"})

_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)


class Row(NamedTuple):
    """How much one store has of one offer."""

    sku: str
    store: str
    quantity: float


@dataclass(frozen=True, slots=True)
class Pushed:
    """One push, its rows not looked at yet.

    Attributes:
        document: the moment of the picture, as it was written; empty for changes without one.
        part: of the picture, counted from 1.
        parts: how many there are.
        is_full: whether what no part names is gone.
        piece: which of our own pieces of the part this is; None if it was not cut.
        rows: as they were sent, each with the keys ``sku``, ``store`` and ``qty``.
    """

    document: str
    part: int
    parts: int
    is_full: bool
    piece: Mapping[str, object] | None
    rows: Sequence[Mapping[str, object]]

    def read_rows(self) -> Iterator[Row]:
        """The rows as they are meant.

        Raises:
            Unparsable: ``unexpected-content``.
        """
        return (
            Row(_name(row.get("sku")), _name(row.get("store")), _quantity(row.get("qty")))
            for row in self.rows
        )


def pushed(webhook: Webhook) -> Pushed:
    """Take a push apart. What begins like JSON is JSON, everything else CSV.

    Raises:
        Unparsable: ``broken-json``, ``wrong-encoding``, ``unexpected-content`` or ``empty``.
    """
    body = webhook.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise Unparsable("empty")
    declared = _CHARSET.search(webhook.headers.get("content-type", ""))
    if body[:1] in {b"[", b"{"}:
        return _from_json(body)
    return _from_csv(_decoded(body, declared[1].lower() if declared else ""))


def _from_json(body: bytes) -> Pushed:
    value = json_value(body)
    fields = {"rows": value} if isinstance(value, list) else value
    rows = fields.get("rows") if isinstance(fields, dict) else None
    if not isinstance(fields, dict) or not isinstance(rows, list):
        raise Unparsable("unexpected-content")
    if not all(isinstance(row, dict) for row in rows):
        raise Unparsable("unexpected-content")
    piece = fields.get("piece")
    return _of(fields, rows, piece if isinstance(piece, dict) else None)


def _decoded(body: bytes, charset: str) -> str:
    """UTF-8 or windows-1251: as declared, else whichever fits."""
    encodings = {"utf-8": ("utf-8",), "windows-1251": ("cp1251",), "cp1251": ("cp1251",)}
    for encoding in encodings.get(charset, ("utf-8", "cp1251")):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unparsable("wrong-encoding")


def _from_csv(text: str) -> Pushed:
    """Lines such as ``# document: 2026-11-22T03:00:00``, then a header and the rows."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    settings = (line.lstrip("# ").partition(":") for line in lines[:start])
    fields = {name.strip().lower(): value.strip() for name, _, value in settings}
    if start == len(lines):
        raise Unparsable("unexpected-content")
    delimiter = max(";,\t", key=lines[start].count)
    try:
        table = list(csv.reader(io.StringIO("\n".join(lines[start:])), delimiter=delimiter, strict=True))
    except csv.Error:
        raise Unparsable("unexpected-content") from None
    names = [COLUMNS.get(name.strip().lower(), "") for name in table[0]] if table else []
    if not {"sku", "store", "qty"} <= set(names):
        raise Unparsable("unexpected-content")
    rows = [dict(zip(names, cells, strict=False)) for cells in table[1:] if any(cells)]
    return _of(fields, rows, None)


def _of(
    fields: Mapping[str, object], rows: Sequence[Mapping[str, object]], piece: Mapping[str, object] | None
) -> Pushed:
    document = str(fields.get("document") or "").strip()[:LONGEST_NAME]
    part, parts = _count(fields.get("part")), _count(fields.get("parts"))
    full = fields.get("full")
    is_full = (
        (full.lower() if isinstance(full, str) else full) in YES if isinstance(full, str | int) else False
    )
    if part > parts or ((is_full or parts > 1) and not document):
        raise Unparsable("unexpected-content")
    if not rows and not piece:
        raise Unparsable("empty")
    return Pushed(document, part, parts, is_full, piece, rows)


def _count(value: object) -> int:
    text = "1" if value is None or value == "" else str(value)
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_PARTS:
        raise Unparsable("unexpected-content")
    return int(text[:9])


def _name(value: object) -> str:
    """An offer or a store; 1C may write a number."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 0 < len(text) <= LONGEST_NAME:
        raise Unparsable("unexpected-content")
    return text


def _quantity(value: object) -> float:
    """A number, or a text such as ``1 234,5``, as 1C writes it for people."""
    if isinstance(value, str):
        text = _SPACES.sub("", value).replace(",", ".")
        quantity = float(text) if _NUMBER.fullmatch(text) else nan
    else:
        quantity = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else nan
    # What is no number is not below anything either.
    if not abs(quantity) <= LARGEST_QUANTITY:
        raise Unparsable("unexpected-content")
    return round(quantity, DECIMALS)
