"""All parts that are kept. A new one is a file beside this one, and a line here."""

from chalicelib.books.incoming import Incoming
from chalicelib.books.messages import Messages
from chalicelib.books.part import Part

PARTS: tuple[type[Part], ...] = (Incoming, Messages)
"""In any order. When one is added, all hours whose entries are still there are booked again."""
