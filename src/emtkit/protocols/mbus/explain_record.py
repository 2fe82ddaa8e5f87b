"""What `emtkit explain` says about the parts of a record. Called only while tracing."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from emtkit.protocols.mbus.dif import DATA_FIELDS

if TYPE_CHECKING:
    from emtkit.model.reading import Value
    from emtkit.protocols.mbus.template import Template
    from emtkit.wire.cursor import Cursor
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View

_LAYER = "mbus.record"


def explain_dib(cur: Cursor, template: Template, start: int, end: int) -> None:
    """Leave the spans of DIF and DIFEs."""
    dib = template.dib
    parts = [DATA_FIELDS[dib.data_field][0], dib.function]
    parts += [
        f"{name} {number}"
        for name, number in (("storage", dib.storage), ("tariff", dib.tariff), ("subunit", dib.subunit))
        if number
    ]
    _add(cur, start, start + 1, "dif", ", ".join(parts))
    for at in range(start + 1, end):
        dife = cur.data[at]
        text = f"storage bits {dife & 15:04b}, tariff bits {dife >> 4 & 3:02b}, subunit bit {dife >> 6 & 1}"
        _add(cur, at, at + 1, "dife", text)


def explain_vib(cur: Cursor, template: Template, start: int, end: int) -> None:
    """Leave the spans of VIF, VIFEs and the LVAR byte."""
    vib = template.vib
    stop = end - (1 if template.lvar is not None else 0)
    scale = "" if vib.exponent in {0, None} else f" x 10^{vib.exponent}"
    if vib.exponent is None:
        scale = f" x {vib.scale}"
    text = vib.quantity.replace("_", " ") + scale + (f" {vib.unit}" if vib.unit else "")
    if vib.reserved:
        text = vib.reserved
    first = start + 1
    if cur.data[start] & 0x7F == 0x7C:
        first = min(start + 2 + cur.data[start + 1], stop)
    _add(cur, start, first, "vif", text)
    if stop > first:
        _add(cur, first, stop, "vife", ", ".join(vib.modifiers).replace("_", " ") or "extension of the VIF")
    if template.lvar is not None:
        _add(cur, stop, end, "lvar", f"{template.lvar.size} bytes {template.lvar.coding}")


def explain_data(trace: Trace, view: View, template: Template, start: int, end: int, value: Value) -> None:
    """Leave the span of the data with its value."""
    if end == start:
        return
    text = template.quantity.replace("_", " ")
    if value is None:
        text += ": invalid" if template.vib.error is None else f": {template.vib.error.replace('_', ' ')}"
    elif isinstance(value, Decimal):
        text += f" = {value:f}{f' {template.unit}' if template.unit else ''}"
    elif isinstance(value, bytes):
        text += f" ({len(value)} bytes)"
    elif isinstance(value, datetime):
        text += f" = {value.isoformat(' ', 'minutes')}"
    elif isinstance(value, date | time):
        text += f" = {value.isoformat()}"
    else:
        text += f" = {value!r}"
    trace.add(view, start, end, _LAYER, "data", text, value, template.unit)


def _add(cur: Cursor, start: int, end: int, field: str, meaning: str) -> None:
    if cur.trace is not None:
        cur.trace.add(cur.view, start, end, _LAYER, field, meaning)
