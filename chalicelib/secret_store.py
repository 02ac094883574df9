"""A function's secrets: one encrypted parameter, read anew so that they can be rotated.

Standard library only: the gate needs it at every cold start.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.errors import ConfigurationError

LIFETIME = timedelta(minutes=5)
"""After a rotation, the old secret is used no longer than this."""

RETRY_AFTER = timedelta(seconds=30)
"""When a failed re-reading is tried again: not each webhook may wait for a parameter store in trouble."""

log = logging.getLogger(__name__)


class SecretStore:
    """The environment, together with the secrets in the parameter that ``LEADKEEPER_SECRETS`` names.

    The parameter holds a JSON object such as ``{"MANGO_API_KEY": "…"}``. Where a name stands in both,
    the parameter wins: it is what somebody rotates.
    """

    def __init__(
        self, environ: Mapping[str, str], read_parameter: Callable[[str], str], clock: Clock
    ) -> None:
        """Read nothing yet."""
        self._environ = environ
        self._read_parameter = read_parameter
        self._clock = clock
        self._current: Mapping[str, str] | None = None
        self._valid_until: datetime | None = None

    def current(self) -> Mapping[str, str]:
        """The environment with the secrets of now: the same object until one of them changes.

        Raises:
            Exception: the secrets were never read yet and cannot be read now. Later, the old ones serve on
                while they cannot be read.
        """
        if self._current is None:
            self._current = self._read()
            self._valid_until = self._clock() + LIFETIME
        elif self._valid_until is None or self._clock() >= self._valid_until:
            self._current = self._reread(self._current)
        return self._current

    def _reread(self, old: Mapping[str, str]) -> Mapping[str, str]:
        try:
            new = self._read()
        except Exception:
            log.exception("the secrets could not be read anew, the old ones serve on")
            self._valid_until = self._clock() + RETRY_AFTER
            return old
        self._valid_until = self._clock() + LIFETIME
        return old if new == old else new

    def _read(self) -> Mapping[str, str]:
        name = self._environ.get("LEADKEEPER_SECRETS")
        if not name:
            return dict(self._environ)
        return {**self._environ, **parsed(name, self._read_parameter(name))}


def parsed(name: str, text: str) -> Mapping[str, str]:
    """The secrets in the text of a parameter.

    Raises:
        ConfigurationError: it is something else. The error repeats nothing of it.
    """
    try:
        secrets = json.loads(text)
    except ValueError:
        secrets = None
    if not isinstance(secrets, dict) or not all(isinstance(value, str) for value in secrets.values()):
        raise ConfigurationError(
            name, "it is no JSON object of names and texts", 'Store it as {"MANGO_API_KEY": "…"}'
        )
    return secrets
