"""Cut off what a letter repeats of the ones before it."""

import re

LONGEST_INTRODUCTION = 300
"""Characters of a line; a longer one introduces nothing."""

HEADERS_WITHIN = 5
"""A quoted letter's first header is followed by another one within so many lines."""

_QUOTED = re.compile(r"\s*>")
_DATED_OR_SIGNED = r".*(?:@|\d{1,2}[:.]\d{2}).*"
_SAID = r"(?:написал(?:\(а\)|а)?|пишет|wrote|writes)"
_INTRODUCTION = re.compile(rf"(?:{_DATED_OR_SIGNED}|.*{_SAID}.*):\s*", re.IGNORECASE)
"""``пт, 20 нояб. 2026 г. в 11:05, Анна <anna@example.com>:`` and the like, right above a quote."""

_WRAPPED = re.compile(r"\s*<[^<>]+@[^<>]+>[^<>]{0,20}:\s*")
"""The second line of an introduction that was too long for one."""

_SEPARATOR = re.compile(
    r"\s*[-_]{2,}.*(?:original message|forwarded message|исходное сообщение|пересылаемое сообщение"
    rf"|пересланное сообщение|пересылаемого сообщения).*|\s*_{{20,}}\s*|(?={_DATED_OR_SIGNED}).*{_SAID}:\s*",
    re.IGNORECASE,
)
_SENDER = re.compile(r"\s*\*?(?:от|от кого|from)\s*:", re.IGNORECASE)
_OTHER_HEADER = re.compile(
    r"\s*\*?(?:отправлено|дата|кому|тема|копия|sent|date|to|cc|subject)\s*:", re.IGNORECASE
)


def own_words(text: str) -> str:
    """What the sender wrote now; all of it if nothing would be left, as of a letter that was forwarded."""
    lines = text.split("\n")
    return _trimmed(_before_separator(_without_quotes(lines))) or _trimmed(lines)


def _without_quotes(lines: list[str]) -> list[str]:
    """Answers that stand below or between what they quote are kept."""
    kept: list[str] = []
    for line in lines:
        if not _QUOTED.match(line):
            kept.append(line)
            continue
        while kept and not kept[-1].strip():
            kept.pop()
        if kept and len(kept[-1]) <= LONGEST_INTRODUCTION:
            if _WRAPPED.fullmatch(kept[-1]):
                del kept[-2:]
            elif _INTRODUCTION.fullmatch(kept[-1]):
                kept.pop()
    return kept


def _before_separator(lines: list[str]) -> list[str]:
    """What stands above the first separator that has anything above it."""
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    separators = (number for number in range(first + 1, len(lines)) if _separates(lines, number))
    return lines[: next(separators, len(lines))]


def _separates(lines: list[str], number: int) -> bool:
    line = lines[number]
    if len(line) > LONGEST_INTRODUCTION:
        return False
    if _SENDER.match(line):
        return any(map(_OTHER_HEADER.match, lines[number + 1 : number + 1 + HEADERS_WITHIN]))
    return _SEPARATOR.fullmatch(line) is not None


def _trimmed(lines: list[str]) -> str:
    """Without blank lines around, and with one at most between two others."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text)
