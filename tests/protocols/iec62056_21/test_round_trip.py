"""What the encoder writes is what the decoder reads; whatever else comes gives a result or an EmtkitError."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.model.errors import EmtkitError, EncodeError
from emtkit.model.key import Key
from emtkit.model.reading import Reading
from emtkit.protocols.context import Context, Memory
from emtkit.protocols.iec62056_21 import decode, profiles, sniff
from emtkit.protocols.iec62056_21.datasets import DataSet, read_datasets
from emtkit.protocols.iec62056_21.encoder import (
    data_set,
    logbook_text,
    number_group,
    profile_text,
    reading_set,
    write_block,
    write_command,
    write_identification,
    write_p1,
    write_readout,
    write_request,
    write_select,
)
from emtkit.protocols.iec62056_21.messages import Command, Identification, OptionSelect, Request
from emtkit.protocols.iec62056_21.profiles import LogEntry, ProfileBlock, ProfileRow
from emtkit.protocols.iec62056_21.registers import register
from emtkit.protocols.iec62056_21.security import Ciphering, seal_telegram
from emtkit.protocols.iec62056_21.stamps import write_stamp
from emtkit.protocols.iec62056_21.status import status_flags
from emtkit.protocols.iec62056_21.units import TEXT_UNITS
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded

BERLIN = ZoneInfo("Europe/Berlin")
WHO = Identification("EMT", "5", 9600, "C", "", "KIT-1", 200)

ids = st.sampled_from(["1.8.0", "1-0:2.8.1", "C.1.0", "F.F", "1.6.1*07", "1.6.1&07", "1-1:30D", "0.2.0", "P.200"])
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="()!"), max_size=20)
MOMENTS = st.integers(946_684_800, 2_840_140_800).map(lambda second: datetime.fromtimestamp(second, UTC))
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**8)
units = st.sampled_from(["kWh", "kW", "kvarh", "V", "m3", "GJ", "m3/h"])
sets = st.lists(
    st.builds(lambda name, groups: DataSet(name, tuple(groups)), ids, st.lists(texts, min_size=1, max_size=4))
)


def read(data: bytes, memory: Memory | None = None, trace: Trace | None = None) -> Decoded:
    return decode(View(data), Context(memory=memory or Memory(), trace=trace))


def keyed(reading: Reading) -> tuple[object, ...]:
    return reading.obis, reading.value, reading.unit, reading.time, reading.status


@given(sets)
def test_data_sets(given_sets: list[DataSet]) -> None:
    text = "".join(f"{each}\r\n" for each in given_sets)
    assert [(each.id, each.groups) for each in read_datasets(text)] == [(each.id, each.groups) for each in given_sets]


@given(sets.filter(bool), st.booleans())
def test_readouts_are_sound(given_sets: list[DataSet], framed: bool) -> None:
    data = write_readout(given_sets, identification=WHO, framed=framed)
    got = read(data)
    assert got.layer(Identification) == WHO
    assert [check.ok for check in got.checks] == [True] * framed
    assert not [d for d in got.diagnostics if d.code in ("iec62056_21.data.unreadable", "iec62056_21.bcc.mismatch")]


@given(numbers, units)
def test_numbers_are_exact(number: Decimal, unit: str) -> None:
    reading = read(write_readout([data_set("1-1:30D", f"{number}*{unit}")])).readings[0]
    assert isinstance(reading.value, Decimal)
    assert reading.value == number * TEXT_UNITS[unit].factor
    text, _, sent = number_group(reading.value, unit).partition("*")
    assert (Decimal(text), sent) == (number, unit)


@given(st.lists(numbers, min_size=1, max_size=8))
def test_readings(values: list[Decimal]) -> None:
    readings = [
        Reading("energy", value, "Wh", f"1-0:1.8.{tariff}*255", tariff=tariff) for tariff, value in enumerate(values)
    ]
    got = read(write_readout([reading_set(reading, "Wh", digits=8) for reading in readings]))
    assert [keyed(reading) for reading in got.readings] == [keyed(reading) for reading in readings]


def test_a_reading_in_another_unit_and_with_its_time() -> None:
    at = datetime(2026, 7, 15, 12, 15, tzinfo=UTC)
    reading = Reading("power", Decimal("512.34"), "W", "1-0:1.6.1*255", function="maximum", time=at)
    assert str(reading_set(reading, "kW", digits=3)) == "1-0:1.6.1(000.51234*kW)(2607151415)"
    assert str(reading_set(Reading("datetime", at, None, "0-0:1.0.0*255"))) == "0-0:1.0.0(260715141500S)"
    assert str(reading_set(Reading("text", None, None, "0-0:96.13.0*255"))) == "0-0:96.13.0()"
    assert str(reading_set(Reading("energy", Decimal(-5), "Wh", "1-0:16.8.0*255"), digits=3)) == "1-0:16.8.0(-005*Wh)"


@st.composite
def blocks(draw: st.DrawFn) -> ProfileBlock:
    names = draw(
        st.lists(st.sampled_from(["1.5", "2.5.0", "1-1:1.29.0", "1.8.0"]), min_size=1, max_size=4, unique=True)
    )
    channels = tuple(register(name, "kW" if ".5" in name else "kWh") for name in names)
    start = draw(MOMENTS)
    start = start.replace(second=0, microsecond=0).astimezone(BERLIN)
    rows = draw(st.lists(st.lists(st.none() | numbers, min_size=len(names), max_size=len(names)), max_size=5))
    status = draw(st.sampled_from(["00", "0080", "00008020"]))
    stamp = write_stamp(start, BERLIN)
    block = ProfileBlock(
        "P.01",
        stamp,
        start,
        "summer" if stamp[0] == "1" else "winter",
        status,
        status_flags(status),
        timedelta(minutes=15),
        channels,
    )
    block.rows = [ProfileRow(start + timedelta(minutes=15 * at), tuple(row)) for at, row in enumerate(rows)]
    return block


@given(st.lists(blocks(), min_size=1, max_size=3))
def test_load_profiles(given_blocks: list[ProfileBlock]) -> None:
    data = write_block("".join(map(profile_text, given_blocks)))
    got = read(data)
    assert got.state == "complete"
    assert [layer for layer in got.layers if isinstance(layer, ProfileBlock)] == given_blocks
    assert profiles(got) == profiles(read(data))


@given(
    st.lists(
        st.builds(
            lambda at, status, values: LogEntry(
                "P.98",
                write_stamp(at, BERLIN),
                at.astimezone(BERLIN),
                "summer" if write_stamp(at, BERLIN)[0] == "1" else "winter",
                status,
                status_flags(status),
                tuple(values),
            ),
            MOMENTS.map(lambda at: at.replace(microsecond=0).astimezone(BERLIN)),
            st.sampled_from(["00", "00000080", "00008020"]),
            st.lists(st.tuples(ids, st.just(""), texts), max_size=3),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_logbooks(entries: list[LogEntry]) -> None:
    got = read(write_block(logbook_text(entries)))
    assert [layer for layer in got.layers if isinstance(layer, LogEntry)] == entries


def test_an_empty_logbook() -> None:
    assert read(write_block(logbook_text([]))).status == ("ERROR",)


@given(texts.filter(lambda text: "/" not in text and "?" not in text))
def test_requests(address: str) -> None:
    assert read(write_request(address)).layer(Request) == Request(address)


@given(st.from_regex(r"[0-2][0-9A-F][0-9]", fullmatch=True))
def test_option_selects(characters: str) -> None:
    option = OptionSelect(*characters)
    assert read(write_select(option)).layer(OptionSelect) == option


@given(st.sampled_from(["P0", "P1", "R1", "R5", "W5", "E2", "B0"]), texts)
def test_commands(kind: str, text: str) -> None:
    got = read(write_command(Command(kind[0], kind[1], "", f"({text})" if kind != "B0" else "")))
    command = got.layer(Command)
    assert (command.letter + command.type, command.data) == (kind, f"({text})" if kind != "B0" else "")
    assert (got.state, got.checks[0].ok) == ("complete", True)


@pytest.mark.parametrize("reaction", [20, 200])
@pytest.mark.parametrize(("baud", "rate", "mode"), [("5", 9600, "C"), ("C", 2400, "B"), ("-", None, "A")])
def test_identifications(baud: str, rate: int | None, mode: str, reaction: int) -> None:
    who = Identification("EMT", baud, rate, mode, "", "KIT", reaction)  # type: ignore[arg-type] # a literal
    assert read(write_identification(who)).layer(Identification) == who


@pytest.mark.parametrize(
    "build",
    [
        lambda: data_set("1.8.0", "a)b"),
        lambda: data_set("1(8", "1"),
        lambda: data_set("1.8.0", "\u00fc"),
        lambda: write_request("x" * 33),
        lambda: write_request("a!b"),
        lambda: write_select(OptionSelect("x", "5", "0")),
        lambda: write_command(Command("rr", "5", "", "")),
        lambda: write_block("\x03"),
        lambda: write_identification(WHO._replace(manufacturer="EM")),
        lambda: write_identification(WHO._replace(text="a\nb")),
        lambda: number_group(Decimal(1), "furlong"),
        lambda: number_group(Decimal(1), "h"),
        lambda: number_group(Decimal("NaN")),
    ],
)
def test_what_cannot_be_written(build: object) -> None:
    with pytest.raises(EncodeError):
        build()  # type: ignore[operator] # a lambda


# ---- any bytes

P1 = write_p1(
    WHO,
    [
        data_set("0-0:1.0.0", "260715143000S"),
        data_set("1-0:99.97.0", "1", "0-0:96.7.19", "250609063239S", "0000000345*s"),
        data_set("0-1:24.2.1", "260715141507S", "00234.567*m3"),
    ],
)
PROFILE = write_block("P.01(1260715161500)(0080)(15)(2)(1.5)(kW)(2.5)(kW)\r\n(0.184)(0.001)\r\n(0.168)()\r\n")
LOG = write_block("P.98(1260901120700)(00008020)()(2)(0.9.1)()(0.9.2)()(1120703)(1260901)\r\n")
SESSION = b"/?!\r\n/EMT5KIT\r\n\x06051\r\n\x01P0\x02(26)\x03" + bytes([0x55]) + PROFILE
SAMPLES = [P1, PROFILE, LOG, SESSION, write_readout([data_set("6.8", "1*GJ"), data_set("9.4", "8*C&7*C")])]


def survives(data: bytes) -> None:
    """Decode with and without a trace: the same result, and spans that cover the input."""
    sniff(data)
    trace = Trace()
    try:
        traced = read(data, trace=trace)
    except EmtkitError as error:
        with pytest.raises(type(error)):
            read(data)
        return
    plain = read(data)
    assert [r.to_dict() for r in plain.readings] == [r.to_dict() for r in traced.readings]
    assert plain.diagnostics == traced.diagnostics
    profiles(plain)
    spans = trace.cover(data)
    assert b"".join(data[span.start : span.end] for span in spans) == data
    assert not [span for span in spans if span.field == "rest"]
    for reading in plain.readings:
        assert data[reading.start : reading.end] == reading.raw or not data.isascii()


@pytest.mark.parametrize("data", SAMPLES)
def test_every_prefix_and_every_suffix(data: bytes) -> None:
    for at in range(len(data)):
        survives(data[:at])
        survives(data[at:])


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.integers(0, 10**6), st.integers(1, 255))
def test_every_bit_flip(data: bytes, place: int, change: int) -> None:
    changed = bytearray(data)
    changed[place % len(data)] ^= change
    survives(bytes(changed))


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from(
                [
                    *(
                        b"(",
                        b")",
                        b"\r\n",
                        b"!",
                        b"/EMT5",
                        b"\x01R5",
                        b"\x02",
                        b"\x03",
                        b"\x04",
                        b"\x06050\r\n",
                        b"\x15",
                    ),
                    *(b"P.01(0260115101500)(00)(15)(1)(1.5)(kW)", b"(1)", b"1.8.0(1*kWh)", b"(ERROR)", b"6.8(1*GJ)"),
                    *(b"0-1:24.2.1(", b"0-0:98.1.0(2)(1-0:1.6.0)(260601000000S)(1*kW)", b"F.F(1)", b"0.9.1(", b"&"),
                ]
            ),
        ),
        max_size=12,
    )
)
def test_any_bytes(parts: list[bytes]) -> None:
    survives(b"".join(parts))


def test_time_is_linear_in_the_input() -> None:
    units = b"(,a,(a),a(,!,/,\r\n,\x02,6.8,6.8(,/EMT5\r\n,1.8.0(1*kWh)\r\n,(1*A),P.01(".split(b",")
    for unit in units:
        start = time.process_time()
        with contextlib.suppress(EmtkitError):
            read(b"\x02" + unit * (100_000 // len(unit)))
        assert time.process_time() - start < 5, unit


def test_a_sealed_telegram_survives_bit_flips() -> None:
    sealed = seal_telegram(P1, Ciphering(b"EMT\0\0\0\0\x1a", 0x30, 1), Key(bytes(16)))
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 0x41
        survives(bytes(changed))
