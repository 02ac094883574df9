"""Tell 17TRACK which parcels to follow.

Facts are from 17TRACK's documentation of its Tracking API v2 and its page "Error codes and troubleshooting".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.polling import TIMEOUT, Followed, answer
from chalicelib.providers.registering import Outcome, Registrar
from chalicelib.providers.track17.read import Settings

NUMBER = re.compile(r"[0-9A-Za-z-]{5,50}", re.ASCII)
"""What a track number may be. One that is none could spoil a whole request."""

NO_NUMBER = "track-number"
SUCCESS = 0
TRY_LATER = -18010003
ALREADY_REGISTERED = -18019901
OF_THE_ACCOUNT = {
    -18019907: "the day's quota of parcels is spent",
    -18019908: "the quota of parcels is spent",
    -18019910: "it knows no carrier with this code",
}
"""They stand beside a parcel, but concern all of them."""


class Track17(Registrar):
    """Registers forty parcels at once."""

    parcels_per_request = 40
    requests_per_minute = 150
    """17TRACK takes 3 a second."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        """Ask with this key."""
        super().__init__(settings)
        self._carrier = {"carrier": settings.carrier} if settings.carrier else {}
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers={"17token": settings.newest_key},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the key elsewhere.
        )

    def knock(self) -> None:
        """See the base: what is left of the quota is asked for free."""
        self._asked("/getquota", {})

    def register(self, parcels: Sequence[Followed]) -> Iterator[Outcome]:
        """See the base."""
        well = [parcel for parcel in parcels if NUMBER.fullmatch(parcel.track_number)]
        yield from (Outcome(parcel, NO_NUMBER) for parcel in parcels if parcel not in well)
        if not well:
            return
        known = {parcel.track_number.upper(): parcel for parcel in well}
        told = _told(self._asked("/register", [self._registration(parcel) for parcel in well]))
        for number, code, words in told:
            parcel = known.get(number.upper())
            if parcel is None or code in OF_THE_ACCOUNT or code == TRY_LATER:
                continue
            is_followed = code in {SUCCESS, ALREADY_REGISTERED}
            yield Outcome(parcel) if is_followed else Outcome(parcel, str(code), words)
        for _, code, _ in told:
            if code in OF_THE_ACCOUNT:
                raise Refused("source-refused", OF_THE_ACCOUNT[code])

    def _registration(self, parcel: Followed) -> Mapping[str, object]:
        # Webhooks carry the tag.
        return {"number": parcel.track_number, "tag": parcel.order_number, **self._carrier}

    def _asked(self, path: str, content: object) -> Mapping[str, object]:
        """The data of an answer.

        Raises:
            Unreachable: it does not answer, or not as documented.
            Refused: it refuses us.
        """
        found = answer(self._http, "POST", path, json=content)
        code = found.get("code") if isinstance(found, Mapping) else None
        data = found.get("data") if isinstance(found, Mapping) else None
        if code == SUCCESS and isinstance(data, Mapping) and not data.get("errors"):
            return data
        if isinstance(code, int) and code not in {SUCCESS, TRY_LATER}:
            raise Refused("source-refused", f"it answers with the error {code}")
        raise Unreachable("source-unreachable", "the answer is not what is documented")


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Track17 | None:
    """What registers the parcels of this source, if it is to do so."""
    del zone  # Nothing that it answers has a time.
    return Track17(settings, transport) if settings.delivery_types else None


def _told(data: Mapping[str, object]) -> list[tuple[str, int, str]]:
    """Number, code and words of each parcel.

    Raises:
        Unreachable: a parcel was rejected without a code.
    """
    told = [(str(row.get("number")), SUCCESS, "") for row in _mappings(data.get("accepted"))]
    for row in _mappings(data.get("rejected")):
        error = row.get("error")
        code = error.get("code") if isinstance(error, Mapping) else None
        if not isinstance(error, Mapping) or not isinstance(code, int):
            raise Unreachable("source-unreachable", "it rejects a parcel without a code")
        told.append((str(row.get("number")), code, str(error.get("message") or "")))
    return told


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
