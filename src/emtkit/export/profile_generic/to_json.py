"""Profile Generic as JSON (`profile-json`): the attributes of the object with their names. One file per meter.

`value` is the number in the unit, with all its digits; `raw` is the integer that the object holds. What is the same for
all entries of a column stands at the column; an entry that differs says so itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from decimal import Decimal  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from emtkit.export.profile_generic.from_capture import Options as Options  # noqa: PLC0414 - part of the contract
from emtkit.export.profile_generic.from_capture import profiles, store
from emtkit.export.profile_generic.profile import (
    CLASS_ID,
    INTEGERS,
    MAX_SCALER,
    MAX_UNIT,
    MIN_SCALER,
    Column,
    Entry,
    Profile,
    check_name,
    unit_symbol,
)
from emtkit.export.registry import Report
from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.model.jsontext import dumps, loads
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "profile-json"
SUFFIX: Final = ".json"
TITLE: Final = "COSEM Profile Generic as JSON; one file per meter"
OUTPUT: Final = "directory"
NEEDS_POINTS: Final = False
SCHEMA: Final = 1

Scaler = Annotated[int, Field(ge=MIN_SCALER, le=MAX_SCALER)]
UnitCode = Annotated[int, Field(ge=0, le=MAX_UNIT)]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]


@dataclass(slots=True, kw_only=True)
class EntryForm:
    """One entry. `scaler`, `unit_code` and `type` only where they are not the column's."""

    capture_time: AwareDatetime
    raw: int
    value: Decimal
    status: Annotated[int, Field(strict=True, ge=0)] | Hex | None = None
    signature: Hex | None = None
    scaler: Scaler | None = None
    unit_code: UnitCode | None = None
    type: str | None = None


@dataclass(slots=True, kw_only=True)
class ColumnForm:
    """One capture object and its entries."""

    obis: str
    device: str
    scaler: Scaler
    unit_code: UnitCode
    unit: str | None = None
    type: str = "long64"
    entries: list[EntryForm] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ProfileForm:
    """The document. `buffer` names the file with the A-XDR buffer that this document describes, or is None."""

    schema: Annotated[int, Field(ge=SCHEMA, le=SCHEMA)]
    class_id: Annotated[int, Field(ge=CLASS_ID, le=CLASS_ID)]
    version: Annotated[int, Field(ge=0, le=255)]
    logical_name: str
    name: str
    columns: list[ColumnForm]
    capture_period: Annotated[int, Field(gt=0, le=1 << 32)] | None = None
    buffer: str | None = None


def write(
    decoded: Iterable[Decoded], out: Path, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write one file per meter into the folder `out`: `OBIS.DEVICE.json`, the OBIS code as 12 hex digits."""
    options = options or Options()
    report = Report()
    for profile in profiles(decoded, points, options, report):
        entries = sum(len(column.entries) for column in profile.columns)
        path = out / f"{profile.obis.to_bytes().hex()}.{profile.name}{SUFFIX}"
        store(path, encode(profile), f"values of {profile.name}", entries, report)
    return report


def encode(profile: Profile, buffer: str | None = None) -> bytes:
    """Return the JSON document, one line. With `buffer`, the name of an A-XDR file, the entries are left to that."""
    return f"{dumps(to_dict(profile, buffer))}\n".encode()


def to_dict(profile: Profile, buffer: str | None = None) -> dict[str, Any]:
    """Return the document as a dict with Decimal numbers."""
    return {
        "schema": SCHEMA,
        "class_id": CLASS_ID,
        "version": profile.version,
        "logical_name": str(profile.obis),
        "name": profile.name,
        "capture_period": None if profile.period is None else profile.period // timedelta(seconds=1),
        "buffer": buffer,
        "columns": [_column(column, with_entries=buffer is None) for column in profile.columns],
    }


def _column(column: Column, *, with_entries: bool) -> dict[str, Any]:
    kind = column.entries[0].kind if column.entries else "long64"
    return {
        "obis": str(column.obis),
        "device": column.device,
        "scaler": column.scaler,
        "unit": unit_symbol(column.unit),
        "unit_code": column.unit,
        "type": kind,
        "entries": [_entry(entry, column, kind) for entry in column.entries] if with_entries else [],
    }


def _entry(entry: Entry, column: Column, kind: str) -> dict[str, Any]:
    form: dict[str, Any] = {
        "capture_time": entry.time.astimezone(UTC).isoformat(),
        "raw": entry.raw,
        "value": entry.value,
        "status": entry.status.hex() if isinstance(entry.status, bytes) else entry.status,
    }
    if entry.signature is not None:
        form["signature"] = entry.signature.hex()
    own = {"scaler": entry.scaler, "unit_code": entry.unit, "type": entry.kind}
    usual = {"scaler": column.scaler, "unit_code": column.unit, "type": kind}
    return form | {name: value for name, value in own.items() if value != usual[name]}


def decode(data: bytes) -> Profile:
    """Read the JSON form.

    Raises DecodeError `profile.json.syntax`, or `profile.json.field` with the path of the field.
    """
    try:
        document = loads(data.decode())
    except ValueError:
        raise DecodeError("profile.json.syntax", "not JSON") from None
    try:
        form = TypeAdapter(ProfileForm).validate_python(document)
    except ValidationError as error:
        finding = error.errors(include_input=False)[0]
        path = ".".join(map(str, finding["loc"]))
        raise DecodeError("profile.json.field", f"{path or 'document'}: {finding['msg']}", field=path) from None
    try:
        return Profile(
            Obis.parse(form.logical_name),
            check_name(form.name),
            [_read_column(column) for column in form.columns],
            None if form.capture_period is None else timedelta(seconds=form.capture_period),
            form.version,
        )
    except DecodeError:
        raise
    except EmtkitError as error:  # an OBIS code or a name
        raise DecodeError("profile.json.field", error.message) from None


def _read_column(form: ColumnForm) -> Column:
    entries = [_read_entry(entry, form) for entry in form.entries]
    return Column(Obis.parse(form.obis), check_name(form.device), entries, form.scaler, form.unit_code)


def _read_entry(form: EntryForm, column: ColumnForm) -> Entry:
    kind = form.type or column.type
    integer = INTEGERS.get(kind)
    if integer is None or not integer.holds(form.raw):
        raise DecodeError("profile.json.field", f"raw: {form.raw} is no {kind}", field="raw")
    entry = Entry(
        form.raw,
        column.scaler if form.scaler is None else form.scaler,
        column.unit_code if form.unit_code is None else form.unit_code,
        _utc(form.capture_time),
        bytes.fromhex(form.status) if isinstance(form.status, str) else form.status,
        None if form.signature is None else bytes.fromhex(form.signature),
        kind,
    )
    if entry.value != form.value:
        raise DecodeError(
            "profile.json.field", f"value: {form.value} is not raw * 10**scaler, which is {entry.value}", field="value"
        )
    return entry


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise DecodeError("profile.json.field", f"capture_time: {moment} is no time of the calendar") from None
