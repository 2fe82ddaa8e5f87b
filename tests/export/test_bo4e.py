"""BO4E-style JSON: the three objects, their status, and every object read back."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.bo4e import Options, read_objects, write
from emtkit.model.decoded import Decoded
from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.series import Quality
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from emtkit.export.registry import Report

MakeDay = Callable[..., list[Decoded]]
MALO = "50000000013"
POINTS = Points([Point(meter="1EMT0000010001", register="1-0:1.8.0", marktlokation=MALO, ratio=Decimal(1))])
MESSWERT = (
    b'[{"_typ":"ZAEHLWERK","obisKennzahl":"1","einheit":"KWH",'
    b'"messwerte":[{"zeitpunkt":"%s","wert":null,"messwertstatus":"%s"}]}]'
)
# a Python that has BO4E's own library
BO4E_PYTHON = os.environ.get("EMTKIT_BO4E", "")


def bo4e(frames: list[Decoded], points: Points | None = POINTS, **options: Any) -> tuple[bytes, Report]:
    out = io.BytesIO()
    report = write(frames, out, points=points, options=Options(**options))
    return out.getvalue(), report


def test_a_lastgang(day: MakeDay) -> None:
    data, _ = bo4e(day(leave_out=4))
    (lastgang,) = json.loads(data)
    values = lastgang.pop("werte")
    assert lastgang == {
        "_typ": "LASTGANG",
        "sparte": "STROM",
        "messgroesse": "KWH",
        "marktlokation": {"_typ": "MARKTLOKATION", "marktlokationsId": MALO},
        "messlokation": None,
        "obisKennzahl": "1-0:1.8.0",
        "zeitIntervallLaenge": {"_typ": "MENGE", "wert": "15", "einheit": "MINUTE"},
        "zusatzAttribute": [{"name": "geraetenummer", "wert": "1EMT0000010001"}, {"name": "lokationsId", "wert": MALO}],
    }
    assert values[0] == {
        "_typ": "ZEITREIHENWERT",
        "zeitraum": {
            "_typ": "ZEITRAUM",
            "startdatum": "2026-11-02",
            "startuhrzeit": "00:00:00+01:00",
            "enddatum": "2026-11-02",
            "enduhrzeit": "00:15:00+01:00",
        },
        "wert": "0.25",
        "status": "ABGELESEN",
        "statuszusatz": None,
    }
    assert (values[3]["wert"], values[3]["status"]) == (None, "FEHLT")


@pytest.mark.parametrize("begin", ["2026-10-25", "2026-11-02", "2027-03-28"])
@pytest.mark.parametrize("options", [{}, {"substitutes": "interpolation"}, {"values": "register"}, {"step": "day"}])
def test_every_object_reads_back(day: MakeDay, begin: str, options: dict[str, Any]) -> None:
    end = f"{begin[:8]}{int(begin[8:]) + 1:02}"
    data, report = bo4e(day(f"{begin}T00:00", f"{end}T00:00", leave_out=9), **options)
    assert report.refused == []
    (found,) = read_objects(io.BytesIO(data))
    assert (found.obis, found.unit, found.attributes["lokationsId"]) == ("1-0:1.8.0", "kWh", MALO)
    missing = [value for value in found.values if value.quality is Quality.MISSING]
    filled = [value for value in found.values if value.method == "interpolation"]
    if options.get("step") != "day":  # a day needs no reading between its borders
        assert (bool(missing), bool(filled)) == ("substitutes" not in options, "substitutes" in options)
    if "values" not in options:
        total = sum((value.value or Decimal(0) for value in found.values), Decimal(0))
        steps = 100 if begin == "2026-10-25" else 92 if begin == "2027-03-28" else 96
        whole = Decimal(sum(250 + number for number in range(steps))).scaleb(-3)
        lost = Decimal(258 + 259).scaleb(-3) if missing else Decimal(0)
        assert total == whole - lost


def test_a_unit_that_bo4e_does_not_have() -> None:
    meter = MeterId.of("EMT", "00050001", 1, 8)
    readings = [Reading("heat_cost_units", Decimal(1), "HCA", "4-0:1.0.0*255")]
    _, report = bo4e([Decoded("wmbus", "complete", meter, readings=readings)], None)
    assert [refusal.code for refusal in report.refused] == ["series.no_marks"]


def test_heat_cost_units_are_refused(day: MakeDay) -> None:
    frames = day()
    for frame in frames:
        for reading in frame.readings:
            reading.unit, reading.obis = "HCA", "4-0:1.0.0*255"
    _, report = bo4e(frames, None)
    assert [refusal.code for refusal in report.refused] == ["bo4e.unit"]


def test_bo4e_itself_takes_what_is_written(day: MakeDay) -> None:
    if not BO4E_PYTHON:
        pytest.skip("EMTKIT_BO4E names no Python with the package bo4e")
    check = (
        "import sys, json, bo4e\n"
        "for each in json.load(sys.stdin):\n"
        "    kind = {'LASTGANG': bo4e.Lastgang, 'ENERGIEMENGE': bo4e.Energiemenge, 'ZAEHLWERK': bo4e.Zaehlwerk}\n"
        "    found = kind[each['_typ']].model_validate(each)\n"
        "    back = json.loads(found.model_dump_json(by_alias=True))\n"
        "    assert back['obisKennzahl'] == each['obisKennzahl']\n"
        "    if each['_typ'] == 'LASTGANG':\n"
        "        assert [w['wert'] for w in back['werte']] == [w['wert'] for w in each['werte']]\n"
    )
    forms: list[dict[str, Any]] = [{}, {"substitutes": "interpolation"}, {"values": "register"}, {"step": "day"}]
    for options in forms:
        data, _ = bo4e(day(leave_out=9), **options)
        done = subprocess.run([BO4E_PYTHON, "-c", check], input=data, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("bo4e.syntax", b"x"),
        ("bo4e.syntax", b"{}"),
        ("bo4e.field", b"[1]"),
        ("bo4e.field", b"[{}]"),
        ("bo4e.field", b'[{"_typ":"VERTRAG"}]'),
        ("bo4e.field", MESSWERT % (b"2026-11-02T00:00:00", b"FEHLT")),
        ("bo4e.field", MESSWERT % (b"2026-11-02T00:00:00Z", b"ABGELESEN")),
    ],
)
def test_files_that_cannot_be_read(code: str, data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        read_objects(io.BytesIO(data))
    assert caught.value.code == code


KEYS = st.sampled_from(["_typ", "werte", "zeitraum", "wert", "obisKennzahl"])
LEAVES = st.none() | st.text(max_size=5) | st.integers(0, 9)


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)))
def test_any_document_gives_objects_or_an_error(document: Any) -> None:
    with suppress(EmtkitError):
        read_objects(io.BytesIO(json.dumps([document]).encode()))
