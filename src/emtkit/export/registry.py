"""Which export formats there are, and the contract that each of them keeps.

A format is a module (or package) with

    NAME          its name on the command line: `csv`, `mscons` ...
    SUFFIX        ending of its files: `.csv`
    TITLE         one line that says what it is
    OUTPUT        `file`: one byte stream; `directory`: several files in a folder
    NEEDS_POINTS  True when it cannot do without master data (`emtkit.points`)
    Options       a dataclass of its options, every field with a default
    write         takes the decoded frames, writes, and reports

`write` consumes the frames as they come and keeps no more than the format needs: a line-by-line format holds
one frame at a time. What cannot be written is refused with its reason in the report and the rest goes on;
only what makes the whole export impossible (a wrong option, no points file, a full disk) raises.

A new format adds one line to `BUILT_IN`; another distribution uses the entry-point group `emtkit.exports`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, NamedTuple, Protocol

from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from emtkit.model.decoded import Decoded
    from emtkit.model.errors import EmtkitError
    from emtkit.points import Points

# Findings of a frame that say what is not in the output on purpose: whoever converts should know
LEFT_OUT: Final = frozenset(("mscons.version.cancelled", "mscons.version.no_original", "mscons.version.replaced"))

# name -> module that keeps the contract above
BUILT_IN: Final[dict[str, str]] = {
    "jsonl": "emtkit.export.jsonl",
    "csv": "emtkit.export.csv_table",
    "mscons": "emtkit.export.mscons",
    "profile-xml": "emtkit.export.profile_generic.to_xml",
    "profile-axdr": "emtkit.export.profile_generic.to_axdr",
    "profile-json": "emtkit.export.profile_generic.to_json",
    "profile-csv": "emtkit.export.profile_csv",
    "arrow": "emtkit.export.columnar.to_arrow",
    "parquet": "emtkit.export.columnar.to_parquet",
    "bo4e": "emtkit.export.bo4e",
    "emt-json": "emtkit.export.emt_document",
    "influx": "emtkit.export.influx",
    "lpex": "emtkit.export.lpex",
    "sap-mr-upload": "emtkit.export.sap.to_mr_upload",
    "sap-results": "emtkit.export.sap.to_results",
    "sap-timeseries": "emtkit.export.sap.to_timeseries",
    "submetering-csv": "emtkit.export.submetering.to_csv",
    "submetering-json": "emtkit.export.submetering.to_json",
}


class Written(NamedTuple):
    """One output.

    path   the file, None for a stream that the caller opened
    what   what it holds, in a few words: `13025 of 51238696781`
    items  how many lines or values it holds
    """

    path: Path | None
    what: str
    items: int


@dataclass(slots=True)
class Report:
    """What became of an export.

    frames       frames taken in
    failed       of these, frames that could not be decoded
    written      the outputs
    refused      what was not written, and why; `field` names it (meter, register, point)
    diagnostics  what the user should know of what was written
    """

    frames: int = 0
    failed: int = 0
    written: list[Written] = field(default_factory=list)
    refused: list[Diagnostic] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def taking(self, decoded: Iterable[Decoded]) -> Iterator[Decoded]:
        """Pass the frames on and count them; keep what they say is left out."""
        for frame in decoded:
            self.frames += 1
            self.failed += frame.state == "failed"
            self.diagnostics += (found for found in frame.diagnostics if found.code in LEFT_OUT)
            yield frame

    def refuse(self, what: str, error: EmtkitError) -> None:
        """Note that `what` was not written because of `error`."""
        self.refused.append(Diagnostic(Severity.ERROR, error.code, error.layer, what, None, None, error.message))


class Export(Protocol):
    """What a format's module offers (see the module text)."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """Return the format's name."""
        ...

    @property
    def SUFFIX(self) -> str:  # noqa: N802 - the same
        """Return the ending of its files."""
        ...

    @property
    def TITLE(self) -> str:  # noqa: N802 - the same
        """Return one line that says what it is."""
        ...

    @property
    def OUTPUT(self) -> Literal["file", "directory"]:  # noqa: N802 - the same
        """Return what `write` writes to."""
        ...

    @property
    def NEEDS_POINTS(self) -> bool:  # noqa: N802 - the same
        """Return whether it needs a points file."""
        ...

    @property
    def Options(self) -> type[Any]:  # noqa: N802 - a module's class
        """Return the dataclass of its options."""
        ...

    def write(
        self,
        decoded: Iterable[Decoded],
        out: Any,  # noqa: ANN401 - a stream or a folder, as OUTPUT says
        *,
        points: Points | None = None,
        options: Any = None,  # noqa: ANN401 - the format's own Options
    ) -> Report:
        """Write the frames to `out`: a binary stream (OUTPUT `file`) or the Path of an existing folder."""
        ...


@cache
def export(name: str) -> Export:
    """Return the format of this name. Raises ConfigError `export.unknown_format`."""
    if name in BUILT_IN:
        found: Export = import_module(BUILT_IN[name])
        return found
    for entry in entry_points(group="emtkit.exports"):
        if entry.name == name:
            loaded: Export = entry.load()
            return loaded
    raise ConfigError("export.unknown_format", f"no export format {name!r}; known: {', '.join(names())}")


@cache
def names() -> tuple[str, ...]:
    """Return the names of all formats."""
    return (*BUILT_IN, *(entry.name for entry in entry_points(group="emtkit.exports")))


def parse_options(form: Export, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - each format has its own Options
    """Turn `name=value` texts of a command line into the format's `Options`.

    Raises ConfigError `export.option` for an unknown option or a value of the wrong kind.
    """
    from pydantic import TypeAdapter, ValidationError

    known = form.Options.__dataclass_fields__
    for name in given:
        if name not in known:
            raise ConfigError(
                "export.option",
                f"{form.NAME} has no option {name!r}; it has: {', '.join(known) or 'none'}",
                field=name,
            )
    try:
        return TypeAdapter(form.Options).validate_python(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise ConfigError("export.option", f"{form.NAME}, option {name}: {first['msg']}", field=name) from None


def write(
    name: str,
    decoded: Iterable[Decoded],
    out: Path | BinaryIO,
    *,
    points: Points | None = None,
    options: Mapping[str, str] | None = None,
) -> Report:
    """Write `decoded` in the format `name` to a file, a folder (made if need be) or an open binary stream.

    Raises ConfigError where the export as a whole is not possible; everything smaller is in the report.
    """
    form = export(name)
    chosen = parse_options(form, options or {})
    if form.NEEDS_POINTS and points is None:
        raise ConfigError(
            "export.points_needed", f"{name} needs a points file: which meter is which location of the market"
        )
    if form.OUTPUT == "directory":
        if not isinstance(out, Path):
            raise ConfigError("export.folder_needed", f"{name} writes several files: give a folder")
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError("export.output", f"cannot make the folder {out}: {error.strerror}") from None
        return form.write(decoded, out, points=points, options=chosen)
    if not isinstance(out, Path):
        return form.write(decoded, out, points=points, options=chosen)
    try:
        opened = out.open("wb")
    except OSError as error:
        raise ConfigError("export.output", f"cannot write {out}: {error.strerror}") from None
    with opened as stream:
        report = form.write(decoded, stream, points=points, options=chosen)
    report.written = [item._replace(path=item.path or out) for item in report.written]
    return report
