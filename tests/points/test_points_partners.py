"""Tenants, partners, connectors and included files: what follows from them, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.model.diagnostics import Severity
from emtkit.model.errors import ConfigError
from emtkit.model.meter_id import MeterId
from emtkit.points.files import check_points, load_points, read_points
from emtkit.points.suspicions import add_suspicions

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.points.files import PointsFile
    from emtkit.points.problems import Problem

TOML = """\
[[tenant]]
name = "Stadtwerke Beispiel"
role = "MSB"
ids = [{ id = "9900000000003" }, { id = "9800000000005" }, { id = "9900000000011", role = "NB" }]

[[tenant]]
name = "Nachbar"
id = "9900000000029"
role = "MSB"

[[partner]]
name = "Vertrieb"
ids = [{ id = "9911111111118" }, { id = "9811111111110" }]
role = "LF"
email = "edi@vertrieb.example"

[[partner]]
name = "GLN"
id = "4012345678901"

[[connector]]
name = "market"
to = "mscons"
out = "out/{tenant}"
tenant = "Stadtwerke Beispiel"
options = { split = "day", test = true, tolerance = 60, first_day = 2026-10-25 }

[[connector]]
name = "gas"
to = "csv"
medium = "gas"
meter = ["EMT 0002*", "7EMT0000030001"]

[defaults]
tenant = "Stadtwerke Beispiel"
partner = "Vertrieb"
role = "MSB"

[[point]]
meter = "1EMT0000010001"
register = "1-0:1.8.0"
obis = "1-1:1.29.0"

[[point]]
meter = "EMT 00020001"
register = "7-0:3.0.0"
obis = "7-0:3.0.0"

[[point]]
meter = "1EMT0000010002"
register = "1-0:1.8.0"
tenant = "Nachbar"
partner = "GLN"

[[point]]
meter = "1EMT0000010003"
register = "1-0:1.8.0"
role = "NB"
receiver = "9911111111118"

[[point]]
meter = "8EMT0000030001"
register = "8-0:1.0.0"
"""


def problems(file: PointsFile, severity: Severity = Severity.ERROR) -> list[tuple[str, str, str]]:
    """Return code, place and message of each problem."""

    def row(problem: Problem) -> tuple[str, str, str]:
        return problem.code, str(problem.place), problem.message

    return [row(problem) for problem in file.problems.of(severity)]


def test_sender_and_receiver_follow_from_tenant_and_partner() -> None:
    points = read_points(TOML).collection().all
    assert [(point.sender, point.receiver) for point in points] == [
        ("9900000000003", "9911111111118"),
        ("9800000000005", "9811111111110"),
        ("9900000000029", "4012345678901"),
        ("9900000000011", "9911111111118"),
        (None, None),  # no market message carries water
    ]


def test_tenants_are_kept_apart() -> None:
    points = read_points(TOML).collection()
    neighbour = points.of_tenants(["Nachbar"])
    assert [point.meter for point in neighbour.all] == ["1EMT0000010002"]
    assert neighbour.match(MeterId.of("EMT", "00010001", 1, 2)) == ()
    assert points.tenant_names == ["Stadtwerke Beispiel", "Nachbar"]
    with pytest.raises(ConfigError, match=r"no tenant 'Nachbarn'; it has: Stadtwerke Beispiel, Nachbar"):
        points.of_tenants(["Nachbarn"])


def test_a_wildcard_of_one_tenant_takes_no_meter_that_another_names() -> None:
    text = """
    [[point]]
    meter = "EMT 0001*"
    register = "1-0:1.8.0"
    tenant = "A"
    [[point]]
    meter = "EMT 00010001"
    register = "1-0:1.8.0"
    tenant = "B"
    """
    points = read_points(text).collection().of_tenants(["A"])
    assert points.match(MeterId.of("EMT", "00010001", 1, 2)) == ()
    assert points.match(MeterId.of("EMT", "00010002", 1, 2)) == points.all


def test_connectors_take_the_points_that_they_name() -> None:
    points = read_points(TOML).collection()
    market, gas = points.connectors
    assert market.settings() == {"split": "day", "test": "true", "tolerance": "60", "first_day": "2026-10-25"}
    assert [point.meter for point in points.only(market.takes).all] == [
        "1EMT0000010001", "EMT 00020001", "1EMT0000010003", "8EMT0000030001",
    ]  # fmt: skip
    assert [point.meter for point in points.only(gas.takes).all] == ["EMT 00020001"]
    with pytest.raises(ConfigError, match=r"no connector 'sap'; it has: market, gas") as error:
        points.connector("sap")
    assert error.value.code == "points.connector"


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('tenant = "Nachbar"\n', 'tenant = "Nachber"\n', "points.tenant", "points.toml:52:1"),
        ('partner = "GLN"', 'partner = "X"', "points.partner", "points.toml:53:1"),
        ('id = "9900000000029"', 'id = "9900000000020"', "market_id.check_digit", "points.toml:8:1"),
        ('id = "9900000000029"', 'note = ""', "points.party", "points.toml:6:1"),
        ('id = "9900000000029"', 'id = "9900000000029"\nsparte = "gas"', "points.party", "points.toml:9:1"),
        ('role = "LF"', 'role = "Lieferant"', "points.field", "points.toml:14:1"),
        ('name = "GLN"', 'name = "Vertrieb"', "points.duplicate", "points.toml:18:1"),
        ('to = "csv"', "", "points.missing", "points.toml:28:1"),
        ('to = "csv"', 'to = "csv"\nfrom = 1', "points.field", "points.toml:31:1"),
        ('"EMT 0002*"', '"?!"', "points.meter", "points.toml:32:1"),
        ("tolerance = 60", "tolerance = [60]", "points.connector", "points.toml:26:1"),
        ('tenant = "Stadtwerke Beispiel"\nop', 'tenant = "S"\nop', "points.tenant", "points.toml:25:1"),
        ('[[partner]]\nname = "GLN"', '[[partners]]\nname = "GLN"', "points.field", "points.toml:17:1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(old: str, new: str, code: str, place: str) -> None:
    assert old in TOML
    found = problems(read_points(TOML.replace(old, new, 1)))
    assert (code, place) in [row[:2] for row in found], found


def test_an_id_that_does_not_follow_is_a_warning_and_stays_open() -> None:
    text = TOML.replace('role = "MSB"\n\n[[point]]', "\n[[point]]")
    file = read_points(text)
    assert problems(file) == []
    assert problems(file, Severity.WARNING) == [
        (
            "points.party",
            "points.toml:35:1",
            "'Stadtwerke Beispiel' has more than one MP-ID for electricity (9900000000003, 9900000000011): say which",
        )
    ]
    first = file.collection().all[0]
    assert (first.sender, first.receiver) == (None, "9911111111118")
    wrong = read_points(TOML.replace('role = "NB"\nreceiver', 'sender = "9900000000029"\nreceiver'))
    assert problems(wrong, Severity.WARNING) == [
        ("points.party", "points.toml:58:1", "9900000000029 is no MP-ID of the tenant 'Stadtwerke Beispiel'")
    ]


def test_a_tenant_is_a_label_where_there_are_no_tenants() -> None:
    (point,) = read_points('[[point]]\nmeter = "1"\nregister = "1.8.0"\ntenant = "mine"').collection().all
    assert (point.tenant, point.sender) == ("mine", None)


def test_all_problems_in_one_run() -> None:
    text = TOML.replace('"1-1:1.29.0"', '"1.29.0"').replace('role = "NB"\nreceiver', "ratio = 0\nrec") + "ratio = 'x'\n"
    assert [(code, place) for code, place, _ in problems(read_points(text))] == [
        ("points.obis", "points.toml:42:1"),
        ("points.field", "points.toml:59:1"),
        ("points.field", "points.toml:64:1"),
    ]
    with pytest.raises(
        ConfigError, match=r"points.toml:42:1, obis: .* \(and 2 more: emtkit points check points.toml\)"
    ):
        read_points(text).collection()


def test_points_in_a_table_of_their_own(tmp_path: Path) -> None:
    main = tmp_path / "points.toml"
    main.write_text('include = ["fleet.csv", "more.toml"]\n' + TOML)
    (tmp_path / "fleet.csv").write_text(
        "meter;register;obis;tenant\nEMT 00010007;1-0:1.8.0;1-1:1.29.0;Nachbar\nEMT 00010008;1-0:1.8.0;1-1:1.29.0;\n"
    )
    (tmp_path / "more.toml").write_text('[[point]]\nmeter = "EMT 00010009"\nregister = "7-0:3.0.0"\n')
    points = load_points(main)
    assert [(point.where, point.sender, point.receiver) for point in points.all[-3:]] == [
        ("fleet.csv:2", "9900000000029", "9911111111118"),
        ("fleet.csv:3", "9900000000003", "9911111111118"),
        ("more.toml:1", "9800000000005", "9811111111110"),
    ]


def test_what_is_wrong_in_an_included_file_is_said_of_it(tmp_path: Path) -> None:
    main = tmp_path / "points.toml"
    main.write_text('include = ["fleet.csv", "more.toml", "none.csv"]\n')
    (tmp_path / "fleet.csv").write_text("meter;register;partner\nEMT 00010007;1-0:1.8.0;Vertrieb\n")
    (tmp_path / "more.toml").write_text('include = ["fleet.csv"]\n[[tenant]]\nname = "x"\n')
    found = {(code, place.removeprefix(str(tmp_path))) for code, place, _ in problems(check_points(main))}
    assert found == {
        ("points.partner", "/fleet.csv:2:3"),
        ("points.field", "/more.toml:1:1"),
        ("points.field", "/more.toml:2:1"),
        ("points.unreadable", "/points.toml:1:38"),
    }


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(TOML)), st.text("[]{}=.\"'#\n 09aE*", max_size=4), st.integers(0, 30))
def test_any_damage_is_a_problem_or_harmless(at: int, junk: str, taken: int) -> None:
    file = read_points(TOML[:at] + junk + TOML[at + taken :])
    add_suspicions(file)
    for problem in file.problems.found:
        assert problem.code.startswith(("points.", "market_id.", "obis."))
        assert problem.place.line
    if file.usable:
        file.collection()


def test_a_file_that_is_no_points_file_is_a_problem_too(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("[[point]\n")
    assert [row[:2] for row in problems(check_points(path))] == [("points.syntax", f"{path}:1:8")]
    assert [row[0] for row in problems(check_points(tmp_path / "none.toml"))] == ["points.unreadable"]
