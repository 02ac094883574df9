"""Wire the gate at its first webhook. Importing this loads nothing but the standard library."""

from functools import cache

from chalicelib import shopfile
from chalicelib.gate.gate import Gate


@cache
def gate() -> Gate:
    """The gate of this process, for the sources in the shop file.

    Raises:
        ConfigurationError: the shop file is wrong.
    """
    # Here, because it loads the worker's libraries: on one machine both share a process and an engine.
    from chalicelib import bootstrap  # noqa: PLC0415

    return Gate(shopfile.load().sources(), bootstrap.application().engine.work.put)
