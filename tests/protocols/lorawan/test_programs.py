"""Payloads that programs read, beyond the examples of their files."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emtkit
from emtkit.model.errors import ConfigError
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.payload_file import payload_files
from emtkit.protocols.lorawan.programs import program
from emtkit.protocols.lorawan.programs.cayenne import TYPES
from emtkit.protocols.lorawan.uplink import Uplink

RECEIVED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TELEGRAM = "1844AE4C4455223368077A55000000041389E20100023B0000"


def decode(device: str, payload: str, port: int = 1) -> emtkit.Decoded:
    hints = {"fport": port, "device": device}
    return emtkit.decode(payload, protocol="lorawan", hints=hints, memory=Memory(), received_at=RECEIVED)


def values(decoded: emtkit.Decoded) -> dict[str | None, Any]:
    return {reading.name: reading.value for reading in decoded.readings}


# ---- Cayenne LPP: the examples of its specification ----


@pytest.mark.parametrize(
    ("payload", "readings"),
    [
        ("03670110056700FF", {"temperature_3": "27.2", "temperature_5": "25.5"}),
        ("0167FFD7", {"temperature_1": "-4.1"}),
        (
            "067104D2FB2E0000",
            {"accelerometer_6_x": "1.234", "accelerometer_6_y": "-1.234", "accelerometer_6_z": "0.000"},
        ),
        (
            "018806765FF2960A0003E8",
            {"gps_1_latitude": "42.3519", "gps_1_longitude": "-87.9094", "gps_1_altitude": "10.00"},
        ),
    ],
)
def test_cayenne_specification(payload: str, readings: dict[str, str]) -> None:
    decoded = decode("cayenne_lpp", payload)
    assert (decoded.state, values(decoded)) == ("complete", {name: Decimal(v) for name, v in readings.items()})


@pytest.mark.parametrize("row", TYPES, ids=lambda row: row.name)
@pytest.mark.parametrize("channel", [0, 1, 255])
def test_cayenne_types(row: Any, channel: int) -> None:
    sizes = [3 if part == "altitude" else row.size for part in row.parts or ("",)]
    lowest = b"".join((1 << 8 * size - 1).to_bytes(size, "big") for size in sizes)
    decoded = decode("cayenne_lpp", (bytes((channel, row.code)) + lowest).hex())
    assert decoded.state == "complete"
    assert len(decoded.readings) == len(sizes)
    for reading in decoded.readings:
        assert reading.subunit == channel
        if isinstance(reading.value, Decimal):
            assert (reading.value < 0) is row.signed


def test_cayenne_full_gps() -> None:
    decoded = decode("cayenne_lpp", "0189030F2D5CFFFFFFFF0003E8")
    assert [str(reading.value) for reading in decoded.readings] == ["51.326300", "-0.000001", "10.00"]


@pytest.mark.parametrize("rest", ["02FE01", "0267FF", "02"])
def test_cayenne_keeps_what_it_does_not_know(rest: str) -> None:
    decoded = decode("cayenne_lpp", "016700EB" + rest)
    assert decoded.state == "partial"
    assert values(decoded) == {"temperature_1": Decimal("23.5"), "rest": bytes.fromhex(rest)}
    assert [d.code for d in decoded.diagnostics] == ["lorawan.payload.rest"]


def test_cayenne_polyline() -> None:
    assert values(decode("cayenne_lpp", "05F004010203")) == {"polyline_5": bytes.fromhex("04010203")}
    assert decode("cayenne_lpp", "05F009010203").state == "opaque"


# ---- others ----


def test_imst_telegrams_of_several_meters() -> None:
    one = "0010E365" + TELEGRAM
    decoded = decode("imst_ioke868", one + one, 4)
    assert decoded.meter is not None
    assert decoded.meter.id == "33225544"
    assert decoded.state == "partial"
    assert values(decoded)["telegram_2"] == bytes.fromhex(TELEGRAM)
    assert "lorawan.parts.several" in [d.code for d in decoded.diagnostics]
    assert decode("imst_ioke868", "0010E365", 4).state == "opaque"
    assert decode("imst_ioke868", one, 9).state == "opaque"


def test_imst_meter_id_and_state() -> None:
    decoded = decode("imst_ioke868", "10063132332D3435" + "00020501" + "010465E31000", 5)
    assert decoded.meter is not None
    assert (decoded.meter.id, decoded.status) == ("123-45", ("no_input",))
    server = decode("imst_ioke868", "100A" + "09014553591100BC614E", 5)
    assert server.meter is not None
    assert server.meter.identifier == "1ESY1112345678"


def test_imst_object_in_two_segments() -> None:
    decoded = decode("imst_ioke868", "01" + "010465E31000" + "400DFC01", 69)
    assert decoded.state == "partial"
    assert [d.code for d in decoded.diagnostics] == ["lorawan.payload.truncated"]
    assert values(decoded)["rest"] == bytes.fromhex("400DFC01")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0012.5", "12.5", None),
        ("12*Wh", "12", "Wh"),
        ("1.5*MWh", "1500000.0", "Wh"),
        ("230.1*V", "230.1", "V"),
        ("-3*kW", "-3000", "W"),
    ],
)
def test_imst_texts_that_are_numbers(text: str, value: str, unit: str | None) -> None:
    (reading,) = decode("imst_ioke868", _text_object(text), 5).readings
    assert (str(reading.value), reading.unit) == (value, unit)


@pytest.mark.parametrize("text", ["12.01.2026", "1E999999999", "12*furlong", "abc", "NaN", "3*dB"])
def test_imst_texts_that_stay_texts(text: str) -> None:
    (reading,) = decode("imst_ioke868", _text_object(text), 5).readings
    assert (reading.quantity, reading.value) == ("text", text)


def _text_object(text: str) -> str:
    content = bytes.fromhex("FC0100600100FF") + text.encode()
    return (bytes((0x42, len(content))) + content).hex()


def test_klax_part_that_is_cut_off() -> None:
    whole = payload_files()["klax"].example[0].payload
    decoded = decode("klax", whole + "0175001337", 3)
    assert decoded.state == "partial"
    assert values(decoded)["rest"] == bytes.fromhex("0175001337")
    assert decode("klax", whole + "99", 3).state == "opaque"


def test_klax_modbus_numbers() -> None:
    head = "054A0111"
    floats = decode("klax", head + "055103" + "3F800000" * 4, 3)
    assert [r.value for r in floats.readings[1:]] == [Decimal(1), Decimal(1)]
    doubles = decode("klax", head + "060101" + "3FF8000000000000" + "7FF0000000000000" * 3, 3)
    assert doubles.readings[1].value == Decimal("1.5")
    shorts = decode("klax", head + "041101" + "FFFE" * 4, 3)
    assert shorts.readings[1].value == Decimal(-2)


def test_sensing_labs_current() -> None:
    decoded = decode("sensinglabs_senlab", "00FE0000" + "0FA0", 3)
    assert values(decoded) == {"battery": Decimal("100.00"), "current": Decimal("0.020000")}
    assert decode("sensinglabs_senlab", "05FE0000", 3).state == "opaque"


@pytest.mark.parametrize(
    ("payload", "readings"),
    [
        ("0507", {"tests": Decimal(7)}),
        ("4307", {"shocks": Decimal(7)}),
        ("010CE40BB864", {"supply_idle": Decimal("3.300"), "supply_transmitting": Decimal("3.000")}),
        ("50000000010000000A", {"counter_1": Decimal(1), "counter_2": Decimal(10)}),
        ("07100F00", {"answer": "10", "answer_content": bytes.fromhex("0F00")}),
        ("31000004D2", {"counter_1": Decimal(1234)}),
    ],
)
def test_atim(payload: str, readings: dict[str, object]) -> None:
    assert values(decode("atim_acw", payload)) == readings


def test_atim_inputs_outputs_and_temperature() -> None:
    found = values(decode("atim_acw", "6F0180FFEB000004D2"))
    assert (found["input_1"], found["input_2"], found["output_8"]) == (1, 0, 1)
    assert (found["temperature"], found["counter_1"]) == (Decimal("-2.1"), Decimal(1234))
    assert decode("atim_acw", "6F0180FFEB000004D2FF").state == "opaque"


def test_comtac_modbus_register_that_was_not_read() -> None:
    decoded = decode("comtac_modbus_easy", "800004D20000", 3)
    assert (decoded.status, values(decoded)) == (("register_not_read",), {"value_1": 1234, "value_2": 0})


def test_comtac_km_changes() -> None:
    decoded = decode("comtac_lpn_km", "10000CC365E310001141003C12400000", 20)
    assert [(r.name, r.value, str(r.time)) for r in decoded.readings[1:]] == [
        ("input_1", Decimal(1), "2024-03-02 11:40:44+00:00"),
        ("input_2", Decimal(0), "2024-03-02 11:39:44+00:00"),
    ]
    assert decode("comtac_lpn_km", "100028FF65E31000", 22).status == ("battery_powered", "restarted")
    assert decode("comtac_lpn_km", "10002800", 9).state == "opaque"


def test_nas_water_module_stops() -> None:
    decoded = decode("nas_cm3030", "0131D2040000C815000080", 99)
    assert (decoded.status, values(decoded)["total"]) == (("stopped", "alert"), Decimal("1.234"))


def test_nas_gas_pulser() -> None:
    stopped = decode("nas_cm3061", "0131018008FE6415005A07D2040000", 99)
    assert stopped.status == ("stopped", "alert", "tamper")
    assert (values(stopped)["total"], values(stopped)["snr"]) == (Decimal("1.234"), 7)
    nothing = decode("nas_cm3061", "010000FF6415005A07FFFFFFFF", 24)
    assert [r.name for r in nothing.readings if r.status == "invalid"] == ["battery", "total"]
    refused = decode("nas_cm3061", "133202", 99)
    assert (refused.status, values(refused)["rest"]) == (("settings_refused",), b"2\x02")
    assert decode("nas_cm3061", "0204D2040000", 25).state == "opaque"


@pytest.mark.parametrize(
    ("payload", "status", "value"),
    [
        ("01E61E7856341203040000131A0A00004028CCCC", ("low_power", "backflow"), Decimal("2.586")),
        ("01E61E7856341203300000131A0A00000028CCCC", ("error", "no_communication"), None),
        ("02E61E7856341206300000131A0A00000028CCCC", ("no_communication",), Decimal("2.586")),
        ("02E61E7856341206020000131A0A00000028CCCC", ("application_error",), None),
    ],
)
def test_gwf_states(payload: str, status: tuple[str, ...], value: Decimal | None) -> None:
    decoded = decode("gwf_rcm", payload)
    assert (decoded.status, values(decoded)["total"]) == (status, value)
    assert (values(decoded)["battery"], decoded.readings[-1].unit) == (30, "month")


def test_easymeter_total_that_begins_as_tariffs_do() -> None:
    decoded = decode("easymeter_lr10", "09014553591100BC614E FF010000FFFF FFFFFF".replace(" ", ""), 2)
    assert values(decoded) == {"import_total": Decimal(511)}
    cut = decode("easymeter_lr10", "09014553591100BC614E FF0A0000000B000000 0C00".replace(" ", ""), 2)
    assert cut.state == "partial"
    assert values(cut) == {"import_tariff_1": Decimal(10), "import_tariff_2": Decimal(11), "rest": b"\x0c\x00"}


def test_adeunis_history() -> None:
    decoded = decode("adeunis_pulse_history", "5B20000004D2000A0005")
    assert [(r.value, r.storage, r.subunit) for r in decoded.readings] == [
        (Decimal(1234), 0, 1),
        (Decimal(1224), 1, 1),
        (Decimal(1219), 2, 1),
    ]
    assert decode("adeunis_pulse_history", "5B20000004D2000A00").state == "opaque"
    wrapped = decode("adeunis_pulse_history", "5A2000000002000A")
    assert wrapped.readings[1].value == Decimal(2**32 - 8)


def test_dragino_kinds() -> None:
    since = decode("dragino_sw3l", "0A0000003C010069A57A22", 2)
    assert (since.status, values(since)["since_last"]) == (("alarm",), Decimal("0.001000"))
    assert decode("dragino_sw3l", "0C0000003C010069A57A22", 2).state == "opaque"


def test_nke_keeps_an_attribute_that_it_does_not_know() -> None:
    decoded = decode("nke_zcl", "110A12340055210102", 125)
    assert (decoded.state, values(decoded)) == ("partial", {"rest": b"\x01\x02"})
    assert "cluster 1234, attribute 0055" in decoded.diagnostics[0].message


def test_netvox_three_phases() -> None:
    found = values(decode("netvox", "014A011F05DD05D405DE01", 6))
    assert [found[f"current_{n}"] for n in (1, 2, 3)] == [Decimal("1.501"), Decimal("1.492"), Decimal("1.502")]
    assert values(decode("netvox", "014A021F01010000000000", 6))["multiplier_3"] == 1


def test_sensor_payloads_that_divide_into_records_are_no_meters() -> None:
    hints = {"fport": 5}
    for payload in ("0100E202290301270514060101110E2311", "0127101901F4FE0000000000000000"):
        assert emtkit.decode(payload, protocol="lorawan", hints=hints, memory=Memory()).state == "opaque"


@pytest.mark.parametrize("name", ["", "nothing", "nas:_battery", "nas:read:read", "..own", "os", "add"])
def test_a_program_that_is_none(name: str) -> None:
    with pytest.raises(ConfigError, match=r"lorawan\.file\.program"):
        program(name)


@pytest.mark.parametrize("name", payload_files())
@settings(max_examples=25)
@given(payload=st.binary(min_size=1, max_size=60), port=st.none() | st.integers(0, 255))
def test_any_bytes_on_any_port(name: str, payload: bytes, port: int | None) -> None:
    hints = {"device": name, "uplink": Uplink("ttn-v3", f_port=port, payload=payload)}
    decoded = emtkit.decode(payload, protocol="lorawan", hints=hints, memory=Memory())
    assert decoded.state in {"complete", "partial", "opaque"}
    decoded.to_dict()
