"""Every use case that is written: its messages are accepted by the validator, in both releases, in all qualities."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.export.grid import BERLIN, DAY, Grid
from emtkit.export.mscons.ahb_codes import CORRECTION, METHOD, PLAUSIBILITY, QUANTITY, REASON, Place, codes
from emtkit.export.mscons.message import MessageWriter
from emtkit.export.mscons.outgoing.from_series import Rules, drafts, message_of, part_of
from emtkit.export.mscons.outgoing.header import header_of
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.export.mscons.use_cases import DAY_START, VARIANTS, market_register
from emtkit.export.mscons.validate import check_interchanges
from emtkit.model.errors import EmtkitError
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.points import Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.mscons.market_registers import Register
    from emtkit.export.mscons.message import Message
    from emtkit.export.mscons.use_cases import UseCase

LOCATIONS = {
    "marktlokation": "41373559241",
    "messlokation": "DE0000000000000000000000000EMT001",
    "netzlokation": "E0000000019",
    "konfigurations_id": "KONFIG-0001",
}
PARTNERS = {
    "electricity": {"sender": "9900000000011", "receiver": "9900000000029"},
    "gas": {"sender": "9800000000013", "receiver": "9800000000021"},
}
RULES = Rules(datetime(2026, 12, 24, 8, tzinfo=UTC), ("Z36", "Z37"))
UNITS = {"kWh": "Wh", "kvarh": "varh", "kW": "W", "kvar": "var"}
SUBSTITUTE = {"quality": Quality.SUBSTITUTE, "method": "Z92", "reason": "communication"}


def obis_of(register: Register) -> str:
    return f"{register.a}-{max(register.b)}:{max(register.c)}.{register.d}.{min(register.e)}"


def rows() -> Iterator[Any]:
    """Every use case with each of its locations and families of registers."""
    for case in VARIANTS.values():
        for location in case.locations:
            for register in case.registers:
                if not register.locations or location in register.locations:
                    name = f"{case.pruefidentifikator} {case.document_code} {location} {obis_of(register)}"
                    yield pytest.param(case, location, register, id=name)


ROWS = list(rows())


def point_of(case: UseCase, location: str, register: Register, **fields: Any) -> Point:
    given: dict[str, Any] = {
        "obis": obis_of(register),
        "pruefidentifikator": case.pruefidentifikator,
        "ratio": Decimal(1),
        "geraetenummer": "1EMT0012345678",
        "order_reference": "ORDERS4711" if case.takes_order else None,
        location: LOCATIONS[location],
        **PARTNERS[case.sparte],
        **fields,
    }
    return Point(meter="*", register="1.8.0", **given)


def step_of(case: UseCase, register: Register) -> timedelta | None:
    """Length of the intervals that such a register has in these tests: None a month."""
    if register.step is not None or register.kind == "register":
        return register.step or DAY
    if case.period:  # gas: conversion values beside a load profile
        return timedelta(hours=1)
    return None


def series_of(case: UseCase, register: Register, first: str, last: str, **fields: Any) -> Series:
    """Values from one local day to another; every fifth has the quality that is asked for."""
    hour = DAY_START[case.sparte]
    begin, end = (datetime.fromisoformat(day).replace(hour=hour, tzinfo=BERLIN) for day in (first, last))
    step = step_of(case, register)
    values = []
    for index, (low, high) in enumerate(pairwise(Grid(step, BERLIN, hour).marks(begin, end))):
        start = high if register.kind == "register" else low
        value = SeriesValue(start, high, Decimal(index * 7), sources=(high - timedelta(seconds=20),))
        values.append(value._replace(**fields) if index % 5 == 0 else value)
    kind: Any = "register" if register.kind == "register" else "interval"
    return Series(MeterId(None, "1"), "", UNITS.get(register.unit, register.unit), kind, step, values)


def some_values(case: UseCase, register: Register, **fields: Any) -> Series:
    """Values of October 2026 or, of a load profile, of three days of it; the clock changes in both."""
    first, last = ("2026-10-24", "2026-10-27") if register.step or case.period else ("2026-10-01", "2026-11-01")
    return series_of(case, register, first, last, **fields)


def written(
    case: UseCase, location: str, register: Register, series: Series, rules: Rules = RULES, **fields: Any
) -> tuple[list[Message], bytes]:
    point = point_of(case, location, register, **fields)
    header = header_of(point, series.meter, case.document_code)
    messages = [
        message_of(draft, rules, reference=str(number), document=f"EMT1-{number}")
        for number, draft in enumerate(drafts(header, [part_of(header, point, series)]), 1)
    ]
    interchange = Interchange(
        reference="EMT1",
        sender=header.sender,
        receiver=header.receiver,
        created=rules.created,
        application_reference=case.application_reference,
    )
    return messages, interchange.text(map(MessageWriter().text, messages)).encode("latin-1")


def findings(data: bytes) -> list[str]:
    return [
        f"{found.rule}: {found.message}"
        for report in check_interchanges(data)
        for found in report.errors + report.warnings
    ]


@pytest.mark.parametrize(("case", "location", "register"), ROWS)
def test_true_values_are_accepted(case: UseCase, location: str, register: Register) -> None:
    _, data = written(case, location, register, some_values(case, register))
    assert findings(data) == []


@pytest.mark.parametrize(("case", "location", "register"), ROWS)
def test_the_release_before_is_accepted_too(case: UseCase, location: str, register: Register) -> None:
    rules = RULES._replace(created=datetime(2026, 9, 30, 21, 59, tzinfo=UTC))
    _, data = written(case, location, register, series_of(case, register, "2026-03-01", "2026-04-01"), rules)
    assert b"MSCONS:D:04B:UN:2.4c'" in data
    assert findings(data) == []


@pytest.mark.parametrize("quality", [Quality.SUBSTITUTE, Quality.PRELIMINARY])
@pytest.mark.parametrize(("case", "location", "register"), ROWS)
def test_other_qualities_are_accepted_or_refused(
    case: UseCase, location: Any, register: Register, quality: Quality
) -> None:
    place = Place(case.pruefidentifikator, case.document_code, location, obis_of(register))
    code = "67" if quality is Quality.SUBSTITUTE else "Z18"
    fields: dict[str, Any] = SUBSTITUTE if quality is Quality.SUBSTITUTE else {"quality": quality}
    series = some_values(case, register, **fields)
    if code not in codes(place, QUANTITY):
        with pytest.raises(EmtkitError) as caught:
            written(case, location, register, series)
        assert caught.value.code == "mscons.quality"
        return
    messages, data = written(case, location, register, series)
    assert findings(data) == []
    quantities = [quantity for message in messages for line in message.lines for quantity in line.quantities]
    others = [quantity for quantity in quantities if quantity.code == code]
    assert len(others) == (len(quantities) + 4) // 5
    has_method, has_reason = bool(codes(place, METHOD, code)), bool(codes(place, REASON, code))
    assert {quantity.method for quantity in others} == {"Z92" if has_method else None}
    assert {quantity.reason for quantity in others} == {"Z75" if has_reason else None}


@pytest.mark.parametrize(
    ("name", "location", "obis", "first", "last", "count"),
    [
        (("13018", "7"), "netzlokation", "1-1:5.29.0", "2026-03-29", "2026-03-30", 92),
        (("13018", "7"), "messlokation", "1-1:1.29.0", "2026-10-25", "2026-10-26", 100),
        (("13025", "Z48"), "marktlokation", "1-1:2.29.0", "2026-10-25", "2026-10-26", 100),
        (("13027", "Z83"), "netzlokation", "1-1:1.29.0", "2026-03-29", "2026-03-30", 92),
        # the gas day that begins on the Saturday before
        (("13008", "7"), "marktlokation", "7-20:99.33.17", "2026-10-24", "2026-10-25", 25),
        (("13008", "7"), "messlokation", "7-10:99.33.17", "2026-03-28", "2026-03-29", 23),
        (("13008", "7"), "marktlokation", "7-20:99.36.17", "2026-10-25", "2026-10-26", 24),
    ],
)
def test_days_of_the_clock_change_are_accepted(
    name: tuple[str, str], location: str, obis: str, first: str, last: str, count: int
) -> None:
    case = VARIANTS[name]
    register = market_register(case, obis)
    series = series_of(case, register, first, last)
    messages, data = written(case, location, register, series, obis=obis)
    assert sum(message.value_count for message in messages) == count
    assert findings(data) == []


def register_in(name: tuple[str, str], obis: str) -> tuple[UseCase, Register]:
    return VARIANTS[name], market_register(VARIANTS[name], obis)


def text_of(message: Message) -> str:
    return MessageWriter().text(message)


def test_13008_a_gas_day() -> None:
    case, register = register_in(("13008", "7"), "7-20:99.33.17")
    series = series_of(case, register, "2026-11-02", "2026-11-03")
    (message,), _ = written(case, "marktlokation", register, series, obis="7-20:99.33.17", order_reference=None)
    assert text_of(message).startswith(
        "UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+EMT1-1+9'DTM+137:202612240800?+00:303'RFF+Z13:13008'"
        "NAD+MS+9800000000013::332'NAD+MR+9800000000021::332'UNS+D'NAD+DP'LOC+172+41373559241'"
        "DTM+163:202611020500?+00:303'DTM+164:202611030500?+00:303'LIN+1'PIA+5+7-20?:99.33.17:SRW'"
        "QTY+220:0.000'DTM+163:202611020500?+00:303'DTM+164:202611020600?+00:303'QTY+220:0.007'"
    )


def test_13008_energy_and_brennwert_are_lines_of_one_message() -> None:
    case, energy = register_in(("13008", "7"), "7-20:99.33.17")
    brennwert = market_register(case, "7-0:54.0.16")
    points = [
        point_of(case, "marktlokation", register, obis=obis)
        for register, obis in ((energy, "7-20:99.33.17"), (brennwert, "7-0:54.0.16"))
    ]
    header = header_of(points[0], MeterId(None, "1"))
    parts = [
        part_of(header, point, series_of(case, register, "2026-11-02", "2026-11-03"))
        for point, register in zip(points, (energy, brennwert), strict=True)
    ]
    (draft,) = drafts(header, parts)
    message = message_of(draft, RULES, reference="1", document="D")
    assert [(line.obis, len(line.quantities)) for line in message.lines] == [("7-20:99.33.17", 24), ("7-0:54.0.16", 24)]
    assert message.lines[1].quantities[1].value == 7  # kWh/m3: neither ratio nor a factor


def test_13008_a_brennwert_may_hold_for_the_whole_day() -> None:
    case, _ = register_in(("13008", "7"), "7-20:99.33.17")
    brennwert = market_register(case, "7-0:54.0.16")
    day = SeriesValue(datetime(2026, 11, 2, 5, tzinfo=UTC), datetime(2026, 11, 3, 5, tzinfo=UTC), Decimal("11.342"))
    series = Series(MeterId(None, "1"), "", brennwert.unit, "interval", None, [day])
    _, data = written(case, "messlokation", brennwert, series, obis="7-0:54.0.16")
    assert findings(data) == []


def test_13002_the_z_number_of_a_month_has_four_decimals() -> None:
    case, register = register_in(("13002", "7"), "7-0:52.0.22")
    begin, end = datetime(2026, 10, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)
    series = Series(MeterId(None, "1"), "", "", "interval", None, [SeriesValue(begin, end, Decimal("0.9537"))])
    (message,), data = written(case, "messlokation", register, series, obis="7-0:52.0.22")
    assert findings(data) == []
    assert text_of(message).endswith(
        "LIN+1'PIA+5+7-0?:52.0.22:SRW'QTY+220:0.9537'DTM+163:202610010400?+00:303'DTM+164:202611010500?+00:303'UNT+17+1'"
    )
    five = Series(MeterId(None, "1"), "", "", "interval", None, [SeriesValue(begin, end, Decimal("0.95371"))])
    with pytest.raises(EmtkitError) as caught:
        written(case, "messlokation", register, five, obis="7-0:52.0.22")
    assert caught.value.code == "mscons.decimals"


def test_13009_energy_of_a_marktlokation_is_whole_kilowatt_hours() -> None:
    case, register = register_in(("13009", "7"), "7-0:33.86.0")
    begin, end = datetime(2026, 10, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)
    series = Series(MeterId(None, "1"), "", "Wh", "interval", None, [SeriesValue(begin, end, Decimal(1234500))])
    (message,), data = written(case, "marktlokation", register, series, order_reference=None)
    assert "QTY+220:1235'DTM+163:202610010400?+00:303'DTM+164:202611010500?+00:303'" in text_of(message)
    assert findings(data) == []
    (message,), data = written(case, "messlokation", register, series)
    assert "RFF+AGI:ORDERS4711'" in text_of(message)
    assert "QTY+220:1234.500'" in text_of(message)
    assert findings(data) == []


def test_13009_differences_are_of_a_messlokation_and_may_be_negative() -> None:
    case, register = register_in(("13009", "7"), "7-1:3.21.0")
    begin, end = datetime(2026, 10, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)
    series = Series(MeterId(None, "1"), "", "m3", "interval", None, [SeriesValue(begin, end, Decimal("-3.5"))])
    (message,), data = written(case, "messlokation", register, series, obis="7-1:3.21.0")
    assert "QTY+220:-3.5'" in text_of(message)
    assert findings(data) == []
    with pytest.raises(EmtkitError) as caught:
        written(case, "marktlokation", register, series, obis="7-1:3.21.0")
    assert caught.value.code == "mscons.obis"


def test_13009_movement_data_name_the_largest_month() -> None:
    case, register = register_in(("13009", "Z27"), "7-0:33.47.0")
    begin, end = datetime(2026, 1, 1, 5, tzinfo=UTC), datetime(2026, 2, 1, 5, tzinfo=UTC)
    series = Series(MeterId(None, "1"), "", "Wh", "interval", None, [SeriesValue(begin, end, Decimal(1234500))])
    (message,), data = written(case, "marktlokation", register, series, obis="7-0:33.47.0")
    assert "BGM+Z27+" in text_of(message)
    assert "DTM+164:202602010500?+00:303'DTM+306:202601:610'" in text_of(message)
    assert findings(data) == []


def month_values(value: Decimal, **fields: Any) -> list[SeriesValue]:
    begin, end = datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)
    return [SeriesValue(begin, end, value, **fields)]


def test_13016_energy_and_maximum_of_a_month_are_one_message() -> None:
    case, work = register_in(("13016", "Z28"), "1-1:1.9.0")
    power = market_register(case, "1-1:1.6.0")
    parts = []
    for register, obis, unit, value in ((work, "1-1:1.9.0", "Wh", 10123500), (power, "1-1:1.6.0", "W", 42124)):
        point = point_of(case, "marktlokation", register, obis=obis, order_reference=None)
        header = header_of(point, MeterId(None, "1"))
        series = Series(MeterId(None, "1"), "", unit, "interval", None, month_values(Decimal(value)))
        parts.append(part_of(header, point, series))
    (draft,) = drafts(header, parts)
    message = message_of(draft, RULES, reference="1", document="D")
    assert text_of(message).endswith(
        "LIN+1'PIA+5+1-1?:1.9.0:SRW'QTY+220:10123.500'DTM+163:202609302200?+00:303'DTM+164:202610312300?+00:303'"
        "LIN+2'PIA+5+1-1?:1.6.0:SRW'QTY+220:42.124'DTM+306:202610:610'UNT+19+1'"
    )


def test_13016_a_lieferschein_may_have_daily_maxima() -> None:
    begin, end = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
    series = Series(MeterId(None, "1"), "", "W", "interval", None, [SeriesValue(begin, end, Decimal(42124))])
    case, register = register_in(("13016", "Z42"), "1-1:1.6.0")
    (message,), data = written(case, "marktlokation", register, series, obis="1-1:1.6.0")
    assert "BGM+Z42+" in text_of(message)
    assert "QTY+Z31:42.124'DTM+306:20261025:102'" in text_of(message)
    assert findings(data) == []
    case, register = register_in(("13016", "Z28"), "1-1:1.6.0")
    with pytest.raises(EmtkitError) as caught:
        written(case, "marktlokation", register, series, obis="1-1:1.6.0")
    assert caught.value.code == "mscons.leistungsperiode"


def test_13016_blindmehrarbeit_is_of_the_list_of_codes_like_obis() -> None:
    case, register = register_in(("13016", "Z42"), "1-66:13.9.0")
    series = Series(MeterId(None, "1"), "", "varh", "interval", None, month_values(Decimal(5000)))
    (message,), data = written(case, "marktlokation", register, series, obis="1-66:13.9.0")
    assert "PIA+5+1-66?:13.9.0:Z02'QTY+Z31:5.000'" in text_of(message)
    assert findings(data) == []


def test_13019_a_lieferschein_says_nothing_of_readings() -> None:
    case, register = register_in(("13019", "Z41"), "1-1:1.9.1")
    series = Series(MeterId(None, "1"), "", "Wh", "interval", None, month_values(Decimal(5000)))
    (message,), data = written(case, "marktlokation", register, series, obis="1-1:1.9.1")
    assert text_of(message).endswith(
        "QTY+Z31:5.000'DTM+163:202609302200?+00:303'DTM+164:202610312300?+00:303'UNT+15+1'"
    )
    assert findings(data) == []


def test_13027_values_at_a_time_and_of_intervals() -> None:
    case, register = register_in(("13027", "Z83"), "1-1:1.8.0")
    moments = [datetime(2026, 11, 2, 3, minute, tzinfo=UTC) for minute in (0, 15, 30)]
    series = Series(
        MeterId(None, "1"), "", "Wh", "register", None, [SeriesValue(at, at, Decimal(100500)) for at in moments]
    )
    (message,), data = written(case, "messlokation", register, series, obis="1-1:1.8.0")
    assert text_of(message).startswith(
        "UNH+1+MSCONS:D:04B:UN:2.5'BGM+Z83+EMT1-1+9'DTM+137:202612240800?+00:303'RFF+AGI:ORDERS4711'RFF+Z13:13027'"
        "NAD+MS+9900000000011::293'NAD+MR+9900000000029::293'UNS+D'NAD+DP'LOC+172+DE0000000000000000000000000EMT001'"
        "LIN+1'PIA+5+1-1?:1.8.0:SRW'QTY+220:100.500'DTM+7:202611020300?+00:303'QTY+220:100.500'DTM+7:202611020315?+00:303'"
    )
    assert findings(data) == []
    with pytest.raises(EmtkitError) as caught:
        written(case, "messlokation", register, series, obis="1-1:1.8.0", order_reference=None)
    assert caught.value.code == "mscons.order_reference"


def test_13027_substitutes_say_neither_how_nor_why() -> None:
    case, register = register_in(("13027", "Z83"), "1-1:1.29.0")
    series = series_of(case, register, "2026-11-02", "2026-11-03", quality=Quality.SUBSTITUTE)
    _, data = written(case, "messlokation", register, series, obis="1-1:1.29.0")
    assert data.count(b"QTY+67:") == 20
    assert b"STS+" not in data
    assert findings(data) == []


def test_a_message_that_answers_no_order_takes_no_order_reference() -> None:
    case, register = register_in(("13028", "Z85"), "1-1:1.9.0")
    series = Series(MeterId(None, "1"), "", "Wh", "interval", None, month_values(Decimal(5000)))
    with pytest.raises(EmtkitError) as caught:
        written(case, "marktlokation", register, series, order_reference="ORDERS4711")
    assert caught.value.code == "mscons.order_reference"


def test_a_received_proposal_stays_a_proposal() -> None:
    case, register = register_in(("13008", "7"), "7-10:99.33.17")
    fields: dict[str, Any] = {"quality": Quality.PRELIMINARY, "reason": "201", "method": "hold"}
    series = series_of(case, register, "2026-11-02", "2026-11-03", **fields)
    _, data = written(case, "messlokation", register, series, obis="7-10:99.33.17")
    assert data.count(b"QTY+201:") == data.count(b"STS+Z32++Z93'") == 5
    assert findings(data) == []


@pytest.mark.parametrize(("case", "location", "register"), ROWS)
def test_notes_are_accepted_or_refused(case: UseCase, location: Any, register: Register) -> None:
    place = Place(case.pruefidentifikator, case.document_code, location, obis_of(register))
    series = some_values(case, register)
    rules = RULES._replace(plausibility=("control_reading", "Z84"))
    if "Z86" not in codes(place, PLAUSIBILITY, case.true_code):
        with pytest.raises(EmtkitError) as caught:
            written(case, location, register, series, rules)
        assert caught.value.code == "mscons.plausibility"
        return
    messages, data = written(case, location, register, series, rules)
    assert data.count(b"STS+Z33++Z86'STS+Z33++Z84'") == sum(message.value_count for message in messages)
    assert findings(data) == []


@pytest.mark.parametrize(("case", "location", "register"), ROWS)
def test_a_change_of_the_quality_of_gas_is_told_of_gas_only(case: UseCase, location: Any, register: Register) -> None:
    series = some_values(case, register)
    rules = RULES._replace(gas_quality="ZG3")
    if case.sparte == "electricity":
        with pytest.raises(EmtkitError) as caught:
            written(case, location, register, series, rules)
        assert caught.value.code == "mscons.gas_quality"
        return
    if case.document_code == "7":
        messages, data = written(case, location, register, series, rules)
        assert data.count(b"STS+Z31++ZG3'") == sum(message.value_count for message in messages)
        assert findings(data) == []


@pytest.mark.parametrize(("pruefidentifikator", "obis"), [("13017", "1-1:1.8.0"), ("13002", "7-1:3.0.0")])
def test_readings_because_of_a_change_have_another_time(pruefidentifikator: str, obis: str) -> None:
    case, register = register_in((pruefidentifikator, "7"), obis)
    series = series_of(case, register, "2026-11-02", "2026-11-03")
    rules = RULES._replace(changed=True, master_data_reference="UTILMD-7")
    (message,), data = written(case, "messlokation", register, series, rules, obis=obis)
    day = datetime(2026, 11, 3, DAY_START[case.sparte], tzinfo=BERLIN).astimezone(UTC)
    read = (day - timedelta(minutes=1)).strftime("%Y%m%d%H%M")
    assert f"DTM+7:{day:%Y%m%d%H%M}?+00:303'DTM+60:{read}?+00:303'UNT+" in text_of(message)
    assert ("RFF+Z30:UTILMD-7'" in text_of(message)) == (case.sparte == "gas")
    assert findings(data) == []


def test_a_reading_whose_clock_is_not_trusted_has_a_day() -> None:
    case, register = register_in(("13017", "7"), "1-1:1.8.0")
    series = series_of(case, register, "2026-11-02", "2026-11-03")
    (message,), data = written(case, "messlokation", register, series, RULES._replace(day_only=True), obis="1-1:1.8.0")
    assert "DTM+9:20261102:102'DTM+7:202611022300?+00:303'" in text_of(message)
    assert findings(data) == []


def test_the_ahb_says_which_codes_there_are() -> None:
    malo = Place("13016", "Z42", "marktlokation", "1-1:1.9.0")
    assert codes(malo, QUANTITY) == {"Z31"}
    melo = Place("13017", "7", "messlokation", "1-1:1.8.0")
    assert codes(melo, QUANTITY) == {"220", "67"}
    assert codes(melo._replace(location="konfigurations_id"), QUANTITY) == {"220", "67", "Z18"}
    assert codes(melo, METHOD, "220") == codes(melo, REASON, "220") == frozenset()
    assert codes(melo, METHOD, "67") == {"Z88", "Z89", "Z92", "ZJ2"}
    assert "Z75" in codes(melo, CORRECTION, "67")
    assert "Z75" not in codes(melo, CORRECTION, "220")
    assert "ZA7" in codes(melo, CORRECTION, "220")
    assert "Z83" in codes(melo, PLAUSIBILITY, "220")
    assert "Z83" not in codes(melo, PLAUSIBILITY, "67")


@pytest.mark.parametrize(("case", "location", "register"), ROWS)
def test_the_code_of_true_values_is_that_of_the_ahb(case: UseCase, location: Any, register: Register) -> None:
    place = Place(case.pruefidentifikator, case.document_code, location, obis_of(register))
    assert codes(place, QUANTITY) & {"220", "Z31", "Z47"} == {case.true_code}


def test_a_line_has_9_999_values_at_most() -> None:
    case, register = register_in(("13027", "Z83"), "1-1:1.8.0")
    begin = datetime(2026, 10, 31, 23, tzinfo=UTC)
    moments = [begin + index * timedelta(minutes=1) for index in range(10_000)]
    values = [SeriesValue(at, at, Decimal(1000)) for at in moments]
    series = Series(MeterId(None, "1"), "", "Wh", "register", timedelta(minutes=1), values)
    with pytest.raises(EmtkitError) as caught:
        written(case, "messlokation", register, series, obis="1-1:1.8.0")
    assert caught.value.code == "mscons.count"
    series.values = values[:-1]
    (message,), data = written(case, "messlokation", register, series, obis="1-1:1.8.0")
    assert message.value_count == 9_999
    assert findings(data) == []
    # a day has 1,440 minutes
    point = point_of(case, "messlokation", register, obis="1-1:1.8.0")
    header = header_of(point, series.meter)
    assert [len(draft.parts[0].values) for draft in drafts(header, [part_of(header, point, series)], "day")] == [
        *[1440] * 6, 1359,
    ]  # fmt: skip
