"""All parts that are kept. A new one is a file beside this one, and a line here."""

from chalicelib.books.answers import Answers
from chalicelib.books.calls import Calls
from chalicelib.books.incoming import Incoming
from chalicelib.books.messages import Messages
from chalicelib.books.mistakes import Mistakes
from chalicelib.books.part import Part
from chalicelib.books.pickups import Pickups
from chalicelib.books.refusals import Refusals
from chalicelib.books.statuses import Statuses

PARTS: tuple[type[Part], ...] = (Incoming, Messages, Calls, Answers, Pickups, Refusals, Statuses, Mistakes)
"""In any order. When one is added, all hours whose entries are still there are booked again."""
