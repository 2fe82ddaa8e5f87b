"""Data elements: characters (UNOC), lengths, digits, and not more of them than the MIG has."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.edifact.service import outside_unoc
from emtkit.export.mscons.validate.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.edifact.segments import Segment
    from emtkit.export.edifact.service import ServiceString

_NUMBER: Final = "n..35"  # of QTY 6060, the only one with sign and decimal mark
_DECIMAL: Final = re.compile(r"-?(?P<whole>[0-9]*)(?:(?P<mark>[.,])(?P<decimals>[0-9]*))?\Z")
_FORM: Final = re.compile(r"(an|a|n)(\.\.)?(\d+)\Z")


class Fault(NamedTuple):
    """What is wrong with a component: code, rule, place (element, component) and a sentence."""

    code: str
    rule: str
    place: tuple[int, int | None]
    message: str


@lru_cache(maxsize=256)
def plain_form(tag: str, service: ServiceString) -> re.Pattern[bytes]:
    """Return the pattern of a segment without a fault: one match instead of a walk through its components.

    What does not match may be sound all the same; `faults` says so.
    """
    forms = tables().elements.get(tag)
    if forms is None:
        return re.compile(rb"(?!)")
    marks = [re.escape(mark.encode("latin-1")) for mark in service[:2] + service[3:4] + service[5:6]]
    component, element, release, _ = marks
    data = rb"[^\x00-\x1f\x7f-\x9f" + b"".join(marks) + rb"]"
    released = release + rb"[\x20-\x7e\xa0-\xff]"
    pattern = b""
    for components in reversed(forms):
        inner = b""
        for _, form in reversed(components):
            part = _component(form, rb"(?:" + data + rb"|" + released + rb")", service.decimal)
            inner = part + (rb"(?:" + component + inner + rb")?" if inner else b"")
        pattern = rb"(?:" + element + inner + pattern + rb")?"
    return re.compile(tag.encode("latin-1") + pattern + rb"\Z", re.DOTALL)


def _component(form: str, data: bytes, mark: str) -> bytes:
    match = _FORM.match(form)
    if match is None:
        return data + rb"{0,70}"
    if form == _NUMBER:
        return rb"(?:-?[0-9]{1,25}(?:" + re.escape(mark.encode("latin-1")) + rb"[0-9]{1,10})?)?"
    kind, variable, size = match[1], match[2], match[3].encode()
    one = {"an": data, "a": rb"[A-Za-z]", "n": rb"[0-9]"}[kind]
    return one + rb"{0," + size + rb"}" if variable else rb"(?:" + one + rb"{" + size + rb"})?"


def faults(segment: Segment) -> Iterator[Fault]:
    """Give what is wrong with the components of a segment, apart from their meaning."""
    text = segment.raw.decode("latin-1")
    at = outside_unoc(text)
    if at >= 0:
        message = f"character 0x{ord(text[at]):02X} is not in UNOC (ISO 8859-1)"
        yield Fault("mscons_check.character", "UNOC", _outside(segment), message)
    forms = tables().elements.get(segment.tag)
    if forms is None:
        return
    if len(segment.elements) - 1 > len(forms):
        yield Fault(
            "mscons_check.element.many",
            f"MIG {segment.tag}",
            (len(forms) + 1, None),
            f"{segment.tag} has {len(forms)} data elements, here are {len(segment.elements) - 1}",
        )
    for element, (components, values) in enumerate(zip(forms, segment.elements[1:], strict=False), 1):
        if len(values) > len(components):
            yield Fault(
                "mscons_check.element.many",
                f"MIG {segment.tag}",
                (element, len(components) + 1),
                f"data element {element} of {segment.tag} has {len(components)} components, here are {len(values)}",
            )
        for component, ((number, form), value) in enumerate(zip(components, values, strict=False), 1):
            if value and (fault := _fault(form, value, segment.service.decimal)) is not None:
                code, message = fault
                yield Fault(code, f"MIG {segment.tag} DE{number} {form}", (element, component), message)


def _outside(segment: Segment) -> tuple[int, int | None]:
    """Return element and component of the first character that UNOC does not have."""
    for element, components in enumerate(segment.elements):
        for component, value in enumerate(components, 1):
            if outside_unoc(value) >= 0:
                return element, component
    return 0, None  # a separator: UNA said so


def _fault(form: str, value: str, mark: str) -> tuple[str, str] | None:
    match = _FORM.match(form)
    if match is None:
        return None
    kind, size = match[1], int(match[3])
    shown = value if len(value) <= 40 else value[:37] + "..."
    measured = value
    if form == _NUMBER:
        parts = _DECIMAL.match(value)
        if parts is None:
            return "mscons_check.element.type", f"{shown!r} is no number"
        if parts["mark"] and parts["mark"] != mark:
            return "mscons_check.element.decimal", f"{shown!r} has {parts['mark']!r}, UNA says {mark!r}"
        if parts["mark"] and not (parts["whole"] and parts["decimals"]):
            return "mscons_check.element.digit", f"{shown!r} has no digit beside the decimal mark"
        measured = parts["whole"] + (parts["decimals"] or "")
    if kind == "n" and not re.fullmatch(r"[0-9]+", measured):
        return "mscons_check.element.type", f"{shown!r} is no number"
    if kind == "a" and not re.fullmatch(r"[A-Za-z]+", measured):
        return "mscons_check.element.type", f"{shown!r} is not of letters only"
    if len(measured) > size:
        return "mscons_check.element.long", f"{shown!r} has {len(measured)} characters, {size} are possible"
    if not match[2] and len(measured) < size:
        return "mscons_check.element.short", f"{shown!r} has {len(measured)} characters, {size} are needed"
    return None
