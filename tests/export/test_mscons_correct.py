"""Corrections: what was sent is replaced, or cancelled and sent again, and the new values say why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.export.grid import BERLIN
from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.export.mscons.outgoing.to_message import to_message
from emtkit.export.mscons.validate import check_interchanges
from emtkit.export.registry import write
from emtkit.model.decoded import Decoded
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.export.mscons.message import Message
    from emtkit.export.registry import Report

METER = MeterId.of("EMT", "12345672", 1, 2)
MELO = "DE0000000000000000000000000EMT001"
FIRST = {"message_date": "2026-11-03T08:00:00Z", "reference": "EMT1"}
SECOND = {"message_date": "2026-11-04T08:00:00Z", "reference": "EMT2"}


def frames(changes: dict[int, int | None] | None = None, minutes: int = 15) -> list[Decoded]:
    """Readings of 2026-10-26; `changes` are Wh that a reading is higher (None: it is missing)."""
    moment = datetime(2026, 10, 26, tzinfo=BERLIN).astimezone(UTC)
    found = []
    for index in range(1440 // minutes + 1):
        more = (changes or {}).get(index, 0)
        value = Decimal(1_000_000 + 250 * index + (more or 0))
        reading = Reading("energy", value, "Wh", "1-0:1.8.0*255", time=moment + index * timedelta(minutes=minutes))
        if more is not None:
            found.append(Decoded("wmbus", "complete", METER, readings=[reading]))
    return found


def point(pruefidentifikator: str, obis: str, **fields: Any) -> Point:
    given: dict[str, Any] = {"sender": "9900000000011", "receiver": "9900000000029", "ratio": Decimal(1), **fields}
    return Point(
        meter="1EMT0012345672", register="1-0:1.8.0", obis=obis, pruefidentifikator=pruefidentifikator, **given
    )


PROFILE = point("13018", "1-1:1.29.0", messlokation=MELO)
READING = point("13017", "1-1:1.8.0", messlokation=MELO)


def convert(folder: Path, decoded: list[Decoded], *points: Point, **options: str) -> tuple[Report, list[Message]]:
    report = write("mscons", decoded, folder, points=Points(points), options=options)
    messages = []
    for written in report.written:
        assert written.path is not None
        data = written.path.read_bytes()
        for checked in check_interchanges(data):
            assert checked.errors == []
            assert checked.warnings == []
        messages += [to_message(message) for message in read_interchange(data)]
    return report, messages


def codes(report: Report) -> list[str]:
    return [found.code for found in report.refused]


def test_a_load_profile_is_replaced_and_says_why(tmp_path: Path) -> None:
    convert(tmp_path / "first", frames(), PROFILE, **FIRST)
    again = {**SECOND, "corrects": str(tmp_path / "first")}
    report, messages = convert(tmp_path / "second", frames({40: 100}), PROFILE, **again)
    assert codes(report) == ["mscons.correction.reason"]
    assert messages == []
    report, (message,) = convert(
        tmp_path / "second", frames({40: 100}), PROFILE, **again, correction_reason="data_processing"
    )
    assert codes(report) == []
    quantities = message.lines[0].quantities
    assert len(quantities) == 96
    # a higher reading changes the interval before it and the one after it
    assert {index: quantity.correction for index, quantity in enumerate(quantities) if quantity.correction} == {
        39: "ZA7", 40: "ZA7",
    }  # fmt: skip
    assert message.function == "9"


def test_what_is_unchanged_is_not_sent_again(tmp_path: Path) -> None:
    convert(tmp_path / "first", frames(), PROFILE, READING, **FIRST)
    report, messages = convert(
        tmp_path / "second", frames(), PROFILE, READING, **SECOND, corrects=str(tmp_path / "first")
    )
    assert messages == []
    assert codes(report) == []
    assert [found.code for found in report.diagnostics].count("mscons.correction.unchanged") == 3


def test_a_true_value_in_place_of_a_substitute_says_so(tmp_path: Path) -> None:
    report, (first,) = convert(
        tmp_path / "first", frames({40: None}), PROFILE, **FIRST, substitutes="interpolation",
        substitute_reason="communication",
    )  # fmt: skip
    assert [quantity.code for quantity in first.lines[0].quantities].count("67") == 2
    report, (message,) = convert(
        tmp_path / "second", frames({40: 10}), PROFILE, **SECOND, corrects=str(tmp_path / "first")
    )
    assert codes(report) == []
    changed = [quantity for quantity in message.lines[0].quantities if quantity.plausibility]
    assert [(quantity.code, quantity.plausibility, quantity.correction) for quantity in changed] == [
        ("220", ("ZC3",), None), ("220", ("ZC3",), None),
    ]  # fmt: skip


def test_a_substitute_in_place_of_a_true_value_says_why(tmp_path: Path) -> None:
    convert(tmp_path / "first", frames(), PROFILE, **FIRST)
    _, (message,) = convert(
        tmp_path / "second", frames({40: None, 41: 100}), PROFILE, **SECOND, corrects=str(tmp_path / "first"),
        substitutes="interpolation", substitute_reason="Z81", correction_reason="meter_fault+ZA7",
    )  # fmt: skip
    said = [(q.code, q.method, q.correction, q.reason) for q in message.lines[0].quantities if q.correction]
    assert said == [("67", "Z92", "Z81", "Z81"), ("67", "Z92", "Z81", "Z81"), ("220", None, "ZA7", None)]


def test_a_reason_for_substitutes_is_none_for_true_values(tmp_path: Path) -> None:
    convert(tmp_path / "first", frames(), PROFILE, **FIRST)
    report, _ = convert(
        tmp_path / "second", frames({40: 100}), PROFILE, **SECOND, corrects=str(tmp_path / "first"),
        correction_reason="communication",
    )  # fmt: skip
    assert codes(report) == ["mscons.correction.reason"]


def test_a_reading_is_cancelled_and_sent_again(tmp_path: Path) -> None:
    _, sent = convert(tmp_path / "first", frames(), READING, **FIRST)
    assert len(sent) == 2
    report, messages = convert(
        tmp_path / "second", frames({0: 100}), READING, **SECOND, corrects=str(tmp_path / "first"),
        correction_reason="misreading",
    )  # fmt: skip
    assert codes(report) == []
    storno, new = messages
    assert (storno.pruefidentifikator, storno.function, storno.cancels) == ("13006", "1", sent[0].document)
    assert (storno.location, storno.lines) == (None, [])
    assert (new.pruefidentifikator, new.function, new.lines[0].quantities[0].correction) == ("13017", "9", "ZA4")
    assert new.lines[0].quantities[0].value == Decimal("1000.100")
    assert (storno.reference, new.reference) == ("1", "2")

    # what was cancelled holds no more; what came in its place does
    both = tmp_path / "both"
    both.mkdir()
    for folder in ("first", "second"):
        for path in (tmp_path / folder).iterdir():
            (both / path.name).write_bytes(path.read_bytes())
    _, messages = convert(
        tmp_path / "third", frames({0: 200}), READING, message_date="2026-11-05T08:00:00Z", reference="EMT3",
        corrects=str(both), correction_reason="misreading",
    )  # fmt: skip
    assert [message.cancels for message in messages] == [new.document, None]


def test_no_value_is_lost_by_a_cancellation(tmp_path: Path) -> None:
    tariff = point("13017", "1-1:1.8.1", messlokation=MELO)
    convert(tmp_path / "first", frames(), READING, tariff, **FIRST)
    report, messages = convert(
        tmp_path / "second", frames({0: 100}), READING, **SECOND, corrects=str(tmp_path / "first"),
        correction_reason="misreading",
    )  # fmt: skip
    assert set(codes(report)) == {"mscons.correction.incomplete"}
    assert messages == []


def test_new_values_are_new(tmp_path: Path) -> None:
    convert(tmp_path / "first", frames(), READING, **FIRST)
    other = point("13017", "1-1:1.8.0", konfigurations_id="KONFIG-0001")
    _, messages = convert(tmp_path / "second", frames(), other, **SECOND, corrects=str(tmp_path / "first"))
    assert [message.pruefidentifikator for message in messages] == ["13017", "13017"]


def test_a_test_corrects_tests_only(tmp_path: Path) -> None:
    convert(tmp_path / "first", frames(), PROFILE, **FIRST, test="true")
    options = {**SECOND, "corrects": str(tmp_path / "first"), "correction_reason": "ZA7"}
    report, _ = convert(tmp_path / "second", frames({40: 100}), PROFILE, **options)
    assert codes(report) == ["mscons.correction.test"]
    report, messages = convert(tmp_path / "second", frames({40: 100}), PROFILE, **options, test="true")
    assert codes(report) == []
    assert len(messages) == 1


def test_a_reason_without_the_earlier_files_is_for_all_values(tmp_path: Path) -> None:
    _, (message,) = convert(tmp_path / "out", frames(), PROFILE, **FIRST, correction_reason="ZA7")
    assert {quantity.correction for quantity in message.lines[0].quantities} == {"ZA7"}
    report, _ = convert(tmp_path / "out", frames(), PROFILE, **SECOND, correction_reason="nonsense")
    assert codes(report) == ["mscons.correction.reason"]


@pytest.mark.parametrize("minutes", [15, 60])
def test_the_same_correction_gives_the_same_bytes(tmp_path: Path, minutes: int) -> None:
    convert(tmp_path / "first", frames(minutes=minutes), READING, **FIRST)
    texts = []
    for name in "ab":
        report, _ = convert(
            tmp_path / name, frames({0: 100}, minutes), READING, **SECOND, corrects=str(tmp_path / "first"),
            correction_reason="ZA4",
        )  # fmt: skip
        (written,) = report.written
        assert written.path is not None
        texts.append(written.path.read_bytes())
    assert texts[0] == texts[1]
