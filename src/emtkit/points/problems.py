"""What is wrong in a points file, with file, line and column; all of it is gathered before anything is said."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from emtkit.model.diagnostics import Severity
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import TypeAdapter

Kind = TypeVar("Kind")

_PLACE: Final = re.compile(r":(\d+):(\d+): ")


class Place(NamedTuple):
    """A place in a file, from 1; in CSV the column is that of the table. 0: the file or the line as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `points.toml:7:3`."""
        return ":".join([self.file, *(str(number) for number in self[1:] if number)])


class Problem(NamedTuple):
    """One thing that is wrong (severity error) or suspicious (warning)."""

    severity: Severity
    code: str
    message: str
    place: Place
    field: str = ""

    def as_error(self, others: int = 0) -> ConfigError:
        """Return it as an error; `others` is how many more there are."""
        field = f", {self.field}" if self.field else ""
        more = f" (and {others} more: emtkit points check {self.place.file})" if others else ""
        return ConfigError(self.code, f"{self.place}{field}: {self.message}{more}", field=self.field)


class Problems:
    """The problems of one run, in the order in which they were found."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        """Begin with none."""
        self.found: list[Problem] = []

    def error(self, code: str, message: str, place: Place, field: str = "") -> None:
        """Note what makes the file unusable."""
        self.found.append(Problem(Severity.ERROR, code, message, place, field))

    def warn(self, code: str, message: str, place: Place, field: str = "") -> None:
        """Note what may be a mistake."""
        self.found.append(Problem(Severity.WARNING, code, message, place, field))

    def take(self, error: ConfigError, file: str) -> None:
        """Note an error of a file as a whole; its place stands in its message."""
        message = error.message.removeprefix(file)
        found = _PLACE.match(message)
        place = Place(file, int(found[1]), int(found[2])) if found else Place(file)
        text = message[found.end() :] if found else message.removeprefix(": ")
        self.found.append(Problem(Severity.ERROR, error.code, text, place, error.field))

    def of(self, severity: Severity) -> list[Problem]:
        """Return those of one severity, each once, in the order of their places."""
        chosen = dict.fromkeys(problem for problem in self.found if problem.severity is severity)
        return sorted(chosen, key=lambda problem: problem.place)

    def raise_first(self) -> None:
        """Raise the first error, if there is one, and say how many more there are."""
        errors = self.of(Severity.ERROR)
        if errors:
            raise errors[0].as_error(len(errors) - 1)


@cache
def adapter_of(kind: type[Any]) -> TypeAdapter[Any]:
    """Return what checks the fields of a class; it is made once."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def validated(
    adapter: TypeAdapter[Kind], fields: Mapping[str, Any], problems: Problems, place: Callable[[str], Place]
) -> Kind | None:
    """Return the object that the fields make; None, and note each wrong field, where they make none.

    place  gives the place of a field; that of the entry for "" and for a field that it does not have
    """
    from pydantic import ValidationError

    if "where" in fields:  # said by the file, not in it
        problems.error("points.field", "no such field: 'where'", place("where"), "where")
        fields = {name: value for name, value in fields.items() if name != "where"}
    entry = place("")
    try:
        return adapter.validate_python({**fields, "where": f"{entry.file}:{entry.line}"})
    except ValidationError as error:
        findings = error.errors(include_input=False, include_url=False, include_context=False)
    for finding in findings:
        name = str(finding["loc"][0]) if finding["loc"] else ""
        if finding["type"] == "missing":
            problems.error("points.missing", "must be given", entry, name)
        elif finding["type"] == "unexpected_keyword_argument":
            problems.error("points.field", f"no such field: {name!r}", place(name), name)
        else:
            problems.error("points.field", finding["msg"], place(name), name)
    return None
