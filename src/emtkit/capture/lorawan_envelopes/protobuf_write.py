"""Writing Protobuf messages from what they are as JSON: simulators, tests, examples. `protobuf` reads them."""

from __future__ import annotations

import re
import struct
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.lorawan_envelopes.protobuf import (
    EPOCH,
    FIXED,
    FIXED32,
    FIXED64,
    LENGTH,
    MASK,
    NANOS,
    SCALARS,
    VARINT,
)
from emtkit.capture.lorawan_envelopes.values import base64_bytes
from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emtkit.capture.lorawan_envelopes.protobuf import Field, Messages

_FRACTION: Final = re.compile(r"\.(\d{1,9})(?=\D|$)", re.ASCII)


def write_message(body: Mapping[str, Any], name: str, messages: Messages) -> bytes:
    """Return the bytes of a message that is given as JSON has it.

    Raises EncodeError `capture.lorawan.write` for a value that its field cannot have.
    """
    made = bytearray()
    for number, field in sorted(messages[name].items()):
        value = body.get(field.name)
        if value is None:
            continue
        try:
            for one in value if field.many else [value]:
                made += _written(number, field, one, messages) or (_zero(number, field) if name == "value" else b"")
        except (TypeError, ValueError, ArithmeticError, AttributeError, struct.error):
            raise EncodeError("capture.lorawan.write", f"{name} has no such {field.name}", layer="capture") from None
    return bytes(made)


def _written(number: int, field: Field, value: Any, messages: Messages) -> bytes:  # noqa: ANN401 - any JSON value
    kind = field.kind
    if kind in FIXED:
        data = struct.pack(FIXED[kind][0], value)
        return _tag(number, FIXED64 if len(data) == 8 else FIXED32) + data
    if kind in SCALARS:
        plain = field.names.index(value) if kind == "enum" and isinstance(value, str) else int(value)
        return _tag(number, VARINT) + _varint_bytes(plain & MASK) if plain else b""
    if kind == "map":
        entries = [write_message({"key": key, "value": one}, field.names[0], messages) for key, one in value.items()]
    elif kind in {"string", "bytes"}:
        entries = [str(value).encode() if kind == "string" else base64_bytes(value) or b""]
    elif kind in _TO_WELL_KNOWN:
        entries = [write_message(_TO_WELL_KNOWN[kind](value), kind, messages)]
    else:
        entries = [write_message(value, kind, messages)]
    return b"".join(_tag(number, LENGTH) + _varint_bytes(len(entry)) + entry for entry in entries)


def _zero(number: int, field: Field) -> bytes:
    """Return a zero that is written all the same, because that it is there says something."""
    return _tag(number, VARINT) + b"\x00" if field.kind in SCALARS else _tag(number, LENGTH) + b"\x00"


def _to_value(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    if value is None:
        return {"nullValue": 0}
    kinds = ((bool, "boolValue"), (str, "stringValue"), (dict, "structValue"), (list, "listValue"))
    return {next((name for kind, name in kinds if isinstance(value, kind)), "numberValue"): value}


def _to_timestamp(text: str) -> dict[str, int]:
    """Return seconds and nanoseconds; what is finer than a microsecond is not lost."""
    fraction = _FRACTION.search(text)
    moment = datetime.fromisoformat(text if fraction is None else text.replace(fraction[0], ""))
    return {
        "seconds": (moment - EPOCH) // timedelta(seconds=1),
        "nanos": 0 if fraction is None else int(fraction[1].ljust(9, "0")),
    }


def _to_duration(text: str) -> dict[str, int]:
    total = int(Decimal(text.removesuffix("s")).scaleb(9))
    seconds = abs(total) // NANOS * (1 if total > 0 else -1)
    return {"seconds": seconds, "nanos": total - seconds * NANOS}


_TO_WELL_KNOWN: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "timestamp": _to_timestamp,
    "duration": _to_duration,
    "struct": lambda value: {"fields": value},
    "list": lambda value: {"values": value},
    "value": _to_value,
}


def _tag(number: int, wire: int) -> bytes:
    return _varint_bytes(number << 3 | wire)


def _varint_bytes(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
