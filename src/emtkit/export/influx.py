"""InfluxDB line protocol (`influx`): one line per reading that has a time, for any store that takes this form.

Source: InfluxData, "Line protocol reference" (v2). The number stands in the line with all its digits; the database
keeps 64-bit floating point, so a number of more than 15 digits has its exact text in a second field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, NamedTuple

from emtkit.export.from_capture import device_of
from emtkit.export.registry import Report, Written
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, DecodeError, EmtkitError, EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading
    from emtkit.points import Points

NAME: Final = "influx"
SUFFIX: Final = ".lp"
TITLE: Final = "InfluxDB line protocol: one line per reading with a time"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False

Precision = Literal["ns", "us", "ms", "s"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# how many of these are a microsecond, how many microseconds are one of these
_PRECISIONS: Final[dict[Precision, tuple[int, int]]] = {"ns": (1000, 1), "us": (1, 1), "ms": (1, 1000), "s": (1, 10**6)}
_FLOAT_DIGITS: Final = 15  # decimal digits that a 64-bit float holds for certain
_SPECIAL: Final = re.compile(r"([,= ])")
_SPECIAL_MEASUREMENT: Final = re.compile(r"([, ])")
_ESCAPED: Final = re.compile(r"\\([,= ])")
_ESCAPED_TEXT: Final = re.compile(r'\\(["\\])')
# unescaped separators; a text in quotes may hold any of them
_TAG_PART: Final = r"(?:\\.|[^,= \\])+"
_LINE: Final = re.compile(
    r"(?P<measurement>(?:\\.|[^, \\])+)(?P<tags>(?:,PART=PART)*) (?P<fields>.+?)(?: (?P<time>-?\d{1,30}))?\Z".replace(
        "PART", _TAG_PART
    )
)
_TAG: Final = re.compile(f"({_TAG_PART})=({_TAG_PART})")
_FIELD: Final = re.compile(rf'({_TAG_PART})=("(?:\\["\\]|[^"\\])*"|-?\d{{1,400}}(?:\.\d{{1,400}})?)(,|\Z)', re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of the line protocol.

    measurement  name of the measurement
    precision    of the time: `ns`, `us`, `ms` or `s`; tell the database the same
    """

    measurement: str = "reading"
    precision: Precision = "ns"


class Line(NamedTuple):
    """One line: tags and fields by name; a number is a Decimal, a text a str. `time` is None where there is none."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, Decimal | str]
    time: datetime | None


def write(
    decoded: Iterable[Decoded],
    out: BinaryIO,
    *,
    points: Points | None = None,
    options: Options | None = None,
) -> Report:
    """Write a line per reading that has a moment; the others are counted in a diagnostic `influx.no_time`.

    With `points` the tags have the locations that they name. Raises ConfigError `influx.measurement`.
    """
    options = options or Options()
    if not options.measurement or options.measurement.startswith(("_", "#")) or _unwritable(options.measurement):
        raise ConfigError("influx.measurement", f"{options.measurement!r} is no name of a measurement")
    report = Report()
    lines = timeless = 0
    for frame in report.taking(decoded):
        of_frame = _frame_tags(frame, points)
        for reading in frame.readings:
            if reading.value is None:
                continue
            if not isinstance(reading.time, datetime) or reading.time.utcoffset() is None:
                timeless += 1
                continue
            try:
                line = Line(options.measurement, of_frame | _reading_tags(reading), _fields(reading), reading.time)
                data = encode(line, options.precision)
            except EmtkitError as error:
                report.refuse(f"{of_frame.get('device', '')} {reading.obis or reading.quantity}", error)
            else:
                out.write(data)
                lines += 1
    if timeless:
        message = f"readings that are of no moment (dates, identities), left out: {timeless}"
        report.diagnostics.append(Diagnostic(Severity.INFO, "influx.no_time", "influx", "", None, None, message))
    report.written.append(Written(None, "lines", lines))
    return report


def _frame_tags(frame: Decoded, points: Points | None) -> dict[str, str]:
    meter = frame.meter
    if meter is None:
        return {}
    tags = {"device": device_of(meter), "manufacturer": meter.manufacturer or "", "medium": meter.medium or ""}
    for point in () if points is None else points.match(meter):
        tags |= {"messlokation": point.messlokation or "", "marktlokation": point.marktlokation or ""}
        break
    return {name: text for name, text in tags.items() if text}


def _reading_tags(reading: Reading) -> dict[str, str]:
    tags = {
        "quantity": reading.quantity,
        "unit": reading.unit or "",
        "obis": reading.obis or "",
        "function": reading.function,
        "storage": str(reading.storage),
        "tariff": str(reading.tariff),
        "subunit": str(reading.subunit),
        "modifiers": "+".join(reading.modifiers),
    }
    return {name: text for name, text in tags.items() if text}


def _fields(reading: Reading) -> dict[str, Decimal | str]:
    value, fields = reading.value, dict[str, Decimal | str]()
    if isinstance(value, Decimal):
        fields["value"] = value
        if len(value.as_tuple().digits) > _FLOAT_DIGITS:
            fields["exact"] = format(value, "f")
    elif isinstance(value, str):
        fields["text"] = value
    elif isinstance(value, bytes):
        fields["text"] = value.hex()
    elif value is not None:
        fields["text"] = value.isoformat()
    if reading.status is not None:
        fields["status"] = reading.status
    return fields


def encode(line: Line, precision: Precision = "ns") -> bytes:
    """Return one line with its line end; tags are sorted by name.

    Raises EncodeError `influx.text`, `influx.number`, `influx.precision`.
    """
    tags = "".join(f",{_tag(name)}={_tag(text)}" for name, text in sorted(line.tags.items()))
    fields = ",".join(f"{_tag(name)}={_field(value)}" for name, value in line.fields.items())
    time = "" if line.time is None else f" {_ticks(line.time, precision)}"
    if _unwritable(line.measurement):
        raise EncodeError("influx.text", f"{line.measurement!r} is no name of a measurement")
    measurement = _SPECIAL_MEASUREMENT.sub(r"\\\1", line.measurement)
    return f"{measurement}{tags} {fields}{time}\n".encode(errors="backslashreplace")


def _unwritable(text: str) -> bool:
    return not text or "\n" in text or "\r" in text or "\\" in text


def _tag(text: str) -> str:
    if _unwritable(text):
        raise EncodeError("influx.text", f"{text!r} has a backslash or a line end, or is empty: no tag can hold it")
    return _SPECIAL.sub(r"\\\1", text)


def _field(value: Decimal | str) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise EncodeError("influx.number", f"{value} is no number of the line protocol")
        return format(value, "f")
    if "\n" in value or "\r" in value:
        raise EncodeError("influx.text", "a text of several lines")
    return '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))


def _ticks(moment: datetime, precision: Precision) -> int:
    microseconds = (moment.astimezone(UTC) - _EPOCH) // _MICROSECOND
    of_microsecond, microseconds_each = _PRECISIONS[precision]
    if microseconds % microseconds_each:
        raise EncodeError("influx.precision", f"{moment.isoformat()} is finer than {precision}")
    return microseconds // microseconds_each * of_microsecond


def read_lines(stream: BinaryIO, precision: Precision = "ns") -> Iterator[Line]:
    """Read lines that emtkit wrote, or others with decimal and text fields. Raises DecodeError `influx.syntax`."""
    for number, data in enumerate(stream, 1):
        try:
            text = data.decode().rstrip("\n")
        except UnicodeDecodeError:
            raise DecodeError("influx.syntax", f"line {number} is no UTF-8") from None
        if text and not text.startswith("#"):
            yield _read_line(text, number, precision)


def _read_line(text: str, number: int, precision: Precision) -> Line:
    match = _LINE.match(text)
    if match is None:
        raise DecodeError("influx.syntax", f"line {number} is no measurement, tags, fields and time")
    fields: dict[str, Decimal | str] = {}
    place, rest = 0, match["fields"]
    while place < len(rest):
        field = _FIELD.match(rest, place)
        if field is None:
            raise DecodeError("influx.syntax", f"line {number}: no number or text in {rest[place : place + 20]!r}")
        value = field[2]
        fields[_plain(field[1])] = (
            _ESCAPED_TEXT.sub(r"\1", value[1:-1]) if value.startswith('"') else Decimal(value)
        )  # fmt: skip
        place = field.end()
    of_microsecond, microseconds_each = _PRECISIONS[precision]
    try:
        ticks = None if match["time"] is None else int(match["time"])
        time = None if ticks is None else _EPOCH + ticks // of_microsecond * microseconds_each * _MICROSECOND
    except OverflowError:
        raise DecodeError("influx.syntax", f"line {number}: {match['time']} is no time") from None
    tags = {_plain(name): _plain(value) for name, value in _TAG.findall(match["tags"])}
    return Line(_plain(match["measurement"]), tags, fields, time)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
