"""In which language somebody reads the console."""

from chalicelib.console.words import LANGUAGES
from chalicelib.settings import Shop

COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600


def chosen_language(cookie: str, shop: Shop) -> str:
    """What this browser chose, else the console's language, else the shop's."""
    if cookie in LANGUAGES:
        return cookie
    return (shop.console and shop.console.language) or shop.shop.language
