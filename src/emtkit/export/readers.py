"""Files that emtkit (or the market) wrote, as captures: which formats are read back, and how they are found.

Each has a reader that gives decoded frames with their readings and series, so that every export takes them. A file is
known by its first bytes; where these do not say enough, it is named with its options:

    profile-csv:profile=end-de,step=15

A new format that is read back is a line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.capture.source import open_source
from emtkit.model.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from emtkit.capture.source import Capture
    from emtkit.model.decoded import Decoded


class Reader(NamedTuple):
    """How a format is read back.

    title    one line that says what it is
    begins   what its files may begin with: a quick no, without loading the reader
    test     `module:function` that says of the first bytes whether it is this format; empty: `begins` is enough
    module   where `read_decoded` is
    options  module of the format's `Options`, if its files may need them; they are read with --input-format only
    """

    title: str
    begins: tuple[bytes, ...]
    test: str
    module: str
    options: str | None = None


_BLANK: Final = (b" ", b"\t", b"\r", b"\n", b"\xef\xbb\xbf")
# what the header of a table may begin with
_COLUMNS: Final = tuple(
    mark + name.encode()
    for mark in (b"", b"\xef\xbb\xbf")
    for name in (
        *("received_at", "identifier", "manufacturer", "meter_id", "version", "device", "medium", "quantity", "value"),
        *("unit", "obis", "name", "function", "storage", "tariff", "subunit", "modifiers", "time", "status"),
        *("meter_status", "protocol", "state", "verdict", "diagnostics", "id", "source", "line", "raw", "begin"),
        *(
            "quality",
            "method",
            "reason",
            "sources",
            "location",
            "messlokation",
            "marktlokation",
            "register",
            "date",
            "end",
            "clock",
        ),
    )
)

_MSCONS: Final = "emtkit.export.mscons.incoming.as_capture"
_CSV: Final = "emtkit.export.csv_as_capture"
_PROFILE_CSV: Final = "emtkit.export.profile_csv.as_capture"
_COLUMNAR: Final = "emtkit.export.columnar.as_capture"
_PROFILE: Final = "emtkit.export.profile_generic.as_capture"

READERS: Final[dict[str, Reader]] = {
    "mscons": Reader("MSCONS of the market", (b"UN", *_BLANK), f"{_MSCONS}:is_edifact", _MSCONS),
    "jsonl": Reader("JSON Lines of emtkit", (b'{"schema":1,"id":',), "", "emtkit.export.jsonl"),
    "csv": Reader("readings table of emtkit", _COLUMNS, f"{_CSV}:is_own", _CSV),
    "profile-csv": Reader(
        "load-profile CSV of emtkit", _COLUMNS, f"{_PROFILE_CSV}:is_own", _PROFILE_CSV, "emtkit.export.profile_csv"
    ),
    "parquet": Reader("Parquet of emtkit", (b"PAR1",), "", _COLUMNAR),
    "arrow": Reader("Arrow stream of emtkit", (b"\xff\xff\xff\xff",), f"{_COLUMNAR}:is_arrow", _COLUMNAR),
    "profile-xml": Reader("COSEM Profile Generic as XML", (b"<", *_BLANK), f"{_PROFILE}:is_xml", _PROFILE),
    "profile-json": Reader("COSEM Profile Generic as JSON", (b'{"schema":1,"class_id":7,',), "", _PROFILE),
}


def may_be(start: bytes) -> bool:
    """Return whether a file that begins like this is worth a closer look; a few bytes are enough."""
    return any(start.startswith(reader.begins) for reader in READERS.values())


def format_of(start: bytes) -> str | None:
    """Return the format of a file that begins like this, None where it is a capture of telegrams."""
    for name, reader in READERS.items():
        if start.startswith(reader.begins) and (not reader.test or _loaded(reader.test)(start)):
            return name
    return None


def format_of_file(capture: Capture) -> str | None:
    """Return the format of a file, packed or not. Raises ConfigError `capture.unreadable`."""
    try:
        with open_source(capture) as packed:
            return format_of(packed.unpacked().look())
    except DecodeError:
        return None


class Named(NamedTuple):
    """A format that the user named, with the options of the file."""

    name: str
    options: Any = None


def named(text: str) -> Named | None:
    """Read `csv` or `profile-csv:profile=end-de,step=15`; None where it is no format that is read back.

    Raises ConfigError `export.option` for options that the format does not have.
    """
    name, colon, rest = text.partition(":")
    reader = READERS.get(name)
    if reader is None:
        return None
    if not colon:
        return Named(name)
    if reader.options is None:
        raise ConfigError("export.option", f"{name} is read without options", field=name)
    from emtkit.export.registry import parse_options

    given: Mapping[str, str] = dict(part.partition("=")[::2] for part in rest.split(","))
    return Named(name, parse_options(import_module(reader.options), given))


def read_decoded(
    capture: Capture, form: Named, *, name: str | None = None, zone: ZoneInfo | None = None
) -> Iterator[Decoded]:
    """Give the frames of a file of this format.

    zone  of rows per day, where the options do not say it (default Europe/Berlin)
    Raises ConfigError `capture.unreadable`.
    """
    reader = READERS[form.name]
    read = import_module(reader.module).read_decoded
    more: dict[str, Any] = {}
    if reader.options is not None:
        more = {"options": form.options} | ({} if zone is None else {"zone": zone})
    found: Iterator[Decoded] = read(capture, name=name, **more)
    return found


def _loaded(place: str) -> Any:  # noqa: ANN401 - a function of another module
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)
