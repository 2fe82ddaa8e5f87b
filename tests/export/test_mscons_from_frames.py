"""A capture to MSCONS files: the whole way, as `emtkit convert --to mscons` goes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.grid import BERLIN
from emtkit.export.mscons.outgoing.from_frames import Options
from emtkit.export.mscons.validate import check_interchanges
from emtkit.export.registry import Report, export, parse_options, write
from emtkit.model.decoded import Decoded
from emtkit.model.errors import ConfigError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MALO = "41373559241"
MELO = "DE0000000000000000000000000EMT001"
ELECTRICITY, GAS, WATER, HEAT = (MeterId.of("EMT", f"1234567{kind}", 1, kind) for kind in (2, 3, 7, 4))
OPTIONS = {"message_date": "2026-11-03T08:00:00Z", "reference": "EMT7K3"}
STROM: dict[str, Any] = {"sender": "9900000000011", "receiver": "9900000000029"}


def frames(
    meter: MeterId, obis: str, begin: str, end: str, *, minutes: int = 15, unit: str = "Wh", step: int = 250
) -> Iterator[Decoded]:
    """Readings of a register, a few seconds after each mark; the register advances by `step`."""
    moment, last = (datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC) for text in (begin, end))
    value = Decimal(1_000_000)
    while moment <= last:
        reading = Reading("energy", value, unit, obis, time=moment + timedelta(seconds=7), time_source="capture")
        yield Decoded("wmbus", "complete", meter, readings=[reading])
        moment += timedelta(minutes=minutes)
        value += step


def profile_point(**fields: Any) -> Point:
    values: dict[str, Any] = {
        "meter": "1EMT0012345672",
        "register": "1-0:1.8.0",
        "obis": "1-1:1.29.0",
        "pruefidentifikator": "13025",
        "marktlokation": MALO,
        "ratio": Decimal(1),
        **STROM,
        **fields,
    }
    return Point(**values)


def convert(path: Path, decoded: list[Decoded], *points: Point, **options: str) -> Report:
    return write("mscons", decoded, path / "out", points=Points(points), options={**OPTIONS, **options})


def codes(report: Report) -> list[str]:
    return [refusal.code for refusal in report.refused]


def test_a_day_of_a_load_profile(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-26T00:00"))
    report = convert(tmp_path, decoded, profile_point())
    assert codes(report) == []
    (written,) = report.written
    assert written.path == tmp_path / "out" / "MSCONS_TL_9900000000011_9900000000029_20261103_EMT7K300000001.txt"
    assert written.items == 100
    assert report.frames == 101
    data = written.path.read_bytes()
    assert data.startswith(
        b"UNA:+.? 'UNB+UNOC:3+9900000000011:500+9900000000029:500+261103:0800+EMT7K300000001++TL'"
        b"UNH+1+MSCONS:D:04B:UN:2.5'BGM+Z48+EMT7K300000001-1+9'DTM+137:202611030800?+00:303'RFF+Z13:13025'"
    )
    assert data.endswith(b"DTM+164:202610252300?+00:303'UNT+314+1'UNZ+1+EMT7K300000001'")
    assert data.count(b"QTY+220:0.250'") == 100
    assert [path.name for path in (tmp_path / "out").iterdir()] == [written.path.name]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-26T00:00"))
    both = [convert(tmp_path / name, decoded, profile_point()).written[0].path for name in "ab"]
    assert both[0] is not None
    assert both[1] is not None
    assert both[0].read_bytes() == both[1].read_bytes()


def test_a_fleet_is_a_file_for_each_partner_and_kind_of_values(tmp_path: Path) -> None:
    decoded = [
        *frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-11-01T00:00"),
        *frames(GAS, "7-0:3.0.0*255", "2026-10-25T06:00", "2026-10-26T06:00", minutes=1440, unit="m3"),
        *frames(WATER, "8-0:1.0.0*255", "2026-10-25T00:00", "2026-10-25T01:00", unit="m3"),
        *frames(HEAT, "6-0:1.0.0*255", "2026-10-25T00:00", "2026-10-25T01:00"),
    ]
    gas: dict[str, Any] = {"sender": "9800000000013", "receiver": "9800000000021", "messlokation": MELO}
    report = convert(
        tmp_path,
        decoded,
        profile_point(),
        profile_point(receiver="4012345678901", marktlokation=None, messlokation=MELO, pruefidentifikator="13018"),
        profile_point(obis="1-1:1.8.0", pruefidentifikator="13017", konfigurations_id="KONFIG-0001"),
        Point(meter="7EMT0012345673", register="7-0:3.0.0", obis="7-0:3.0.0", pruefidentifikator="13002", **gas),
        Point(meter="8EMT0012345677", register="8-0:1.0.0", marktlokation=MALO, pruefidentifikator="13025"),
        Point(
            meter="6EMT0012345674",
            register="6-0:1.0.0",
            obis="1-1:1.29.0",
            medium=None,
            marktlokation=MALO,
            pruefidentifikator="13025",
            ratio=Decimal(1),
            **STROM,
        ),
    )
    files = {
        f"{kind} {receiver}": (item.what, item.items)
        for item in report.written
        if item.path
        for _, kind, _, receiver, *_ in [item.path.name.split("_")]
    }
    assert files == {
        "TL 9900000000029": ("1 message TL to 9900000000029", 676),
        "TL 4012345678901": ("1 message TL to 4012345678901", 676),
        "VL 9900000000029": ("8 messages VL to 9900000000029", 8),
        "VL 9800000000021": ("2 messages VL to 9800000000021", 2),
    }
    assert codes(report) == ["mscons.medium", "mscons.medium"]
    assert "water" in report.refused[0].message
    references = {item.path.name.split("_")[-1] for item in report.written if item.path}
    assert references == {f"EMT7K30000000{number}.txt" for number in range(1, 5)}


def test_a_gap_is_refused_or_filled_on_request(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-26T00:00", "2026-10-28T00:00"))
    del decoded[20]
    report = convert(tmp_path, decoded, profile_point())
    assert codes(report) == ["mscons.interval.gap"]
    assert report.refused[0].field == f"13025 {MALO} 2026-10-26 00:00"
    assert report.written == []
    assert "series.gap" in [finding.code for finding in report.diagnostics]
    assert not list((tmp_path / "out").iterdir())

    report = convert(tmp_path, decoded, profile_point(), split="day")
    assert codes(report) == ["mscons.interval.gap"]
    assert [item.items for item in report.written] == [96]

    report = convert(tmp_path, decoded, profile_point(), substitutes="interpolation")
    assert codes(report) == ["mscons.substitute.reason"]

    report = convert(tmp_path, decoded, profile_point(), substitutes="interpolation", substitute_reason="communication")
    (written,) = report.written
    assert written.path is not None
    text = written.path.read_text("latin-1")
    assert text.count("QTY+67:0.250'") == 2
    assert text.count("STS+Z32++Z92'STS+Z40++Z75'") == 2
    assert text.count("QTY+220:0.250'") == 190


def test_days_that_are_wanted(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-24T10:00", "2026-10-27T10:00"))
    assert codes(convert(tmp_path, decoded, profile_point())) == ["mscons.interval.gap"]
    report = convert(tmp_path, decoded, profile_point(), first_day="2026-10-25", last_day="2026-10-26")
    assert codes(report) == []
    assert [item.items for item in report.written] == [196]


def test_energies_of_a_month(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-09-01T00:00", "2026-11-01T00:00", minutes=60))
    energy = profile_point(obis="1-1:1.9.0", pruefidentifikator="13019", ratio=Decimal(40))
    assert codes(convert(tmp_path, decoded, energy)) == ["mscons.energy_basis"] * 2
    report = convert(tmp_path, decoded, energy, energy_basis="Z36+Z37")
    (written,) = report.written
    assert written.path is not None
    text = written.path.read_text("latin-1")
    assert "QTY+220:7200.000'DTM+163:202608312200?+00:303'DTM+164:202609302200?+00:303'STS+10+Z36'STS+10+Z37'" in text
    assert "QTY+220:7450.000'DTM+163:202609302200?+00:303'DTM+164:202610312300?+00:303'" in text  # 745 hours
    report = convert(tmp_path, decoded, energy, energy_basis="Z38+Z39", energy_period="day")
    assert [item.items for item in report.written] == [61]
    assert report.written[0].what.startswith("2 messages EM")


def test_two_tariffs_are_one_message(tmp_path: Path) -> None:
    decoded = [
        *frames(ELECTRICITY, "1-0:1.8.1*255", "2026-11-01T00:00", "2026-11-01T00:00"),
        *frames(ELECTRICITY, "1-0:1.8.2*255", "2026-11-01T00:00", "2026-11-01T00:00"),
    ]
    points = [
        profile_point(register=f"1-0:1.8.{tariff}", obis=f"1-1:1.8.{tariff}", messlokation=MELO, marktlokation=None,
                      pruefidentifikator="13017", ratio=None)
        for tariff in (1, 2)
    ]  # fmt: skip
    (written,) = convert(tmp_path, decoded, *points).written
    assert written.path is not None
    segments = list(read_segments(written.path.read_bytes()))
    assert [segment.tag for segment in segments].count("UNH") == 1
    assert [segment.get(2) for segment in segments if segment.tag == "PIA"] == ["1-1:1.8.1", "1-1:1.8.2"]
    assert "RFF+MG:1EMT0012345672'" in written.path.read_text("latin-1")
    assert "DTM+9:202610312300?+00:303'DTM+7:202610312300?+00:303'" in written.path.read_text("latin-1")


def test_files_do_not_grow_without_end(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-29T00:00"))
    report = convert(tmp_path, decoded, profile_point(), split="day", max_size="0")
    names = [item.path.name[-18:] for item in report.written if item.path]
    assert names == [f"EMT7K30000000{number}.txt" for number in range(1, 5)]


def test_test_flag_and_decimal_mark(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-26T00:00"))
    (written,) = convert(tmp_path, decoded, profile_point(), test="true", decimal_mark=",").written
    assert written.path is not None
    text = written.path.read_text("latin-1")
    assert text.startswith("UNA:+,? 'UNB")
    assert "++TL++++1'UNH" in text
    assert "QTY+220:0,250'" in text


def test_points_that_cannot_be_written_say_why(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-26T00:00"))
    report = convert(
        tmp_path,
        decoded,
        profile_point(pruefidentifikator=None, where="points.toml:1"),
        profile_point(obis=None, where="points.toml:2"),
        profile_point(sender=None, where="points.toml:3"),
        profile_point(ratio=None, marktlokation="51238696781", where="points.toml:4"),
        profile_point(pruefidentifikator="13003", where="points.toml:5"),
        profile_point(receiver="9800000000021", where="points.toml:6"),
        profile_point(pruefidentifikator="13018", where="points.toml:7"),
    )
    assert {(refusal.field.partition(" ")[0], refusal.code) for refusal in report.refused} == {
        ("points.toml:1", "points.missing"),
        ("points.toml:2", "points.missing"),
        ("points.toml:3", "points.missing"),
        ("13025", "points.missing"),  # the ratio
        ("points.toml:5", "mscons.pruefidentifikator"),
        ("points.toml:6", "mscons.partner"),
        ("points.toml:7", "mscons.location"),
    }
    assert report.written == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"message_date": ""}, "export.option"),
        ({"message_date": "2026-11-03T08:00:00"}, "mscons.message_date"),
        ({"reference": "emt"}, "mscons.reference"),
        ({"reference": ""}, "mscons.reference"),
        ({"split": "year"}, "export.option"),
        ({"last_day": "9999-12-31"}, "mscons.day"),
        ({"first_day": "0001-01-01"}, "mscons.day"),
        ({"tolerance": "-1"}, "mscons.tolerance"),
        ({"tolerance": "1000000000000000"}, "mscons.tolerance"),
        ({"energy_basis": "Z37"}, "export.option"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: dict[str, str], code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        convert(tmp_path, [], profile_point(), **options)
    assert caught.value.code == code


def test_a_tolerance_that_is_too_wide_for_quarter_hours_refuses_these_points(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-26T00:00"))
    reading = profile_point(obis="1-1:1.8.0", pruefidentifikator="13017", konfigurations_id="K")
    report = convert(tmp_path, decoded, profile_point(), reading, tolerance="900")
    assert codes(report) == ["series.tolerance"]
    assert [item.items for item in report.written] == [2]


def test_nothing_is_read_from_the_clock(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        write("mscons", [], tmp_path, points=Points([]), options={"reference": "EMT1"})
    assert caught.value.code == "mscons.message_date"


def test_the_contract_of_a_format() -> None:
    form = export("mscons")
    assert (form.NAME, form.SUFFIX, form.OUTPUT, form.NEEDS_POINTS) == ("mscons", ".txt", "directory", True)
    options = parse_options(form, {**OPTIONS, "first_day": "2026-10-25", "tolerance": "60"})
    assert options == Options(
        message_date=datetime(2026, 11, 3, 8, tzinfo=UTC),
        reference="EMT7K3",
        first_day=date(2026, 10, 25),
        tolerance=60,
    )


# --- further use cases -----------------------------------------------------------------------------------------------


def hourly(meter: MeterId = GAS, obis: str = "7-0:33.2.0*255") -> list[Decoded]:
    return list(frames(meter, obis, "2026-10-24T06:00", "2026-10-25T06:00", minutes=60, step=1500))


def text_of(report: Report) -> str:
    (written,) = report.written
    assert written.path is not None
    return written.path.read_text("latin-1")


def accepted(report: Report) -> bool:
    return all(
        checked.errors == [] and checked.warnings == []
        for written in report.written
        if written.path is not None
        for checked in check_interchanges(written.path.read_bytes())
    )


def gas_point(pruefidentifikator: str, obis: str, **fields: Any) -> Point:
    values: dict[str, Any] = {"sender": "9800000000013", "receiver": "9800000000021", "ratio": Decimal(1), **fields}
    return Point(
        meter="7EMT0012345673", register="7-0:33.2.0", obis=obis, pruefidentifikator=pruefidentifikator, **values
    )


def test_a_gas_day_of_25_hours(tmp_path: Path) -> None:
    report = convert(tmp_path, hourly(), gas_point("13008", "7-20:99.33.17", marktlokation=MALO))
    assert codes(report) == []
    text = text_of(report)
    assert text.count("QTY+220:1.500'") == 25
    assert "LOC+172+41373559241'DTM+163:202610240400?+00:303'DTM+164:202610250500?+00:303'" in text
    assert accepted(report)


def test_cubic_metres_are_no_energy(tmp_path: Path) -> None:
    decoded = list(frames(GAS, "7-0:3.0.0*255", "2026-10-24T06:00", "2026-10-25T06:00", minutes=60, unit="m3"))
    point = gas_point("13008", "7-20:99.33.17", marktlokation=MALO)
    point.register = "7-0:3.0.0"
    assert codes(convert(tmp_path, decoded, point)) == ["unit.incompatible"]


def test_gas_energy_of_a_day_in_whole_kilowatt_hours(tmp_path: Path) -> None:
    point = gas_point("13009", "7-0:33.86.0", marktlokation=MALO)
    report = convert(tmp_path, hourly(), point, energy_period="day")
    assert codes(report) == []
    assert "QTY+220:38'DTM+163:202610240400?+00:303'DTM+164:202610250500?+00:303'" in text_of(report)
    assert accepted(report)


def power_points(**fields: Any) -> list[Point]:
    return [profile_point(obis=obis, pruefidentifikator="13016", **fields) for obis in ("1-1:1.6.0", "1-1:1.9.0")]


def test_energy_and_maximum_of_a_month(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-01T00:00", "2026-11-01T00:00"))
    report = convert(tmp_path, decoded, *power_points())
    assert codes(report) == []
    text = text_of(report)
    assert "BGM+Z28+" in text
    assert "PIA+5+1-1?:1.6.0:SRW'QTY+220:1.000'DTM+306:202610:610'" in text
    assert "PIA+5+1-1?:1.9.0:SRW'QTY+220:745.000'DTM+163:202609302200?+00:303'" in text
    assert accepted(report)
    # a quarter hour that is missing might have been the largest
    report = convert(tmp_path, decoded[:100] + decoded[101:], *power_points())
    assert codes(report) == ["mscons.interval.gap"]


def test_a_lieferschein_of_days(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-24T00:00", "2026-10-26T00:00"))
    report = convert(tmp_path, decoded, *power_points(), document_code="Z42", energy_period="day", split="day")
    assert codes(report) == []
    text = text_of(report)
    assert text.count("BGM+Z42+") == 2
    assert "QTY+Z31:1.000'DTM+306:20261025:102'" in text
    assert "QTY+Z31:25.000'DTM+163:202610242200?+00:303'DTM+164:202610252300?+00:303'" in text
    assert accepted(report)


def test_a_maximum_is_made_of_energy_only(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.6.0*255", "2026-10-24T00:00", "2026-10-26T00:00", unit="W"))
    point = profile_point(register="1-0:1.6.0", obis="1-1:1.6.0", pruefidentifikator="13016")
    assert codes(convert(tmp_path, decoded, point)) == ["mscons.kind"]


def test_values_of_type_2_need_an_order(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-26T00:00"))
    nelo: dict[str, Any] = {"marktlokation": None, "netzlokation": "E0000000019", "pruefidentifikator": "13027"}
    report = convert(tmp_path, decoded, profile_point(**nelo))
    assert codes(report) == ["mscons.order_reference"]
    report = convert(tmp_path, decoded, profile_point(order_reference="ORDERS4711", **nelo))
    assert codes(report) == []
    text = text_of(report)
    assert "RFF+AGI:ORDERS4711'RFF+Z13:13027'" in text
    assert "LOC+172+E0000000019'LIN+1'" in text
    assert text.count("QTY+220:0.250'") == 100
    assert accepted(report)


def test_a_load_profile_of_a_netzlokation(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-10-25T00:00", "2026-10-26T00:00"))
    report = convert(
        tmp_path, decoded, profile_point(marktlokation=None, netzlokation="E0000000019", pruefidentifikator="13018")
    )
    assert codes(report) == []
    assert "LOC+172+E0000000019'DTM+163" in text_of(report)
    assert accepted(report)


def test_readings_because_of_a_change(tmp_path: Path) -> None:
    decoded = list(frames(GAS, "7-0:3.0.0*255", "2026-10-25T06:00", "2026-10-25T06:00", unit="m3"))
    point = gas_point("13002", "7-0:3.0.0", messlokation=MELO)
    point.register = "7-0:3.0.0"
    report = convert(tmp_path, decoded, point, reading="change", master_data="UTILMD-7", plausibility="Z86+Z84")
    assert codes(report) == []
    text = text_of(report)
    assert "RFF+Z30:UTILMD-7'RFF+Z13:13002'" in text
    assert "DTM+7:202610250500?+00:303'DTM+60:202610250500?+00:303'STS+Z33++Z86'STS+Z33++Z84'" in text
    assert accepted(report)
    report = convert(tmp_path, decoded, point, ablesedatum="day", gas_quality="ZG3")
    assert "DTM+9:20261025:102'DTM+7:202610250500?+00:303'STS+Z31++ZG3'" in text_of(report)
    assert accepted(report)


@pytest.mark.parametrize("pruefidentifikator", ["13019", "13028"])
def test_the_energy_of_the_whole_time(tmp_path: Path, pruefidentifikator: str) -> None:
    # there is a reading at the begin and at the end, and none between
    decoded = list(frames(ELECTRICITY, "1-0:1.8.0*255", "2026-03-10T00:00", "2026-10-16T00:00", minutes=316_740))
    assert len(decoded) == 2
    point = profile_point(obis="1-1:1.9.0", pruefidentifikator=pruefidentifikator)
    report = convert(tmp_path, decoded, point, energy_period="whole", energy_basis="Z36+Z37")
    assert codes(report) == []
    assert ":0.250'DTM+163:202603092300?+00:303'DTM+164:202610152200?+00:303'" in text_of(report)
    assert accepted(report)
    report = convert(tmp_path, decoded, point, energy_period="whole", energy_basis="Z36+Z37", last_day="2026-10-16")
    assert codes(report) == ["mscons.interval.gap"]


def test_the_energy_of_the_whole_time_of_a_load_profile(tmp_path: Path) -> None:
    decoded = list(frames(ELECTRICITY, "1-0:1.29.0*255", "2026-10-25T00:15", "2026-10-26T00:00", step=0))
    point = profile_point(register="1-0:1.29.0", obis="1-1:1.9.0", pruefidentifikator="13016")
    report = convert(tmp_path, decoded, point, energy_period="whole")
    assert codes(report) == []
    assert "QTY+220:100000.000'DTM+163:202610242200?+00:303'DTM+164:202610252300?+00:303'" in text_of(report)
    assert accepted(report)
    point = profile_point(register="1-0:1.29.0", obis="1-1:1.9.0", pruefidentifikator="13019")
    assert codes(convert(tmp_path, decoded, point, energy_basis="Z36+Z37")) == ["mscons.kind"]
