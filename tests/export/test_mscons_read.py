"""Reading MSCONS: what was written comes back, damaged files say where, any bytes end well."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.edifact.service import ServiceString
from emtkit.export.mscons.incoming.as_capture import is_edifact, read_decoded
from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.export.mscons.incoming.summary import summarise, to_dict
from emtkit.export.mscons.incoming.values import read_number, read_time
from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.export.mscons.outgoing.to_message import to_interchange, to_message
from emtkit.export.mscons.registers import Kind, kind_of
from emtkit.model.errors import DecodeError, EmtkitError, EncodeError, Truncated
from emtkit.model.series import Quality
from emtkit.protocols.registry import series_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.mscons.incoming.received import ReceivedMessage
    from emtkit.model.decoded import Decoded
    from emtkit.model.series import Series

SENDER = Partner("9900000000011", "500", "293")
RECEIVER = Partner("9900000000029", "500", "293")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)
MADE = datetime(2026, 11, 3, 8, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
COMMA = ServiceString(decimal=",")


def profile(values: list[Quantity], **fields: object) -> Message:
    head: dict[str, object] = {
        "reference": "1",
        "release": "2.5",
        "document_code": "Z48",
        "document": "EMT1-1",
        "date": MADE,
        "pruefidentifikator": "13025",
        "sender": SENDER,
        "receiver": RECEIVER,
        "location": "51238696781",
        "begin": START,
        "end": START + len(values) * QUARTER,
        "lines": [Line("1-1:1.29.0", values)],
    }
    return Message(**{**head, **fields})  # type: ignore[arg-type]  # one table for all kinds of fields


def quarters(*texts: str) -> list[Quantity]:
    return [
        Quantity(Decimal(text), "220", START + index * QUARTER, START + (index + 1) * QUARTER)
        for index, text in enumerate(texts)
    ]


def file_of(*messages: Message, service: ServiceString | None = None) -> bytes:
    service = service or ServiceString()
    interchange = Interchange(
        reference="EMT1", sender=SENDER, receiver=RECEIVER, created=MADE, application_reference="TL", service=service
    )
    return interchange.text(map(MessageWriter(service).text, messages)).encode("latin-1")


def decoded_of(data: bytes) -> list[Decoded]:
    return list(read_decoded(data))


def only_series(data: bytes) -> Series:
    (decoded,) = decoded_of(data)
    (series,) = series_of(decoded)
    return series


def first_of(data: bytes) -> ReceivedMessage:
    return next(iter(read_interchange(data)))


def codes_of(data: bytes) -> list[str]:
    reader = read_interchange(data)
    found = []
    for message in reader:
        for _ in message.quantities():
            pass
        found += [finding.code for finding in message.diagnostics]
    return found + [finding.code for finding in reader.diagnostics]


def test_the_head_is_known_before_the_values() -> None:
    reader = read_interchange(io.BytesIO(file_of(profile(quarters("0.971")))))
    message = next(iter(reader))
    assert (message.pruefidentifikator, message.release, message.location) == ("13025", "2.5", "51238696781")
    assert (message.sender, message.receiver) == (SENDER, RECEIVER)
    assert (message.begin, message.end) == (START, START + QUARTER)
    assert reader.envelope.created == MADE
    (quantity,) = message.quantities()
    assert (quantity.value, quantity.code, quantity.begin) == (Decimal("0.971"), "220", START)
    assert (quantity.line.obis, quantity.line.list, quantity.segment) == ("1-1:1.29.0", "SRW", 14)
    with pytest.raises(DecodeError, match="read before"):
        list(message.quantities())


def test_values_that_were_passed_over_are_not_silently_empty() -> None:
    (message,) = read_interchange(file_of(profile(quarters("1"))))
    with pytest.raises(DecodeError) as caught:
        list(message.quantities())
    assert caught.value.code == "mscons.read.passed"


def test_messages_that_nobody_reads_are_passed_over() -> None:
    data = file_of(profile(quarters("1", "2")), profile(quarters("3"), reference="2"))
    assert [message.reference for message in read_interchange(data)] == ["1", "2"]


@pytest.mark.parametrize("service", [ServiceString(), COMMA, ServiceString("|", "*", ",", "!", " ", "~")])
def test_written_messages_come_back_and_are_written_again_byte_for_byte(service: ServiceString) -> None:
    substitute = Quantity(Decimal("0.5"), "67", START, START + QUARTER, method="Z92", reason="Z75", correction="ZA4")
    reading = Quantity(
        Decimal("12345.678"), ablesedatum=date(2026, 11, 1), nutzungszeitpunkt=START, plausibility=("Z83", "Z84")
    )
    messages = [
        profile([substitute]),
        profile(
            [], reference="2", document="EMT1-2", document_code="7", pruefidentifikator="13017", begin=None, end=None,
            location="DE00056266802AO6G56M11SN51G21M24S", device="A+B:C'D?E|F*G~H!",
            lines=[Line("1-1:1.8.1", [reading]), Line("1-1:1.8.2", [reading])],
        ),
        profile(
            [], reference="3", location=None, konfigurations_id="KONFIG-ÄÖ",
            lines=[Line("1-1:1.9.0", quarters("-7.10"))],
        ),
    ]  # fmt: skip
    data = file_of(*messages, service=service)
    reader = read_interchange(data)
    again = [to_message(message) for message in reader]
    text = to_interchange(reader.envelope).text(map(MessageWriter(service).text, again))
    assert again == messages
    assert text.encode("latin-1") == data


def test_a_load_profile_becomes_a_series_in_base_units() -> None:
    values = [
        *quarters("0.018", "1"),
        Quantity(Decimal("0.5"), "67", START + 2 * QUARTER, START + 3 * QUARTER, method="Z92", reason="Z75"),
        Quantity(Decimal("0.25"), "Z18", START + 3 * QUARTER, START + 4 * QUARTER),
    ]
    series = only_series(file_of(profile(values), service=COMMA))
    assert (series.meter.id, series.obis, series.unit, series.kind) == (
        "51238696781",
        "1-1:1.29.0*255",
        "Wh",
        "interval",
    )
    assert series.step == QUARTER
    assert [value.value for value in series.values] == [Decimal(18), Decimal(1000), Decimal(500), Decimal(250)]
    assert [value.quality for value in series.values] == [
        Quality.TRUE, Quality.TRUE, Quality.SUBSTITUTE, Quality.PRELIMINARY,
    ]  # fmt: skip
    assert (series.values[2].method, series.values[2].reason) == ("interpolation", "communication")
    assert series.values[0].start == START


def test_readings_say_the_codes_of_the_market() -> None:
    substitute = Quantity(Decimal("0.5"), "67", START, START + QUARTER, method="Z92", reason="Z75")
    (decoded,) = decoded_of(file_of(profile([substitute, quarters("1", "2")[1]])))
    first, second = decoded.readings
    assert (first.quantity, first.value, first.unit, first.time) == ("energy", Decimal(500), "Wh", START + QUARTER)
    assert (first.status, second.status) == ("67 Z32:Z92 Z40:Z75", None)
    assert decoded.state == "complete"


def test_a_reading_of_a_device_is_of_that_meter() -> None:
    reading = Quantity(Decimal("4711.5"), ablesedatum=START + timedelta(minutes=3), nutzungszeitpunkt=START)
    message = profile(
        [], location="DE00056266802AO6G56M11SN51G21M24S", device="7EMT0012345678", begin=None, end=None,
        lines=[Line("7-0:3.0.0", [reading])],
    )  # fmt: skip
    series = only_series(file_of(message))
    assert (series.meter.identifier, series.meter.id, series.meter.medium) == ("7EMT0012345678", "12345678", "gas")
    (value,) = series.values
    assert (value.start, value.end, value.value, series.unit) == (START, START, Decimal("4711.5"), "m3")
    assert value.sources == (START + timedelta(minutes=3),)


def with_values(*segments: str, head: str = "", release: str = "2.5", pid: str = "13025") -> bytes:
    """Write a file by hand: what the writer cannot."""
    inner = [
        f"UNH+1+MSCONS:D:04B:UN:{release}", "BGM+7+D1+9", "DTM+137:202611030800?+00:303", f"RFF+Z13:{pid}",
        "NAD+MS+9900000000011::293", "NAD+MR+9900000000029::293", "UNS+D", "NAD+DP", *filter(None, head.split("|")),
        *segments,
    ]  # fmt: skip
    body = [
        "UNB+UNOC:3+9900000000011:500+9900000000029:500+261103:0800+R1++TL", *inner,
        f"UNT+{len(inner) + 1}+1", "UNZ+1+R1",
    ]  # fmt: skip
    return "".join(f"{segment}'\r\n" for segment in body).encode("latin-1")


def test_a_leistungsperiode_is_the_month_of_german_law() -> None:
    series = only_series(
        with_values("LIN+1", "PIA+5+1-1?:1.6.0:SRW", "QTY+220:42.124", "DTM+306:202610:610", head="LOC+172+51238696781")
    )
    (value,) = series.values
    assert (value.start.isoformat(), value.end.isoformat()) == (
        "2026-09-30T22:00:00+00:00",
        "2026-10-31T23:00:00+00:00",
    )
    assert (value.value, series.unit) == (Decimal(42124), "W")


def test_a_gas_day_has_25_hours_in_october() -> None:
    start = datetime(2026, 10, 24, 4, tzinfo=UTC)
    times = [(start + timedelta(hours=hour)).strftime("%Y%m%d%H%M") for hour in range(26)]
    lines = ["LIN+1", "PIA+5+7-20?:99.33.17:SRW"]
    for begin, end in pairwise(times):
        lines += ["QTY+220:1.25", f"DTM+163:{begin}?+00:303", f"DTM+164:{end}?+00:303"]
    series = only_series(with_values(*lines, head="LOC+172+51238696781"))
    assert (len(series.values), series.unit, series.step) == (25, "Wh", timedelta(hours=1))
    assert series.values[-1].end.isoformat() == "2026-10-25T05:00:00+00:00"


def test_a_medium_with_its_unit() -> None:
    (decoded,) = decoded_of(
        with_values(
            "LIN+1", "PIA+5+AUA:Z08", "QTY+220:1.5:KWH", "DTM+163:202610312300?+00:303", "DTM+164:202610312315?+00:303",
            head="LOC+172+51238696781|DTM+293:20261103080000?+00:304", release="2.4b", pid="13022",
        )
    )  # fmt: skip
    (reading,) = decoded.readings
    assert (reading.obis, reading.name, reading.value, reading.unit) == (None, "AUA", Decimal(1500), "Wh")


def test_old_releases_have_local_offsets() -> None:
    data = with_values(
        "LIN+1", "PIA+5+1-1?:1.29.0:SRW", "QTY+220:1", "DTM+163:202611010000?+01:303", "DTM+164:202611010015?+01:303",
        head="LOC+172+51238696781", release="2.2e",
    )  # fmt: skip
    (value,) = only_series(data).values
    assert value.start == START
    message = first_of(data)
    assert to_dict(summarise(message), "old.txt")["first"] == "2026-11-01T00:00:00+01:00"


def test_values_of_a_raster_without_times_of_their_own() -> None:
    data = with_values(
        "LIN+1", "PIA+5+1-1?:1.29.0*255:SRW", "QTY+220:1:KWH", "QTY+220:2:KWH",
        head="LOC+172+51238696781|DTM+163:202610312300?+00:303|DTM+672:15:806",
    )  # fmt: skip
    assert [value.end - START for value in only_series(data).values] == [QUARTER, 2 * QUARTER]


def test_a_cancellation_says_what_it_takes_back() -> None:
    data = with_values(head="LOC+172", pid="13006").replace(b"D1+9", b"D2+1").replace(b"RFF+Z13", b"RFF+ACW:D1'RFF+Z13")
    data = data.replace(b"UNT+10", b"UNT+11")
    (decoded,) = decoded_of(data)
    (finding,) = decoded.diagnostics
    assert finding.code == "mscons.read.cancellation"
    assert "D1" in finding.message
    assert (decoded.meter, decoded.readings) == (None, [])


def test_the_figures_of_a_message() -> None:
    message = first_of(file_of(profile(quarters("0.971", "1", "0.029"))))
    assert to_dict(summarise(message), "a.txt") == {
        "file": "a.txt",
        "message": "1",
        "pid": "13025",
        "release": "2.5",
        "sender": "9900000000011",
        "receiver": "9900000000029",
        "locations": ["51238696781"],
        "configuration_ids": [],
        "obis": ["1-1:1.29.0"],
        "values": 3,
        "sum": Decimal("2.000"),
        "quality": {"220": 3},
        "first": "2026-10-31T23:00:00+00:00",
        "last": "2026-10-31T23:45:00+00:00",
    }


DAMAGE = {
    "mscons.read.number": (b"QTY+220:0.971", b"QTY+220:0.9x1"),
    "mscons.read.time": (b"DTM+163:202610312300?+00:303'D", b"DTM+163:202610312500?+00:303'D"),
    "mscons.read.count": (b"UNZ+1", b"UNZ+2"),
    "mscons.read.envelope": (b"UNZ+1+EMT1", b"UNZ+1+EMT2"),
    "mscons.read.segment": (b"UNS+D'", b"FTX+AAA'"),
    "mscons.read.release": (b"UN:2.5", b"UN:9.9"),
    "mscons.read.type": (b"MSCONS", b"UTILMD"),
    "mscons.read.cut": (b"UNT+17+1'", b""),
    "edifact.charset": (b"EMT1-1", b"EMT\x80"),
}


@pytest.mark.parametrize("code", DAMAGE)
def test_damage_is_a_finding_with_its_place(code: str) -> None:
    before, after = DAMAGE[code]
    data = file_of(profile(quarters("0.971")))
    assert before in data
    assert code in codes_of(data.replace(before, after, 1))


def test_a_time_without_a_zone_is_german() -> None:
    data = with_values(head="LOC+172").replace(b"DTM+137:202611030800?+00:303", b"DTM+137:202611030900:203")
    (message,) = read_interchange(data)
    assert message.date == MADE
    assert [finding.code for finding in message.diagnostics] == ["mscons.read.zone"]


def test_a_number_that_is_none_is_none() -> None:
    (decoded,) = decoded_of(file_of(profile(quarters("0.971"))).replace(b"0.971", b"1E999"))
    assert decoded.readings[0].value is None
    assert decoded.state == "partial"
    (series,) = series_of(decoded)
    assert series.values[0].quality is Quality.MISSING


def test_the_other_decimal_mark_is_read_and_reported() -> None:
    data = file_of(profile(quarters("0.971")), service=COMMA).replace(b"0,971", b"0.971")
    message = first_of(data)
    (quantity,) = message.quantities()
    assert quantity.value == Decimal("0.971")
    assert [finding.code for finding in message.diagnostics] == ["mscons.read.number"]


def test_values_without_a_time_stay_in_the_readings() -> None:
    (decoded,) = decoded_of(with_values("LIN+1", "PIA+5+1-1?:1.8.0:SRW", "QTY+220:7", head="LOC+172+51238696781"))
    assert [finding.code for finding in decoded.diagnostics] == ["mscons.read.no_time"]
    assert (decoded.readings[0].value, decoded.readings[0].time) == (Decimal(7000), None)


def test_a_thousand_faults_are_counted_not_kept() -> None:
    segments = ["LIN+1", "PIA+5+1-1?:1.29.0:SRW", *["QTY+220:x"] * 1000]
    (decoded,) = decoded_of(with_values(*segments, head="LOC+172+51238696781"))
    assert len(decoded.readings) == 1000
    assert len(decoded.diagnostics) < 110
    assert "mscons.read.more" in [finding.code for finding in decoded.diagnostics]


@pytest.mark.parametrize("data", [b"", b"BGM+7+D1+9'", b"UNZ+1+R1'"])
def test_what_is_no_interchange(data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        list(read_interchange(data))
    assert caught.value.code == "mscons.read.no_interchange"


def test_a_file_that_is_cut_gives_what_was_before() -> None:
    data = file_of(profile(quarters("1", "2")))
    cut = data[: data.index(b"QTY+220:2") + 5]
    reader = read_interchange(cut)
    values: list[Decimal | None] = []
    with pytest.raises(Truncated):
        values.extend(quantity.value for message in reader for quantity in message.quantities())
    assert values == [Decimal(1)]
    first, second = decoded_of(cut)
    assert (first.state, second.state) == ("partial", "failed")


def test_an_interchange_with_a_wrong_envelope_ends_with_a_failure() -> None:
    message, failure = decoded_of(file_of(profile(quarters("1"))).replace(b"UNZ+1", b"UNZ+2"))
    assert (message.state, failure.state) == ("complete", "failed")
    assert failure.diagnostics[0].code == "mscons.read.count"


def test_what_the_writer_has_no_field_for_is_not_written_again() -> None:
    message = first_of(with_values("LIN+1", "PIA+5+AUA:Z08", "QTY+220:1:KWH", head="LOC+172+51238696781"))
    with pytest.raises(EncodeError) as caught:
        to_message(message)
    assert caught.value.code == "mscons.read.incomplete"


@pytest.mark.parametrize(
    ("register", "code", "kind"),
    [
        ("1-1:1.8.0", "", Kind("energy", "kWh")),
        ("1-1:5.29.0", "", Kind("reactive_energy", "kvarh")),
        ("1-1:3.6.0", "", Kind("reactive_power", "kvar")),
        ("7-20:99.33.17", "", Kind("energy", "kWh")),
        ("7-0:54.0.22", "", Kind("calorific_value", "kWh/m3")),
        ("7-0:52.0.22", "", Kind("conversion_factor", None)),
        ("AUA", "KWT", Kind("power", "kW")),
        ("AUA", "", Kind("unknown", None)),
        ("8-0:1.0.0", "", Kind("unknown", None)),
    ],
)
def test_what_registers_hold(register: str, code: str, kind: Kind) -> None:
    assert kind_of(register, code) == kind


@pytest.mark.parametrize("text", ["", "1,5", "1E5", "+1", " 1", "1_000", "--1", ".5", "²"])
def test_what_is_no_number(text: str) -> None:
    assert read_number(text, ".") is None


def test_times_of_every_format() -> None:
    assert read_time("20261101", "102") == date(2026, 11, 1)
    assert read_time("202610312300+00", "303") == START
    assert read_time("20261031230000+00", "304") == START
    assert read_time("202611010000", "203") == START
    for text, form in (
        ("20261301", "102"),
        ("202610312300+99", "303"),
        ("999912312359+00", "303"),
        ("202610312300", "303"),
        ("x", "610"),
    ):
        assert read_time(text, form) is None


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        (b"UNA:+.? 'UNB+UNOC:3+", True),
        (b"\xef\xbb\xbf\r\nUNB+UNOC:3+", True),
        (b"UNA:+,? '\r\nUNB+UNOC:3", True),
        (b"UNKNOWN", False),
        (b"", False),
        (b"2E4493", False),
    ],
)
def test_what_begins_like_an_interchange(start: bytes, wanted: bool) -> None:
    assert is_edifact(start) is wanted


SAMPLE = file_of(profile(quarters("0.971", "1.5")), profile(quarters("2"), reference="2"))


def everything(data: bytes) -> Iterator[object]:
    try:
        for decoded in read_decoded(data):
            yield decoded.to_dict()
            yield from series_of(decoded)
        for message in read_interchange(data):
            yield to_dict(summarise(message), None)
        for message in read_interchange(data):
            yield to_message(message)
    except EmtkitError:
        return


@pytest.mark.parametrize("size", range(0, len(SAMPLE), 7))
def test_every_prefix_ends_well(size: int) -> None:
    list(everything(SAMPLE[:size]))


@given(position=st.integers(0, len(SAMPLE) - 1), byte=st.integers(0, 255))
def test_every_changed_byte_ends_well(position: int, byte: int) -> None:
    list(everything(SAMPLE[:position] + bytes((byte,)) + SAMPLE[position + 1 :]))


SEGMENTS = st.sampled_from(
    [
     "UNB+UNOC:3+a:1+b:2+261103:0800+R1++TL", "UNH+1+MSCONS:D:04B:UN:2.5", "BGM+7+D1+1", "UNS+D", "LOC+172+X", "LIN+1",
     "PIA+5+1-1?:1.29.0:SRW", "PIA+5+1-1?:1.6.0:SRW", "QTY+220:1", "QTY+67:x", "QTY", "DTM",
     "DTM+163:202610312300?+00:303",
     "DTM+164:999912312359?+00:303", "DTM+164:000101010000?+14:303", "DTM+306:999912:610", "DTM+306:00000000:102",
     "DTM+672:15:806", "DTM+672:1e9:806", "DTM+7:20261101:102",
     "STS+Z32++Z92", "STS+10+Z36", "STS",
     "RFF+MG:1EMT0012345678",
     "RFF+Z13", "UNT+1+1", "UNZ+1+R1", "NAD+MS", "CCI+15++X", "UNA:+,? "]
)  # fmt: skip


@given(st.lists(SEGMENTS, max_size=30), st.binary(max_size=20))
def test_segments_in_any_order_end_well(segments: list[str], rest: bytes) -> None:
    list(everything(b"UNB+UNOC:3'" + "".join(f"{segment}'" for segment in segments).encode() + rest))
