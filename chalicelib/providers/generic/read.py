"""What a submission of any form says, by the table that the shop has written about it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from chalicelib.config_types import Url
from chalicelib.gate.submissions import fields_of, flattened, submission_id, unpacked
from chalicelib.gate.webhook import Webhook
from chalicelib.providers import forms
from chalicelib.providers.generic.browser import as_browsers_write
from chalicelib.providers.generic.items import ITEM_NAMES, cart_of, without_numbers
from chalicelib.providers.reading import Reading, Secrets, SourceSettings, unreadable_content

ID = "id"
OUR_NAMES = forms.OUR_NAMES | ITEM_NAMES | {ID}


def _known(table: dict[str, str]) -> dict[str, str]:
    forms.require_known(table, OUR_NAMES)
    return table


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.netloc
        or text != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ValueError('write it like "https://shop.ru": no path, no slash at the end, and never *')
    return as_browsers_write(text)


Name = Annotated[str, Field(min_length=1)]
Origin = Annotated[str, AfterValidator(_origin)]


class Settings(SourceSettings):
    """What a generic source can set.

    Attributes:
        token: our own secret, in the URL, in ``token_header`` or ``token_field``.
        secret: the key of the signature in ``signature_header``.
        signature_prefix: what stands before the signature, such as ``sha256=``.
        public: True if no secret proves anything, as everybody can read the page that posts.
        origins: whose pages may post by a visitor's browser.
        thanks: the page that a plain form leads to.
        honeypot: a field that only robots fill in.
        most_per_minute: how many one process takes.
        form_name: the form's name for people, if no field tells it.
        fields: the sender's names of fields, flattened, to ours.
    """

    token: Secrets = ()
    token_header: Name | None = None
    token_field: Name | None = None
    secret: Secrets = ()
    signature_header: Name | None = None
    signature_hash: Literal["sha256", "sha1"] = "sha256"
    signature_encoding: Literal["hex", "base64"] = "hex"
    signature_prefix: str = ""
    public: bool = False
    origins: tuple[Origin, ...] = ()
    thanks: Url | None = None
    honeypot: Name | None = None
    most_per_minute: PositiveInt | None = None
    form_name: str = ""
    fields: Annotated[dict[str, str], AfterValidator(_known)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _proves_itself_in_one_way(self) -> "Settings":
        if [bool(self.token), bool(self.secret), self.public].count(True) != 1:
            raise ValueError("set exactly one of token, secret and public = true")
        if bool(self.secret) != bool(self.signature_header):
            raise ValueError("secret and signature_header belong together")
        if self.public and not self.origins:
            raise ValueError('a public form needs origins = ["https://…"], whose pages may post')
        return self


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a submission: one ``LeadSubmitted``, however little of it we understand.

    Raises:
        Unreadable: ``wrong-content-type``, ``wrong-encoding``, ``broken-json``, ``broken-form``,
            ``too-many-fields``, ``unexpected-content`` or ``empty``.
    """
    del zone  # What is sent is received at once: no form's own time is needed.
    table = {name.casefold(): ours for name, ours in settings.fields.items()}
    id_names = [name for name, ours in settings.fields.items() if ours == ID]
    with unreadable_content():
        sent = fields_of(webhook)
        kind, value = submission_id(sent, webhook.received_at, id_names)
        texts = named_texts(sent)
    cart = cart_of(texts, table)
    told = cart.used | ({kind} & {*id_names})
    lead = forms.lead(
        [forms.Field(name, text) for name, text in texts if name not in told],
        # Two kinds of ids may be equal.
        lead_id=f"{kind}-{value}",
        submitted_at=webhook.received_at,
        form_name=settings.form_name,
        mapping=_meanings(texts, table),
        items=cart.items,
    )
    return Reading((lead,))


def named_texts(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Each field's flattened name and text.

    A text that is JSON, as a script puts a cart into a hidden field, is taken apart.
    """
    return flattened(unpacked(fields))


def _meanings(texts: Sequence[tuple[str, str]], table: Mapping[str, str]) -> dict[str, str]:
    """What the table makes of each field, wherever in a list it stands; without those of which it is silent.

    What could be no id and no line of a cart is an answer, so that nothing is lost.
    """
    found = {}
    for name, _ in texts:
        ours = table.get(name.casefold(), table.get(without_numbers(name).casefold()))
        if ours is not None:
            found[name.casefold()] = forms.ANSWER if ours in ITEM_NAMES | {ID} else ours
    return found
