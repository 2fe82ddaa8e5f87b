"""Readouts, load profiles, logbooks and P1 telegrams of real meters: every value that their sources name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import emtkit
from emtkit.model.key import Key
from emtkit.model.meter_id import DEVICE_TYPES
from emtkit.protocols.context import Context, Memory
from emtkit.protocols.iec62056_21 import DECODER, profiles
from emtkit.protocols.iec62056_21.datasets import read_datasets
from emtkit.protocols.iec62056_21.messages import Command, ErrorAnswer
from emtkit.protocols.iec62056_21.p1 import Buffer, MbusDevice
from emtkit.protocols.iec62056_21.profiles import LogEntry, ProfileBlock
from emtkit.protocols.iec62056_21.security import Ciphering
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading

Loader = Callable[[str], list[dict[str, Any]]]
Record = Callable[[str, object], None]

# Two rows are source code that a scraper took for telegrams; the protocol must not claim them.
NO_TELEGRAM = {
    "readout/smartmeter-obis/SerialRequestResponseD0Timeout2/0",
    "readout/smartmeter-obis/SerialResponseD0FastSend/0",
}
# An independent table: what units mean in base units.
FACTORS = {
    unit: factor
    for factor, units in (
        (1, "Wh varh W var V A deg Deg m3 m3ph s secs C"),
        (1000, "kWh kwh kvarh kVArh kW kvar kVAr kHz"),
        (10**6, "MWh"),
        (10**9, "GJ"),
        (60, "m"),
        (3600, "h"),
    )
    for unit in units.split()
}
# dsmr_parser's names of values and where they stand
P1_NAMES = {
    "P1_MESSAGE_HEADER": "1-3:0.2.8",
    "P1_MESSAGE_TIMESTAMP": "0-0:1.0.0",
    "BELGIUM_VERSION_INFORMATION": "0-0:96.1.4",
    "BELGIUM_EQUIPMENT_IDENTIFIER": "0-0:96.1.1",
    "EQUIPMENT_IDENTIFIER": "0-0:96.1.1",
    "EQUIPMENT_IDENTIFIER_GAS": "0-0:96.1.0",
    "Q3D_EQUIPMENT_IDENTIFIER": "1-0:0.0.0",
    "Q3D_EQUIPMENT_STATE": "1-0:96.5.5",
    "Q3D_EQUIPMENT_SERIALNUMBER": "0-0:96.1.255",
    "ELECTRICITY_IMPORTED_TOTAL": "1-0:1.8.0",
    "ELECTRICITY_USED_TARIFF_1": "1-0:1.8.1",
    "ELECTRICITY_USED_TARIFF_2": "1-0:1.8.2",
    "ELECTRICITY_DELIVERED_TARIFF_1": "1-0:2.8.1",
    "ELECTRICITY_DELIVERED_TARIFF_2": "1-0:2.8.2",
    "ELECTRICITY_ACTIVE_TARIFF": "0-0:96.14.0",
    "CURRENT_ELECTRICITY_USAGE": "1-0:1.7.0",
    "CURRENT_ELECTRICITY_DELIVERY": "1-0:2.7.0",
    "ACTUAL_TRESHOLD_ELECTRICITY": "0-0:17.0.0",
    "ACTUAL_SWITCH_POSITION": "0-0:96.3.10",
    "TEXT_MESSAGE_CODE": "0-0:96.13.1",
    "TEXT_MESSAGE": "0-0:96.13.0",
    "LONG_POWER_FAILURE_COUNT": "0-0:96.7.9",
    "SHORT_POWER_FAILURE_COUNT": "0-0:96.7.21",
    "VOLTAGE_SAG_L1_COUNT": "1-0:32.32.0",
    "VOLTAGE_SAG_L2_COUNT": "1-0:52.32.0",
    "VOLTAGE_SAG_L3_COUNT": "1-0:72.32.0",
    "VOLTAGE_SWELL_L1_COUNT": "1-0:32.36.0",
    "VOLTAGE_SWELL_L2_COUNT": "1-0:52.36.0",
    "VOLTAGE_SWELL_L3_COUNT": "1-0:72.36.0",
    "BELGIUM_CURRENT_AVERAGE_DEMAND": "1-0:1.4.0",
    "BELGIUM_MAXIMUM_DEMAND_MONTH": "1-0:1.6.0",
    "FUSE_THRESHOLD_L1": "1-0:31.4.0",
    **{f"INSTANTANEOUS_VOLTAGE_L{n}": f"1-0:{12 + 20 * n}.7.0" for n in (1, 2, 3)},
    **{f"INSTANTANEOUS_CURRENT_L{n}": f"1-0:{11 + 20 * n}.7.0" for n in (1, 2, 3)},
    **{f"INSTANTANEOUS_ACTIVE_POWER_L{n}_POSITIVE": f"1-0:{1 + 20 * n}.7.0" for n in (1, 2, 3)},
    **{f"INSTANTANEOUS_ACTIVE_POWER_L{n}_NEGATIVE": f"1-0:{2 + 20 * n}.7.0" for n in (1, 2, 3)},
}
CHANNEL_NAMES = {
    "EQUIPMENT_IDENTIFIER_GAS": ("96.1.0", "96.1.1"),
    "EQUIPMENT_IDENTIFIER": ("96.1.1",),
    "MBUS_EQUIPMENT_IDENTIFIER": ("96.1.0", "96.1.1"),
    "VALVE_POSITION_GAS": ("24.4.0",),
    "MBUS_VALVE_POSITION": ("24.4.0",),
    "GAS_METER_READING": ("24.2.1",),
    "MBUS_METER_READING": ("24.2.1", "24.2.3"),
}


def decode(row: dict[str, Any], keys: Any = None) -> Decoded:
    """Decode a row, and look that explain's walk gives the same and covers the input."""
    raw = bytes.fromhex(row["hex"]) if "hex" in row else row["text"].encode("latin-1")
    surroundings = {} if keys is None else {"keys": keys}
    trace = Trace()
    traced = DECODER.decode(View(raw), Context(trace=trace, **surroundings))
    got = DECODER.decode(View(raw), Context(**surroundings))
    assert [r.to_dict() for r in traced.readings] == [r.to_dict() for r in got.readings]
    spans = trace.cover(raw)
    assert b"".join(raw[span.start : span.end] for span in spans) == raw
    assert not [span for span in spans if span.field == "rest"], row["id"]
    return got


def is_value(group: str, readings: list[Reading]) -> bool:
    """Return whether one of the readings is this group as it was sent."""
    number, _, unit = group.partition("*")
    for reading in readings:
        value = reading.value
        if unit and isinstance(value, Decimal) and value == Decimal(number.strip()) * FACTORS[unit]:
            return True
        if not unit and _is_plain(group, value):
            return True
        if isinstance(reading.time, datetime) and re.sub(r"\D", "", group) in f"{reading.time:%y%m%d%H%M%S}":
            return True
    return False


def _is_plain(group: str, value: object) -> bool:
    match value:
        case None:
            return group == ""
        case str():
            return value in {group, _text(group)}
        case Decimal():
            return re.fullmatch(r"[-+]?\d+(\.\d*)?", group) is not None and value == Decimal(group)
        case datetime():
            return f"{value:%y%m%d%H%M}" in group or len(group) == 24
        case date():
            return f"{value:%y%m%d}" in group
        case _:
            return str(value).replace(":", "") in group


def _text(group: str) -> str | None:
    try:
        return bytes.fromhex(group).decode("ascii")
    except ValueError:
        return None


def test_readouts(corpus: Loader, record_property: Record) -> None:
    rows = corpus("iec62056_21/readouts.jsonl")
    sets = values = 0
    for row in rows:
        data = row["text"].encode("latin-1")
        if row["id"] in NO_TELEGRAM:
            assert DECODER.sniff(data) == 0
            continue
        got = decode(row)
        assert emtkit.decode(data, memory=Memory()).protocol == "iec62056_21", row["id"]
        command = got.layer(Command)
        for name, groups in row["expected"]["lines"]:
            sets += 1
            if command is not None:
                assert command.data == f"({groups[0]})"
                continue
            known = [each for each in read_datasets(row["text"]) if each.id == name]
            assert any(each.groups == tuple(groups) for each in known), (row["id"], name)
            wanted = f"{name}({')('.join(groups)})".encode("latin-1")
            found = [r for r in got.readings if wanted.startswith(r.raw) or r.raw in wanted]
            listed = any(isinstance(layer, Buffer | ProfileBlock) and layer.id == name for layer in got.layers)
            for group in groups:
                values += 1
                assert listed or is_value(group, found), (row["id"], name, group)
    record_property(
        "figure",
        f"corpus iec62056_21/readouts: {len(rows) - len(NO_TELEGRAM)} of {len(rows)} rows decode "
        f"({len(NO_TELEGRAM)} are no telegrams), {sets} data sets, {values} groups",
    )


def test_p1(corpus: Loader, record_property: Record) -> None:
    rows = corpus("iec62056_21/dsmr_p1.jsonl")
    values = 0
    for row in rows:
        got = decode(row)
        assert emtkit.decode(row["text"].encode("latin-1"), memory=Memory()).protocol == "iec62056_21"
        sent = re.search(r"!([0-9A-F]{1,4})\r", row["text"])
        assert [check.ok for check in got.checks] == ([True] if sent else []), row["id"]
        for name, item in row["expected"]["values"].items():
            values += _p1_value(got, name, item, row["id"])
    record_property("figure", f"corpus iec62056_21/dsmr_p1: {len(rows)} of {len(rows)} rows, {values} values")


def _p1_value(got: Decoded, name: str, item: Any, ident: str) -> int:
    """Compare one named value of dsmr_parser; return how many values it was."""
    if name == "MBUS_DEVICES":
        return sum(_p1_channel(got, device, ident) for device in item)
    if name == "POWER_EVENT_FAILURE_LOG":
        log = [r for r in got.readings if r.obis == f"{item['buffer_type']}*255"]
        for reading, entry in zip(log, item["buffer"], strict=True):
            _same(reading, entry, ident)
        return len(log)
    if name == "BELGIUM_MAXIMUM_DEMAND_13_MONTHS":
        maxima = [r for r in got.readings if r.obis == "1-0:1.6.0*255" and r.storage]
        captured = profiles(got)[0].values
        for reading, entry, at in zip(maxima, item, captured, strict=True):
            _same(reading, {**entry, "datetime": entry["occurred"]}, ident)
            assert at.end == datetime.fromisoformat(entry["datetime"])
        return len(maxima)
    (reading,) = [r for r in got.readings if r.obis == f"{P1_NAMES[name]}*255" and not r.storage]
    _same(reading, item, ident)
    return 1


def _p1_channel(got: Decoded, device: dict[str, Any], ident: str) -> int:
    number = device["CHANNEL_ID"]
    kind = next(layer for layer in got.layers if isinstance(layer, MbusDevice) and layer.channel == number)
    count = 0
    for name, item in device.items():
        if name in {"DEVICE_TYPE", "MBUS_DEVICE_TYPE"}:
            assert (kind.device_type, kind.medium) == (int(item["value"]), DEVICE_TYPES[int(item["value"])])
        elif name != "CHANNEL_ID":
            codes = {f"0-{number}:{code}*255" for code in CHANNEL_NAMES[name]}
            (reading,) = [r for r in got.readings if r.obis in codes]
            _same(reading, item, ident)
            assert reading.subunit == number
        count += name != "CHANNEL_ID"
    return count


def _same(reading: Reading, item: dict[str, Any], ident: str) -> None:
    expected, unit = item["value"], item.get("unit")
    where = (ident, reading.obis, reading.value, expected)
    if "datetime" in item:
        wanted = item["datetime"]
        assert reading.time == (None if wanted is None else datetime.fromisoformat(wanted)), where
    if unit is not None:
        assert isinstance(reading.value, Decimal)
        assert reading.value == Decimal(repr(expected)) * FACTORS[unit], where
    elif isinstance(reading.value, datetime):
        assert reading.value == datetime.fromisoformat(expected), where
    elif isinstance(reading.value, Decimal):
        assert reading.value == Decimal(repr(expected)), where
    else:
        assert reading.value in {expected, str(expected), _text(str(expected))}, where


def test_load_profiles_and_logbooks(corpus: Loader, record_property: Record) -> None:
    rows = corpus("iec62056_21/vdew_profiles.jsonl")
    values = entries = 0
    for row in rows:
        got = decode(row)
        assert emtkit.decode(row["text"].encode("latin-1"), memory=Memory()).protocol == "iec62056_21"
        if row["expected"] == {"error": True}:
            assert got.layer(ErrorAnswer) is not None
            assert got.readings == []
            entries += 1
            continue
        blocks = [layer for layer in got.layers if isinstance(layer, ProfileBlock | LogEntry)]
        for block, expected in zip(blocks, row["expected"], strict=True):
            assert (block.id, block.stamp) == (expected["id"], expected["zst"])
            if isinstance(block, LogEntry):
                assert (block.status, len(block.values)) == (expected["status_hex"], expected["k"])
                assert [name for name, _, _ in block.values] == expected["idents"]
                assert [text for _, _, text in block.values] == expected["values"]
                assert any(r.time == block.time and r.status == block.status for r in got.readings)
                entries += 1
            else:
                values += _block(block, expected, got)
    record_property(
        "figure",
        f"corpus iec62056_21/vdew_profiles: {len(rows)} of {len(rows)} rows, {values} profile values, "
        f"{entries} logbook entries and error answers",
    )


def _block(block: ProfileBlock, expected: dict[str, Any], got: Decoded) -> int:
    assert block.status == expected["status"]
    assert block.first_end is not None
    assert block.first_end.replace(tzinfo=None) == datetime.fromisoformat(expected["timestamp"])
    assert block.period.total_seconds() == expected["period_min"] * 60
    assert block.season == {"0": "winter", "1": "summer", "2": "utc"}[expected["season"]]
    assert [[row.id, row.sent] for row in block.channels] == expected["channels"]
    assert len(block.rows) == len(expected["rows"])
    count = 0
    for number, (row, texts) in enumerate(zip(block.rows, expected["rows"], strict=True)):
        assert row.end == block.first_end + number * block.period
        for channel, value, text in zip(block.channels, row.values, texts, strict=True):
            wanted = Decimal(text) * FACTORS[channel.sent]
            assert value == wanted
            assert any(r.time == row.end and r.obis == channel.obis and r.value == wanted for r in got.readings)
            count += 1
    return count


class GivenKeys:
    """The keys of a row."""

    def __init__(self, keys: dict[str, str]) -> None:
        self.keys = {"encryption": Key.from_hex(keys["EK"]), "authentication": Key.from_hex(keys["AK"])}

    def candidates(self, meter: object, use: str = "encryption") -> tuple[Key, ...]:  # noqa: ARG002 - the protocol
        return (self.keys[use],)


def test_encrypted_p1(corpus: Loader, record_property: Record) -> None:
    rows = corpus("iec62056_21/p1_encrypted.jsonl")
    for row in rows:
        got, expected = decode(row, GivenKeys(row["keys"])), row["expected"]
        assert (got.state, got.security.verdict, got.security.verified) == ("complete", "decrypted", True)
        header = got.layer(Ciphering)
        assert header.system_title.hex() == expected["system_title"]
        assert header.security_control == expected["security_control"]
        assert header.invocation_counter == expected["invocation_counter"]
        plain = decode({"id": row["id"], "text": expected["plaintext"]})
        assert [(r.obis, r.value, r.unit, r.time) for r in got.readings] == [
            (r.obis, r.value, r.unit, r.time) for r in plain.readings
        ]
        assert len(got.readings) > 10
    record_property("figure", f"corpus iec62056_21/p1_encrypted: {len(rows)} of {len(rows)} rows, tags right")
