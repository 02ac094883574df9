"""In which language somebody reads the console."""

from chalicelib.console.words import LANGUAGES
from chalicelib.settings import Shop

COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600


def chosen_language(cookie: str, shop: Shop) -> str:
    """What this browser chose, else the shop's language."""
    return cookie if cookie in LANGUAGES else shop.shop.language
