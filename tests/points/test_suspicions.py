"""Warnings: well-formed, but probably not what was meant."""

from __future__ import annotations

import pytest

from emtkit.model.diagnostics import Severity
from emtkit.points.files import read_points
from emtkit.points.suspicions import add_suspicions

GOOD = """\
[[tenant]]
name = "A"
ids = [{ id = "9900000000003" }, { id = "9800000000005" }]
[[partner]]
name = "B"
ids = [{ id = "9911111111118" }, { id = "9811111111110" }]
[[connector]]
name = "c"
to = "csv"
[defaults]
tenant = "A"
partner = "B"
[[point]]
meter = "EMT 00010001"
register = "1-0:1.8.0"
messlokation = "DE0000000000000000000EMT000010001"
[[point]]
meter = "EMT 0002*"
register = "7-0:3.0.0"
"""

ELECTRICITY = '[[point]]\nmeter = "EMT 00010003"\nregister = "1-0:1.8.0"'
MESSLOKATION = 'messlokation = "DE0000000000000000000EMT000010001"'
TWO_METERS = (
    "1-0:1.8.0*255 of DE0000000000000000000EMT000010001 comes from EMT 00010003, and in points.toml:13 from "
    "EMT 00010001"
)


def warnings(text: str) -> list[tuple[str, str, str]]:
    """Return code, place and message of the warnings."""
    file = read_points(text)
    assert file.usable, file.problems.found
    add_suspicions(file)
    return [(found.code, str(found.place), found.message) for found in file.problems.of(Severity.WARNING)]


def test_a_good_file_has_none() -> None:
    assert warnings(GOOD) == []


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            '[[point]]\nmeter = "EMT 00010003"\nregister = "1-0:1.8.0"\nreceiver = "9900000000003"',
            [
                ("points.party", "points.toml:23:1", "9900000000003 is no MP-ID of the partner 'B'"),
                ("points.same_partner", "points.toml:23:1", "9900000000003 sends to itself"),
            ],
        ),
        (
            '[[point]]\nmeter = "EMT 00010003"\nregister = "7-0:3.0.0"\nsender = "9900000000003"',
            [
                (
                    "points.sparte",
                    "points.toml:23:1",
                    "9900000000003 is an MP-ID of electricity, 7-0:3.0.0 is gas",
                ),
            ],
        ),
        (
            f"{ELECTRICITY}\n{MESSLOKATION}",
            [
                (
                    "points.two_meters",
                    "points.toml:23:1",
                    TWO_METERS,
                )
            ],
        ),
        (
            '[[point]]\nmeter = "EMT 00020001"\nregister = "7-0:1.0.0"\n',
            [
                (
                    "points.wildcard",
                    "points.toml:18:1",
                    "this entry is not for EMT 00020001: points.toml:20 names it in full, and has no 7-0:3.0.0",
                )
            ],
        ),
        ('[[point]]\nmeter = "7EMT0000020001"\nregister = "7-0:3.0.0"\n', []),  # an exception from the rule
        (
            '[[point]]\nmeter = "7EMT0000020001"\nregister = "7-0:1.0.0"\n',
            [
                (
                    "points.wildcard",
                    "points.toml:18:1",
                    "this entry is not for 7EMT0000020001: points.toml:20 names it in full, and has no 7-0:3.0.0",
                )
            ],
        ),
        (
            '[[point]]\nmeter = "EMT *"\nregister = "7-0:3.0.0"\nmesslokation = "DE0000000000000000000EMT000010001"',
            [
                (
                    "points.wildcard",
                    "points.toml:21:1",
                    "this entry is not for EMT 00010001: points.toml:13 names it in full, and has no 7-0:3.0.0",
                ),
                (
                    "points.wildcard",
                    "points.toml:21:1",
                    "EMT and EMT 0002* (points.toml:17) are for the same meters",
                ),
            ],
        ),
        (
            '[[partner]]\nname = "X"\nid = "9911111111118"\n[[tenant]]\nname = "Y"\nid = "9911111111118"',
            [
                ("points.unused", "points.toml:21:1", "no entry is for the partner 'X'"),
                ("points.unused", "points.toml:24:1", "no entry is for the tenant 'Y'"),
            ],
        ),
        (
            '[[connector]]\nname = "x"\nto = "csv"\nmedium = "heat"\noptions = { reference = "R" }',
            [
                ("points.unused", "points.toml:21:1", "the connector 'x' takes none of the entries"),
                ("points.connector", "points.toml:24:1", "reference would be the same whenever 'x' runs"),
            ],
        ),
    ],
)
def test_what_is_suspicious(added: str, expected: list[tuple[str, str, str]]) -> None:
    assert warnings(GOOD + added) == expected
