"""The fields in which values are entered, and what is wrong with what was."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.console.profit.writing import Writer
from chalicelib.console.words import word
from chalicelib.profit.formula import ENTERED, Indicator
from chalicelib.profit.importing import Problem

MOST_SHOWN = 40
"""Characters of a cell that is wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value that is entered.

    Attributes:
        text: what stands in the field.
        problem: what is wrong with it, in words; empty if nothing is.
    """

    indicator: Indicator
    name: str
    definition: str
    text: str
    problem: str = ""


def fields_of(
    texts: Mapping[Indicator, str], problems: Mapping[Indicator, str], language: str
) -> list[Field]:
    """The fields with these texts, in the formula's order."""
    words = Writer(language)
    return [
        Field(
            indicator=indicator,
            name=words.name(indicator),
            definition=words.definition(indicator),
            text=texts.get(indicator, ""),
            problem=problems.get(indicator, ""),
        )
        for indicator in ENTERED
    ]


def problem_words(problem: Problem, language: str) -> str:
    """What is wrong, and where."""
    value, column = (_short(text) for text in (problem.value, problem.column))
    text = word(language, f"profit.problem_{problem.code.replace('-', '_')}", value=value)
    if not problem.line:
        return text
    place = "place" if column else "line"
    return word(language, f"profit.{place}", line=problem.line, column=column, text=text)


def _short(text: str) -> str:
    """What stands in a cell, without the end of a novel."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
