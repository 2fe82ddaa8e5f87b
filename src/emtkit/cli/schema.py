"""`emtkit schema`: the JSON Schema of every output and of every file that a user writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from emtkit.cli.output import print_json
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable


class Entry(NamedTuple):
    """One schema: what it describes and how to get it."""

    title: str
    schema: Callable[[], dict[str, Any]]


def _output(name: str) -> Callable[[], dict[str, Any]]:
    def build() -> dict[str, Any]:
        from emtkit.model.schema import OUTPUTS, json_schema

        return json_schema(OUTPUTS[name])

    return build


def _keys() -> dict[str, Any]:
    from emtkit.keys.files import KeyRow
    from emtkit.model.schema import file_schema

    return file_schema("Key file", {"default": KeyRow, "key": list[KeyRow]})


def _points() -> dict[str, Any]:
    from emtkit.model.schema import file_schema
    from emtkit.points import Connector, Party, Point

    tables = {
        "include": list[str],
        "tenant": list[Party],
        "partner": list[Party],
        "connector": list[Connector],
        "defaults": Point,
        "point": list[Point],
    }
    schema = file_schema("Points file", tables)
    for name in ("Point", "Party", "Connector"):
        del schema["$defs"][name]["properties"]["where"]  # where the entry stands: not for the user to say
    point = schema["$defs"]["Point"]
    del point["required"]  # what one entry leaves open stands in [defaults] or in its registers
    point["properties"]["registers"] = {"type": "array", "items": {"$ref": "#/$defs/Point"}}
    return schema


def _points_map() -> dict[str, Any]:
    from emtkit.model.schema import file_schema
    from emtkit.points.masterdata.mapping import FieldRule, Select, SourceForm

    tables = {
        "key": list[str],
        "scope": dict[str, str],
        "source": SourceForm,
        "select": list[Select],
        "fields": dict[str, str | int | FieldRule],
    }
    schema = file_schema("Map file of master data", tables, ("source", "fields"))
    for name in ("SourceForm", "Select", "FieldRule"):
        del schema["$defs"][name]["properties"]["where"]  # where the entry stands: not for the user to say
    rule, select = schema["$defs"]["FieldRule"], schema["$defs"]["Select"]["properties"]
    del rule["required"]  # column = "X" is short for text = "{X}"
    rule["properties"]["column"] = {"type": "string"}
    for name in ("equals", "differs"):
        select[name] = {"anyOf": [{"type": "string"}, select[name]]}
    return schema


def _family() -> dict[str, Any]:
    from emtkit.meters.family import Example, Layout, Match, Medium, Register
    from emtkit.model.schema import file_schema

    tables = {
        "title": str,
        "source": str,
        "match": list[Match],
        "medium": list[Medium],
        "register": list[Register],
        "layout": list[Layout],
        "example": list[Example],
    }
    return file_schema("Meter family", tables, ("title", "source", "match"))


def _payload() -> dict[str, Any]:
    from emtkit.model.schema import file_schema
    from emtkit.protocols.lorawan.payload_file import Example, Frame, Match

    tables = {
        "title": str,
        "source": str,
        "device_type": int,
        "program": str,
        "alone": bool,
        "match": list[Match],
        "frame": list[Frame],
        "example": list[Example],
    }
    return file_schema("Payload file", tables, ("title", "source"))


def _capture_line() -> dict[str, Any]:
    from emtkit.model.schema import CaptureLine, json_schema

    return json_schema(CaptureLine)


SCHEMAS: Final[dict[str, Entry]] = {
    "telegram": Entry("a line of `decode --format jsonl`, an item of `decode --format json`", _output("telegram")),
    "explanation": Entry("an item of `explain --format json`", _output("explanation")),
    "codes": Entry("output of `codes --format json`", _output("codes")),
    "keys-summary": Entry(
        "output of `keys show --format json` and `keys check --format json`", _output("keys-summary")
    ),
    "families": Entry("output of `meters list --format json`", _output("families")),
    "payloads": Entry("output of `payloads list --format json`", _output("payloads")),
    "capture-line": Entry("a line of a JSON Lines capture", _capture_line),
    "keys": Entry("a key file in TOML", _keys),
    "points": Entry("a points file in TOML", _points),
    "points-map": Entry("a map file of `points import` in TOML", _points_map),
    "meter": Entry("a meter family in TOML", _family),
    "payload": Entry("a payload file of LoRaWAN devices in TOML", _payload),
}


@click.command("schema")
@click.argument("name", required=False, metavar="[NAME]")
def command(name: str | None) -> None:
    """Print the JSON Schema NAME; without NAME, list them.

    There is one for every JSON output and for every file that you write: captures, keys, points, meters.
    """
    if name is None:
        width = max(map(len, SCHEMAS))
        for known, entry in SCHEMAS.items():
            click.echo(f"{known:<{width}}  {entry.title}")
        return
    if name not in SCHEMAS:
        raise ConfigError("cli.schema.unknown", f"there is no schema {name!r}; known: {', '.join(SCHEMAS)}")
    print_json(SCHEMAS[name].schema())
