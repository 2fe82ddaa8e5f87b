"""Key files: TOML or CSV text to `KeyEntry` rows, with errors that say where and never show a key.

TOML has one `[[key]]` per meter and a `[default]` for keys that are tried for every meter. CSV has one row per meter,
its header names the columns. Both have the fields of `KeyRow`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from emtkit.keys.ring import DEFAULT_NAMES, KeyEntry, MeterMatch, parse_id, parse_meter, shown
from emtkit.model.errors import ConfigError
from emtkit.model.key import LORAWAN_USES, Key
from emtkit.model.toml_places import Lines, toml_places
from emtkit.model.user_files import FileCodes, column_name, csv_rows, parse_toml, read_text

if TYPE_CHECKING:
    from pathlib import Path

_CODES: Final = FileCodes("key file", "keys.unreadable", "keys.encoding", "keys.file")
_KEY_FIELDS: Final = frozenset({"key", "keys", "authentication_key", "authentication_keys", *LORAWAN_USES})
# names of the one id of a meter that is no M-Bus serial number; all are compared with `MeterId.id`
_IDS: Final = ("id", "dev_eui", "dev_addr", "system_title", "server_id")


@dataclass(slots=True, repr=False)
class KeyRow:
    """One entry of a key file as the user writes it: one of the ways to name a meter, and its keys.

    meter         `KAM 12345678`, `12345678`, `1234*`, `KAM *`, `8SEN0033225544`; or the parts:
    manufacturer, id, version, device_type   version and device type as numbers
    dev_eui, dev_addr, system_title, server_id   the id of a LoRaWAN device, a DLMS or an SML meter
    identifier    DIN 43863-5
    key, keys     one key, or several in the order to try
    authentication_key, authentication_keys  the second key of DLMS meters
    appkey .. jsenckey  the keys of LoRaWAN devices
    label         a note; it becomes part of the label that decoded telegrams carry
    """

    meter: str | None = None
    manufacturer: str | None = None
    id: str | int | None = None
    version: int | None = None
    device_type: int | None = None
    dev_eui: str | None = None
    dev_addr: str | None = None
    system_title: str | None = None
    server_id: str | None = None
    identifier: str | None = None
    key: str | list[str] | None = None
    keys: list[str] = field(default_factory=list)
    authentication_key: str | list[str] | None = None
    authentication_keys: list[str] = field(default_factory=list)
    appkey: str | None = None
    nwkkey: str | None = None
    appskey: str | None = None
    nwkskey: str | None = None
    fnwksintkey: str | None = None
    snwksintkey: str | None = None
    nwksenckey: str | None = None
    jsintkey: str | None = None
    jsenckey: str | None = None
    label: str | None = None


FIELDS: Final = tuple(KeyRow.__dataclass_fields__)
# a cell holds one key; a second key is a second row
COLUMNS: Final = tuple(name for name in FIELDS if name not in {"keys", "authentication_keys"})


def load_keys(path: Path) -> list[KeyEntry]:
    """Read a key file: CSV if its name ends in `.csv`, else TOML. Raises ConfigError `keys.*`."""
    text = read_text(path, _CODES)
    return read_csv(text, path.name) if path.suffix.lower() == ".csv" else read_toml(text, path.name)


def read_toml(text: str, source: str) -> list[KeyEntry]:
    """Read TOML text. Raises ConfigError `keys.file`, `keys.field`, `keys.meter`, `keys.syntax`, `keys.length`."""
    document = parse_toml(text, source, _CODES, quoting=False)
    strange = sorted(document.keys() - {"default", "key"})
    if strange:
        raise ConfigError("keys.field", f"{source}: no such table: {shown(strange[0])}")
    defaults, tables = document.get("default", {}), document.get("key", [])
    if not isinstance(defaults, dict) or not isinstance(tables, list):
        raise ConfigError("keys.field", f"{source}: write [default] with one and [[key]] with two brackets")
    places, lines = toml_places(text), Lines(text)
    entries = []
    for index, table in enumerate(tables):
        entries.append(_entry(table, f"{source}:{lines.place(places['key', index].key)[0]}"))
    if defaults:
        where = f"{source}:{lines.place(places['default',].key)[0]}"
        entries.append(_entry({**defaults, "meter": "default"}, where, only=_KEY_FIELDS | {"label", "meter"}))
    return entries


def read_csv(text: str, source: str) -> list[KeyEntry]:
    """Read CSV text: `;`, `,` or tab between the columns, a header with the names of `COLUMNS` in the first line.

    Several rows for one meter are several keys to try. Raises ConfigError like `read_toml`.
    """
    entries, names = [], None
    for row in csv_rows(text, source, _CODES):
        where = f"{source}:{row.line}"
        if names is None:
            names = _header(row.cells, where)
        elif len(row.cells) > len(names):
            raise ConfigError("keys.file", f"{where}: {len(row.cells)} cells, the header has {len(names)}")
        else:
            entries.append(_entry({name: cell for name, cell in zip(names, row.cells, strict=False) if cell}, where))
    return entries


def _header(cells: list[str], where: str) -> list[str]:
    names = [column_name(cell) for cell in cells]
    for number, name in enumerate(names, 1):
        if name not in COLUMNS:
            # a file without a header has a key here: its text is not shown
            raise ConfigError(
                "keys.field", f"{where}: column {number} has no known name; the columns are {', '.join(COLUMNS)}"
            )
        if name in names[: number - 1]:
            raise ConfigError("keys.field", f"{where}: two columns {name!r}", field=name)
    return names


def _entry(table: object, where: str, only: frozenset[str] | None = None) -> KeyEntry:
    """Check one entry. The label says where it stands."""
    if not isinstance(table, dict):
        raise ConfigError("keys.field", f"{where}: an entry is a table")
    for name in table:
        if name not in (only or FIELDS):
            raise ConfigError("keys.field", f"{where}: no such field: {shown(str(name))}")
    row = _check_row({name: _number(name, value) for name, value in table.items()}, where)
    label = f"{where} {row.label}" if row.label else where
    encryption = _keys(row.key, row.keys, label, "key")
    authentication = _keys(row.authentication_key, row.authentication_keys, label, "authentication_key")
    lorawan = tuple(
        (use, Key.from_hex(text, f"{label} {use}")) for use in LORAWAN_USES if (text := getattr(row, use)) is not None
    )
    if not encryption and not authentication and not lorawan:
        raise ConfigError("keys.empty", f"{label}: an entry without a key", field="key")
    return KeyEntry(_match(row, where), encryption, authentication, label, lorawan)


def _number(name: str, value: object) -> object:
    """Return a version or device type written in hex (`0x1B`) as a number."""
    if name in {"version", "device_type"} and isinstance(value, str) and value.lower().startswith("0x"):
        try:
            return int(value, 16)
        except ValueError:
            return value
    return value


def _check_row(fields: dict[str, object], where: str) -> KeyRow:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(KeyRow).validate_python(fields)
    except ValidationError as error:
        finding = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # outside of the handler: pydantic's error holds the input, and that has keys in it
    name = str(finding["loc"][0])
    raise ConfigError("keys.field", f"{where}: {name}: {finding['msg']}", field=name)


def _keys(one: str | list[str] | None, several: list[str], label: str, name: str) -> tuple[Key, ...]:
    texts = [*([one] if isinstance(one, str) else one or ()), *several]
    kind = "" if name == "key" else f" {name}"
    numbered = len(texts) > 1
    return tuple(
        Key.from_hex(text, f"{label}{kind} #{number}" if numbered else f"{label}{kind}")
        for number, text in enumerate(texts, 1)
    )


def _match(row: KeyRow, where: str) -> MeterMatch:
    """Return whom the row is for. Raises ConfigError `keys.meter` when it says nothing, or two things."""
    ids = [(name, getattr(row, name)) for name in _IDS if getattr(row, name) is not None]
    parts = bool(ids) or any(part is not None for part in (row.manufacturer, row.version, row.device_type))
    ways = (row.meter is not None) + (row.identifier is not None) + parts
    if ways != 1 or len(ids) > 1:
        hint = "say whose key it is (meter, id, identifier, dev_eui ...), or put it under [default]"
        raise ConfigError("keys.meter", f"{where}: {hint if not ways else 'name the meter in one way only'}")
    if row.meter is not None:
        return parse_meter(row.meter, where)
    if row.identifier is not None:
        match = parse_meter(row.identifier, where)
        if match.identifier is None:
            raise ConfigError(
                "keys.meter", f"{where}: identifier: not an identifier of DIN 43863-5 (expected 8SEN0033225544)"
            )
        return match
    ident = str(ids[0][1]) if ids else "*"
    manufacturer = row.manufacturer.strip().upper() if row.manufacturer else None
    match = MeterMatch(
        manufacturer,
        None if ident.strip().lower() in DEFAULT_NAMES else parse_id(ident, where),
        row.version,
        row.device_type,
    )
    if manufacturer is not None and not re.fullmatch(r"[A-Z]{3}|[0-9A-F]{4}", manufacturer):
        raise ConfigError("keys.meter", f"{where}: a manufacturer is three letters, not {shown(manufacturer)}")
    return match
