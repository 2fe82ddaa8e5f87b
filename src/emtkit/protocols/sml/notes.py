"""What `emtkit explain` says of an SML element: the meaning of fields by their name. Loaded only with a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.model.cosem_units import COSEM_UNITS, NO_UNIT, measured, shifted
from emtkit.model.obis import Obis
from emtkit.model.obis_names import obis_name
from emtkit.protocols.sml.bodies import BODIES, OTHER_TAGS
from emtkit.protocols.sml.readings import text_of
from emtkit.protocols.sml.server_id import SERVER_OBJECTS, meter_of
from emtkit.protocols.sml.status import attention_of, status_flags, status_hex
from emtkit.protocols.sml.tlv import Integer, Unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

Note = tuple[str, "Decimal | str | bytes | None", str | None]

_CHOICES: Final = {1: "seconds of the meter's own counter", 2: "seconds since 1970 UTC", 3: "local time"}
_ACTUAL_VALUES: Final = bytes.fromhex("0100620affff")


def note_of(field: str, value: Any, seen: Mapping[str, Any]) -> Note:  # noqa: ANN401 - any element
    """Return meaning, value and unit of an element; `seen` holds the elements before it in the same list."""
    if value is None:
        return "not present", None, None
    base = field.partition("[")[0]
    if base == "value" and isinstance(value, Integer | Unsigned):
        found = measured(value.value, seen.get("scaler") or 0, seen.get("unit") or NO_UNIT)
        if found is not None:
            return _kind(value), found.value, found.unit
    if base == "value" and isinstance(value, bytes):
        named = _server(value) if seen.get("obj_name") in SERVER_OBJECTS else ""
        return named or _kind(value), _shown(value), None
    make = _NOTES.get(base)
    if make is not None and isinstance(value, bytes | int):
        return make(value), _shown(value), None
    return _kind(value), _shown(value), None


def _kind(value: Any) -> str:  # noqa: ANN401 - any element
    if isinstance(value, Integer | Unsigned):
        return f"{'signed' if isinstance(value, Integer) else 'unsigned'} number of {8 * value.octets} bits"
    if isinstance(value, bytes):
        return "text" if text_of(value) else "octet string"
    return ""


def _shown(value: Any) -> Decimal | str | bytes | None:  # noqa: ANN401 - any element
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return text_of(value) or value
    number = value.value if isinstance(value, Integer | Unsigned) else value
    return shifted(number, 0) if isinstance(number, int) else None


def _object(value: Any) -> str:  # noqa: ANN401 - bytes, checked
    if not isinstance(value, bytes) or len(value) != 6:
        return "name of the object"
    code = Obis.from_bytes(value)
    return f"{code} {obis_name(code).text}".rstrip()


def _server(value: Any) -> str:  # noqa: ANN401 - bytes, checked
    meter = meter_of(bytes(value)) if isinstance(value, bytes) else None
    return "" if meter is None else f"meter {meter.identifier or meter.id}"


def _status(value: Any) -> str:  # noqa: ANN401 - int, checked
    flags = ", ".join(status_flags(value)) if value >= 0 else ""
    return f"status word {status_hex(value)}: {flags}" if flags else f"status word {value:x}"


def _tag(value: int) -> str:
    known = BODIES.get(value)
    return f"message {known[0].__name__ if known else OTHER_TAGS.get(value, 'of an unknown kind')} ({value:04X})"


def _unit(value: int) -> str:
    unit = COSEM_UNITS.get(value)
    return f"unit {value}: {(unit.symbol or 'none') if unit else 'unknown'}"


def _attention(value: Any) -> str:  # noqa: ANN401 - bytes, checked
    return attention_of(value)[1] if isinstance(value, bytes) else ""


def _seconds(value: int) -> str:
    return f"{value} s"


_NOTES: Final[dict[str, Callable[[Any], str]]] = {
    "abort_on_error": lambda value: "go on after an error" if value == 0 else "stop after an error",
    "attention_no": _attention,
    "choice": lambda value: _CHOICES.get(value, f"choice {value}"),
    "client_id": lambda _: "who asks",
    "group_no": lambda value: f"group {value}",
    "list_name": lambda value: "list of the actual values" if value == _ACTUAL_VALUES else "name of the list",
    "list_signature": lambda _: "signature of the list",
    "local_offset": lambda value: f"{value} minutes east of UTC",
    "obj_name": _object,
    "object_list": _object,
    "parameter_name": _object,
    "parameter_tree_path": _object,
    "reg_period": _seconds,
    "req_file_id": lambda _: "id of request and response",
    "scaler": lambda value: f"times 10**{value}",
    "season_offset": lambda value: f"{value} minutes of summer time",
    "sec_index": _seconds,
    "server_id": _server,
    "sml_version": lambda value: f"SML version {value}",
    "status": _status,
    "tag": _tag,
    "transaction_id": lambda _: "id of the transaction",
    "unit": _unit,
    "value_signature": lambda _: "signature of the value",
}
