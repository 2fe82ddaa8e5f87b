"""Master data into a points file: what is found to differ, what is written, and what stays as it was."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtkit.model.diagnostics import Severity
from emtkit.model.errors import ConfigError
from emtkit.points.files import check_points
from emtkit.points.masterdata.plan import Import, plan_import

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "points"
DAY = date(2026, 11, 1)
MAP = """\
key = ["meter", "register"]
[source]
format = "csv"
delimiter = ";"
[fields]
meter = "{meter}"
register = "{register}"
obis = "{obis}"
ratio = "{ratio}"
note = "{note}"
geraetenummer = "{geraetenummer}"
"""
COLUMNS = ("meter", "register", "obis", "ratio", "note", "geraetenummer")


def imported(
    folder: Path, into: str, rows: list[dict[str, Any]], *, remove: bool = False, name: str = "p.toml"
) -> Import:
    """Plan the import of rows into a points file of this text."""
    (folder / "map.toml").write_text(MAP)
    (folder / name).write_bytes(into.encode())
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    (folder / "master.csv").write_bytes(out.getvalue().encode())
    return plan_import(folder / "map.toml", folder / "master.csv", folder / name, DAY, remove=remove)


def errors(plan: Import) -> list[tuple[str, str]]:
    """Return code and message of the errors."""
    return [(found.code, found.message) for found in plan.problems.of(Severity.ERROR)]


def differences(plan: Import) -> list[tuple[str, str, dict[str, tuple[Any, Any]]]]:
    """Return kind, register and fields of each change."""
    assert plan.found is not None
    return [(change.kind, change.point.register, change.fields) for change in plan.found.changes]


def test_what_is_there_already_is_unchanged_however_it_is_written(tmp_path: Path) -> None:
    text = '[[point]]\nmeter = "1emt0000010001"\nregister = "1.8.0"\nratio = 40.0\nnote = "n"\npayload = "kept"\n'
    row = {"meter": "1EMT0000010001", "register": "1-0:1.8.0*255", "ratio": "40", "note": "n"}
    plan = imported(tmp_path, text, [row])
    assert (differences(plan), plan.found and plan.found.unchanged, plan.texts) == ([], 1, {})


def test_only_what_differs_is_touched(tmp_path: Path) -> None:
    text = """\
# my meters
[[point]]   # the first
meter = "1"
register = "1.8.0"
ratio = 40   # 200/5 A

[[point]]
meter = "2"
note = 'both'
registers = [
  # import
  { register = "1.8.0", ratio = 1 }, # one
  # export
  { register = "2.8.0", ratio = 1 },
]

[[point]]
meter = "3"
register = "1.8.0"
note = "gone"
"""
    plan = imported(
        tmp_path,
        text,
        [
            {"meter": "1", "register": "1.8.0", "ratio": "50", "note": 'a "b"'},
            {"meter": "2", "register": "1.8.0", "ratio": "1", "note": "both"},
            {"meter": "2", "register": "2.8.0", "ratio": "2", "note": "both"},
            {"meter": "4", "register": "1.8.0", "obis": "1-1:1.29.0"},
        ],
        remove=True,
    )
    assert errors(plan) == []
    plan.write()
    assert (
        (tmp_path / "p.toml").read_text()
        == """\
# my meters
[[point]]   # the first
meter = "1"
register = "1.8.0"
ratio = 50   # 200/5 A
note = "a \\"b\\""

[[point]]
meter = "2"
note = 'both'
registers = [
  # import
  { register = "1.8.0", ratio = 1 }, # one
  # export
  { register = "2.8.0", ratio = 2 },
]

[[point]]
meter = "4"
register = "1.8.0"
obis = "1-1:1.29.0"
"""
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.toml", "master.csv", "p.toml"]


def test_registers_of_one_meter(tmp_path: Path) -> None:
    text = (
        'point = [{meter = "1", registers = [{register="1.8.0"}, {register="2.8.0",note="x"}, {register="3.8.0"}]}]\n'
    )
    plan = imported(tmp_path, text, [{"meter": "1", "register": "2.8.0"}], remove=True)
    assert errors(plan) == []
    plan.write()
    assert (tmp_path / "p.toml").read_text() == 'point = [{meter = "1", registers = [{ register="2.8.0" }, ]}]\n'


def test_a_text_that_cannot_be_changed_is_left_alone(tmp_path: Path) -> None:
    text = 'point = [{meter = "1", note = "x", registers = [{register = "1.8.0", ratio = 1}]}]\n'
    plan = imported(tmp_path, text, [{"meter": "1", "register": "1.8.0", "note": "y", "ratio": "2"}])
    assert [code for code, _ in errors(plan)] == ["points.import"]
    assert "cannot be changed" in errors(plan)[0][1]


def test_what_other_registers_share_is_not_taken_from_them(tmp_path: Path) -> None:
    text = '[[point]]\nmeter = "1"\nnote = "x"\nregisters = [{ register = "1.8.0" }, { register = "2.8.0" }]\n'
    rows = [{"meter": "1", "register": "1.8.0"}, {"meter": "1", "register": "2.8.0", "note": "x"}]
    plan = imported(tmp_path, text, rows)
    assert errors(plan) == [
        ("points.import", "this entry cannot be changed in the text of the file: write its fields in the entry itself")
    ]
    with pytest.raises(ConfigError):
        plan.write()
    assert (tmp_path / "p.toml").read_text() == text
    rows[0]["note"] = "y"  # this can be said: in the register
    plan = imported(tmp_path, text, rows)
    plan.write()
    assert '{ register = "1.8.0", note = "y" }' in (tmp_path / "p.toml").read_text()


def test_what_the_source_leaves_open_defaults_may_fill(tmp_path: Path) -> None:
    text = '[defaults]\nratio = 5\n[[point]]\nmeter = "1"\nregister = "1.8.0"\n'
    plan = imported(
        tmp_path, text, [{"meter": "1", "register": "1.8.0"}, {"meter": "2", "register": "1.8.0", "ratio": 5}]
    )
    assert [kind for kind, _, _ in differences(plan)] == ["added"]
    plan.write()
    assert (tmp_path / "p.toml").read_text() == text + '\n[[point]]\nmeter = "2"\nregister = "1.8.0"\n'


def test_a_table_keeps_its_rows(tmp_path: Path) -> None:
    text = 'Meter;register;ratio\r\n# first\r\n1;1.8.0;"40"\r\n\r\n2;1.8.0;1\r\n3;1.8.0;1'
    rows = [
        {"meter": "1", "register": "1.8.0", "ratio": "40"},
        {"meter": "2", "register": "1.8.0", "ratio": "2", "note": "a;b"},
        {"meter": "4", "register": "1.8.0"},
    ]
    plan = imported(tmp_path, text, rows, remove=True, name="p.csv")
    assert errors(plan) == []
    plan.write()
    assert (tmp_path / "p.csv").read_bytes().decode() == (
        'Meter;register;ratio;note\r\n# first\r\n1;1.8.0;"40"\r\n\r\n2;1.8.0;2;"a;b"\r\n4;1.8.0;;\r\n'
    )


def test_a_byte_order_mark_and_a_link_stay(tmp_path: Path) -> None:
    plan = imported(
        tmp_path, "\ufeffmeter;register\n1;1.8.0\n", [{"meter": "1", "register": "1.8.0", "note": "ü"}], name="p.csv"
    )
    (tmp_path / "p.csv").rename(tmp_path / "real.csv")
    (tmp_path / "p.csv").symlink_to(tmp_path / "real.csv")
    plan.write()
    assert (tmp_path / "p.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes().decode() == "\ufeffmeter;register;note\n1;1.8.0;ü\n"


def test_entries_stand_where_they_are_and_new_ones_go_into_the_included_table(tmp_path: Path) -> None:
    (tmp_path / "fleet.csv").write_text("meter;register;ratio\n2;1.8.0;1\n")
    text = 'include = ["fleet.csv"]\n[[point]]\nmeter = "1"\nregister = "1.8.0"\nratio = 1\n'
    rows = [{"meter": str(number), "register": "1.8.0", "ratio": "7"} for number in (1, 2, 3)]
    imported(tmp_path, text, rows).write()
    assert (tmp_path / "p.toml").read_text() == text.replace("ratio = 1", "ratio = 7")
    assert (tmp_path / "fleet.csv").read_text() == "meter;register;ratio\n2;1.8.0;7\n3;1.8.0;7\n"


def test_rows_that_are_one_entry_and_entries_that_are_one_row(tmp_path: Path) -> None:
    row = {"meter": "1", "register": "1.8.0"}
    plan = imported(tmp_path, "", [row, {**row, "note": "x"}])
    assert errors(plan) == [("points.import", f"{tmp_path}/master.csv:2 has the same meter, register already")]
    assert errors(imported(tmp_path, "", [row, row])) == []  # it is only said twice
    two = '[[point]]\nmeter = "1"\nregister = "1.8.0"\nnote = "a"\nobis = "1-1:1.8.0"\n'
    plan = imported(
        tmp_path, two + two.replace('1.8.0"\nnote', '1.8.0*255"\nnote').replace("1-1:1.8", "1-1:1.9"), [row]
    )
    assert errors(plan) == [
        ("points.import", f"{tmp_path}/p.toml:1:1 has the same meter, register: which of the two is it in the source?")
    ]


def test_wrong_rows_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    plan = imported(
        tmp_path,
        "",
        [
            {"meter": "1", "register": "1.8.0", "ratio": "1,5"},
            {"meter": "2"},
            {"meter": "3", "register": "1.8", "obis": "x"},
        ],
    )
    assert [(str(found.place.line), found.field, found.code) for found in plan.problems.of(Severity.ERROR)] == [
        ("2", "ratio", "points.source"),
        ("3", "register", "points.missing"),
        ("4", "obis", "points.obis"),
    ]
    with pytest.raises(ConfigError):
        plan.write()


def test_a_wrong_points_file_is_left_alone(tmp_path: Path) -> None:
    plan = imported(tmp_path, "[[point]]\nmeter = 1\nregistre = 1\n", [{"meter": "1", "register": "1.8.0"}])
    assert [code for code, _ in errors(plan)] == ["points.missing", "points.field"]
    assert plan.found is None


def test_who_cannot_write_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = imported(tmp_path, "", [{"meter": "1", "register": "1.8.0"}])

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ConfigError, match="No space left on device"):
        plan.write()
    assert (tmp_path / "p.toml").read_text() == ""
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(("map_name", "source"), [("map_csv.toml", "master.csv"), ("map_xml.toml", "master.xml")])
def test_the_example(tmp_path: Path, map_name: str, source: str) -> None:
    for path in EXAMPLE.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    plan = plan_import(EXAMPLE / map_name, EXAMPLE / source, tmp_path / "points.toml", DAY)
    assert errors(plan) == []
    assert plan.found is not None
    assert (plan.found.unchanged, plan.found.not_of_source, len(plan.found.of("removed"))) == (0, 1, 1)
    plan.write()
    after = check_points(tmp_path / "points.toml")
    assert after.usable
    new = after.points[-1][1]
    assert (new.register, new.marktlokation, new.ratio) == ("1-0:2.8.0", "50000000021", Decimal(20))
    assert (new.sender, new.receiver) == ("9900000000003", "9911111111118")
    again = plan_import(EXAMPLE / map_name, EXAMPLE / source, tmp_path / "points.toml", DAY)
    assert again.found is not None
    assert (again.found.unchanged, [change.kind for change in again.found.changes]) == (3, ["removed"])


FIELDS = {
    "ratio": st.integers(1, 99).map(str),
    "note": st.sampled_from(["a", "b # c", 'd"e', "f\\g", "ü, ]"]),
    "geraetenummer": st.sampled_from(["G1", "G2"]),
}
OWN = st.fixed_dictionaries({}, optional=FIELDS)
POINTS = st.lists(st.tuples(OWN, st.lists(OWN, max_size=3), st.sampled_from(["inline", "lines", "tables"])), max_size=4)
REGISTERS = ("1-0:1.8.0", "1-0:2.8.0", "1-0:3.8.0")


def written(points: list[tuple[dict[str, str], list[dict[str, str]], str]], defaults: dict[str, str]) -> str:
    """Return a points file, with comments, in one of the ways to write registers."""

    def value(name: str, text: str) -> str:
        return text if name == "ratio" else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def entries(fields: dict[str, str]) -> list[str]:
        return [f"{name} = {value(name, text)}" for name, text in fields.items()]

    lines = ["# head", "[defaults]", *entries(defaults)]
    for number, (own, registers, form) in enumerate(points):
        lines += ["", "[[point]] # a point", f'meter = "{number + 1}"', *(line + " # why" for line in entries(own))]
        named = [{"register": register, **fields} for register, fields in zip(REGISTERS, registers, strict=False)]
        if not named:
            lines.append(f'register = "{REGISTERS[0]}"')
        elif form == "tables":
            for register in named:
                lines += ["[[point.registers]]", *entries(register)]
        else:
            tables = ["{ " + ", ".join(entries(register)) + " }" for register in named]
            lines += (
                [f"registers = [{', '.join(tables)}]"]
                if form == "inline"
                else ["registers = [", *(f"  # one\n  {table}," for table in tables), "]"]
            )
    return "\n".join(lines) + "\n"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    POINTS,
    OWN,
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(REGISTERS), OWN), max_size=6, unique_by=lambda row: row[:2]),
    st.booleans(),
)
def test_the_file_says_afterwards_what_the_source_says(
    tmp_path: Path,
    points: list[tuple[dict[str, str], list[dict[str, str]], str]],
    defaults: dict[str, str],
    rows: list[tuple[int, str, dict[str, str]]],
    remove: bool,
) -> None:
    text = written(points, defaults)
    source = [{"meter": str(meter), "register": register, **fields} for meter, register, fields in rows]
    plan = imported(tmp_path, text, source, remove=remove)
    if not plan.usable:  # a field that registers share cannot be taken from one of them
        assert {code for code, _ in errors(plan)} == {"points.import"}
        return
    plan.write()
    after = check_points(tmp_path / "p.toml")
    assert after.usable
    have = {(point.meter, point.register): point for _, point in after.points}
    for row in source:
        point = have[row["meter"], row["register"]]
        for name in FIELDS:
            wanted = row.get(name, defaults.get(name))
            assert (None if getattr(point, name) is None else str(getattr(point, name))) == wanted
    if remove:
        assert len(have) == len(source)
    again = imported(tmp_path, (tmp_path / "p.toml").read_text(), source, remove=remove)
    assert again.texts == {}
    if not remove:
        for comment in ("# head", "# a point", "# one"):
            assert (tmp_path / "p.toml").read_text().count(comment) == text.count(comment)
