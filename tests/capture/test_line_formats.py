"""The formats of single lines: hex, JSON, wmbusmeters, rtl_wmbus, CUL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.capture import CaptureFailure, CaptureFrame, CaptureItem, read_frames
from emtkit.capture.cul import cc1101_dbm, cc1101_raw, size_on_air, write_cul_line
from emtkit.capture.hex_line import parse_hex, write_hex_line
from emtkit.capture.json_line import write_json_line
from emtkit.capture.rtl_wmbus import write_rtl_line
from emtkit.capture.wmbusmeters import write_telegram_line
from emtkit.model.decoded import Origin
from emtkit.model.errors import DecodeError

# OMS Specification Vol. 2, Annex N, N.2.1: with and without link CRCs
WITH_CRC = bytes.fromhex(
    "2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A"
)
PLAIN = bytes.fromhex("2E4493157856341233037A2A0020255923C95AAA26D1B2E7493B013EC4A6F6D3529B520EDFF0EA6DEFC99D6D69EBF3")
NIGHT = datetime(2026, 10, 25, 2, 15, 7, 125000, tzinfo=timezone(timedelta(hours=1)))
KEY = "0102030405060708090A0B0C0D0E0F11"


def items(text: str, **options: Any) -> list[CaptureItem]:
    return list(read_frames(text.encode(), **options))


def frame(text: str, **options: Any) -> CaptureFrame:
    (item,) = items(text, **options)
    assert isinstance(item, CaptureFrame), item
    return item


def code(text: str, **options: Any) -> str:
    (item,) = items(text, **options)
    assert isinstance(item, CaptureFailure), item
    return item.error.code


# --- hex ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2e449315",
        "2E 44 93 15",
        "0x2E 0x44 0x93 0x15",
        "0x2E,0x44,0x93,0x15",
        "2E-44-93-15",
        "2E:44:93:15",
        "|2E44|9315|",
        "2E_44_9315",
        "2E449315 # kitchen",
        "\t2E449315  ",
        "0X2E449315",
    ],
)
def test_hex_as_people_write_it(text: str) -> None:
    assert frame(text).data == bytes.fromhex("2E449315")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2E4", "capture.hex.odd"),
        ("2E4G", "capture.hex.digit"),
        ("hello", "capture.hex.digit"),
        ("0x", "capture.hex.empty"),
        ("qg==", "capture.hex.digit"),
        ("02:15:00 2E449315", "capture.hex.digit"),
        ("2E-44:93", "capture.hex.digit"),
    ],
)
def test_what_is_wrong_with_hex(text: str, expected: str) -> None:
    assert code(text) == expected


def test_the_column_of_a_wrong_digit_is_the_users() -> None:
    with pytest.raises(DecodeError, match="'G' in column 7"):
        parse_hex("2E 44 G3")


@given(st.binary(min_size=1, max_size=300))
def test_hex_round_trip(data: bytes) -> None:
    assert frame(write_hex_line(data, "comment")).data == data


# --- JSON ---------------------------------------------------------------------------------------


def test_a_json_line_with_everything() -> None:
    item = frame(
        write_json_line(
            PLAIN,
            id="kitchen",
            time=NIGHT,
            rssi=-71,
            key=[KEY, "00" * 16],
            authentication_key=KEY,
            system_title="4B464D1020012345",
            fport=3,
            device="70B3D57ED0012345",
            protocol="wmbus",
            note="ignored",
        ),
        name="night.jsonl",
    )
    assert item.data == PLAIN
    assert item.origin == Origin("night.jsonl", 1, "kitchen", NIGHT, -71)
    assert str(item.origin.received_at).endswith("+01:00")
    assert item.hints == {"fport": 3, "device": "70B3D57ED0012345", "system_title": b"KFM\x10\x20\x01\x23\x45"}
    assert item.protocol == "wmbus"
    assert item.keys is not None
    assert [key.value for key in item.keys.candidates(None)] == [bytes.fromhex(KEY), bytes(16)]
    assert [key.label for key in item.keys.candidates(None, "authentication")] == ["night.jsonl:1 authentication_key"]
    assert KEY not in repr(item).upper()


@pytest.mark.parametrize("field", ["hex", "data", "payload"])
def test_the_frame_may_be_in_several_fields(field: str) -> None:
    assert frame(json.dumps({field: "0x2E 44|93", "id": 7})).data == b"\x2e\x44\x93"
    assert frame(json.dumps({field: "2E44", "id": 7})).origin.id == "7"


def test_text_telegrams_in_json() -> None:
    text = "/ISK5\\2MT382-1000\r\n\r\n1-0:1.8.1(00.001*kWh)\r\n!\r\n"
    assert frame(write_json_line(text)).data == text.encode()
    assert frame(json.dumps({"text": "C(°)"})).data == b"C(\xb0)"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"hex":', "capture.json.syntax"),
        ('{"hex":"2E44"} x', "capture.json.syntax"),
        ("[" * 100000, "capture.json.syntax"),
        ('{"hex":"2E","rssi":1e99999999999999999999}', "capture.json.syntax"),
        ('{"hex":"2E","id":' + "9" * 5000 + "}", "capture.json.syntax"),
        ('{"id":"x"}', "capture.json.nothing"),
        ('{"hex":null}', "capture.json.nothing"),
        ('{"hex":5}', "capture.json.field"),
        ('{"hex":"2E4"}', "capture.hex.odd"),
        ('{"data":"qg=="}', "capture.hex.digit"),
        ('{"hex":"2E","rssi":"loud"}', "capture.json.field"),
        ('{"hex":"2E","rssi":1e99999}', "capture.json.field"),
        ('{"hex":"2E","rssi":NaN}', "capture.json.field"),
        ('{"hex":"2E","rssi":true}', "capture.json.field"),
        ('{"hex":"2E","fport":"x"}', "capture.json.field"),
        ('{"hex":"2E","key":"12"}', "keys.length"),
        ('{"hex":"2E","key":"xy"}', "keys.syntax"),
        ('{"hex":"2E","key":[5]}', "capture.json.field"),
        ('{"hex":"2E","key":{}}', "capture.json.field"),
        ("[5]", "capture.json.field"),
        ("{}", "capture.json.nothing"),
    ],
)
def test_what_is_wrong_with_a_json_line(line: str, expected: str) -> None:
    assert code(line, format="json-lines") == expected


def test_an_unreadable_time_costs_the_time_only() -> None:
    item = frame('{"hex":"2E44","time":"half past two"}')
    assert item.data == b"\x2e\x44"
    assert item.origin.received_at is None
    assert [note.code for note in item.notes] == ["capture.time"]


def test_a_list_on_a_line_is_several_frames() -> None:
    found = items('[{"hex":"01","id":"a"},{"hex":"zz","id":"b"},{"hex":"03"}]')
    assert [(type(item).__name__, item.origin.id, item.origin.line) for item in found] == [
        ("CaptureFrame", "a", 1),
        ("CaptureFailure", "b", 1),
        ("CaptureFrame", None, 1),
    ]
    assert items("[]") == []


FIELDS = ["hex", "data", "payload", "text", "key", "time", "rssi", "id", "fport", "device", "protocol", "system_title"]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS), inner),
)


@given(ANY_JSON)
def test_any_json_gives_frames_or_failures(value: object) -> None:
    found = items(json.dumps(value), format="json-lines")
    assert len(found) == (len(value) if isinstance(value, list) else 1)


# --- wmbusmeters --------------------------------------------------------------------------------


def test_wmbusmeters_lines_and_what_stands_between_them() -> None:
    text = "\n".join(
        [
            "# Test: kitchen",
            write_telegram_line(PLAIN),
            '{"_":"telegram","media":"gas","id":"12345678","total_m3":28504.27}',
            "|kitchen;12345678;28504.27;1111-11-11 11:11.11",
            "",
            "// " + write_telegram_line(PLAIN, 32),
            '// {"id": "12345678"}',
            f"(wmbus) telegram=|{PLAIN.hex()[:30]}#{PLAIN.hex()[30:]}|+7",
            f"telegram={PLAIN.hex()}",
            '{"hex":"2E44"}',
            "Started config on stdin",
        ]
    )
    found = items(text)
    assert [item.origin.line for item in found] == [2, 6, 8, 9, 10, 11]
    frames = [item for item in found if isinstance(item, CaptureFrame)]
    assert [item.data for item in frames] == [PLAIN, PLAIN, PLAIN, PLAIN, b"\x2e\x44"]
    assert [dict(item.hints) for item in frames] == [{}, {"seconds": 32}, {"seconds": 7}, {}, {}]
    assert isinstance(found[-1], CaptureFailure)


def test_without_a_telegram_before_it_json_is_a_frame_line() -> None:
    assert code('{"_":"telegram","id":"12345678"}') == "capture.json.nothing"
    assert items('{"_":"telegram","id":"12345678"}', format="wmbusmeters") == []
    assert code("hello", format="wmbusmeters") == "capture.wmbusmeters.syntax"


# --- rtl_wmbus ----------------------------------------------------------------------------------


def test_an_rtl_wmbus_line() -> None:
    line = write_rtl_line(PLAIN, NIGHT)
    assert line.startswith("T1;1;1;2026-10-25 01:15:07.125;97;148;12345678;0x2e449315")
    item = frame(line)
    assert item.data == PLAIN
    assert item.origin.received_at == NIGHT
    assert item.origin.received_at.tzinfo is UTC
    assert item.origin.rssi is None  # its level is no dBm
    assert item.hints == {"mode": "T1", "level": 97}
    assert item.protocol == "wmbus"


def test_the_time_of_rtl_wmbus_is_utc_whatever_the_zone() -> None:
    assert frame(write_rtl_line(PLAIN, NIGHT), zone="Asia/Tokyo").origin.received_at == NIGHT


@pytest.mark.parametrize("line", [
    f"rla;C1;1;1;2019-04-03 19:00:42.000;97;148;43225544;0x{PLAIN.hex()}",
    f"t2a;S1;1;1;2019-04-03 19:00:42.000;97;148;43225544;0x{PLAIN.hex()};",
    f"T1;1;1;2019-04-03 19:00:42.000;97;148;43225544;0x{WITH_CRC.hex()};0x{PLAIN.hex()}",
    f"T1;1;0;2019-04-03 19:00:42.000;97;148;43225544;0x{PLAIN.hex()}",
])  # fmt: skip
def test_variants_of_rtl_wmbus(line: str) -> None:
    assert frame(line).data == PLAIN


def test_a_datagram_with_a_wrong_crc_is_a_failure_with_its_bytes() -> None:
    (item,) = items(write_rtl_line(PLAIN, NIGHT, crc_ok=False))
    assert isinstance(item, CaptureFailure)
    assert item.error.code == "capture.rtl_wmbus.crc"
    assert item.raw == PLAIN
    assert item.origin.received_at == NIGHT


def test_cut_lines_of_rtl_wmbus() -> None:
    assert code("T1;1;1;2019-04-03 19:00:42.000;97;148") == "capture.rtl_wmbus.syntax"
    assert code("T1;1;1;2019-04-03 19:00:42.000;97;148;43225544;0x2e4") == "capture.hex.odd"
    item = frame(f"T1;1;1;yesterday;97;148;43225544;0x{PLAIN.hex()}")
    assert [note.code for note in item.notes] == ["capture.time"]


# --- CUL ----------------------------------------------------------------------------------------


def test_cul_lines() -> None:
    assert frame(write_cul_line(WITH_CRC)).data == WITH_CRC
    item = frame(write_cul_line(WITH_CRC, rssi=-71, lqi=0x30))
    assert (item.data, item.origin.rssi, item.hints) == (WITH_CRC, -71, {"frame_format": "A", "lqi": 0x30})
    other = frame(write_cul_line(WITH_CRC) + "::-71.5")
    assert (other.data, other.origin.rssi) == (WITH_CRC, -72)
    assert other.protocol == "wmbus"


def test_frame_format_b_of_cul() -> None:
    body = bytes((0x14,)) + bytes(range(0x14))
    assert frame(write_cul_line(body, frame_format="B")).hints["frame_format"] == "B"
    item = frame(write_cul_line(body, frame_format="B", rssi=-80))
    assert (item.data, item.origin.rssi) == (body, -80)


def test_hex_that_begins_with_b_is_hex() -> None:
    assert frame("b2e4").data == b"\xb2\xe4"
    assert frame("b2e44").data == b"\x2e\x44"  # five characters: no line of hex bytes
    assert code("bY2e4") == "capture.cul.syntax"


@pytest.mark.parametrize(
    ("l_field", "a", "b"), [(9, 12, 10), (10, 15, 11), (25, 30, 26), (26, 33, 27), (0x2E, 55, 0x2F), (255, 290, 256)]
)
def test_sizes_on_air(l_field: int, a: int, b: int) -> None:
    assert (size_on_air(l_field, "A"), size_on_air(l_field, "B")) == (a, b)


@given(st.integers(-138, -11))
def test_levels_of_the_cc1101(dbm: int) -> None:
    assert cc1101_dbm(cc1101_raw(dbm)) == dbm


# --- all of them together -----------------------------------------------------------------------


def test_a_file_may_mix_formats_and_every_line_is_accounted_for() -> None:
    lines = [
        "\ufeff# night of the change",
        "",
        "// remark",
        write_hex_line(PLAIN, "hex"),
        write_json_line(PLAIN),
        write_rtl_line(PLAIN, NIGHT),
        write_cul_line(WITH_CRC),
        "no telegram at all",
        write_telegram_line(PLAIN),
        "\x1a",
    ]
    for end in ("\n", "\r\n"):
        found = items(end.join(lines))
        assert [item.origin.line for item in found] == [4, 5, 6, 7, 8, 9]
        assert [isinstance(item, CaptureFrame) for item in found] == [True, True, True, True, False, True]


def test_a_time_in_front_of_any_line() -> None:
    text = f"2026-10-25T02:15:00+01:00 {PLAIN.hex()}\n2026-10-25 02:15:00; {write_cul_line(WITH_CRC)}\n"
    text += '2026-10-25 02:15:00,500\t{"hex":"2E44"}\n'
    found = [item.origin.received_at for item in items(text)]
    assert found == [
        datetime(2026, 10, 25, 1, 15, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 15, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 15, 0, 500000, tzinfo=UTC),
    ]
    impossible = frame("2026-13-25 02:15:00 2E44")
    assert (impossible.data, impossible.origin.received_at) == (b"\x2e\x44", None)
    assert [note.code for note in impossible.notes] == ["capture.time"]
    assert code("2026-10-25 02:15:00 " * 50_000 + "2E44") == "capture.hex.digit"


def test_one_format_for_all_lines() -> None:
    assert code(write_json_line(PLAIN), format="hex") == "capture.hex.digit"
    assert code("2E44", format="cul") == "capture.cul.syntax"
    assert code("2E44", format="rtl-wmbus") == "capture.rtl_wmbus.syntax"
    assert code("2E44", format="json-lines") == "capture.json.field"


def test_a_line_of_a_megabyte_is_a_failure_and_the_next_is_read() -> None:
    found = items("2E" * 1000000 + "\n2E44\n")
    assert [item.error.code if isinstance(item, CaptureFailure) else item.data for item in found] == [
        "capture.line.long",
        b"\x2e\x44",
    ]


@given(st.text(max_size=200))
def test_any_text_gives_at_most_one_item_a_line(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    found = list(read_frames(data, format="lines"))
    numbers = [item.origin.line for item in found]
    assert numbers == sorted(numbers, key=lambda number: number or 0)
    assert all(number is not None and number <= data.count(b"\n") + 1 for number in numbers)
