"""XML, JSON and A-XDR: what is written is read back; any other bytes are answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.export.profile_generic import to_axdr, to_json, to_xml
from emtkit.export.profile_generic.profile import INTEGERS, Column, Entry, Profile
from emtkit.model.errors import EmtkitError
from emtkit.model.jsontext import loads
from emtkit.model.obis import Obis

OBIS = st.builds(Obis, *[st.integers(0, 255)] * 6)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}(\.eui)?", fullmatch=True)
# whole hundredths of a second, which is what a COSEM clock has
START = datetime(2000, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 5 * 10**11).map(lambda count: START + count * timedelta(milliseconds=10))
STATUS = st.one_of(st.none(), st.integers(0, 2**64 - 1), st.binary(max_size=9))


def entries(kind: str) -> st.SearchStrategy[Entry]:
    bits, signed = INTEGERS[kind]
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.builds(
        Entry,
        st.integers(low, high),
        st.integers(-128, 127),
        st.integers(0, 255),
        TIMES,
        STATUS,
        st.one_of(st.none(), st.binary(max_size=5)),
        st.just(kind),
    )


def _with_register(column: Column) -> Column:
    if column.entries:
        column.scaler, column.unit = column.entries[0].scaler, column.entries[0].unit
    return column


COLUMNS = st.builds(Column, OBIS, NAMES, st.lists(st.sampled_from(sorted(INTEGERS)).flatmap(entries), max_size=4)).map(
    _with_register
)
PROFILES = st.builds(Profile, OBIS, NAMES, st.lists(COLUMNS, max_size=4), st.none(), st.integers(0, 255))


@st.composite
def buffers(draw: st.DrawFn) -> Profile:
    """Give a profile whose registers share their rows; all entries have a status, or none."""
    has_status, times = draw(st.booleans()), draw(st.lists(TIMES, max_size=5))
    status = [draw(STATUS.filter(lambda status: status is not None)) if has_status else None for _ in times]
    columns = draw(st.lists(st.tuples(OBIS, st.sampled_from(sorted(INTEGERS))), min_size=1, max_size=4))
    profile = Profile(draw(OBIS), "x", [], timedelta(minutes=15))
    for obis, kind in columns:
        column = Column(obis, "x", [], draw(st.integers(-128, 127)), draw(st.integers(0, 255)))
        low, high = -(1 << 63), (1 << 64) - 1
        numbers = st.integers(low, high).filter(INTEGERS[kind].holds) if "64" in kind else st.integers(0, 127)
        column.entries = [
            Entry(draw(numbers), column.scaler, column.unit, time, word, None, kind)
            for time, word in zip(times, status, strict=True)
        ]
        profile.columns.append(column)
    return profile


SAMPLE = Profile(
    Obis(1, 0, 99, 1, 0),
    "1emt0000010001",
    [
        Column(
            Obis(1, 0, 1, 8, 0),
            "1emt0000010001",
            [
                Entry(1_000_000 + 25 * index, -1, 30, datetime(2026, 11, 2, index, tzinfo=UTC), b"\xa0" * 8, b"\1\2")
                for index in range(3)
            ],
            -1,
            30,
        )
    ],
    timedelta(hours=1),
)
DESCRIPTION = Profile(SAMPLE.obis, SAMPLE.name, [Column(Obis(1, 0, 1, 8, 0), "x", [], -1, 30)], timedelta(hours=1))


@given(PROFILES)
def test_xml(profile: Profile) -> None:
    read = to_xml.decode(to_xml.encode(profile))
    assert read.profile == profile
    assert read.diagnostics == []
    assert [(column.scaler, column.unit) for column in read.profile.columns] == [
        (column.scaler, column.unit) if column.entries else (0, 255) for column in profile.columns
    ]


@given(PROFILES, st.one_of(st.none(), st.integers(1, 10**6)))
def test_json(profile: Profile, period: int | None) -> None:
    profile.period = None if period is None else timedelta(seconds=period)
    text = to_json.encode(profile)
    assert to_json.decode(text) == profile
    for form, column in zip(loads(text.decode())["columns"], profile.columns, strict=True):
        assert [Decimal(entry["value"]) for entry in form["entries"]] == [entry.value for entry in column.entries]


@given(buffers(), st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata"]))
def test_axdr(profile: Profile, zone: str) -> None:
    buffer = to_axdr.encode(profile, ZoneInfo(zone))
    assert to_axdr.decode(buffer, profile, ZoneInfo(zone)) == profile
    described = to_json.decode(to_json.encode(profile, "x.axdr"))
    assert to_axdr.decode(buffer, described, ZoneInfo(zone)) == profile


FORMS = [
    (to_xml.encode(SAMPLE), to_xml.decode),
    (to_json.encode(SAMPLE), to_json.decode),
    (to_axdr.encode(SAMPLE), lambda data: to_axdr.decode(data, DESCRIPTION)),
]


@given(st.sampled_from(range(len(FORMS))), st.data())
@settings(max_examples=300)
def test_every_prefix_and_flip_is_answered(number: int, data: st.DataObject) -> None:
    whole, decode = FORMS[number]
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    if damaged and data.draw(st.booleans()):
        damaged = bytearray(whole)
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        decode(bytes(damaged))
    except EmtkitError as error:
        assert error.code.startswith(("profile.", "dlms."))


@given(st.sampled_from(range(len(FORMS))), st.binary(max_size=60))
def test_any_bytes_are_answered(number: int, data: bytes) -> None:
    try:
        FORMS[number][1](data)
    except EmtkitError as error:
        assert error.code.startswith(("profile.", "dlms."))
