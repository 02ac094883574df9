"""Fill in a template: the shop's own one if there is one, else ours."""

import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment

from chalicelib.errors import ConfigurationError
from chalicelib.plain_text import printable
from chalicelib.texts.filters import LANGUAGES, filters

OWN_FOLDER = Path(__file__).parent
SUFFIX = ".txt"


class Texts:
    """The texts of one shop, in its language and on its clock.

    Attributes:
        language: ``ru`` or ``en``.
        folders: where templates are looked for, the first one first.
    """

    def __init__(self, language: str, zone: ZoneInfo, overrides: Path | None = None) -> None:
        """Use templates from ``{overrides}/{language}`` before our own.

        Raises:
            ConfigurationError: there is no such language, or no such folder.
        """
        if language not in LANGUAGES:
            raise ConfigurationError(
                "language", f"there are no texts in {language!r}", f"Use one of {', '.join(LANGUAGES)}"
            )
        if overrides is not None and not overrides.is_dir():
            raise ConfigurationError(
                "texts", f"there is no folder {overrides}", f"Create it, with a folder {language!r} inside"
            )
        self.language = language
        self._zone = zone
        self._overrides = overrides
        self._elsewhere: dict[ZoneInfo, Texts] = {}
        bases = (OWN_FOLDER,) if overrides is None else (overrides, OWN_FOLDER)
        self.folders = tuple(base / language for base in bases)
        self._loader = FileSystemLoader(self.folders)
        self._environment = SandboxedEnvironment(
            loader=self._loader,
            undefined=StrictUndefined,
            # Plain text for SMS, tasks and chats: escaping would show clients "&quot;".
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(filters(language, zone))

    def render(self, template: str, /, **fields: object) -> str:
        """Fill in the template with this name, such as ``task/callback``.

        Lines lose their trailing spaces and whatever cannot be seen, runs of empty lines shrink to one.

        Raises:
            ConfigurationError: the template is missing, broken, forbidden or wants an unknown field.
        """
        try:
            text = self._environment.get_template(template + SUFFIX).render(fields)
        except Exception as error:
            # A shop's own template may do anything; whatever it is, the template is to be corrected.
            raise _template_error(f"texts/{self.language}/", template + SUFFIX, error, fields) from error
        return _tidy(text)

    def on_clock_of(self, zone: ZoneInfo) -> "Texts":
        """The same texts with their moments on the clock of this zone, such as a client's."""
        if zone == self._zone:
            return self
        if zone not in self._elsewhere:
            self._elsewhere[zone] = Texts(self.language, zone, self._overrides)
        return self._elsewhere[zone]

    def names(self) -> frozenset[str]:
        """The names of all templates, our own and the shop's."""
        found = self._environment.list_templates(extensions=[SUFFIX.removeprefix(".")])
        return frozenset(name.removesuffix(SUFFIX) for name in found)

    def fields_of(self, template: str) -> frozenset[str]:
        """The fields that the template with this name reads, whatever it makes of them.

        Raises:
            ConfigurationError: the template is missing or broken.
        """
        file = template + SUFFIX
        try:
            source, _, _ = self._loader.get_source(self._environment, file)
            return frozenset(find_undeclared_variables(self._environment.parse(source)))
        except TemplateError as error:
            raise _template_error(f"texts/{self.language}/", file, error, {}) from error


def _template_error(
    folder: str, file: str, error: Exception, fields: Mapping[str, object]
) -> ConfigurationError:
    correct = f"Correct the template; its fields are: {', '.join(sorted(fields)) or 'none'}"
    match error:
        case TemplateNotFound(name=missing) if missing == file:
            return ConfigurationError(folder + file, "there is no such template", "Correct its name")
        case TemplateSyntaxError():
            return ConfigurationError(folder + file, f"line {error.lineno}: {error.message}", correct)
        case TemplateError():
            return ConfigurationError(folder + file, str(error), correct)
        case _:
            return ConfigurationError(folder + file, f"{type(error).__name__}: {error}", correct)


def _tidy(text: str) -> str:
    lines = "\n".join(printable(line).rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
