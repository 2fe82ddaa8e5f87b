"""Load profiles that a meter made itself: from its telegram to the series, the message and the other exports."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from emtkit import decode
from emtkit.export.collect import Collection, Plan, collect_points, collect_registers
from emtkit.export.grid import Grid
from emtkit.export.profile_generic import to_json
from emtkit.export.profile_generic.profile import readings_of
from emtkit.export.registry import Report, write
from emtkit.model.decoded import Decoded
from emtkit.model.errors import EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.points import Point, Points
from emtkit.protocols import registry
from emtkit.protocols.context import Memory
from emtkit.protocols.dlms import axdr
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.classes.metering import CaptureObject, ScalerUnit
from emtkit.protocols.dlms.cosem_time import from_datetime
from emtkit.protocols.dlms.profile import build_buffer, read_profile
from emtkit.protocols.dlms.readings import Source
from emtkit.protocols.iec62056_21.encoder import write_block
from emtkit.protocols.sml import build_frame, build_message
from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.server_id import din_server_id
from emtkit.protocols.sml.structures import SmlTime
from emtkit.protocols.sml.tlv import Unsigned
from emtkit.wire.view import View

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER = timedelta(minutes=15)
QUARTERS = Plan(Grid(), timedelta(seconds=30))
MARKET: dict[str, Any] = {
    "pruefidentifikator": "13018",
    "messlokation": "DE0000000000000000000EMT000060001",
    "sender": "9900000000003",
    "receiver": "9911111111118",
    "ratio": Decimal(40),
}
NAMED = "/EMT5RLM3\r\n\x02C.1.0(1EMT0000060001)\r\n"


def profile(*heads: tuple[str, str, int, list[str]], channels: str = "(1)(1.5)(kW)", before: str = NAMED) -> Decoded:
    """Decode a load profile: stamp, status, minutes and rows of each head."""
    text = "".join(
        f"P.01({stamp})({status})({minutes}){channels}\r\n" + "".join(f"{row}\r\n" for row in rows)
        for stamp, status, minutes, rows in heads
    )
    head, _, start = before.rpartition("\x02")
    return decode(head.encode() + write_block(start + text), protocol="iec62056_21", memory=Memory())


def point(register: str = "1-0:1.29.0", **fields: Any) -> Point:
    return Point(meter="1EMT0000060001", register=register, obis="1-1:1.29.0", where="points.toml:1", **fields)


def collect(frames: list[Decoded], *points: Point, plan: Plan = QUARTERS) -> Collection:
    return collect_points(frames, Points(points), lambda _: plan)


def day(*rows: str, status: str = "00", stamp: str = "0261102001500") -> Decoded:
    return profile((stamp, status, 15, list(rows)))


def values(collection: Collection) -> list[tuple[Any, str, str | None]]:
    """Return value, quality and reason of the first series up to its last value that is no gap."""
    found = collection.found[0].builder.intervals().values
    last = max(at for at, value in enumerate(found) if value.reason != "gap")
    return [(value.value, str(value.quality), value.reason) for value in found[: last + 1]]


@pytest.mark.parametrize("register", ["1-0:1.29.0", "1-0:1.5.0"])
def test_power_becomes_the_energy_of_each_interval_and_an_entry_may_name_either(register: str) -> None:
    readout = decode(
        "/EMT5RLM3\r\n\r\nC.1.0(1EMT0000060001)\r\n0.9.1(000001)\r\n0.9.2(261102)\r\n1.5.0(0.5*kW)\r\n!\r\n"
    )
    frames = [day("(0.184)", "(0.2)"), day("(0.4)", stamp="0261102004500")]
    if register == "1-0:1.5.0":
        frames = [readout, *frames, readout]  # the power that a readout tells is not in the way
    collection = collect(frames, point(register))
    (item,) = collection.found
    assert (item.builder.obis, item.builder.unit, item.builder.kind) == ("1-0:1.29.0*255", "Wh", "interval")
    assert values(collection) == [(46, "true", None), (50, "true", None), (100, "true", None)]
    first = item.builder.intervals().values[0]
    assert (first.start, first.end) == (
        datetime(2026, 11, 1, 23, tzinfo=UTC),
        datetime(2026, 11, 1, 23, 15, tzinfo=UTC),
    )
    assert first.status == "00"
    assert collection.diagnostics == []


def test_status_is_quality_and_the_better_of_two_readings_stays() -> None:
    doubtful, sound = day("(0.1)", "(0.2)", status="01"), day("(0.4)", stamp="0261102003000")
    for frames in ([doubtful, sound], [sound, doubtful]):
        assert values(collect(frames, point())) == [(25, "preliminary", "device error"), (100, "true", None)]
    again = collect([day("(0.1)"), day("(0.4)")], point())
    assert values(again) == [(25, "true", None)]
    codes = [finding.code for finding in again.found[0].builder.intervals().diagnostics]
    assert codes == ["series.reading.conflict", "series.gap"]


def test_gaps_and_values_that_the_meter_does_not_have() -> None:
    frames = [day("(0.1)", "()"), day("(0.4)", stamp="0261102010000")]
    assert values(collect(frames, point())) == [
        (25, "true", None), (None, "missing", "no value"), (None, "missing", "gap"), (100, "true", None),
    ]  # fmt: skip


def test_another_period_is_not_put_on_the_grid() -> None:
    hourly = profile(("0261102010000", "00", 60, ["(0.1)", "(0.2)"]))
    (item,) = collect([hourly], point()).found
    with pytest.raises(EncodeError, match="2 with an interval that is none of the series") as caught:
        item.builder.intervals()
    assert caught.value.code == "series.no_marks"
    hours = Plan(Grid(timedelta(hours=1)), timedelta(seconds=30))
    assert values(collect([hourly], point(), plan=hours)) == [(100, "true", None), (200, "true", None)]


def test_counters_in_a_load_profile_are_registers() -> None:
    frame = profile(("0261102000000", "00", 15, ["(10.000)", "(10.046)", "(10.100)"]), channels="(1)(1.8.0)(kWh)")
    collection = collect([frame], point("1-0:1.8.0"))
    assert values(collection) == [(46, "true", None), (54, "true", None)]
    assert collection.found[0].builder.registers().values[1].sources == (datetime(2026, 11, 1, 23, 15, tzinfo=UTC),)
    doubtful = profile(("0261102000000", "04", 15, ["(10.000)", "(10.046)"]), channels="(1)(1.8.0)(kWh)")
    assert values(collect([doubtful], point("1-0:1.8.0"))) == [(46, "preliminary", "disturbed measurement")]


def test_a_profile_whose_meter_nobody_names_is_reported() -> None:
    frame = profile(("0261102001500", "00", 15, ["(0.1)"]), before="\x02")
    assert frame.meter is None
    assert [(found.field, found.code) for found in collect([frame], point()).diagnostics] == [
        ("points.toml:1", "points.no_reading"), ("", "series.no_meter"),
    ]  # fmt: skip


def test_a_second_meter_does_not_get_into_the_series() -> None:
    other = profile(("0261102001500", "00", 15, ["(0.9)"]), before=NAMED.replace("60001", "60002"))
    any_of_them = Point(meter="EMT 0006*", register="1-0:1.29.0", where="points.toml:1")
    collection = collect([day("(0.1)"), other], any_of_them)
    assert values(collection) == [(25, "true", None)]
    assert [found.code for found in collection.diagnostics] == ["points.ambiguous"]


def mscons(path: Path, frames: list[Decoded], *points: Point) -> tuple[Report, str]:
    options = {"message_date": "2026-11-10T08:00:00Z", "reference": "RLM"}
    report = write("mscons", frames, path, points=Points(points), options=options)
    return report, "".join(file.read_text("latin-1") for file in sorted(path.iterdir()))


@pytest.mark.parametrize("pruefidentifikator", ["13018", "13025"])
def test_a_doubtful_quarter_hour_is_a_preliminary_value_of_the_message(tmp_path: Path, pruefidentifikator: str) -> None:
    rows = ["(0.100)"] * 40
    frame = profile(
        ("0261102001500", "00", 15, rows),
        ("0261102101500", "01", 15, rows[:1]),
        ("0261102103000", "00", 15, rows + rows[:15]),
    )
    fields = {**MARKET, "pruefidentifikator": pruefidentifikator, "marktlokation": "50000000013"}
    report, text = mscons(tmp_path, [frame], point(**fields))
    assert report.refused == []
    assert (text.count("QTY+220:1.000'"), text.count("QTY+Z18:1.000'")) == (95, 1)
    assert f"RFF+Z13:{pruefidentifikator}'" in text


def test_a_gap_refuses_the_message_and_says_when(tmp_path: Path) -> None:
    report, text = mscons(tmp_path, [day(*["(0.1)"] * 50)], point(**MARKET))
    assert text == ""
    assert [refusal.code for refusal in report.refused] == ["mscons.interval.gap"]


def test_profiles_of_all_channels_go_into_profile_generic(tmp_path: Path) -> None:
    frame = profile(("0261102001500", "20", 15, ["(0.100)(7.5)"] * 96), channels="(2)(1.5)(kW)(2.8.0)(kWh)")
    report = write("profile-json", [frame], tmp_path)
    assert report.refused == []
    (file,) = tmp_path.iterdir()
    found: dict[str, list[tuple[Decimal, str | None]]] = {}
    for meter, reading in readings_of(to_json.decode(file.read_bytes())):
        assert meter.identifier == "1EMT0000060001"
        assert isinstance(reading.value, Decimal)
        found.setdefault(str(reading.obis), []).append((reading.value, reading.status))
    assert found == {"1-0:1.29.0*255": [(Decimal(25), "20")] * 96, "1-0:2.8.0*255": [(Decimal(7500), "20")] * 96}
    assert len(collect_registers([frame], QUARTERS, Points([point("1-0:1.5.0")])).found) == 1


def test_profile_generic_of_dlms_over_the_end_of_summer_time() -> None:
    clock, status = CaptureObject(8, Obis(0, 0, 1, 0, 0, 255), 2, 0), CaptureObject(1, Obis(0, 0, 96, 10, 1, 255), 2, 0)
    energy = CaptureObject(3, Obis(1, 0, 1, 29, 0, 255), 2, 0)
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    rows = [
        [
            axdr.octets(from_datetime((start + at * QUARTER).astimezone(BERLIN)).encode()),
            Data(axdr.UNSIGNED, 0x04 if at == 7 else 0),
            Data(axdr.DOUBLE_LONG_UNSIGNED, at),
        ]
        for at in range(1, 101)
    ]
    units = {energy.logical_name: ScalerUnit(1, 30)}
    read = read_profile(build_buffer(rows), (clock, status, energy), Source(View(b""), BERLIN), period=900, units=units)
    meter = MeterId.of("EMT", "00060001", 1, 2)
    collection = collect([Decoded("dlms", "complete", meter, layers=(read,))], point())
    found = collection.found[0].builder.intervals().values
    assert [value.value for value in found] == [Decimal(at * 10) for at in range(1, 101)]
    assert (found[6].quality, found[6].reason) == (Quality.PRELIMINARY, "data_not_valid")
    assert sum(value.quality is Quality.TRUE for value in found) == 99
    no_period = read._replace(period=0)
    assert registry.series_of(Decoded("dlms", "complete", meter, layers=(no_period,))) == []


def test_rows_of_an_sml_profile_are_readings_and_become_the_same_series() -> None:
    server = din_server_id("1EMT0000060001")
    begin = int(datetime(2026, 11, 1, 23, tzinfo=UTC).timestamp())
    names = (bytes((1, 0, 1, 8, 0, 255)), bytes((1, 0, 1, 29, 0, 255)))
    periods = tuple(
        sml.ProfilePeriod(
            SmlTime(2, begin + 900 * row),
            0x1C0104,
            (sml.ValueEntry(Unsigned(5000 + row, 2)), sml.ValueEntry(Unsigned(7, 1))),
        )
        for row in range(5)
    )
    headers = tuple(sml.ProfileHeader(name, 30, 0) for name in names)
    body = sml.GetProfilePackRes(server, SmlTime(2, begin), 900, (b"\x01",), headers, periods)
    frame = decode(build_frame(build_message(sml.Message(b"\x01", body))))
    assert registry.series_of(frame) == []
    for register, value in (("1-0:1.8.0", 1), ("1-0:1.29.0", 7)):
        assert values(collect([frame], point(register)))[-4:] == [(value, "true", None)] * 4


class Invented:
    """A protocol of another distribution."""

    name = "invented"

    def __init__(self, made: list[Series]) -> None:
        self.made = made

    def sniff(self, data: bytes) -> int:
        return len(data) * 0

    def series(self, decoded: Decoded) -> list[Series]:
        assert decoded.protocol == self.name
        return self.made


def test_any_protocol_may_say_that_it_has_series(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = MeterId.of("EMT", "00060001", 1, 2)
    start = datetime(2026, 11, 2, tzinfo=BERLIN)
    value = SeriesValue(start, start + QUARTER, Decimal(5), Quality.SUBSTITUTE, "interpolation", "communication")
    made = [Series(meter, "1-0:1.29.0*255", "Wh", "interval", QUARTER, [value])]
    monkeypatch.setattr(registry, "_with_series", {"invented": Invented(made)}.get)
    same = Reading("energy", Decimal(5), "Wh", "1-0:1.29.0*255", time=start + QUARTER)
    for count in (1, 2):
        collection = collect([Decoded("invented", "complete", meter, readings=[same])] * count, point())
        assert values(collection) == [(5, "substitute", "communication")]
    assert registry.series_of(Decoded("mbus", "complete", meter)) == []
    assert registry.series_of(Decoded("nobody knows", "complete", meter)) == []
    assert registry.series_of(Decoded(None, "failed")) == []


def test_days_may_be_chosen(tmp_path: Path) -> None:
    frame = day(*["(0.1)"] * 96 * 3)
    options = {"message_date": "2026-11-10T08:00:00Z", "reference": "RLM", "last_day": str(date(2026, 11, 2))}
    (written,) = write("mscons", [frame], tmp_path, points=Points([point(**MARKET)]), options=options).written
    assert written.items == 96
