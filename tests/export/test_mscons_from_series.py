"""Series and points to messages: what each use case wants, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.grid import BERLIN, DAY, Grid
from emtkit.export.mscons.message import Message, MessageWriter
from emtkit.export.mscons.outgoing.from_series import Rules, drafts, message_of, part_of
from emtkit.export.mscons.outgoing.header import header_of
from emtkit.model.errors import EmtkitError
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.points import Point

MALO = "41373559241"
MELO = "DE0000000000000000000000000EMT001"
METER = MeterId.of("EMT", "12345678", 1, 2)  # 1EMT0012345678
STROM = {"sender": "9900000000011", "receiver": "9900000000029", "ratio": Decimal(1)}
CREATED = datetime(2026, 12, 24, 8, 0, 59, tzinfo=UTC)
RULES = Rules(CREATED)


def point(pruefidentifikator: str, obis: str, **fields: Any) -> Point:
    gas = {"sender": "9800000000013", "receiver": "9800000000021"}
    given: dict[str, Any] = {**(gas if pruefidentifikator == "13002" else STROM), **fields}
    return Point(meter="*", register="1.8.0", obis=obis, pruefidentifikator=pruefidentifikator, **given)


def load_profile_point(obis: str = "1-1:1.29.0", **fields: Any) -> Point:
    return point("13025", obis, **{"marktlokation": MALO, **fields})


def series(values: list[SeriesValue], unit: str = "Wh", kind: Any = "interval", **fields: Any) -> Series:
    return Series(
        **{
            "meter": METER,
            "obis": "1-0:1.8.0*255",
            "unit": unit,
            "kind": kind,
            "step": None,
            "values": values,
            **fields,
        }
    )


def quarter_hours(day: str, until: str | None = None, watt_hours: int = 971) -> list[SeriesValue]:
    begin = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    end = datetime.fromisoformat(until).replace(tzinfo=BERLIN) if until else Grid(DAY).around(begin)[1]
    return [SeriesValue(low, high, Decimal(watt_hours)) for low, high in pairwise(Grid().marks(begin, end))]


def readings(*days: str, hour: int = 0, **fields: Any) -> list[SeriesValue]:
    marks = [datetime.fromisoformat(day).replace(hour=hour, tzinfo=BERLIN).astimezone(UTC) for day in days]
    return [SeriesValue(mark, mark, Decimal(12345678), **fields) for mark in marks]


def messages(*items: tuple[Point, Series], rules: Rules = RULES, split: Any = "month") -> list[Message]:
    header = header_of(items[0][0], items[0][1].meter)
    parts = [part_of(header, point, values) for point, values in items]
    return [
        message_of(draft, rules, reference=str(number), document=f"EMT-{number}")
        for number, draft in enumerate(drafts(header, parts, split), 1)
    ]


def text(message: Message) -> str:
    return MessageWriter().text(message)


def refused(*items: tuple[Point, Series], rules: Rules = RULES) -> str:
    with pytest.raises(EmtkitError) as caught:
        messages(*items, rules=rules)
    return caught.value.code


# --- load profiles ---------------------------------------------------------------------------------------------------


def test_13025_a_day() -> None:
    (message,) = messages((load_profile_point(), series(quarter_hours("2026-11-02"))))
    assert text(message).startswith(
        "UNH+1+MSCONS:D:04B:UN:2.5'BGM+Z48+EMT-1+9'DTM+137:202612240800?+00:303'RFF+Z13:13025'"
        "NAD+MS+9900000000011::293'NAD+MR+9900000000029::293'UNS+D'NAD+DP'LOC+172+41373559241'"
        "DTM+163:202611012300?+00:303'DTM+164:202611022300?+00:303'LIN+1'PIA+5+1-1?:1.29.0:SRW'"
        "QTY+220:0.971'DTM+163:202611012300?+00:303'DTM+164:202611012315?+00:303'QTY+220:0.971'"
    )
    assert text(message).endswith("DTM+164:202611022300?+00:303'UNT+302+1'")
    assert message.value_count == 96


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 92), ("2026-10-25", 100), ("2026-10-26", 96)])
def test_days_of_the_clock_change(day: str, count: int) -> None:
    (message,) = messages((load_profile_point(), series(quarter_hours(day))))
    assert message.value_count == count
    times = [segment.get(1, 2) for segment in read_segments(text(message).encode()) if segment.tag == "DTM"][3:]
    assert len(times) == 2 * count
    assert times[1:-1:2] == times[2::2]  # without a gap
    assert len(set(times)) == count + 1


def test_release_2_4c_before_october_2026() -> None:
    rules = Rules(datetime(2026, 9, 30, 21, 59, tzinfo=UTC))
    (message,) = messages((load_profile_point(), series(quarter_hours("2026-09-01"))), rules=rules)
    assert text(message).startswith("UNH+1+MSCONS:D:04B:UN:2.4c'")


def test_a_message_per_month_or_day() -> None:
    values = series(quarter_hours("2026-10-24", "2026-12-03"))
    october, november, december = messages((load_profile_point(), values))
    assert [message.value_count for message in (october, november, december)] == [8 * 96 + 4, 30 * 96, 2 * 96]
    assert october.end == november.begin == datetime(2026, 10, 31, 23, tzinfo=UTC)
    days = messages((load_profile_point(), values), split="day")
    assert [message.value_count for message in days] == [96, 100, *[96] * 38]
    assert [message.document for message in days[:2]] == ["EMT-1", "EMT-2"]


def test_a_year_is_twelve_messages_that_keep_the_limit_of_a_line() -> None:
    year = series(quarter_hours("2025-01-01", "2026-01-01"))
    counts = [message.value_count for message in messages((load_profile_point(), year))]
    assert len(counts) == 12
    assert sum(counts) == 35040
    assert max(counts) < 9999


def test_two_registers_of_a_meldepunkt_are_two_lines() -> None:
    delivery = series(quarter_hours("2026-11-02"), obis="1-0:2.8.0*255")
    (message,) = messages(
        (load_profile_point(), series(quarter_hours("2026-11-02"))),
        (load_profile_point(obis="1-1:2.29.0"), delivery),
    )
    assert [line.obis for line in message.lines] == ["1-1:1.29.0", "1-1:2.29.0"]
    assert "LIN+2'PIA+5+1-1?:2.29.0:SRW'" in text(message)


def test_registers_with_other_periods_are_other_messages() -> None:
    first, second = messages(
        (load_profile_point(), series(quarter_hours("2026-11-02"))),
        (load_profile_point(obis="1-1:2.29.0"), series(quarter_hours("2026-11-03"), obis="1-0:2.8.0*255")),
    )
    assert [len(message.lines) for message in (first, second)] == [1, 1]


def test_13018_reactive_energy_of_a_messlokation() -> None:
    values = series(quarter_hours("2026-11-02"), "varh", obis="1-0:5.8.0*255")
    (message,) = messages((point("13018", "1-1:5.29.0", messlokation=MELO, order_reference="ORDERS4711"), values))
    assert f"RFF+AGI:ORDERS4711'RFF+Z13:13018'" in text(message)  # noqa: F541 - reads like the others
    assert f"LOC+172+{MELO}'DTM+163" in text(message)
    assert message.document_code == "7"


def test_the_transformer_ratio_is_in_load_profiles() -> None:
    (message,) = messages((load_profile_point(ratio=Decimal(40)), series(quarter_hours("2026-11-02"))))
    assert message.lines[0].quantities[0].value == Decimal("38.840")
    assert refused((load_profile_point(ratio=None), series(quarter_hours("2026-11-02")))) == "points.missing"


def test_gaps_are_refused() -> None:
    values = quarter_hours("2026-11-02")
    missing = values[10]._replace(value=None, quality=Quality.MISSING, reason="no_reading")
    assert refused((load_profile_point(), series([*values[:10], missing, *values[11:]]))) == "mscons.interval.gap"
    assert refused((load_profile_point(), series(values[:10] + values[11:]))) == "mscons.interval.gap"
    assert refused((load_profile_point(), series(values[1:]))) == "mscons.time.day_border"
    assert refused((load_profile_point(), series(values[:-1]))) == "mscons.time.day_border"


def test_a_gap_costs_its_message_only() -> None:
    values = quarter_hours("2026-11-02", "2026-11-04")
    values[100] = values[100]._replace(value=None, quality=Quality.MISSING)
    header = header_of(load_profile_point(), METER)
    good, bad = drafts(header, [part_of(header, load_profile_point(), series(values))], "day")
    assert message_of(good, RULES, reference="1", document="D").value_count == 96
    with pytest.raises(EmtkitError) as caught:
        message_of(bad, RULES, reference="2", document="D")
    assert caught.value.code == "mscons.interval.gap"
    assert "2026-11-03T00:15:00+00:00" in caught.value.message
    assert str(bad) == f"13025 {MALO} 2026-11-03 00:00"


def test_overlap_order_and_length() -> None:
    values = quarter_hours("2026-11-02")
    assert refused((load_profile_point(), series([*values, values[-1]]))) == "mscons.interval.overlap"
    swapped = [values[1], values[0], *values[2:]]
    assert refused((load_profile_point(), series(swapped))) in {"mscons.time.day_border", "mscons.interval.overlap"}
    hours = [SeriesValue(low.start, high.end, Decimal(1)) for low, high in zip(values[::4], values[3::4], strict=True)]
    assert refused((load_profile_point(), series(hours))) == "mscons.interval.length"
    inverted = [*values[:-1], SeriesValue(values[-1].end, values[-1].start, Decimal(1))]
    assert refused((load_profile_point(), series(inverted))).startswith("mscons.")


def test_values_after_the_message_date_are_refused() -> None:
    rules = Rules(datetime(2026, 11, 2, 22, 59, tzinfo=UTC))
    item = (load_profile_point(), series(quarter_hours("2026-11-02")))
    assert refused(item, rules=rules) == "mscons.time.future"
    assert messages(item, rules=Rules(datetime(2026, 11, 2, 23, tzinfo=UTC)))


def test_substitutes_say_how_and_why() -> None:
    values = quarter_hours("2026-11-02")
    values[0] = values[0]._replace(quality=Quality.SUBSTITUTE, method="interpolation", reason="communication")
    values[1] = values[1]._replace(quality=Quality.SUBSTITUTE, method="ZJ2", reason="Z81")
    values[2] = values[2]._replace(quality=Quality.PRELIMINARY)
    (message,) = messages((load_profile_point(), series(values)))
    written = text(message)
    assert (
        "QTY+67:0.971'DTM+163:202611012300?+00:303'DTM+164:202611012315?+00:303'STS+Z32++Z92'STS+Z40++Z75'" in written
    )
    assert "STS+Z32++ZJ2'STS+Z40++Z81'QTY+Z18:0.971'DTM+163:202611012330?+00:303'" in written
    assert written.count("STS+") == 4
    assert written.endswith("UNT+306+1'")


def test_substitutes_are_never_without_a_reason() -> None:
    values = quarter_hours("2026-11-02")
    item = (load_profile_point(), series(values))
    values[3] = values[3]._replace(quality=Quality.SUBSTITUTE, method="interpolation", reason="no_reading")
    assert refused(item) == "mscons.substitute.reason"
    assert refused(item, rules=Rules(CREATED, substitute_reason="Z98")) == "mscons.substitute.reason"  # gas only
    (message,) = messages(item, rules=Rules(CREATED, substitute_reason="meter_fault"))
    assert message.lines[0].quantities[3].reason == "Z81"
    values[3] = values[3]._replace(method=None)
    assert refused(item) == "mscons.substitute.method"
    values[3] = values[3]._replace(method="hold")  # gas only
    assert refused(item) == "mscons.substitute.method"


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"),
    [("0", "0.000"), ("970", "0.970"), ("1.234E+6", "1234"), ("1000.0", "1.000"), ("5E+3", "5"), ("971.000", "0.971")],
)
def test_kwh_from_wh_are_exact(value: str, number: str) -> None:
    values = [item._replace(value=Decimal(value)) for item in quarter_hours("2026-11-02")]
    (message,) = messages((load_profile_point(), series(values)))
    assert str(message.lines[0].quantities[0].value) == number


def test_more_decimals_than_allowed_are_refused_unless_announced() -> None:
    values = [item._replace(value=Decimal("971.5")) for item in quarter_hours("2026-11-02")]
    assert refused((load_profile_point(), series(values))) == "mscons.decimals"
    for decimals, number in ((3, "0.972"), (2, "0.97"), (0, "1"), (9, "0.972")):
        (message,) = messages((load_profile_point(decimals=decimals), series(values)))
        assert str(message.lines[0].quantities[0].value) == number


def test_meter_readings_are_cut_to_what_was_announced() -> None:
    values = readings("2026-11-01")
    reading = point("13017", "1-1:1.8.0", konfigurations_id="K", decimals=1)
    (message,) = messages((reading, series(values, kind="register")))
    assert str(message.lines[0].quantities[0].value) == "12345.6"


def test_joules_become_kwh_where_that_is_exact() -> None:
    values = [item._replace(value=Decimal(3_600_000)) for item in quarter_hours("2026-11-02")]
    (message,) = messages((load_profile_point(ratio=Decimal(2)), series(values, "J")))
    assert message.lines[0].quantities[0].value == 2
    odd = [item._replace(value=Decimal(1)) for item in values]
    assert refused((load_profile_point(), series(odd, "J"))) == "unit.inexact"
    assert refused((load_profile_point(), series(values, "m3"))) == "unit.incompatible"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+40", "1E-999999", "1E+999999999"])
def test_numbers_that_are_none_are_refused(value: str) -> None:
    values = [item._replace(value=Decimal(value)) for item in quarter_hours("2026-11-02")]
    assert refused((load_profile_point(), series(values))) == "mscons.number"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**9), st.integers(1, 5000))
def test_what_is_written_is_the_value_times_ratio(watt_hours: Decimal, ratio: int) -> None:
    values = [item._replace(value=watt_hours) for item in quarter_hours("2026-11-02")]
    try:
        (message,) = messages((load_profile_point(ratio=Decimal(ratio)), series(values)))
    except EmtkitError as error:
        assert error.code == "mscons.decimals"
        return
    assert message.lines[0].quantities[0].value * 1000 == watt_hours * ratio


def test_negative_values_are_refused() -> None:
    values = [item._replace(value=Decimal(-1)) for item in quarter_hours("2026-11-02")]
    assert refused((load_profile_point(), series(values))) == "mscons.negative"


# --- meter readings --------------------------------------------------------------------------------------------------


def test_13017_of_a_messlokation_names_the_meter_and_when_it_was_read() -> None:
    read = datetime(2026, 10, 31, 22, 58, 30, tzinfo=UTC)
    reading = point("13017", "1-1:1.8.0", messlokation=MELO, ratio=Decimal(40))
    values = readings("2026-11-01", sources=(read,))
    (message,) = messages((reading, series(values, kind="register")))
    assert text(message) == (
        "UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+EMT-1+9'DTM+137:202612240800?+00:303'RFF+Z13:13017'"
        "NAD+MS+9900000000011::293'NAD+MR+9900000000029::293'UNS+D'NAD+DP'"
        f"LOC+172+{MELO}'RFF+MG:1EMT0012345678'LIN+1'PIA+5+1-1?:1.8.0:SRW'"
        # without the transformer ratio: what the display shows
        "QTY+220:12345.678'DTM+9:202610312258?+00:303'DTM+7:202610312300?+00:303'UNT+16+1'"
    )


def test_13017_of_an_intelligent_meter_has_an_empty_location() -> None:
    reading = point("13017", "1-1:1.8.0", messlokation=MELO, konfigurations_id="KONFIG-0001", ratio=None)
    values = readings("2026-11-01", sources=(datetime(2026, 10, 31, 23, tzinfo=UTC),))
    (message,) = messages((reading, series(values, kind="register")))
    assert "NAD+DP'LOC+172'RFF+AGK:KONFIG-0001'LIN+1'" in text(message)
    assert "RFF+MG" not in text(message)
    assert "QTY+220:12345.678'DTM+7:202610312300?+00:303'UNT+15+1'" in text(message)


def test_13017_one_message_for_each_day_with_all_registers() -> None:
    days = ("2026-10-25", "2026-10-26", "2026-10-27")
    items = [
        (point("13017", f"1-1:1.8.{tariff}", messlokation=MELO), series(readings(*days), kind="register"))
        for tariff in (1, 2)
    ]
    found = messages(*items)
    assert [[line.obis for line in message.lines] for message in found] == [["1-1:1.8.1", "1-1:1.8.2"]] * 3
    times = [message.lines[0].quantities[0].nutzungszeitpunkt for message in found]
    assert [f"{moment:%d.%H}" for moment in times if moment] == ["24.22", "25.23", "26.23"]


def test_meter_readings_stand_at_the_border_of_the_day() -> None:
    noon = readings("2026-11-01", hour=12)
    assert refused((point("13017", "1-1:1.8.0", messlokation=MELO), series(noon, kind="register"))) == (
        "mscons.time.day_border"
    )
    gas = point("13002", "7-0:3.0.0", messlokation=MELO, geraetenummer="7EMT0000000001")
    midnight = series(readings("2026-11-01"), "m3", "register", obis="7-0:3.0.0*255", meter=MeterId(None, "1"))
    assert refused((gas, midnight)) == "mscons.time.day_border"


def test_13002_gas_day_begins_at_six() -> None:
    gas = point("13002", "7-0:3.0.0", messlokation=MELO, geraetenummer="7EMT0000000001")
    values = [
        item._replace(value=Decimal("4711.5")) for item in readings("2026-10-24", "2026-10-25", "2026-10-26", hour=6)
    ]
    found = messages((gas, series(values, "m3", "register", obis="7-0:3.0.0*255", meter=MeterId(None, "1"))))
    assert text(found[0]).endswith(
        f"NAD+MS+9800000000013::332'NAD+MR+9800000000021::332'UNS+D'NAD+DP'LOC+172+{MELO}'"
        "RFF+MG:7EMT0000000001'LIN+1'PIA+5+7-0?:3.0.0:SRW'QTY+220:4711.5'DTM+7:202610240400?+00:303'UNT+15+1'"
    )
    assert "DTM+7:202610250500?+00:303'" in text(found[1])
    assert "DTM+7:202610260500?+00:303'" in text(found[2])


@pytest.mark.parametrize(
    ("hours", "minutes", "allowed"), [(23, 59, True), (24, 0, True), (24, 59, True), (25, 0, False), (-23, 59, True)]
)
def test_read_less_than_a_day_away(hours: int, minutes: int, allowed: bool) -> None:
    # midnight after the day with 25 hours; earlier readings are across the clock change
    use = datetime(2026, 10, 25, 23, tzinfo=UTC)
    read = use - timedelta(hours=hours, minutes=minutes)
    item = (
        point("13017", "1-1:1.8.0", messlokation=MELO),
        series(readings("2026-10-26", sources=(read,)), kind="register"),
    )
    if allowed:
        (message,) = messages(item)
        assert f"DTM+9:{read:%Y%m%d%H%M}?+00:303'" in text(message)
    else:
        assert refused(item) == "mscons.ablesedatum"


def test_read_after_the_message_date_is_refused() -> None:
    read = datetime(2026, 11, 1, 8, tzinfo=UTC)
    item = (
        point("13017", "1-1:1.8.0", messlokation=MELO),
        series(readings("2026-11-01", sources=(read,)), kind="register"),
    )
    assert refused(item, rules=Rules(datetime(2026, 11, 1, 7, tzinfo=UTC))) == "mscons.time.future"


def test_substitute_readings_have_no_date_of_reading() -> None:
    stamps = (datetime(2026, 10, 31, 20, tzinfo=UTC),)
    values = readings("2026-11-01", sources=stamps, quality=Quality.SUBSTITUTE, method="interpolation", reason="Z75")
    (message,) = messages((point("13017", "1-1:1.8.0", messlokation=MELO), series(values, kind="register")))
    assert "QTY+67:12345.678'DTM+7:202610312300?+00:303'STS+Z32++Z92'STS+Z40++Z75'" in text(message)


def test_a_missing_reading_costs_its_day_with_all_registers() -> None:
    days = ("2026-11-01", "2026-11-02")
    gap = readings(*days)
    gap[1] = gap[1]._replace(value=None, quality=Quality.MISSING)
    first, second = (point("13017", f"1-1:1.8.{tariff}", messlokation=MELO) for tariff in (1, 2))
    header = header_of(first, METER)
    parts = [
        part_of(header, first, series(readings(*days), kind="register")),
        part_of(header, second, series(gap, kind="register")),
    ]
    good, bad = drafts(header, parts)
    assert len(message_of(good, RULES, reference="1", document="D").lines) == 2
    with pytest.raises(EmtkitError) as caught:
        message_of(bad, RULES, reference="2", document="D")
    assert caught.value.code == "mscons.interval.gap"


def test_preliminary_readings_only_with_a_konfigurations_id() -> None:
    values = series(readings("2026-11-01", quality=Quality.PRELIMINARY), kind="register")
    assert refused((point("13017", "1-1:1.8.0", messlokation=MELO), values)) == "mscons.quality"
    (message,) = messages((point("13017", "1-1:1.8.0", konfigurations_id="K"), values))
    assert "QTY+Z18:12345.678'" in text(message)


# --- energies --------------------------------------------------------------------------------------------------------


def months(*borders: str) -> list[SeriesValue]:
    marks = [datetime.fromisoformat(border).replace(tzinfo=BERLIN).astimezone(UTC) for border in borders]
    return [SeriesValue(low, high, Decimal(5669998)) for low, high in pairwise(marks)]


BASIS = Rules(CREATED, energy_basis=("Z36", "Z37"))


def test_13019_energy_of_a_marktlokation() -> None:
    energy = point("13019", "1-1:1.9.0", marktlokation=MALO)
    (message,) = messages((energy, series(months("2026-10-01", "2026-11-01"))), rules=BASIS)
    assert text(message).endswith(
        "LOC+172+41373559241'LIN+1'PIA+5+1-1?:1.9.0:SRW'QTY+220:5669.998'DTM+163:202609302200?+00:303'"
        "DTM+164:202610312300?+00:303'STS+10+Z36'STS+10+Z37'UNT+17+1'"
    )


def test_13019_each_value_is_a_line_and_each_month_a_message() -> None:
    energy = point("13019", "1-1:1.9.0", marktlokation=MALO)
    values = series(months("2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"))
    october, november = messages((energy, values), rules=BASIS)
    assert [line.obis for line in october.lines] == ["1-1:1.9.0"] * 2
    assert [len(line.quantities) for line in october.lines] == [1, 1]
    assert "LIN+2'PIA+5+1-1?:1.9.0:SRW'" in text(october)
    assert november.value_count == 1
    assert october.begin is None


def test_13019_says_what_was_sent_before() -> None:
    energy = point("13019", "1-1:1.9.0", marktlokation=MALO)
    values = series(months("2026-10-01", "2026-11-01"))
    assert refused((energy, values)) == "mscons.energy_basis"
    correction = point("13019", "1-1:1.9.0", messlokation=MELO)
    assert refused((correction, values)) == "mscons.order_reference"
    named = point("13019", "1-1:1.9.0", messlokation=MELO, order_reference="EMT1-1")
    negative = [values.values[0]._replace(value=Decimal(-1500))]
    (message,) = messages((named, series(negative)))
    assert "RFF+AGI:EMT1-1'RFF+Z13:13019'" in text(message)
    assert "QTY+220:-1.500'" in text(message)
    assert "STS+10" not in text(message)


def test_13019_of_a_marktlokation_goes_from_day_to_day() -> None:
    energy = point("13019", "1-1:1.9.0", marktlokation=MALO)
    noon = series(months("2026-10-01T12:00", "2026-11-01"))
    assert refused((energy, noon), rules=BASIS) == "mscons.time.day_border"
    named = point("13019", "1-1:1.9.0", konfigurations_id="K", order_reference="EMT1-1")
    (message,) = messages((named, noon))
    assert "LOC+172'RFF+AGK:K'LIN+1'" in text(message)


def test_13019_takes_no_preliminary_values() -> None:
    values = [item._replace(quality=Quality.PRELIMINARY) for item in months("2026-10-01", "2026-11-01")]
    assert refused((point("13019", "1-1:1.9.0", marktlokation=MALO), series(values)), rules=BASIS) == "mscons.quality"


# --- what does not fit -----------------------------------------------------------------------------------------------

DAY_PROFILE = series(quarter_hours("2026-11-02"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"marktlokation": None, "messlokation": MELO}, "mscons.location"),
        ({"marktlokation": None}, "mscons.location"),
        ({"marktlokation": "41373559242"}, "market_id.check_digit"),
        ({"sender": None}, "points.missing"),
        ({"receiver": None}, "points.missing"),
        ({"sender": "9900000000012"}, "market_id.check_digit"),
        ({"sender": "9800000000013"}, "mscons.partner"),
        ({"receiver": "9800000000021"}, "mscons.partner"),
        ({"obis": "1-1:1.8.0"}, "mscons.obis"),
        ({"obis": "1-1:3.29.0"}, "mscons.obis"),
        ({"obis": "1-66:1.29.0"}, "mscons.obis"),
        ({"obis": "7-1:99.33.17"}, "mscons.obis"),
        ({"obis": "8-0:1.0.0"}, "mscons.medium"),
        ({"obis": "6-0:1.0.0"}, "mscons.medium"),
        ({"obis": "4-0:1.0.0"}, "mscons.medium"),
        ({"obis": None}, "points.missing"),
        ({"pruefidentifikator": None}, "points.missing"),
        ({"pruefidentifikator": "13027"}, "mscons.order_reference"),
        ({"pruefidentifikator": "13024"}, "mscons.pruefidentifikator"),
        ({"pruefidentifikator": "13017", "obis": "1-1:1.8.0", "konfigurations_id": "K"}, "mscons.kind"),
        ({"pruefidentifikator": "13018", "messlokation": "DE1"}, "market_id.form"),
    ],
)
def test_points_that_do_not_fit_the_use_case(fields: dict[str, Any], code: str) -> None:
    whole = {"obis": "1-1:1.29.0", "pruefidentifikator": "13025", "marktlokation": MALO, **STROM}
    values: dict[str, Any] = {**whole, **fields}
    assert refused((Point(meter="*", register="1.8.0", **values), DAY_PROFILE)) == code


def test_a_gln_is_for_any_sparte() -> None:
    (message,) = messages((load_profile_point(sender="4012345678901"), DAY_PROFILE))
    assert "NAD+MS+4012345678901::9'" in text(message)


def test_a_meter_of_another_medium_is_refused() -> None:
    gas = point("13002", "7-0:3.0.0", messlokation=MELO, geraetenummer="7EMT0000000001")
    values = readings("2026-11-01", hour=6)
    water = MeterId.of("EMT", "12345678", 1, 7)
    assert refused((gas, series(values, "m3", "register", obis="8-0:1.0.0*255"))) == "mscons.medium"
    assert refused((gas, series(values, "m3", "register", obis="volume", meter=water))) == "mscons.medium"


def test_a_reading_needs_a_device_number() -> None:
    values = series(readings("2026-11-01"), kind="register", meter=MeterId(None, "4711"))
    assert refused((point("13017", "1-1:1.8.0", messlokation=MELO), values)) == "mscons.device"


def test_one_register_twice_is_refused() -> None:
    assert refused((load_profile_point(), DAY_PROFILE), (load_profile_point(), DAY_PROFILE)) == "mscons.obis.twice"


def test_no_values_and_times_without_zone_are_refused() -> None:
    assert refused((load_profile_point(), series([]))) == "mscons.empty"
    naive = [SeriesValue(low.start.replace(tzinfo=None), low.end, low.value) for low in DAY_PROFILE.values]
    assert refused((load_profile_point(), series(naive))) == "mscons.time"
    ancient = [SeriesValue(datetime.min.replace(tzinfo=UTC), low.end, low.value) for low in DAY_PROFILE.values]
    assert refused((load_profile_point(), series(ancient))) == "mscons.time"
    assert refused((load_profile_point(), DAY_PROFILE), rules=Rules(datetime(2026, 12, 1))) == "mscons.time"
    odd = [
        low._replace(start=low.start + timedelta(seconds=1), end=low.end + timedelta(seconds=1))
        for low in DAY_PROFILE.values
    ]
    assert refused((load_profile_point(), series(odd))) == "mscons.time.day_border"


def test_the_same_input_gives_the_same_bytes() -> None:
    item = (load_profile_point(), series(quarter_hours("2026-10-25", "2026-10-27")))
    assert [text(message) for message in messages(item)] == [text(message) for message in messages(item)]
