"""What the shop's own production is told."""

from typing import Literal

from chalicelib.actions.base import Action
from chalicelib.events import ProductionAnswerDue


class RequestAnswer(Action):
    """Put an answer to production on the ``notify`` queue; a dead production must hold up nobody's work.

    Attributes:
        once: what makes the answer unique.
    """

    kind: Literal["request-answer"] = "request-answer"
    once: str
    due: ProductionAnswerDue


class SendAnswer(Action):
    """Hand an answer to the production system that asked. It knows repeats by their id."""

    kind: Literal["send-answer"] = "send-answer"
    due: ProductionAnswerDue
