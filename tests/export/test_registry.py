"""The registry: every format keeps the contract; options and outputs that cannot be are refused."""

from __future__ import annotations

import io
from dataclasses import fields, is_dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, BinaryIO

import pytest

from emtkit.export import bo4e, csv_table, emt_document, influx, jsonl, lpex, profile_csv, registry
from emtkit.export.columnar import to_arrow, to_parquet
from emtkit.export.profile_generic import to_axdr, to_json, to_xml
from emtkit.export.registry import Export, Report
from emtkit.export.sap import to_mr_upload, to_results, to_timeseries
from emtkit.export.submetering import to_csv as submetering_csv
from emtkit.export.submetering import to_json as submetering_json
from emtkit.model.decoded import Decoded
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, EncodeError

if TYPE_CHECKING:
    from pathlib import Path

# mypy holds that these modules are what the contract says
FORMATS: list[Export] = [
    *(jsonl, csv_table, to_xml, to_axdr, to_json, profile_csv, lpex, influx, bo4e, emt_document),
    *(submetering_csv, submetering_json, to_timeseries, to_results, to_mr_upload, to_arrow, to_parquet),
]


@pytest.mark.parametrize("name", registry.names())
def test_every_format_keeps_the_contract(name: str) -> None:
    form = registry.export(name)
    assert name == form.NAME
    assert form.SUFFIX.startswith(".")
    assert form.TITLE
    assert form.OUTPUT in {"file", "directory"}
    assert isinstance(form.NEEDS_POINTS, bool)
    assert is_dataclass(form.Options)
    form.Options()  # every option has a default
    documented = "".join(kind.__doc__ or "" for kind in form.Options.__mro__[:-1])
    assert all(field.name in documented for field in fields(form.Options))
    assert callable(form.write)


def test_an_empty_capture_is_written(tmp_path: Path) -> None:
    for name in registry.names():
        form = registry.export(name)
        if form.NEEDS_POINTS or (name in {"arrow", "parquet"} and find_spec("pyarrow") is None):
            continue
        report = registry.write(name, iter(()), tmp_path / name)
        assert (report.frames, report.failed, report.refused) == (0, 0, [])


def test_frames_are_counted() -> None:
    report = Report()
    frames = [Decoded("wmbus", "complete"), Decoded(None, "failed"), Decoded("wmbus", "partial")]
    assert list(report.taking(frames)) == frames
    assert (report.frames, report.failed) == (3, 1)
    report.refuse("meter 1", EncodeError("profile.unit", "COSEM has no unit gal"))
    assert report.refused == [
        Diagnostic(Severity.ERROR, "profile.unit", "profile", "meter 1", None, None, "COSEM has no unit gal")
    ]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("csv", {"delimeter": ";"}, "csv has no option 'delimeter'; it has: delimiter, decimal_mark"),
        ("csv", {"decimal_mark": ";"}, "csv, option decimal_mark: "),
        ("csv", {"bom": "perhaps"}, "csv, option bom: "),
        ("jsonl", {"x": "1"}, "jsonl has no option 'x'; it has: none"),
        ("profile-xml", {"step": "a quarter"}, "profile-xml, option step: "),
        ("profile-xml", {"start": "yesterday"}, "profile-xml, option start: "),
    ],
)
def test_options(name: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        registry.parse_options(registry.export(name), options)
    assert error.value.code == "export.option"
    assert error.value.message.startswith(message)


def test_what_makes_an_export_impossible(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    tries: list[tuple[str, Path | BinaryIO, str]] = [
        ("xlsx", tmp_path / "x", "export.unknown_format"),
        ("profile-xml", io.BytesIO(), "export.folder_needed"),
        ("profile-xml", tmp_path / "file", "export.output"),
        ("csv", tmp_path / "none" / "x.csv", "export.output"),
        ("csv", tmp_path, "export.output"),
    ]
    for name, out, code in tries:
        with pytest.raises(ConfigError) as error:
            registry.write(name, iter(()), out)
        assert error.value.code == code
    with pytest.raises(ConfigError) as error:
        registry.write("mscons", iter(()), tmp_path)
    assert error.value.code == "export.points_needed"


def test_the_report_names_the_file(tmp_path: Path) -> None:
    report = registry.write("csv", [Decoded(None, "failed")], tmp_path / "x.csv", options={"delimiter": "tab"})
    assert report.written == [(tmp_path / "x.csv", "rows", 1)]
    assert (report.frames, report.failed) == (1, 1)
