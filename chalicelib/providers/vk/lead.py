"""A lead form that a client filled in, in VK."""

from datetime import datetime

import pydantic

from chalicelib.events import LeadSubmitted
from chalicelib.gate.submissions import flattened
from chalicelib.providers.forms import Field, lead
from chalicelib.providers.reading import LONGEST_IDENTIFIER, Payload

NO_AD = "0"


class Answer(Payload):
    """One answer: a text, or several of them."""

    key: str = ""
    question: str = ""
    answer: object = ""

    @property
    def field(self) -> Field:
        """As forms have it."""
        texts = (text for _, text in flattened({"answer": self.answer}))
        return Field(self.key or self.question, ", ".join(filter(None, texts)), self.question)


class Lead(Payload):
    """The ``object`` of ``lead_forms_new``."""

    user_id: str = ""
    form_id: str = pydantic.Field(default="", max_length=LONGEST_IDENTIFIER)
    form_name: str = ""
    ad_id: str = ""
    answers: tuple[Answer, ...] = ()

    def submitted(self, lead_id: str, at: datetime) -> LeadSubmitted:
        """In the shop's words.

        Raises:
            Unreadable: ``empty`` or ``too-many-fields``.
        """
        is_from_ad = self.ad_id not in {"", NO_AD}
        advertised = {"utm_medium": "cpc", "utm_content": self.ad_id} if is_from_ad else {}
        return lead(
            [answer.field for answer in self.answers],
            lead_id=lead_id,
            submitted_at=at,
            form=self.form_id,
            form_name=self.form_name,
            places=[{"utm_source": "vk", **advertised}],
            visitor_ids=(("vk", self.user_id),) if self.user_id else (),
        )
