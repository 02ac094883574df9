"""What a push of stock says. A long one is cut into pieces, each of which is written by itself."""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from chalicelib.errors import Unreadable
from chalicelib.events import OfferStock, StockPiece, StockTold
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import (
    Part,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
)
from chalicelib.providers.stockpush.content import Pushed, pushed
from chalicelib.providers.stockpush.gate import GROUP
from chalicelib.stock.pieces import by_sku, in_pieces

CLOCKS_DIFFER_BY = timedelta(minutes=10)


class Settings(SourceSettings):
    """What a source of pushed stock can set: one of both.

    Attributes:
        token: a random text in the URL or in a header.
        secret: what the body is signed with.
        token_header: another name of the header with the token.
    """

    token: Secrets = ()
    secret: Secrets = ()
    token_header: str = Field(default="x-leadkeeper-token", min_length=1)

    @model_validator(mode="after")
    def _proves_its_origin(self) -> "Settings":
        if not self.token and not self.secret:
            raise ValueError("set a token, or a secret to sign with")
        return self


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a push, or a piece of one.

    Raises:
        Unreadable: ``document-in-future`` if the sender's clock or zone is wrong, or a code of the form.
    """
    del settings
    with unreadable_content():
        push = pushed(webhook)
        offers = by_sku(push.read_rows())
    at = plausible_moment(push.document, zone) if push.document else webhook.received_at
    if at - webhook.received_at > CLOCKS_DIFFER_BY:
        raise Unreadable("document-in-future", "correct the sender's clock, or the source's timezone")
    if push.piece is not None:
        with unreadable_content():
            piece = StockPiece.model_validate(push.piece)
        told = tuple(OfferStock(sku=sku, stores=tuple(stores.items())) for sku, stores in offers.items())
        return Reading((StockTold(source=webhook.source, offers=told, at=at, piece=_counted(push, piece)),))
    pieces = list(in_pieces(offers))
    stores = sorted({store for quantities in offers.values() for store in quantities})
    numbers = [_number(push, number, len(pieces), stores) for number in range(1, len(pieces) + 1)]
    if len(pieces) == 1:
        only = _counted(push, StockPiece.model_validate(numbers[0]))
        return Reading((StockTold(source=webhook.source, offers=pieces[0], at=at, piece=only),))
    document = push.document or webhook.received_at.isoformat()
    return Reading(
        note="in-pieces",
        parts=tuple(
            _part(push, document, number, piece) for number, piece in zip(numbers, pieces, strict=True)
        ),
    )


def _number(push: Pushed, piece: int, pieces: int, stores: list[str]) -> dict[str, Any]:
    return {"part": push.part, "parts": push.parts, "piece": piece, "pieces": pieces, "stores": stores}


def _counted(push: Pushed, piece: StockPiece) -> StockPiece | None:
    """Of a full picture each piece counts; changes need none."""
    return piece if push.is_full else None


def _part(push: Pushed, document: str, number: dict[str, Any], offers: tuple[OfferStock, ...]) -> Part:
    """A piece, as if it had been pushed so."""
    rows = [
        {"sku": offer.sku, "store": store, "qty": quantity}
        for offer in offers
        for store, quantity in offer.stores
    ]
    fields = {"document": document, "part": push.part, "parts": push.parts, "full": push.is_full}
    content = json.dumps({**fields, "piece": number, "rows": rows}).encode()
    return Part(f"document:{document}:{push.part}:{number['piece']}", GROUP, content)
