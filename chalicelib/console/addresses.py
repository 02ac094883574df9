"""Addresses of the console's own pages."""

PREFIX = "/console"


def own_address(address: str, otherwise: str) -> str:
    """An address to go back to, if it is one of ours: who wrote a link must not send anybody elsewhere."""
    return address if address.startswith(f"{PREFIX}/") and "\\" not in address else otherwise
