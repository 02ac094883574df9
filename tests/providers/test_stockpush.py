"""A push of stock: the contract suite with token and with signature, and the forms of its content."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, OfferStock, StockPiece, StockTold
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.stockpush.gate import signature
from chalicelib.providers.stockpush.read import Settings

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN, OTHER_TOKEN, SECRET = "demo-token", "other-token", "demo-secret"
ROWS = [
    {"sku": "tent-3x6", "store": "main", "qty": 3},
    {"sku": "tent-3x6", "store": "moscow", "qty": 0},
    {"sku": "люверс", "store": "main", "qty": 1234.5},
]
DOCUMENT = "2026-11-20T12:00:00"
SAMPLE = json.dumps({"document": DOCUMENT, "rows": ROWS}, ensure_ascii=False).encode()
AT = datetime(2026, 11, 20, 5, tzinfo=UTC)
"""The document's moment is on the shop's clock, in Tomsk."""

OFFERS = (
    OfferStock(sku="tent-3x6", stores=(("main", 3), ("moscow", 0))),
    OfferStock(sku="люверс", stores=(("main", 1234.5),)),
)
TOLD = StockTold(source="shop", offers=OFFERS, at=AT)
CSV = "sku;store;qty\ntent-3x6;main;3\ntent-3x6;moscow;0\nлюверс;main;1 234,5\n"
CSV_DOCUMENT = f"# document: {DOCUMENT}\n{CSV}"


class PushContract(ProviderContract):
    """What holds however the origin is proved."""

    provider = "stockpush"
    sample = SAMPLE
    same_event = json.dumps({"rows": ROWS, "document": DOCUMENT}, indent=1).encode()
    other_event = SAMPLE.replace(b"T12:", b"T13:")
    events: ClassVar[tuple[AnyEvent, ...]] = (TOLD,)
    samples = (
        json.dumps(ROWS).encode(),
        CSV_DOCUMENT.encode(),
        json.dumps({"document": DOCUMENT, "full": True, "part": 1, "parts": 2, "rows": ROWS}).encode(),
    )
    broken = SAMPLE[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": SAMPLE.replace(b"main", b"\xff\xfe")}
    wrong_type_is_read = True
    unknown_is_kept = True
    field_names = ("document", "part", "parts", "full", "piece", "pieces", "rows", "sku", "store", "qty")

    def unknown_event(self) -> Webhook:
        return self.authentic(
            json.dumps({"document": "2026-11-20T12:00:01", "rows": ROWS, "more": 1}).encode()
        )


class TestContract(PushContract):
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": OTHER_TOKEN}

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type="application/json")

    def forgeries(self) -> Mapping[str, Webhook]:
        bare = a_webhook(SAMPLE, content_type="application/json")
        return {
            "no token": bare,
            "a wrong one": replace(bare, path=("guessed",)),
            "an empty one": replace(bare, query={"token": ""}),
            "a wrong header": replace(bare, headers={"x-leadkeeper-token": "guessed"}),
            "a signature alone": replace(bare, headers={"x-signature": signature(SAMPLE, TOKEN)}),
        }


class TestSignedContract(PushContract):
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "other-secret"}

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        headers = {"x-signature": f"sha256={signature(content, secrets['secret'])}"}
        return replace(a_webhook(content), headers={"content-type": "application/json", **headers})

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return replace(self.authentic(content), body=other)

    def forgeries(self) -> Mapping[str, Webhook]:
        bare = a_webhook(SAMPLE, content_type="application/json")
        return {
            "unsigned": bare,
            "a token": replace(bare, path=(SECRET,)),
            "wrong": replace(bare, headers={"x-signature": "sha256=" + "0" * 64}),
            "empty": replace(bare, headers={"x-signature": ""}),
            "of another secret": self.proven(SAMPLE, {"secret": "guessed"}),
            "of an empty secret": self.proven(SAMPLE, {"secret": ""}),
            "of another content": replace(self.authentic(SAMPLE), body=SAMPLE + b" "),
        }

    @given(data=st.data())
    def test_any_other_byte_is_forged(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(SAMPLE) - 1))
        body = bytearray(SAMPLE)
        body[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != SAMPLE[at]))
        door = self.door()
        assert door.receive(replace(self.authentic(SAMPLE), body=bytes(body))).status == 403
        assert not door.queue


def reading(content: bytes | str, content_type: str = "") -> Reading:
    door = Door("stockpush", {"token": TOKEN})
    body = content if isinstance(content, bytes) else content.encode()
    assert door.receive(a_webhook(body, path=(TOKEN,), content_type=content_type)).status == 200
    return door.reading()


def told(content: bytes | str, content_type: str = "") -> StockTold:
    (event,) = reading(content, content_type).events
    assert isinstance(event, StockTold)
    return event


class TestForms:
    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            (CSV_DOCUMENT.encode(), "text/csv; charset=utf-8"),
            (b"\xef\xbb\xbf" + CSV_DOCUMENT.encode(), ""),
            (CSV_DOCUMENT.encode("cp1251"), "text/csv; charset=windows-1251"),
            (CSV_DOCUMENT.encode("cp1251"), "text/csv"),
            (CSV_DOCUMENT.replace("\n", "\r\n").encode(), "text/plain"),
            (CSV_DOCUMENT.replace(";", "\t").encode(), ""),
            (CSV_DOCUMENT.replace("1 234,5", '"1 234,5"').replace(";", ",").encode(), ""),
            (CSV_DOCUMENT.replace("1 234,5", "1\u00a0234,50").encode(), ""),
            (CSV_DOCUMENT.replace("sku;store;qty", "Артикул;Склад;Остаток").encode("cp1251"), ""),
            (CSV_DOCUMENT.replace("sku;store;qty", "SKU ; Store ; Qty").encode(), ""),
            (CSV_DOCUMENT.replace("\n", ";more\n").replace(":00;more", ":00").encode(), ""),
        ],
        ids=[
            "utf-8",
            "mark",
            "cp1251",
            "cp1251 unsaid",
            "crlf",
            "tabs",
            "commas",
            "nbsp",
            "russian",
            "case",
            "more",
        ],
    )
    def test_csv(self, content: bytes, content_type: str) -> None:
        assert told(content, content_type) == TOLD

    def test_changes_without_a_document_are_of_when_they_came(self) -> None:
        assert told(json.dumps(ROWS)) == told(CSV) == TOLD.model_copy(update={"at": NOON})

    def test_each_of_them_is_news(self) -> None:
        door = Door("stockpush", {"token": TOKEN})
        first = a_webhook(CSV.encode(), path=(TOKEN,))
        door.receive(first, replace(first, received_at=NOON + timedelta(seconds=20)))
        assert len({envelope.id for envelope in door.queue}) == 2

    def test_of_a_repeated_row_the_last_counts(self) -> None:
        content = "sku,store,qty\na,main,1\na,main,2"
        assert told(content).offers == (OfferStock(sku="a", stores=(("main", 2),)),)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("", "empty"),
            ("[]", "empty"),
            ("sku;store;qty\n", "empty"),
            ("{}", "unexpected-content"),
            ("[1]", "unexpected-content"),
            ("sku;qty\na;1", "unexpected-content"),
            ("# document: 2026-11-20", "unexpected-content"),
            ('sku;store;qty\n"a;main;1', "unexpected-content"),
            ("sku;store;qty\na;main;много", "unexpected-content"),
            ("sku;store;qty\na;main", "unexpected-content"),
            ("sku;store;qty\n;main;1", "unexpected-content"),
            ("# full: yes\nsku;store;qty\na;main;1", "unexpected-content"),
            ("# parts: 2\nsku;store;qty\na;main;1", "unexpected-content"),
            ("# document: 2026-11-20\n# part: 3\n# parts: 2\nsku;store;qty\na;main;1", "unexpected-content"),
            ("# document: завтра\nsku;store;qty\na;main;1", "unexpected-content"),
            ("# document: 2026-11-21T12:00\nsku;store;qty\na;main;1", "document-in-future"),
            ('[{"sku": "a", "store": "main", "qty": NaN}]', "unexpected-content"),
            ('[{"sku": "a", "store": "main", "qty": 1e300}]', "unexpected-content"),
            ('[{"sku": "a", "store": "main", "qty": true}]', "unexpected-content"),
            ('[{"sku": "a", "store": "main"}]', "unexpected-content"),
        ],
    )
    def test_what_is_not_meant_so(self, content: str, reason: str) -> None:
        with pytest.raises(Unreadable) as refusal:
            reading(content)
        assert refusal.value.reason == reason

    def test_no_other_encoding(self) -> None:
        with pytest.raises(Unreadable, match="wrong-encoding"):
            reading(CSV.encode("cp1251"), "text/csv; charset=utf-8")

    def test_a_sku_may_be_a_number(self) -> None:
        assert told('[{"sku": 17, "store": 2, "qty": "3"}]').offers == (
            OfferStock(sku="17", stores=(("2", 3),)),
        )

    def test_one_proof_is_needed(self) -> None:
        with pytest.raises(ValidationError):
            Settings(provider="stockpush")


class TestPieces:
    def content(self, offers: int, **fields: Any) -> bytes:
        rows = [{"sku": f"sku-{number}", "store": "main", "qty": number} for number in range(offers)]
        return json.dumps({"document": DOCUMENT, **fields, "rows": rows}).encode()

    def pieces(self, content: bytes) -> list[StockTold]:
        door = Door("stockpush", {"token": TOKEN})
        door.receive(a_webhook(content, path=(TOKEN,)))
        (whole,) = door.queue
        found = door.read(whole)
        assert (found.events, found.note) == ((), "in-pieces")
        told = []
        for part in found.parts:
            (event,) = door.read(whole.part(part.content, part.dedup_id, part.group)).events
            assert isinstance(event, StockTold)
            told.append(event)
        return told

    def test_a_long_list_is_cut_and_nothing_is_lost(self) -> None:
        pieces = self.pieces(self.content(950))
        assert [len(piece.offers) for piece in pieces] == [200, 200, 200, 200, 150]
        assert {piece.at for piece in pieces} == {AT}
        assert {piece.piece for piece in pieces} == {None}
        figures = {offer.sku: offer.stores for piece in pieces for offer in piece.offers}
        assert figures == {f"sku-{number}": (("main", number),) for number in range(950)}

    def test_each_piece_of_a_full_picture_says_which_it_is(self) -> None:
        pieces = self.pieces(self.content(450, full=True, part=2, parts=3))
        assert [piece.piece for piece in pieces] == [
            StockPiece(part=2, parts=3, piece=number, pieces=3, stores=("main",)) for number in (1, 2, 3)
        ]

    def test_a_short_full_picture_is_its_only_piece(self) -> None:
        assert told(self.content(3, full=True)).piece == StockPiece(
            part=1, parts=1, piece=1, pieces=1, stores=("main",)
        )

    def test_parts_of_a_document_are_told_apart(self) -> None:
        door = Door("stockpush", {"token": TOKEN})
        for part in (1, 2, 1):
            door.receive(a_webhook(self.content(3, part=part, parts=2), path=(TOKEN,)))
        ids = [envelope.id for envelope in door.queue]
        assert ids[0] == ids[2] != ids[1]

    def test_a_piece_has_the_same_id_each_time(self) -> None:
        door = Door("stockpush", {"token": TOKEN})
        door.receive(a_webhook(self.content(450), path=(TOKEN,)))
        (whole,) = door.queue
        assert door.read(whole) == door.read(Envelope.from_json(whole.to_json()))
