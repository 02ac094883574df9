"""Answers of retailCRM in our own models; one that we cannot read is an answer that we did not get."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from chalicelib.crm.retailcrm.models import Answer
from chalicelib.errors import Unreachable

AnswerType = TypeVar("AnswerType", bound=Answer)


def parsed(model: type[AnswerType], content: object) -> AnswerType:
    """An object of an answer.

    Raises:
        Unreachable: it is not what we expect.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise Unreachable("crm-unreachable", f"unexpected answer: {error.errors()[0]['loc']}") from None


def parsed_list(model: type[AnswerType], content: object) -> list[AnswerType]:
    """The objects of a list; none where there is no list."""
    return [parsed(model, item) for item in content] if isinstance(content, list) else []


def page_count(answer: Mapping[str, Any]) -> int:
    """How many pages there are, from the one that was asked for where there is no ``page``."""
    return int((answer.get("pagination") or {}).get("totalPageCount", 0))


def total_count(answer: Mapping[str, Any]) -> int:
    """How many there are on all pages together."""
    return int((answer.get("pagination") or {}).get("totalCount", 0))


def text_of(value: object) -> str:
    """A value of the history, or of one of the shop's own fields, as text; empty if there is none.

    Coded values and references come as an object with the code or the id, or as that alone.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return text_of(value.get("code") or value.get("id"))
    if isinstance(value, list):
        return ", ".join(filter(None, map(text_of, value)))
    return "" if value is None else str(value)


def created_id(answer: Mapping[str, Any]) -> int:
    """The id of what was made; without one we cannot tell whether it was."""
    if not isinstance(answer.get("id"), int):
        raise Unreachable("crm-unreachable", "unexpected answer: no id", maybe_done=True)
    return int(answer["id"])
