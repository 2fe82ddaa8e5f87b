"""Every column of the AHB: a message made of what it demands is valid, and each part of it is missed when it is gone.

The messages are made from the tables, so this shows that tables, structure and conditions fit together; other people's
messages are in tests/corpora.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.export.mscons.validate import check_interchanges
from emtkit.export.mscons.validate.findings import KINDS
from emtkit.export.mscons.validate.structure import FIRST, Walk, tree
from emtkit.export.mscons.validate.tables import places_of, tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.export.mscons.validate import InterchangeReport
    from emtkit.export.mscons.validate.tables import Cell

GAS: Final = ("13002", "13007", "13008", "13009", "13013")
REFERENCES: Final = {"13006": "VL"}
IDS: Final = {
    "950": "51238696781",
    "951": "DE00014559929E00856996N5139699L01",
    "922": "D0000000002",
    "904": "11YR000000011247",
    "905": "H01",
}
REGISTERS: Final = {
    "13002": "7-0:3.0.0", "13003": "1-1:1.29.0", "13005": "1-1:1.29.0", "13007": "7-0:54.0.16",
    "13008": "7-20:99.33.17", "13009": "7-0:33.86.0", "13010": "1-0:1.29.0", "13011": "1-0:1.29.0",
    "13012": "1-0:1.29.0", "13013": "7-0:9.98.0", "13014": "1-0:1.98.0", "13015": "1-1:1.9.0", "13016": "1-0:1.9.0",
    "13017": "1-1:1.8.0", "13018": "1-1:1.29.0", "13019": "1-1:1.9.0", "13020": "AUA", "13021": "SOL", "13022": "AUA",
    "13023": "AUA", "13025": "1-1:1.29.0", "13026": "AUA", "13027": "1-1:1.29.0", "13028": "1-1:1.9.0",
}  # fmt: skip
# where the first code of the column is not the one that fits the others
CODES: Final = {
    ("13003", "1001"): "Z39", ("13011", "7143"): "SRW", ("13016", "7143"): "SRW", ("13020", "1001"): "Z69",
    ("13020", "6411"): "KWH",
}  # fmt: skip
TIMES: Final = {
    "303": {"137": "202611100800+00", "163": "202611012300+00", "164": "202611022300+00", "7": "202611012300+00"},
    "304": {"293": "20261110080000+00"},
    "610": {"492": "202610", "157": "202610", "306": "202610"},
    "102": {"306": "20261101"},
}
# segments that a sender leaves out: `Soll`, and what has another condition than the message made here
OPTIONAL: Final = frozenset({"00022", "00029", "00031", "00033", "00034", "00035", "00036", "00037", "00038"})
LEFT_OUT: Final = {
    "13002": {"00006", "00008", "00027", "00028"}, "13003": {"00018", "00019"}, "13008": {"00006"},
    "13009": {"00006", "00032"}, "13010": {"00019"}, "13012": {"00019"}, "13014": {"00006"}, "13015": {"00032"},
    "13016": {"00006", "00032"}, "13017": {"00006"}, "13018": {"00006"}, "13019": {"00006"},
    "13020": {"00018", "00019"}, "13022": {"00006"}, "13025": {"00006"}, "13027": {"00030"},
}  # fmt: skip


def release_characters(text: str) -> str:
    return re.sub(r"([?:+'])", r"?\1", text)


def value_of(pid: str, cell: Cell, qualifier: str) -> str:
    """Return a value that the cell of the AHB allows."""
    if cell.codes:
        return CODES.get((pid, cell.number)) or next(iter(cell.codes))
    names = cell.status.conditions
    values = {
        "0062": "1", "0074": "0", "1004": "DOC-1", "1082": "0" if pid == "13011" else "1", "6060": "12",
        "7037": "AXX", "1154": "REF-1", "7140": REGISTERS.get(pid, ""),
    }  # fmt: skip
    if cell.number == "3039":
        return ("9800000000013", "9800000000021")[qualifier == "MR"] if pid in GAS else (
            "9900000000011", "9900000000029")[qualifier == "MR"]  # fmt: skip
    if cell.number in ("3225", "3223"):
        return next((IDS[name] for name in IDS if name in names), "51238696781")
    return values.get(cell.number, "")


def segment_of(pid: str, number: str) -> str:
    """Return the text of a segment as the AHB of the use case has it."""
    place, slot = tables().places[number], tables().use_cases[pid].slots[number]
    elements: dict[tuple[int, int], str] = {}
    for cell in slot.cells:
        qualifier = elements.get((1, 1), "")
        elements[cell.element, cell.component] = value_of(pid, cell, qualifier)
    if place.tag == "DTM":
        gas = pid in ("13002", "13008", "13009")
        text = TIMES[elements[1, 3]][elements[1, 1]]
        elements[1, 2] = text.replace("2300+", "0500+") if gas and elements[1, 1] != "137" else text
    if place.tag == "UNH":
        elements[2, 5] = "2.5"
        elements = {key: text for key, text in elements.items() if key[0] <= 2}
    last = max(element for element, _ in elements)
    parts = []
    for element in range(1, last + 1):
        many = max((c for e, c in elements if e == element), default=0)
        components = [release_characters(elements.get((element, c), "")) for c in range(1, many + 1)]
        parts.append(":".join(components))
    return "+".join([place.tag, *parts])


@cache
def message_of(pid: str) -> tuple[str, ...]:
    """Return the segments, UNH to UNT, of a message with everything that the use case demands."""
    left_out = OPTIONAL | LEFT_OUT.get(pid, set())
    slots = tables().use_cases[pid].slots
    found = [segment_of(pid, number) for number in places_of("2.5") if number in slots and number not in left_out]
    if pid == "13008":  # hours of a gas day
        at = next(i for i, text in enumerate(found) if text.startswith("QTY"))
        hours = [f"202611{1 + (5 + h) // 24:02}{(5 + h) % 24:02}00?+00" for h in range(25)]
        found[at : at + 3] = [
            text
            for begin, end in pairwise(hours)
            for text in ("QTY+220:12", f"DTM+163:{begin}:303", f"DTM+164:{end}:303")
        ]
    if pid in ("13018", "13025"):
        at = next(i for i, text in enumerate(found) if text.startswith("QTY"))
        marks = [(1 + (92 + q) // 96, (92 + q) % 96) for q in range(97)]
        times = [f"202611{day:02}{quarter // 4:02}{quarter % 4 * 15:02}?+00" for day, quarter in marks]
        found[at : at + 3] = [
            text
            for begin, end in pairwise(times)
            for text in ("QTY+220:12", f"DTM+163:{begin}:303", f"DTM+164:{end}:303")
        ]
    return tuple(found)


def interchange(pid: str, segments: tuple[str, ...] | list[str]) -> bytes:
    unb = tables().use_cases[pid].slots["00002"]
    reference = REFERENCES.get(pid) or next(next(iter(c.codes)) for c in unb.cells if c.number == "0026")
    kind = "502" if pid in GAS else "500"
    sender, receiver = ("9800000000013", "9800000000021") if pid in GAS else ("9900000000011", "9900000000029")
    body = [f"UNT+{len(segments)}+1" if text.startswith("UNT") else text for text in segments]
    head = f"UNB+UNOC:3+{sender}:{kind}+{receiver}:{kind}+261110:0800+REF1++{reference}"
    return ("'".join([head, *body, "UNZ+1+REF1"]) + "'").encode("latin-1")


def check(data: bytes) -> InterchangeReport:
    (report,) = check_interchanges(data)
    return report


PIDS: Final = sorted(tables().use_cases)


@pytest.mark.parametrize("pid", PIDS)
def test_what_the_ahb_demands_is_enough(pid: str) -> None:
    report = check(interchange(pid, message_of(pid)))
    assert [(finding.rule, finding.message) for finding in report.errors] == []
    assert report.messages == 1


@pytest.mark.parametrize("pid", PIDS)
def test_each_segment_is_missed_and_each_is_there_once(pid: str) -> None:
    segments = message_of(pid)
    seen = set()
    for index, text in enumerate(segments):
        kind = text[:7]
        if kind in seen or text[:3] in ("UNH", "UNT"):
            continue
        seen.add(kind)
        less = check(interchange(pid, [*segments[:index], *segments[index + 1 :]]))
        assert not less.valid, f"{pid} without {text}"
        more = check(interchange(pid, [*segments[: index + 1], text, *segments[index + 1 :]]))
        if (pid, text[:3]) in (("13013", "NAD"), ("13011", "QTY")):
            continue  # an allocation list has many locations, a line of profiles many values
        assert not more.valid, f"{pid} with {text} twice"


# family -> what is done to a segment, and the kinds of findings that may name it
FAMILIES: Final[dict[str, tuple[Callable[[str], str], set[str]]]] = {
    "emptied": (lambda _: "", {"mscons_check.missing", "mscons_check.segment.unknown", "mscons_check.register",
                               "mscons_check.segment.place", "mscons_check.pruefidentifikator"}),
    "long": (lambda old: old + "X" * 600, {"mscons_check.element.long", "mscons_check.element.type"}),
    "other": (lambda _: "QQQ", {
        "mscons_check.code", "mscons_check.value", "mscons_check.segment.unknown", "mscons_check.element.type",
        "mscons_check.date", "mscons_check.format", "mscons_check.register", "mscons_check.line_number",
        "mscons_check.pruefidentifikator", "mscons_check.reference", "mscons_check.element.long",
        "mscons_check.release", "mscons_check.envelope.count", "mscons_check.envelope.reference",
        "mscons_check.element.short", "mscons_check.segment.place", "mscons_check.missing",
    }),
    "bad character": (lambda old: old + "\x07", {"mscons_check.character"}),
}  # fmt: skip
# texts that may be anything: document number, references, device, Konfigurations-ID, type of a time series, profile
FREE: Final = re.compile(r"(BGM\+\w+\+|RFF\+(?!Z13)\w+:|CCI\+15\+\+|LOC\+Z0\d\+)")


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_wrong_component_is_named_by_its_family(data: st.DataObject) -> None:
    pid = data.draw(st.sampled_from(PIDS))
    segments = list(message_of(pid))
    index = data.draw(st.integers(0, len(segments) - 2))
    family = data.draw(st.sampled_from(sorted(FAMILIES)))
    change, kinds = FAMILIES[family]
    text = segments[index]
    parts = re.split(r"(?<!\?)([+:])", text)
    at = data.draw(st.integers(1, len(parts) // 2)) * 2
    if not parts[at] or (family == "other" and FREE.match("".join(parts[:at])) and at > 2):
        return
    parts[at] = change(parts[at])
    if text.startswith("UNH") and at < 6:
        kinds = kinds | {"mscons_check.envelope.reference", "mscons_check.release"}
    elif text.startswith("UNH"):
        kinds = kinds | {"mscons_check.release"}
    segments[index] = "".join(parts)
    report = check(interchange(pid, segments))
    assert kinds & {finding.code for finding in report.errors}, (pid, segments[index], report.errors[:3])


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_segments_in_another_order_are_named(data: st.DataObject) -> None:
    pid = data.draw(st.sampled_from(PIDS))
    segments = list(message_of(pid))
    first = data.draw(st.integers(1, len(segments) - 3))
    second = data.draw(st.integers(first + 1, len(segments) - 2))
    if free_order(places_in(segments)[first : second + 1]):
        return
    segments[first], segments[second] = segments[second], segments[first]
    if segments == list(message_of(pid)):
        return
    report = check(interchange(pid, segments))
    assert not report.valid, (pid, segments[first], segments[second])
    assert all(finding.code in KINDS for finding in report.errors)


def places_in(segments: list[str]) -> list[str]:
    """Return the numbers in the MIG of the segments of a message."""
    walk = Walk("2.5")
    found = [FIRST]
    for text in segments[1:]:
        tag, _, rest = text.partition("+")
        place = walk.step(tag, re.split(r"[+:]", rest)[0])
        assert place is not None
        found.append(place.number)
    return found


def free_order(numbers: list[str]) -> bool:
    """Segments of one counter may come in any order; so may groups of one counter, and values of a line."""
    known = tables()
    triggers = {place.number for place in tree("2.5").triggers.values()}
    groups = {known.places[number].group for number in numbers}
    counters = {known.places[number].counter for number in numbers}
    heads = {known.groups[known.places[number].group].counter for number in numbers if number in triggers}
    return len(counters) == 1 or groups == {"SG10"} or (
        all(number in triggers for number in numbers) and len(heads) == 1
    )  # fmt: skip
