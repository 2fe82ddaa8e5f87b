"""Days with 92 and 100 quarter hours, identifiers, and the XML that gateways send, against the corpora."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emtkit.export.grid import BERLIN, GAS_DAY_START, HOUR, QUARTER_HOUR, Grid
from emtkit.export.profile_generic import to_axdr, to_xml
from emtkit.export.profile_generic.profile import Column, Profile, readings_of
from emtkit.export.series import load_profile
from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.model.market_ids import check_market_id
from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.reading import Reading, plain_value
from emtkit.model.status_word import StatusWord
from emtkit.model.units import UNITS

Figure = Callable[[str, object], None]
Corpus = Callable[[str], list[dict[str, Any]]]
CorpusFile = Callable[[str], Path]

# the AHB has a typing error here: its day ends in another month
MISPRINTED = {"strom-2028-10-29"}
# an example in a vendor's manual; by the rule of the BDEW its check digit would be 2
NOT_A_MALO = {"malo-50074561188"}


def test_days_with_a_clock_change(corpus: Corpus, record_property: Figure) -> None:
    rows = corpus("market/dst_days.jsonl")
    meter = MeterId.of("EMT", "00010001", 1, 2)
    agreeing = 0
    for row in rows:
        expected = row["expected"]
        gas = expected["sparte"] == "gas"
        grid = Grid(HOUR if gas else QUARTER_HOUR, day_start=GAS_DAY_START if gas else 0)
        said = [datetime.fromisoformat(expected[f"utc_{name}"]).replace(tzinfo=UTC) for name in ("from", "to")]
        local = [datetime.fromisoformat(expected[f"local_{name}"]).replace(tzinfo=BERLIN) for name in ("from", "to")]
        marks = grid.marks(*said)
        assert len(marks) - 1 == expected["values"], row["id"]
        assert grid.days(said[0], said[0] + HOUR) == tuple(said), row["id"]
        agreeing += local == said
        assert (local == said) is (row["id"] not in MISPRINTED), row["id"]
        if not gas:  # a register that counts the quarter hours gives a profile of ones, and as many as there are
            readings = [
                (meter, Reading("energy", Decimal(index), "Wh", "1-0:1.8.0*255", time=mark))
                for index, mark in enumerate(marks)
            ]
            assert [value.value for value in load_profile(readings).values] == [Decimal(1)] * expected["values"]
    record_property(
        "figure",
        f"dst_days: {len(rows)} of {len(rows)} days have the right number of values, {agreeing} the right local bounds "
        f"({len(MISPRINTED)} is misprinted in the source)",
    )


def test_identifiers(corpus: Corpus, record_property: Figure) -> None:
    rows = corpus("market/ids.jsonl")
    wrong = []
    for row in rows:
        try:
            check_market_id(row["text"], row["expected"]["kind"])
            valid = True
        except EmtkitError:
            valid = False
        if valid is not row["expected"]["valid"]:
            wrong.append(row["id"])
    assert set(wrong) == NOT_A_MALO
    record_property("figure", f"ids: {len(rows) - len(wrong)} of {len(rows)} identifiers (an example is none itself)")


def cosem_rows(corpus: Corpus) -> list[dict[str, Any]]:
    return [row for row in corpus("smgw/index.jsonl") if row["id"].startswith("cosem-")]


def test_xml_of_gateways(corpus: Corpus, corpus_file: CorpusFile, record_property: Figure) -> None:
    read = refused = 0
    for row in cosem_rows(corpus):
        data = corpus_file(f"smgw/{row['file']}").read_bytes()
        expected = row["expected"]
        if not isinstance(expected, dict) or not any(":" in key for key in expected):
            with pytest.raises(DecodeError) as error:
                to_xml.decode(data)
            assert error.value.code.startswith("profile.xml."), row["id"]
            refused += 1
            continue
        result = to_xml.decode(data)
        assert result.diagnostics == []
        assert to_xml.decode(to_xml.encode(result.profile)).profile == result.profile
        found: dict[str, list[Reading]] = {}
        for _, reading in readings_of(result.profile):
            found.setdefault(Obis.parse(reading.obis or "").market, []).append(reading)
        wanted = {obis: values for obis, values in expected.items() if ":" in obis}
        assert found.keys() == wanted.keys()
        for obis, values in wanted.items():
            shown = [f"{plain_value(reading.value)} {reading.unit}" for reading in found[obis]]
            assert shown == [value if " " in value else f"{value} {expected['unit']}" for value in values]
        if "times" in expected:
            times = [datetime.fromisoformat(text) for text in expected["times"]]
            assert [reading.time for reading in next(iter(found.values()))] == times
        assert all(reading.unit in UNITS for readings in found.values() for reading in readings)
        read += 1
    assert (read, refused) == (2, 6)
    record_property("figure", f"cosem xml: {read} lists of values read, {refused} other or damaged documents refused")


def test_a_taf7_profile_becomes_a_load_profile(corpus_file: CorpusFile) -> None:
    profile = to_xml.decode(corpus_file("smgw/cosem/profile_generic_taf7.xml").read_bytes()).profile
    start = datetime(2026, 5, 14, 22, tzinfo=UTC)
    first, second = (
        load_profile(
            ((meter, reading) for meter, reading in readings_of(profile) if reading.obis == str(column.obis)),
            start=start,
            end=start + timedelta(minutes=30),
        )
        for column in profile.columns
    )
    assert [value.value for value in first.values] == [Decimal("25.0"), Decimal("26.0")]
    # the last entry of the second register has the status 4, so it is no true value
    assert [value.value for value in second.values] == [Decimal("0.0"), None]
    assert second.values[1].reason == "meter_fault"


@pytest.mark.parametrize("rows", [300, 2976])
def test_buffers_are_read_and_written_to_the_same_bytes(corpus_file: CorpusFile, rows: int) -> None:
    buffer = bytes.fromhex(corpus_file(f"dlms/synthetic_profile_{rows}.hex").read_text().strip())
    registers = [Column(Obis(1, 0, 1, 8, 0), "x"), Column(Obis(1, 0, 2, 8, 0), "x")]
    profile = to_axdr.decode(buffer, Profile(Obis(1, 0, 99, 1, 0), "x", registers, QUARTER_HOUR))
    assert [len(column.entries) for column in profile.columns] == [rows, rows]
    steps = {b.time - a.time for a, b in zip(profile.columns[0].entries, profile.columns[0].entries[1:], strict=False)}
    assert steps == {QUARTER_HOUR}
    assert to_axdr.encode(profile) == buffer


def test_status_words(corpus_file: CorpusFile, record_property: Figure) -> None:
    import json
    import re

    cases = json.loads(corpus_file("smgw/status_word_cases.json").read_text())
    for case in cases:
        word = StatusWord.parse(case["hex"])
        assert word is not None
        bits = [int(bit) for name in case["smgw"] for bit in re.findall(r"\((\d+)\)", name)]
        assert len(word.smgw) == len(bits)
        if "ptb_status_by_TRuDI_mapping" in case:
            assert word.ptb == case["ptb_status_by_TRuDI_mapping"]
    record_property("figure", f"status words: {len(cases)} of {len(cases)}")
