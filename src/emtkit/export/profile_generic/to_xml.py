"""Profile Generic as XML, in the form in which smart meter gateways send it to an EMT (`profile-xml`).

Column-major: each capture object has its column of entries, each entry its value, scaler, unit, status and capture
time. Source: FNN/DKE K461, schemas `profile_generic-1` and `extension-1` as exports of gateways have them; there is
no public schema. One file per meter.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

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
)
from emtkit.export.profile_generic.xml_tree import Element, parse_xml
from emtkit.export.registry import Report
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import DecodeError
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "profile-xml"
SUFFIX: Final = ".xml"
TITLE: Final = "COSEM Profile Generic as XML, as smart meter gateways write it; one file per meter"
OUTPUT: Final = "directory"
NEEDS_POINTS: Final = False

PROFILE_NAMESPACE: Final = "urn:k461-dke-de:profile_generic-1"
EXTENSION_NAMESPACE: Final = "urn:k461-dke-de:extension-1"
# Roots that gateways also send: what they are, so that the answer is clear.
_OTHER_ROOTS: Final[dict[str, str]] = {
    "urn:k461-dke-de:kaf_lmn_container-1": "the configuration of meters at a gateway (LMN container)",
    "urn:k461-dke-de:cor-1": "a COSEM object in the older form of TR-03109-1 annex II",
}
_DIGITS: Final = re.compile(r"[+-]?\d{1,20}\Z", re.ASCII)
_LOGICAL_NAME: Final = re.compile(
    r"([0-9a-f]{12})\.([a-z0-9][a-z0-9_-]{0,63}(?:\.eui(?=\Z)|(?=\.sm\Z)))(?:\.sm)?\Z", re.ASCII | re.IGNORECASE
)


def write(
    decoded: Iterable[Decoded], out: Path, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write one file per meter into the folder `out`, named like the object: `OBIS.DEVICE.sm.xml`."""
    options = options or Options()
    report = Report()
    for profile in profiles(decoded, points, options, report):
        own = logical_name(profile.obis, profile.name)
        entries = sum(len(column.entries) for column in profile.columns)
        store(out / f"{own}.xml", encode(profile), f"values of {profile.name}", entries, report)
    return report


def logical_name(obis: Obis, name: str) -> str:
    """Return `OBIS.NAME.sm`, the OBIS code as 12 hex digits; a name that ends in `.eui` keeps its own ending."""
    return f"{obis.to_bytes().hex()}.{check_name(name)}{'' if name.endswith('.eui') else '.sm'}"


def encode(profile: Profile) -> bytes:
    """Return the XML document. Raises EncodeError `profile.device` for a name that cannot stand in it."""
    own = logical_name(profile.obis, profile.name)
    return ("\n".join(_document(profile, own)) + "\n").encode()


def _document(profile: Profile, own: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<prog:object xmlns:prog="{PROFILE_NAMESPACE}" xmlns:cox="{EXTENSION_NAMESPACE}" '
        f'class_id="{CLASS_ID}" class_version="{profile.version}" id="{own}">'
    )
    yield '<prog:attributes count="3">'
    yield f'<cox:logical_name id="1">{own}</cox:logical_name>'
    yield f'<prog:capture_objects count="{len(profile.columns)}" id="2">'
    for number, column in enumerate(profile.columns, 1):
        name = logical_name(column.obis, column.device)
        yield f'<prog:capture_object id="{number}"><cox:logical_name>{name}</cox:logical_name></prog:capture_object>'
    yield "</prog:capture_objects>"
    yield '<prog:buffer id="3">'
    yield f'<prog:simple_data count="{len(profile.columns)}">'
    for number, column in enumerate(profile.columns, 1):
        yield f'<prog:column count="{len(column.entries)}" id="{number}">'
        for position, entry in enumerate(column.entries, 1):
            yield f'<prog:entry_gateway_signed id="{position}">{_entry(entry)}</prog:entry_gateway_signed>'
        yield "</prog:column>"
    yield "</prog:simple_data>"
    yield "</prog:buffer>"
    yield "</prog:attributes>"
    yield "</prog:object>"


def _entry(entry: Entry) -> str:
    parts = [
        f"<cox:value><cox:{entry.kind}>{entry.raw}</cox:{entry.kind}></cox:value>",
        f"<cox:scaler>{entry.scaler}</cox:scaler>",
        f"<cox:unit>{entry.unit}</cox:unit>",
    ]
    if isinstance(entry.status, bytes):
        parts.append(f"<cox:status><cox:octet-string>{entry.status.hex()}</cox:octet-string></cox:status>")
    elif entry.status is not None:
        parts.append(f"<cox:status><cox:unsigned>{entry.status}</cox:unsigned></cox:status>")
    time = entry.time.astimezone(UTC).replace(tzinfo=None).isoformat()
    parts.append(f"<cox:capture_time>{time}Z</cox:capture_time>")
    if entry.signature is not None:
        parts.append(f"<cox:smgw_signature>{entry.signature.hex()}</cox:smgw_signature>")
    return "".join(parts)


class ReadXml(NamedTuple):
    """A profile and what was noticed when it was read."""

    profile: Profile
    diagnostics: list[Diagnostic]


def decode(data: bytes) -> ReadXml:
    """Read the XML form; prefixes, spacing and unequal columns do not matter.

    Raises DecodeError: `profile.xml.not_values` for a document that is no list of values (its message says what it
    is), `profile.xml.missing` and `profile.xml.value` with the line, and those of `parse_xml`.
    """
    root = parse_xml(data)
    if root.namespace != PROFILE_NAMESPACE or root.name != "object":
        what = _OTHER_ROOTS.get(root.namespace, f"an element {root.name!r} of {root.namespace or 'no namespace'}")
        raise DecodeError("profile.xml.not_values", f"not a list of values but {what}")
    if root.attributes.get("class_id") != str(CLASS_ID):
        raise DecodeError(
            "profile.xml.not_values", f"an object of class {root.attributes.get('class_id')}, not {CLASS_ID}"
        )
    findings: list[Diagnostic] = []
    attributes = _child(root, "attributes")
    obis, name = _name(_child(attributes, "logical_name"))
    profile = Profile(obis, name, version=_integer(root, root.attributes.get("class_version", "1"), 0, 255))
    capture_objects = _child(attributes, "capture_objects")
    objects = list(capture_objects.all("capture_object"))
    _check_count(capture_objects, len(objects), findings)
    columns = {
        element.attributes.get("id", str(number)): Column(*_name(_child(element, "logical_name")))
        for number, element in enumerate(objects, 1)
    }
    if len(columns) != len(objects):
        raise _wrong(capture_objects, "two capture objects with the same id")
    profile.columns = list(columns.values())
    simple_data = _child(_child(attributes, "buffer"), "simple_data")
    found = list(simple_data.all("column"))
    _check_count(simple_data, len(found), findings)
    for number, element in enumerate(found, 1):
        column = columns.get(element.attributes.get("id", str(number)))
        if column is None or column.entries:
            raise DecodeError(
                "profile.xml.value", f"line {element.line}: column {element.attributes.get('id')} has no capture object"
            )
        entries = list(element.all("entry_gateway_signed"))
        _check_count(element, len(entries), findings)
        column.entries = [_read_entry(entry) for entry in entries]
        if column.entries:
            column.scaler, column.unit = column.entries[0].scaler, column.entries[0].unit
    return ReadXml(profile, findings)


def _read_entry(element: Element) -> Entry:
    value = _child(element, "value")
    if len(value.children) != 1:
        raise _wrong(value, "a value has one element with its type")
    kind = value.children[0].name.replace("_", "-")
    integer = INTEGERS.get(kind)
    if integer is None:
        raise _wrong(value, f"a value of type {kind!r} is no COSEM integer")
    raw = _integer(value, value.children[0].text, -(1 << 63), (1 << 64) - 1)
    if not integer.holds(raw):
        raise _wrong(value, f"{raw} is out of the range of {kind}")
    signature = element.find("smgw_signature")
    return Entry(
        raw,
        _integer_of(element, "scaler", MIN_SCALER, MAX_SCALER),
        _integer_of(element, "unit", 0, MAX_UNIT),
        _time(_child(element, "capture_time")),
        _status(element.find("status")),
        None if signature is None else _bytes(signature),
        kind,
    )


def _status(element: Element | None) -> bytes | int | None:
    if element is None:
        return None
    if len(element.children) != 1:
        raise _wrong(element, "a status has one element with its type")
    child = element.children[0]
    if child.name.replace("_", "-") == "octet-string":
        return _bytes(child)
    return _integer(element, child.text, 0, (1 << 64) - 1)


def _child(element: Element, name: str) -> Element:
    found = element.find(name)
    if found is None:
        raise DecodeError("profile.xml.missing", f"line {element.line}: {element.name} has no {name}", field=name)
    return found


def _name(element: Element) -> tuple[Obis, str]:
    match = _LOGICAL_NAME.match(element.text)
    if match is None:
        raise _wrong(element, f"a logical name is 12 hex digits, a name, sm (dots between), not {element.text!r}")
    return Obis.from_bytes(bytes.fromhex(match[1])), match[2].lower()


def _integer_of(element: Element, name: str, low: int, high: int) -> int:
    child = _child(element, name)
    return _integer(child, child.text, low, high)


def _integer(element: Element, text: str, low: int, high: int) -> int:
    if _DIGITS.match(text) is None or not low <= int(text) <= high:
        raise _wrong(element, f"a whole number from {low} to {high}, not {text!r}")
    return int(text)


def _bytes(element: Element) -> bytes:
    try:
        return bytes.fromhex(element.text)
    except ValueError:
        raise _wrong(element, "octets are written in hex") from None


def _time(element: Element) -> datetime:
    try:
        moment = datetime.fromisoformat(element.text)
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _wrong(element, f"a time with its zone (2026-05-14T22:00:01Z), not {element.text!r}")


def _check_count(element: Element, have: int, findings: list[Diagnostic]) -> None:
    said = element.attributes.get("count")
    if said is not None and said != str(have):
        message = f"line {element.line}: {element.name} says count {said} and has {have}"
        findings.append(Diagnostic(Severity.WARNING, "profile.xml.count", "profile", element.name, None, None, message))


def _wrong(element: Element, message: str) -> DecodeError:
    return DecodeError("profile.xml.value", f"line {element.line}, {element.name}: {message}", field=element.name)
