"""Text that any store, CRM and messenger takes."""


def printable(text: str) -> str:
    """The text without control characters and other invisible ones; white space but a new line is a space.

    Clients paste them unseen: a non-breaking space, a mark of direction, half an emoji. A CRM may refuse
    them or drop them, and then a text would no longer read as we wrote it.
    """
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return " " if character.isspace() else ""
