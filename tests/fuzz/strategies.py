"""Kinds of bad input: from a provider's authentic samples to cases."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from chalicelib.gate.webhook import Webhook
from tests.fuzz import hostile
from tests.fuzz.case import Case, Proof
from tests.fuzz.trees import Content, Pairs, Path, Raw, dumped
from tests.providers.contract import ProviderContract

Cases = st.SearchStrategy[Case]

MAX_CHANGES = 4
PHONE_DIGITS = 10

any_text = st.text(st.characters(), max_size=20) | st.sampled_from(hostile.TEXTS)
any_scalar = (
    st.sampled_from([*hostile.OTHERS, *hostile.NUMBERS])
    | any_text
    | st.integers()
    | st.floats()
    | st.integers().map(str)
    | st.floats().map(repr)
)
any_value = st.recursive(
    any_scalar,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(any_text, inner), max_size=3).map(Pairs),
    max_leaves=6,
)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes cases for one provider."""

    provider: str
    contract: ProviderContract
    kind: str

    def authentic(self, content: bytes) -> Case:
        """The third party itself sends this content."""
        webhook = self.contract.authentic(content)
        return Case(self.provider, self.kind, Proof.AUTHENTIC, webhook, content)

    def uncertain(self, webhook: Webhook) -> Case:
        return Case(self.provider, self.kind, Proof.UNCERTAIN, webhook)

    def forged(self, webhook: Webhook) -> Case:
        return Case(self.provider, self.kind, Proof.FORGED, webhook)

    @property
    def samples(self) -> list[Content]:
        return [Content.parse(sample) for sample in (*self.contract.samples, self.contract.sample)]


def random_bytes(maker: Maker) -> Cases:
    """Bytes, and samples with some bytes changed."""
    samples = [*maker.contract.samples, maker.contract.sample, maker.contract.broken]

    @st.composite
    def damaged(draw: st.DrawFn) -> bytes:
        content = bytearray(draw(st.sampled_from(samples)))
        for _ in range(draw(st.integers(1, MAX_CHANGES))):
            at = draw(st.integers(0, len(content)))
            until = draw(st.integers(at, min(len(content), at + 30)))
            content[at:until] = draw(st.binary(max_size=6))
        return bytes(content)

    return (st.binary(max_size=200) | damaged() | damaged()).map(maker.authentic)


def encodings(maker: Maker) -> Cases:
    """Samples with odd texts in encodings that nobody announced."""

    @st.composite
    def encoded(draw: st.DrawFn) -> bytes:
        content = draw(changed(maker, any_text))
        raw = content.encoded(ascii_only=draw(st.booleans()))
        encoding = draw(st.sampled_from(hostile.ENCODINGS))
        try:
            return raw.decode("utf-8", "replace").encode(encoding, "replace")
        except UnicodeError:
            return b"\xef\xbb\xbf" + raw

    return encoded().map(maker.authentic)


def shapes(maker: Maker) -> Cases:
    """JSON of any shape, and forms of any fields, many with real names."""
    names = st.sampled_from(maker.contract.field_names) | any_text
    pairs = st.lists(st.tuples(names, any_value), max_size=8).map(Pairs)
    wrapped = st.tuples(st.sampled_from(["[", '{"a":']), st.sampled_from([2, 200, 990, 3000, 50_000]))
    return st.one_of(
        any_value.map(lambda value: dumped(value).encode("utf-8", "surrogatepass")),
        pairs.map(lambda value: Content(value, is_form=False).encoded()),
        pairs.map(lambda value: Content(value, is_form=True).encoded()),
        wrapped.map(lambda chosen: (chosen[0] * chosen[1]).encode()),
    ).map(maker.authentic)


def fields(maker: Maker) -> Cases:
    """Real payloads with fields replaced, retyped, taken out, repeated and renamed."""
    return changed(maker, any_value).map(lambda content: maker.authentic(content.encoded()))


def phones(maker: Maker) -> Cases:
    """Real payloads with odd phones where phones stand."""
    values = st.sampled_from(hostile.PHONES) | st.text("0123456789+-() ٣７\u200f", max_size=20)

    def is_phone(content: Content, place: Path) -> bool:
        digits = re.sub(r"\D", "", str(content.value_at(place)))
        return len(digits) >= PHONE_DIGITS or content.name_at(place).lower() in {"phone", "number"}

    return replaced(maker, values, is_phone).map(lambda content: maker.authentic(content.encoded()))


def moments(maker: Maker) -> Cases:
    """Real payloads with odd times where times stand."""
    values = (
        st.sampled_from(hostile.MOMENTS)
        | st.integers(-(10**19), 10**19)
        | st.integers(0, 4_200_000_000)
        | st.datetimes().map(lambda moment: moment.isoformat())
    )

    def is_moment(content: Content, place: Path) -> bool:
        return "time" in content.name_at(place) or "date" in content.name_at(place)

    return replaced(maker, values, is_moment).map(lambda content: maker.authentic(content.encoded()))


def long_values(maker: Maker) -> Cases:
    """Real payloads with very long values, up to more than the gate takes."""
    values = st.sampled_from(hostile.LONG_TEXTS) | st.integers(1, 270_000).map(lambda size: "x" * size)
    return replaced(maker, values, lambda _, __: True).map(
        lambda content: maker.authentic(content.encoded(ascii_only=False))
    )


def headers(maker: Maker) -> Cases:
    """Authentic webhooks whose headers lie."""

    @st.composite
    def with_headers(draw: st.DrawFn) -> Case:
        case = maker.authentic(draw(changed(maker, any_value)).encoded())
        content_type = draw(st.sampled_from(hostile.CONTENT_TYPES) | any_text)
        extra = draw(st.dictionaries(st.text(max_size=8).map(str.lower), any_text, max_size=3))
        kept = {
            name: value
            for name, value in case.webhook.headers.items()
            if name != "content-type" or draw(st.booleans())
        }
        given = {**extra, **kept} if draw(st.booleans()) else {**extra, **kept, "content-type": content_type}
        # The provider may find the proof of origin in another place of what it now takes for something else.
        return replace(case, webhook=replace(case.webhook, headers=given))

    return with_headers()


def addresses(maker: Maker) -> Cases:
    """Authentic webhooks with odd paths, queries and methods."""
    segments = st.lists(st.sampled_from(hostile.SEGMENTS) | any_text, max_size=3)
    queries = st.dictionaries(st.sampled_from(["token", "key", "a", "sign"]) | any_text, any_text, max_size=4)

    @st.composite
    def with_address(draw: st.DrawFn) -> Case:
        webhook = maker.contract.authentic(draw(changed(maker, any_value)).encoded())
        path = draw(segments)
        at = draw(st.integers(0, len(path)))
        kept = webhook.path if draw(st.booleans()) else webhook.path[::-1]
        method = draw(st.sampled_from(["POST", "POST", "POST", *hostile.METHODS]))
        return maker.uncertain(
            replace(
                webhook,
                path=(*path[:at], *kept, *path[at:]),
                query={**webhook.query, **draw(queries)},
                method=method,
            )
        )

    return with_address()


def forgeries(maker: Maker) -> Cases:
    """Webhooks without a proof, with somebody else's, and with the proof of another content."""
    contract = maker.contract
    named = [*contract.forgeries().values()]

    @st.composite
    def forged(draw: st.DrawFn) -> Case:
        content = draw(changed(maker, any_value)).encoded()
        other = draw(changed(maker, any_value)).encoded()
        altered = contract.altered(content, other) if other != content else None
        somebodys = contract.proven(content, contract.next_secrets)
        webhook = draw(st.sampled_from([*named, somebodys, *([altered] * 5 if altered else [])]))
        extra = draw(st.dictionaries(st.sampled_from(["accept", "x-token", "cookie"]), any_text, max_size=2))
        query = draw(st.dictionaries(st.sampled_from(["a", "sign", "json"]), any_text, max_size=2))
        return maker.forged(
            replace(webhook, headers={**extra, **webhook.headers}, query={**query, **webhook.query})
        )

    return forged()


KINDS: Mapping[str, Callable[[Maker], Cases]] = {
    "bytes": random_bytes,
    "encodings": encodings,
    "shapes": shapes,
    "fields": fields,
    "phones": phones,
    "moments": moments,
    "long": long_values,
    "headers": headers,
    "addresses": addresses,
    "forgeries": forgeries,
}


def changed(maker: Maker, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Content]:
    """A sample with a few changes anywhere."""

    @st.composite
    def change(draw: st.DrawFn) -> Content:
        content = draw(st.sampled_from(maker.samples))
        for _ in range(draw(st.integers(1, MAX_CHANGES))):
            places = content.places()
            if not places:
                break
            place = draw(st.sampled_from(places))
            match draw(st.integers(0, 7)):
                case 0:
                    content = content.without(place)
                case 1:
                    content = content.with_repeated(place, draw(values))
                case 2:
                    names = st.sampled_from(maker.contract.field_names) | any_text
                    content = content.with_name(place, draw(names))
                case 3:
                    content = content.with_value(place, _retyped(content.value_at(place), draw))
                case _:
                    content = content.with_value(place, draw(values))
        return content

    return change()


def replaced(
    maker: Maker, values: st.SearchStrategy[Any], fits: Callable[[Content, Path], bool]
) -> st.SearchStrategy[Content]:
    """A sample with one or two of the fitting values replaced; any value if none fits."""

    @st.composite
    def replacing(draw: st.DrawFn) -> Content:
        content = draw(st.sampled_from(maker.samples))
        for _ in range(draw(st.integers(1, 2))):
            places = [place for place in content.places() if fits(content, place)] or content.places()
            content = content.with_value(draw(st.sampled_from(places)), draw(values))
        return content

    return replacing()


def _retyped(value: Any, draw: st.DrawFn) -> Any:
    """The same value as another type."""
    text = value if isinstance(value, str) else dumped(value)
    return draw(
        st.sampled_from(
            [
                text,
                [value],
                Pairs([("0", value)]),
                text.lower(),
                text.upper(),
                f" {text} ",
                quote(text, errors="replace"),
            ]
            + ([Raw(text)] if re.fullmatch(r"[0-9.]+", text) else [])
        )
    )
