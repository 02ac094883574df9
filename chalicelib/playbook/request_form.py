"""What a client has told for their request, by what they write, and what is still missing."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from chalicelib.conversation_memory import Told
from chalicelib.messengers.settings import Thing
from chalicelib.playbook.deadlines import deadline_in

PRIVATE = "частное лицо"
"""Who orders for themselves has neither company nor tax number to tell."""

LONGEST_COMPANY = 100
SHORT_TAX_NUMBER = 10
FEWEST_LETTERS = 3
LONGEST_TEXT = 5000
"""Characters that are looked at. What follows is no answer to a form."""

Span = tuple[int, int]

_TAX_WORD = r"(?:инн|tax\s+(?:number|id)|vat)\W{0,4}"
_NAMED_TAX_NUMBER = re.compile(rf"(?<!\w){_TAX_WORD}((?:\d[ -]?){{10,12}})(?!\d)", re.IGNORECASE)
_BARE_TAX_NUMBER = re.compile(r"(?<![\d+\w])(\d{12}|\d{10})(?!\d)")
_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

_FORMS = r"(?:ООО|ОАО|ЗАО|ПАО|НАО|АО|ИП|КФХ|ГУП|МУП|ФГУП|МБОУ|ГБУ|АНО|НКО|СНТ|ТСЖ|ТОО|ОсОО)"
_QUOTED = r"[«\"“„][^»\"”\n]{1,80}[»\"”]"
_WORDS = r"[\w&.+-]*\w(?:\s+(?-i:[А-ЯЁA-Z])[\w&+-]*\.?(?:\s?(?-i:[А-ЯЁ])\.)*|\s+\d+\b)*"
_COMPANY = re.compile(rf"(?<!\w)({_FORMS})(?:\s+|(?=[«\"“„]))({_QUOTED}|{_WORDS})", re.IGNORECASE)
_NAMED_COMPANY = re.compile(
    r"(?<!\w)(?:компания|организация|фирма|предприятие|company)\s*[:–—-]\s*([^\n,;]{2,100})", re.IGNORECASE
)
_PRIVATE = re.compile(
    r"(?<!\w)(?:физ\.?\s*лиц\w*|физическ\w+\s+лиц\w*|частн\w+\s+лиц\w*|для\s+себя|для\s+личн\w+|private\s+person"
    r"|for\s+myself)",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"/start[^\n]*|(?<!\w)(?:здравствуй(?:те)?|добр\w+\s+(?:день|вечер|утр\w|времени(?:\s+суток)?|ночи)|привет\w*|салют|алло"
    r"|hello|hi|hey|good\s+(?:morning|day|afternoon|evening)|спасибо|пожалуйста|thanks?|please"
    r"|инн|срок\w*|дедлайн|deadline|компания|организация|фирма|company|до|к|нужно|надо)(?!\w)",
    re.IGNORECASE,
)


def told_in(text: str, today: date, *, has_files: bool = False) -> Told:
    """What one message tells.

    Args:
        text: what the client wrote.
        today: when they wrote it, on the shop's calendar.
        has_files: whether any came with it.
    """
    text = text[:LONGEST_TEXT]
    tax_number, tax_span = _tax_number(text)
    company, company_span = _company(text)
    deadline = deadline_in(text, today)
    rest = _without(text, [tax_span, company_span, deadline.span if deadline else (0, 0)])
    letters = [letter for letter in _SMALL_TALK.sub(" ", rest) if letter.isalpha()]
    return Told(
        company=company,
        tax_number=tax_number,
        says_what=len(letters) >= FEWEST_LETTERS,
        deadline=deadline.day if deadline else None,
        has_files=has_files,
    )


def joined(before: Told, now: Told) -> Told:
    """All of it; who says something twice corrects themselves."""
    return Told(
        company=now.company or before.company,
        tax_number=now.tax_number or before.tax_number,
        says_what=now.says_what or before.says_what,
        deadline=now.deadline or before.deadline,
        has_files=now.has_files or before.has_files,
    )


def missing(told: Told, ask: Iterable[Thing]) -> tuple[Thing, ...]:
    """What of these things the client has not told."""
    known: dict[Thing, bool] = {
        "company": bool(told.company),
        "tax_number": bool(told.tax_number) or told.company == PRIVATE,
        "what": told.says_what,
        "deadline": told.deadline is not None,
        "files": told.has_files,
    }
    return tuple(thing for thing in ask if not known[thing])


def is_tax_number(digits: str) -> bool:
    """Whether the last digits of a Russian tax number (ИНН) fit the others."""
    if not digits.strip("0"):
        return False
    checked = 1 if len(digits) == SHORT_TAX_NUMBER else 2
    return all(
        _check_digit(digits[:place]) == digits[place] for place in range(len(digits) - checked, len(digits))
    )


def _check_digit(digits: str) -> str:
    weights = _WEIGHTS[len(_WEIGHTS) - len(digits) :]
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10)


def _tax_number(text: str) -> tuple[str, Span]:
    for match in _NAMED_TAX_NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match[1])
        if len(digits) in {10, 12} and is_tax_number(digits):
            return digits, match.span()
    for match in _BARE_TAX_NUMBER.finditer(text):
        # Ten digits with a nine first are rather a phone.
        is_phone = len(match[1]) == SHORT_TAX_NUMBER and match[1].startswith("9")
        if not is_phone and is_tax_number(match[1]):
            return match[1], match.span()
    return "", (0, 0)


def _company(text: str) -> tuple[str, Span]:
    if match := _COMPANY.search(text):
        return f"{match[1].upper()} {match[2].strip()}"[:LONGEST_COMPANY], match.span()
    if match := _NAMED_COMPANY.search(text):
        return match[1].strip()[:LONGEST_COMPANY], match.span()
    if match := _PRIVATE.search(text):
        return PRIVATE, match.span()
    return "", (0, 0)


def _without(text: str, spans: Sequence[Span]) -> str:
    return "".join(
        " " if any(first <= place < last for first, last in spans) else letter
        for place, letter in enumerate(text)
    )
