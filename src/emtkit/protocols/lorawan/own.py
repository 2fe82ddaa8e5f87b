"""What a user says of devices: payload files of their own, and a list of which device has which payload."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.errors import ConfigError
from emtkit.protocols.lorawan.payload_file import parse_payload, payload_files
from emtkit.protocols.lorawan.programs import program

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.protocols.lorawan.payload_file import PayloadFile

FLEET: Final = "fleet.toml"
_MOST_DEVICES: Final = 65536


class OwnPayloads:
    """The store of a capture or connection (`Context.memory`).

    files    the user's payload files by name; one named like a built-in file takes its place
    devices  DevEUI or device address in capitals (with `*` at its end: the beginning of one) -> name of a payload file
    """

    __slots__ = ("devices", "files", "found")

    def __init__(self) -> None:
        """Start without any."""
        self.files: dict[str, PayloadFile] = {}
        self.devices: dict[str, str] = {}
        self.found: dict[tuple[object, ...], list[PayloadFile]] = {}

    def load(self, folder: Path) -> None:
        """Add the payload files of a folder (`NAME.toml`), and its list of devices (`fleet.toml`).

        Raises ConfigError `lorawan.file.*`.
        """
        try:
            texts = {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir()) if path.suffix == ".toml"}
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("lorawan.file.unreadable", f"{folder}: {_reason(error)}") from None
        fleet = texts.pop(FLEET, None)
        for name, text in texts.items():
            stem = name.removesuffix(".toml")
            file = self.files[stem] = parse_payload(stem, text, name)
            if file.program is not None:
                program(file.program)
        if fleet is not None:
            self._read_fleet(fleet)
        self.found.clear()

    def known(self) -> dict[str, PayloadFile]:
        """Return all payload files, the user's first."""
        return {**self.files, **{name: file for name, file in payload_files().items() if name not in self.files}}

    def named(self, *addresses: str | None) -> PayloadFile | None:
        """Return the payload file that the list of devices names for the first of these addresses that is in it."""
        for address in filter(None, addresses):
            name = self.devices.get(address)
            if name is None:  # the longest beginning is the most specific
                starts = (mask for mask in self.devices if mask[-1] == "*" and address.startswith(mask[:-1]))
                name = self.devices.get(max(starts, key=len, default=""))
            if name is not None:
                return self.known()[name]
        return None

    def remember(self, key: tuple[object, ...], files: list[PayloadFile]) -> list[PayloadFile]:
        """Keep what was worked out for a device: a fleet's devices come again and again."""
        if len(self.found) >= _MOST_DEVICES:
            self.found.clear()
        self.found[key] = files
        return files

    def _read_fleet(self, text: str) -> None:
        try:
            table: dict[str, Any] = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigError("lorawan.file.syntax", f"{FLEET}: {error}") from None
        rows = table.get("device")
        if not isinstance(rows, list) or set(table) != {"device"}:
            raise ConfigError("lorawan.file.form", f"{FLEET}: devices are written [[device]], with device and payload")
        for number, row in enumerate(rows, 1):
            fields = row if isinstance(row, dict) else {}
            device, payload = fields.get("device"), fields.get("payload")
            where = f"{FLEET}: [[device]] {number}"
            if not (isinstance(device, str) and isinstance(payload, str)) or set(fields) - {
                "device",
                "payload",
                "note",
            }:
                wrong = "device is a DevEUI or device address, payload the name of a payload file"
                raise ConfigError("lorawan.file.form", f"{where}: {wrong}")
            self.name_device(device, payload, where)

    def name_device(self, device: str, payload: str, where: str) -> None:
        """Say which payload a device has; what was said of it before counts no more.

        device   DevEUI or device address, `*` at its end for all that begin so
        where    who says so, for the message
        Raises ConfigError `lorawan.file.form`, `lorawan.file.unknown`.
        """
        plain = device.upper().replace("-", "").replace(":", "").replace(" ", "")
        if not plain or set(plain.removesuffix("*")) - set("0123456789ABCDEF"):
            raise ConfigError("lorawan.file.form", f"{where}: {device!r} is no DevEUI or device address")
        if payload not in self.files and payload not in payload_files():
            near = difflib.get_close_matches(payload, self.known(), n=3)
            hint = f"; do you mean {', '.join(near)}?" if near else ""
            raise ConfigError("lorawan.file.unknown", f"{where}: there is no payload file {payload!r}{hint}")
        self.devices[plain] = payload
        self.found.clear()


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or type(error).__name__
