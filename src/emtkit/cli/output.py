"""Where results go: data as UTF-8 bytes whatever the terminal's own encoding is, tables through rich."""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final, cast

from emtkit.model.errors import ConfigError
from emtkit.model.jsontext import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

_TRAILING: Final = re.compile(" +$", re.MULTILINE)
_NATURAL_WIDTH: Final = 4096  # of a table that is not shown on a terminal: as wide as it is


def console() -> Console:
    """Return the console for tables.

    On a terminal it has the terminal's width and colours. Piped, it has no colours and lines are as long as
    they are, unless COLUMNS says how wide.
    """
    from rich.console import Console

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show ° or ³ shows a question mark

    class Screen(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # `main` ends quietly; rich would end with 1

    if sys.stdout.isatty():
        return Screen(highlight=False, markup=False, emoji=False)
    columns = os.environ.get("COLUMNS", "")
    width = (int(columns) if columns.isdecimal() else 0) or _NATURAL_WIDTH
    return Screen(highlight=False, markup=False, emoji=False, width=width, file=cast("IO[str]", _Trimmed()))


class _Trimmed(io.TextIOBase):
    """Standard output without the blanks that tables leave at the ends of lines."""

    def write(self, text: str) -> int:
        """Write the text."""
        return sys.stdout.write(_TRAILING.sub("", text))

    def flush(self) -> None:
        """Flush standard output."""
        sys.stdout.flush()


def binary_stdout() -> BinaryIO:
    """Return standard output for bytes."""
    return sys.stdout.buffer


@contextmanager
def binary_output(path: Path | None) -> Iterator[BinaryIO]:
    """Open a file for writing, or give standard output. Raises ConfigError `cli.output`."""
    if path is None or str(path) == "-":
        yield binary_stdout()
        return
    try:
        stream = path.open("wb")
    except OSError as error:
        raise ConfigError("cli.output", f"{path}: {error.strerror or 'cannot be written'}") from None
    with stream:
        yield stream


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON value, indented."""
    binary_stdout().write(encoded(pretty_json(value) + "\n"))


def encoded(text: str) -> bytes:
    """Return JSON text as UTF-8; a lone surrogate (a file name that is no UTF-8) becomes a JSON escape."""
    return text.encode(errors="backslashreplace")


def json_array(values: Iterable[Any]) -> Iterator[str]:
    """Give the parts of an indented JSON array; holds one value at a time."""
    before = "[\n  "
    for value in values:
        yield before + pretty_json(value, "  ")
        before = ",\n  "
    yield "\n]\n" if before.startswith(",") else "[]\n"


def pretty_json(value: Any, indent: str = "") -> str:  # noqa: ANN401 - any JSON value
    """Return indented JSON text with exact numbers. What fits on a short line stays on one."""
    if not value or not isinstance(value, dict | list | tuple):
        return dumps(value)
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [f"{dumps(str(key))}: {pretty_json(item, deeper)}" for key, item in value.items()]
    else:
        items = [pretty_json(item, deeper) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    line = ", ".join(items)
    if len(indent) + len(line) <= _SHORT_LINE and "\n" not in line:
        return opening + line + closing
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(items) + f"\n{indent}{closing}"


_SHORT_LINE: Final = 76
