"""The A-XDR form: a buffer as meters send it, null compression, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from emtkit.export import registry
from emtkit.export.profile_generic import to_json
from emtkit.export.profile_generic.profile import Column, Entry, Profile
from emtkit.export.profile_generic.to_axdr import decode, encode
from emtkit.model.decoded import Decoded
from emtkit.model.errors import DecodeError, EncodeError, Truncated
from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

IMPORT, EXPORT = Obis(1, 0, 1, 8, 0), Obis(1, 0, 2, 8, 0)
NIGHT = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 summer time; 15 minutes later it is 02:00 winter time
QUARTER = timedelta(minutes=15)


def profile(*columns: Column) -> Profile:
    return Profile(Obis(1, 0, 99, 1, 0), "x", list(columns), QUARTER)


def column(obis: Obis, *entries: Entry) -> Column:
    return Column(obis, "x", list(entries), -1, 30)


DESCRIPTION = profile(column(IMPORT), column(EXPORT))
# row: clock 2026-10-25 (Sunday), status, 1.8.0 as double-long-unsigned, 2.8.0 as long64
ROWS = (
    "0204 090c07ea0a1907022d0000ff8880 1100 0600000064 140000000000000005"
    "0204 090c07ea0a190702000000ffc400 1100 0600000065 140000000000000005"
)


def test_a_buffer_over_the_end_of_summer_time() -> None:
    found = decode(bytes.fromhex("0102" + ROWS), DESCRIPTION)
    assert found == profile(
        column(
            IMPORT,
            Entry(100, -1, 30, NIGHT, 0, None, "double-long-unsigned"),
            Entry(101, -1, 30, NIGHT + QUARTER, 0, None, "double-long-unsigned"),
        ),
        column(EXPORT, Entry(5, -1, 30, NIGHT, 0), Entry(5, -1, 30, NIGHT + QUARTER, 0)),
    )
    assert encode(found) == bytes.fromhex("0102" + ROWS)


def test_null_is_the_row_before() -> None:
    rows = "0204 00 00 0600000065 00" + "0204 00 00 00 00"
    found = decode(bytes.fromhex("0103" + ROWS[: len(ROWS) // 2] + rows), DESCRIPTION)
    assert [(entry.raw, entry.time, entry.status) for entry in found.columns[0].entries] == [
        (100, NIGHT, 0), (101, NIGHT + QUARTER, 0), (101, NIGHT + 2 * QUARTER, 0),
    ]  # fmt: skip
    assert [entry.raw for entry in found.columns[1].entries] == [5, 5, 5]


def test_a_clock_without_deviation_is_local_time_and_the_dst_bit_decides() -> None:
    rows = ROWS.replace("ff8880", "800080").replace("ffc400", "800000")
    found = decode(bytes.fromhex("0102" + rows), DESCRIPTION)
    assert [entry.time for entry in found.columns[0].entries] == [NIGHT, NIGHT + QUARTER]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "dlms.axdr.truncated"),
        ("0102" + ROWS[:-2], "dlms.axdr.truncated"),
        ("0102" + ROWS + "00", "profile.axdr.form"),
        ("0202" + ROWS, "profile.axdr.form"),
        ("0101 0203 00 00 00", "profile.axdr.time"),  # no row before
        ("0101 0204 090c07ea0a1907022d0000ff8880 00 00 00", "profile.axdr.form"),
        ("0101 0202 090c07ea0a1907022d0000ff8880 1100", "profile.axdr.form"),  # a register is missing
        ("0101 0204 090c07ea0a1907ffffff00ff8880 1100 1100 1100", "profile.axdr.time"),
        ("0101 0204 090c07ea0a1907022d0000ff8881 1100 1100 1100", "profile.axdr.time"),  # the clock is invalid
        ("0101 0204 090c07ea0a1907022d0000ff8880 1100 1100 0900", "profile.axdr.form"),  # octets are no value
        ("0101 0204 090c07ea0a1907022d0000ff8880 0100 1100 1100", "profile.axdr.form"),  # a list is no status
        ("0184ffffffff", "dlms.axdr.count"),
    ],
)
def test_what_is_wrong_is_named(text: str, code: str) -> None:
    with pytest.raises(DecodeError) as error:
        decode(bytes.fromhex(text), DESCRIPTION)
    assert error.value.code == code
    assert isinstance(error.value, Truncated) is (code == "dlms.axdr.truncated")


def test_a_description_without_registers() -> None:
    assert decode(bytes.fromhex("0100"), profile()) == profile()
    assert decode(bytes.fromhex("0101 0201 090c07ea0a1907022d0000ff8880"), profile()) == profile()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [column(IMPORT, Entry(1, 0, 30, NIGHT)), column(EXPORT)],
        [column(IMPORT, Entry(1, 0, 30, NIGHT)), column(EXPORT, Entry(1, 0, 30, NIGHT + QUARTER))],
        [column(IMPORT, Entry(1, 0, 30, NIGHT, 0)), column(EXPORT, Entry(1, 0, 30, NIGHT, 1))],
        [column(IMPORT, Entry(1, 0, 30, NIGHT, 0), Entry(1, 0, 30, NIGHT + QUARTER))],
    ],
)
def test_registers_that_do_not_share_their_rows(rows: list[Column]) -> None:
    with pytest.raises(EncodeError) as error:
        encode(profile(*rows))
    assert error.value.code == "profile.rows"


def test_a_number_that_does_not_fit() -> None:
    with pytest.raises(EncodeError) as error:
        encode(profile(column(IMPORT, Entry(256, 0, 30, NIGHT, None, None, "unsigned"))))
    assert error.value.code == "profile.range"


def test_a_capture_becomes_a_buffer_and_its_description_per_register(tmp_path: Path) -> None:
    start = datetime(2026, 11, 1, 23, 0, 4, tzinfo=UTC)
    meter = MeterId.of("EMT", "00010001", 1, 2)
    frames = [
        Decoded(
            "wmbus",
            "complete",
            meter,
            readings=[
                Reading("energy", Decimal(f"{100 + index}.5"), "Wh", "1-0:1.8.0*255", time=start + index * QUARTER)
            ],
        )
        for index in range(3)
    ]
    report = registry.write("profile-axdr", frames, tmp_path, options={"tolerance": "5"})
    stem = "0100630100ff.1emt0000010001.0100010800ff"
    assert [item.path.name if item.path else None for item in report.written] == [f"{stem}.axdr", f"{stem}.json"]
    description = to_json.decode((tmp_path / f"{stem}.json").read_bytes())
    found = decode((tmp_path / f"{stem}.axdr").read_bytes(), description)
    assert [(str(entry.value), entry.time) for entry in found.columns[0].entries] == [
        ("100.5", start), ("101.5", start + QUARTER), ("102.5", start + 2 * QUARTER),
    ]  # fmt: skip
