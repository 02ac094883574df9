"""Addresses of the console's own pages."""

from urllib.parse import unquote, urlsplit

from flask import current_app

PREFIX = "/console"


def own_address(address: str, otherwise: str) -> str:
    """An address to go back to, if a page of ours is there: no link may send anybody elsewhere."""
    is_ours = address.startswith(f"{PREFIX}/") and address.isprintable() and "\\" not in address
    return address if is_ours and _is_page(address) else otherwise


def _is_page(address: str) -> bool:
    """True unless it answers forms alone, or nothing at all."""
    return current_app.url_map.bind("").test(unquote(urlsplit(address).path), "GET")
